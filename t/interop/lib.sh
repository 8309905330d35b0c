# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash source-path=SCRIPTDIR
#
# Shared by the groups of t/interop/run: processes in the background, and checks that may be skipped.

# shellcheck source=../shell/tap.sh
. "$HERE/../shell/tap.sh"

# Variables for the groups: the port of the bridge, its log, and the temporary directory.
PORT=
LOG=/dev/null
WORK=

declare -A server_pid=()
bridge_count=0
bridge_faults=()

begin()
{
	tap_tmpdir
	WORK=$tap_directory
	# The workers of nginx run as another user and read files below this directory.
	chmod 711 "$WORK"
	mkdir "$WORK/www"
	cp "$HERE/page.html" "$HERE/dialogue.js" "$WORK/www" || bail_out 'no directory for the pages'
	# All children inherit this variable: it marks the processes that belong to this run.
	export INTEROP_RUN=$WORK
	trap end EXIT
}

end()
{
	local name
	trap '' HUP INT TERM
	for name in "${!server_pid[@]}"; do
		stop "$name"
	done
	if [ -n "${INTEROP_KEEP:-}" ]; then
		diag "the logs are in $WORK"
	else
		rm -rf "$WORK"
	fi
}

# A test runs in a subshell, so that servers are started and stopped between tests only.

# within SECONDS COMMAND...: repeats the command until it succeeds; returns 1 if it does not succeed in that time.
within()
{
	local until=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -le "$until" ] || return 1
		sleep 0.02
	done
}

# missing PROGRAM...: prints the programs that are not installed; npm:NAME is a package of node.
missing()
{
	local program
	for program; do
		case $program in
		npm:*) [ -d "$NODE_PATH/${program#npm:}" ] || printf '%s ' "$program" ;;
		*) command -v "$program" >/dev/null || printf '%s ' "$program" ;;
		esac
	done
}

# The programs that a dialogue needs in node, and in Chromium.
export NODE='node npm:ws'
export BROWSER='node npm:playwright-core chromium'

# check 'PROGRAM...' NAME COMMAND...: a test, which is skipped if one of the programs is missing.
check()
{
	local needs lacks name=$2 failed=$tap_failed
	read -r -a needs <<<"$1"
	shift 2
	lacks=$(missing "${needs[@]}")
	if [ -n "$lacks" ]; then
		skip "$name" "missing: $lacks"
		return
	fi
	ok "$name" "$@"
	if [ "$tap_failed" -ne "$failed" ] && [ -f "$LOG" ]; then
		diag "the end of the bridge's log:"
		diag "$(tail -n 12 "$LOG")"
	fi
}

# -- servers --

alive()
{
	kill -0 "$1" 2>/dev/null
}

gone()
{
	! alive "$1"
}

