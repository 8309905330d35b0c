/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Tests datagrams.h: for how long a peer may refuse datagrams.  The peer has one address. */

#include "config.h"

#include <check.h>
#include <errno.h>
#include <string.h>

#include "lib/countof.h"
#include "session/datagrams.h"

#define STALL	60000	/* ms */

/* What happens at a time: first datagrams are sent, then one is received or refused. */
struct event {
	uint64_t	now;
	unsigned	sent;
	int		received;
	int		error;		/* of the refusal; 0: none */
	int		over;		/* 1: this must end the connection */
};

static const struct event rows[][6] = {
	/* a refusal, and the next one after the whole time */
	{ { 1000, 1, 0, ECONNREFUSED, 0 }, { 60999, 1, 0, ECONNREFUSED, 0 },
	    { 61000, 1, 0, ECONNREFUSED, 1 } },
	/* the kind of the error does not matter */
	{ { 1000, 1, 0, EHOSTUNREACH, 0 }, { 2000, 1, 0, EPERM, 0 }, { 61000, 1, 0, ENOENT, 1 } },
	/* an answer ends the time */
	{ { 1000, 1, 0, ECONNREFUSED, 0 }, { 50000, 1, 1, 0, 0 }, { 61000, 1, 0, ECONNREFUSED, 0 },
	    { 120999, 1, 0, ECONNREFUSED, 0 }, { 121000, 1, 0, ECONNREFUSED, 1 } },
	/* a service without answers that was restarted twice */
	{ { 1000, 1, 0, ECONNREFUSED, 0 }, { 100000, 500, 0, ECONNREFUSED, 0 },
	    { 160000, 1, 0, ECONNREFUSED, 1 } },
	/* one datagram in two minutes, and each is refused */
	{ { 1000, 1, 0, ECONNREFUSED, 0 }, { 121000, 1, 0, ECONNREFUSED, 1 } },
	/* many datagrams; the system sends one refusal in a second */
	{ { 1000, 99, 0, ECONNREFUSED, 0 }, { 31000, 99, 0, ECONNREFUSED, 0 },
	    { 61000, 99, 0, ECONNREFUSED, 1 } },
	/* no refusals */
	{ { 1000, 1, 0, EMSGSIZE, 0 }, { 90000, 1, 0, EMSGSIZE, 0 }, { 90001, 0, 0, EBADF, 1 } },
};

START_TEST(datagrams_rows)
{
	struct connected connected = { .fd = -1, .found = { .count = 1 } };
	static struct buf buf;
	struct datagrams d;
	size_t i;
	unsigned n;

	datagrams_start(&d, &connected, &buf);
	for (i = 0; i < COUNTOF(rows[_i]) && rows[_i][i].now != 0; i++) {
		const struct event *e = &rows[_i][i];

		for (n = 0; n < e->sent; n++)
			datagrams_sent(&d, NULL, 0);
		if (e->received)
			datagrams_received(&d);
		if (e->error != 0 &&
		    datagrams_refused(&d, e->error, e->now, STALL) != (e->over ? -1 : 0))
			ck_abort_msg("row %d, event %zu", _i, i);
	}
	datagrams_close(&d);
	ck_assert_ptr_null(buf.memory);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("datagrams");
	TCase *tc = tcase_create("datagrams");

	tcase_add_loop_test(tc, datagrams_rows, 0, (int)COUNTOF(rows));
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"
