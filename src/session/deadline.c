/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include "base/clock.h"
#include "session/deadline.h"

uint64_t
deadline_ping(const struct deadline_times *t, const struct deadline_state *s,
    const struct conf *conf)
{
	if (conf->ping == 0 || s->client_done || s->closing || !s->reads_client)
		return CLOCK_NEVER;
	if (t->pinged == 0)
		return clock_after(t->last_heard, conf->ping);
	/*
	 * A ping that is queued after data has not reached the client yet.
	 * deadline_client_stall() limits the time for which that data waits.
	 */
	if (s->ping_queued || s->client_pending)
		return CLOCK_NEVER;
	return clock_after(clock_max(t->pinged, t->client_unblocked), conf->pong_timeout);
}

uint64_t
deadline_idle(const struct deadline_times *t, const struct deadline_state *s,
    const struct conf *conf)
{
	return s->closing ? CLOCK_NEVER : clock_after(t->last_data, conf->idle_timeout);
}

uint64_t
deadline_client_stall(const struct deadline_times *t, const struct deadline_state *s,
    const struct conf *conf)
{
	return !s->client_pending ? CLOCK_NEVER :
	    clock_after(t->client_progress, conf->stall_timeout);
}

uint64_t
deadline_peer_stall(const struct deadline_times *t, const struct deadline_state *s,
    const struct conf *conf)
{
	return !s->peer_pending ? CLOCK_NEVER : clock_after(t->peer_progress, conf->stall_timeout);
}

uint64_t
deadline_message(const struct deadline_times *t, const struct deadline_state *s,
    const struct conf *conf)
{
	if (!s->collects || s->client_done || s->closing || !s->reads_client)
		return CLOCK_NEVER;
	return clock_after(t->message_progress, conf->stall_timeout);
}

uint64_t
deadline_close(const struct deadline_times *t, const struct deadline_state *s,
    const struct conf *conf)
{
	if (t->close_sent == 0 || s->client_done || !s->reads_client)
		return CLOCK_NEVER;
	return clock_min(
	    clock_after(clock_max(t->close_sent, t->last_heard), conf->close_timeout),
	    clock_after(t->close_sent, conf->stall_timeout));
}

uint64_t
deadline_flush(const struct deadline_state *s)
{
	return s->client_pending ? CLOCK_NEVER : s->flush_at;
}

uint64_t
deadline_look(const struct deadline_state *s)
{
	return s->look_at == 0 ? CLOCK_NEVER : s->look_at;
}

uint64_t
deadline_next(const struct deadline_times *t, const struct deadline_state *s,
    const struct conf *conf)
{
	uint64_t next = clock_min(deadline_ping(t, s, conf), deadline_idle(t, s, conf));

	next = clock_min(next, deadline_client_stall(t, s, conf));
	next = clock_min(next, deadline_peer_stall(t, s, conf));
	next = clock_min(next, deadline_message(t, s, conf));
	next = clock_min(next, deadline_close(t, s, conf));
	next = clock_min(next, deadline_flush(s));
	next = clock_min(next, deadline_look(s));
	return clock_min(next, t->force_end);
}
