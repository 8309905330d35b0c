#!/bin/sh
# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# Tests the files that are shipped with the backends: the sample helpers, with requests as from the exec backend, the
# sample map of etc, and the examples of the manual page.

. "${top_srcdir:-.}/t/shell/tap.sh"

top=${top_srcdir:-.}
page=$top/man/websocksy-backends.7
helpers=$top/modules/helpers
[ -n "${WEBSOCKSY:-}" ] || bail_out 'run it through make check'
tap_tmpdir
dir=$tap_directory
tab=$(printf '\t')

# question PATH [FIELDS]: prints the line that the backend sends to a helper.
question()
{
	printf 'path=%s\tquery=\thost=h\taddress=127.0.0.1\tport=1\tprotocols=%s\n' "$1" "${2:+$tab$2}"
}

# ask COMMAND...: prints the answers of a helper to some requests. The helper exits at end of file of its input.
ask()
{
	{
		question /vnc/1
		question /no
		question /nothing
		question '/%27%20OR%20%271%27=%271'
		question /vnc/1
	} | "$@"
}
wanted='peer=tcp://10.0.0.5:5900 framing=binary
status=403 reason=not%20yours
status=404
status=404
peer=tcp://10.0.0.5:5900 framing=binary'

# --- the helpers

cat >"$dir/table" <<'END'
# a comment
/vnc/1		peer=tcp://10.0.0.5:5900 framing=binary
/no	status=403 reason=not%20yours
END
is "$(ask sh "$helpers/table.sh" "$dir/table")" "$wanted" 'table.sh'
printf '\357\273\277/vnc/1 status=403\n' >"$dir/marked"
is "$(question /vnc/1 | sh "$helpers/table.sh" "$dir/marked")" status=403 'table.sh with a byte order mark in the table'

if command -v sqlite3 >/dev/null 2>&1; then
	sqlite3 -batch "$dir/db" "CREATE TABLE peers (path TEXT PRIMARY KEY, answer TEXT NOT NULL);
		INSERT INTO peers VALUES ('/vnc/1', 'peer=tcp://10.0.0.5:5900 framing=binary');
		INSERT INTO peers VALUES ('/no', 'status=403 reason=not%20yours');"
	is "$(ask sh "$helpers/sqlite.sh" "$dir/db")" "$wanted" 'sqlite.sh'
	is "$(question /x | sh "$helpers/sqlite.sh" "$dir/none" 2>/dev/null)" \
		'status=503 reason=the%20database%20does%20not%20answer' 'sqlite.sh without its database'
else
	skip 'sqlite.sh' 'sqlite3 not found'
fi

if command -v redis-server >/dev/null 2>&1 && command -v redis-cli >/dev/null 2>&1; then
	redis-server --port 0 --unixsocket "$dir/redis.sock" --save '' --dir "$dir" --logfile "$dir/redis.log" &
	redis=$!
	tries=0
	while ! redis-cli -s "$dir/redis.sock" PING >/dev/null 2>&1 && [ "$tries" -lt 100 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	redis-cli -s "$dir/redis.sock" SET websocksy:/vnc/1 'peer=tcp://10.0.0.5:5900 framing=binary' >/dev/null
	redis-cli -s "$dir/redis.sock" SET websocksy:/no 'status=403 reason=not%20yours' >/dev/null
	is "$(ask sh "$helpers/redis.sh" -s "$dir/redis.sock")" "$wanted" 'redis.sh'
	kill "$redis"
	wait "$redis" 2>/dev/null
	is "$(question /x | sh "$helpers/redis.sh" -s "$dir/redis.sock" 2>/dev/null)" \
		'status=503 reason=the%20database%20does%20not%20answer' 'redis.sh without its server'
else
	skip 'redis.sh' 'redis-server or redis-cli not found'
fi

if command -v python3 >/dev/null 2>&1; then
	cat >"$dir/users.json" <<-'END'
	{"desktops": {"alice": "tcp://10.0.0.5:5900"}, "sessions": {"4711": "alice", "a b": "bob"}}
	END
	is "$({
		question /x 'cookie:session=4711'
		question /x 'cookie:session=a%20b'
		question /x
	} | python3 "$helpers/users.py" "$dir/users.json")" \
		"peer=tcp://10.0.0.5:5900${tab}framing=binary
status=404${tab}reason=bob%20has%20no%20desktop
status=403${tab}reason=log%20in%20first" 'users.py'
else
	skip 'users.py' 'python3 not found'
fi

# --- the sample map, also with all of its commented lines

ok 'the sample map is accepted' websocksy -t -b map -c "file=$top/etc/websocksy.map"
sed 's|^#/|/|' "$top/etc/websocksy.map" >"$dir/all.map"
ok 'the sample map has lines' test "$(grep -c '^/' "$dir/all.map")" -ge 3
ok 'it is accepted with all of its lines, too' websocksy -t -b map -c "file=$dir/all.map"

# --- the examples of the manual page: files, made at the paths in the page, and configurations

# example NAME: prints the display that follows the comment of this name.
example()
{
	awk -v name=".\\\\\" $1" '$0 == name { on = 1; next } on && /^\.Ed/ { exit } on && !/^\./' "$page"
}

mkdir "$dir/etc" "$dir/etc/peers" "$dir/etc/tokens.d"
for name in peers/desk_7 websocksy.map tokens.d/token1 hour.sh; do
	example "$name" >"$dir/etc/$name"
	ok "the page has $name" test -s "$dir/etc/$name"
done
for name in file map tokens exec; do
	example "configuration: $name" | sed "s|/etc/websocksy|$dir/etc|" >"$dir/$name.conf"
	ok "the page has a configuration for $name" grep -q '^\[backend\]' "$dir/$name.conf"
	ok "it is accepted" websocksy -t -f "$dir/$name.conf"
done
# With a path before each line, the lines of the file backend are a map, so websocksy -t can check them.
sed 's|^[a-z]|/ &|' "$dir/etc/peers/desk_7" >"$dir/lines"
ok 'the lines of the file are valid' websocksy -t -b map -c "file=$dir/lines"
ok 'the helper of the page answers' test "$(question /x | sh "$dir/etc/hour.sh")" = status=404
hour=$(question /hour | sh "$dir/etc/hour.sh")
ok 'and answers by the hour' test "${hour%% *}" = peer=tcp://localhost:7000 -o "${hour%% *}" = status=503
done_testing
