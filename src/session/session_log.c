/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "module/redact.h"
#include "posix/title.h"
#include "proto/target.h"
#include "session/session_log.h"
#include "status/status.h"

void
session_log_init(struct session_log *l, struct scoreboard *board, unsigned slot)
{
	memset(l, 0, sizeof(*l));
	l->board = board;
	l->slot = slot;
	l->accepted_at = clock_now();
	if (board != NULL)
		(void)status_id_of(l->id, (uint64_t)atomic_load_explicit(&board->slot[slot].pid,
		    memory_order_relaxed), scoreboard_served(&board->slot[slot]));
	else
		(void)status_id_of(l->id, (uint64_t)getpid(), 1);
	log_set_session(l->id);
}

void
session_log_end(void)
{
	log_set_session(NULL);
}

void
session_log_path(struct session_log *l, const char *target, size_t len, uint64_t hidden, int query)
{
	/* One byte more than the result can have: a path that is too long is marked as cut. */
	char shown[SESSION_LOG_PATH_SIZE + 1];

	(void)target_show(shown, sizeof(shown), target, len, hidden, query);
	(void)log_format_escape(l->path, sizeof(l->path), shown, strlen(shown));
}

void
session_log_origin(struct session_log *l, const char *origin)
{
	char shown[SESSION_LOG_ORIGIN_SIZE + 1];

	/* An origin has no user and no query, but a client can send any text. */
	(void)target_show(shown, sizeof(shown), origin, strlen(origin), 0, 0);
	(void)log_format_escape(l->origin, sizeof(l->origin), shown, strlen(shown));
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
		    strlen(name[i]) > REDACT_PROTOCOL ? "..." : name[i]);
		len += strlen(names + len);
	}
	(void)log_format_escape(l->offered, sizeof(l->offered), names, len);
	l->hint = hint;
}

/* A line of the log about a connection. */
struct line {
	struct log_field	field[16];
	size_t			count;
};

static void
add_field(struct line *line, const struct log_field *field)
{
	line->field[line->count++] = *field;
}

static void
add_text(struct line *line, enum log_kind kind, const char *name, const char *text)
{
	add_field(line, &(struct log_field){ .kind = kind, .name = name, .text = text });
}

/* Begins a line with the fields that each line has: the client and the path. */
static void
begin_line(struct line *line, const struct session_log *l)
{
	line->count = 0;
	add_text(line, LOG_WORD, "client", l->client);
	add_text(line, LOG_TEXT, "path", l->path);
}

/*
 * Logs the line with the fields that come last: the id, the origin if there is one, the reason
 * unless it is NULL, and what session_log_offered() has noted.  If a line is too long, it loses the
 * last of its fields, so the id is the first of these.
 */
static void
end_line(struct line *line, const struct session_log *l, const char *event, const char *reason)
{
	add_text(line, LOG_WORD, "id", l->id);
	if (l->origin[0] != '\0')
		add_text(line, LOG_TEXT, "origin", l->origin);
	if (reason != NULL)
		add_text(line, LOG_TEXT, "reason", reason);
	if (reason != NULL && l->offered[0] != '\0')
		add_text(line, LOG_TEXT, "offered", l->offered);
	if (reason != NULL && l->hint != NULL)
		add_text(line, LOG_TEXT, "hint", l->hint);
	log_fields(LOG_LEVEL_INFO, event, line->field, line->count);
}

static void
add_time(struct line *line, const struct session_log *l)
{
	add_field(line, &(struct log_field){ .kind = LOG_SECONDS, .name = "time",
	    .number = clock_now() - l->accepted_at });
}

void
session_log_refused(const struct session_log *l, int status, const char *reason)
{
	char escaped[RELAY_REASON_SIZE];
	struct line line;

	if (l->board != NULL)
		scoreboard_add_refused(&l->board->slot[l->slot]);
	(void)log_format_escape(escaped, sizeof(escaped), reason, strlen(reason));
	begin_line(&line, l);
	add_field(&line, &(struct log_field){ .kind = LOG_NUMBER, .name = "status",
	    .number = (uint64_t)status });
	add_time(&line, l);
	end_line(&line, l, "refused", escaped);
}

void
session_log_open(const struct session_log *l)
{
	struct scoreboard_slot *slot;
	struct line line;

	/*
	 * Leave out the query part of the path: every user can read the title, and the query may
	 * contain a secret.
	 */
	title_set("%s -> %s %.*s", l->client, l->peer, (int)target_path_length(l->path),
	    l->path);
	if (l->board != NULL) {
		slot = &l->board->slot[l->slot];
		/*
		 * Set the address again: it may have been in a field of the request, from a
		 * proxy.
		 */
		scoreboard_set_client(slot, l->client);
		scoreboard_set_peer(slot, l->peer, l->path);
		scoreboard_add_opened(slot);
		session_log_state(l, SCOREBOARD_OPEN);
	}
	begin_line(&line, l);
	add_text(&line, LOG_WORD, "peer", l->peer);
	end_line(&line, l, "opened", NULL);
}

static void
add_counts(struct line *line, const char *name, uint64_t bytes, uint64_t messages)
{
	add_field(line, &(struct log_field){ .kind = LOG_COUNTS, .name = name, .number = bytes,
	    .messages = messages });
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
	struct line line;

	begin_line(&line, l);
	add_text(&line, LOG_WORD, "peer", l->peer);
	add_field(&line, &(struct log_field){ .kind = LOG_NUMBER, .name = "code",
	    .number = r->code });
	add_text(&line, LOG_WORD, "by", ended_by[r->ended_by]);
	add_counts(&line, "in", r->up.bytes, r->up.messages);
	add_counts(&line, "out", r->down.bytes, r->down.messages);
	add_time(&line, l);
	end_line(&line, l, "closed", r->reason);
}
