#!/bin/sh
# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# The layers of src/, read off its #include lines. A file may include the header of a lower layer, its own header,
# websocksy.h and config.h; within one layer only along the arrows below. A pure file does no I/O, so it
# includes nothing that would let it.

. "${top_srcdir:-.}/t/tap.sh"

src=${top_srcdir:-.}/src

# layers_check DIRECTORY: a line for each violation; nothing when all is well.
layers_check()
{
	for layers_file in "$1"/*.c "$1"/*.h; do
		[ -e "$layers_file" ] || continue
		printf '= %s\n' "${layers_file##*/}"
		sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*\([<"][^>"]*[>"]\).*/\1/p' "$layers_file"
	done | awk '
	function layer(number, names,    list, i, n) {
		n = split(names, list, " ")
		for (i = 1; i <= n; i++)
			of[list[i]] = number
	}
	function mark(table, names,    list, i, n) {
		n = split(names, list, " ")
		for (i = 1; i <= n; i++)
			table[list[i]] = 1
	}
	BEGIN {
		layer(0, "log log_format io clock pages buf scan utf8 sha1 base64 version")
		layer(1, "handshake http ws frame peer pool param network allow proxy forwarded endpoint figure")
		layer(2, "conf conf_read conf_table guard framer framer_builtin")
		layer(3, "listen listen_unix connect resolve scoreboard signals life daemon pidfile privileges notify title parent server identity request core module backend backend_default")
		layer(4, "worker session report relay upstream downstream wrapping linger deadline refuse survey survey_sort survey_table survey_json survey_prometheus")
		layer(5, "options master crew reload order command screen")
		layer(6, "main ctl")

		mark(arrow, "handshake>http ws>frame framer_builtin>framer framer>guard conf_read>conf conf>conf_table conf_table>conf listen_unix>listen log>log_format log_format>log life>signals")
		mark(arrow, "backend>backend_default backend_default>backend backend>module backend>core module>core core>request core>life request>listen identity>listen connect>resolve connect>life resolve>life resolve>signals")
		mark(arrow, "buf>pages allow>network proxy>network forwarded>http forwarded>network")
		mark(arrow, "master>crew master>reload crew>reload")
		mark(arrow, "server>scoreboard server>parent command>order screen>order screen>command")
		mark(arrow, "survey_sort>survey survey_table>survey survey_json>survey survey_prometheus>survey")
		mark(arrow, "worker>session session>relay relay>upstream relay>downstream")
		mark(arrow, "worker>refuse upstream>wrapping session>linger session>report report>relay relay>deadline deadline>relay")

		mark(impure, "log log_format io clock pages buf")
		mark(io_header, "log.h io.h clock.h pages.h buf.h")
		mark(io_header, "sys/socket.h sys/select.h sys/wait.h sys/mman.h unistd.h fcntl.h poll.h")
		mark(io_header, "signal.h time.h syslog.h netdb.h dlfcn.h")
	}
	/^= / {
		file = $2
		me = file
		sub(/\.[ch]$/, "", me)
		if (me != "websocksy" && !(me in of))
			print file ": in no layer; give it one in t/layers.t"
		next
	}
	{
		name = substr($0, 2, length($0) - 2)
		if ((me in of) && of[me] <= 1 && !(me in impure) && (name in io_header))
			print file ": pure, but includes " $0
		if ($0 !~ /^"/ || name == "config.h")
			next
		it = name
		sub(/\.h$/, "", it)
		if (me == "websocksy")
			print file ": the public header includes " $0
		else if (it == me || it == "websocksy")
			next
		else if (!(it in of))
			print file ": includes " $0 ", which is in no layer"
		else if (of[it] >= of[me] && !((me ">" it) in arrow))
			print file " (layer " of[me] ") includes " $0 " (layer " of[it] ")"
	}'
}

# fault FILE LINE NAME: the check must find LINE in FILE.
fault()
{
	rm -f "$tap_directory"/*.[ch]
	printf '%s\n' "$2" >"$tap_directory/$1"
	faults=$(layers_check "$tap_directory")
	case $faults in
	"$1"*) tap_result 0 "found: $3" ;;
	*) tap_result 1 "found: $3"; diag "said: $faults" ;;
	esac
}

tap_tmpdir
fault http.c '#include "master.h"' 'a header of a higher layer'
fault sha1.c '#include "base64.h"' 'a header of the same layer'
fault http.c '#  include "handshake.h"' 'an arrow taken the wrong way'
fault frame.c '#include <sys/socket.h>' 'sockets in a pure file'
fault utf8.h '#include "log.h"' 'the log in a pure file'
fault pool.c '#include <unistd.h>' 'system calls in a pure file'
fault helpers.c '#include <stddef.h>' 'a file of no layer'
fault relay.c '#include "helpers.h"' 'a header of no layer'
fault websocksy.h '#include "log.h"' 'a public header that is not alone'

is "$(find "$src" -type d | wc -l | tr -d ' ')" 1 'src is flat'
for file in "$src"/*.[ch]; do
	rm -f "$tap_directory"/*.[ch]
	cp "$file" "$tap_directory/"
	is "$(layers_check "$tap_directory")" '' "${file##*/}"
done
done_testing
