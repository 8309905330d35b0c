/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Tests allow.h: the texts that are valid lists of peers, and the peers that a list allows. */

#include "config.h"

#include <arpa/inet.h>
#include <sys/stat.h>

#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/countof.h"
#include "lib/unit.h"
#include "proto/allow.h"

#define X10	"xxxxxxxxxx"
#define X100	X10 X10 X10 X10 X10 X10 X10 X10 X10 X10

/* -- lists -- */

static const char *const good[] = {
	"any", "tcp://*", "udp://*", "unix:///", "unix-dgram:///", "tcp://*:*", "tcp://*:1",
	"tcp://*:65535", "tcp://*:1-65535", "tcp://*:80-80", "tcp://10.0.0.1", "tcp://10.0.0.1:80",
	"tcp://10.0.0.1:80-90", "tcp://10.0.0.1:*", "tcp://10.0.0.0/8", "tcp://10.0.0.0/0",
	"tcp://10.0.0.0/32", "tcp://10.0.0.0/8:80", "tcp://10.1.2.3/8", "tcp://[::1]",
	"tcp://[::1]:80",
	"tcp://[fd00::/8]", "tcp://[fd00::/8]:80-90", "tcp://[::/0]", "tcp://[::/128]",
	"tcp://[::ffff:10.0.0.0/104]", "tcp://[*]", "tcp://[10.0.0.0/8]:80", "udp://10.0.0.1:53",
	"unix:///run/x.sock", "unix:///run/", "unix-dgram:///dev/log", "unix:///with:colon",
	"tcp://*,udp://*", "tcp://* udp://*", "tcp://*\tudp://*", ", tcp://* ,, udp://* ,",
	" tcp://*", "tcp://* ", "unix:///run/,unix:///tmp/x,tcp://[::1]:80"
};

static const char *const bad[] = {
	"", " ", ",", " ,\t, ", "all", "Any", "any ", " any", "any,tcp://*", "tcp://*,any", "none",
	"*", "10.0.0.1", "tcp", "tcp:", "tcp:/", "tcp://", "udp://", "unix://", "unix-dgram://",
	"tcp:*", "tcp:/10.0.0.1", "tcp//*", "TCP://*", "http://10.0.0.1", "tcp6://*", "://*",
	"unix:/run", "unix://run/x", "unix://./x", "unix:// /x", "unix-stream:///x",
	/* invalid networks */
	"tcp://localhost", "tcp://example.org:80", "tcp://10", "tcp://10.0", "tcp://10.0.0",
	"tcp://10.0.0.0.0", "tcp://10.0.0.256", "tcp://010.0.0.1", "tcp://0x0a000001", "tcp://-1",
	"tcp://10.0.0.1x", "tcp://10.0.0.*", "tcp://**", "tcp://*/8", "tcp://10.0.0.0/", "tcp:///8",
	"tcp://10.0.0.0/33", "tcp://10.0.0.0/-1", "tcp://10.0.0.0/+8", "tcp://10.0.0.0/8x",
	"tcp://10.0.0.0/8/8", "tcp://10.0.0.0/255.0.0.0", "tcp://10.0.0.0/99999999999999999999",
	"tcp://[::/129]", "tcp://[::/-0]", "tcp://[::]/8", "tcp://[::", "tcp://::", "tcp://::1",
	"tcp://fd00::1:80", "tcp://::1]", "tcp://[]", "tcp://[]:80", "tcp://[/8]", "tcp://[::1]80",
	"tcp://[::1]x:80", "tcp://[[::1]]", "tcp://[::1%lo]", "tcp://[fe80::1%1]",
	"tcp://[1::2::3]",
	"tcp://[12345::]", "tcp://[localhost]",
	/* invalid ports */
	"tcp://*:", "tcp://*:0", "tcp://*:65536", "tcp://*:99999999999999999999", "tcp://*:-1",
	"tcp://*:1-", "tcp://*:-", "tcp://*:1-0", "tcp://*:90-80", "tcp://*:1-65536",
	"tcp://*:1-2-3",
	"tcp://*:1--2", "tcp://*:+1", "tcp://*:http", "tcp://*:80x", "tcp://*:x", "tcp://*:*-80",
	"tcp://*:80-*", "tcp://*:80:90", "tcp://10.0.0.1:80:90", "tcp://[::1]:", "tcp://[::1]:0",
	"tcp://[::1]:80:90", "tcp://10.0.0.0:80/8", "tcp://*::",
	/* lists with one invalid entry among valid ones */
	"tcp://*,tcp://", "tcp://,tcp://*", "tcp://*;udp://*", "tcp://*\nudp://*", "tcp://*,x",
	/* texts that are too long */
	"unix:///" X100 X100 X100, "tcp://" X100 X100 X100
};

