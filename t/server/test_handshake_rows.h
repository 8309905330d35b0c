/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* The tables of test_handshake.c. */
#ifndef TEST_HANDSHAKE_ROWS_H
#define TEST_HANDSHAKE_ROWS_H

#include "lib/request.h"

#define GOOD_FIELDS \
	"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" \
	"Sec-WebSocket-Key: " REQUEST_KEY "\r\n"
#define GOOD_REST	"Host: 127.0.0.1\r\n" GOOD_FIELDS "\r\n"

/* A request that is refused: `text`, or if text is NULL the request `r`. */
struct refused_row {
	const char	*name;
	int		 status;
	const char	*text;
	size_t		 len;		/* length of text if it has a NUL; otherwise 0 */
	struct request	 r;
};

static const struct refused_row refused_rows[] = {
	/* methods */
	{ "POST", 405, .r = { .method = "POST" } },
	{ "POST with a body", 405, .text = "POST / HTTP/1.1\r\nHost: a\r\n"
	    "Content-Length: 5\r\n\r\nhello" },
	{ "PUT", 405, .r = { .method = "PUT" } },
	{ "DELETE", 405, .r = { .method = "DELETE" } },
	{ "OPTIONS", 405, .r = { .method = "OPTIONS", .target = "*" } },
	{ "PATCH", 405, .r = { .method = "PATCH" } },
	{ "TRACE", 405, .r = { .method = "TRACE" } },
	{ "CONNECT", 405, .r = { .method = "CONNECT", .target = "example.org:80" } },
	{ "get", 405, .r = { .method = "get" } },
	{ "GETS", 405, .r = { .method = "GETS" } },
	{ "GE", 405, .r = { .method = "GE" } },

	/* invalid request lines */
	{ "garbage", 400, .text = "hello\r\n\r\n" },
	{ "only an empty line", 400, .text = "\r\n\r\n" },
	{ "blank first", 400, .text = " GET / HTTP/1.1\r\n" GOOD_REST },
	{ "two blanks before the target", 400, .text = "GET  / HTTP/1.1\r\n" GOOD_REST },
	{ "two blanks after the target", 400, .text = "GET /  HTTP/1.1\r\n" GOOD_REST },
	{ "blank at the end", 400, .text = "GET / HTTP/1.1 \r\n" GOOD_REST },
	{ "tabs for blanks", 400, .text = "GET\t/\tHTTP/1.1\r\n" GOOD_REST },
	{ "no version", 400, .r = { .http = "" } },
	{ "method alone", 400, .text = "GET\r\n" GOOD_REST },
	{ "no method", 400, .r = { .method = "" } },
	{ "method with @", 400, .r = { .method = "G@T" } },
	{ "HTTP/1", 400, .r = { .http = "HTTP/1" } },
	{ "HTTP/11", 400, .r = { .http = "HTTP/11" } },
	{ "HTTP/1.10", 400, .r = { .http = "HTTP/1.10" } },
	{ "HTTP/1.x", 400, .r = { .http = "HTTP/1.x" } },
	{ "http/1.1", 400, .r = { .http = "http/1.1" } },
	{ "HTTP/0.9", 400, .r = { .http = "HTTP/0.9" } },
	{ "HTTP/2.0", 400, .r = { .http = "HTTP/2.0" } },
	{ "HTTP/1.0", 400, .r = { .http = "HTTP/1.0" } },
	{ "HTTP/2 preface", 400, .text = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },
	{ "target without a slash", 400, .r = { .target = "x" } },
	{ "target *", 400, .r = { .target = "*" } },
	{ "target of another scheme", 400, .r = { .target = "ftp://a/" } },
	{ "target without a host", 400, .r = { .target = "http:///x" } },
	{ "target with a fragment", 400, .r = { .target = "/x#y" } },
	{ "target with a byte above ASCII", 400, .r = { .target = "/\xc3\xbc" } },
	{ "target with a control byte", 400, .r = { .target = "/\x01" } },
	{ "target with DEL", 400, .r = { .target = "/\x7f" } },
	{ "NUL in the target", 400, .text = "GET /\0 HTTP/1.1\r\n" GOOD_REST,
	    .len = sizeof("GET /\0 HTTP/1.1\r\n" GOOD_REST) - 1 },
	{ "TLS", 400, .text = "\x16\x03\x01\x02", .len = 4 },
	{ "SSH", 400, .text = "SSH-2.0-OpenSSH_9.2\r\n" },

	/* line ends */
	{ "LF for CRLF", 400, .text = "GET / HTTP/1.1\nHost: a\n\n" },
	{ "LF after one field", 400, .text = "GET / HTTP/1.1\r\nHost: a\n" GOOD_FIELDS "\r\n" },
	{ "CR without LF", 400, .text = "GET / HTTP/1.1\rHost: a\r\n" GOOD_FIELDS "\r\n" },
	{ "CR in a value", 400, .r = { .extra = "A: b\rc\r\n" } },
	{ "CR CR LF", 400, .r = { .extra = "A: b\r\r\n" } },
	{ "last LF without CR", 400, .text = "GET / HTTP/1.1\r\nHost: a\r\n" GOOD_FIELDS "\n" },

	/* invalid fields of any name */
	{ "folded line", 400, .r = { .extra = "A: b\r\n c\r\n" } },
	{ "folded line with a tab", 400, .r = { .extra = "A: b\r\n\tc\r\n" } },
	{ "first line begins with a blank", 400,
	    .text = "GET / HTTP/1.1\r\n Host: a\r\n" GOOD_FIELDS "\r\n" },
	{ "blank before the colon", 400, .r = { .extra = "A : b\r\n" } },
	{ "no colon", 400, .r = { .extra = "A\r\n" } },
	{ "no name", 400, .r = { .extra = ": b\r\n" } },
	{ "blank in a name", 400, .r = { .extra = "A B: c\r\n" } },
	{ "parenthesis in a name", 400, .r = { .extra = "A(): c\r\n" } },
	{ "byte above ASCII in a name", 400, .r = { .extra = "\xc4: c\r\n" } },
	{ "NUL in a value", 400, .text = "GET / HTTP/1.1\r\nA: \0\r\n" GOOD_REST,
	    .len = sizeof("GET / HTTP/1.1\r\nA: \0\r\n" GOOD_REST) - 1 },
	{ "escape in a value", 400, .r = { .extra = "A: \x1b[2J\r\n" } },
	{ "DEL in a value", 400, .r = { .extra = "A: \x7f\r\n" } },
	{ "a body announced", 400, .r = { .extra = "Content-Length: 5\r\n" } },
	{ "two lengths of a body", 400,
	    .r = { .extra = "Content-Length: 0\r\nContent-Length: 7\r\n" } },
	{ "chunked body", 400, .r = { .extra = "Transfer-Encoding: chunked\r\n" } },

	/* Host */
	{ "no Host", 400, .r = { .host = "" } },
	{ "two Hosts", 400, .r = { .extra = "Host: 127.0.0.1\r\n" } },
	{ "two Hosts, differently written", 400, .r = { .extra = "HOST: b\r\n" } },

	/* Upgrade, Connection */
	{ "no Upgrade", 426, .r = { .upgrade = "" } },
	{ "a browser's plain GET", 426, .r = { .upgrade = "", .connection = "keep-alive",
	    .key = "", .version = "" } },
	{ "Upgrade: h2c", 426, .r = { .upgrade = "h2c" } },
	{ "Upgrade: websockets", 426, .r = { .upgrade = "websockets" } },
	{ "Upgrade: web socket", 426, .r = { .upgrade = "web socket" } },
	{ "Upgrade: websocket/13", 426, .r = { .upgrade = "websocket/13" } },
	{ "no Connection", 400, .r = { .connection = "" } },
	{ "Connection: keep-alive", 400, .r = { .connection = "keep-alive" } },
	{ "Connection: close", 400, .r = { .connection = "close" } },
	{ "Connection: Upgrades", 400, .r = { .connection = "Upgrades" } },
	{ "Connection: keep-alive Upgrade", 400, .r = { .connection = "keep-alive Upgrade" } },

	/* Sec-WebSocket-Version */
	{ "no version", 400, .r = { .version = "" } },
	{ "version 8", 426, .r = { .version = "8" } },
	{ "version 0", 426, .r = { .version = "0" } },
	{ "version 14", 426, .r = { .version = "14" } },
	{ "version 013", 426, .r = { .version = "013" } },
	{ "version 13.0", 426, .r = { .version = "13.0" } },
	{ "version -13", 426, .r = { .version = "-13" } },
	{ "version 13, 8", 426, .r = { .version = "13, 8" } },
	{ "two versions", 400, .r = { .extra = "Sec-WebSocket-Version: 13\r\n" } },

	/* Sec-WebSocket-Key */
	{ "no key", 400, .r = { .key = "" } },
	{ "empty key", 400, .r = { .key = "", .extra = "Sec-WebSocket-Key:\r\n" } },
	{ "two keys", 400, .r = { .extra = "Sec-WebSocket-Key: " REQUEST_KEY "\r\n" } },
	{ "key of 15 bytes", 400, .r = { .key = "dGhlIHNhbXBsZSBub24=" } },
	{ "key of 17 bytes", 400, .r = { .key = "dGhlIHNhbXBsZSBub25jZTE=" } },
	{ "key without padding", 400, .r = { .key = "dGhlIHNhbXBsZSBub25jZQ" } },
	{ "key with one = of two", 400, .r = { .key = "dGhlIHNhbXBsZSBub25jZQ=" } },
	{ "key with a blank", 400, .r = { .key = "dGhlIHNhbXBs ZSBub25jZQ==" } },
	{ "key in another alphabet", 400, .r = { .key = "dGhlIHNhbXBsZSBub25_-Q==" } },

	/* Origin, Sec-WebSocket-Protocol */
	{ "two Origins", 400, .r = { .origin = "http://127.0.0.1",
	    .extra = "Origin: http://127.0.0.1\r\n" } },
	{ "origin of another host", 403, .r = { .origin = "http://example.org" } },
	{ "subprotocol with a blank", 400, .r = { .protocol = "chat super" } },
	{ "subprotocol in quotes", 400, .r = { .protocol = "\"chat\"" } },
	{ "subprotocol with a parameter", 400, .r = { .protocol = "chat;v=1" } },
	{ "subprotocol twice", 400, .r = { .protocol = "a, b, a" } },
	{ "subprotocol twice in two lines", 400, .r = { .protocol = "a, b",
	    .extra = "Sec-WebSocket-Protocol: c, b\r\n" } }
};

