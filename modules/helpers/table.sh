#!/bin/sh
# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# A helper for the exec backend of websocksy: looks up the path of a request in a file.
#
#	table.sh FILE
#
# Each line of FILE is a path, as it is in the question (so with %XX), blanks, and the answer:
#
#	/vnc/1		peer=tcp://10.0.0.5:5900 framing=binary
#	/private	status=403 reason=not%20for%20you

file=$1
tab=$(printf '\t')
mark=$(printf '\357\273\277')
set -f

# answer QUESTION: prints the answer, or status=404 if FILE does not have the path.
answer()
{
	path=
	IFS=$tab
	# Split the question at its tabs. Nothing else can happen to it: other special bytes come as %XX.
	# shellcheck disable=SC2086
	for word in $1; do
		case $word in
		path=*) path=${word#path=} ;;
		esac
	done
	while IFS=" $tab" read -r key value; do
		# Some editors write a byte order mark at the beginning of a file.
		if [ "${key#"$mark"}" = "$path" ]; then
			printf '%s\n' "$value"
			return
		fi
	done <"$file"
	echo status=404
}

while IFS= read -r question; do
	answer "$question"
done
