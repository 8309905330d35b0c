/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Tests proxy.h. The parser gets each prefix of each header, with a guard page after it. The result
 * must be known with the last byte of a valid header, or with the first invalid byte; it must not
 * be known earlier, and not change with further bytes.
 *
 * The expected result is text: "1 192.0.2.1#80 > 192.0.2.2#443" for version 1, "2 unix",
 * "2 unknown".
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "lib/countof.h"
#include "lib/unit.h"
#include "proto/network.h"
#include "proto/proxy.h"

#define TAIL		"GET / HTTP/1.1\r\n\r\n"
#define ROOM		(PROXY_SIZE + 64)

/* Parts of a header of version 2 in hexadecimal: the signature, and addresses. */
#define START		"0d0a0d0a 000d0a 515549540a "
#define INET		"c0000201 c0000202 0050 01bb "
#define INET6		D1 D2 "0050 01bb "
#define D1		"20010db8000000000000000000000001 "
#define D2		"20010db8000000000000000000000002 "
#define MAPPED		"00000000000000000000ffff "
#define ZEROS		"00000000000000000000000000000000 "
#define ONES		"ffffffffffffffffffffffffffffffff "
#define PATH36		"2f00000000000000000000000000000000000000000000000000000000000000000000ff "
#define PATHS		PATH36 PATH36 PATH36 PATH36 PATH36 PATH36
#define INET_ENDS	"192.0.2.1#80 > 192.0.2.2#443"
#define INET6_ENDS	"2001:db8::1#80 > 2001:db8::2#443"

static struct unit_guard guard;

static void
setup(void)
{
	unit_guard_open(&guard, ROOM);
}

static void
teardown(void)
{
	unit_guard_close(&guard);
}

static void
append_end(char *out, size_t size, const struct proxy_end *e)
{
	int is_ipv4 = network_is_ipv4(e->address);
	char text[INET6_ADDRSTRLEN];
	size_t len = strlen(out);

	ck_assert_ptr_nonnull(inet_ntop(is_ipv4 ? AF_INET : AF_INET6,
	    is_ipv4 ? e->address + 12 : e->address, text, sizeof(text)));
	snprintf(out + len, size - len, "%s#%u", text, (unsigned)e->port);
}

static const char *
outcome(const struct proxy *p)
{
	static char out[160];

	snprintf(out, sizeof(out), "%d ", p->version);
	if (p->family == PROXY_INET) {
		append_end(out, sizeof(out), &p->source);
		strcat(out, " > ");
		append_end(out, sizeof(out), &p->destination);
	} else {
		strcat(out, p->family == PROXY_UNIX ? "unix" : "unknown");
	}
	return out;
}

/* If there is no result, no member of p may contain an address. */
static void
expect_no_ends(const struct proxy *p)
{
	static const struct proxy empty;

	ck_assert_int_eq(memcmp(p->source.address, empty.source.address, 16), 0);
	ck_assert_int_eq(memcmp(p->destination.address, empty.destination.address, 16), 0);
	ck_assert_uint_eq(p->source.port, 0);
	ck_assert_uint_eq(p->destination.port, 0);
}

static void
expect_beginning(const uint8_t *bytes, size_t len, size_t at, enum proxy_verdict verdict,
    const char *expected)
{
	struct proxy p;
	enum proxy_verdict got;

	memset(&p, 0xa5, sizeof(p));
	got = proxy_read(&p, unit_guard_end(&guard, bytes, len), len);
	if (got != (len < at ? PROXY_MORE : verdict))
		ck_abort_msg("%s: verdict %d of %zu bytes, %s", unit_hex(bytes, len), (int)got, len,
		    got == PROXY_BAD ? p.why : expected);
	if (got != PROXY_DONE || p.family != PROXY_INET)
		expect_no_ends(&p);
	if (len < at)
		return;
	if (verdict == PROXY_DONE)
		ck_assert_uint_eq(p.size, at);
	if (verdict == PROXY_DONE ? strcmp(outcome(&p), expected) != 0 :
	    strstr(p.why, expected) == NULL)
		ck_abort_msg("%s: %s instead of %s", unit_hex(bytes, len),
		    verdict == PROXY_DONE ? outcome(&p) : p.why, expected);
}

