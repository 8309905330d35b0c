/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "base/log.h"
#include "posix/keepalive.h"
#include "session/relay_end.h"

void
relay_end_note(struct relay *r, enum ended_by by, unsigned code, const char *reason, size_t len)
{
	if (r->ended_by != ENDED_BY_NOBODY)
		return;
	r->ended_by = by;
	r->code = code;
	(void)log_format_escape(r->reason, sizeof(r->reason), reason, len);
}

void
relay_end_close(struct relay *r, enum ended_by by, unsigned code, const char *reason, int discard)
{
	relay_end_note(r, by, code, reason, strlen(reason));
	downstream_ask_close(&r->down, code, reason, discard);
}

void
relay_end_writing(struct relay *r)
{
	r->client_unwritable = 1;
	if (r->times.close_sent == 0)
		r->times.close_sent = r->now;
}

const char *
relay_end_client_why(int error)
{
	return keepalive_is_vanished(error) ? RELAY_END_CLIENT_VANISHED : strerror(error);
}

void
relay_end_client(struct relay *r, const char *how)
{
	r->client_done = 1;
	relay_end_note(r, ENDED_BY_CLIENT, CLOSE_ABNORMAL, how, strlen(how));
	relay_end_writing(r);
}

const char *
relay_end_peer_why(int error)
{
	return keepalive_is_vanished(error) ? RELAY_END_PEER_VANISHED :
	    "the peer's connection broke";
}

void
relay_end_peer(struct relay *r, const char *failure)
{
	r->peer_done = 1;
	downstream_flush(&r->down);
	if (r->peer_failure != NULL)
		failure = r->peer_failure;
	if (failure != NULL)
		relay_end_close(r, ENDED_BY_PEER, CLOSE_INTERNAL_ERROR, failure, 0);
	else
		relay_end_close(r, ENDED_BY_PEER, CLOSE_NORMAL,
		    "the peer closed the connection", 0);
}
