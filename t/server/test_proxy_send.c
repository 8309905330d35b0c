/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Peers with ?send-proxy or ?send-proxy-v2: the exact header that the server sends first, for
 * every kind of client address.
 */

#include "config.h"

#include <sys/socket.h>

#include <stdio.h>
#include <string.h>

#include "lib/backends.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/pair.h"
#include "lib/sock.h"
#include "lib/unit.h"
#include "test_proxy.h"

#define HEAD_SIZE	128
#define LOCAL		V2 "20 00 0000"
#define XFF		"X-Forwarded-For: "

static struct harness h;
static struct client c;
static int listener;
static char path[300], unix_path[300];

static const char *const options[] = { "?send-proxy", "?send-proxy-v2" };

/* -- the server and its peer -- */

/*
 * Returns 0 for version 1 of the protocol, 1 for version 2: tests with an even and an odd number.
 */
static int
version(int i)
{
	return i % 2;
}

static void
start(const char *listen, const char *trusted, int i)
{
	char peer[400];
	int port;

	if (i / 2 == 0) {
		listener = sock_listen(&port);
		snprintf(peer, sizeof(peer), "tcp://127.0.0.1:%d%s", port, options[version(i)]);
	} else {
		snprintf(path, sizeof(path), "%s", harness_scratch("peer"));
		listener = sock_listen_unix(path);
		snprintf(peer, sizeof(peer), "unix://%s%s", path, options[version(i)]);
	}
	test_proxy_start(&h, listen, trusted, peer, "-o", "client-address=x-forwarded-for",
	    "-o", "start-workers=2", NULL);
}

static void
stop(void)
{
	harness_stop(&h);
	sock_close(&listener);
}

/*
 * Writes the expected header to out. In `head`, C and S stand for the ports of the client and the
 * server, which are four hexadecimal digits in version 2.
 */
static size_t
expand(unsigned char out[HEAD_SIZE], const char *head, unsigned client, unsigned server)
{
	int binary = strncmp(head, V2, strlen(V2)) == 0;
	char text[300];
	size_t len = 0;

	for (; *head != '\0'; head++) {
		/* A C or an S inside the words PROXY and TCP does not stand for a port. */
		if ((*head == 'C' || *head == 'S') && head[-1] == ' ')
			len += (size_t)snprintf(text + len, sizeof(text) - len, binary ? "%04x" :
			    "%u", *head == 'C' ? client : server);
		else
			text[len++] = *head;
	}
	text[len] = '\0';
	if (binary)
		return unit_unhex(out, HEAD_SIZE, text);
	memcpy(out, text, len);
	return len;
}

/* Completes a session, with data in both directions, whose peer must first receive this header. */
static void
expect_head(const char *head, unsigned client)
{
	unsigned char bytes[HEAD_SIZE];
	size_t len = expand(bytes, head, client, (unsigned)h.port);
	int fd = sock_accept(listener, EXPECT_MS);

	sock_expect(fd, bytes, len, EXPECT_MS);
	client_text(&c, "hello");
	sock_expect(fd, "hello", 5, EXPECT_MS);
	sock_write(fd, "world", 5, EXPECT_MS);
	client_expect_text(&c, "world");
	pair_finish(&c, &fd);
}

static void
try(int fd, const char *head, const char *fields, const char *wanted, unsigned client)
{
	expect_context("%s%s: %s", head != NULL ? head : "", fields != NULL ? fields : "", wanted);
	test_proxy_open(&c, fd, head, "/", fields);
	expect_head(wanted, client);
	expect_context("%s", "");
}

/* -- the client's address -- */

static const char *const ordinary[] = {
	"PROXY TCP4 127.0.0.1 127.0.0.1 C S\r\n", V2 "21 11 000c 7f000001 7f000001 C S"
};

START_TEST(own_address)
{
	int fd;

	start("127.0.0.1", NULL, _i);
	fd = sock_connect(h.port, 0);
	try(fd, NULL, NULL, ordinary[version(_i)], test_proxy_port(fd));
	/* A client that is not a trusted proxy cannot set its address with a header field. */
	fd = sock_connect(h.port, 0);
	try(fd, NULL, XFF "198.51.100.7\r\n", ordinary[version(_i)], test_proxy_port(fd));
	harness_log(&h, options[version(_i)], EXPECT_MS);
	stop();
}
END_TEST

/* Clients over IPv6, and over IPv4 at a socket that accepts both families. */
START_TEST(own_address_v6)
{
	static const char *const wanted[] = {
		"PROXY TCP6 ::1 ::1 C S\r\n", V2 "21 21 0024 00000000000000000000000000000001 "
		    "00000000000000000000000000000001 C S"
	};
	int fd;

	if (!sock_has_v6()) {
		expect_skip("this machine has no IPv6");
		return;
	}
	start("::", NULL, _i);
	fd = sock_try_v6("::1", h.port);
	ck_assert_int_ne(fd, -1);
	try(fd, NULL, NULL, wanted[version(_i)], test_proxy_port(fd));
	fd = sock_connect(h.port, 0);
	try(fd, NULL, NULL, ordinary[version(_i)], test_proxy_port(fd));
	stop();
}
END_TEST

