/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The client's address from a header field: which proxies are trusted, which entry of the field
 * names the client, and that a client cannot forge its address.
 */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/sock.h"
#include "test_proxy.h"

#define X	"X-Forwarded-For: "
#define F	"Forwarded: "
#define END	"\r\n"
#define TRUSTED	"127.0.0.1, 10.0.0.0/8, [fd00::/8], unix"

static struct harness h;
static struct client c;
static int listener;

struct row {
	const char	*fields;
	const char	*client;	/* client's address in the log; NULL: the socket's */
};

static void
start(const char *listen, const char *trusted, const char *client_address)
{
	char setting[64];

	snprintf(setting, sizeof(setting), "client-address=%s", client_address);
	listener = test_proxy_begin(&h, listen, trusted, setting);
}

static void
stop(void)
{
	harness_stop(&h);
	sock_close(&listener);
}

static void
try_behind(const char *head, const char *fields, const char *client)
{
	static unsigned turn;
	char target[32];
	unsigned port;
	int fd = sock_connect(h.port, 0);

	expect_context("%s%s", head != NULL ? head : "", fields);
	snprintf(target, sizeof(target), "/%u", turn++);
	port = test_proxy_port(fd);
	test_proxy_open(&c, fd, head, target, fields);
	test_proxy_use(&c, listener);
	test_proxy_logged(&h, client, port, target);
	expect_context("%s", "");
}

static void
try_all(const struct row *rows, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		try_behind(NULL, rows[i].fields, rows[i].client);
}

/* -- X-Forwarded-For -- */

static const struct row x_forwarded_for[] = {
	{ X "198.51.100.7" END, "198.51.100.7" },
	{ "x-FORWARDED-for:198.51.100.7" END, "198.51.100.7" },
	{ X "198.51.100.7:4711" END, "198.51.100.7:4711" },
	{ X "2001:db8::7" END, "2001:db8::7" },
	{ X "[2001:db8::7]" END, "2001:db8::7" },
	{ X "[2001:db8::7]:4711" END, "[2001:db8::7]:4711" },
	{ X "::ffff:198.51.100.7" END, "198.51.100.7" },
	/* entries to the left of the first untrusted one may be forged, and are ignored */
	{ X "192.0.2.66, 198.51.100.7" END, "198.51.100.7" },
	{ X "10.0.0.1, 198.51.100.7" END, "198.51.100.7" },
	{ X "nonsense,,, 198.51.100.7" END, "198.51.100.7" },
	/* trusted proxies are passed over */
	{ X "192.0.2.66, 198.51.100.7, 10.1.2.3, fd00::1" END, "198.51.100.7" },
	{ X "198.51.100.7, unix:, 10.1.2.3" END, "198.51.100.7" },
	{ X "10.0.0.2:80, 10.0.0.3" END, "10.0.0.2:80" },
	/* several fields of the same name are one list */
	{ X "192.0.2.66" END X "198.51.100.7" END, "198.51.100.7" },
	{ X "192.0.2.66, 198.51.100.7" END "Y: 1" END X "10.0.0.1" END X "10.0.0.2, 10.0.0.3" END,
	    "198.51.100.7" },
	{ X "10.0.0.1" END X "10.0.0.2" END, "10.0.0.1" },
	/* the search ends at an invalid entry: the client is unknown, not the proxy */
	{ X "nonsense" END, "unknown" },
	{ X END, "unknown" },
	{ X "198.51.100.7," END, "unknown" },
	{ X "198.51.100.7, unknown" END, "unknown" },
	{ X "198.51.100.7 by=peer" END, "unknown" },
	{ X "198.51.100.7, nonsense, 10.0.0.2" END, "unknown" },
	{ X "198.51.100.7, 10.0.0.256" END, "unknown" },
	{ X "198.51.100.7" END X END, "unknown" },
	{ X "198.51.100.7" END X "nonsense" END X "10.0.0.2" END, "unknown" },
	/* a field other than the configured one may come from any client, and is ignored */
	{ F "for=192.0.2.66" END, NULL },
	{ F "for=192.0.2.66" END X "198.51.100.7" END F "for=192.0.2.66" END, "198.51.100.7" },
	{ "Y: 1" END, NULL }
};

START_TEST(x_field)
{
	start("127.0.0.1", TRUSTED, "x-forwarded-for");
	try_all(x_forwarded_for, COUNTOF(x_forwarded_for));
	stop();
}
END_TEST