/* Unusual, but valid requests. */
static const struct accepted_row {
	const char	*name;
	const char	*text;
	struct request	 r;
} accepted_rows[] = {
	{ "the usual one", NULL, { .target = NULL } },
	{ "a key of its own", NULL, { .key = "AAAAAAAAAAAAAAAAAAAAAA==" } },
	{ "the key of RFC 6455, section 4.1", NULL, { .key = "AQIDBAUGBwgJCgsMDQ4PEC==" } },
	{ "a key of 22 random digits", NULL, { .key = "ZZZZZZZZZZZZZZZZZZZZZZ==" } },
	{ "a key with + and /", NULL, { .key = "+/+/+/+/+/+/+/+/+/+/+w==" } },
	{ "Upgrade: WebSocket", NULL, { .upgrade = "WebSocket" } },
	{ "Upgrade: WEBSOCKET", NULL, { .upgrade = "WEBSOCKET" } },
	{ "Upgrade is a list", NULL, { .upgrade = "h2c, websocket" } },
	{ "Upgrade is a list without blanks", NULL, { .upgrade = "websocket,h2c" } },
	{ "Upgrade in two lines", NULL, { .upgrade = "h2c", .extra = "Upgrade: websocket\r\n" } },
	{ "Connection: upgrade", NULL, { .connection = "upgrade" } },
	{ "Connection: UPGRADE", NULL, { .connection = "UPGRADE" } },
	{ "Connection of a browser", NULL, { .connection = "keep-alive, Upgrade" } },
	{ "Connection with empty elements", NULL, { .connection = ", ,Upgrade ,\t," } },
	{ "Connection in two lines", NULL, { .connection = "keep-alive",
	    .extra = "Connection: Upgrade\r\n" } },
	{ "no blank after the colons", "GET / HTTP/1.1\r\nHost:a\r\nUpgrade:websocket\r\n"
	    "Connection:Upgrade\r\nSec-WebSocket-Version:13\r\n"
	    "Sec-WebSocket-Key:" REQUEST_KEY "\r\n\r\n", { .target = NULL } },
	{ "tabs and blanks around values", "GET / HTTP/1.1\r\nHost: \t a \t\r\n"
	    "Upgrade:\twebsocket\t\r\nConnection:   Upgrade \r\n"
	    "Sec-WebSocket-Version:\t 13 \r\nSec-WebSocket-Key: \t" REQUEST_KEY "\t \r\n\r\n",
	    { .target = NULL } },
	{ "an empty line first", "\r\nGET / HTTP/1.1\r\n" GOOD_REST, { .target = NULL } },
	{ "a path and a query", NULL, { .target = "/a/b%20c?d=e&f=%00" } },
	{ "an absolute target", NULL, { .target = "http://127.0.0.1/a" } },
	{ "an absolute ws target", NULL, { .target = "ws://127.0.0.1:80/a?b" } },
	{ "Host with a port", NULL, { .host = "example.org:8001" } },
	{ "an origin of the same host", NULL, { .host = "example.org:8001",
	    .origin = "https://example.org" } },
	{ "extensions offered", NULL, { .extra =
	    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" } },
	{ "subprotocols offered", NULL, { .protocol = "chat, superchat" } },
	{ "no body, said aloud", NULL, { .extra = "Content-Length: 0\r\n" } },
	{ "cookies", NULL, { .extra = "Cookie: a=b; c=\"d\"\r\nCookie: e=f\r\n" } },
	{ "an empty value", NULL, { .extra = "A:\r\nB: \r\n" } },
	{ "bytes above ASCII in a value", NULL, { .extra = "A: \xc3\xbc\xff\r\n" } },
	{ "more than ten fields", NULL, { .extra = "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\n"
	    "F: 6\r\nG: 7\r\nH: 8\r\nI: 9\r\nJ: 10\r\nK: 11\r\nL: 12\r\nM: 13\r\n" } },
};

/*
 * Values of the setting origin; a row has the index of one value, and the status of the response.
 */
static const char *const origin_policies[] = {
	NULL,		/* the default, which is same-host */
	"any",
	"https://good.example, http://127.0.0.1:8080 null",
	"same-host",
	"same-origin, https://*.good.example, file://"
};

static const struct origin_row {
	int		 policy, status;
	const char	*origin, *host;
} origin_rows[] = {
	{ 0, 101, "", "good.example" },			/* no field Origin: not a browser */
	{ 0, 101, "http://good.example", "good.example" },
	{ 0, 101, "https://good.example", "good.example" },
	{ 0, 101, "http://good.example:8080", "good.example" },
	{ 0, 101, "http://good.example", "good.example:8001" },
	{ 0, 101, "https://good.example:8443", "good.example:8001" },
	{ 0, 101, "http://GOOD.example", "good.EXAMPLE" },
	{ 0, 101, "http://127.0.0.1", "127.0.0.1:99" },
	{ 0, 101, "http://[::1]", "[::1]:8001" },
	{ 0, 101, "http://[::1]:99", "[::1]" },
	{ 0, 101, "http://xn--bcher-kva.example", "xn--bcher-kva.example" },
	{ 0, 403, "http://evil.example", "good.example" },
	{ 0, 403, "http://good.example.evil", "good.example" },
	{ 0, 403, "http://evilgood.example", "good.example" },
	{ 0, 403, "http://www.good.example", "good.example" },
	{ 0, 403, "http://good.example", "www.good.example" },
	{ 0, 403, "http://good.exampl", "good.example" },
	{ 0, 403, "http://good.example@evil", "good.example" },
	{ 0, 403, "http://good.example:80@evil", "good.example" },
	{ 0, 403, "http://evil@good.example", "good.example" },
	{ 0, 403, "http://good.example/", "good.example" },
	{ 0, 403, "http://good.example/path", "good.example" },
	{ 0, 403, "http://evil/good.example", "good.example" },
	{ 0, 403, "http://evil?good.example", "good.example" },
	{ 0, 403, "http://evil#good.example", "good.example" },
	{ 0, 403, "http://good.example:80x", "good.example" },
	{ 0, 403, "http://good.example%2eevil", "good.example" },
	{ 0, 403, "http://good.example http://evil", "good.example" },
	{ 0, 403, "http://evil http://good.example", "good.example" },
	{ 0, 403, "http://good.example, http://evil", "good.example" },
	{ 0, 403, "good.example", "good.example" },
	{ 0, 403, "//good.example", "good.example" },
	{ 0, 403, "://good.example", "good.example" },
	{ 0, 403, "http:good.example", "good.example" },
	{ 0, 403, "http:///good.example", "good.example" },
	{ 0, 403, "http://", "good.example" },
	{ 0, 403, "null", "good.example" },
	{ 0, 403, "null", "null" },
	{ 0, 403, "file://", "good.example" },
	{ 0, 403, "http://[::2]", "[::1]" },
	{ 0, 403, "http://[::1", "[::1]" },
	{ 0, 403, "http://[::1].evil", "[::1]" },
	{ 0, 403, "http://127.0.0.1", "localhost" },
	{ 0, 403, "http://b\xc3\xbc" "cher.example", "xn--bcher-kva.example" },
	{ 1, 101, "", "good.example" },
	{ 1, 101, "http://evil.example", "good.example" },
	{ 1, 101, "null", "good.example" },
	{ 1, 101, "what is this", "good.example" },
	{ 2, 101, "", "good.example" },
	{ 2, 101, "https://good.example", "other.example" },
	{ 2, 101, "http://127.0.0.1:8080", "other.example" },
	{ 2, 101, "null", "other.example" },
	{ 2, 403, "http://good.example", "good.example" },
	{ 2, 403, "https://good.example:443", "good.example" },
	{ 2, 403, "https://good.example.evil", "good.example" },
	{ 2, 403, "https://good.example/", "good.example" },
	{ 2, 403, "https://good.exampl", "good.example" },
	{ 2, 403, "http://127.0.0.1:8081", "127.0.0.1" },
	{ 2, 403, "http://127.0.0.1", "127.0.0.1" },
	{ 2, 403, "https://good.example, null", "good.example" },
	{ 3, 101, "http://good.example", "good.example" },
	{ 3, 403, "http://evil.example", "good.example" },
	{ 4, 101, "", "good.example" },
	{ 4, 101, "http://good.example", "good.example" },
	{ 4, 101, "http://good.example:8001", "good.example:8001" },
	{ 4, 101, "http://[::1]:8001", "[::1]:8001" },
	{ 4, 101, "https://a.b.good.example", "other.example" },
	{ 4, 101, "file://", "other.example" },
	{ 4, 403, "null", "other.example" },
	{ 4, 403, "https://good.example", "good.example" },
	{ 4, 403, "http://good.example", "good.example:8001" },
	{ 4, 403, "http://a.good.example", "good.example" },
	{ 4, 403, "https://evilgood.example", "other.example" },
};

/*
 * Values of the option protocol; a row has the index of one value, and the subprotocol that the
 * server chooses.
 */
static const char *const protocol_options[] = {
	NULL, "*", "chat", "mqtt, mqttv3.1", "mqtt,*", "-"
};

static const struct protocol_row {
	int		 option;
	const char	*offered, *extra, *chosen;
} protocol_rows[] = {
	{ 0, "", NULL, NULL },
	{ 0, "chat", NULL, NULL },
	{ 1, "", NULL, NULL },
	{ 1, "a", NULL, "a" },
	{ 1, "b, a", NULL, "b" },
	{ 1, ",, \t,c ,d", NULL, "c" },
	{ 1, "A.b-c_d", NULL, "A.b-c_d" },
	{ 1, "a", "Sec-WebSocket-Protocol: b\r\n", "a" },
	{ 1, "", "sec-websocket-protocol: low, er\r\n", "low" },
	{ 2, "", NULL, NULL },
	{ 2, "chat", NULL, "chat" },
	{ 2, "CHAT", NULL, "CHAT" },
	{ 2, "superchat, chat", NULL, "chat" },
	{ 2, "superchat,chat,chatter", NULL, "chat" },
	{ 2, "superchat", "Sec-WebSocket-Protocol: other, Chat\r\n", "Chat" },
	{ 2, "cha, chatt", NULL, NULL },
	{ 2, "a1,a2,a3,a4,a5,a6,a7,a8,a9,b1,b2,b3,b4,b5,b6,b7,b8,b9,c1,c2,c3,c4,c5,c6,c7,c8,"
	    "c9,d1,d2,d3,d4,chat", NULL, "chat" },
	{ 2, "a1,a2,a3,a4,a5,a6,a7,a8,a9,b1,b2,b3,b4,b5,b6,b7,b8,b9,c1,c2,c3,c4,c5,c6,c7,c8,"
	    "c9,d1,d2,d3,d4,d5,d6,chat", NULL, "chat" },
	{ 3, "mqttv3.1", NULL, "mqttv3.1" },
	{ 3, "mqttv3.1, mqtt", NULL, "mqttv3.1" },
	{ 3, "x, MQTT", NULL, "MQTT" },
	{ 3, "mqtt3", NULL, NULL },
	{ 3, "", NULL, NULL },
	{ 4, "x, mqtt", NULL, "mqtt" },
	{ 4, "x, y", NULL, "x" },
	{ 4, "", NULL, NULL },
	{ 5, "-", NULL, NULL },
	{ 5, "x", NULL, NULL },
};

#endif
