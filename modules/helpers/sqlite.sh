#!/bin/sh
# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# A helper for websocksy's exec backend: asks an SQLite database.
#
#	sqlite.sh DATABASE
#
# where a table has a path, as it stands in the question, and the answer of each peer:
#
#	CREATE TABLE peers (path TEXT PRIMARY KEY, answer TEXT NOT NULL);
#	INSERT INTO peers VALUES ('/vnc/1', 'peer=tcp://10.0.0.5:5900 framing=binary');

database=$1
tab=$(printf '\t')

while IFS= read -r question; do
	path=${question#path=}
	path=${path%%"$tab"*}
	# There is no quote in it: whatever has a meaning somewhere comes as %XX.
	if ! answer=$(sqlite3 -batch -readonly "$database" \
		"SELECT answer FROM peers WHERE path = '$path'" </dev/null); then
		answer='status=503 reason=the%20database%20is%20not%20there'
	fi
	printf '%s\n' "${answer:-status=404}"
done
