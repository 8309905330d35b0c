/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Tests network.h: addresses, networks and lists of networks. Texts, and the 16 bytes of an
 * address, end at a guard page.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "lib/countof.h"
#include "lib/unit.h"
#include "proto/network.h"

#define X10	"xxxxxxxxxx"
#define X64	X10 X10 X10 X10 X10 X10 "xxxx"
#define X70	X10 X10 X10 X10 X10 X10 X10

static struct unit_guard text_guard, address_guard;

static void
setup(void)
{
	unit_guard_open(&text_guard, 4096);
	unit_guard_open(&address_guard, 16);
}

static void
teardown(void)
{
	unit_guard_close(&text_guard);
	unit_guard_close(&address_guard);
}

static const char *
text_of(const char *text)
{
	return unit_guard_string(&text_guard, text);
}

/* Returns the 16 bytes of the address in text, which must be valid. */
static const uint8_t *
address_of(const char *text)
{
	uint8_t *address = unit_guard_end(&address_guard, NULL, 16);

	ck_assert_msg(network_address(address, text) != -1, "%s is no address", text);
	return address;
}

START_TEST(network_addresses)
{
	static const struct {
		const char	*text, *hex;	/* hex: the 16 bytes of the address */
		int		 size, is_ipv4;
	} rows[] = {
		{ "192.0.2.1", "00000000000000000000ffffc0000201", 32, 1 },
		{ "0.0.0.0", "00000000000000000000ffff00000000", 32, 1 },
		{ "255.255.255.255", "00000000000000000000ffffffffffff", 32, 1 },
		{ "::ffff:192.0.2.1", "00000000000000000000ffffc0000201", 128, 1 },
		{ "::FFFF:c000:201", "00000000000000000000ffffc0000201", 128, 1 },
		{ "0:0:0:0:0:ffff:192.0.2.1", "00000000000000000000ffffc0000201", 128, 1 },
		{ "::", "00000000000000000000000000000000", 128, 0 },
		{ "::1", "00000000000000000000000000000001", 128, 0 },
		{ "::192.0.2.1", "000000000000000000000000c0000201", 128, 0 },
		{ "::fffe:192.0.2.1", "00000000000000000000fffec0000201", 128, 0 },
		{ "1::ffff:192.0.2.1", "00010000000000000000ffffc0000201", 128, 0 },
		{ "2001:db8::A:b", "20010db80000000000000000000a000b", 128, 0 },
		{ "1:2:3:4:5:6:7:8", "00010002000300040005000600070008", 128, 0 },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffffffffffffffffffffffffffffffff",
		    128, 0 },
	};
	static const char *const wrong[] = {
		"", " ", "*", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.04",
		"1.2.3.4 ", " 1.2.3.4", "1.2.3.4/8", "1.2.3.4:80", "0x1.2.3.4", "1.2.3.-4",
		"1..3.4",
		"1.2.3.4\n", "16909060", "localhost", ":", ":::", "1::2::3", "1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9", "12345::", "::g", "[::1]", "::1%lo", "fe80::1%1", "::1/128",
		"::1.2.3", "::ffff:01.2.3.4", "::1 ", " ::1", X70, X70 X70
	};
	uint8_t address[16], expected[16];
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		ck_assert_uint_eq(unit_unhex(expected, sizeof(expected), rows[i].hex), 16);
		memset(address, 0xa5, sizeof(address));
		ck_assert_msg(network_address(address, text_of(rows[i].text)) == rows[i].size,
		    "%s", rows[i].text);
		ck_assert_msg(memcmp(address, expected, 16) == 0, "%s: %s", rows[i].text,
		    unit_hex(address, 16));
		ck_assert_msg(!network_is_ipv4(address_of(rows[i].text)) == !rows[i].is_ipv4,
		    "%s: IPv4 or not", rows[i].text);
	}
	memset(address, 0xa5, sizeof(address));
	memset(expected, 0xa5, sizeof(expected));
	for (i = 0; i < COUNTOF(wrong); i++) {
		ck_assert_msg(network_address(address, text_of(wrong[i])) == -1, "%s", wrong[i]);
		ck_assert_msg(memcmp(address, expected, 16) == 0, "%s: was touched", wrong[i]);
	}
}
END_TEST

