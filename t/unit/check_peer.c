/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/countof.h"
#include "lib/unit.h"
#include "proto/peer.h"

#define X10	"xxxxxxxxxx"
#define X100	X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
/* A host name of the maximum length: 253 bytes in labels of 63; and paths. */
#define LABEL	X10 X10 X10 X10 X10 X10 "xxx"
#define HOST253	LABEL "." LABEL "." LABEL "." X10 X10 X10 X10 X10 X10 "x"
#define PATH107	"/" X100 "123456"

/* An address and its parts. With the transport detect, the address must be refused. */
struct row {
	const char	*text, *arg;	/* arg: a separate port, or NULL */
	peer_transport	 transport;
	const char	*host, *port;
};

#define TCP	peer_tcp_client
#define UDP	peer_udp_client
#define STREAM	peer_unix_stream
#define DGRAM	peer_unix_dgram
#define REFUSED	peer_transport_detect, NULL, NULL

static const struct row rows[] = {
	{ "tcp://localhost:5900", NULL, TCP, "localhost", "5900" },
	{ "localhost:5900", NULL, TCP, "localhost", "5900" },
	{ "127.0.0.1:1", NULL, TCP, "127.0.0.1", "1" },
	{ "tcp://host:65535", NULL, TCP, "host", "65535" },
	{ "tcp://host.example.:80", NULL, TCP, "host.example.", "80" },
	{ "tcp://host_with-odd.name:80", NULL, TCP, "host_with-odd.name", "80" },
	{ "tcp://host:http", NULL, TCP, "host", "http" },
	{ "tcp://host:iso-tsap", NULL, TCP, "host", "iso-tsap" },
	{ "udp://host:53", NULL, UDP, "host", "53" },
	{ "udp://[::1]:53", NULL, UDP, "::1", "53" },
	{ "tcp://[::1]:5900", NULL, TCP, "::1", "5900" },
	{ "[::1]:5900", NULL, TCP, "::1", "5900" },
	{ "[::]:5900", NULL, TCP, "::", "5900" },
	{ "[2001:db8::1:2]:80", NULL, TCP, "2001:db8::1:2", "80" },
	{ "[2001:0db8:0000:0000:0000:0000:0000:0001]:80", NULL, TCP,
	    "2001:0db8:0000:0000:0000:0000:0000:0001", "80" },
	{ "[::ffff:192.0.2.1]:80", NULL, TCP, "::ffff:192.0.2.1", "80" },
	{ "[fe80::1%eth0]:80", NULL, TCP, "fe80::1%eth0", "80" },
	{ "[::1]:http", NULL, TCP, "::1", "http" },
	/* a separate port has precedence over that of the address, and is sufficient */
	{ "localhost", "5900", TCP, "localhost", "5900" },
	{ "tcp://localhost", "5900", TCP, "localhost", "5900" },
	{ "localhost:1", "2", TCP, "localhost", "2" },
	{ "tcp://localhost:1", "http", TCP, "localhost", "http" },
	{ "udp://localhost:1", "2", UDP, "localhost", "2" },
	{ "[::1]", "5900", TCP, "::1", "5900" },
	{ "tcp://[::1]", "5900", TCP, "::1", "5900" },
	{ "tcp://[::1]:1", "2", TCP, "::1", "2" },
	{ "udp://[::1]", "2", UDP, "::1", "2" },
	/* the address of a path has no port; a separate port is ignored */
	{ "unix:///run/x.sock", NULL, STREAM, "/run/x.sock", "" },
	{ "unix:///run/x.sock", "5900", STREAM, "/run/x.sock", "" },
	{ "unix-dgram:///run/x.sock", NULL, DGRAM, "/run/x.sock", "" },
	{ "unix-dgram:///run/x.sock", "5900", DGRAM, "/run/x.sock", "" },
	{ "unix://relative/x", NULL, STREAM, "relative/x", "" },
	{ "unix://./x", NULL, STREAM, "./x", "" },
	{ "unix:///run/a:1", NULL, STREAM, "/run/a:1", "" },
	{ "unix:///run/a:1", "2", STREAM, "/run/a:1", "" },
	{ "unix:///run/[x]", NULL, STREAM, "/run/[x]", "" },
	{ "unix:///run/tcp://x:1", NULL, STREAM, "/run/tcp://x:1", "" },
	{ "unix://" PATH107, NULL, STREAM, PATH107, "" },
	{ "unix-dgram://" PATH107, NULL, DGRAM, PATH107, "" },
	/* long names fit or are refused; no name is truncated */
	{ "tcp://" HOST253 ":65535", NULL, TCP, HOST253, "65535" },
	{ "tcp://h:" X10 X10 X10 "x", NULL, TCP, "h", X10 X10 X10 "x" },
	{ "unix://" PATH107 "7", NULL, REFUSED },
	{ "unix-dgram://" PATH107 "7", NULL, REFUSED },
	{ "unix://" PATH107 "/" X100 X100 X100, NULL, REFUSED },
	{ "tcp://" HOST253 "xxx:1", NULL, REFUSED },
	{ "tcp://" X100 X100 X100 ":1", NULL, REFUSED },
	{ "tcp://[" X100 X100 X100 "]:1", NULL, REFUSED },
	{ X100 X100 X100, "1", REFUSED },
	{ "tcp://h:" X10 X10 X10 "xx", NULL, REFUSED },
	{ "h", X10 X10 X10 "xx", REFUSED },
	/* addresses with no port or an invalid one */
	{ "localhost", NULL, REFUSED }, { "tcp://localhost", NULL, REFUSED },
	{ "udp://localhost", NULL, REFUSED }, { "tcp://[::1]", NULL, REFUSED },
	{ "[::1]", NULL, REFUSED }, { "localhost:", NULL, REFUSED },
	{ "tcp://[::1]:", NULL, REFUSED }, { "host:0", NULL, REFUSED },
	{ "host:65536", NULL, REFUSED }, { "host:99999", NULL, REFUSED },
	{ "host:4294967297", NULL, REFUSED }, { "host:18446744073709551617", NULL, REFUSED },
	{ "host:-1", NULL, REFUSED }, { "host:+1", NULL, REFUSED },
	{ "host: 80", NULL, REFUSED }, { "host:80 ", NULL, REFUSED },
	{ "host:8 0", NULL, REFUSED }, { "host:80\n", NULL, REFUSED },
	{ "host:ht\x01tp", NULL, REFUSED }, { "host:80/path", NULL, REFUSED },
	{ "host", "65536", REFUSED }, { "host", "0", REFUSED }, { "host", "-1", REFUSED },
	{ "host", " 80", REFUSED }, { "host", "8 0", REFUSED }, { "host", "80\n", REFUSED },
	{ "host", "", REFUSED },
	/* addresses with no host or an invalid one */
	{ "", NULL, REFUSED }, { "", "1", REFUSED }, { " ", "1", REFUSED },
	{ "tcp://", NULL, REFUSED }, { "tcp://", "1", REFUSED }, { "udp://", "1", REFUSED },
	{ ":5900", NULL, REFUSED }, { "tcp://:5900", NULL, REFUSED },
	{ "tcp://:5900", "1", REFUSED }, { "[]:1", NULL, REFUSED }, { "[]", "1", REFUSED },
	{ "tcp://[]:1", NULL, REFUSED }, { "unix://", NULL, REFUSED },
	{ "unix-dgram://", NULL, REFUSED }, { "unix://", "1", REFUSED },
	{ "host name:1", NULL, REFUSED }, { "ho\tst:1", NULL, REFUSED },
	{ "ho\nst:1", NULL, REFUSED }, { "ho\x7fst:1", NULL, REFUSED },
	{ "tcp:// host:1", NULL, REFUSED }, { "host :1", NULL, REFUSED },
	/* misplaced brackets and colons */
	{ "tcp://::1:5900", NULL, REFUSED }, { "::1:5900", NULL, REFUSED },
	{ "host:1:2", NULL, REFUSED }, { "host::1", NULL, REFUSED },
	{ "host:1:2", "3", REFUSED }, { "[::1:5900", NULL, REFUSED },
	{ "[::1", "5900", REFUSED }, { "::1]:5900", NULL, REFUSED },
	{ "[::1]5900", NULL, REFUSED }, { "[::1]x:5900", NULL, REFUSED },
	{ "[::1]x", "5900", REFUSED }, { "x[::1]:5900", NULL, REFUSED },
	{ "[[::1]]:5900", NULL, REFUSED }, { "[::1]]:5900", NULL, REFUSED },
	{ "[::1]::5900", NULL, REFUSED }, { "[:: 1]:5900", NULL, REFUSED },
	/* unknown schemes */
	{ "http://host:80", NULL, REFUSED }, { "ws://host:80", NULL, REFUSED },
	{ "tcp6://host:80", NULL, REFUSED }, { "tc://host:80", NULL, REFUSED },
	{ "tcpp://host:80", NULL, REFUSED }, { "unix-stream:///x", NULL, REFUSED },
	{ "unix-:///x", NULL, REFUSED }, { "unixdgram:///x", NULL, REFUSED },
	{ "://host:80", NULL, REFUSED }, { "//host:80", NULL, REFUSED },
	{ "tcp:/host:80", NULL, REFUSED }, { "tcp:host:80", NULL, REFUSED },
	{ "tcp//host:80", NULL, REFUSED }, { "tcp://tcp://host:80", NULL, REFUSED },
	{ "http://host", "80", REFUSED }, { "/run/x.sock", "80", REFUSED },
	{ "unix:/run/x.sock", NULL, REFUSED },
	{ "fifotx:///run/x", NULL, REFUSED }, { "fiforx:///run/x", NULL, REFUSED },
	{ "fifotx:///run/x", "5900", REFUSED }, { "fiforx:///run/x", "5900", REFUSED }
};

