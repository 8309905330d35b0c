# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# lib.sh: starts and stops the relays and peers of the benchmarks. To be sourced by bash scripts, which then call begin.
#
# A relay has a name. For each running relay there are: port[NAME], the port on which it listens; pid[NAME], the process
# to measure; how[NAME], the options of t/bench/load for it; and top[NAME], the child of this script, which differs from
# pid[NAME] if a tool such as strace runs the relay. Each relay has a peer of its own.
# shellcheck shell=bash

declare -A port pid how top
pids=()

note()
{
	printf '# %s\n' "$*"
}

die()
{
	printf '%s: %s\n' "$0" "$*" >&2
	exit 1
}

have()
{
	command -v "$1" >/dev/null 2>&1
}

# begin: makes the temporary directory $dir and raises the limit of descriptors. All started processes are ended when
# the script exits.
begin()
{
	PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
	for program in "$WEBSOCKSY" "$LOAD" "$PEER"; do
		[ -x "$program" ] || die "$program does not exist: build it with make bench"
	done
	dir=$(mktemp -d "${TMPDIR:-/tmp}/websocksy-bench.XXXXXX") || die 'cannot make a temporary directory'
	trap finish EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)"
	# A relay with a single process needs two descriptors for each connection.
	most_single=$(($(ulimit -n) / 2 - 100))
	[ "$most_single" -lt 12000 ] || most_single=12000
	# Peers read from this pipe, and exit when this script exits.
	mkfifo "$dir/hold"
	exec 9<>"$dir/hold"
}

finish()
{
	local p
	for p in "${pids[@]}"; do
		kill "$p" 2>/dev/null
	done
	wait
	rm -rf "$dir"
}

# wait_for COMMAND...: repeats the command until it succeeds; fails after ten seconds.
wait_for()
{
	local i
	for ((i = 0; i < 200; i++)); do
		"$@" && return
		sleep 0.05
	done
	return 1
}

accepts()
{
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# start NAME COMMAND...: runs the command in the background, without the write end of the pipe that peers read.
start()
{
	local name=$1
	shift
	rm -f "$dir/$name.out"
	# <&0 keeps standard input: without job control bash would replace that of a background process by /dev/null.
	"$@" <&0 9>&- >"$dir/$name.out" 2>"$dir/$name.err" &
	top[$name]=$!
	pid[$name]=$!
	pids+=("$!")
}

# stop NAME: sends SIGTERM to the process, and waits for its exit.
stop()
{
	local p rest=()
	[ -n "${top[$1]:-}" ] || return 0
	kill "${pid[$1]}" 2>/dev/null
	wait "${top[$1]}" 2>/dev/null
	for p in "${pids[@]}"; do
		[ "$p" = "${top[$1]}" ] || rest+=("$p")
	done
	pids=("${rest[@]}")
	unset "top[$1]" "pid[$1]"
}

# start_peer NAME: starts a peer; its port is ${port[NAME]}.
start_peer()
{
	start "$1" "$PEER" <"$dir/hold"
	wait_for test -s "$dir/$1.out" || die "the peer did not start: $(cat "$dir/$1.err")"
	port[$1]=$(cat "$dir/$1.out")
}

# free_port: sets $free_port to a port on which nothing listens, for programs that need a port as an argument.
free_port()
{
	start_peer free
	stop free
	free_port=${port[free]}
}

# under_tool NAME: if strace runs the relay, sets pid[NAME] to the child of strace.
under_tool()
{
	local children
	[ ${#tool[@]} -gt 0 ] && [ "${tool[0]}" = strace ] || return 0
	children=$(cat "/proc/${top[$1]}/task/${top[$1]}/children")
	pid[$1]=${children%% *}
}

# If the program is in a build tree, use the modules of that tree.
if [ -z "${WS_MODULES+set}" ] && [ -d "${WEBSOCKSY%/*}/modules/.libs" ]; then
	WS_MODULES=${WEBSOCKSY%/*}/modules/.libs
fi

# The relays. The array $tool is a command that runs them, for example strace; it is empty by default.
tool=()

start_websocksy()	# NAME OPTION...
{
	local name=$1
	shift
	# Without this option websocksy warns that it runs as root.
	[ "$(id -u)" -ne 0 ] || set -- -o user=root "$@"
	start_peer "$name.peer"
	start "$name" "${tool[@]}" "$WEBSOCKSY" ${WS_MODULES:+-m "$WS_MODULES"} -l 127.0.0.1 -p 0 -o log-level=warn -o max-workers=11000 \
		-c host=127.0.0.1 -c port="${port[$name.peer]}" -c framing=binary "$@"
	wait_for test -s "$dir/$name.out" || die "websocksy did not start: $(cat "$dir/$name.err")"
	port[$name]=$(cat "$dir/$name.out")
	how[$name]=-w
	under_tool "$name"
}

start_haproxy()		# NAME
{
	start_peer "$1.peer"
	free_port
	port[$1]=$free_port
	cat >"$dir/$1.cfg" <<-END
		global
		    nbthread 1
		    maxconn $most_single
		defaults
		    mode tcp
		    backlog 4096
		    maxconn $most_single
		    timeout connect 10s
		    timeout client 1h
		    timeout server 1h
		frontend clients
		    bind 127.0.0.1:${port[$1]}
		    default_backend peers
		backend peers
		    server peer 127.0.0.1:${port[$1.peer]}
	END
	start "$1" "${tool[@]}" haproxy -db -f "$dir/$1.cfg"
	wait_for accepts "${port[$1]}" || die "haproxy did not start: $(cat "$dir/$1.err")"
	how[$1]=
	under_tool "$1"
}

# start_socat uses the default buffer of 8192 bytes, start_socat64k one of 64 KiB.
start_socat()		# NAME [OPTION...]
{
	start_peer "$1.peer"
	free_port
	port[$1]=$free_port
	start "$1" "${tool[@]}" socat "${@:2}" \
		"TCP-LISTEN:${port[$1]},bind=127.0.0.1,fork,reuseaddr,nodelay,backlog=4096" \
		"TCP:127.0.0.1:${port[$1.peer]},nodelay"
	wait_for accepts "${port[$1]}" || die "socat did not start: $(cat "$dir/$1.err")"
	how[$1]=
	under_tool "$1"
}

start_socat64k()	# NAME
{
	start_socat "$1" -b 65536
}

# 64 workers: the scenarios in which prefork takes part have at most 32 simultaneous connections.
start_prefork()		# NAME
{
	start_peer "$1.peer"
	start "$1" "${tool[@]}" "$PREFORK" "${port[$1.peer]}" 64
	wait_for test -s "$dir/$1.out" || die "prefork did not start: $(cat "$dir/$1.err")"
	port[$1]=$(cat "$dir/$1.out")
	how[$1]=
	under_tool "$1"
}

start_direct()		# NAME
{
	start_peer "$1.peer"
	port[$1]=${port[$1.peer]}
	pid[$1]=0
	how[$1]=
}

# Starts a relay of this kind, and its peer.
start_relay()		# NAME KIND [OPTION...]
{
	local kind=$2
	set -- "$1" "${@:3}"
	"start_$kind" "$@"
}

stop_relay()
{
	stop "$1"
	stop "$1.peer"
}

# load NAME ARG...: runs t/bench/load on a relay; its results go to standard output.
load()
{
	local name=$1
	shift
	# shellcheck disable=SC2086
	"$LOAD" -p "${port[$name]}" ${how[$name]} -r "${pid[$name]}" "$@" 9>&-
}
