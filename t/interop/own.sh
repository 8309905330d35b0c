# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Tests the client and the echo service of this project, as a new user would run them.

# says INPUT OUTPUT OPTION...: true if wsclient exits with 0 and has printed OUTPUT.
says()
{
	local input=$1 output=$2 got
	shift 2
	got=$(printf '%s\n' "$input" | timeout 60 "$WSCLIENT" -t 30 "$@") || return
	printf 'got %s\n' "$got"
	[ "$got" = "$output" ]
}

# start_echo NAME OPTION...: starts the echo service, and stores its port in ECHO_PORT.
start_echo()
{
	ECHO_PORT=1
	[ -x "$ECHO" ] || return 0
	start "$1" "$ECHO" -p 0 "${@:2}"
	within 15 test -s "$WORK/$1.out"
	ECHO_PORT=$(cat "$WORK/$1.out")
}


start_echo echo_tcp
bridge -c host=tcp://127.0.0.1 -c port="$ECHO_PORT"
check "$WSCLIENT $ECHO" 'wsclient: a line comes back from the echo service' \
	says 'hello, bridge' 'hello, bridge' -n 1 "ws://127.0.0.1:$PORT/"
check "$WSCLIENT $ECHO" 'wsclient: the log has its clean end' \
	logged 'code=1000 by=client in=13/1 out=13/1 '
start_echo echo_udp -u
bridge -c host=udp://127.0.0.1 -c port="$ECHO_PORT"
check "$WSCLIENT $ECHO" 'wsclient: datagrams come back one by one' \
	says $'one\ntwo\n\303\274' $'one\ntwo\n\303\274' -n 3 "ws://127.0.0.1:$PORT/"
