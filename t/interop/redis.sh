# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Tests the bridge with redis as the peer, over TCP and over a Unix socket, and with node and Chromium as clients.

MIB=1048576

for kind in TCP Unix; do
	if [ "$kind" = TCP ]; then
		bridge -c host="$REDIS_TCP"
	else
		bridge -c host="$REDIS_UNIX"
	fi
	check "$NODE redis-server" "redis over $kind: node, text and binary, 1 MiB there and back" \
		talk redis "ws://127.0.0.1:$PORT/" "$MIB"
	check "$NODE redis-server" "redis over $kind: node, 20 sessions at once" \
		talk redis "ws://127.0.0.1:$PORT/" 65536 20
	check "$BROWSER redis-server python3" "redis over $kind: Chromium, text and binary, 1 MiB there and back" \
		talk --page "$(page 127.0.0.1)" redis "ws://127.0.0.1:$PORT/some/path?and=query" "$MIB"
	check "$BROWSER redis-server python3" "redis over $kind: the session is logged" \
		logged 'closed client=127\.0\.0\.1:[0-9]+ path="/some/path\?[.]{3}" peer=[^ ]+ code=1000 by=peer '
done

# These tests still use the bridge to the Unix socket.
check "$BROWSER redis-server python3" 'Chromium: 10 sessions at once from one page' \
	talk --page "$(page 127.0.0.1)" redis "ws://127.0.0.1:$PORT/" 65536 10

check "$BROWSER redis-server python3" 'a page of another origin gets no WebSocket' \
	talk --page "$(page localhost)" refused "ws://127.0.0.1:$PORT/foreign"
check "$BROWSER redis-server python3" 'the log has the refusal, and names the setting origin' \
	logged 'refused .*path="/foreign" status=403 .*setting: origin'
check "$BROWSER redis-server python3" 'Chromium: a close code of the page comes back' \
	talk --page "$(page 127.0.0.1)" left "ws://127.0.0.1:$PORT/left" 3001 'enough'
check "$BROWSER redis-server python3" 'the log has the code and the reason of the page' \
	logged 'closed .*path="/left" .*code=3001 by=client .*reason="enough"'
check "$NODE redis-server" 'node: a close code of the client comes back' \
	talk left "ws://127.0.0.1:$PORT/node" 4999 'bye'

bridge -c host="$REDIS_TCP" -o origin="http://localhost:$HTTP"
check "$BROWSER redis-server python3" 'a page whose origin is listed is accepted' \
	talk --page "$(page localhost)" redis "ws://127.0.0.1:$PORT/" 1024
check "$BROWSER redis-server python3" 'and one of the same host is not, if the list lacks it' \
	talk --page "$(page 127.0.0.1)" refused "ws://127.0.0.1:$PORT/"

bridge -c host="$REDIS_TCP" -c protocol='*'
check "$BROWSER redis-server python3" 'Chromium: protocol=* chooses the first subprotocol' \
	talk --page "$(page 127.0.0.1)" protocol "ws://127.0.0.1:$PORT/" binary,redis binary
bridge -c host="$REDIS_TCP" -c protocol=redis
check "$NODE redis-server" 'node: protocol=redis chooses that one' \
	talk protocol "ws://127.0.0.1:$PORT/" binary,redis redis

for client in Chromium node; do
	bridge -c host="$REDIS_TCP"
	if [ "$client" = node ]; then
		check "$NODE redis-server" 'node: TERM closes its session with 1001' \
			talk stopped "ws://127.0.0.1:$PORT/" "$(pid_of bridge)"
	else
		check "$BROWSER redis-server python3" 'Chromium: TERM closes its session with 1001' \
			talk --page "$(page 127.0.0.1)" stopped "ws://127.0.0.1:$PORT/" "$(pid_of bridge)"
	fi
done