/* The reason of a refusal must be a printable text of several words. */
static void
assert_sentence(const char *text, const char *why)
{
	size_t i;

	ck_assert_msg(why != NULL && strlen(why) > 8 && strlen(why) < 200, "'%s': why", text);
	for (i = 0; why[i] != '\0'; i++)
		ck_assert_msg(isprint((unsigned char)why[i]), "'%s': '%s'", text, why);
	ck_assert_msg(strchr(why, ' ') != NULL, "'%s': '%s' is no sentence", text, why);
}

static void
assert_peer(const struct peer *p, const struct row *r)
{
	ck_assert_msg(p->transport == r->transport, "'%s': transport %d", r->text,
	    (int)p->transport);
	ck_assert_str_eq(p->host, r->host);
	ck_assert_str_eq(p->port, r->port);
	ck_assert_int_eq(!!peer_is_datagram(p), r->transport == UDP || r->transport == DGRAM);
}

/*
 * An address that is written as text must give the same parts when it is parsed, and the same
 * text when it is written again.
 */
static void
assert_round_trip(const struct peer *p)
{
	char text[PEER_TEXT_SIZE], again[PEER_TEXT_SIZE];
	const char *why = NULL;
	struct unit_guard g;
	struct peer q;
	char *out;

	unit_guard_open(&g, PEER_TEXT_SIZE);
	out = (char *)unit_guard_end(&g, NULL, PEER_TEXT_SIZE);
	ck_assert_ptr_eq(peer_format(out, p), out);
	memcpy(text, out, PEER_TEXT_SIZE);
	ck_assert_ptr_nonnull(memchr(text, '\0', PEER_TEXT_SIZE));
	ck_assert_msg(peer_parse(&q, text, NULL, &why) == 0, "'%s': %s", text, why);
	ck_assert_int_eq(q.transport, p->transport);
	ck_assert_str_eq(q.host, p->host);
	ck_assert_str_eq(q.port, p->port);
	ck_assert_str_eq(peer_format(again, &q), text);
	unit_guard_close(&g);
}

