# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Tests the framing modules with real services: the framing divides the data of the service into messages, and wraps the
# messages of the client as the service expects.

# A language server, one process for each connection. In both directions there is a header before each message.
start_clangd()
{
	[ -z "$(missing clangd socat)" ] || return 0
	mkdir "$WORK/clangd"
	HOME=$WORK/clangd TMPDIR=$WORK/clangd start clangd socat "UNIX-LISTEN:$WORK/clangd/socket,fork" \
		'EXEC:clangd --log=error --background-index=0 --enable-config=0 --pch-storage=memory -j=2'
	if ! within 15 test -S "$WORK/clangd/socket"; then
		tap_result 1 'socat starts'
		diag "$(tail -n 12 "$WORK/clangd.log")"
	fi
}

start_clangd
bridge -c host="unix://$WORK/clangd/socket" -c framing=content-length
check "$NODE clangd socat" 'content-length: clangd, from initialize to exit, a text message each' \
	talk lsp "ws://127.0.0.1:$PORT/" "$WORK/clangd"
check "$NODE clangd socat" 'content-length: and a second time, with a clangd of its own' \
	talk lsp "ws://127.0.0.1:$PORT/" "$WORK/clangd"
check "$NODE clangd socat" 'content-length: the log has the close by the server' \
	logged 'closed .*peer=unix:[^ ]*/clangd/socket code=1000 by=peer '

# A JSON-RPC server: one JSON entity after the other, without a byte between them.
SERVED=1
[ -n "$(missing node npm:jayson)" ] || serve jsonrpc node "$HERE/jsonrpc.js" @PORT@
bridge -c host="tcp://127.0.0.1:$SERVED" -c framing=json
check "$NODE npm:jayson" 'json: a JSON-RPC server, 200 calls in flight and one of more than 256 KiB' \
	talk jsonrpc "ws://127.0.0.1:$PORT/" 200 262144
check "$NODE npm:jayson" 'json: the log has the close by the server' \
	logged 'closed .*code=1000 by=peer '

# redis reads commands as lines, and answers in lines.
bridge -c host="$REDIS_TCP" -c framing=line -c framing-config=crlf
check "$NODE redis-server" 'line: redis with inline commands, a line a message, on both ways' \
	talk lines "ws://127.0.0.1:$PORT/" 200000

# Text and binary messages over a stream: the length field has a bit for the type.
ECHO_PORT=1
if [ -z "$(missing "$ECHO")" ]; then
	start echo_typed "$ECHO" -p 0
	within 15 test -s "$WORK/echo_typed.out"
	ECHO_PORT=$(cat "$WORK/echo_typed.out")
fi
for config in size=4,typed size=varint,typed size=3,endian=little,includes-itself,typed; do
	bridge -c host="tcp://127.0.0.1:$ECHO_PORT" -c framing=length -c framing-config="$config"
	check "$NODE $ECHO" "length, $config: messages of 0 to 1 MiB, text and binary, come back as they were" \
		talk typed "ws://127.0.0.1:$PORT/"
	check "$NODE $ECHO" "length, $config: as many messages in the log on both ways" \
		logged 'closed .*code=1000 by=client in=[0-9]+/([0-9]+) out=[0-9]+/\1 '
done
