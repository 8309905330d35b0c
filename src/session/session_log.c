/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "posix/title.h"
#include "session/session_log.h"

void
session_log_init(struct session_log *l, struct scoreboard *board, unsigned slot)
{
	memset(l, 0, sizeof(*l));
	l->board = board;
	l->slot = slot;
	l->accepted_at = clock_now();
}

void
session_log_state(const struct session_log *l, enum scoreboard_state state)
{
	if (l->board != NULL)
		scoreboard_set(l->board, l->slot, state);
}

void
session_log_begun(const struct session_log *l)
{
	struct scoreboard_slot *slot;

	title_set("%s, handshake", l->client);
	if (l->board == NULL)
		return;
	slot = &l->board->slot[l->slot];
	scoreboard_set_client(slot, l->client);
	scoreboard_set_accepted_at(slot, l->accepted_at);
	session_log_state(l, SCOREBOARD_HANDSHAKE);
}

void
session_log_offered(struct session_log *l, char *const *name, size_t count, const char *hint)
{
	char names[SESSION_LOG_OFFERED_SIZE + 1];
	size_t i, len = 0;

	/* A list that is longer than the field is cut by log_format_escape(). */
	for (i = 0; i < count && len < sizeof(names) - 1; i++) {
		(void)snprintf(names + len, sizeof(names) - len, "%s%s", i > 0 ? ", " : "",
		    name[i]);
		len += strlen(names + len);
	}
	(void)log_format_escape(l->offered, sizeof(l->offered), names, len);
	l->hint = hint;
}

/* Appends the fields for session_log_offered(), if it was called.  Returns the number of fields. */
static size_t
add_offered(const struct session_log *l, struct log_field *field, size_t count)
{
	if (l->offered[0] != '\0') {
		field[count].kind = LOG_TEXT;
		field[count].name = "offered";
		field[count++].text = l->offered;
	}
	if (l->hint != NULL) {
		field[count].kind = LOG_TEXT;
		field[count].name = "hint";
		field[count++].text = l->hint;
	}
	return count;
}

#define OFFERED_FIELDS	2	/* most fields that add_offered() appends */

void
session_log_refused(const struct session_log *l, int status, const char *reason)
{
	char escaped[RELAY_REASON_SIZE];
	struct log_field fields[5 + OFFERED_FIELDS] = {
		{ .kind = LOG_WORD, .name = "client", .text = l->client },
		{ .kind = LOG_TEXT, .name = "path", .text = l->path },
		{ .kind = LOG_NUMBER, .name = "status", .number = (uint64_t)status },
		{ .kind = LOG_SECONDS, .name = "time", .number = clock_now() - l->accepted_at },
		{ .kind = LOG_TEXT, .name = "reason", .text = escaped }
	};

	if (l->board != NULL)
		scoreboard_add_refused(&l->board->slot[l->slot]);
	(void)log_format_escape(escaped, sizeof(escaped), reason, strlen(reason));
	log_fields(LOG_LEVEL_INFO, "refused", fields, add_offered(l, fields, 5));
}

void
session_log_open(const struct session_log *l)
{
	struct scoreboard_slot *slot;

	/*
	 * Leave out the query part of the path: every user can read the title, and the query may
	 * contain a secret.
	 */
	title_set("%s -> %s %.*s", l->client, l->peer, (int)strcspn(l->path, "?"), l->path);
	if (l->board == NULL)
		return;
	slot = &l->board->slot[l->slot];
	/* Set the address again: it may have been in a field of the request, from a proxy. */
	scoreboard_set_client(slot, l->client);
	scoreboard_set_peer(slot, l->peer, l->path);
	scoreboard_add_opened(slot);
	session_log_state(l, SCOREBOARD_OPEN);
}

void
session_log_closed(const struct session_log *l, const struct relay *r)
{
	static const char *const ended_by[] = {
		[ENDED_BY_NOBODY] = "server",
		[ENDED_BY_CLIENT] = "client",
		[ENDED_BY_PEER] = "peer",
		[ENDED_BY_SERVER] = "server"
	};
	struct log_field fields[9 + OFFERED_FIELDS] = {
		{ .kind = LOG_WORD, .name = "client", .text = l->client },
		{ .kind = LOG_TEXT, .name = "path", .text = l->path },
		{ .kind = LOG_WORD, .name = "peer", .text = l->peer },
		{ .kind = LOG_NUMBER, .name = "code", .number = r->code },
		{ .kind = LOG_WORD, .name = "by", .text = ended_by[r->ended_by] },
		{ .kind = LOG_COUNTS, .name = "in", .number = r->up.bytes,
		    .messages = r->up.messages },
		{ .kind = LOG_COUNTS, .name = "out", .number = r->down.bytes,
		    .messages = r->down.messages },
		{ .kind = LOG_SECONDS, .name = "time", .number = clock_now() - l->accepted_at },
		{ .kind = LOG_TEXT, .name = "reason", .text = r->reason }
	};

	log_fields(LOG_LEVEL_INFO, "closed", fields, add_offered(l, fields, 9));
}
