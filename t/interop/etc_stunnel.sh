# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash source-path=SCRIPTDIR
#
# Tests etc/stunnel.conf and etc/stunnel-exec.conf.

# shellcheck source=etc_lib.sh
. "$HERE/etc_lib.sh"
certify
bridge_none
mkdir -p "$etc_root/run/stunnel4"
[ "$(id -u)" -ne 0 ] || chown stunnel4 "$etc_root/run/stunnel4"

# stunnel_with FILE PORT BEHIND: starts stunnel with this file. It listens on PORT and connects to the port BEHIND.
stunnel_with()
{
	[ -z "$(missing stunnel4 openssl)" ] || return 0
	{
		printf 'foreground = yes\nsyslog = no\n'
		etc_fill "$1" | sed -e "s|^accept = .*|accept = 127.0.0.1:$2|" -e "s|127\.0\.0\.1:8001|127.0.0.1:$3|"
	} | if [ "$(id -u)" -eq 0 ]; then cat; else sed '/^set[ug]id/d'; fi >"$WORK/stunnel.conf"
	start stunnel stunnel4 "$WORK/stunnel.conf"
	listens_now stunnel "$2"
}

free_port
behind=$FREE
free_port
port=$FREE
settings stunnel.conf "s/8001/$behind/"
bridge_with front "$behind" "${SETTINGS[@]}" -c host="$REDIS_TCP"
stunnel_with stunnel.conf "$port" "$behind"
url=wss://127.0.0.1:$port/
check "$NODE redis-server stunnel4 openssl" 'stunnel: node, 1 MiB there and back' talk redis "$url" 1048576
check "$NODE redis-server stunnel4 openssl" 'stunnel: node, 12 sessions at once' talk redis "$url" 65536 12
check "$NODE redis-server stunnel4 openssl" 'stunnel: a close code of the client comes back' \
	talk left "$url" 3001 enough
check 'curl stunnel4 openssl' 'stunnel: a refusal comes through' \
	tls_status 403 "https://127.0.0.1:$port/" -H 'Origin: http://example.org' --interface 127.0.0.2
check 'curl stunnel4 openssl' 'stunnel: the log has the address of the client' \
	logs front 'refused .*127\.0\.0\.2.* status=403'
check "$NODE redis-server stunnel4 openssl" 'stunnel: TERM to the bridge closes the session with 1001' \
	talk stopped "$url" "$(pid_of front)"
stop front
[ -n "$(missing stunnel4 openssl)" ] || stop stunnel

free_port
port=$FREE
stunnel_with stunnel-exec.conf "$port" 0
url=wss://127.0.0.1:$port/
check "$NODE redis-server stunnel4 openssl" 'stunnel exec: node, 1 MiB there and back' talk redis "$url" 1048576
check "$NODE redis-server stunnel4 openssl" 'stunnel exec: node, 12 sessions at once' talk redis "$url" 65536 12
check 'curl stunnel4 openssl' 'stunnel exec: a refusal comes through' \
	tls_status 403 "https://127.0.0.1:$port/" -H 'Origin: http://example.org'
printf '[core]\nnonsense = 1\n' >"$CONFIG"
check 'curl stunnel4 openssl' 'stunnel exec: an invalid configuration is a 500, and nothing of the log' \
	tls_status 500 "https://127.0.0.1:$port/"
check stunnel4 'stunnel exec: no process is left after the sessions' within 10 none_left
[ -n "$(missing stunnel4 openssl)" ] || stop stunnel
