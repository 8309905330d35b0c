/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Listeners behind a proxy: if the proxy is trusted, the header of the PROXY protocol gives the
 * client's address to the log and to backends. A connection without a header is refused.
 */

#include "config.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/backends.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/pair.h"
#include "lib/sock.h"
#include "lib/unit.h"
#include "test_proxy.h"

#define ARGS		48
#define BEHIND		"127.0.0.1 proxy"

static struct harness h;
static struct client c;
static int listener;

/* -- functions for all parts of the program -- */

size_t
test_proxy_bytes(unsigned char out[V2_SIZE], const char *head)
{
	if (strncmp(head, V2, strlen(V2)) == 0)
		return unit_unhex(out, V2_SIZE, head);
	memcpy(out, head, strlen(head));
	return strlen(head);
}

void
test_proxy_start(struct harness *to, const char *listen, const char *trusted, const char *host, ...)
{
	char place[700], proxies[300], where[300];
	const char *args[ARGS] = { "-p", "0", "-o", place, "-c", where };
	unsigned n = 6;
	va_list ap;

	snprintf(place, sizeof(place), "listen=%s", listen);
	snprintf(where, sizeof(where), "host=%s", host);
	if (trusted != NULL) {
		snprintf(proxies, sizeof(proxies), "trusted-proxies=%s", trusted);
		args[n++] = "-o";
		args[n++] = proxies;
	}
	va_start(ap, host);
	harness_add_args(args, n, ARGS, ap);
	va_end(ap);
	harness_start(to, args);
}

int
test_proxy_begin(struct harness *to, const char *listen, const char *trusted, const char *setting)
{
	char host[64];
	int port, fd = sock_listen(&port);

	snprintf(host, sizeof(host), "tcp://127.0.0.1:%d", port);
	test_proxy_start(to, listen, trusted, host, "-o", "start-workers=2", "-o", "min-spare=1",
	    "-o", setting, NULL);
	return fd;
}

unsigned
test_proxy_port(int fd)
{
	struct sockaddr_storage a;
	socklen_t size = sizeof(a);

	memset(&a, 0, sizeof(a));
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &size), 0);
	return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port :
	    ((struct sockaddr_in *)&a)->sin_port);
}

void
test_proxy_open(struct client *with, int fd, const char *head, const char *target,
    const char *fields)
{
	struct request r = { .target = target, .extra = fields };
	unsigned char bytes[V2_SIZE];

	client_init(with, fd);
	if (head != NULL)
		client_send(with, bytes, test_proxy_bytes(bytes, head));
	client_request(with, &r);
	client_answer(with);
	if (with->status != 101)
		expect_fail("refused: %s%s", with->head, with->body);
}

void
test_proxy_use(struct client *with, int from)
{
	int fd = sock_accept(from, EXPECT_MS);

	client_text(with, "hello");
	sock_expect(fd, "hello", 5, EXPECT_MS);
	sock_write(fd, "world", 5, EXPECT_MS);
	client_expect_text(with, "world");
	pair_finish(with, &fd);
}

void
test_proxy_logged(struct harness *of, const char *client, unsigned port, const char *target)
{
	char text[300], own[64];

	snprintf(own, sizeof(own), "127.0.0.1:%u", port);
	snprintf(text, sizeof(text), "closed client=%s path=\"%s\" ", client != NULL ? client : own,
	    target);
	harness_log(of, text, EXPECT_MS);
}

/* -- accepted headers -- */

static const struct row {
	const char	*head;
	const char	*client;	/* client's address in the log; NULL: the socket's */
} taken[] = {
	{ "PROXY TCP4 198.51.100.7 203.0.113.9 4711 443\r\n", "198.51.100.7:4711" },
	{ "PROXY TCP4 198.51.100.7 203.0.113.9 0 0\r\n", "198.51.100.7" },
	{ "PROXY TCP6 2001:db8::7 2001:db8::9 4711 443\r\n", "[2001:db8::7]:4711" },
	{ "PROXY TCP6 2001:db8::7 2001:db8::9 0 0\r\n", "2001:db8::7" },
	{ "PROXY TCP6 ::ffff:198.51.100.7 ::1 4711 443\r\n", "198.51.100.7:4711" },
	{ "PROXY UNKNOWN\r\n", "unknown" },
	{ "PROXY UNKNOWN 198.51.100.7 what ever 4711\r\n", "unknown" },
	/* TCP, and UDP, which the server treats like TCP */
	{ V2 "21 11 000c c6336407 cb007109 1267 01bb", "198.51.100.7:4711" },
	{ V2 "21 12 000c c6336407 cb007109 1267 01bb", "198.51.100.7:4711" },
	{ V2 "21 21 0024 20010db8000000000000000000000007 20010db8000000000000000000000009 "
	    "1267 01bb",
	    "[2001:db8::7]:4711" },
	/* TLVs after the addresses: NOOP, the name that the client asked for, a checksum */
	{ V2 "21 11 001a c6336407 cb007109 1267 01bb 040003 000000 02 0005 612e6f7267",
	    "198.51.100.7:4711" },
	{ V2 "21 11 0013 c6336407 cb007109 1267 01bb 030004 e10f1b57", "198.51.100.7:4711" },
	{ V2_UNIX, "unix" },
	/* the command LOCAL, with any bytes after it: the proxy is the client */
	{ V2 "20 00 0000", NULL },
	{ V2 "20 11 000c c6336407 cb007109 1267 01bb", NULL },
	{ V2 "20 00 0003 ffffff", NULL },
	/* the family AF_UNSPEC: the client is unknown */
	{ V2 "21 00 0000", "unknown" },
	{ V2 "21 00 000c c6336407 cb007109 1267 01bb", "unknown" }
};

