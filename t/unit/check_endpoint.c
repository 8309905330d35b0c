/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "lib/countof.h"
#include "lib/unit.h"
#include "proto/endpoint.h"

#define LIST	4	/* endpoints in the longest list of the table */

struct row {
	const char	*text;
	unsigned	 count;
	struct {
		const char	*host, *port, *path;
		int		 proxy;
	} at[LIST];
};

static const struct row good[] = {
	{ "::", 1, { { "::", "", "", 0 } } },
	{ "*", 1, { { "*", "", "", 0 } } },
	{ "*:80", 1, { { "*", "80", "", 0 } } },
	{ "localhost", 1, { { "localhost", "", "", 0 } } },
	{ "localhost:8001", 1, { { "localhost", "8001", "", 0 } } },
	{ "localhost:0", 1, { { "localhost", "0", "", 0 } } },
	{ "localhost:65535", 1, { { "localhost", "65535", "", 0 } } },
	{ "localhost:http", 1, { { "localhost", "http", "", 0 } } },
	{ "127.0.0.1", 1, { { "127.0.0.1", "", "", 0 } } },
	{ "127.0.0.1:80", 1, { { "127.0.0.1", "80", "", 0 } } },
	{ "::1", 1, { { "::1", "", "", 0 } } },
	{ "::1:8", 1, { { "::1:8", "", "", 0 } } },	/* IPv6 without brackets: no port */
	{ "fe80::5054:ff", 1, { { "fe80::5054:ff", "", "", 0 } } },
	{ "2001:db8:1:2:3:4:5:6789", 1, { { "2001:db8:1:2:3:4:5:6789", "", "", 0 } } },
	{ "[::1:8001]", 1, { { "::1:8001", "", "", 0 } } },
	{ "tcp:80", 1, { { "tcp", "80", "", 0 } } },
	{ "fe80::1%eth0", 1, { { "fe80::1%eth0", "", "", 0 } } },
	{ "[::1]", 1, { { "::1", "", "", 0 } } },
	{ "[::1]:80", 1, { { "::1", "80", "", 0 } } },
	{ "[::]:0", 1, { { "::", "0", "", 0 } } },
	{ "[fe80::1%eth0]:80", 1, { { "fe80::1%eth0", "80", "", 0 } } },
	{ "[127.0.0.1]:80", 1, { { "127.0.0.1", "80", "", 0 } } },
	{ "unix:///run/ws.sock", 1, { { "", "", "/run/ws.sock", 0 } } },
	{ "unix:///a", 1, { { "", "", "/a", 0 } } },
	{ "unix:///a:80", 1, { { "", "", "/a:80", 0 } } },
	{ "unix://///a", 1, { { "", "", "///a", 0 } } },
	{ "a,b", 2, { { "a", "", "", 0 }, { "b", "", "", 0 } } },
	{ "a, b:1 ,\t[::1]:2,unix:///c", 4, { { "a", "", "", 0 }, { "b", "1", "", 0 },
	    { "::1", "2", "", 0 }, { "", "", "/c", 0 } } },
	{ " \t a \t ", 1, { { "a", "", "", 0 } } },
	{ "a proxy", 1, { { "a", "", "", 1 } } },
	{ "a:1 proxy , b", 2, { { "a", "1", "", 1 }, { "b", "", "", 0 } } },
	{ "a,\tb \t proxy", 2, { { "a", "", "", 0 }, { "b", "", "", 1 } } },
	{ "unix:///a proxy,[::1]:1 proxy", 2, { { "", "", "/a", 1 }, { "::1", "1", "", 1 } } },
	{ "proxy", 1, { { "proxy", "", "", 0 } } },
	{ "proxy:80 proxy", 1, { { "proxy", "80", "", 1 } } },
	{ "unix", 1, { { "unix", "", "", 0 } } },
	{ "unix:80", 1, { { "unix", "80", "", 0 } } }
};

static const char *const bad[] = {
	"", " ", "\t", ",", ",a", "a,", "a, ", "a,,b", "a, ,b", " ,a",
	":", ":80", "a:", "a:65536", "a:-1", "a:+1", "a:8 0", "a:1,b:",
	"a:99999999999999999999", "[::1", "[::1]80", "[::1] :80", "[::1]:", "[::1]:65536", "[]",
	"[]:80", "[", "[:80", "[::1]]:80", "[::1]x",
	"unix://", "unix://relative", "unix://./a", "unix:///", "unix:///a/", "unix:///run/ ",
	"unix:///a b", "a b", "a proxyx", "a prox", "a Proxy", "a proxy b", "proxy proxy b",
	"http://a/", "unix:/a",
	/* an address or an address and a port */
	"::1:80", "::1:8001", "::1:65535", "2001:db8::1:443", "fe80::1%eth0:8001",
	"1:2:3:4:5:6:7:8:8001", ":::8001", "::ffff:127.0.0.1:8001",
	"::80", "::8001", "::65535",
	/* other ways to write a socket, an address or a port */
	"/run/x.sock", "./x.sock", "run/x.sock", "unix:/run/x.sock", "unix:./x.sock", "@x",
	"http://0.0.0.0:8001", "ws://host", "tcp://[::]:8001", "tcp:0.0.0.0:8001", "host/8001",
	"8001", "80:8001", "127.0.0", "127.0.0.256", "127.0.0.1.5", "127.0.0.1.5:80", "::g",
	"[::x]:80", "[::1%]:80", "[127.0.0.256]:80", "fe80::1%", "localhost;", "localhost:8001;", "ho st", "a=b",
	"any", "all:8001", "true", "none", "localhost,mode=660", "'localhost'", "\"::1\"", "localhost#x"
};