/*
 * Parses all prefixes of the header and of the bytes after it. The verdict must be known from
 * byte number `at` on.
 */
static void
expect(const void *bytes, size_t len, size_t at, enum proxy_verdict verdict, const char *expected)
{
	uint8_t all[ROOM];
	size_t n;

	ck_assert_uint_le(len + strlen(TAIL), sizeof(all));
	memcpy(all, bytes, len);
	memcpy(all + len, TAIL, strlen(TAIL));
	for (n = 0; n <= len + strlen(TAIL); n++)
		expect_beginning(all, n, at, verdict, expected);
}

static void
expect_hex(const char *hex, size_t at, enum proxy_verdict verdict, const char *expected)
{
	uint8_t bytes[ROOM];
	size_t len = unit_unhex(bytes, sizeof(bytes), hex);

	expect(bytes, len, at != 0 ? at : len, verdict, expected);
}

#define V6	"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"

START_TEST(proxy_lines)
{
	static const struct {
		const char	*line, *expected;
	} rows[] = {
		{ "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n",
		    "1 192.168.0.1#56324 > 192.168.0.11#443" },
		{ "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
		    "1 255.255.255.255#65535 > 255.255.255.255#65535" },
		{ "PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", "1 0.0.0.0#0 > 0.0.0.0#0" },
		{ "PROXY TCP6 2001:db8::1 ::1 1 2\r\n", "1 2001:db8::1#1 > ::1#2" },
		{ "PROXY TCP6 2001:DB8:0:0:0:0:0:A :: 1 2\r\n", "1 2001:db8::a#1 > ::#2" },
		{ "PROXY TCP6 " V6 " " V6 " 65535 65535\r\n",
		    "1 " V6 "#65535 > " V6 "#65535" },
		/* HAProxy writes addresses in this way if only one of them is IPv6 */
		{ "PROXY TCP6 2001:db8::7 ::ffff:127.0.0.1 42856 48123\r\n",
		    "1 2001:db8::7#42856 > 127.0.0.1#48123" },
		{ "PROXY TCP6 ::ffff:c000:201 ::ffff:c000:202 1 2\r\n",
		    "1 192.0.2.1#1 > 192.0.2.2#2" },
		{ "PROXY UNKNOWN\r\n", "1 unknown" },
		{ "PROXY UNKNOWN \r\n", "1 unknown" },
		{ "PROXY UNKNOWN " V6 " " V6 " 65535 65535\r\n", "1 unknown" },
		{ "PROXY UNKNOWN TCP4 192.0.2.1 192.0.2.2 1 2\r\n", "1 unknown" },
		{ "PROXY UNKNOWN \x01\x80\xff \t\"'%s\r\n", "1 unknown" }
	};
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++)
		expect(rows[i].line, strlen(rows[i].line), strlen(rows[i].line), PROXY_DONE,
		    rows[i].expected);
}
END_TEST

struct wrong {
	const char	*line;
	size_t		 at;		/* bytes after which the fault is known; 0: all */
	const char	*why;
};

static void
expect_wrong(const struct wrong *rows, size_t count)
{
	size_t i, len;

	for (i = 0; i < count; i++) {
		len = strlen(rows[i].line);
		expect(rows[i].line, len, rows[i].at != 0 ? rows[i].at : len, PROXY_BAD,
		    rows[i].why);
	}
}

