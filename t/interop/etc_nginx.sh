# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash source-path=SCRIPTDIR
#
# Tests etc/nginx.conf.

# shellcheck source=etc_lib.sh
. "$HERE/etc_lib.sh"
certify
bridge_none

free_port
behind=$FREE
free_port
port=$FREE
user=$(id -un)
group=$(id -gn)
if [ "$(id -u)" -eq 0 ]; then
	user=www-data
	group=www-data
fi
mkdir -p "$etc_root/run/websocksy" "$WORK/nginx-etc"
chmod 755 "$etc_root/run/websocksy"
chmod 711 "$WORK/nginx-etc"
settings nginx.conf "s/8001/$behind/"
SETTINGS=("${SETTINGS[@]/listen-group=www-data/listen-group=$group}")
bridge_with front "$behind" "${SETTINGS[@]}" -c host="$REDIS_TCP"

start_etc_nginx()
{
	[ -z "$(missing nginx openssl)" ] || return 0
	{
		printf 'daemon off;\nuser %s;\npid nginx.pid;\nerror_log stderr warn;\nevents {\n}\nhttp {\n' "$user"
		printf 'access_log off;\nproxy_temp_path temp;\nclient_body_temp_path body;\n'
		printf 'fastcgi_temp_path fastcgi;\nuwsgi_temp_path uwsgi;\nscgi_temp_path scgi;\n'
		etc_fill nginx.conf | sed -e "s|listen 443|listen 127.0.0.1:$port|" -e '/listen \[::\]/d' \
			-e "s|127\.0\.0\.1:8001|127.0.0.1:$behind|"
		printf '}\n'
	} >"$WORK/nginx-etc/nginx.conf"
	start nginx_etc nginx -p "$WORK/nginx-etc" -e stderr -c "$WORK/nginx-etc/nginx.conf"
	listens_now nginx_etc "$port"
}

start_etc_nginx
url=wss://127.0.0.1:$port
for place in bridge socket; do
	check "$NODE redis-server nginx openssl" "etc/nginx.conf, /$place/: node, 1 MiB there and back" \
		talk redis "$url/$place/path-$place?at=x" 1048576
	check nginx "etc/nginx.conf, /$place/: the bridge sees the path below its own" \
		logs front "closed .*path=\"/path-$place\?[.]{3}\" .*code=1000 by=peer "
	check "$NODE redis-server nginx openssl" "etc/nginx.conf, /$place/: 12 sessions at once" \
		talk redis "$url/$place/" 65536 12
	check "$NODE redis-server nginx openssl" "etc/nginx.conf, /$place/: a close code of the client comes back" \
		talk left "$url/$place/left" 3001 enough
	check 'curl nginx openssl' "etc/nginx.conf, /$place/: a page of another site is refused" \
		tls_status 403 "https://127.0.0.1:$port/$place/from-$place" -H 'Origin: http://example.org' \
		-H 'X-Forwarded-For: 192.0.2.99' --interface 127.0.0.2
	check 'curl nginx openssl' "etc/nginx.conf, /$place/: the log has the address of the client" \
		logs front "refused client=127\.0\.0\.2.* path=\"/from-$place\" status=403"
done
check 'curl nginx openssl' 'etc/nginx.conf: no bridge on other paths' tls_status 404 "https://127.0.0.1:$port/"
check nginx 'etc/nginx.conf: the socket is for the group' \
	test "$(stat -c '%a %G' "$etc_root/run/websocksy/socket" 2>&1)" = "660 $group"
check "$NODE redis-server nginx openssl" 'etc/nginx.conf: TERM to the bridge closes the session with 1001' \
	talk stopped "$url/socket/" "$(pid_of front)"
stop front
check nginx 'etc/nginx.conf: the socket goes with the bridge' test ! -e "$etc_root/run/websocksy/socket"
[ -n "$(missing nginx openssl)" ] || stop nginx_etc
