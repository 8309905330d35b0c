/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include "base/clock.h"
#include "session/relay.h"

uint64_t
deadline_ping(struct relay *r)
{
	if (r->conf->ping == 0 || r->client_done || r->down.close_due)
		return CLOCK_NEVER;
	if (!upstream_wants(&r->up)) {
		r->heard = r->now;
		r->pinged = r->pinged != 0 ? r->now : 0;
		return CLOCK_NEVER;
	}
	if (r->pinged == 0)
		return clock_after(r->heard, r->conf->ping);
	/* Before the ping is out, and as long as it waits behind data that the client takes. */
	if (r->down.ping_due || downstream_pending(&r->down))
		return CLOCK_NEVER;
	return clock_after(clock_max(r->pinged, r->client_freed), r->conf->pong_timeout);
}

uint64_t
deadline_idle(const struct relay *r)
{
	return r->down.close_due ? CLOCK_NEVER : clock_after(r->data, r->conf->idle_timeout);
}

uint64_t
deadline_client_stall(const struct relay *r)
{
	return r->client_deaf || !downstream_pending(&r->down) ? CLOCK_NEVER :
	    clock_after(r->client_moved, r->conf->stall_timeout);
}

uint64_t
deadline_peer_stall(const struct relay *r)
{
	return !upstream_pending(&r->up) ? CLOCK_NEVER :
	    clock_after(r->peer_moved, r->conf->stall_timeout);
}

uint64_t
deadline_close(const struct relay *r)
{
	if (r->closing == 0 || r->client_done || !upstream_wants(&r->up))
		return CLOCK_NEVER;
	return clock_min(clock_after(clock_max(r->closing, r->heard), r->conf->close_timeout),
	    clock_after(r->closing, r->conf->stall_timeout));
}

uint64_t
deadline_flush(struct relay *r)
{
	if (r->down.flush_at != CLOCK_NEVER && downstream_pending(&r->down))
		r->down.flush_at = r->now + r->down.framing->framer->hold;
	return r->down.flush_at;
}

uint64_t
deadline_next(struct relay *r)
{
	uint64_t next = clock_min(deadline_ping(r), deadline_idle(r));

	next = clock_min(next, clock_min(deadline_client_stall(r), deadline_peer_stall(r)));
	next = clock_min(next, clock_min(deadline_close(r), deadline_flush(r)));
	return clock_min(next, r->hard_until);
}
