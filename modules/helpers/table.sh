#!/bin/sh
# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# A helper for websocksy's exec backend: finds the path of a request in a file.
#
#	table.sh FILE
#
# The lines of FILE are a path, as it stands in the question, and the answer:
#
#	/vnc/1		peer=tcp://10.0.0.5:5900 framing=binary
#	/private	status=403 reason=not%20for%20you

file=$1
tab=$(printf '\t')
set -f

# answer QUESTION: prints the answer.
answer()
{
	path=
	IFS=$tab
	# The words of the question are words: what could be anything else is escaped.
	# shellcheck disable=SC2086
	for word in $1; do
		case $word in
		path=*) path=${word#path=} ;;
		esac
	done
	while IFS=" $tab" read -r key value; do
		if [ "$key" = "$path" ]; then
			printf '%s\n' "$value"
			return
		fi
	done <"$file"
	echo status=404
}

while IFS= read -r question; do
	answer "$question"
done