START_TEST(proxy_lines_that_are_none)
{
	static const struct wrong rows[] = {
		{ "GET / HTTP/1.1\r\n", 1, "does not begin" }, { "\n", 1, "does not begin" },
		{ " PROXY", 1, "does not begin" }, { "proxy", 1, "does not begin" },
		{ "POST", 2, "does not begin" }, { "PRI * HTTP/2.0\r\n", 3, "does not begin" },
		{ "PROXYTCP4 ", 6, "does not begin" }, { "PROXY\tTCP4 ", 6, "does not begin" },
		{ "PROXY\r\n", 6, "does not begin" }, { "\x16\x03\x01", 1, "does not begin" },
		{ "PROXY \n", 7, "CRLF" }, { "PROXY UNKNOWN\n", 14, "CRLF" },
		{ "PROXY UNKNOWN\r\r\n", 15, "CRLF" }, { "PROXY UNKNOWN\rx\r\n", 15, "CRLF" },
		{ "PROXY UNKNOWN a\nb\r\n", 16, "CRLF" }, { "PROXY UNKNOWN \r \r\n", 16, "CRLF" },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n", 0, "CRLF" },
		{ "PROXY \r\n", 0, "neither" }, { "PROXY  UNKNOWN\r\n", 0, "neither" },
		{ "PROXY UNKNOW\r\n", 0, "neither" }, { "PROXY UNKNOWNS\r\n", 0, "neither" },
		{ "PROXY unknown\r\n", 0, "neither" }, { "PROXY UNKNOWN\tx\r\n", 0, "neither" },
		{ "PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n", 0, "neither" },
		{ "PROXY tcp4 192.0.2.1 192.0.2.2 1 2\r\n", 0, "neither" },
		{ "PROXY TCP 192.0.2.1 192.0.2.2 1 2\r\n", 0, "neither" },
		{ "PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n", 0, "neither" },
		{ "PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n", 0, "neither" },
		{ "PROXY TCP44 192.0.2.1 192.0.2.2 1 2\r\n", 0, "neither" },
		{ "PROXY TCP4\t192.0.2.1 192.0.2.2 1 2\r\n", 0, "neither" }
	};

	expect_wrong(rows, COUNTOF(rows));
}
END_TEST

START_TEST(proxy_lines_with_wrong_words)
{
	static const struct wrong rows[] = {
		{ "PROXY TCP4\r\n", 0, "address" }, { "PROXY TCP4 \r\n", 0, "address" },
		{ "PROXY TCP4 192.0.2.1\r\n", 0, "address" },
		{ "PROXY TCP4 192.0.2.1 \r\n", 0, "address" },
		{ "PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n", 0, "address" },
		{ "PROXY TCP4 192.0.2.1  192.0.2.2 1 2\r\n", 0, "address" },
		{ "PROXY TCP4 192.0.2.01 192.0.2.2 1 2\r\n", 0, "address" },
		{ "PROXY TCP4 192.0.2.1 192.0.2.256 1 2\r\n", 0, "address" },
		{ "PROXY TCP4 192.0.2 192.0.2.2 1 2\r\n", 0, "address" },
		{ "PROXY TCP4 ::1 ::2 1 2\r\n", 0, "address" },
		{ "PROXY TCP4 ::ffff:192.0.2.1 192.0.2.2 1 2\r\n", 0, "address" },
		{ "PROXY TCP4 192.0.2.1 ::1 1 2\r\n", 0, "address" },
		{ "PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n", 0, "address" },
		{ "PROXY TCP6 ::1 192.0.2.2 1 2\r\n", 0, "address" },
		{ "PROXY TCP6 [::1] ::2 1 2\r\n", 0, "address" },
		{ "PROXY TCP6 1::2::3 ::2 1 2\r\n", 0, "address" },
		{ "PROXY TCP6 fe80::1%lo ::2 1 2\r\n", 0, "address" },
		{ "PROXY TCP6 00000::1 ::2 1 2\r\n", 0, "address" },
		{ "PROXY TCP4 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx 1 2\r\n", 0,
		    "address" },
		{ "PROXY TCP6 " V6 ":ffff:f ::1 1 2\r\n", 0, "address" },
		{ "PROXY TCP6 " V6 ":ffff:ff ::1 1 2\r\n", 0, "address" },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2\r\n", 0, "port" },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n", 0, "port" },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 1 \r\n", 0, "port" },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2  1 2\r\n", 0, "port" },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 1  2\r\n", 0, "port" },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n", 0, "port" },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 1 00\r\n", 0, "port" },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n", 0, "port" },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n", 0, "port" },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 +1 2\r\n", 0, "port" },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 1 0x2\r\n", 0, "port" },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 1 http\r\n", 0, "port" },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 18446744073709551617 2\r\n", 0, "port" },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 1\t2\r\n", 0, "port" },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n", 0, "does not end" },
		{ "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n", 0, "does not end" }
	};
	static const char nuls[][40] = {
		"PROXY TCP4\0 192.0.2.1 192.0.2.2 1 2\r\n",
		"PROXY TCP4 192.0.2.1\0 192.0.2.2 1 2\r\n",
		"PROXY TCP4 192.0.2.1 192.0.2.2\0 1 2\r\n",
		"PROXY TCP4 192.0.2.1 192.0.2.2 1\0 2\r\n",
		"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\0\r\n"
	};
	size_t i;

	expect_wrong(rows, COUNTOF(rows));
	/*
	 * These lines are invalid because of a NUL. A parser of strings would take them for valid
	 * ones.
	 */
	for (i = 0; i < COUNTOF(nuls); i++)
		expect(nuls[i], 37, 37, PROXY_BAD, "PROXY line");
}
END_TEST