START_TEST(peer_parse_rows)
{
	const struct row *r = &rows[_i];
	struct unit_guard text, room, arg;
	const char *why = NULL;
	struct peer *p;
	int result;

	unit_guard_open(&text, strlen(r->text) + 1);
	unit_guard_open(&room, sizeof(*p));
	unit_guard_open(&arg, 64);
	p = (struct peer *)(void *)unit_guard_end(&room, NULL, sizeof(*p));
	result = peer_parse(p, unit_guard_string(&text, r->text),
	    r->arg != NULL ? unit_guard_string(&arg, r->arg) : NULL, &why);
	if (r->host != NULL) {
		ck_assert_msg(result == 0, "'%s' is refused: %s", r->text, why);
		assert_peer(p, r);
		assert_round_trip(p);
	} else {
		ck_assert_msg(result == -1, "'%s' is accepted: host '%s' port '%s'", r->text,
		    p->host, p->port);
		assert_sentence(r->text, why);
	}
	unit_guard_close(&text);
	unit_guard_close(&room);
	unit_guard_close(&arg);
}
END_TEST

/* A scheme may be in upper case (RFC 3986, section 3.1), and is never taken for a host. */
START_TEST(peer_parse_scheme_in_capitals)
{
	static const struct row capitals[] = {
		{ "TCP://host:1", NULL, TCP, "host", "1" },
		{ "Udp://host:1", NULL, UDP, "host", "1" },
		{ "UNIX:///run/X", NULL, STREAM, "/run/X", "" },
		{ "Unix-DGram:///run/X", NULL, DGRAM, "/run/X", "" }
	};
	const char *why = NULL;
	struct peer p;
	size_t i;

	for (i = 0; i < COUNTOF(capitals); i++) {
		ck_assert_msg(peer_parse(&p, capitals[i].text, NULL, &why) == 0, "'%s': %s",
		    capitals[i].text, why);
		assert_peer(&p, &capitals[i]);
	}
}
END_TEST

