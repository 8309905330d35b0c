# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# A DNS server as a peer with udp://: each message is sent as a datagram, and each datagram as a message.

QUESTIONS=50

start_dns()
{
	local i text
	[ -z "$(missing dnsmasq)" ] || return 0
	{
		printf '%s\n' keep-in-foreground no-resolv no-hosts bind-interfaces listen-address=127.0.0.1 \
			pid-file log-facility=- "user=$(id -un)" edns-packet-max=4096
		for ((i = 0; i < QUESTIONS; i++)); do
			echo "host-record=h$i.bridge.test,192.0.2.$i"
		done
		# The record has four strings of 200 bytes, each after a byte with its length.
		text=$(printf 'x%.0s' {1..200})
		echo "txt-record=long.bridge.test,$text,$text,$text,$text"
	} >"$WORK/dnsmasq.conf"
	# dnsmasq also listens on TCP, so serve() can see when it has started.
	serve dns dnsmasq --conf-file="$WORK/dnsmasq.conf" --port=@PORT@
}

SERVED=1
start_dns
bridge -c host="udp://127.0.0.1:$SERVED" -c framing=binary
check "$NODE dnsmasq" 'udp: one question to a DNS server, and its answer' \
	talk dns "ws://127.0.0.1:$PORT/" 1
check "$NODE dnsmasq" "udp: $QUESTIONS questions at once, each answer a message and right" \
	talk dns "ws://127.0.0.1:$PORT/" "$QUESTIONS"
check "$BROWSER dnsmasq python3" "udp: $QUESTIONS questions at once, from Chromium" \
	talk --page "$(page 127.0.0.1)" dns "ws://127.0.0.1:$PORT/" "$QUESTIONS"
check "$NODE dnsmasq" 'udp: an answer of more than 800 bytes is one message' \
	talk dnsLong "ws://127.0.0.1:$PORT/" 804
check "$NODE dnsmasq" 'udp: 65507 bytes are a datagram, 65508 are closed with 1009' \
	talk dnsLimit "ws://127.0.0.1:$PORT/limit"
check "$NODE dnsmasq" 'udp: the log has that code' \
	logged 'closed .*path="/limit" peer=udp:[^ ]* code=1009 by=server '
