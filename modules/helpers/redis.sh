#!/bin/sh
# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# A helper for the exec backend of websocksy: asks a Redis server.
#
#	redis.sh [REDIS-CLI-ARGUMENT...]
#
# The answer is the value of the key websocksy:PATH. PATH is the path as it is in the question, so with %XX:
#
#	redis-cli SET websocksy:/vnc/1 'peer=tcp://10.0.0.5:5900 framing=binary'

tab=$(printf '\t')

while IFS= read -r question; do
	path=${question#path=}
	path=${path%%"$tab"*}
	if ! answer=$(redis-cli --raw "$@" GET "websocksy:$path" </dev/null); then
		answer='status=503 reason=the%20database%20does%20not%20answer'
	fi
	# redis-cli prints an empty line for a key that does not exist.
	printf '%s\n' "${answer:-status=404}"
done
