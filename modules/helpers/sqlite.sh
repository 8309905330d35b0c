#!/bin/sh
# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# A helper for the exec backend of websocksy: asks an SQLite database.
#
#	sqlite.sh DATABASE
#
# The database has a table with the answer for each path. A path is as it is in the question, so with %XX:
#
#	CREATE TABLE peers (path TEXT PRIMARY KEY, answer TEXT NOT NULL);
#	INSERT INTO peers VALUES ('/vnc/1', 'peer=tcp://10.0.0.5:5900 framing=binary');

database=$1
tab=$(printf '\t')

while IFS= read -r question; do
	path=${question#path=}
	path=${path%%"$tab"*}
	# The path has no quote, so it cannot end the string: bytes with a meaning in any language come as %XX.
	if ! answer=$(sqlite3 -batch -readonly "$database" \
		"SELECT answer FROM peers WHERE path = '$path'" </dev/null); then
		answer='status=503 reason=the%20database%20does%20not%20answer'
	fi
	printf '%s\n' "${answer:-status=404}"
done