START_TEST(good_lists)
{
	const char *why = NULL;
	struct unit_guard g;

	unit_guard_open(&g, 1000);
	ck_assert_msg(allow_is_list(unit_guard_string(&g, good[_i]), &why), "'%s': %s", good[_i],
	    why);
	unit_guard_close(&g);
}
END_TEST

START_TEST(bad_lists)
{
	static const uint8_t zeros[16];
	const char *why = NULL;
	struct unit_guard g;
	size_t i;

	unit_guard_open(&g, 1000);
	ck_assert_msg(!allow_is_list(unit_guard_string(&g, bad[_i]), &why), "'%s' is a list",
	    bad[_i]);
	ck_assert_msg(why != NULL && strlen(why) > 15 && strchr(why, ' ') != NULL, "'%s': '%s'",
	    bad[_i], why);
	for (i = 0; why[i] != '\0'; i++)
		ck_assert(isprint((unsigned char)why[i]));
	/*
	 * The program never uses an invalid list, but reading one must not access memory after
	 * its end.
	 */
	(void)allow_inet(unit_guard_string(&g, bad[_i]), peer_tcp_client, zeros, 1);
	(void)allow_unix(unit_guard_string(&g, bad[_i]), peer_unix_stream, "/x");
	unit_guard_close(&g);
}
END_TEST

/* Texts around the maximum length of a target. */
START_TEST(long_targets)
{
	char text[300];
	const char *why;
	size_t len;

	for (len = 240; len < 300; len++) {
		memset(text, 'x', sizeof(text));
		memcpy(text, "unix:///", 8);
		text[len - 1] = '\0';
		ck_assert_msg(!allow_is_list(text, &why) == (len - 1 > 255), "%zu bytes", len - 1);
		ck_assert_int_eq(allow_unix(text, peer_unix_stream, text + 7), len - 1 <= 255);
	}
}
END_TEST

/* -- addresses -- */

