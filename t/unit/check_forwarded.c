/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Tests forwarded.h. Each row has the fields of a request, the last field first, and the client
 * that must result. Each value is placed so that it ends at a guard page, and again so that it
 * begins after one.
 *
 * The expected client is text: the address, perhaps with #port, or "none"; a + follows if the
 * search would continue with an earlier field.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "lib/countof.h"
#include "lib/unit.h"
#include "proto/forwarded.h"
#include "proto/network.h"

#define FIELDS		4
#define LONG_SIZE	16000
#define TRUSTED		"10.0.0.0/8, fd00::/8"
/* Addresses that are not trusted, and words of 64 and 70 bytes. */
#define A	"192.0.2.1"
#define B	"192.0.2.2"
#define V6	"2001:db8::1"
#define X64	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X70	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

typedef int walk_function(struct forwarded *f, const char *value, const char *trusted);

struct row {
	const char	*expected;
	const char	*field[FIELDS];	/* from the last to the first; NULL: no more */
};

static struct unit_guard guard;

static void
setup(void)
{
	unit_guard_open(&guard, LONG_SIZE + 1);
}

static void
teardown(void)
{
	unit_guard_close(&guard);
}

static const char *
outcome(const struct forwarded *f, int more)
{
	static char out[128];
	char address[INET6_ADDRSTRLEN] = "none", port[16] = "";
	int is_ipv4 = network_is_ipv4(f->address);

	if (f->known)
		ck_assert_ptr_nonnull(inet_ntop(is_ipv4 ? AF_INET : AF_INET6,
		    is_ipv4 ? f->address + 12 : f->address, address, sizeof(address)));
	if (f->port != 0)
		snprintf(port, sizeof(port), "#%u", f->port);
	snprintf(out, sizeof(out), "%s%s%s", address, port, more ? "+" : "");
	return out;
}

static void
expect_row(const struct row *row, walk_function *walk, const char *trusted, int at_begin)
{
	struct forwarded f;
	const char *value, *got;
	int i, more = 1;

	forwarded_init(&f);
	for (i = 0; i < FIELDS && row->field[i] != NULL && more; i++) {
		value = at_begin ?
		    (char *)unit_guard_begin(&guard, row->field[i], strlen(row->field[i]) + 1) :
		    unit_guard_string(&guard, row->field[i]);
		more = walk(&f, value, trusted);
	}
	got = outcome(&f, more);
	if (strcmp(got, row->expected) != 0)
		ck_abort_msg("'%s' '%s', trusted %s: %s instead of %s", row->field[0],
		    row->field[1] != NULL ? row->field[1] : "", trusted, got, row->expected);
}

static void
expect_rows(const struct row *rows, size_t count, walk_function *walk, const char *trusted)
{
	size_t i;

	for (i = 0; i < count; i++) {
		expect_row(&rows[i], walk, trusted, 0);
		expect_row(&rows[i], walk, trusted, 1);
	}
}