static void
start(const char *listen, const char *trusted)
{
	listener = test_proxy_begin(&h, listen, trusted, "log-level=info");
}

static void
stop(void)
{
	harness_stop(&h);
	sock_close(&listener);
}

/* Writes a header, a request and a first frame to out. Returns their length in bytes. */
static size_t
all_in_one(unsigned char *out, const char *head, const struct request *r)
{
	size_t len = test_proxy_bytes(out, head);

	len += request_format((char *)out + len, r);
	return len + client_frame(&c, out + len, CLIENT_FIN | CLIENT_TEXT, "first", 5);
}

/* Completes the session whose first bytes all_in_one() has made. */
static void
use_first(void)
{
	int fd;

	client_answer(&c);
	client_expect_accepted(&c, REQUEST_KEY, NULL);
	fd = sock_accept(listener, EXPECT_MS);
	sock_expect(fd, "first", 5, EXPECT_MS);
	pair_finish(&c, &fd);
}

/*
 * Sends the first `cut` bytes in a piece of their own, or each byte if cut is 0; then completes
 * the session.
 */
static void
try_cut(const struct row *row, const char *target, size_t cut)
{
	static unsigned char bytes[V2_SIZE + REQUEST_SIZE];
	struct request r = { .target = target };
	unsigned port;
	size_t len;

	expect_context("%s cut at %zu", row->head, cut);
	client_connect(&c, h.port);
	port = test_proxy_port(c.fd);
	len = all_in_one(bytes, row->head, &r);
	client_send_cut(&c, bytes, cut > 0 ? cut : len, cut > 0 ? cut : 1);
	if (cut > 0)
		client_send(&c, bytes + cut, len - cut);
	use_first();
	test_proxy_logged(&h, row->client, port, target);
	expect_context("%s", "");
}

START_TEST(each_header)
{
	unsigned char bytes[V2_SIZE];
	char target[32];
	size_t i;

	start(BEHIND, "127.0.0.1");
	ck_assert_ptr_nonnull(strstr(harness_log(&h, "listening on 127.0.0.1:", EXPECT_MS),
	    " behind a proxy"));
	for (i = 0; i < COUNTOF(taken); i++) {
		snprintf(target, sizeof(target), "/whole/%zu", i);
		try_cut(&taken[i], target, test_proxy_bytes(bytes, taken[i].head));
		snprintf(target, sizeof(target), "/bytes/%zu", i);
		try_cut(&taken[i], target, 0);
	}
	stop();
}
END_TEST

/* The input is cut at each place up to the first bytes of the request. */
START_TEST(each_cut)
{
	static const size_t rows[] = { 0, 7, 9 };
	unsigned char bytes[V2_SIZE];
	char target[32];
	size_t cut, size;

	start(BEHIND, "10.0.0.0/8, 127.0.0.0/8");
	size = test_proxy_bytes(bytes, taken[rows[_i]].head);
	for (cut = 1; cut < size + 4; cut++) {
		snprintf(target, sizeof(target), "/%zu", cut);
		try_cut(&taken[rows[_i]], target, cut);
	}
	stop();
}
END_TEST

/* After the longest header there is still space for the longest request. */
START_TEST(longest)
{
	static unsigned char bytes[V2_SIZE + REQUEST_SIZE];
	static char head[2 * V2_SIZE + 100], field[15000];
	struct request r = { .target = "/longest", .extra = field };
	size_t len;

	start(BEHIND, "any");
	snprintf(head, sizeof(head), "%s%s%0*d", V2,
	    "21 11 0800 c6336407 cb007109 1267 01bb 0407f1", 2 * 0x7f1, 0);
	snprintf(field, sizeof(field), "X: %0*d\r\n", (int)sizeof(field) - 10, 0);
	client_connect(&c, h.port);
	len = all_in_one(bytes, head, &r);
	client_send(&c, bytes, len);
	use_first();
	test_proxy_logged(&h, "198.51.100.7:4711", 0, "/longest");
	stop();
}
END_TEST

