/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <check.h>
#include <string.h>

#include "base/sha1.h"
#include "lib/countof.h"
#include "lib/unit.h"

/* The vectors of FIPS 180-1 and 180-2, and the key of RFC 6455, section 1.3. */
static const struct {
	const char	*text, *digest;
} rows[] = {
	{ "", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
	{ "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
	{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
	    "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
	    "a49b2446a02c645bf419f995b67091253a04a259" },
	{ "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
	    "b37a4f2cc0624f1690f64606cf385945b2bec4ea" },
	{ "The quick brown fox jumps over the lazy dog",
	    "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12" }
};

struct hashing {
	struct sha1	s;
	uint8_t		want[SHA1_SIZE];
	const char	*text;
};

static void
hashing_begin(void *arg)
{
	struct hashing *h = arg;

	memset(&h->s, 0xa5, sizeof(h->s));
	sha1_init(&h->s);
}

static void
hashing_feed(void *arg, const uint8_t *piece, size_t len)
{
	struct hashing *h = arg;

	sha1_update(&h->s, piece, len);
}

static void
hashing_end(void *arg, const char *how)
{
	struct hashing *h = arg;
	uint8_t digest[SHA1_SIZE];

	sha1_final(&h->s, digest);
	ck_assert_msg(memcmp(digest, h->want, SHA1_SIZE) == 0, "'%s' %s: %s", h->text, how,
	    unit_hex(digest, SHA1_SIZE));
}

START_TEST(sha1_vectors)
{
	struct hashing h;
	const struct unit_feeder f = { hashing_begin, hashing_feed, hashing_end, &h };

	h.text = rows[_i].text;
	ck_assert_uint_eq(unit_unhex(h.want, SHA1_SIZE, rows[_i].digest), SHA1_SIZE);
	unit_feed(&f, h.text, strlen(h.text));
}
END_TEST

START_TEST(sha1_million_a)
{
	static const size_t pieces[] = { 1000000, 1000, 64, 63, 65, 1, 127 };
	static uint8_t a[1000000];
	uint8_t digest[SHA1_SIZE], want[SHA1_SIZE];
	struct sha1 s;
	size_t i, n, done;

	memset(a, 'a', sizeof(a));
	unit_unhex(want, sizeof(want), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
	for (i = 0; i < COUNTOF(pieces); i++) {
		sha1_init(&s);
		for (done = 0; done < sizeof(a); done += n) {
			n = sizeof(a) - done < pieces[i] ? sizeof(a) - done : pieces[i];
			sha1_update(&s, a + done, n);
		}
		sha1_final(&s, digest);
		ck_assert_msg(memcmp(digest, want, SHA1_SIZE) == 0, "in pieces of %zu: %s",
		    pieces[i], unit_hex(digest, SHA1_SIZE));
	}
}
END_TEST

/*
 * The hash of the hashes of messages of each length from 0 to 299, so that all paddings occur.
 * The expected value was computed with another program.
 */
START_TEST(sha1_every_length)
{
	uint8_t message[300], digest[SHA1_SIZE], want[SHA1_SIZE];
	struct sha1 s, all;
	struct unit_guard g;
	size_t i, j;

	unit_guard_open(&g, sizeof(message));
	sha1_init(&all);
	for (i = 0; i < sizeof(message); i++) {
		for (j = 0; j < i; j++)
			message[j] = (uint8_t)(j * 7 + i);
		sha1_init(&s);
		sha1_update(&s, unit_guard_end(&g, message, i), i);
		sha1_final(&s, digest);
		sha1_update(&all, digest, sizeof(digest));
	}
	sha1_final(&all, digest);
	unit_unhex(want, sizeof(want), "dfc942b5ddc5fe6421ccada9be50fa42e873926c");
	ck_assert_mem_eq(digest, want, SHA1_SIZE);
	unit_guard_close(&g);
}
END_TEST

START_TEST(sha1_final_writes_no_more)
{
	struct unit_guard g;
	struct sha1 s;
	uint8_t *digest, want[SHA1_SIZE];

	unit_unhex(want, sizeof(want), rows[1].digest);
	unit_guard_open(&g, SHA1_SIZE + 1);
	digest = unit_guard_end(&g, NULL, SHA1_SIZE + 1);
	sha1_init(&s);
	sha1_update(&s, "abc", 3);
	sha1_final(&s, digest + 1);
	ck_assert_mem_eq(digest + 1, want, SHA1_SIZE);
	ck_assert_uint_eq(digest[0], 0xa5);
	unit_guard_close(&g);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("sha1");
	TCase *tc = tcase_create("sha1");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, sha1_vectors, 0, COUNTOF(rows));
	tcase_add_test(tc, sha1_million_a);
	tcase_add_test(tc, sha1_every_length);
	tcase_add_test(tc, sha1_final_writes_no_more);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"
