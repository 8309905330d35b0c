/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <check.h>
#include <stdio.h>

#include "expect.h"
#include "testpool.h"

#define PIDS	1024

void
testpool_start(struct harness *h, struct harness *echo, unsigned begin, unsigned min,
    unsigned max, unsigned all, const char *more)
{
	char set[4][64];

	snprintf(set[0], sizeof(set[0]), "start-workers=%u", begin);
	snprintf(set[1], sizeof(set[1]), "min-spare=%u", min);
	snprintf(set[2], sizeof(set[2]), "max-spare=%u", max);
	snprintf(set[3], sizeof(set[3]), "max-workers=%u", all);
	harness_echo(echo, NULL);
	harness_bridge(h, echo->port, "-o", set[0], "-o", set[1], "-o", set[2], "-o", set[3],
	    "-o", "ping=0", more != NULL ? "-o" : NULL, more, NULL);
}

/* -- processes -- */

static unsigned
zombies(pid_t master)
{
	long parent;
	char state[16];
	unsigned n = 0;
	FILE *f = popen("ps -A -o ppid= -o stat=", "r");

	ck_assert_ptr_nonnull(f);
	while (fscanf(f, "%ld %15s", &parent, state) == 2)
		n += parent == (long)master && state[0] == 'Z';
	pclose(f);
	return n;
}

void
testpool_expect_no_zombies(const struct harness *h)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	unsigned n;

	while ((n = zombies(h->pid)) != 0)
		if (!expect_again(deadline))
			expect_fail("%u zombies", n);
}

int
testpool_is_in(pid_t pid, const pid_t *pids, unsigned n)
{
	while (n > 0)
		if (pids[--n] == pid)
			return 1;
	return 0;
}

unsigned
testpool_at_once(pid_t master)
{
	pid_t before[PIDS], after[PIDS];
	unsigned n = harness_children(master, before, PIDS), both = 0;
	unsigned i = harness_children(master, after, PIDS);

	ck_assert_uint_le(n, PIDS);
	ck_assert_uint_le(i, PIDS);
	/* A process that is in both lists existed between the two readings. */
	while (i > 0)
		both += (unsigned)testpool_is_in(after[--i], before, n);
	return both;
}

pid_t
testpool_newest(const struct harness *h, const pid_t *known, unsigned n)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	pid_t pids[PIDS], found = 0;
	unsigned all, i, fresh;

	for (;;) {
		all = harness_children(h->pid, pids, PIDS);
		for (fresh = i = 0; i < all; i++) {
			if (testpool_is_in(pids[i], known, n))
				continue;
			found = pids[i];
			fresh++;
		}
		if (fresh == 1)
			return found;
		if (!expect_again(deadline))
			expect_fail("%u new workers, should be 1", fresh);
	}
}

/* -- clients -- */

void
testpool_open(const struct harness *h, struct client *c)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	int status;

	while ((status = client_ask(c, h->port, "/")) != 101) {
		ck_assert_int_eq(status, 503);
		client_end(c);
		if (!expect_again(deadline))
			expect_fail("still no room");
	}
}