/* A field X-Forwarded-For with a single entry, in all its forms. */
START_TEST(forwarded_x_for_entries)
{
	static const struct row rows[] = {
		{ A, { A } }, { A, { " \t" A "\t " } }, { A "#80", { A ":80" } },
		{ A "#65535", { A ":65535" } }, { A, { A ":0" } }, { A "#80", { A ":00080" } },
		{ V6, { V6 } }, { V6, { "[" V6 "]" } }, { V6 "#80", { "[" V6 "]:80" } },
		{ V6, { "2001:DB8:0::1" } }, { "2001:db8::1:80", { V6 ":80" } },
		{ "::1", { "::1" } }, { A, { "::ffff:" A } }, { A "#1", { "[::ffff:" A "]:1" } },
		{ "10.0.0.1+", { "10.0.0.1" } }, { "10.0.0.1#80+", { "10.0.0.1:80" } },
		{ "10.0.0.1+", { "::ffff:10.0.0.1" } }, { "fd00::1+", { "[fd00::1]" } },
		/* the entry is invalid, so there is no client */
		{ "none", { "" } }, { "none", { " " } }, { "none", { "unknown" } },
		{ "none", { "_hidden" } }, { "none", { "example.com" } }, { "none", { "*" } },
		{ "none", { "-" } }, { "none", { "any" } }, { "none", { "unix" } },
		{ "none", { "unix:" } }, { "none", { "unix:/run/x" } }, { "none", { "192.0.2" } },
		{ "none", { A "." } }, { "none", { "192.0.2.256" } }, { "none", { "192.0.2.01" } },
		{ "none", { A "/32" } }, { "none", { A " " B } }, { "none", { "for=" A } },
		{ "none", { "\"" A "\"" } }, { "none", { "[" A "]" } }, { "none", { A ":" } },
		{ "none", { A ":65536" } }, { "none", { A ":-1" } }, { "none", { A ":+1" } },
		{ "none", { A ": 80" } }, { "none", { A " :80" } }, { "none", { A ":000080" } },
		{ "none", { A ":8x" } }, { "none", { A ":_port" } }, { "none", { A ":80:80" } },
		{ "none", { "[" V6 } }, { "none", { V6 "]" } }, { "none", { "[" V6 "]80" } },
		{ "none", { "[" V6 "]:" } }, { "none", { "[" V6 "]:99999" } },
		{ "none", { "[[" V6 "]]" } }, { "none", { "[]" } }, { "none", { "[]:80" } },
		{ "none", { "[" V6 "]:80]" } }, { "none", { "[" V6 "] :80" } },
		{ "none", { ":80" } }, { "none", { ":" } }, { "none", { "fe80::1%eth0" } },
		{ "none", { "[fe80::1%25eth0]" } }, { "none", { A "\x01" } },
		{ "none", { A "\r\nX: y" } }, { "none", { X70 } }, { "none", { A X70 } },
		{ "none", { A ":80" X70 } },
		{ "none", { X64 } }, { B, { X64 "," B } }
	};

	expect_rows(rows, COUNTOF(rows), forwarded_x_for, TRUSTED);
}
END_TEST

START_TEST(forwarded_x_for_walks)
{
	static const struct row rows[] = {
		{ B, { A "," B } }, { B, { A ", " B } }, { B, { A "\t,\t" B " " } },
		{ A, { A ", 10.0.0.1" } }, { A, { A ",10.0.0.2,fd00::1,10.0.0.1" } },
		{ B, { A ", " B ", 10.0.0.1" } }, { B "#5", { A ":4, " B ":5, 10.0.0.1:6" } },
		{ A, { A ":0, 10.0.0.1:6" } }, { V6, { "[" V6 "]:0, [fd00::1]:6" } },
		/*
		 * only trusted proxies: the result is the left-most one, and an earlier field may
		 * be searched
		 */
		{ "10.0.0.2+", { "10.0.0.2, 10.0.0.1" } },
		{ "10.0.0.2#7+", { "10.0.0.2:7, 10.0.0.1" } },
		/* forged entries to the left of the client */
		{ B, { "10.0.0.1, " B } }, { B, { "10.0.0.1, 10.0.0.2, " B } },
		{ B, { "127.0.0.1," B ",10.0.0.1" } }, { B, { "garbage, " B } },
		{ B, { "\", " B } }, { B, { "\"" A ", " B } }, { B, { ",,,, " B } },
		{ B, { X70 ", " B } }, { B, { "\xff\xfe, " B } }, { B, { "[::1, " B } },
		/*
		 * an entry without an address ends the search, whatever entries are to the left
		 * of it
		 */
		{ "10.0.0.1", { A ", unknown, 10.0.0.1" } }, { "10.0.0.1", { A ",, 10.0.0.1" } },
		{ "10.0.0.1", { A ", , 10.0.0.1" } }, { "10.0.0.1", { ", 10.0.0.1" } },
		{ "10.0.0.1", { A ", " A ":99999, 10.0.0.1" } }, { "none", { A ", unknown" } },
		{ "none", { A "," } }, { "none", { A ", " } }, { "none", { "," } },
		{ "none", { "10.0.0.1, " X70 } }, { "none", { A ", unix:" } },
		/* fields */
		{ B, { B, A } }, { A, { "10.0.0.1", A } }, { A, { "10.0.0.1", "10.0.0.2", A, B } },
		{ B, { "10.0.0.1", A "," B, A } }, { "10.0.0.1", { "10.0.0.1", "" , A } },
		{ "none", { "", A } }, { "10.0.0.1", { "10.0.0.1", "x", A } },
		{ "10.0.0.2+", { "10.0.0.1", "10.0.0.2" } }, { B, { B ", 10.0.0.1", A } }
	};

	expect_rows(rows, COUNTOF(rows), forwarded_x_for, TRUSTED);
}
END_TEST

