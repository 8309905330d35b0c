# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Tests services with protocols of lines, with the framing newline: each line is a message.

# The file has a line that is not UTF-8, empty lines, and a last line without a line end.
printf 'the first line\r\n\303\274 \342\202\254 \360\235\204\236\r\n\377\376\r\n\r\n\r\nlone \n and \r\r\nthe end' \
	>"$WORK/www/lines.txt"
bridge -c host="tcp://127.0.0.1:$HTTP" -c framing=newline
check "$NODE python3" 'newline: an HTTP server, line by line, to node' \
	talk http "ws://127.0.0.1:$PORT/" /lines.txt "$(base64 -w0 "$WORK/www/lines.txt")"
check "$BROWSER python3" 'newline: an HTTP server, line by line, to Chromium' \
	talk --page "$(page 127.0.0.1)" http "ws://127.0.0.1:$PORT/" /lines.txt "$(base64 -w0 "$WORK/www/lines.txt")"

start_sshd()
{
	[ -z "$(missing sshd ssh-keygen)" ] || return 0
	# sshd uses this directory for chroot(); otherwise the start of the service makes it.
	[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
	ssh-keygen -q -t ed25519 -N '' -f "$WORK/hostkey" >/dev/null || return
	cat >"$WORK/sshd_config" <<END
HostKey $WORK/hostkey
PidFile none
UsePAM no
END
	# sshd executes itself for each session, so it must be started with its absolute path.
	serve sshd "$(command -v sshd)" -D -e -f "$WORK/sshd_config" -o Port=@PORT@ -o ListenAddress=127.0.0.1
}

SERVED=1
start_sshd
bridge -c host="tcp://127.0.0.1:$SERVED" -c framing=newline -c framing-config=crlf
check "$NODE sshd ssh-keygen" 'newline: the banner of sshd and its error message, to node' \
	talk ssh "ws://127.0.0.1:$PORT/"
check "$BROWSER sshd ssh-keygen python3" 'newline: the banner of sshd and its error message, to Chromium' \
	talk --page "$(page 127.0.0.1)" ssh "ws://127.0.0.1:$PORT/"
