#!/bin/sh
# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# Tests the rooms of src/, lowest first. A file may include headers of its own room and of lower ones, and inside a
# room the includes must not form a circle. The files of `proto`, and those of `base` that are not listed as impure,
# do no I/O, so they must not include the headers for it. src/build.am and the map in HACKING must name the same rooms
# and files in the same order.

. "${top_srcdir:-.}/t/shell/tap.sh"

top=${top_srcdir:-.}
rooms='base proto conf posix module status session server ctl'
impure='base/log base/log_format base/io base/temporary base/clock base/pages base/buf base/service'
io_headers='sys/socket.h sys/select.h sys/wait.h sys/mman.h unistd.h fcntl.h poll.h signal.h time.h syslog.h netdb.h
	dlfcn.h'

# layers_check DIRECTORY: prints a line for each violation below it.
layers_check()
{
	for layers_room in $rooms; do
		for layers_file in "$1/$layers_room"/*.c "$1/$layers_room"/*.h; do
			[ -e "$layers_file" ] || continue
			printf '= %s\n' "$layers_room/${layers_file##*/}"
			sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*\([<"][^>"]*[>"]\).*/\1/p' "$layers_file"
		done
	done | awk -v rooms="$rooms" -v impure="$impure" -v io="$io_headers" '
	function base(path) {
		sub(/\.[ch]$/, "", path)
		return path
	}
	# Returns 1 if the includes of a room lead from one file to the other.
	function reaches(from, to,    next_one) {
		if (from == to)
			return 1
		if (from in visited)
			return 0
		visited[from] = 1
		for (next_one in noun)
			if ((from, next_one) in uses && reaches(next_one, to))
				return 1
		return 0
	}
	BEGIN {
		n = split(rooms, list, " ")
		for (i = 1; i <= n; i++)
			floor[list[i]] = i
		n = split(impure, list, " ")
		for (i = 1; i <= n; i++) {
			is_impure[list[i]] = 1
			io_header[list[i] ".h"] = 1
		}
		n = split(io, list, " ")
		for (i = 1; i <= n; i++)
			io_header[list[i]] = 1
	}
	/^= / {
		file = $2
		me = base(file)
		noun[me] = 1
		room = file
		sub(/\/.*/, "", room)
		pure = (room == "proto" || room == "base") && !(me in is_impure)
		next
	}
	{
		name = substr($0, 2, length($0) - 2)
		if (pure && name in io_header)
			print file ": pure, but includes " $0
		if ($0 !~ /^"/ || name == "config.h" || name == "websocksy.h")
			next
		its = name
		sub(/\/.*/, "", its)
		if (!(its in floor) || name !~ /\//)
			print file ": includes " $0 ", which names no room"
		else if (floor[its] > floor[room] || (its == "server" && room == "ctl"))
			print file ": " room " is below " its ", but includes " $0
		else if (its == room && base(name) != me)
			uses[me, base(name)] = file
	}
	END {
		for (pair in uses) {
			split(pair, end, SUBSEP)
			for (each in visited)
				delete visited[each]
			if (reaches(end[2], end[1]))
				print uses[pair] ": in a circle with " end[2]
		}
	}'
}

# must_find FILE LINE NAME: the check must find LINE in FILE.
must_find()
{
	rm -rf "$tap_directory/src"
	for room in $rooms; do
		mkdir -p "$tap_directory/src/$room"
	done
	cp "$top/src/base/log_format.h" "$tap_directory/src/base/"
	printf '%s\n' '#include "base/log_format.h"' >"$tap_directory/src/base/log.h"
	printf '%s\n' "$2" >"$tap_directory/src/$1"
	found=$(layers_check "$tap_directory/src")
	case $found in
	*"$1"*) tap_result 0 "found: $3" ;;
	*) tap_result 1 "found: $3"; diag "said: $found" ;;
	esac
}

tap_tmpdir
must_find proto/http.c '#include "server/master.h"' 'a header of a higher room'
must_find status/status.c '#include "session/relay.h"' 'a header of the next higher room'
must_find ctl/ctl.c '#include "server/reload.h"' 'the server in the control program'
must_find base/log_format.c '#  include "base/log.h"' 'a circle of two files in a room'
must_find proto/frame.c '#include <sys/socket.h>' 'sockets in a pure file'
must_find base/utf8.h '#include "base/log.h"' 'the log in a pure file'
must_find proto/peer.c '#include <unistd.h>' 'system calls in a pure file'
must_find session/relay.c '#include "clock.h"' 'a header without its room'
must_find session/relay.c '#include "helpers/clock.h"' 'a header of no room'

is "$(layers_check "$top/src")" '' 'includes point down, without circles'

# The folders of src are exactly the rooms, and the only file beside them is the public header.
folders=
for folder in "$top"/src/*/; do
	folder=${folder%/}
	# A build in the source tree makes the folder .deps.
	[ "${folder##*/}" = .deps ] || folders="$folders${folder##*/} "
done
is "$folders" "$(echo "$rooms" | tr ' ' '\n' | sort | tr '\n' ' ')" 'the folders of src'
is "$(find "$top/src" -name '*.[ch]' ! -path "$top/src/*/*")" "$top/src/websocksy.h" 'one header beside them'
is "$(sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"//p' "$top/src/websocksy.h")" '' \
	'the public header includes none of ours'

# The makefile: the rooms, then the files of each, as "room file file ...".
# shellcheck disable=SC2016
is "$(sed -n 's/^	\$(src_\([a-z]*\)).*/\1/p' "$top/src/build.am" | tr '\n' ' ')" "$rooms " 'the rooms in src/build.am'
awk '
	/^src_[a-z]+ = / { room = $1; sub(/^src_/, "", room); line = room; next }
	room != "" && NF == 0 { print line; room = "" }
	room != "" {
		name = $1
		sub(/.*\//, "", name)
		sub(/\.[ch]$/, "", name)
		line = line " " name
	}' "$top/src/build.am" >"$tap_directory/makefile"

# The map in HACKING: a line with a room and its description, then lines with its files. The two main files belong to
# the programs, and not to the library whose files the makefile lists.
awk '
	/^Rooms/ { on = 1; next }
	on && /^[^ ]/ { exit }
	on && /^  [a-z]/ { if (line != "") print line; line = $1; next }
	on && /^      / { for (i = 1; i <= NF; i++) if ($i != "main" && $i != "ctl") line = line " " $i }
	END { if (line != "") print line }' "$top/HACKING" >"$tap_directory/map"
for room in $rooms; do
	is "$(sed -n "/^$room /p" "$tap_directory/map")" "$(sed -n "/^$room /p" "$tap_directory/makefile")" \
		"HACKING and src/build.am agree on $room"
done
is "$(cut -d ' ' -f 1 "$tap_directory/map" | tr '\n' ' ')" "$rooms " 'the rooms in HACKING'

# The files (names or paths) and functions (names with an underscore) that HACKING names must exist.
tr -cs 'a-zA-Z0-9_/.()-' '\n' <"$top/HACKING" | sed 's/[.,]*$//' | sort -u >"$tap_directory/words"

# names_exist WHAT FUNCTION: FUNCTION accepts each name on standard input.
names_exist()
{
	names_missing=
	names_count=0
	while read -r name; do
		names_count=$((names_count + 1))
		"$2" "$name" || names_missing="$names_missing $name"
	done
	ok "HACKING names $1" test "$names_count" -gt 0
	is "$names_missing" '' "all $1 that HACKING names exist"
}

# names_exist calls this function and the next one.
# shellcheck disable=SC2317
file_exists()
{
	[ -e "$top/$1" ] || [ -e "$top/$1.c" ] || [ -n "$(find "$top/src" "$top/modules" -path "*/$1")" ]
}

# shellcheck disable=SC2317
function_exists()
{
	grep -rqs "^$1(" "$top/src"
}

grep -e '^[a-z][a-z_/-]*\.[cht1-8]$' -e '^[a-z][a-z]*/.*[a-zA-Z]$' "$tap_directory/words" >"$tap_directory/files"
sed -n 's/^\([a-z]*_[a-z_]*\)()$/\1/p' "$tap_directory/words" >"$tap_directory/functions"
names_exist files file_exists <"$tap_directory/files"
names_exist functions function_exists <"$tap_directory/functions"
done_testing