/*
 * What a proxy sends (a PROXY header, HTTP header fields), and the PROXY header that the server
 * then sends to the peer, in versions 1 and 2 of the PROXY protocol.
 */
static const struct {
	const char	*head, *fields;
	const char	*wanted[2];
} passed_on[] = {
	{ "PROXY TCP4 198.51.100.7 203.0.113.9 4711 443\r\n", NULL,
	    { "PROXY TCP4 198.51.100.7 203.0.113.9 4711 443\r\n",
	    V2 "21 11 000c c6336407 cb007109 1267 01bb" } },
	/* the server does not pass on the bytes that follow the addresses */
	{ V2 "21 11 000f c6336407 cb007109 1267 01bb 040000", NULL,
	    { "PROXY TCP4 198.51.100.7 203.0.113.9 4711 443\r\n",
	    V2 "21 11 000c c6336407 cb007109 1267 01bb" } },
	{ V2 "21 21 0024 20010db8000000000000000000000007 20010db8000000000000000000000009 "
	    "1267 01bb", NULL, { "PROXY TCP6 2001:db8::7 2001:db8::9 4711 443\r\n", V2 "21 21 0024 "
	    "20010db8000000000000000000000007 20010db8000000000000000000000009 1267 01bb" } },
	{ "PROXY TCP6 2001:db8::7 ::ffff:203.0.113.9 4711 443\r\n", NULL,
	    { "PROXY TCP6 2001:db8::7 ::ffff:cb00:7109 4711 443\r\n", V2 "21 21 0024 "
	    "20010db8000000000000000000000007 00000000000000000000ffffcb007109 1267 01bb" } },
	{ "PROXY TCP6 ::ffff:198.51.100.7 ::ffff:203.0.113.9 0 0\r\n", NULL,
	    { "PROXY TCP4 198.51.100.7 203.0.113.9 0 0\r\n",
	    V2 "21 11 000c c6336407 cb007109 0000 0000" } },
	/* the client is unknown */
	{ "PROXY UNKNOWN\r\n", NULL, { "PROXY UNKNOWN\r\n", LOCAL } },
	{ "PROXY UNKNOWN\r\n", XFF "198.51.100.7\r\n", { "PROXY UNKNOWN\r\n", LOCAL } },
	/* the client is the proxy itself */
	{ LOCAL, NULL, { "PROXY TCP4 127.0.0.1 127.0.0.1 C S\r\n",
	    V2 "21 11 000c 7f000001 7f000001 C S" } },
	/* the client has no address */
	{ V2_UNIX, NULL, { "PROXY UNKNOWN\r\n", LOCAL } },
	/* a client from a field: its port may be unknown; the destination is the connection's */
	{ LOCAL, XFF "192.0.2.66, 198.51.100.7\r\n", { "PROXY TCP4 198.51.100.7 127.0.0.1 0 S\r\n",
	    V2 "21 11 000c c6336407 7f000001 0000 S" } },
	{ LOCAL, XFF "[2001:db8::7]:4711\r\n", { "PROXY TCP6 2001:db8::7 ::ffff:7f00:1 4711 S\r\n",
	    V2 "21 21 0024 20010db8000000000000000000000007 00000000000000000000ffff7f000001 1267 "
	    "S" } },
	{ "PROXY TCP4 127.0.0.9 203.0.113.9 4711 443\r\n", XFF "198.51.100.7:80\r\n",
	    { "PROXY TCP4 198.51.100.7 203.0.113.9 80 443\r\n",
	    V2 "21 11 000c c6336407 cb007109 0050 01bb" } }
};

START_TEST(from_a_proxy)
{
	size_t i;
	int fd;

	start("127.0.0.1 proxy", "127.0.0.0/8", _i);
	for (i = 0; i < COUNTOF(passed_on); i++) {
		fd = sock_connect(h.port, 0);
		try(fd, passed_on[i].head, passed_on[i].fields, passed_on[i].wanted[version(_i)],
		    test_proxy_port(fd));
	}
	stop();
}
END_TEST

/*
 * A client of a Unix socket has no address unless a header field gives one; the destination
 * address is then unknown.
 */
START_TEST(from_unix)
{
	static const char *const named[] = {
		"PROXY TCP4 198.51.100.7 0.0.0.0 4711 0\r\n",
		V2 "21 11 000c c6336407 00000000 1267 0000"
	};
	char place[400];

	snprintf(unix_path, sizeof(unix_path), "%s", harness_scratch("socket"));
	snprintf(place, sizeof(place), "unix://%s, 127.0.0.1", unix_path);
	start(place, "unix", _i);
	try(sock_connect_unix(unix_path), NULL, NULL,
	    version(_i) == 0 ? "PROXY UNKNOWN\r\n" : LOCAL, 0);
	try(sock_connect_unix(unix_path), NULL, XFF "198.51.100.7:4711\r\n", named[version(_i)], 0);
	stop();
}
END_TEST