static const struct {
	const char	*list, *address;
	unsigned	 port;
	int		 allowed;
} inet[] = {
	{ "any", "10.0.0.1", 80, 1 }, { "any", "::1", 0, 1 },
	{ "tcp://*", "10.0.0.1", 80, 1 }, { "tcp://*", "::1", 65535, 1 },
	{ "tcp://*:*", "::", 1, 1 },
	{ "tcp://10.0.0.1", "10.0.0.1", 1, 1 }, { "tcp://10.0.0.1", "10.0.0.2", 1, 0 },
	{ "tcp://10.0.0.1", "110.0.0.1", 1, 0 },
	{ "tcp://10.0.0.1:80", "10.0.0.1", 80, 1 }, { "tcp://10.0.0.1:80", "10.0.0.1", 79, 0 },
	{ "tcp://10.0.0.1:80", "10.0.0.1", 81, 0 }, { "tcp://10.0.0.1:80", "10.0.0.1", 0, 0 },
	{ "tcp://10.0.0.1:80-82", "10.0.0.1", 79, 0 },
	{ "tcp://10.0.0.1:80-82", "10.0.0.1", 80, 1 },
	{ "tcp://10.0.0.1:80-82", "10.0.0.1", 82, 1 },
	{ "tcp://10.0.0.1:80-82", "10.0.0.1", 83, 0 },
	{ "tcp://*:1-65535", "10.0.0.1", 65535, 1 }, { "tcp://*:1-65535", "10.0.0.1", 0, 0 },
	/* prefix lengths: addresses on both sides of each edge of a network */
	{ "tcp://10.0.0.0/8", "10.255.255.255", 1, 1 }, { "tcp://10.0.0.0/8", "11.0.0.0", 1, 0 },
	{ "tcp://10.0.0.0/8", "9.255.255.255", 1, 0 }, { "tcp://10.9.8.7/8", "10.1.2.3", 1, 1 },
	{ "tcp://10.0.0.0/7", "11.255.255.255", 1, 1 }, { "tcp://10.0.0.0/7", "12.0.0.0", 1, 0 },
	{ "tcp://10.0.0.0/9", "10.127.255.255", 1, 1 }, { "tcp://10.0.0.0/9", "10.128.0.0", 1, 0 },
	{ "tcp://10.128.0.0/9", "10.128.0.0", 1, 1 }, { "tcp://10.128.0.0/9", "10.127.0.0", 1, 0 },
	{ "tcp://10.0.0.4/30", "10.0.0.7", 1, 1 }, { "tcp://10.0.0.4/30", "10.0.0.8", 1, 0 },
	{ "tcp://10.0.0.4/31", "10.0.0.5", 1, 1 }, { "tcp://10.0.0.4/31", "10.0.0.6", 1, 0 },
	{ "tcp://10.0.0.4/32", "10.0.0.4", 1, 1 }, { "tcp://10.0.0.4/32", "10.0.0.5", 1, 0 },
	{ "tcp://10.0.0.0/0", "192.0.2.1", 1, 1 }, { "tcp://0.0.0.0/0", "255.255.255.255", 1, 1 },
	/* IPv4 and IPv6 */
	{ "tcp://0.0.0.0/0", "::1", 1, 0 }, { "tcp://0.0.0.0/0", "2001:db8::1", 1, 0 },
	{ "tcp://0.0.0.0/0", "::10.0.0.1", 1, 0 }, { "tcp://0.0.0.0/0", "::ffff:10.0.0.1", 1, 1 },
	{ "tcp://10.0.0.0/8", "::ffff:10.0.0.1", 1, 1 },
	{ "tcp://[::/0]", "10.0.0.1", 1, 0 }, { "tcp://[::/0]", "::1", 1, 1 },
	{ "tcp://*", "10.0.0.1", 1, 1 }, { "tcp://[::/80]", "10.0.0.1", 1, 0 }, { "tcp://[::1]", "127.0.0.1", 1, 0 },
	{ "tcp://[::ffff:10.0.0.0/104]", "10.1.1.1", 1, 1 },
	{ "tcp://[::ffff:10.0.0.0/104]", "11.1.1.1", 1, 0 },
	{ "tcp://[::ffff:0:0/96]", "10.0.0.1", 1, 1 }, { "tcp://[::ffff:0:0/96]", "::1", 1, 0 },
	{ "tcp://[10.0.0.0/8]", "10.1.1.1", 1, 1 }, { "tcp://[*]", "10.1.1.1", 1, 1 },
	{ "tcp://[::1]", "::1", 1, 1 }, { "tcp://[::1]", "::2", 1, 0 },
	{ "tcp://[fd00::/8]", "fdff::1", 1, 1 }, { "tcp://[fd00::/8]", "fc00::1", 1, 0 },
	{ "tcp://[fd00::/8]", "fe00::1", 1, 0 }, { "tcp://[fc00::/7]:80", "fd00::1", 80, 1 },
	{ "tcp://[2001:db8::/33]", "2001:db8:7fff::1", 1, 1 },
	{ "tcp://[2001:db8::/33]", "2001:db8:8000::1", 1, 0 },
	{ "tcp://[2001:db8::1/127]", "2001:db8::0", 1, 1 },
	{ "tcp://[2001:db8::1/127]", "2001:db8::2", 1, 0 },
	{ "tcp://[2001:db8::1/128]", "2001:db8::1", 1, 1 },
	{ "tcp://[2001:db8::1/128]", "2001:db8::3", 1, 0 },
	/* kinds */
	{ "udp://*", "10.0.0.1", 1, 0 }, { "unix:///", "10.0.0.1", 1, 0 },
	{ "unix-dgram:///", "::", 0, 0 },
	/* lists */
	{ "udp://*,tcp://10.0.0.1", "10.0.0.1", 1, 1 },
	{ "tcp://10.0.0.1 udp://*", "10.0.0.1", 1, 1 },
	{ "tcp://10.0.0.1:1,tcp://10.0.0.2:2", "10.0.0.1", 2, 0 },
	{ "tcp://10.0.0.1:1,tcp://10.0.0.2:2", "10.0.0.2", 2, 1 },
	{ "tcp://10.0.0.1,,\ttcp://10.0.0.3, ", "10.0.0.3", 2, 1 },
	{ "tcp://10.0.0.1,tcp://10.0.0.3", "10.0.0.2", 2, 0 }
};

