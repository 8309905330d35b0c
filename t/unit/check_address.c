/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Tests address.h: conversions between socket addresses, bytes and text. */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "lib/countof.h"
#include "lib/unit.h"
#include "posix/address.h"

static const struct {
	const char	*host;
	unsigned	 port;
	int		 family;
	const char	*bytes, *text;
} rows[] = {
	{ "192.0.2.1", 80, AF_INET, "00000000000000000000ffffc0000201", "192.0.2.1:80" },
	{ "0.0.0.0", 0, AF_INET, "00000000000000000000ffff00000000", "0.0.0.0:0" },
	{ "255.255.255.255", 65535, AF_INET, "00000000000000000000ffffffffffff",
	    "255.255.255.255:65535" },
	{ "::ffff:192.0.2.1", 80, AF_INET6, "00000000000000000000ffffc0000201", "192.0.2.1:80" },
	{ "::1", 443, AF_INET6, "00000000000000000000000000000001", "[::1]:443" },
	{ "::", 0, AF_INET6, "00000000000000000000000000000000", "[::]:0" },
	{ "2001:db8::a:b", 65535, AF_INET6, "20010db80000000000000000000a000b",
	    "[2001:db8::a:b]:65535" }
};

START_TEST(address_rows)
{
	struct sockaddr_storage a;
	uint8_t bytes[16], expected[16];
	char text[ADDRESS_TEXT_SIZE];
	uint16_t port = 1;

	ck_assert(address_parse(&a, rows[_i].host, rows[_i].port) > 0);
	ck_assert_int_eq(a.ss_family, rows[_i].family);
	ck_assert_uint_eq(address_port(&a), rows[_i].port);
	ck_assert_int_eq(address_bytes(&a, bytes, &port), 0);
	ck_assert_uint_eq(unit_unhex(expected, sizeof(expected), rows[_i].bytes), 16);
	ck_assert_msg(memcmp(bytes, expected, 16) == 0, "%s", unit_hex(bytes, 16));
	ck_assert_uint_eq(port, rows[_i].port);
	ck_assert_str_eq(address_format(text, &a), rows[_i].text);
	address_set_port(&a, 4321);
	ck_assert_uint_eq(address_port(&a), 4321);
}
END_TEST

START_TEST(address_not_numeric)
{
	static const char *const hosts[] = { "", "localhost", "[::1]", "::1%lo", "127.1", "*" };
	struct sockaddr_storage a;
	size_t i;

	for (i = 0; i < COUNTOF(hosts); i++)
		ck_assert_msg(address_parse(&a, hosts[i], 80) == 0, "'%s'", hosts[i]);
}
END_TEST

START_TEST(address_other_families)
{
	struct sockaddr_storage a;
	uint8_t bytes[16];
	char text[ADDRESS_TEXT_SIZE];
	uint16_t port;

	memset(&a, 0, sizeof(a));
	a.ss_family = AF_UNIX;
	ck_assert_int_eq(address_bytes(&a, bytes, &port), -1);
	ck_assert_str_eq(address_format(text, &a), "unix");
	a.ss_family = AF_UNSPEC;
	ck_assert_int_eq(address_bytes(&a, bytes, &port), -1);
	ck_assert_str_eq(address_format(text, &a), "unknown");
}
END_TEST

START_TEST(address_of_a_path)
{
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];
	struct sockaddr_un un;

	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_eq(address_unix(&un, path), -1);
	path[sizeof(path) - 2] = '\0';
	ck_assert_int_eq(address_unix(&un, path), 0);
	ck_assert_int_eq(un.sun_family, AF_UNIX);
	ck_assert_str_eq(un.sun_path, path);
}
END_TEST

START_TEST(address_join_long_host)
{
	char host[300], text[ADDRESS_TEXT_SIZE];

	memset(host, ':', sizeof(host));
	host[sizeof(host) - 1] = '\0';
	ck_assert_str_eq(address_join(text, host, 65535) + ADDRESS_HOST_SIZE, "]:65535");
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("address");
	TCase *tc = tcase_create("address");

	tcase_add_loop_test(tc, address_rows, 0, (int)COUNTOF(rows));
	tcase_add_test(tc, address_not_numeric);
	tcase_add_test(tc, address_other_families);
	tcase_add_test(tc, address_of_a_path);
	tcase_add_test(tc, address_join_long_host);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"
