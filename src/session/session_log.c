/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "posix/title.h"
#include "session/session_log.h"

void
session_log_state(const struct session_log *t, enum scoreboard_state state)
{
	if (t->board != NULL)
		scoreboard_set(t->board, t->slot, state);
}

void
session_log_begun(const struct session_log *t)
{
	struct scoreboard_slot *slot;

	title_set("%s, handshake", t->client);
	if (t->board == NULL)
		return;
	slot = &t->board->slot[t->slot];
	scoreboard_set_client(slot, t->client);
	scoreboard_set_accepted_at(slot, t->begun);
	session_log_state(t, SCOREBOARD_HANDSHAKE);
}

void
session_log_refused(const struct session_log *t, int status, const char *reason)
{
	char escaped[RELAY_REASON_SIZE];
	const struct log_field fields[] = {
		{ .kind = LOG_WORD, .name = "client", .text = t->client },
		{ .kind = LOG_TEXT, .name = "path", .text = t->path },
		{ .kind = LOG_NUMBER, .name = "status", .number = (uint64_t)status },
		{ .kind = LOG_SECONDS, .name = "time", .number = clock_now() - t->begun },
		{ .kind = LOG_TEXT, .name = "reason", .text = escaped }
	};

	if (t->board != NULL)
		scoreboard_add_refused(&t->board->slot[t->slot]);
	(void)log_format_escape(escaped, sizeof(escaped), reason, strlen(reason));
	log_fields(LOG_LEVEL_INFO, "refused", fields, sizeof(fields) / sizeof(fields[0]));
}

void
session_log_open(const struct session_log *t)
{
	struct scoreboard_slot *slot;

	/* Everybody can read it, and behind a question mark may be a secret of the client's. */
	title_set("%s -> %s %.*s", t->client, t->peer, (int)strcspn(t->path, "?"), t->path);
	if (t->board == NULL)
		return;
	slot = &t->board->slot[t->slot];
	/* A proxy may have said that the client is another. */
	scoreboard_set_client(slot, t->client);
	scoreboard_set_peer(slot, t->peer, t->path);
	scoreboard_add_opened(slot);
	session_log_state(t, SCOREBOARD_OPEN);
}

void
session_log_closed(const struct session_log *t, const struct relay *r)
{
	const struct log_field fields[] = {
		{ .kind = LOG_WORD, .name = "client", .text = t->client },
		{ .kind = LOG_TEXT, .name = "path", .text = t->path },
		{ .kind = LOG_WORD, .name = "peer", .text = t->peer },
		{ .kind = LOG_NUMBER, .name = "code", .number = r->code },
		{ .kind = LOG_WORD, .name = "by", .text = r->by != NULL ? r->by : "server" },
		{ .kind = LOG_COUNTS, .name = "in", .number = r->up.bytes,
		    .messages = r->up.messages },
		{ .kind = LOG_COUNTS, .name = "out", .number = r->down.bytes,
		    .messages = r->down.messages },
		{ .kind = LOG_SECONDS, .name = "time", .number = clock_now() - t->begun },
		{ .kind = LOG_TEXT, .name = "reason", .text = r->reason }
	};

	log_fields(LOG_LEVEL_INFO, "closed", fields, sizeof(fields) / sizeof(fields[0]));
}
