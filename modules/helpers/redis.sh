#!/bin/sh
# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# A helper for websocksy's exec backend: asks a redis server.
#
#	redis.sh [ARGUMENT OF redis-cli...]
#
# The key websocksy:PATH, with the path as it stands in the question, has the answer:
#
#	redis-cli SET websocksy:/vnc/1 'peer=tcp://10.0.0.5:5900 framing=binary'

tab=$(printf '\t')

while IFS= read -r question; do
	path=${question#path=}
	path=${path%%"$tab"*}
	if ! answer=$(redis-cli --raw "$@" GET "websocksy:$path" </dev/null); then
		answer='status=503 reason=the%20database%20is%20not%20there'
	fi
	# What is not there is an empty line.
	printf '%s\n' "${answer:-status=404}"
done