/*
 * Addresses as text: in the usual form, and (all) in the form of IPv6 with hexadecimal digits
 * only.
 */
START_TEST(network_texts)
{
	static const struct {
		const char	*address, *text, *all;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1", "::ffff:c000:201" },
		{ "::FFFF:0:0", "0.0.0.0", "::ffff:0:0" },
		{ "255.255.255.255", "255.255.255.255", "::ffff:ffff:ffff" },
		{ "::", "::", "::" }, { "::1", "::1", "::1" },
		{ "2001:DB8::a:0:0:b", "2001:db8::a:0:0:b", "2001:db8::a:0:0:b" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" }
	};
	const uint8_t ipv4[4] = { 192, 0, 2, 1 };
	char out[NETWORK_TEXT_SIZE];
	uint8_t address[16];
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		ck_assert_str_eq(network_format(out, address_of(rows[i].address)), rows[i].text);
		ck_assert_str_eq(network_format_ipv6(out, address_of(rows[i].address)),
		    rows[i].all);
	}
	network_from_ipv4(address, ipv4);
	ck_assert_int_eq(memcmp(address, address_of("192.0.2.1"), 16), 0);
}
END_TEST

/* Valid networks, with the lengths of their prefixes in IPv6. */
START_TEST(network_bits)
{
	static const struct {
		const char	*text;
		unsigned	 bits;
	} rows[] = {
		{ "*", 0 }, { "::/0", 0 }, { "0.0.0.0/0", 96 }, { "10.0.0.0/8", 104 },
		{ "10.1.2.3/8", 104 }, { "192.0.2.1", 128 }, { "192.0.2.1/32", 128 },
		{ "192.0.2.0/25", 121 }, { "10.0.0.0/08", 104 }, { "::1", 128 }, { "::1/128", 128 },
		{ "fd00::/8", 8 }, { "fd00::/1", 1 }, { "2001:db8::/33", 33 },
		{ "::ffff:10.0.0.0/104", 104 }, { "::ffff:0:0/96", 96 }, { "::fffe:0:0/8", 8 }
	};
	static const char *const wrong[] = {
		"", "/", "/8", "*/0", "* ", "**", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
		"10.0.0.0/+8", "10.0.0.0/ 8", "10.0.0.0 /8", "10.0.0.0/8 ", "10.0.0.0/8/8",
		"10.0.0.0/255.0.0.0", "10.0.0.0/0x8", "10/8", "10.0.0.0/18446744073709551624",
		"::/129", "::1/", "fd00::/8x", "[fd00::]/8", "[fd00::/8]", "any", "none", "unix",
		"example.com", "::ffff:10.0.0.0/95", "::ffff:10.0.0.0/8", "::ffff:0:0/0",
		X64, X64 "/8", X70, X70 "/8", "10.0.0.0/" X70
	};
	struct network n;
	const char *why;
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		why = "";
		ck_assert_msg(network_parse(&n, text_of(rows[i].text), &why) == 0, "%s: %s",
		    rows[i].text, why);
		ck_assert_msg(n.bits == rows[i].bits, "%s: %u bits", rows[i].text, n.bits);
	}
	for (i = 0; i < COUNTOF(wrong); i++) {
		why = NULL;
		ck_assert_msg(network_parse(&n, text_of(wrong[i]), &why) == -1, "%s", wrong[i]);
		ck_assert_msg(why != NULL && why[0] != '\0', "%s: no sentence", wrong[i]);
	}
}
END_TEST

