/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Tests deadline.h: the result of each function for rows of times, states and limits. */

#include "config.h"

#include <check.h>
#include <string.h>

#include "base/clock.h"
#include "lib/countof.h"
#include "session/deadline.h"

#define NEVER	CLOCK_NEVER
#define MAX	1000	/* greater than any time in the rows */

/* The limits differ from each other and from the times in the rows. */
static const struct conf limits = {
	.ping = 30000, .pong_timeout = 20000, .idle_timeout = 700000, .stall_timeout = 60000,
	.close_timeout = 5000
};
static const struct conf no_limits;

/* The type of the functions of deadline.h that depend on times. */
typedef uint64_t deadline(const struct deadline_times *t, const struct deadline_state *s,
    const struct conf *conf);

struct row {
	deadline		*what;
	struct deadline_times	 times;
	struct deadline_state	 state;
	uint64_t		 when;
};

#define IDLE	.reads_client = 1	/* no data is queued for the client or the peer */

static const struct row rows[] = {
	/* a silent client is pinged; pong-timeout starts when the ping can be sent */
	{ deadline_ping, { .last_heard = 7 }, { IDLE }, 30007 },
	{ deadline_ping, { .last_heard = 7 }, { IDLE, .client_pending = 1 }, 30007 },
	{ deadline_ping, { .last_heard = 7, .pinged = 9 }, { IDLE }, 20009 },
	{ deadline_ping, { .pinged = 9, .client_unblocked = 8 }, { IDLE }, 20009 },
	{ deadline_ping, { .pinged = 9, .client_unblocked = 11 }, { IDLE }, 20011 },
	{ deadline_ping, { .pinged = 9 }, { IDLE, .ping_queued = 1 }, NEVER },
	{ deadline_ping, { .pinged = 9 }, { IDLE, .client_pending = 1 }, NEVER },
	/* no ping while the server does not read from the client, or while the connection closes */
	{ deadline_ping, { .last_heard = 7 }, { .peer_pending = 1 }, NEVER },
	{ deadline_ping, { .last_heard = 7 }, { IDLE, .closing = 1 }, NEVER },
	{ deadline_ping, { .last_heard = 7 }, { IDLE, .client_done = 1 }, NEVER },

	{ deadline_idle, { .last_data = 3 }, { IDLE }, 700003 },
	{ deadline_idle, { .last_data = 3 }, { .client_pending = 1, .peer_pending = 1 }, 700003 },
	{ deadline_idle, { .last_data = 3 }, { IDLE, .closing = 1 }, NEVER },

	{ deadline_client_stall, { .client_progress = 4 }, { IDLE }, NEVER },
	{ deadline_client_stall, { .client_progress = 4 }, { .client_pending = 1 }, 60004 },
	{ deadline_client_stall, { .client_progress = 4 }, { .peer_pending = 1 }, NEVER },

	{ deadline_peer_stall, { .peer_progress = 5 }, { IDLE }, NEVER },
	{ deadline_peer_stall, { .peer_progress = 5 }, { .peer_pending = 1 }, 60005 },
	{ deadline_peer_stall, { .peer_progress = 5 }, { IDLE, .client_pending = 1 }, NEVER },

	/* a message that is collected must go on, as long as the server reads from the client */
	{ deadline_message, { .message_progress = 6 }, { IDLE }, NEVER },
	{ deadline_message, { .message_progress = 6 }, { IDLE, .collects = 1 }, 60006 },
	{ deadline_message, { .message_progress = 6 }, { .collects = 1, .peer_pending = 1 },
	    NEVER },
	{ deadline_message, { .message_progress = 6 }, { IDLE, .collects = 1, .closing = 1 },
	    NEVER },
	{ deadline_message, { .message_progress = 6 },
	    { IDLE, .collects = 1, .client_done = 1 }, NEVER },
	{ deadline_message, { .message_progress = 6 },
	    { IDLE, .collects = 1, .client_pending = 1 }, 60006 },

	/* each byte from the client restarts close-timeout, but only until stall-timeout is over */
	{ deadline_close, { .last_heard = 2 }, { IDLE }, NEVER },
	{ deadline_close, { .last_heard = 2, .close_sent = 6 }, { IDLE }, 5006 },
	{ deadline_close, { .last_heard = 50006, .close_sent = 6 }, { IDLE }, 55006 },
	{ deadline_close, { .last_heard = 59006, .close_sent = 6 }, { IDLE }, 60006 },
	{ deadline_close, { .close_sent = 6 }, { .peer_pending = 1 }, NEVER },
	{ deadline_close, { .close_sent = 6 }, { IDLE, .client_done = 1 }, NEVER },

	/* the earliest of all deadlines */
	{ deadline_next, { .force_end = NEVER }, { IDLE, .flush_at = NEVER }, 30000 },
	{ deadline_next, { .force_end = 8 }, { IDLE, .flush_at = 9 }, 8 },
	{ deadline_next, { .force_end = NEVER }, { IDLE, .flush_at = 9 }, 9 },
	{ deadline_next, { .force_end = NEVER }, { IDLE, .flush_at = 9, .look_at = 6 }, 6 },
	{ deadline_next, { .force_end = NEVER }, { IDLE, .flush_at = NEVER, .look_at = 6 }, 6 },
	{ deadline_next, { .force_end = NEVER, .close_sent = 1 },
	    { IDLE, .closing = 1, .flush_at = NEVER }, 5001 },
	{ deadline_next, { .force_end = NEVER, .client_progress = 4 },
	    { .client_pending = 1, .flush_at = 9 }, 60004 },
	{ deadline_next, { .force_end = NEVER, .peer_progress = 5 },
	    { .peer_pending = 1, .flush_at = NEVER }, 60005 },
	{ deadline_next, { .force_end = NEVER, .last_heard = 50000, .message_progress = 6 },
	    { IDLE, .collects = 1, .flush_at = NEVER }, 60006 },
	{ deadline_next, { .force_end = NEVER, .last_data = 3 }, { .flush_at = NEVER }, 700003 },
};

START_TEST(deadline_rows)
{
	const struct row *row = &rows[_i];

	ck_assert_uint_eq(row->what(&row->times, &row->state, &limits), row->when);
}
END_TEST

/* A limit of 0 is off; the deadlines that do not come from the configuration remain. */
START_TEST(deadline_without_limits)
{
	const struct row *row = &rows[_i];
	uint64_t when = row->what(&row->times, &row->state, &no_limits);

	ck_assert(when == NEVER || (row->what == deadline_next && when < MAX));
}
END_TEST

/*
 * The bytes that a framing holds back are flushed only if no other data is queued for the client.
 */
START_TEST(deadline_flushes)
{
	ck_assert_uint_eq(deadline_flush(&(struct deadline_state){ .flush_at = 9 }), 9);
	ck_assert_uint_eq(deadline_flush(&(struct deadline_state){ .flush_at = NEVER }), NEVER);
	ck_assert_uint_eq(deadline_flush(&(struct deadline_state){ .flush_at = 9,
	    .client_pending = 1 }), NEVER);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("deadline");
	TCase *tc = tcase_create("deadline");

	tcase_add_loop_test(tc, deadline_rows, 0, (int)COUNTOF(rows));
	tcase_add_loop_test(tc, deadline_without_limits, 0, (int)COUNTOF(rows));
	tcase_add_test(tc, deadline_flushes);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"