/* A line of 107 bytes is valid, one of 108 is too long, and this is known with the 107th byte. */
START_TEST(proxy_lines_too_long)
{
	char line[PROXY_LINE_SIZE + 32];
	size_t len;

	for (len = PROXY_LINE_SIZE - 2; len <= PROXY_LINE_SIZE + 3; len++) {
		memset(line, 'x', sizeof(line));
		memcpy(line, "PROXY UNKNOWN ", 14);
		memcpy(line + len - 2, "\r\n", 2);
		if (len <= PROXY_LINE_SIZE)
			expect(line, len, len, PROXY_DONE, "1 unknown");
		else
			expect(line, len, PROXY_LINE_SIZE, PROXY_BAD, "too long");
	}
	memset(line + 14, 'x', sizeof(line) - 14);
	expect(line, sizeof(line), PROXY_LINE_SIZE, PROXY_BAD, "too long");
}
END_TEST

START_TEST(proxy_binary)
{
	static const struct {
		const char	*hex, *expected;
	} rows[] = {
		{ START "21 11 000c " INET, "2 " INET_ENDS },
		{ START "21 12 000c " INET, "2 " INET_ENDS },
		{ START "21 21 0024 " INET6, "2 " INET6_ENDS },
		{ START "21 22 0024 " INET6, "2 " INET6_ENDS },
		{ START "21 31 00d8 " PATHS, "2 unix" },
		{ START "21 32 00d8 " PATHS, "2 unix" },
		/* headers with a TLV, with a TLV without a value, with two TLVs */
		{ START "21 11 0010 " INET "04 0001 00", "2 " INET_ENDS },
		{ START "21 11 000f " INET "ee 0000", "2 " INET_ENDS },
		{ START "21 11 0019 " INET "01 0002 6832 20 0005 0100000000", "2 " INET_ENDS },
		{ START "21 21 0028 " INET6 "ff 0001 ff", "2 " INET6_ENDS },
		{ START "21 31 00dc " PATHS "02 0001 61", "2 unix" },
		/* these headers have no address, whatever bytes they contain */
		{ START "20 00 0000 ", "2 unknown" }, { START "20 11 000c " INET, "2 unknown" },
		{ START "20 11 0000 ", "2 unknown" }, { START "20 ff 0001 00 ", "2 unknown" },
		{ START "20 31 0003 ffffff ", "2 unknown" }, { START "21 00 0000 ", "2 unknown" },
		{ START "21 00 000c " INET, "2 unknown" }, { START "21 01 0001 ff", "2 unknown" },
		{ START "21 02 0000 ", "2 unknown" }, { START "21 10 000c " INET, "2 unknown" },
		{ START "21 20 0000 ", "2 unknown" }, { START "21 30 0002 0000", "2 unknown" },
		/* headers that HAProxy has sent, some with a checksum and other TLVs */
		{ "0d0a0d0a000d0a515549540a2111000c7f0000017f000001a758bbfb",
		    "2 127.0.0.1#42840 > 127.0.0.1#48123" },
		{ "0d0a0d0a000d0a515549540a211100137f0000017f000001a75abbfb030004c5a53807",
		    "2 127.0.0.1#42842 > 127.0.0.1#48123" },
		{ "0d0a0d0a000d0a515549540a2121002b000000000000000000000000000000010000000000000000"
		    "0000000000000001e550c669030004f9024846", "2 ::1#58704 > ::1#50793" },
		{ "0d0a0d0a000d0a515549540a2111002a7f0000017f000001a760bbfb0300042f849df705000c6162"
		    "633132372e302e302e312000050000000000", "2 127.0.0.1#42848 > 127.0.0.1#48123" },
		{ "0d0a0d0a000d0a515549540a20000007030004a9b87e8f", "2 unknown" },
		{ "0d0a0d0a000d0a515549540a2121002420010db80000000000000000000000070000000000000000"
		    "0000ffff7f000001a76cbbfb", "2 2001:db8::7#42860 > 127.0.0.1#48123" }
	};
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++)
		expect_hex(rows[i].hex, 0, PROXY_DONE, rows[i].expected);
}
END_TEST