/* -- Forwarded -- */

static const struct row forwarded[] = {
	{ F "for=198.51.100.7" END, "198.51.100.7" },
	{ "fORWARDED:  For=198.51.100.7;proto=https;by=10.0.0.1" END, "198.51.100.7" },
	{ F "by=10.0.0.1;FOR=\"198.51.100.7:4711\"" END, "198.51.100.7:4711" },
	{ F "for=\"[2001:db8::7]\"" END, "2001:db8::7" },
	{ F "for=\"[2001:db8::7]:4711\"" END, "[2001:db8::7]:4711" },
	{ F "for=\"198.51.100.7:_port\"" END, "198.51.100.7" },
	{ F "for=192.0.2.66, for=198.51.100.7" END, "198.51.100.7" },
	{ F "for=192.0.2.66,for=198.51.100.7;by=10.0.0.9 , for=10.0.0.1" END, "198.51.100.7" },
	{ F "for=192.0.2.66" END F "for=198.51.100.7" END, "198.51.100.7" },
	{ F "for=192.0.2.66, for=198.51.100.7" END F "for=\"[fd00::2]\"" END F "for=10.0.0.3" END,
	    "198.51.100.7" },
	{ F "for=10.0.0.1, for=10.0.0.2" END, "10.0.0.1" },
	/* a quote that the client opens does not swallow the entry that the proxy adds */
	{ F "for=\"192.0.2.66, for=198.51.100.7" END, "198.51.100.7" },
	{ F "for=\"192.0.2.66" END F "for=198.51.100.7" END, "198.51.100.7" },
	{ F "for=unknown" END, "unknown" },
	{ F "for=_hidden" END, "unknown" },
	{ F "for=198.51.100.7, for=_hidden, for=10.0.0.1" END, "unknown" },
	{ F "198.51.100.7" END, "unknown" },
	{ F "for=2001:db8::7" END, "unknown" },
	{ F "for=198.51.100.7;for=192.0.2.66" END, "unknown" },
	{ F "proto=https" END, "unknown" },
	{ F "for=198.51.100.7, proto=https" END, "unknown" },
	{ F END, "unknown" },
	{ X "192.0.2.66" END, NULL },
	{ X "192.0.2.66" END F "for=198.51.100.7" END X "192.0.2.66" END, "198.51.100.7" }
};

START_TEST(forwarded_field)
{
	start("127.0.0.1", TRUSTED, "forwarded");
	try_all(forwarded, COUNTOF(forwarded));
	stop();
}
END_TEST

/* -- trusted proxies -- */

static const struct {
	const char	*trusted, *client_address;
} ignored[] = {
	{ NULL, "x-forwarded-for" },
	{ "none", "forwarded" },
	{ "10.0.0.0/8, 198.51.100.0/24, ::1, unix", "x-forwarded-for" },
	{ "10.0.0.0/8, 198.51.100.0/24, ::1, unix", "forwarded" },
	{ "127.0.0.1", "socket" },
	{ "any", "socket" }
};

/*
 * If the socket's peer is no trusted proxy, or client-address is "socket", the client's address
 * is that of the socket.
 */
START_TEST(not_believed)
{
	start("127.0.0.1", ignored[_i].trusted, ignored[_i].client_address);
	try_behind(NULL, X "198.51.100.7" END F "for=198.51.100.7" END, NULL);
	try_behind(NULL, X "10.0.0.1" END F "for=10.0.0.1" END, NULL);
	stop();
}
END_TEST

/* With trusted-proxies = any every entry is trusted: the left-most one is the client. */
START_TEST(all_believed)
{
	start("127.0.0.1", "any", "x-forwarded-for");
	try_behind(NULL, X "192.0.2.66" END X "198.51.100.7, 10.0.0.1" END, "192.0.2.66");
	stop();
}
END_TEST

/*
 * Two proxies: if the address in the PROXY header belongs to a trusted proxy, the client's
 * address is taken from X-Forwarded-For.
 */
