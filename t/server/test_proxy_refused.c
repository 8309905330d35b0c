/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Connections to a listener behind a proxy that end without a session: no header or an invalid
 * one, a proxy that is not trusted, a slow proxy, and a proxy that only checks the connection.
 */

#include "config.h"

#include <sys/socket.h>

#include <stdio.h>
#include <string.h>

#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/sock.h"
#include "test_proxy.h"

#define BEHIND	"127.0.0.1 proxy"
#define GOOD	"PROXY TCP4 198.51.100.7 203.0.113.9 4711 443\r\n"

static struct harness h;
static struct client c;
static int listener;

static void
start(const char *listen, const char *trusted, const char *setting)
{
	listener = test_proxy_begin(&h, listen, trusted, setting);
}

static void
stop(void)
{
	sock_expect_nobody(listener);
	harness_stop(&h);
	sock_close(&listener);
}

/* -- invalid headers -- */

static const struct {
	const char	*head, *why;
} garbage[] = {
	{ "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "does not begin with a PROXY header" },
	{ "proxy TCP4 198.51.100.7 203.0.113.9 1 2\r\n", "does not begin with a PROXY header" },
	{ "\n", "does not begin with a PROXY header" },
	{ "\r\n\r\nGET", "does not begin with a PROXY header" },
	{ "PROXY TCP5 198.51.100.7 203.0.113.9 4711 443\r\n", "neither TCP4 nor TCP6 nor UNKNOWN" },
	{ "PROXY \r\n", "neither TCP4 nor TCP6 nor UNKNOWN" },
	{ "PROXY TCP4 198.51.100.256 203.0.113.9 4711 443\r\n", "not of its family" },
	{ "PROXY TCP4 2001:db8::7 2001:db8::9 4711 443\r\n", "not of its family" },
	{ "PROXY TCP6 198.51.100.7 203.0.113.9 4711 443\r\n", "not of its family" },
	{ "PROXY TCP4 198.51.100.7  203.0.113.9 4711 443\r\n", "not of its family" },
	{ "PROXY TCP4 198.51.100.7\r\n", "not of its family" },
	{ "PROXY TCP4 198.51.100.7 203.0.113.9 65536 443\r\n", "not a number of 0 to 65535" },
	{ "PROXY TCP4 198.51.100.7 203.0.113.9 4711\r\n", "not a number of 0 to 65535" },
	{ "PROXY TCP4 198.51.100.7 203.0.113.9 4711 443 1\r\n", "after its second port" },
	{ "PROXY TCP4 198.51.100.7 203.0.113.9 4711 443\n", "does not end in CRLF" },
	{ "PROXY UNKNOWN 0123456789012345678901234567890123456789012345678901234567890123456789"
	    "01234567890123456789012", "too long" },
	{ V2 "11 11 000c c6336407 cb007109 1267 01bb", "version is not 2" },
	{ V2 "22 11 000c c6336407 cb007109 1267 01bb", "unknown command" },
	{ V2 "21 41 000c c6336407 cb007109 1267 01bb", "unknown family" },
	{ V2 "21 11 000b", "too short" },
	{ V2 "21 11 0801", "too long" },
	{ V2 "21 11 000f c6336407 cb007109 1267 01bb 040001", "longer than the header" },
	{ V2 "21 11 000e c6336407 cb007109 1267 01bb 0400", "within a TLV" },
	{ V2 "21 11 0013 c6336407 cb007109 1267 01bb 030004 e10f1b58", "checksum is wrong" }
};

/*
 * The server must close without sending a byte: neither the client nor the client's protocol is
 * known.
 */
static void
expect_cut_off(void)
{
	char byte;
	ssize_t n = sock_read(c.fd, &byte, 1, EXPECT_MS);

	if (n > 0)
		expect_fail("byte %02x instead of the end", (unsigned)(unsigned char)byte);
	client_end(&c);
}

/* The log line of the refused connection must name the socket's address and the reason. */
static void
expect_reason(unsigned port, const char *why)
{
	char text[64];
	const char *line;

	snprintf(text, sizeof(text), "refused client=127.0.0.1:%u ", port);
	line = harness_log(&h, text, EXPECT_MS);
	if (strstr(line, why) == NULL || strstr(line, " status=0 ") == NULL)
		expect_fail("should say \"%s\": %s", why, line);
}

START_TEST(each_fault)
{
	unsigned char bytes[V2_SIZE];
	unsigned port;
	size_t i;

	start(BEHIND, "127.0.0.1", "log-level=debug");
	for (i = 0; i < COUNTOF(garbage); i++) {
		expect_context("%s", garbage[i].head);
		client_connect(&c, h.port);
		port = test_proxy_port(c.fd);
		client_send(&c, bytes, test_proxy_bytes(bytes, garbage[i].head));
		expect_cut_off();
		expect_reason(port, garbage[i].why);
	}
	stop();
}
END_TEST

static const char *const strangers[] = {
	NULL, "none", "10.0.0.0/8, [::1]", "unix", "127.0.0.2, 127.0.0.0/32"
};

/*
 * The server does not read from a proxy that is not trusted, and logs the name of the setting
 * trusted-proxies.
 */
START_TEST(untrusted)
{
	unsigned port;

	start(BEHIND, strangers[_i], "log-level=info");
	client_connect(&c, h.port);
	port = test_proxy_port(c.fd);
	expect_cut_off();
	expect_reason(port, "setting: trusted-proxies");
	client_connect(&c, h.port);
	port = test_proxy_port(c.fd);
	(void)client_try_send(&c, GOOD, strlen(GOOD));
	expect_cut_off();
	expect_reason(port, "setting: trusted-proxies");
	stop();
}
END_TEST

/* A list of networks does not include a proxy that connects to a Unix socket. */
START_TEST(untrusted_unix)
{
	char path[300], place[400];

	snprintf(path, sizeof(path), "%s", harness_scratch("socket"));
	snprintf(place, sizeof(place), "unix://%s proxy, 127.0.0.1", path);
	start(place, "127.0.0.0/8, ::/0, 0.0.0.0/0", "log-level=info");
	client_init(&c, sock_connect_unix(path));
	expect_cut_off();
	ck_assert_ptr_nonnull(strstr(harness_log(&h, "refused client=unix ", EXPECT_MS),
	    "setting: trusted-proxies"));
	stop();
}
END_TEST

/* -- time -- */

#define SLOW_MS	1000

/*
 * Bytes after which the proxy sends nothing more: none, a part of a header, or a whole header
 * without a request.
 */
static const char *const slow[] = {
	"", "P", "PROXY TCP4 198.51.100.7 203.0.113.9 4711 443\r", V2 "21 11 000c c6336407",
	"PROXY TCP4 198.51.100.7 203.0.113.9 4711 443\r\n"
};

START_TEST(slow_header)
{
	unsigned char bytes[V2_SIZE];
	uint64_t begun;
	char text[64];
	size_t i;

	start(BEHIND, "127.0.0.1", "handshake-timeout=1s");
	for (i = 0; i < COUNTOF(slow); i++) {
		expect_context("%s", slow[i]);
		begun = expect_now();
		client_connect(&c, h.port);
		snprintf(text, sizeof(text), "refused client=127.0.0.1:%u path=\"\" status=408 ",
		    test_proxy_port(c.fd));
		client_send(&c, bytes, test_proxy_bytes(bytes, slow[i]));
		client_answer(&c);
		client_expect_refused(&c, 408);
		client_end(&c);
		expect_elapsed(begun, SLOW_MS, SLOW_MS + 200);
		/* After a whole header the log line has the client's address. */
		harness_log(&h, i + 1 < COUNTOF(slow) ? text :
		    "refused client=198.51.100.7:4711 path=\"\" status=408 ", EXPECT_MS);
	}
	stop();
}
END_TEST

/* The deadline is not extended for a proxy that sends the header byte by byte. */
START_TEST(trickling_header)
{
	static const char head[] =
	    "PROXY UNKNOWN 01234567890123456789012345678901234567890123456789012345678901";
	uint64_t begun = expect_now();
	size_t i;

	start(BEHIND, "127.0.0.1", "handshake-timeout=300ms");
	client_connect(&c, h.port);
	for (i = 0; i < strlen(head) && client_is_silent(&c, 20); i++)
		if (client_try_send(&c, head + i, 1) == -1)
			break;
	if (i == strlen(head))
		expect_fail("%zu bytes in %d ms", i, (int)(expect_now() - begun));
	client_answer(&c);
	client_expect_refused(&c, 408);
	client_end(&c);
	stop();
}
END_TEST

/*
 * A health check sends a header, a part of a header, or nothing, and closes: this is not logged
 * as a refused client.
 */
START_TEST(no_request)
{
	static const char *const heads[] = {
		"", "PROXY", "PROXY UNKNOWN\r\n", V2, V2 "20 00 0000",
		"PROXY TCP4 198.51.100.7 203.0.113.9 4711 443\r\n"
	};
	unsigned char bytes[V2_SIZE];
	size_t i;

	start(BEHIND, "127.0.0.1", "log-level=debug");
	for (i = 0; i < COUNTOF(heads); i++) {
		client_connect(&c, h.port);
		client_send(&c, bytes, test_proxy_bytes(bytes, heads[i]));
		ck_assert_int_eq(shutdown(c.fd, SHUT_WR), 0);
		expect_cut_off();
		harness_log_times(&h, "left without a request", (unsigned)i + 1, EXPECT_MS);
	}
	harness_log(&h, "client 198.51.100.7:4711 left without a request", EXPECT_MS);
	ck_assert_uint_eq(harness_log_count(&h, "refused"), 0);
	stop();
}
END_TEST

void
test_proxy_refused(Suite *s)
{
	TCase *tc = harness_case(s, "refused proxies", 60);

	tcase_add_test(tc, each_fault);
	tcase_add_loop_test(tc, untrusted, 0, COUNTOF(strangers));
	tcase_add_test(tc, untrusted_unix);
	tcase_add_test(tc, slow_header);
	tcase_add_test(tc, trickling_header);
	tcase_add_test(tc, no_request);
}