START_TEST(forwarded_x_for_trust)
{
	static const struct row unix_rows[] = {
		{ A, { A ", unix:" } }, { A, { A ", unix:, unix:" } },
		{ B, { A ", " B ", unix:" } },
		{ "none+", { "unix:" } }, { A, { "unix:", A } }, { "10.0.0.1", { A ", 10.0.0.1" } },
		{ "none", { A ", unix:/run/x" } }, { "none", { A ", Unix:" } },
		{ "none", { A ", unknown, unix:" } }, { B, { "unix:, " B } }
	};
	static const struct row mixed_rows[] = {
		{ A, { A ", unix:, 10.0.0.1" } }, { A, { A ", 10.0.0.1, unix:" } },
		{ "10.0.0.1", { A ", x, unix:, 10.0.0.1" } }
	};
	static const struct row any_rows[] = {
		{ A "+", { A "," B } }, { A "+", { A ", unix:" } }, { B, { A ", x, " B } }
	};
	static const struct row none_rows[] = {
		{ B, { A "," B } }, { "none", { A ", unix:" } }, { "10.0.0.1", { A ", 10.0.0.1" } }
	};

	expect_rows(unix_rows, COUNTOF(unix_rows), forwarded_x_for, "unix");
	expect_rows(mixed_rows, COUNTOF(mixed_rows), forwarded_x_for, TRUSTED " unix");
	expect_rows(any_rows, COUNTOF(any_rows), forwarded_x_for, "any");
	expect_rows(none_rows, COUNTOF(none_rows), forwarded_x_for, "none");
}
END_TEST