START_TEST(behind_both)
{
	start("127.0.0.1 proxy", TRUSTED, "x-forwarded-for");
	try_behind("PROXY TCP4 10.0.0.5 10.0.0.6 4711 443\r\n", X "192.0.2.66, 198.51.100.7" END,
	    "198.51.100.7");
	try_behind("PROXY TCP4 10.0.0.5 10.0.0.6 4711 443\r\n", "Y: 1" END, "10.0.0.5:4711");
	try_behind("PROXY TCP4 203.0.113.5 10.0.0.6 4711 443\r\n", X "198.51.100.7" END,
	    "203.0.113.5:4711");
	try_behind("PROXY TCP6 fd00::5 fd00::6 4711 443\r\n", X "10.0.0.9" END, "10.0.0.9");
	/* An unknown client is not a trusted proxy. */
	try_behind("PROXY UNKNOWN\r\n", X "198.51.100.7" END, "unknown");
	try_behind("PROXY UNKNOWN 10.0.0.5 10.0.0.6 1 2\r\n", X "198.51.100.7" END, "unknown");
	try_behind(V2 "21 00 0000", X "198.51.100.7" END, "unknown");
	try_behind(V2 "20 00 0000", X "198.51.100.7" END, "198.51.100.7");
	stop();
}
END_TEST

/* A proxy that connects to a Unix socket is trusted if trusted-proxies has the word "unix". */
START_TEST(through_unix)
{
	char path[300], place[400];

	snprintf(path, sizeof(path), "%s", harness_scratch("socket"));
	snprintf(place, sizeof(place), "unix://%s, 127.0.0.1", path);
	start(place, _i == 0 ? "unix" : "127.0.0.0/8", "x-forwarded-for");
	test_proxy_open(&c, sock_connect_unix(path), NULL, "/unix",
	    X "192.0.2.66, 198.51.100.7" END);
	test_proxy_use(&c, listener);
	test_proxy_logged(&h, _i == 0 ? "198.51.100.7" : "unix", 0, "/unix");
	try_behind(NULL, X "198.51.100.8" END, _i == 0 ? NULL : "198.51.100.8");
	stop();
}
END_TEST

/* The log line of a refused client has the client's address from the field. */
START_TEST(refused_client)
{
	struct request r = { .target = "/refused", .origin = "https://evil.example",
	    .extra = X "198.51.100.7:4711" END };

	start("127.0.0.1", "127.0.0.1", "x-forwarded-for");
	client_expect_refusal(h.port, &r, 403, NULL);
	harness_log(&h, "refused client=198.51.100.7:4711 path=\"/refused\" status=403 ",
	    EXPECT_MS);
	sock_expect_nobody(listener);
	stop();
}
END_TEST

/* The scheme that same-origin compares comes from a proxy that sends a PROXY header, too. */
START_TEST(scheme_after_proxy_header)
{
	listener = test_proxy_begin(&h, "127.0.0.1 proxy", "127.0.0.1", "origin=same-origin");
	try_behind("PROXY TCP4 203.0.113.5 10.0.0.6 4711 443\r\n",
	    "Origin: https://127.0.0.1" END "X-Forwarded-Proto: https" END, "203.0.113.5:4711");
	try_behind("PROXY TCP6 fd00::5 fd00::6 4711 80\r\n", "Origin: http://127.0.0.1" END
	    "X-Forwarded-Proto: http" END, "[fd00::5]:4711");
	stop();
}
END_TEST

/* And from a proxy that connects to a Unix socket. */
START_TEST(scheme_through_unix)
{
	char path[300], place[400];

	snprintf(path, sizeof(path), "%s", harness_scratch("socket"));
	snprintf(place, sizeof(place), "unix://%s, 127.0.0.1", path);
	listener = test_proxy_begin(&h, place, "unix", "origin=same-origin");
	test_proxy_open(&c, sock_connect_unix(path), NULL, "/unix",
	    "Origin: https://127.0.0.1" END "X-Forwarded-Proto: https" END);
	test_proxy_use(&c, listener);
	stop();
}
END_TEST

void
test_proxy_fields(Suite *s)
{
	TCase *tc = harness_case(s, "client-address", 60);

	tcase_add_test(tc, x_field);
	tcase_add_test(tc, forwarded_field);
	tcase_add_loop_test(tc, not_believed, 0, COUNTOF(ignored));
	tcase_add_test(tc, all_believed);
	tcase_add_test(tc, behind_both);
	tcase_add_loop_test(tc, through_unix, 0, 2);
	tcase_add_test(tc, refused_client);
	tcase_add_test(tc, scheme_after_proxy_header);
	tcase_add_test(tc, scheme_through_unix);
}
