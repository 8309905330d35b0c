# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Tests the bridge behind nginx, with a path below /.

# bridge_behind OPTION...: starts websocksy on the port that the configuration of nginx contains.
bridge_behind()
{
	bridge_stop
	bridge_count=$((bridge_count + 1))
	LOG=$WORK/bridge.log
	start bridge "$WEBSOCKSY" ${WS_MODULES:+-m "$WS_MODULES"} -l 127.0.0.1 -p "$BEHIND" -c host="$REDIS_TCP" "$@"
	if ! within 15 listens_or_ended bridge "$BEHIND" || gone "$(pid_of bridge)"; then
		tap_result 1 'websocksy starts again at its port'
		diag "$(cat "$LOG")"
	fi
}

configure_nginx()
{
	sed -e "s|@PORT@|$1|" -e "s|@BRIDGE@|$BEHIND|" -e "s|@USER@|$(id -un)|" "$HERE/nginx.conf" >"$WORK/nginx.conf"
}

start_nginx()
{
	local try
	[ -z "$(missing nginx)" ] || return 0
	for try in 1 2 3; do
		free_port
		SERVED=$FREE
		configure_nginx "$SERVED"
		start nginx nginx -p "$WORK" -e stderr -c "$WORK/nginx.conf"
		within 15 listens_or_ended nginx "$SERVED" && alive "$(pid_of nginx)" && return
		stop nginx
	done
	tap_result 1 "nginx starts (tried $try times)"
	diag "$(tail -n 12 "$WORK/nginx.log")"
}

# status_is STATUS URL OPTION...: true if a handshake with this URL gets this status.
status_is()
{
	local got
	got=$(curl -q -sS -o /dev/null -w '%{http_code}' --http1.1 --max-time 20 --noproxy '*' -H 'Upgrade: websocket' \
		-H 'Connection: Upgrade' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' \
		"${@:3}" "$2")
	echo "got $got"
	[ "$got" = "$1" ]
}

free_port
BEHIND=$FREE
SERVED=1
start_nginx
NGINX=$SERVED
url=ws://127.0.0.1:$NGINX

check 'curl nginx' 'nginx: 502 while the bridge is not there' status_is 502 "http://127.0.0.1:$NGINX/console/"
bridge_behind
check "$NODE redis-server nginx" 'nginx: node, 1 MiB there and back, once the bridge is there' \
	talk redis "$url/console/some/path?and=query" 1048576
check "$NODE redis-server nginx" 'nginx: the bridge sees the path below its own' \
	logged 'closed .*path="/some/path\?[.]{3}" .*code=1000 by=peer '
check "$NODE redis-server nginx" 'nginx: node, 16 MiB there and back' talk redis "$url/console/" 16777216
check "$NODE redis-server nginx" 'nginx: node, 20 sessions at once' talk redis "$url/console/" 65536 20
check "$BROWSER redis-server nginx" 'nginx: Chromium, a page of the same nginx, 1 MiB there and back' \
	talk --page "http://127.0.0.1:$NGINX/page.html" redis "$url/console/" 1048576
check "$BROWSER redis-server nginx" 'nginx: the same by another name of the host' \
	talk --page "http://localhost:$NGINX/page.html" redis "ws://localhost:$NGINX/console/" 1024
check "$BROWSER redis-server nginx" 'nginx: a page of another host is refused' \
	talk --page "http://localhost:$NGINX/page.html" refused "$url/console/foreign"
check "$BROWSER redis-server nginx" 'nginx: the log names the setting' \
	logged 'refused .*path="/foreign" status=403 .*setting: origin'
check "$BROWSER redis-server nginx" 'nginx: a page is refused if nginx does not pass on the Host' \
	talk --page "http://localhost:$NGINX/page.html" refused "ws://localhost:$NGINX/no-host/"
check 'curl nginx' 'nginx: the refusal comes through' \
	status_is 403 "http://127.0.0.1:$NGINX/console/" -H 'Origin: http://example.org'
check "$BROWSER redis-server nginx" 'nginx: Chromium, a close code of the page comes back' \
	talk --page "http://127.0.0.1:$NGINX/page.html" left "$url/console/left" 3001 'enough'
check "$BROWSER redis-server nginx" 'nginx: and is in the log' \
	logged 'closed .*path="/left" .*code=3001 by=client .*reason="enough"'
check "$NODE redis-server nginx" 'nginx: TERM to the bridge closes the session with 1001' \
	talk stopped "$url/console/" "$(pid_of bridge)"

bridge_behind -k 0
check "$NODE redis-server nginx" 'nginx: without pings it cuts off a silent session after its proxy_read_timeout' \
	talk cut "$url/hasty/cut"
check "$NODE redis-server nginx" 'nginx: the log has the close without a close frame' \
	logged 'closed .*path="/cut" .*code=1006 by=client '
bridge_behind -k 1
check "$NODE redis-server nginx" 'nginx: with pings every second it does not' talk kept "$url/hasty/" 5
bridge_stop