/* A field Forwarded with a single element (RFC 7239, sections 4 and 6). */
START_TEST(forwarded_rfc7239_elements)
{
	static const struct row rows[] = {
		{ A, { "for=" A } }, { A, { "For=" A } }, { A, { "FOR=\"" A "\"" } },
		{ A "#4711", { "for=\"" A ":4711\"" } }, { V6, { "for=\"[" V6 "]\"" } },
		{ V6 "#4711", { "For=\"[2001:DB8::1]:4711\"" } },
		{ A, { "for=\"" A ":_p.o-r_t9\"" } },
		{ V6, { "for=\"[" V6 "]:_p\"" } }, { A, { "for=\"[::ffff:" A "]\"" } },
		{ A, { "for=\"\\1\\9\\2.0.2\\.1\"" } },
		{ A, { "for=" A ";proto=http;by=203.0.113.43" } },
		{ A, { "proto=https;for=" A } },
		{ A, { "by=\"_x\";host=\"a:1\";for=" A ";proto=http" } },
		{ A, { "host=\"a;for=1.1.1.1\";for=" A } },
		{ A, { "host=\"a,for=1.1.1.1\";for=" A } },
		{ A, { "host=\"\\\",for=1.1.1.1\";for=" A } }, { A, { "host=\"\\\\\";for=" A } },
		{ A, { "host=\"\\\\\\\"\";for=" A } }, { A, { "host=\"\";for=" A } },
		{ A, { "for=" A ";host=" X70 } }, { A, { "for=" A ";host=\"" X70 "\"" } },
		{ A, { "for=" A ";" } }, { A, { ";for=" A } }, { A, { ";;for=" A ";;proto=x;;" } },
		{ A, { " \tfor=" A "\t " } }, { A, { "for=" A "; proto=http" } },
		{ A, { "proto=http \t;\tfor=\"" A "\" ; " } },
		{ A, { "for=" A ";host=\"\xc3\xa4\t\"" } },
		{ "10.0.0.1+", { "for=10.0.0.1" } }, { "fd00::1+", { "for=\"[fd00::1]\"" } },
		/* the element says that the client is unknown */
		{ "none", { "for=unknown" } }, { "none", { "for=\"unknown\"" } },
		{ "none", { "for=_gazonk" } }, { "none", { "for=\"_gazonk:80\"" } },
		{ "none", { "for=\"unknown:80\"" } }, { "none", { "proto=http" } },
		{ "none", { "" } },
		{ "none", { ";" } }, { "none", { " " } }, { "none", { "by=" A } },
		/* malformed elements */
		{ "none", { A } }, { "none", { "for" } }, { "none", { "for=" } },
		{ "none", { "=" A } },
		{ "none", { "for=\"\"" } }, { "none", { "for =" A } }, { "none", { "for= " A } },
		{ "none", { "for=" A ":80" } }, { "none", { "for=[" V6 "]" } },
		{ "none", { "for=" V6 } }, { "none", { "for=\"" V6 "\"" } },
		{ "none", { "for=\"[" A "]\"" } }, { "none", { "for=\"" A } },
		{ "none", { "for=" A "\"" } },
		{ "none", { "for=\"" A "\"x" } }, { "none", { "for=x\"" A "\"" } },
		{ "none", { "for=\"" A "\\\"" } }, { "none", { "for=\"" A "\\" } },
		{ "none", { "for=\"" A " \"" } }, { "none", { "for=\"" A ":\"" } },
		{ "none", { "for=\"" A ":65536\"" } }, { "none", { "for=\"" A ":_\"" } },
		{ "none", { "for=\"" A ":_p!\"" } }, { "none", { "for=\"" A ":123456\"" } },
		{ "none", { "for=\"unix:\"" } }, { "none", { "for=" A " proto=http" } },
		{ "none", { "for=" A ";proto" } }, { "none", { "for=" A ";=x" } },
		{ "none", { "for=" A ";proto=" } }, { "none", { "for=" A ";a b=c" } },
		{ "none", { "for=" A ";\"a\"=c" } }, { "none", { "for=" A ";a=b=c" } },
		{ "none", { "for=" A ";a=b/c" } }, { "none", { "for=" A ";a=\"\x01\"" } },
		{ "none", { "for=" A ";a=\"\x7f\"" } }, { "none", { "for=" A ";a=\"\\\x02\"" } },
		{ "none", { "for=" A ";a=\"\xc3\xa4\n\"" } }, { "none", { "for=" A ";for=" A } },
		{ "none", { "for=" A ";FOR=" B } }, { "none", { "for=\"" A "\";for=x" } },
		{ "none", { "for=" X70 } }, { "none", { "for=" X64 } },
		{ "none", { "\"" A "\"" } }, { "none", { "for=\"" A X70 "\"" } },
		{ "none", { "for=\"" X64 "\"" } }, { "none", { "for=\"" X70 X70 "\"" } },
		{ A, { "host=\"a b\";for=" A } }, { A, { "for=" A ";host=" X64 } }
	};

	expect_rows(rows, COUNTOF(rows), forwarded_rfc7239, TRUSTED " unix");
}
END_TEST