START_TEST(network_members)
{
	static const struct {
		const char	*network, *address;
		int		 in;
	} rows[] = {
		{ "*", "192.0.2.1", 1 }, { "*", "::", 1 }, { "::/0", "192.0.2.1", 0 },
		{ "::/0", "::1", 1 }, { "::/0", "2001:db8::1", 1 }, { "::/0", "::ffff:192.0.2.1", 0 },
		{ "::/1", "192.0.2.1", 0 }, { "::/64", "192.0.2.1", 0 }, { "::/80", "192.0.2.1", 0 },
		{ "::/95", "192.0.2.1", 0 }, { "::fffe:0:0/95", "192.0.2.1", 0 },
		{ "::ffff:0:0/96", "192.0.2.1", 1 }, { "::192.0.2.0/120", "192.0.2.1", 0 },
		{ "0.0.0.0/0", "192.0.2.1", 1 }, { "0.0.0.0/0", "::1", 0 },
		{ "0.0.0.0/0", "::192.0.2.1", 0 }, { "0.0.0.0/0", "::ffff:192.0.2.1", 1 },
		{ "10.0.0.0/8", "10.255.255.255", 1 }, { "10.0.0.0/8", "11.0.0.0", 0 },
		{ "10.0.0.0/8", "9.255.255.255", 0 }, { "10.0.0.0/8", "::ffff:10.0.0.1", 1 },
		{ "10.0.0.0/8", "::10.0.0.1", 0 }, { "10.1.2.3/8", "10.9.9.9", 1 },
		{ "::ffff:10.0.0.0/104", "10.9.9.9", 1 }, { "::ffff:10.0.0.0/104", "11.0.0.0", 0 },
		{ "::ffff:192.0.2.1", "192.0.2.1", 1 },
		{ "192.0.2.0/25", "192.0.2.127", 1 }, { "192.0.2.0/25", "192.0.2.128", 0 },
		{ "192.0.2.128/25", "192.0.2.127", 0 }, { "192.0.2.128/25", "192.0.2.255", 1 },
		{ "192.0.2.2/31", "192.0.2.1", 0 }, { "192.0.2.2/31", "192.0.2.3", 1 },
		{ "192.0.2.1", "192.0.2.1", 1 }, { "192.0.2.1", "192.0.2.0", 0 },
		{ "192.0.2.1/32", "192.0.2.2", 0 }, { "::1", "::1", 1 }, { "::1", "::2", 0 },
		{ "::1", "8000::1", 0 }, { "fd00::/8", "fdff::1", 1 }, { "fd00::/8", "fc00::1", 0 },
		{ "8000::/1", "ffff::", 1 }, { "8000::/1", "7fff::", 0 },
		{ "8000::/1", "192.0.2.1", 0 }, { "2001:db8::/33", "2001:db8:7fff::", 1 },
		{ "2001:db8::/33", "2001:db8:8000::", 0 }, { "2001:db8::/127", "2001:db8::1", 1 },
		{ "2001:db8::/127", "2001:db8::2", 0 }
	};
	struct network n;
	const char *why;
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		ck_assert_int_eq(network_parse(&n, rows[i].network, &why), 0);
		ck_assert_msg(!network_has(&n, address_of(rows[i].address)) == !rows[i].in,
		    "%s in %s", rows[i].address, rows[i].network);
	}
}
END_TEST

/*
 * For every length of a prefix: an address that differs in bit i only is in the networks whose
 * prefix has at most i bits.
 */
START_TEST(network_every_bit)
{
	struct network n = { { 0 }, 0, 0 };
	uint8_t address[16];
	unsigned i;

	for (i = 0; i < 128; i++) {
		memset(address, 0, sizeof(address));
		address[i / 8] = (uint8_t)(0x80 >> i % 8);
		for (n.bits = 0; n.bits <= 128; n.bits++)
			ck_assert_msg(!network_has(&n, address) == (n.bits > i), "bit %u of %u", i,
			    n.bits);
	}
}
END_TEST