/* The header is sent before the client's first bytes, even if these arrive with the request. */
START_TEST(before_all)
{
	static char text[REQUEST_SIZE + 100];
	unsigned char bytes[HEAD_SIZE];
	size_t len, head;
	int fd;

	start("127.0.0.1", NULL, _i);
	client_connect(&c, h.port);
	len = request_format(text, NULL);
	len += client_frame(&c, (unsigned char *)text + len, CLIENT_FIN | CLIENT_TEXT, "first", 5);
	head = expand(bytes, ordinary[version(_i)], test_proxy_port(c.fd), (unsigned)h.port);
	client_send(&c, text, len);
	client_answer(&c);
	fd = sock_accept(listener, EXPECT_MS);
	memcpy(bytes + head, "first", 5);
	sock_expect(fd, bytes, head + 5, EXPECT_MS);
	pair_finish(&c, &fd);
	stop();
}
END_TEST

/* -- peers of other backends -- */

START_TEST(of_a_file)
{
	unsigned char bytes[HEAD_SIZE];
	char option[1100];
	int fd;

	backends_write("d/v1", "tcp://127.0.0.1:%d?send-proxy *\n", backends_port(0));
	backends_write("d/v2", "127.0.0.1:%d?send-proxy-v2 * binary\n", backends_port(0));
	backends_write("d/none", "tcp://127.0.0.1:%d *\n", backends_port(0));
	backends_write("d/udp", "udp://127.0.0.1:%d?send-proxy *\n", backends_port(0));
	snprintf(option, sizeof(option), "path=%s", backends_path("d"));
	backends_start(&h, "file", "-c", option, "-c", "expression=%endpoint%", "-o",
	    "listen=127.0.0.1 proxy", "-o", "trusted-proxies=127.0.0.1", "-o",
	    "allow-peers=tcp://127.0.0.1", NULL);
	test_proxy_open(&c, sock_connect(h.port, 0), passed_on[0].head, "/v1", NULL);
	fd = backends_accept(0);
	sock_expect(fd, "PROXY TCP4 198.51.100.7 203.0.113.9 4711 443\r\n", 46, EXPECT_MS);
	pair_finish(&c, &fd);
	test_proxy_open(&c, sock_connect(h.port, 0), passed_on[0].head, "/v2", NULL);
	fd = backends_accept(0);
	sock_expect(fd, bytes, expand(bytes, passed_on[0].wanted[1], 0, 0), EXPECT_MS);
	pair_finish(&c, &fd);
	test_proxy_open(&c, sock_connect(h.port, 0), passed_on[0].head, "/none", NULL);
	fd = backends_accept(0);
	pair_finish(&c, &fd);
	client_connect(&c, h.port);
	client_send(&c, passed_on[0].head, strlen(passed_on[0].head));
	client_request(&c, &(struct request){ .target = "/udp" });
	client_answer(&c);
	client_expect_refused(&c, 500);
	client_end(&c);
	harness_log(&h, "send-proxy is for stream peers", EXPECT_MS);
	harness_stop(&h);
}
END_TEST

/* The header ends with the id that the lines of the log have. */
START_TEST(with_id)
{
	unsigned char bytes[128];
	char option[1100], id[48], hex[300];
	const char *at;
	size_t len;
	int fd;

	backends_write("d/id", "127.0.0.1:%d?send-proxy-v2-id * binary\n", backends_port(0));
	snprintf(option, sizeof(option), "path=%s", backends_path("d"));
	backends_start(&h, "file", "-c", option, "-c", "expression=%endpoint%", "-o",
	    "listen=127.0.0.1 proxy", "-o", "trusted-proxies=127.0.0.1", NULL);
	test_proxy_open(&c, sock_connect(h.port, 0), passed_on[0].head, "/id", NULL);
	fd = backends_accept(0);
	at = strstr(harness_log(&h, "opened client=", EXPECT_MS), "?send-proxy-v2-id id=");
	ck_assert(at != NULL && sscanf(at, "?send-proxy-v2-id id=%47[0-9.]", id) == 1);
	len = strlen(id);
	snprintf(hex, sizeof(hex), V2 "21 11 00%02x c6336407 cb007109 1267 01bb 05 00%02x",
	    (unsigned)(15 + len), (unsigned)len);
	sock_expect(fd, bytes, unit_unhex(bytes, sizeof(bytes), hex), EXPECT_MS);
	sock_expect(fd, id, len, EXPECT_MS);
	pair_finish(&c, &fd);
	harness_stop(&h);
}
END_TEST

void
test_proxy_send(Suite *s)
{
	TCase *tc = harness_case(s, "send-proxy", 60);

	tcase_add_loop_test(tc, own_address, 0, 4);
	tcase_add_loop_test(tc, own_address_v6, 0, 2);
	tcase_add_loop_test(tc, from_a_proxy, 0, 4);
	tcase_add_loop_test(tc, from_unix, 0, 4);
	tcase_add_loop_test(tc, before_all, 0, 4);

	tc = backends_case(s, "send-proxy of backends", 60);
	tcase_add_test(tc, of_a_file);
	tcase_add_test(tc, with_id);
}