START_TEST(peer_format_is_text)
{
	static const char *const same[] = {
		"tcp://host:1", "tcp://[::1]:5900", "udp://host:53", "udp://[fe80::1%eth0]:53",
		"unix:///run/x", "unix-dgram:///run/x"
	};
	char out[PEER_TEXT_SIZE];
	const char *why;
	struct peer p;
	size_t i;

	for (i = 0; i < COUNTOF(same); i++) {
		ck_assert_int_eq(peer_parse(&p, same[i], NULL, &why), 0);
		ck_assert_str_eq(peer_format(out, &p), same[i]);
	}
	ck_assert_int_eq(peer_parse(&p, "host:1", NULL, &why), 0);
	ck_assert_str_eq(peer_format(out, &p), "tcp://host:1");
}
END_TEST

/*
 * Peers as a backend sets them: the transport, and a row with the host as text, the port as arg,
 * and the expected parts.
 */
static const struct {
	peer_transport	 says;
	struct row	 is;
} infos[] = {
	{ TCP, { "localhost", "5900", TCP, "localhost", "5900" } },
	{ TCP, { "::1", "5900", TCP, "::1", "5900" } },
	{ TCP, { "fe80::1%eth0", "5900", TCP, "fe80::1%eth0", "5900" } },
	{ UDP, { "127.0.0.1", "domain", UDP, "127.0.0.1", "domain" } },
	{ STREAM, { "/run/x", NULL, STREAM, "/run/x", "" } },
	{ STREAM, { "/run/x", "5900", STREAM, "/run/x", "" } },
	{ STREAM, { "/run/a:1", NULL, STREAM, "/run/a:1", "" } },
	{ DGRAM, { "/run/x", NULL, DGRAM, "/run/x", "" } },
	{ DGRAM, { PATH107, NULL, DGRAM, PATH107, "" } },
	{ peer_transport_detect, { "tcp://host:1", NULL, TCP, "host", "1" } },
	{ peer_transport_detect, { "tcp://host:1", "2", TCP, "host", "2" } },
	{ peer_transport_detect, { "host", "2", TCP, "host", "2" } },
	{ peer_transport_detect, { "udp://[::1]:1", NULL, UDP, "::1", "1" } },
	{ peer_transport_detect, { "unix:///run/x", NULL, STREAM, "/run/x", "" } },
	{ peer_transport_detect, { "unix-dgram:///run/x", "1", DGRAM, "/run/x", "" } },
	{ TCP, { NULL, "5900", REFUSED } },
	{ STREAM, { NULL, NULL, REFUSED } },
	{ peer_transport_detect, { NULL, NULL, REFUSED } },
	{ TCP, { "localhost", NULL, REFUSED } },
	{ TCP, { "localhost", "", REFUSED } },
	{ TCP, { "localhost", "65536", REFUSED } },
	{ UDP, { "localhost", "0", REFUSED } },
	{ TCP, { "", "5900", REFUSED } },
	{ TCP, { "ho st", "5900", REFUSED } },
	{ TCP, { "ho\nst", "5900", REFUSED } },
	{ TCP, { X100 X100 X100, "5900", REFUSED } },
	{ TCP, { "h", X100, REFUSED } },
	{ STREAM, { "", NULL, REFUSED } },
	{ STREAM, { PATH107 "7", NULL, REFUSED } },
	{ DGRAM, { PATH107 "7", NULL, REFUSED } },
	{ peer_transport_detect, { "http://host:1", NULL, REFUSED } },
	{ peer_transport_detect, { "host", NULL, REFUSED } },
	{ peer_fifo_tx, { "/run/x", NULL, REFUSED } },
	{ peer_fifo_rx, { "/run/x", NULL, REFUSED } },
	{ (peer_transport)7, { "host", "1", REFUSED } },
	{ (peer_transport)99, { "host", "1", REFUSED } }
};