START_TEST(network_lists)
{
	static const struct {
		const char	*list;
		int		 loopback, ten, ipv6, unix_clients;	/* 1: is in this list */
	} rows[] = {
		{ "none", 0, 0, 0, 0 }, { " none\t", 0, 0, 0, 0 }, { "any", 1, 1, 1, 1 },
		{ ",any ,", 1, 1, 1, 1 }, { "*", 1, 1, 1, 0 }, { "*,unix", 1, 1, 1, 1 },
		{ "unix", 0, 0, 0, 1 }, { "unix unix", 0, 0, 0, 1 },
		{ "127.0.0.1", 1, 0, 0, 0 }, { "127.0.0.0/8", 1, 0, 0, 0 },
		{ "127.0.0.1,10.0.0.0/8", 1, 1, 0, 0 }, { "10.0.0.0/8 127.0.0.1", 1, 1, 0, 0 },
		{ "unix,10.0.0.0/8", 0, 1, 0, 1 }, { "10.0.0.0/8\tunix", 0, 1, 0, 1 },
		{ " ,\t10.0.0.1 , ,unix,", 0, 1, 0, 1 }, { "2001:db8::/32", 0, 0, 1, 0 },
		{ "[2001:db8::/32]", 0, 0, 1, 0 }, { "[2001:db8::1],[::1]", 0, 0, 1, 0 },
		{ "::/0", 0, 0, 1, 0 }, { "[::/0]", 0, 0, 1, 0 }, { "0.0.0.0/0", 1, 1, 0, 0 },
		{ "[::ffff:10.0.0.0/104] unix", 0, 1, 0, 1 }, { "192.0.2.1", 0, 0, 0, 0 },
		{ "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128]", 0, 0, 0, 0 }
	};
	const char *list, *why;
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		list = text_of(rows[i].list);
		why = "";
		ck_assert_msg(network_is_list(list, &why), "'%s': %s", list, why);
		ck_assert_msg(!network_list_has(list, address_of("127.0.0.1")) == !rows[i].loopback,
		    "'%s': 127.0.0.1", list);
		ck_assert_msg(!network_list_has(list, address_of("10.0.0.1")) == !rows[i].ten,
		    "'%s': 10.0.0.1", list);
		ck_assert_msg(!network_list_has(list, address_of("2001:db8::1")) == !rows[i].ipv6,
		    "'%s': 2001:db8::1", list);
		ck_assert_msg(!network_list_has_unix(list) == !rows[i].unix_clients, "'%s': unix",
		    list);
	}
}
END_TEST

/* Invalid lists, with a part of the reason. An invalid list must contain no address. */
START_TEST(network_no_lists)
{
	static const struct {
		const char	*list, *why;
	} rows[] = {
		{ "", "empty" }, { " ", "empty" }, { ",", "empty" }, { "\t, ,", "empty" },
		{ "none,unix", "alone" }, { "unix none", "alone" }, { "any any", "alone" },
		{ "any,none", "alone" }, { "none,192.0.2.1", "alone" },
		{ "192.0.2.1 any", "alone" },
		{ "None", "names" }, { "ANY", "names" }, { "Unix", "names" }, { "unix:", "names" },
		{ "anything", "names" }, { "an", "names" }, { "all", "names" },
		{ "localhost", "names" }, { "10.0.0.0/33", "bits" }, { "unix,10.0.0.0/x", "bits" },
		{ "192.0.2.1;192.0.2.2", "names" }, { "192.0.2.1\n", "names" },
		{ "!192.0.2.1", "names" }, { "[]", "brackets" }, { "[", "brackets" },
		{ "]", "names" }, { "[*]", "brackets" }, { "[10.0.0.0/8]", "brackets" },
		{ "[unix]", "brackets" }, { "[::1", "brackets" }, { "::1]", "names" },
		{ "[::1]/128", "brackets" }, { "[[::1]]", "names" }, { "[fe80::1%lo]", "names" },
		{ "[::ffff:10.0.0.0/8]", "IPv4" }, { X70, "too long" }, { "unix," X70, "too long" },
		{ X70 ",unix", "too long" }, { X64, "too long" }
	};
	const char *list, *why;
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		list = text_of(rows[i].list);
		why = "";
		ck_assert_msg(!network_is_list(list, &why), "'%s' is taken", list);
		ck_assert_msg(strstr(why, rows[i].why) != NULL, "'%s': %s", list, why);
		ck_assert_msg(!network_list_has(list, address_of("198.51.100.1")), "'%s'", list);
	}
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("network");
	TCase *tc = tcase_create("network");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, network_addresses);
	tcase_add_test(tc, network_texts);
	tcase_add_test(tc, network_bits);
	tcase_add_test(tc, network_members);
	tcase_add_test(tc, network_every_bit);
	tcase_add_test(tc, network_lists);
	tcase_add_test(tc, network_no_lists);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"