/* Proxies connect to a Unix socket; the TCP listener of the same server expects no header. */
START_TEST(unix_listener)
{
	char path[300], place[400], target[32];
	unsigned port;
	size_t i;

	snprintf(path, sizeof(path), "%s", harness_scratch("socket"));
	snprintf(place, sizeof(place), "unix://%s proxy, 127.0.0.1", path);
	start(place, "unix");
	for (i = 0; i < COUNTOF(taken); i++) {
		expect_context("%s", taken[i].head);
		snprintf(target, sizeof(target), "/%zu", i);
		test_proxy_open(&c, sock_connect_unix(path), taken[i].head, target, NULL);
		test_proxy_use(&c, listener);
		test_proxy_logged(&h, taken[i].client != NULL ? taken[i].client : "unix", 0,
		    target);
	}
	expect_context("%s", "");
	client_open(&c, h.port, "/plain");
	port = test_proxy_port(c.fd);
	test_proxy_use(&c, listener);
	test_proxy_logged(&h, NULL, port, "/plain");
	client_connect(&c, h.port);
	client_send(&c, taken[0].head, strlen(taken[0].head));
	client_answer(&c);
	client_expect_refused(&c, 400);
	client_end(&c);
	stop();
}
END_TEST

/* -- the client's address in backends -- */

static void
ask_behind(const char *head, const char *fields, int peer)
{
	int fd;

	expect_context("%s", head);
	test_proxy_open(&c, sock_connect(h.port, 0), head, "/", fields);
	fd = backends_accept(peer);
	pair_finish(&c, &fd);
	expect_context("%s", "");
}

START_TEST(backend_file)
{
	char path[1100];

	backends_write("d/198.51.100.7", "tcp://127.0.0.1:%d *\n", backends_port(1));
	backends_write("d/2001:db8::7", "tcp://127.0.0.1:%d *\n", backends_port(2));
	backends_write("d/127.0.0.1", "tcp://127.0.0.1:%d *\n", backends_port(3));
	snprintf(path, sizeof(path), "path=%s", backends_path("d"));
	backends_start(&h, "file", "-c", path, "-c", "expression=%address%", "-o",
	    "listen=" BEHIND, "-o", "trusted-proxies=127.0.0.1", "-o",
	    "client-address=x-forwarded-for", NULL);
	ask_behind("PROXY TCP4 198.51.100.7 203.0.113.9 4711 443\r\n", NULL, 1);
	ask_behind("PROXY TCP6 2001:db8::7 2001:db8::9 4711 443\r\n", NULL, 2);
	ask_behind(V2 "20 00 0000", NULL, 3);
	ask_behind(V2 "20 00 0000", "X-Forwarded-For: 127.0.0.1, 198.51.100.7\r\n", 1);
	ask_behind("PROXY TCP6 2001:db8::7 ::1 1 2\r\n", "X-Forwarded-For: 198.51.100.7\r\n", 2);
	harness_stop(&h);
}
END_TEST

/* The helper of the exec backend gets the client's port as well as the address. */
START_TEST(backend_exec)
{
	char command[1200];

	backends_write("helper", "while read -r question; do\n"
	    "	case $question in\n"
	    "	*address=198.51.100.7?port=4711?*) echo peer=127.0.0.1:%d ;;\n"
	    "	*address=2001:db8::7?port=0?*) echo peer=127.0.0.1:%d ;;\n"
	    "	*address=?port=0?*) echo peer=127.0.0.1:%d ;;\n"
	    "	*) echo status=403 reason=unknown ;;\n"
	    "	esac\n"
	    "done\n", backends_port(1), backends_port(2), backends_port(3));
	snprintf(command, sizeof(command), "command=exec sh %s", backends_path("helper"));
	backends_start(&h, "exec", "-c", command, "-o", "listen=" BEHIND, "-o",
	    "trusted-proxies=127.0.0.1", NULL);
	ask_behind("PROXY TCP4 198.51.100.7 203.0.113.9 4711 443\r\n", NULL, 1);
	ask_behind(V2 "21 11 000c c6336407 cb007109 1267 01bb", NULL, 1);
	ask_behind("PROXY TCP6 2001:db8::7 2001:db8::9 0 443\r\n", NULL, 2);
	ask_behind(V2_UNIX, NULL, 3);
	harness_stop(&h);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("proxy");
	TCase *tc = harness_case(s, "listeners", 60);

	tcase_add_test(tc, each_header);
	tcase_add_loop_test(tc, each_cut, 0, 3);
	tcase_add_test(tc, longest);
	tcase_add_test(tc, unix_listener);

	tc = backends_case(s, "backends behind a proxy", 60);
	tcase_add_test(tc, backend_file);
	tcase_add_test(tc, backend_exec);

	test_proxy_refused(s);
	test_proxy_fields(s);
	test_proxy_send(s);
	test_proxy_config(s);
	return s;
}

#include "lib/check_main.h"
