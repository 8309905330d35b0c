# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash source-path=SCRIPTDIR
#
# Tests etc/inetd.conf, etc/xinetd.d/websocksy and etc/tcpserver/run.

# shellcheck source=etc_lib.sh
. "$HERE/etc_lib.sh"
bridge_none
printf '[core]\nwait-timeout = 1s\n[backend]\nhost = %s\n' "$REDIS_TCP" >"$CONFIG"
chmod 644 "$CONFIG"
chmod 755 "$etc_root/etc"
user=$(id -un)
[ "$user" != root ] || user=nobody

# super_works NAME PROGRAM PORT: the tests for each super-server.
super_works()
{
	local url=ws://127.0.0.1:$3/
	check "$NODE redis-server $2" "$1: a whole session with redis" talk redis "$url" 1048576
	check "$NODE redis-server $2" "$1: 12 sessions at once" talk redis "$url" 65536 12
	check "$2" "$1: no process is left after the sessions" within 10 none_left
	check "$NODE redis-server $2" "$1: and another session" talk redis "$url" 1024
}

# belongs PORT: opens a session; true if all its processes belong to $user.
belongs()
{
	local process owners
	exec 7<>"/dev/tcp/127.0.0.1/$1"
	for ((i = 0; i < 200; i++)); do
		owners=$(ours_left | while IFS=: read -r process _; do stat -c %U "/proc/$process"; done | sort -u)
		[ -z "$owners" ] || break
		sleep 0.05
	done
	exec 7>&-
	echo "belongs to: $owners"
	[ "$owners" = "$user" ]
}

free_port
port=$FREE
free_port
while [ "$FREE" = "$port" ]; do
	free_port
done
wait_port=$FREE

# The file has two lines for websocksy, of which the second is a comment. Use both, on different ports.
etc_fill inetd.conf | sed -n -e "s|^8001|127.0.0.1:$port|p" -e "s|^#8001|127.0.0.1:$wait_port|p" |
	sed "s|	websocksy	|	$user	|" >"$WORK/inetd.conf"
if [ -z "$(missing inetd)" ]; then
	start super inetd -i -E "$WORK/inetd.conf"
	listens_now super "$port"
fi
super_works 'etc/inetd.conf' inetd "$port"
check inetd 'etc/inetd.conf: the process is not root' belongs "$port"
super_works 'etc/inetd.conf, wait' inetd "$wait_port"
check inetd 'etc/inetd.conf, wait: the processes are not root' belongs "$wait_port"
[ -n "$(missing inetd)" ] || stop super

free_port
port=$FREE
{
	printf 'defaults\n{\n\tlog_type = FILE %s\n}\n' "$WORK/xinetd.services"
	etc_fill xinetd.d/websocksy | sed -e 's|disable *= yes|disable = no|' -e "s|port *= 8001|port = $port|" \
		-e 's|flags *= IPv6|bind = 127.0.0.1\n\tflags =|' -e "s|user *= websocksy|user = $user|"
} >"$WORK/xinetd.conf"
if [ -z "$(missing xinetd)" ]; then
	start super xinetd -dontfork -f "$WORK/xinetd.conf" -pidfile "$WORK/xinetd.pid"
	listens_now super "$port"
fi
super_works 'etc/xinetd.d' xinetd "$port"
check xinetd 'etc/xinetd.d: the process is not root' belongs "$port"
[ -n "$(missing xinetd)" ] || stop super

free_port
port=$FREE
etc_fill tcpserver/run >"$WORK/run"
if [ -z "$(missing tcpserver)" ]; then
	ADDRESS=127.0.0.1 PORT=$port SERVICE_USER=$user start super sh "$WORK/run"
	listens_now super "$port"
fi
super_works 'etc/tcpserver/run' tcpserver "$port"
check tcpserver 'etc/tcpserver/run: the process is not root' belongs "$port"
# tcpserver/run writes the log to standard output, for a logger.
tells()
{
	within 10 grep -q 'closed .*code=1000' "$WORK/super.out"
}
check "$NODE redis-server tcpserver" 'etc/tcpserver/run: its output is the log' tells
[ -n "$(missing tcpserver)" ] || stop super
