# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash source-path=SCRIPTDIR
#
# Tests etc/logrotate.d/websocksy, with a daemon whose workers are not root.

# shellcheck source=etc_lib.sh
. "$HERE/etc_lib.sh"
bridge_none

rotated_log=$etc_root/var/log/websocksy.log
pid_file=$etc_root/run/websocksy.pid
etc_fill logrotate.d/websocksy >"$WORK/logrotate.conf"
chmod 644 "$WORK/logrotate.conf"
# The workers must be able to reach the log.
chmod 755 "$etc_root/var" "$etc_root/var/log"

# daemon: starts websocksy as a daemon; sets PORT.
daemon()
{
	local user=()
	[ "$(id -u)" -ne 0 ] || user=(-o user=nobody)
	PORT=$("$WEBSOCKSY" -d -l 127.0.0.1 -p 0 "${user[@]}" -o pid-file="$pid_file" -o status-file=none \
		-o log="$rotated_log" -c host="$REDIS_TCP" 2>"$WORK/daemon.log" </dev/null)
	if [ -z "$PORT" ]; then
		tap_result 1 'websocksy starts as a daemon'
		diag "$(cat "$WORK/daemon.log")"
		PORT=1
	fi
}

rotate()
{
	logrotate -f -s "$WORK/logrotate.state" "$WORK/logrotate.conf"
}

# has_so_many FILE NUMBER PATTERN: true if exactly this number of lines match.
has_so_many()
{
	[ "$(grep -cE -e "$3" "$1" 2>/dev/null)" = "$2" ]
}

# holds FILE NUMBER PATTERN: true if exactly this number of lines match within 10 seconds.
holds()
{
	if ! within 10 has_so_many "$@"; then
		echo "$1 has not $2 lines with $3:"
		tail -n 12 "$1"
		return 1
	fi
}

daemon
url=ws://127.0.0.1:$PORT/
daemon_pid=$(cat "$pid_file" 2>/dev/null)
check "$NODE redis-server logrotate" 'logrotate: five sessions before' talk redis "$url" 1024 5
check "$NODE redis-server logrotate" 'logrotate: are in the log' holds "$rotated_log" 5 'closed .*code=1000'
# A client that stays connected during the rotation. Its session line must be in the new log.
exec 7<>"/dev/tcp/127.0.0.1/$PORT"
check logrotate 'logrotate: it takes the file' rotate
check logrotate 'logrotate: there is a new log' within 10 test -f "$rotated_log"
check "$NODE redis-server logrotate" 'logrotate: five sessions after it' talk redis "$url" 1024 5
printf 'nonsense\r\n\r\n' >&7
exec 7>&-
check "$NODE redis-server logrotate" 'logrotate: are in the new log' holds "$rotated_log" 5 'closed .*code=1000'
check logrotate 'logrotate: and the session that was open during the rotation' holds "$rotated_log" 1 'refused .*status=400'
check "$NODE redis-server logrotate" 'logrotate: the old log has only the first five' \
	holds "$rotated_log.1" 5 'closed .*code=1000'
check logrotate 'logrotate: there is no warning or error about the log' holds "$rotated_log" 0 '(warn|error): .*log'
check logrotate 'logrotate: a second time' rotate
check "$NODE redis-server logrotate" 'logrotate: five sessions more' talk redis "$url" 1024 5
check "$NODE redis-server logrotate" 'logrotate: are in the newest log' holds "$rotated_log" 5 'closed .*code=1000'
if [ -n "$daemon_pid" ]; then
	kill -TERM "$daemon_pid"
fi
check logrotate 'logrotate: the daemon stops' within 15 gone "${daemon_pid:-1}"

# The pid file of a server that was killed now has the pid of another process.
start bystander sleep 1000
pid_of bystander >"$pid_file"
echo line >"$rotated_log"
check logrotate 'logrotate: without a server' rotate
check logrotate 'logrotate: a process that has got its pid is left alone' alive "$(pid_of bystander)"
rm -f "$pid_file"
echo line >"$rotated_log"
check logrotate 'logrotate: without a pid file' rotate
stop bystander
