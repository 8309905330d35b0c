# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash source-path=SCRIPTDIR
#
# Tests the units of etc/systemd: the tools of systemd check them, and their commands are run as by systemd.

# shellcheck source=etc_lib.sh
. "$HERE/etc_lib.sh"
bridge_none

mkdir -p "$WORK/units" "$etc_root/run/websocksy"
units=(websocksy.service websocksy.socket websocksy@.service)
for unit in "${units[@]}"; do
	etc_fill "systemd/$unit" >"$WORK/units/$unit"
done

# verifies UNIT: true if systemd-analyze accepts the unit and prints no warning.
verifies()
{
	local said
	said=$(cd "$WORK/units" && systemd-analyze verify --man=no "./$1" 2>&1) && [ -z "$said" ] && return
	echo "$said"
	return 1
}

# exposed UNIT MOST: true if systemd rates the exposure of the unit, from 0 (safe) to 100, with at most MOST.
exposed()
{
	systemd-analyze security --offline=yes --threshold="$2" "$WORK/units/$1"
}

for unit in "${units[@]}"; do
	check systemd-analyze "systemd takes $unit" verifies "$unit"
done
for unit in websocksy.service websocksy@.service; do
	check systemd-analyze "$unit is hardened" exposed "$unit" 15
done

# command_of UNIT NAME NUMBER: stores the words of line NUMBER with this name in COMMAND.
command_of()
{
	read -r -a COMMAND < <(sed -n "s|^$2=||p" "$WORK/units/$1" | sed -n "$3p")
}

free_port
port=$FREE

# -- the service, with a program that receives its notifications

cat >"$WORK/manager.py" <<'END'
import os, socket, sys
path = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(path)
print("ready", flush=True)
while True:
    for line in s.recv(65536).decode().splitlines():
        print(line, flush=True)
END

told()
{
	within 15 has_told "$@"
}

# has_told LINE NUMBER: true if the service has sent this line at least NUMBER times.
has_told()
{
	[ "$(grep -cxF -e "$1" "$WORK/manager.out")" -ge "$2" ]
}

# as_systemd: runs the command in COMMAND; $MAINPID in it is replaced by the pid of the service.
as_systemd()
{
	"${COMMAND[@]//\$MAINPID/$(pid_of service)}"
}

if [ -z "$(missing python3)" ]; then
	start manager python3 "$WORK/manager.py" "$WORK/notify"
	within 15 test -s "$WORK/manager.out"
fi
printf '[core]\nlisten = 127.0.0.1:%s\n[backend]\nhost = %s\n' "$port" "$REDIS_TCP" >"$CONFIG"
command_of websocksy.service ExecStartPre 1
check '' 'websocksy.service: the check before the start succeeds' "${COMMAND[@]}"
command_of websocksy.service ExecStart 1
start service env NOTIFY_SOCKET="$WORK/notify" "${COMMAND[@]}"
url=ws://127.0.0.1:$port/
check python3 'websocksy.service: notifies that it is ready' told READY=1 1
check "$NODE redis-server python3" 'websocksy.service: serves after this notification' talk redis "$url" 65536
command_of websocksy.service ExecReload 1
check '' 'websocksy.service: the check before a reload succeeds' as_systemd
command_of websocksy.service ExecReload 2
check '' 'websocksy.service: a reload is requested' as_systemd
check python3 'websocksy.service: notifies that the reload is done' told READY=1 2
check "$NODE redis-server" 'websocksy.service: serves on' talk redis "$url" 65536
printf 'nonsense = 1\n' >"$CONFIG"
command_of websocksy.service ExecReload 1
fails()
{
	! as_systemd
}
check '' 'websocksy.service: an invalid configuration is found before a reload' fails
check "$NODE redis-server" 'websocksy.service: the server is unchanged' talk redis "$url" 1024
status=0
stop service || status=$?
check '' 'websocksy.service: TERM ends it in order' test "$status" -eq 0
check python3 'websocksy.service: notifies that it stops' told STOPPING=1 1
[ -n "$(missing python3)" ] || stop manager

# -- the socket, for the service

listen=$(sed -n 's/^ListenStream=//p' "$WORK/units/websocksy.socket")
check '' 'websocksy.socket: has the default port' test "$listen" = 8001
# With a socket of systemd, the settings listen and port are ignored.
printf '[core]\nlisten = 192.0.2.1\nport = 1\n[backend]\nhost = %s\n' "$REDIS_TCP" >"$CONFIG"
free_port
port=$FREE
url=ws://127.0.0.1:$port/
command_of websocksy.service ExecStart 1
activated()
{
	[ -z "$(missing systemd-socket-activate)" ] || return 0
	start socket systemd-socket-activate "$@" -l "127.0.0.1:$port" "${COMMAND[@]}"
	# Do not wait for it by connecting: this would be the first client.
	within 15 grep -q 'Listening on' "$WORK/socket.log"
}
activated
check "$NODE redis-server systemd-socket-activate" 'websocksy.socket: the first client starts the service' \
	talk redis "$url" 1048576
check "$NODE redis-server systemd-socket-activate" 'websocksy.socket: 12 sessions at once' talk redis "$url" 65536 12
[ -z "${server_pid[socket]:-}" ] || kill -HUP "$(pid_of socket)"
check systemd-socket-activate 'websocksy.socket: it reloads' logs socket reload
check "$NODE redis-server systemd-socket-activate" 'websocksy.socket: and has its socket still' talk redis "$url" 65536
if [ -n "${server_pid[socket]:-}" ]; then
	status=0
	stop socket || status=$?
fi
check systemd-socket-activate 'websocksy.socket: TERM ends it in order' test "$status" -eq 0

# -- the socket, with a process for each connection

command_of websocksy@.service ExecStart 1
free_port
port=$FREE
url=ws://127.0.0.1:$port/
activated -a --inetd
check "$NODE redis-server systemd-socket-activate" 'websocksy@.service: a session' talk redis "$url" 1048576
check "$NODE redis-server systemd-socket-activate" 'websocksy@.service: 12 sessions at once' talk redis "$url" 65536 12
check systemd-socket-activate 'websocksy@.service: no process is left after them' within 10 none_left
[ -z "${server_pid[socket]:-}" ] || stop socket
