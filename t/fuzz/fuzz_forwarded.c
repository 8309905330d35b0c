/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Fuzz target of forwarded.h and of the lists of network.h. A client can put any value into a
 * field: the result must depend only on the address that the last proxy has added. Input: the
 * list of trusted proxies, then the values, the last field first, each with a NUL after it. An
 * invalid list is replaced by a default one.
 */

#include "config.h"

#include "fuzz.h"
#include "proto/forwarded.h"
#include "proto/network.h"

#define VALUES	4

typedef int walk_function(struct forwarded *f, const char *value, const char *trusted);

/* An address that a proxy appends, and its text in each of the two fields. */
struct hop {
	uint8_t		 address[16];
	unsigned	 port;
	const char	*x_for, *rfc7239;
};

static const struct hop hops[] = {
	{ { [10] = 0xff, [11] = 0xff, 192, 0, 2, 1 }, 0, "192.0.2.1", "for=192.0.2.1" },
	{ { [10] = 0xff, [11] = 0xff, 192, 0, 2, 1 }, 80, "192.0.2.1:80",
	    "for=\"192.0.2.1:80\";host=\"a,\\\"\\\\\";by=_x" },
	{ { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }, 0, "2001:db8::1", "for=\"[2001:db8::1]\"" },
	{ { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }, 9, "[2001:db8::1]:9",
	    "proto=http;for=\"[2001:db8::1]:9\"" },
};

static int
walk_values(struct forwarded *f, walk_function *walk, char *const values[VALUES],
    const char *trusted)
{
	int i, more = 1;

	forwarded_init(f);
	for (i = 0; i < VALUES && values[i] != NULL && more; i++)
		more = walk(f, values[i], trusted);
	return more;
}

static void
check_same(const struct forwarded *a, const struct forwarded *b)
{
	FUZZ_CHECK(a->known == b->known && a->port == b->port && a->hops == b->hops);
	FUZZ_CHECK(memcmp(a->address, b->address, 16) == 0);
}

/* Checks the rules for every result. */
static void
check_outcome(const struct forwarded *f, int more, const char *trusted)
{
	static const uint8_t zeros[16];

	FUZZ_CHECK(more == 0 || more == 1);
	FUZZ_CHECK(f->hops >= 0 && f->hops <= FORWARDED_HOPS);
	FUZZ_CHECK(!more || f->hops < FORWARDED_HOPS);
	FUZZ_CHECK(f->port <= 65535);
	if (!f->known)
		FUZZ_CHECK(memcmp(f->address, zeros, 16) == 0 && f->port == 0);
	/*
	 * If the search continues or has passed an address, all addresses so far must be trusted.
	 */
	if (more && f->known)
		FUZZ_CHECK(network_list_has(trusted, f->address));
	if (more && !f->known)
		FUZZ_CHECK(f->hops == 0 || network_list_has_unix(trusted));
}

static char *
join(const char *a, const char *middle, const char *b)
{
	size_t size = strlen(a) + strlen(middle) + strlen(b) + 1;
	char *text = malloc(size);

	FUZZ_CHECK(text != NULL);
	snprintf(text, size, "%s%s%s", a, middle, b);
	return text;
}

/* A proxy appends an address to the value that it has received: this address must be the result. */
static void
check_appended(walk_function *walk, int x_for, const char *forged, const char *trusted)
{
	const char *added;
	struct forwarded f;
	char *value;
	size_t i;
	int more;

	for (i = 0; i < sizeof(hops) / sizeof(hops[0]); i++) {
		added = x_for ? hops[i].x_for : hops[i].rfc7239;
		value = join(forged, i % 2 == 0 ? ", " : ",", added);
		forwarded_init(&f);
		more = walk(&f, value, trusted);
		free(value);
		if (network_list_has(trusted, hops[i].address)) {
			FUZZ_CHECK(f.known && f.hops >= 1);
			continue;
		}
		FUZZ_CHECK(!more && f.known && f.hops == 0 && f.port == hops[i].port);
		FUZZ_CHECK(memcmp(f.address, hops[i].address, 16) == 0);
	}
}

/*
 * If the last value is valid, two fields must give the same result as one field with both values
 * and a comma between them (RFC 9110, section 5.3).
 */
static void
check_joined(walk_function *walk, int x_for, char *const values[VALUES], const char *trusted)
{
	char *one[VALUES] = { values[0] }, *two[VALUES] = { values[0], values[1] };
	struct forwarded apart, together;
	int more;

	if (values[1] == NULL)
		return;
	more = walk_values(&apart, walk, one, trusted);
	if (!x_for && !more)
		return;
	more = walk_values(&apart, walk, two, trusted);
	one[0] = join(values[1], ",", values[0]);
	FUZZ_CHECK(walk_values(&together, walk, one, trusted) == more);
	check_same(&apart, &together);
	free(one[0]);
}

static void
check_walk(walk_function *walk, int x_for, char *const values[VALUES], const char *trusted)
{
	struct forwarded f, again;
	int more;

	more = walk_values(&f, walk, values, trusted);
	check_outcome(&f, more, trusted);
	FUZZ_CHECK(walk_values(&again, walk, values, trusted) == more);
	check_same(&f, &again);
	check_joined(walk, x_for, values, trusted);
	if (values[0] != NULL)
		check_appended(walk, x_for, values[0], trusted);
	/* If no proxy is trusted, the result must be the right-most entry or none. */
	more = walk_values(&f, walk, values, "none");
	FUZZ_CHECK((!more || values[0] == NULL) && f.hops == 0);
}

/* Returns the next part of the input, up to a NUL, or NULL at the end of the input. */
static char *
next_text(const uint8_t **data, size_t *size)
{
	const uint8_t *nul;
	size_t len;
	char *text;

	if (*size == 0)
		return NULL;
	nul = memchr(*data, 0, *size);
	len = nul == NULL ? *size : (size_t)(nul - *data);
	text = fuzz_string(*data, len);
	if (nul != NULL)
		len++;
	*data += len;
	*size -= len;
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *list = "10.0.0.0/8, fd00::/8, unix", *why = NULL;
	char *trusted = next_text(&data, &size), *values[VALUES];
	int i;

	if (trusted == NULL)
		return 0;
	for (i = 0; i < VALUES; i++)
		values[i] = next_text(&data, &size);
	if (network_is_list(trusted, &why))
		list = trusted;
	else
		FUZZ_CHECK(why != NULL && why[0] != '\0');
	check_walk(forwarded_x_for, 1, values, list);
	check_walk(forwarded_rfc7239, 0, values, list);
	for (i = 0; i < VALUES; i++)
		free(values[i]);
	free(trusted);
	return 0;
}