START_TEST(forwarded_rfc7239_walks)
{
	static const struct row rows[] = {
		{ B, { "for=" A ", for=" B } }, { B, { "for=" A ",for=" B ",for=10.0.0.1" } },
		{ A, { "for=" A ";proto=http,\tfor=10.0.0.2;by=10.0.0.1 , for=\"[fd00::1]:9\"" } },
		{ V6 "#8", { "for=\"[" V6 "]:8\";host=\"a,b\", for=10.0.0.1;host=\"c,\\\"d\"" } },
		{ "10.0.0.2+", { "for=10.0.0.2, for=10.0.0.1" } },
		/* forged open quotes and backslashes, which could hide the rest of the field */
		{ B, { "for=10.0.0.1, for=" B } }, { B, { "\", for=" B } },
		{ B, { "for=\", for=" B } },
		{ B, { "for=\"x, for=" B ";host=\"a\"" } },
		{ B, { "x=\"\\, for=" B ";host=\"a\"" } },
		{ B, { "\\, for=\"" B "\"" } }, { B, { "x=\"\\\", for=\"" B "\"" } },
		{ B, { "a=\", for=" B ";host=\",for=10.0.0.9;x=\\\"\"" } },
		{ B "#1", { "for=1.1.1.1;x=\", for=\"" B ":1\";by=\"[::1]\"" } },
		{ B, { ",,;;==\"\"\"\", for=" B } }, { B, { X70 ", for=\"" B "\"" } },
		{ B, { "x=\", for=" B ";host=\"\\\\\", for=10.0.0.1;host=\"\\\"\"" } },
		/* an element without an address ends the search */
		{ "10.0.0.1", { "for=" A ", for=unknown, for=10.0.0.1" } },
		{ "10.0.0.1", { "for=" A ", for=_x, for=10.0.0.1" } },
		{ "10.0.0.1", { "for=" A ", proto=http, for=10.0.0.1" } },
		{ "10.0.0.1", { "for=" A ",, for=10.0.0.1" } }, { "10.0.0.1", { ",for=10.0.0.1" } },
		{ "none", { "for=" A "," } }, { "none", { "for=" A ", proto=https" } },
		{ "none", { "for=" A ", for=\"" } }, { "none", { "for=" A ", x=\"\\\"" } },
		{ "none", { "for=" A ", for=" A ";for=" A } },
		/* fields */
		{ A, { "for=10.0.0.1", "for=" A } }, { B, { "for=" B, "for=" A } },
		{ "10.0.0.1", { "for=10.0.0.1", "x", "for=" A } },
		{ "none", { "for=\"", "for=" A } }, { B, { "for=10.0.0.1", "for=\", for=" B } },
		{ "fd00::2+", { "for=10.0.0.1", "for=\"[fd00::2]\"" } }
	};

	expect_rows(rows, COUNTOF(rows), forwarded_rfc7239, TRUSTED);
}
END_TEST

/* The search must stop after FORWARDED_HOPS proxies. */
START_TEST(forwarded_hops)
{
	static const struct {
		walk_function	*walk;
		const char	*first, *hop;
	} rows[] = {
		{ forwarded_x_for, A, ",10.0.0.1" },
		{ forwarded_x_for, A, ",unix:" },
		{ forwarded_rfc7239, "for=" A, ",for=10.0.0.1" }
	};
	static const uint8_t client[16] = { [10] = 0xff, [11] = 0xff, 192, 0, 2, 1 };
	char value[64 + FORWARDED_HOPS * 16];
	struct forwarded f;
	size_t i, hops, n;

	for (i = 0; i < COUNTOF(rows); i++) {
		strcpy(value, rows[i].first);
		for (hops = 1; hops <= FORWARDED_HOPS; hops++) {
			strcat(value, rows[i].hop);
			forwarded_init(&f);
			ck_assert_int_eq(rows[i].walk(&f, value, "10.0.0.1,unix"), 0);
			ck_assert_int_eq(f.hops, (int)hops);
			ck_assert_msg((f.known && memcmp(f.address, client, 16) == 0) ==
			    (hops < FORWARDED_HOPS), "%s after %zu", rows[i].hop, hops);
		}
		/* The limit FORWARDED_HOPS also applies if the proxies are in several fields. */
		forwarded_init(&f);
		for (n = 1; rows[i].walk(&f, rows[i].hop + 1, "10.0.0.1,unix"); n++)
			ck_assert_uint_le(n, FORWARDED_HOPS);
		ck_assert_uint_eq(n, FORWARDED_HOPS);
	}
}
END_TEST

/*
 * Values of the maximum length of a request, made of the bytes that a slow parser would scan
 * repeatedly.
 */