connects()
{
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Sets FREE to a port on which nothing listens, a different one each time. The system does not use ports of this range
# for outgoing connections.
free_given=' '
free_port()
{
	FREE=$((20000 + RANDOM % 12000))
	while [[ $free_given == *" $FREE "* ]] || connects "$FREE"; do
		FREE=$((20000 + RANDOM % 12000))
	done
	free_given+="$FREE "
}

# start NAME COMMAND...: runs the command in the background. Its standard output goes to $WORK/NAME.out, its standard
# error to $WORK/NAME.log.
start()
{
	local name=$1
	shift
	# Empty the file now, so that the output of an earlier process is not taken for that of this one.
	: >"$WORK/$name.out"
	"$@" </dev/null >"$WORK/$name.out" 2>"$WORK/$name.log" &
	server_pid[$name]=$!
}

pid_of()
{
	printf '%s' "${server_pid[$1]}"
}

# stop NAME: sends SIGTERM, and SIGKILL after 15 seconds. Returns the exit status, 137 if the process was killed.
stop()
{
	local pid=${server_pid[$1]}
	unset "server_pid[$1]"
	kill -TERM "$pid" 2>/dev/null
	if ! within 15 gone "$pid"; then
		kill -KILL "$pid" 2>/dev/null
	fi
	wait "$pid" 2>/dev/null
}

# listens_or_ended NAME PORT: true if the process has exited or listens on the port.
listens_or_ended()
{
	gone "$(pid_of "$1")" || connects "$2"
}

# serve NAME COMMAND...: starts a server. @PORT@ in the command is replaced by a free port, which is stored in SERVED.
# If the server does not start, a test is reported as failed.
serve()
{
	local name=$1 try
	shift
	for try in 1 2 3; do
		free_port
		SERVED=$FREE
		start "$name" "${@//@PORT@/$SERVED}"
		if within 20 listens_or_ended "$name" "$SERVED" && alive "$(pid_of "$name")"; then
			return 0
		fi
		stop "$name"
	done
	tap_result 1 "$name starts (tried $try times)"
	diag "$(tail -n 12 "$WORK/$name.log")"
	return 1
}

# -- the bridge --

port_is_printed()
{
	[ -s "$1" ] || gone "$(pid_of bridge)"
}

# bridge_stop: stops the bridge if it runs. A wrong exit status is reported at the end.
bridge_stop()
{
	local status=0
	[ -n "${server_pid[bridge]:-}" ] || return 0
	stop bridge || status=$?
	[ "$status" -eq 0 ] || bridge_faults+=("bridge $bridge_count ended with status $status, see $LOG")
	cp "$WORK/bridge.log" "$WORK/bridge-$bridge_count.log"
	LOG=$WORK/bridge-$bridge_count.log
}

# bridge_none: stops the bridge, for tests that run without it and its log.
bridge_none()
{
	bridge_stop
	LOG=/dev/null
}

# bridge OPTION...: stops the previous websocksy and starts a new one; sets PORT and LOG.
bridge()
{
	bridge_stop
	bridge_count=$((bridge_count + 1))
	LOG=$WORK/bridge.log
	start bridge "$WEBSOCKSY" ${WS_MODULES:+-m "$WS_MODULES"} -l 127.0.0.1 -p 0 "$@"
	within 15 port_is_printed "$WORK/bridge.out"
	PORT=$(cat "$WORK/bridge.out")
	if [ -z "$PORT" ]; then
		tap_result 1 "websocksy starts with $*"
		diag "$(cat "$LOG")"
		PORT=1
	fi
}

# logged PATTERN: true if the log of the bridge has, or gets within 10 seconds, a line that matches.
logged()
{
	if ! within 10 grep -qE -e "$1" "$LOG"; then
		echo "not in the log: $1"
		return 1
	fi
}

# -- tests --

# talk ARGUMENT...: runs talk.js.
talk()
{
	TMPDIR=$WORK timeout -k 5 60 node "$HERE/talk.js" "$@"
}

# all COMMAND -- COMMAND ...: true if each command succeeds.
all()
{
	local words=() word
	for word in "$@" --; do
		if [ "$word" != -- ]; then
			words+=("$word")
		else
			"${words[@]}" || return
			words=()
		fi
	done
}

ours_left()
{
	local process
	for process in /proc/[0-9]*; do
		if tr '\0' '\n' <"$process/environ" 2>/dev/null | grep -qxF "INTEROP_RUN=$INTEROP_RUN" &&
		    [ "$(readlink "$process/exe")" = "$(readlink -f "$WEBSOCKSY")" ]; then
			echo "${process#/proc/}: $(tr '\0' ' ' <"$process/cmdline")"
		fi
	done
}

none_left()
{
	[ -z "$(ours_left)" ]
}

# stop_all: stops the bridge and all servers.
stop_all()
{
	local name
	bridge_stop
	for name in "${!server_pid[@]}"; do
		stop "$name"
	done
}

nothing_left()
{
	if ! within 10 none_left; then
		ours_left
		return 1
	fi
	if [ "${#bridge_faults[@]}" -gt 0 ]; then
		printf '%s\n' "${bridge_faults[@]}"
		return 1
	fi
	if grep -hE 'error:' "$WORK"/bridge-*.log; then
		return 1
	fi
}