START_TEST(proxy_binary_refused)
{
	static const struct {
		const char	*hex;
		size_t		 at;
		const char	*why;
	} rows[] = {
		{ "0d0a47455420", 3, "does not begin" }, { "0d0a0d0a0d", 5, "does not begin" },
		{ "0d0a0d0a000d0a515549540d", 12, "does not begin" },
		{ START "11 11 000c " INET, 13, "version" },
		{ START "31 11 000c " INET, 13, "version" },
		{ START "01 11 000c " INET, 13, "version" },
		{ START "22 11 000c " INET, 13, "command" },
		{ START "2f 11 000c " INET, 13, "command" },
		{ START "21 41 000c " INET, 14, "family" },
		{ START "21 f1 000c " INET, 14, "family" },
		{ START "21 13 000c " INET, 14, "protocol" },
		{ START "21 1f 000c " INET, 14, "protocol" },
		{ START "21 03 0000", 14, "protocol" }, { START "21 40 0000", 14, "family" },
		{ START "21 11 000b " INET, 16, "short" }, { START "21 11 0000", 16, "short" },
		{ START "21 12 0001 00", 16, "short" }, { START "21 21 0023 " INET6, 16, "short" },
		{ START "21 21 000c " INET, 16, "short" },
		{ START "21 31 00d7 " PATHS, 16, "short" },
		{ START "21 11 0801 " INET, 16, "too long" },
		{ START "20 00 0801", 16, "too long" },
		{ START "21 00 ffff", 16, "too long" },
		{ START "21 11 000d " INET "04", 0, "within" },
		{ START "21 11 000e " INET "04 00", 0, "within" },
		{ START "21 11 000f " INET "04 0001 ", 0, "longer" },
		{ START "21 11 0010 " INET "04 0002 00", 0, "longer" },
		{ START "21 11 0010 " INET "04 ffff 00", 0, "longer" },
		{ START "21 11 0012 " INET "04 0000 01 0001", 0, "longer" },
		{ START "21 11 0011 " INET "04 0000 01 00", 0, "within" },
		{ START "21 31 00d9 " PATHS "00", 0, "within" },
		{ START "21 11 000f " INET "03 0000", 0, "4 bytes" },
		{ START "21 11 0012 " INET "03 0003 000000", 0, "4 bytes" },
		{ START "21 11 0014 " INET "03 0005 0000000000", 0, "4 bytes" },
		{ START "21 11 0013 " INET "03 0004 00000000", 0, "checksum is wrong" },
		/*
		 * a header of HAProxy: with the checksum in the other byte order, with an
		 * inverted bit, and with another port
		 */
		{ "0d0a0d0a000d0a515549540a211100137f0000017f000001a75abbfb0300040738a5c5", 0,
		    "checksum is wrong" },
		{ "0d0a0d0a000d0a515549540a211100137f0000017f000001a75abbfb030004c5a53806", 0,
		    "checksum is wrong" },
		{ "0d0a0d0a000d0a515549540a211100137f0000017f000001a75bbbfb030004c5a53807", 0,
		    "checksum is wrong" }
	};
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++)
		expect_hex(rows[i].hex, rows[i].at, PROXY_BAD, rows[i].why);
}
END_TEST

