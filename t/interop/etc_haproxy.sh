# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash source-path=SCRIPTDIR
#
# Tests etc/haproxy.cfg: three bridges behind one address, of which one is stopped, one killed and one reloaded under
# load.

# shellcheck source=etc_lib.sh
. "$HERE/etc_lib.sh"
certify
bridge_none

declare -A instance_port=()
for instance in one two three; do
	free_port
	while [[ " ${instance_port[*]} " == *" $FREE "* ]]; do
		free_port
	done
	instance_port[$instance]=$FREE
done
free_port
port=$FREE

# start_instance NAME: starts the bridge with this name, which is also the subprotocol that it chooses.
start_instance()
{
	settings haproxy.cfg "s/192\.0\.2\.1:8001/127.0.0.1:${instance_port[$1]}/" 's/192\.0\.2\.9/127.0.0.1/'
	bridge_with "$1" "${instance_port[$1]}" "${SETTINGS[@]}" -c host="$REDIS_TCP" -c protocol="$1" \
		-c framing=newline
}

start_haproxy()
{
	[ -z "$(missing haproxy openssl)" ] || return 0
	etc_fill haproxy.cfg | sed -e "s|bind :::443 v4v6|bind 127.0.0.1:$port|" \
		-e "s|192\.0\.2\.1:8001|127.0.0.1:${instance_port[one]}|" \
		-e "s|192\.0\.2\.2:8001|127.0.0.1:${instance_port[two]}|" \
		-e "s|192\.0\.2\.3:8001|127.0.0.1:${instance_port[three]}|" >"$WORK/haproxy.cfg"
	if ! haproxy -c -f "$WORK/haproxy.cfg" >"$WORK/haproxy.check" 2>&1 ||
	    grep -q WARNING "$WORK/haproxy.check"; then
		tap_result 1 'haproxy takes etc/haproxy.cfg without a warning'
		diag "$(cat "$WORK/haproxy.check")"
	fi
	start haproxy haproxy -db -f "$WORK/haproxy.cfg"
	listens_now haproxy "$port"
}

# Starts load.js, which prints a report for each line that is written to descriptor 8. Its standard input is a named
# pipe, which stays open: without it, standard input of a background process would be at end of file.
start_load()
{
	[ -z "$(missing node npm:ws haproxy openssl)" ] || return 0
	mkfifo "$WORK/load.in"
	exec 8<>"$WORK/load.in"
	node "$HERE/load.js" "wss://127.0.0.1:$port/" 12 <"$WORK/load.in" >"$WORK/load.out" 2>&1 8>&- &
	server_pid["load"]=$!
}

reports()
{
	grep -c ^held "$WORK/load.out"
}

more_reports()
{
	[ "$(reports)" -gt "$1" ] || gone "${server_pid["load"]}"
}

# report: stores the next report of load.js in REPORT.
report()
{
	local before
	before=$(reports)
	echo >&8
	within 30 more_reports "$before"
	REPORT=$(grep ^held "$WORK/load.out" | tail -n 1)
}

# reported PATTERN: true if the next report matches the pattern.
reported()
{
	report
	[[ $REPORT =~ $1 ]]
}

# shows PATTERN: true if a report matches within 20 seconds, and no connection has failed.
shows()
{
	if ! within 20 reported "$1" || ! [[ $REPORT =~ failed=0$ ]]; then
		echo "got:    $REPORT"
		echo "wanted: $1 ... failed=0"
		grep -v ^held "$WORK/load.out" | tail -n 12
		return 1
	fi
}

# kill_all NAME: kills the bridge with this name and all its workers at the same time.
kill_all()
{
	local pid=${server_pid[$1]} workers
	read -r -a workers < <(ps -A -o ppid=,pid= | awk -v of="$pid" '$1 == of { printf "%s ", $2 }')
	kill -KILL "$pid" "${workers[@]}"
	wait "$pid" 2>/dev/null
	unset "server_pid[$1]"
}

none='one=0 two=0 three=0'
needs="$NODE redis-server haproxy openssl"
some='[1-9][0-9]*'
for instance in one two three; do
	start_instance "$instance"
done
start_haproxy
check 'curl haproxy openssl' 'haproxy: a refusal comes through' \
	tls_status 403 "https://127.0.0.1:$port/" -H 'Origin: http://example.org' --interface 127.0.0.2
all_logs()
{
	within 10 grep -qhE 'refused .*127\.0\.0\.2.* status=403' "$WORK/one.log" "$WORK/two.log" "$WORK/three.log"
}
check 'curl haproxy openssl' 'haproxy: the log has the address of the client' all_logs
start_load
check "$needs" 'haproxy: all three have sessions, all three are used' \
	shows "^held one=4 two=4 three=4 lost $none served one=$some two=$some three=$some broken $none"
kill -HUP "${server_pid[three]}"
check "$needs" 'haproxy: one is reloaded' logs three 'reload'
kill -QUIT "${server_pid[one]}"
check "$needs" 'haproxy: one is stopped when its sessions are over' logs one 'draining'
check "$needs" 'haproxy: neither of them loses a session' \
	shows "^held one=4 two=4 three=4 lost $none served .* broken $none"
kill_all two
check "$needs" 'haproxy: one is killed, and its sessions are all that is lost' \
	shows '^held one=4 two=0 three=4 lost one=0 two=4 three=0 served .* broken one=0 two=[0-4] three=0'
check "$needs" 'haproxy: the one that is left serves' shows "served .* three=$some"
start_instance two
served_by_two=$(sed -n 's/^held.* served one=[0-9]* two=\([0-9]*\) .*/\1/p' "$WORK/load.out" | tail -n 1)
more_by_two()
{
	report
	[[ $REPORT =~ served\ one=[0-9]+\ two=([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -gt "${served_by_two:-0}" ]
}
check "$needs" 'haproxy: the one that was killed is used again when it is back' within 30 more_by_two
check "$needs" 'haproxy: no connection has failed' shows 'held one=4 .* broken one=0 two=[0-4] three=0'

# When load.js is stopped all sessions end, and so the stopped bridge exits.
if [ -n "${server_pid["load"]:-}" ]; then
	stop load
	exec 8>&-
fi
check "$needs" 'haproxy: the one that was stopped is gone with its last session' within 15 gone "${server_pid[one]}"
for instance in one two three; do
	stop "$instance"
done
[ -n "$(missing haproxy openssl)" ] || stop haproxy
