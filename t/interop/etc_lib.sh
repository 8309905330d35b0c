# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash source-path=SCRIPTDIR
#
# Shared by the groups etc_*, which run the files of etc/ with paths below $WORK/root instead of /.

# shellcheck source=../shell/etc.sh
top_srcdir=${HERE%/t/interop} . "$HERE/../shell/etc.sh"

top_srcdir=${HERE%/t/interop}
etc_source=$top_srcdir/etc
etc_begin "$WORK/root" || bail_out 'no directory for etc'
# Processes that have given up root must be able to reach these directories.
chmod 755 "$WORK/root" "$WORK/root/run"
CONFIG=$etc_root/etc/websocksy.conf
printf '[backend]\nhost = %s\n' "$REDIS_TCP" >"$CONFIG"

# settings FILE [SED-EXPRESSION...]: stores in SETTINGS the options for the settings that the comments of the file show.
settings()
{
	local file=$1 line edits=() edit
	shift
	for edit; do
		edits+=(-e "$edit")
	done
	SETTINGS=()
	while read -r line; do
		SETTINGS+=(-o "${line%% = *}=${line#* = }")
	done < <(etc_fill "$file" | sed -n 's/^[;#]	\([a-z-]* = .*\)$/\1/p' | sed -e '' "${edits[@]}")
}

# bridge_with NAME PORT OPTION...: starts a bridge whose options set this port. Its log is $WORK/NAME.log.
bridge_with()
{
	local name=$1 port=$2
	shift 2
	start "$name" "$WEBSOCKSY" ${WS_MODULES:+-m "$WS_MODULES"} "$@"
	if ! within 15 listens_or_ended "$name" "$port" || gone "$(pid_of "$name")"; then
		tap_result 1 "websocksy starts with $*"
		diag "$(tail -n 12 "$WORK/$name.log")"
	fi
}

# listens_now NAME PORT: waits until a server listens. If it does not start, a test is reported as failed.
listens_now()
{
	if ! within 20 listens_or_ended "$1" "$2" || gone "$(pid_of "$1")"; then
		tap_result 1 "$1 starts"
		diag "$(tail -n 12 "$WORK/$1.log")"
	fi
}

# Makes a certificate for 127.0.0.1, which curl and node accept, unless it exists already.
certify()
{
	local pem=$etc_root/etc/ssl/websocksy.pem key=$etc_root/etc/ssl/private/websocksy.key
	export NODE_EXTRA_CA_CERTS=$WORK/ca.pem
	[ -z "$(missing openssl)" ] && [ ! -f "$pem" ] || return 0
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
		-addext subjectAltName=IP:127.0.0.1,DNS:localhost -keyout "$key" -out "$WORK/ca.pem" \
		2>"$WORK/openssl.log" ||
	    diag "$(cat "$WORK/openssl.log")"
	cat "$WORK/ca.pem" "$key" >"$pem"
}

# tls_status STATUS URL OPTION...: true if a handshake with this URL over TLS gets this status.
tls_status()
{
	local got
	got=$(curl -q -sS -o /dev/null -w '%{http_code}' --http1.1 --max-time 20 --noproxy '*' --cacert "$WORK/ca.pem" \
		-H 'Upgrade: websocket' -H 'Connection: Upgrade' -H 'Sec-WebSocket-Version: 13' \
		-H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' "${@:3}" "$2")
	echo "got $got"
	[ "$got" = "$1" ]
}

# logs NAME PATTERN: true if the log of the program has, or gets within 10 seconds, a line that matches.
logs()
{
	if ! within 10 grep -qE -e "$2" "$WORK/$1.log"; then
		echo "not in the log: $2"
		tail -n 12 "$WORK/$1.log"
		return 1
	fi
}