/* Computes the checksum from its polynomial, bit by bit in reverse order (RFC 9260, appendix A). */
static uint32_t
reference_crc(const uint8_t *data, size_t len)
{
	uint32_t crc = 0xffffffff, out = 0;
	size_t i;
	int bit;

	for (i = 0; i < len; i++) {
		for (bit = 0; bit < 8; bit++) {
			crc ^= (uint32_t)(data[i] >> bit & 1) << 31;
			crc = crc << 1 ^ (crc & 0x80000000 ? 0x1edc6f41 : 0);
		}
	}
	for (bit = 0; bit < 32; bit++)
		out |= (crc >> bit & 1) << (31 - bit);
	return ~out;
}

/*
 * Writes a header of size bytes that is full of TLVs: TLV number `which` is the checksum, the
 * others have this type.
 */
static void
make_summed(uint8_t *head, size_t size, size_t which, uint8_t type)
{
	size_t at = 28, i, len;
	uint32_t crc;

	for (i = 0; i < size; i++)
		head[i] = (uint8_t)(i * 7);
	unit_unhex(head, size, START "21 11 0000 " INET);
	head[14] = (uint8_t)((size - 16) >> 8);
	head[15] = (uint8_t)(size - 16);
	for (i = 0; at < size; i++, at += 3 + len) {
		len = i == which ? 4 : i < which || size - at - 3 >= 100 ? 50 : size - at - 3;
		head[at] = i == which ? 3 : type;
		head[at + 1] = 0;
		head[at + 2] = (uint8_t)len;
		if (i == which)
			memset(head + at + 3, 0, 4);
	}
	crc = reference_crc(head, size);
	at = 28 + 53 * which + 3;
	for (i = 0; i < 4; i++)
		head[at + i] = (uint8_t)(crc >> (24 - 8 * i));
}