/*
 * Reads the next endpoint of a list. An error must have a reason; any other result must have
 * none.
 */
static int
next(const char **list, struct endpoint *e)
{
	const char *why = NULL;
	int result;

	memset(e, 0xa5, sizeof(*e));
	result = endpoint_next(list, e, &why);
	ck_assert_msg((result == -1) == (why != NULL), "%d, %s", result, why != NULL ? why : "-");
	if (why != NULL)
		ck_assert_uint_gt(strlen(why), 0);
	return result;
}

START_TEST(endpoint_good)
{
	const struct row *r = &good[_i];
	struct endpoint e;
	struct unit_guard g;
	const char *list, *why = NULL;
	unsigned i;

	unit_guard_open(&g, strlen(r->text) + 1);
	list = unit_guard_string(&g, r->text);
	ck_assert_msg(endpoint_is_list(list, &why), "'%s': %s", r->text, why);
	for (i = 0; i < r->count; i++) {
		ck_assert_msg(next(&list, &e) == 1, "'%s': %u", r->text, i);
		ck_assert_str_eq(e.host, r->at[i].host);
		ck_assert_str_eq(e.port, r->at[i].port);
		ck_assert_str_eq(e.path, r->at[i].path);
		ck_assert_int_eq(e.proxy, r->at[i].proxy);
	}
	ck_assert_int_eq(next(&list, &e), 0);
	ck_assert_int_eq(next(&list, &e), 0);
	unit_guard_close(&g);
}
END_TEST

START_TEST(endpoint_bad)
{
	const char *text = bad[_i], *list, *why = NULL;
	struct endpoint e;
	struct unit_guard g;
	int result;

	unit_guard_open(&g, strlen(text) + 1);
	list = unit_guard_string(&g, text);
	ck_assert_msg(!endpoint_is_list(list, &why), "'%s' is taken", text);
	ck_assert_ptr_nonnull(why);
	ck_assert_uint_gt(strlen(why), 0);
	while ((result = next(&list, &e)) == 1)
		;
	/* Only a list of blanks is empty (0); each other text of this test is an error (-1). */
	ck_assert_int_eq(result, strspn(text, " \t") == strlen(text) ? 0 : -1);
	unit_guard_close(&g);
}
END_TEST

/* Names of each length around the limit are read completely or refused, never truncated. */
static void
check_lengths(const char *before, const char *after, size_t room, size_t part)
{
	static char text[1024];
	const char *list, *why = NULL, *got;
	struct endpoint e;
	size_t len;
	int result;

	for (len = 1; len < room + 40; len++) {
		strcpy(text, before);
		memset(text + strlen(before), 'x', len);
		strcpy(text + strlen(before) + len, after);
		list = text;
		result = endpoint_next(&list, &e, &why);
		ck_assert_msg(result == (len < room ? 1 : -1), "%zu of %zu: %d", len, room, result);
		if (result != 1)
			continue;
		got = (const char *)&e + part;
		ck_assert_uint_eq(strspn(got, "/") + strspn(got + strspn(got, "/"), "x"),
		    strlen(got));
		ck_assert_uint_eq(strlen(got), len + (*got == '/'));
	}
}

START_TEST(endpoint_lengths)
{
	check_lengths("", "", ENDPOINT_HOST_SIZE, offsetof(struct endpoint, host));
	check_lengths("", ":80", ENDPOINT_HOST_SIZE, offsetof(struct endpoint, host));
	check_lengths("[", "]:80 proxy", ENDPOINT_HOST_SIZE, offsetof(struct endpoint, host));
	/*
	 * Eight bytes are reserved for a temporary name beside the path; the slash takes one
	 * byte.
	 */
	check_lengths("unix:///", "", TRANSPORT_PATH_SIZE - 8 - 1, offsetof(struct endpoint, path));
	check_lengths("unix:///", " proxy,a", TRANSPORT_PATH_SIZE - 8 - 1,
	    offsetof(struct endpoint, path));
}
END_TEST

/* All entries of a long list must be read. */
START_TEST(endpoint_many)
{
	static char text[16384];
	const char *list = text;
	struct endpoint e;
	char port[16];
	size_t at = 0;
	unsigned i;

	for (i = 0; i < 1000; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s a:%u",
		    i > 0 ? "," : "", i);
	for (i = 0; i < 1000; i++) {
		ck_assert_int_eq(next(&list, &e), 1);
		snprintf(port, sizeof(port), "%u", i);
		ck_assert_str_eq(e.port, port);
	}
	ck_assert_int_eq(next(&list, &e), 0);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("endpoint");
	TCase *tc = tcase_create("endpoint");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, endpoint_good, 0, (int)COUNTOF(good));
	tcase_add_loop_test(tc, endpoint_bad, 0, (int)COUNTOF(bad));
	tcase_add_test(tc, endpoint_lengths);
	tcase_add_test(tc, endpoint_many);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"