/* Converts an address to the 16 bytes of an IPv6 address. */
static void
parse(uint8_t out[16], const char *text)
{
	memset(out, 0, 16);
	if (strchr(text, ':') != NULL) {
		ck_assert_int_eq(inet_pton(AF_INET6, text, out), 1);
		return;
	}
	out[10] = out[11] = 0xff;
	ck_assert_int_eq(inet_pton(AF_INET, text, out + 12), 1);
}

START_TEST(addresses)
{
	const char *why = "";
	struct unit_guard list, address;
	uint8_t bytes[16], *guarded;

	unit_guard_open(&list, 200);
	unit_guard_open(&address, 16);
	parse(bytes, inet[_i].address);
	guarded = unit_guard_end(&address, bytes, sizeof(bytes));
	ck_assert_msg(allow_is_list(inet[_i].list, &why), "%s: %s", inet[_i].list, why);
	ck_assert_msg(!allow_inet(unit_guard_string(&list, inet[_i].list), peer_tcp_client, guarded,
	    inet[_i].port) == !inet[_i].allowed, "%s, %s port %u", inet[_i].list, inet[_i].address,
	    inet[_i].port);
	unit_guard_close(&list);
	unit_guard_close(&address);
}
END_TEST

/* An entry for one kind of peer allows no other kind. */
START_TEST(kinds)
{
	static const uint8_t address[16];

	ck_assert(allow_inet("udp://*", peer_udp_client, address, 1));
	ck_assert(!allow_inet("tcp://*", peer_udp_client, address, 1));
	ck_assert(!allow_inet("unix:///,unix-dgram:///", peer_udp_client, address, 1));
	ck_assert(allow_unix("any", peer_unix_stream, "/x"));
	ck_assert(!allow_unix("tcp://*,udp://*", peer_unix_stream, "/x"));
	ck_assert(!allow_unix("unix-dgram:///", peer_unix_stream, "/x"));
	ck_assert(!allow_unix("unix:///", peer_unix_dgram, "/x"));
	ck_assert(allow_unix("unix-dgram:///", peer_unix_dgram, "/x"));
}
END_TEST

/*
 * For every prefix length, compares the result of allow_inet() with a mask that is computed here.
 */
START_TEST(every_number_of_bits)
{
	char list[64];
	uint32_t network = 0xa5c33c5a, address, mask;
	uint8_t bytes[16];
	unsigned bits, flip;

	for (bits = 0; bits <= 32; bits++) {
		snprintf(list, sizeof(list), "tcp://165.195.60.90/%u", bits);
		mask = bits == 0 ? 0 : (uint32_t)(0xffffffff << (32 - bits));
		for (flip = 0; flip < 32; flip++) {
			address = network ^ (uint32_t)1 << flip;
			parse(bytes, "0.0.0.0");
			bytes[12] = (uint8_t)(address >> 24);
			bytes[13] = (uint8_t)(address >> 16);
			bytes[14] = (uint8_t)(address >> 8);
			bytes[15] = (uint8_t)address;
			ck_assert_msg(!allow_inet(list, peer_tcp_client, bytes, 1) ==
			    ((address & mask) != (network & mask)), "%s, bit %u", list, flip);
		}
	}
}
END_TEST

/* -- paths -- */