START_TEST(peer_from_info_rows)
{
	const struct row *r = &infos[_i].is;
	ws_peer_info info = { .transport = peer_transport_detect };
	char host[512], port[128];
	const char *why = NULL;
	struct peer p;
	int result;

	memset(&p, 0xa5, sizeof(p));
	info.transport = infos[_i].says;
	if (r->text != NULL)
		info.host = strcpy(host, r->text);
	if (r->arg != NULL)
		info.port = strcpy(port, r->arg);
	result = peer_from_info(&p, &info, &why);
	if (r->host != NULL) {
		ck_assert_msg(result == 0, "'%s' is refused: %s", r->text, why);
		assert_peer(&p, r);
		assert_round_trip(&p);
	} else {
		ck_assert_msg(result == -1, "row %d is accepted", _i);
		assert_sentence(r->text != NULL ? r->text : "(none)", why);
	}
}
END_TEST

/*
 * Every accepted address must have valid parts, and the same parts after it was written and
 * parsed again.
 */
START_TEST(peer_parse_random)
{
	static const char *const parts[] = {
		"tcp", "udp", "unix", "unix-dgram", "://", ":", "/", "[", "]", "::1", "host", "1",
		"65535", "65536", "0", " ", "%", ".", "-", "\n", "\xff", "@", X10, X100, "",
		"fifotx"
	};
	uint64_t random = 4;
	char text[1024];
	const char *why;
	struct peer p;
	unsigned accepted = 0, n, turn;

	for (turn = 0; turn < 200000; turn += unit_stride()) {
		text[0] = '\0';
		for (n = (unsigned)(unit_random(&random) % 8); n > 0; n--)
			strcat(text, parts[unit_random(&random) % COUNTOF(parts)]);
		why = NULL;
		if (peer_parse(&p, text, turn % 5 == 0 ? "7" : NULL, &why) == -1) {
			if (why == NULL || *why == '\0')
				ck_abort_msg("'%s': no reason", text);
			continue;
		}
		accepted++;
		ck_assert_int_ne(p.transport, peer_transport_detect);
		ck_assert_str_ne(p.host, "");
		ck_assert_int_eq(p.port[0] != '\0', p.transport == TCP || p.transport == UDP);
		assert_round_trip(&p);
	}
	ck_assert_uint_gt(accepted, 100);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("peer");
	TCase *tc = tcase_create("peer");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, peer_parse_rows, 0, COUNTOF(rows));
	tcase_add_loop_test(tc, peer_from_info_rows, 0, COUNTOF(infos));
	tcase_add_test(tc, peer_parse_scheme_in_capitals);
	tcase_add_test(tc, peer_format_is_text);
	tcase_add_test(tc, peer_parse_random);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"