START_TEST(forwarded_long)
{
	static const char *const fills[] = {
		",", "\"", "\\", "\\\"", "\"\\", " ", "x", ";", "=", "a=\"\",", "10.0.0.1,",
		"for=10.0.0.1,", "for=\"10.0.0.1\",", "\"\\\"\","
	};
	static char value[LONG_SIZE + 1];
	struct forwarded f;
	size_t i, at, len;
	const char *text;

	for (i = 0; i < COUNTOF(fills); i++) {
		len = strlen(fills[i]);
		for (at = 0; at < LONG_SIZE - 32; at++)
			value[at] = fills[i][at % len];
		strcpy(value + at, ", for=\"192.0.2.1\"");
		text = unit_guard_string(&guard, value);
		forwarded_init(&f);
		ck_assert_int_eq(forwarded_rfc7239(&f, text, TRUSTED), 0);
		ck_assert_msg(strcmp(outcome(&f, 0), A) == 0, "after %s: %s", fills[i],
		    outcome(&f, 0));
		/* Test the same value again, without the valid entry at its end. */
		value[at] = '\0';
		text = unit_guard_string(&guard, value);
		forwarded_init(&f);
		ck_assert_int_eq(forwarded_rfc7239(&f, text, TRUSTED), 0);
		forwarded_init(&f);
		ck_assert_int_eq(forwarded_x_for(&f, text, TRUSTED), 0);
		strcpy(value + at, ", 192.0.2.1:7");
		text = unit_guard_string(&guard, value);
		forwarded_init(&f);
		ck_assert_int_eq(forwarded_x_for(&f, text, TRUSTED), 0);
		ck_assert_str_eq(outcome(&f, 0), A "#7");
	}
}
END_TEST

/* The scheme that the client used, from both fields. */
START_TEST(forwarded_schemes)
{
	static const struct {
		const char	*value;
		int		 x_proto, rfc7239;
	} rows[] = {
		{ "https", 1, 0 }, { "HTTPS", 1, 0 }, { "wss", 1, 0 }, { "http", 0, 0 },
		{ "ws", 0, 0 }, { "", 0, 0 }, { " \t", 0, 0 }, { "httpsx", 0, 0 }, { "on", 0, 0 },
		{ "https, http", 1, 0 }, { "http, https", 0, 0 }, { ", https", 1, 0 },
		{ "proto=https", 0, 1 }, { "proto=\"https\"", 0, 1 }, { "PROTO=HTTPS", 0, 1 },
		{ "proto=http", 0, 0 }, { "for=192.0.2.1;proto=https;by=_a", 0, 1 },
		{ "for=192.0.2.1;proto=https, for=10.0.0.1;proto=http", 0, 1 },
		{ "for=192.0.2.1;proto=http, for=10.0.0.1;proto=https", 0, 0 },
		{ "for=192.0.2.1, for=10.0.0.1;proto=https", 0, 0 },
		{ "for=\"a,b\";proto=https", 0, 1 }, { "proto=https;proto=https", 0, 0 },
		{ "proto=", 0, 0 }, { "proto", 0, 0 }, { "xproto=https", 0, 0 }, { ",", 0, 0 }
	};
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		ck_assert_msg(forwarded_x_proto_is_https(rows[i].value) == rows[i].x_proto,
		    "X-Forwarded-Proto: %s", rows[i].value);
		ck_assert_msg(forwarded_rfc7239_is_https(rows[i].value) == rows[i].rfc7239,
		    "Forwarded: %s", rows[i].value);
	}
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("forwarded");
	TCase *tc = tcase_create("forwarded");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, forwarded_x_for_entries);
	tcase_add_test(tc, forwarded_x_for_walks);
	tcase_add_test(tc, forwarded_x_for_trust);
	tcase_add_test(tc, forwarded_rfc7239_elements);
	tcase_add_test(tc, forwarded_rfc7239_walks);
	tcase_add_test(tc, forwarded_hops);
	tcase_add_test(tc, forwarded_long);
	tcase_add_test(tc, forwarded_schemes);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"
