# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Tests the answers to users who send a request with curl or a browser instead of a WebSocket client.

# asked STATUS TEXT CURL-ARGUMENT...: true if the answer has this status and text, and curl finds it complete.
asked()
{
	local status=$1 text=$2 got
	shift 2
	if ! got=$(curl -q -sS -i -N --http1.1 --max-time 20 --noproxy '*' "$@"); then
		printf '%s\n' "$got"
		return 1
	fi
	printf '%s\n' "$got"
	[ "$(head -n 1 <<<"$got" | cut -d ' ' -f 2)" = "$status" ] && grep -qiF -e "$text" <<<"$got"
}

UPGRADE=(-H 'Upgrade: websocket' -H 'Connection: Upgrade')
VERSION=(-H 'Sec-WebSocket-Version: 13')
KEY=(-H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')

head -c 1048576 /dev/zero >"$WORK/upload"
free_port
bridge -c host="tcp://127.0.0.1:$FREE"
check curl 'curl: the answer to a plain GET names a WebSocket server' \
	asked 426 'this is a WebSocket server' "http://127.0.0.1:$PORT/"
check curl 'curl: and the version of the protocol' \
	asked 426 'Sec-WebSocket-Version: 13' "http://127.0.0.1:$PORT/"
check "$BROWSER" 'Chromium: the address typed as a page shows the same' \
	talk --visit "http://127.0.0.1:$PORT/" 426 'this is a WebSocket server'
check curl 'curl: HEAD is not GET' \
	asked 405 'Allow: GET' -I "http://127.0.0.1:$PORT/"
check curl 'curl: an upload of 1 MiB gets its answer, not a reset' \
	asked 405 'only GET' -H 'Expect:' --data-binary "@$WORK/upload" "http://127.0.0.1:$PORT/"
check curl 'curl: an old version of the protocol gets the one that is spoken' \
	asked 426 'Sec-WebSocket-Version: 13' "${UPGRADE[@]}" "${KEY[@]}" -H 'Sec-WebSocket-Version: 8' \
	"http://127.0.0.1:$PORT/"
check curl 'curl: a handshake without a key' \
	asked 400 'no Sec-WebSocket-Key' "${UPGRADE[@]}" "${VERSION[@]}" "http://127.0.0.1:$PORT/"
check curl 'curl: the answer to another origin names the setting' \
	asked 403 'setting: origin' "${UPGRADE[@]}" "${VERSION[@]}" "${KEY[@]}" -H 'Origin: https://example.org' \
	"http://127.0.0.1:$PORT/"
check curl 'curl: a peer that is not there' \
	asked 502 'refused' "${UPGRADE[@]}" "${VERSION[@]}" "${KEY[@]}" "http://127.0.0.1:$PORT/"
check curl 'curl: a field that is too long' \
	asked 431 'HTTP/1.1 431' -H "X: $(head -c 20000 /dev/zero | tr '\0' x)" "http://127.0.0.1:$PORT/"

# A peer that sends one line and closes. curl prints the frames unchanged: a text message and a close frame with 1000.
if [ -z "$(missing python3)" ]; then
	start greeter python3 -u -c '
import socket
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1])
while True:
    with s.accept()[0] as c:
        c.sendall(b"hello\r\n")
'
	within 15 test -s "$WORK/greeter.out"
fi
bridge -c host="tcp://127.0.0.1:$(cat "$WORK/greeter.out" 2>/dev/null || echo 1)" -o close-timeout=200ms

# The key and the accept value are those of the example in RFC 6455, section 1.3.
handshake_is_accepted()
{
	asked 101 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=' "${UPGRADE[@]}" "${VERSION[@]}" "${KEY[@]}" \
		-o "$WORK/frames" -D - "http://127.0.0.1:$PORT/"
}

frames_are()
{
	local got
	got=$(od -An -v -tx1 "$WORK/frames" | tr -d ' \n')
	echo "got $got"
	[[ $got =~ (^|0d0a0d0a)8107"68656c6c6f0d0a"88..03e8 ]]
}

check 'curl python3' 'curl: a handshake gets 101 and the right Sec-WebSocket-Accept' handshake_is_accepted
check 'curl python3' 'curl: then a text message and a close frame with 1000' frames_are
