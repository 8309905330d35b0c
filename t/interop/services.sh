# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Services that several groups use: redis, an HTTP server, and Chromium. They run until the end. If one of the
# programs is missing, the tests that need it are skipped.

# The addresses of redis as peers, and the port of the HTTP server, which serves $WORK/www.
export REDIS_TCP=tcp://127.0.0.1:1 REDIS_UNIX=unix:///nowhere
HTTP=1

start_redis()
{
	[ -z "$(missing redis-server)" ] || return 0
	mkdir "$WORK/redis"
	REDIS_UNIX=unix://$WORK/redis/socket
	serve redis redis-server --port @PORT@ --bind 127.0.0.1 --unixsocket "$WORK/redis/socket" --dir "$WORK/redis" \
		--save '' --appendonly no --daemonize no
	REDIS_TCP=tcp://127.0.0.1:$SERVED
}

start_http()
{
	[ -z "$(missing python3)" ] || return 0
	serve http python3 -m http.server --bind 127.0.0.1 --directory "$WORK/www" @PORT@
	HTTP=$SERVED
}

# All tests share one Chromium; each test has its own context in it.
start_browser()
{
	# BROWSER is a list of words.
	# shellcheck disable=SC2086
	[ -z "$(missing $BROWSER)" ] || return 0
	mkdir "$WORK/browser"
	CHROMIUM=$(command -v chromium) HOME=$WORK/browser TMPDIR=$WORK/browser \
		start browser node "$HERE/talk.js" --browser
	if ! within 60 grep -q ^ws "$WORK/browser.out"; then
		tap_result 1 'Chromium starts'
		diag "$(tail -n 12 "$WORK/browser.log")"
	fi
	BROWSER_AT=$(cat "$WORK/browser.out")
	export BROWSER_AT
}

# page HOST: prints the URL of the page with the dialogues.
page()
{
	printf 'http://%s:%s/page.html' "$1" "$HTTP"
}

services_start()
{
	start_redis
	start_http
	start_browser
}