/* Any inverted bit in these len bytes must make the checksum wrong. */
static void
expect_bits_matter(uint8_t *head, size_t size, size_t at, size_t len)
{
	struct proxy p;
	size_t bit;

	for (bit = at * 8; bit < (at + len) * 8; bit++) {
		head[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_msg(proxy_read(&p, head, size) == PROXY_BAD, "bit %zu of %zu bytes", bit,
		    size);
		ck_assert_ptr_nonnull(strstr(p.why, "checksum is wrong"));
		head[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

START_TEST(proxy_checksums)
{
	static const size_t sizes[] = { 28 + 7, 28 + 53 + 7, 300, 1000, PROXY_SIZE };
	uint8_t head[PROXY_SIZE];
	size_t i, which;

	ck_assert_uint_eq(reference_crc((const uint8_t *)"123456789", 9), 0xe3069283);
	for (i = 0; i < COUNTOF(sizes); i++) {
		for (which = 0; which < 3 && 28 + 53 * which + 7 <= sizes[i]; which++) {
			make_summed(head, sizes[i], which, 0xe0);
			expect_beginning(head, sizes[i] - 1, sizes[i], PROXY_DONE, "");
			expect_beginning(head, sizes[i], sizes[i], PROXY_DONE, "2 " INET_ENDS);
			expect_bits_matter(head, sizes[i], 16, 12);
			expect_bits_matter(head, sizes[i], 28 + 53 * which + 3, 4);
			if (which > 0)
				expect_bits_matter(head, sizes[i], 28 + 3, 50);
			if (sizes[i] > 28 + 53 * which + 7 + 3)
				expect_bits_matter(head, sizes[i], sizes[i] - 1, 1);
		}
	}
	/* A header with two checksum TLVs, of which the first one is valid. */
	make_summed(head, 28 + 7 + 7, 0, 3);
	expect_beginning(head, 28 + 7 + 7, 28 + 7 + 7, PROXY_BAD, "does not have 4 bytes");
}
END_TEST

/* The longest header that is accepted, and the shortest one that is refused as too long. */
START_TEST(proxy_binary_ceiling)
{
	uint8_t head[PROXY_SIZE + 16] = { 0 };

	unit_unhex(head, sizeof(head), START "20 00 0800");
	expect(head, PROXY_SIZE, PROXY_SIZE, PROXY_DONE, "2 unknown");
	head[15] = 1;
	expect(head, PROXY_SIZE + 1, 16, PROXY_BAD, "too long");
}
END_TEST

struct sent {
	enum proxy_family	family;
	const char		*source, *destination;
	uint16_t		source_port, destination_port;
	const char		*line, *hex;	/* version 1 and version 2 */
};

static void
expect_written(const uint8_t *out, size_t len, const void *expected, size_t expected_len,
    const char *what)
{
	if (len != expected_len || memcmp(out, expected, len) != 0)
		ck_abort_msg("%s: %s (%.*s)", what, unit_hex(out, len), (int)len,
		    (const char *)out);
}

START_TEST(proxy_written)
{
	static const struct sent rows[] = {
		{ PROXY_INET, "192.0.2.1", "192.0.2.2", 80, 443,
		    "PROXY TCP4 192.0.2.1 192.0.2.2 80 443\r\n", START "21 11 000c " INET },
		{ PROXY_INET, "2001:db8::1", "2001:db8::2", 80, 443,
		    "PROXY TCP6 2001:db8::1 2001:db8::2 80 443\r\n", START "21 21 0024 " INET6 },
		{ PROXY_INET, "255.255.255.255", "255.255.255.255", 65535, 65535,
		    "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
		    START "21 11 000c ffffffff ffffffff ffff ffff" },
		{ PROXY_INET, V6, V6, 65535, 65535, "PROXY TCP6 " V6 " " V6 " 65535 65535\r\n",
		    START "21 21 0024 " ONES ONES "ffff ffff" },
		/* source and destination of different families */
		{ PROXY_INET, "192.0.2.1", "2001:db8::2", 0, 443,
		    "PROXY TCP6 ::ffff:c000:201 2001:db8::2 0 443\r\n",
		    START "21 21 0024 " MAPPED "c0000201" D2 "0000 01bb" },
		{ PROXY_INET, "2001:db8::1", "10.0.0.0", 80, 1,
		    "PROXY TCP6 2001:db8::1 ::ffff:a00:0 80 1\r\n",
		    START "21 21 0024 " D1 MAPPED "0a000000 0050 0001" },
		{ PROXY_INET, "192.0.2.1", "::1", 80, 443,
		    "PROXY TCP6 ::ffff:c000:201 ::1 80 443\r\n",
		    START "21 21 0024 " MAPPED "c0000201 00000000000000000000000000000001"
		    "0050 01bb" },
		/* an unknown destination */
		{ PROXY_INET, "192.0.2.1", "::", 80, 0, "PROXY TCP4 192.0.2.1 0.0.0.0 80 0\r\n",
		    START "21 11 000c c0000201 00000000 0050 0000" },
		{ PROXY_INET, "2001:db8::1", "::", 80, 0, "PROXY TCP6 2001:db8::1 :: 80 0\r\n",
		    START "21 21 0024 " D1 ZEROS "0050 0000" },
		/* an IPv6 address that other programs would write with a dotted part */
		{ PROXY_INET, "::192.0.2.1", "::1", 1, 2, "PROXY TCP6 ::c000:201 ::1 1 2\r\n",
		    START "21 21 0024 000000000000000000000000c0000201"
		    "00000000000000000000000000000001 0001 0002" },
		/* the addresses are ignored if the family is not PROXY_INET */
		{ PROXY_UNKNOWN, "192.0.2.1", "192.0.2.2", 80, 443, "PROXY UNKNOWN\r\n",
		    START "20 00 0000" },
		{ PROXY_UNIX, "::", "::", 0, 0, "PROXY UNKNOWN\r\n", START "20 00 0000" }
	};
	uint8_t *out, expected[PROXY_SEND_SIZE];
	struct proxy p, again;
	size_t i, len, n;

	for (i = 0; i < COUNTOF(rows); i++) {
		memset(&p, 0, sizeof(p));
		p.family = rows[i].family;
		ck_assert_int_ne(network_address(p.source.address, rows[i].source), -1);
		ck_assert_int_ne(network_address(p.destination.address, rows[i].destination), -1);
		p.source.port = rows[i].source_port;
		p.destination.port = rows[i].destination_port;

		out = unit_guard_end(&guard, NULL, PROXY_SEND_SIZE);
		len = proxy_write(out, &p, 1, NULL);
		expect_written(out, len, rows[i].line, strlen(rows[i].line), rows[i].line);
		ck_assert_int_eq(proxy_read(&again, out, len), PROXY_DONE);

		out = unit_guard_end(&guard, NULL, PROXY_SEND_SIZE);
		len = proxy_write(out, &p, 2, NULL);
		n = unit_unhex(expected, sizeof(expected), rows[i].hex);
		expect_written(out, len, expected, n, rows[i].line);
		ck_assert_int_eq(proxy_read(&again, out, len), PROXY_DONE);
	}
}
END_TEST

/* The id is a TLV after the addresses, in version 2 only, and is cut if it is too long. */
START_TEST(proxy_written_with_id)
{
	static const struct {
		enum proxy_family	 family;
		const char		*address, *id, *hex;
	} rows[] = {
		{ PROXY_INET, "192.0.2.1", "12.3", START "21 11 0013 c0000201 00000000 0050 0000"
		    "05 0004 31322e33" },
		{ PROXY_INET, "2001:db8::1", "7.1", START "21 21 002a " D1 ZEROS "0050 0000"
		    "05 0003 372e31" },
		{ PROXY_UNIX, "::", "7.1", START "20 00 0006 05 0003 372e31" },
		{ PROXY_INET, "192.0.2.1", "", START "21 11 000f c0000201 00000000 0050 0000"
		    "05 0000" }
	};
	uint8_t *out, expected[PROXY_SEND_SIZE];
	char longest[100];
	struct proxy p, again;
	size_t i, len;

	for (i = 0; i < COUNTOF(rows); i++) {
		memset(&p, 0, sizeof(p));
		p.family = rows[i].family;
		p.source.port = p.family == PROXY_INET ? 80 : 0;
		ck_assert_int_ne(network_address(p.source.address, rows[i].address), -1);
		out = unit_guard_end(&guard, NULL, PROXY_SEND_SIZE);
		len = proxy_write(out, &p, 2, rows[i].id);
		expect_written(out, len, expected, unit_unhex(expected, sizeof(expected),
		    rows[i].hex), rows[i].hex);
		ck_assert_int_eq(proxy_read(&again, out, len), PROXY_DONE);
		len = proxy_write(out, &p, 1, rows[i].id);
		ck_assert_ptr_null(memchr(out, 0x05, len));
	}
	p.family = PROXY_INET;
	ck_assert_int_ne(network_address(p.source.address, "2001:db8::1"), -1);
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	out = unit_guard_end(&guard, NULL, PROXY_SEND_SIZE);
	ck_assert_uint_eq(proxy_write(out, &p, 2, longest), PROXY_SEND_SIZE);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("proxy");
	TCase *tc = tcase_create("proxy");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, proxy_lines);
	tcase_add_test(tc, proxy_lines_that_are_none);
	tcase_add_test(tc, proxy_lines_with_wrong_words);
	tcase_add_test(tc, proxy_lines_too_long);
	tcase_add_test(tc, proxy_binary);
	tcase_add_test(tc, proxy_binary_refused);
	tcase_add_test(tc, proxy_checksums);
	tcase_add_test(tc, proxy_binary_ceiling);
	tcase_add_test(tc, proxy_written);
	tcase_add_test(tc, proxy_written_with_id);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"