static const struct {
	const char	*list, *path;
	int		 allowed;
} paths[] = {
	{ "any", "/x", 1 }, { "unix:///", "/x", 1 }, { "unix:///", "/x/y", 1 },
	{ "unix:///run/x", "/run/x", 1 }, { "unix:///run/x", "/run/xy", 0 },
	{ "unix:///run/x", "/run/", 0 }, { "unix:///run/x", "/run/x/y", 0 },
	{ "unix:///run/x", "/RUN/X", 0 }, { "unix:///run/x", "/tmp/run/x", 0 },
	{ "unix:///run/", "/run/x", 1 }, { "unix:///run/", "/run/x/y", 1 },
	{ "unix:///run/", "/run", 0 }, { "unix:///run/", "/runx", 0 }, { "unix:///run/", "/", 0 },
	{ "unix:///run/", "/ru", 0 }, { "unix:///run/*", "/run/x", 0 },
	{ "unix:///run/*", "/run/*", 1 },
	{ "unix:///a,unix:///b", "/b", 1 }, { "unix:///a,unix:///b", "/c", 0 },
	{ "unix:///a,unix:///b", "/a,unix:///b", 0 }, { "unix:///a:b", "/a:b", 1 }
};

START_TEST(files)
{
	struct unit_guard list, path;

	unit_guard_open(&list, 200);
	unit_guard_open(&path, 200);
	ck_assert_msg(!allow_unix(unit_guard_string(&list, paths[_i].list), peer_unix_stream,
	    unit_guard_string(&path, paths[_i].path)) == !paths[_i].allowed, "%s, %s",
	    paths[_i].list, paths[_i].path);
	unit_guard_close(&list);
	unit_guard_close(&path);
}
END_TEST

/*
 * allow_next_link() must return the paths that lead through a symbolic link, one after the other,
 * and pass over all other entries.
 */
START_TEST(links)
{
	char list[4000], directory[600], link[600], expected[620], target[ALLOW_TARGET_SIZE], *real;
	const char *next = list;

	real = realpath(unit_path("."), NULL);
	ck_assert_ptr_nonnull(real);
	snprintf(directory, sizeof(directory), "%s/directory", real);
	snprintf(link, sizeof(link), "%s/link", real);
	free(real);
	ck_assert_int_eq(mkdir(directory, 0700), 0);
	ck_assert_int_eq(symlink("directory", link), 0);
	snprintf(list, sizeof(list), "tcp://*, unix://%s/ unix:///,unix://%s/,unix:///not/there,"
	    "unix://%s//,unix-dgram://%s", directory, link, directory, link);
	real = allow_next_link(&next, target);
	snprintf(expected, sizeof(expected), "unix://%s/", link);
	ck_assert_str_eq(target, expected);
	ck_assert_str_eq(real, directory);
	free(real);
	real = allow_next_link(&next, target);
	snprintf(expected, sizeof(expected), "unix://%s//", directory);
	ck_assert_str_eq(target, expected);
	ck_assert_str_eq(real, directory);
	free(real);
	real = allow_next_link(&next, target);
	snprintf(expected, sizeof(expected), "unix-dgram://%s", link);
	ck_assert_str_eq(target, expected);
	free(real);
	ck_assert_ptr_null(allow_next_link(&next, target));
	next = "any";
	ck_assert_ptr_null(allow_next_link(&next, target));
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("allow");
	TCase *tc = tcase_create("lists");

	tcase_add_loop_test(tc, good_lists, 0, COUNTOF(good));
	tcase_add_loop_test(tc, bad_lists, 0, COUNTOF(bad));
	tcase_add_test(tc, long_targets);
	suite_add_tcase(s, tc);

	tc = tcase_create("addresses");
	tcase_add_loop_test(tc, addresses, 0, COUNTOF(inet));
	tcase_add_test(tc, kinds);
	tcase_add_test(tc, every_number_of_bits);
	suite_add_tcase(s, tc);

	tc = tcase_create("paths");
	tcase_add_unchecked_fixture(tc, unit_files_setup, unit_files_remove);
	tcase_add_loop_test(tc, files, 0, COUNTOF(paths));
	tcase_add_test(tc, links);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"
