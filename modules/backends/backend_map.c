/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Finds the peer in a table of paths, or by a token.  The files are read at the start, and again by
 * each worker before a connection if they have changed.
 */

#define _XOPEN_SOURCE		700
#define WEBSOCKSY_API_VERSION	2

#include <stdlib.h>
#include <string.h>

#include "backend_answer.h"
#include "exports.h"
#include "path_map.h"
#include "peer_line.h"
#include "token_map.h"
#include "watched_files.h"

#define WHY_SIZE	1024
#define TEXT_SIZE	8192	/* of a path, a host or a token */

/* An option that names files, and what is made of them. */
struct half {
	char		*name;
	struct watched_files	 used;		/* their texts are in the tables */
	struct watched_files	 seen;		/* the last look at the files, if that changed no table */
	enum { GOOD, FAULTY, UNREADABLE } faulty;	/* why it did not */
	struct path_map	 table;
	struct token_map	 tokens;
};

static struct half map, tokens;

uint64_t
init(void)
{
	return WEBSOCKSY_API_VERSION;
}

static void
release(struct half *h)
{
	path_map_free(&h->table);
	token_map_free(&h->tokens);
	watched_files_free(&h->used);
	watched_files_free(&h->seen);
	free(h->name);
	memset(h, 0, sizeof(*h));
}

void
cleanup(void)
{
	release(&map);
	release(&tokens);
}

static void
fault(const char *file, unsigned number, const char *why)
{
	core_log(ws_log_error, "%s:%u: %s", file, number, why);
}

/* Makes the tables of h from its texts: 0, or -1 after messages. */
static int
parse(struct half *h, int is_map)
{
	struct watched_file *file;
	unsigned faults = 0;
	size_t i;

	for (i = 0; i < h->used.count; i++) {
		file = &h->used.file[i];
		if (file->text != NULL && is_map)
			faults += path_map_add(&h->table, file->text, file->len, file->name,
			    backend_answer_check, fault);
		else if (file->text != NULL)
			faults += token_map_add(&h->tokens, file->text, file->len, file->name,
			    core_check_peer, fault);
	}
	token_map_finish(&h->tokens);
	if (path_map_finish(&h->table) == -1) {
		core_log(ws_log_error, "%s: out of memory", h->name);
		faults++;
	}
	return faults > 0 ? -1 : 0;
}

/* Reads the files anew: 0, or -1 after messages if that cannot replace the tables. */
static int
load(struct half *h, int is_map)
{
	const struct watched_files *before = h->seen.count > 0 ? &h->seen : &h->used;
	struct half fresh;
	char why[WHY_SIZE];
	int result, same;

	memset(&fresh, 0, sizeof(fresh));
	fresh.name = h->name;
	result = watched_files_read(&fresh.used, h->name, why, sizeof(why));
	same = before->count > 0 && fresh.used.sum == before->sum &&
	    (result == -1) == (h->faulty == UNREADABLE);
	if (result == -1 && !same)
		core_log(ws_log_error, "%s", why);
	if (result == 0 && !same && parse(&fresh, is_map) == 0) {
		core_log(ws_log_debug, "%s: %lu lines", h->name,
		    (unsigned long)(fresh.table.count + fresh.tokens.count));
		h->name = NULL;
		release(h);
		*h = fresh;
		return 0;
	}
	if (!same)
		h->faulty = result == -1 ? UNREADABLE : FAULTY;
	watched_files_free(&h->seen);
	h->seen = fresh.used;
	watched_files_forget(&h->seen);
	memset(&fresh.used, 0, sizeof(fresh.used));
	fresh.name = NULL;
	release(&fresh);
	return h->faulty == GOOD ? 0 : -1;
}

static uint64_t
set(struct half *h, const char *value, int is_map)
{
	release(h);
	h->name = backend_answer_absolute(value);
	return h->name == NULL || load(h, is_map) == -1;
}

uint64_t
configure(char *key, char *value)
{
	if (strcmp(key, "file") == 0)
		return set(&map, value, 1);
	if (strcmp(key, "tokens") == 0)
		return set(&tokens, value, 0);
	core_log(ws_log_error, "the options are file and tokens, not '%s'", key);
	return 1;
}

int
configured(void)
{
	if (map.name != NULL || tokens.name != NULL)
		return 0;
	core_log(ws_log_error, "the options file and tokens are missing: one of them is needed");
	return 1;
}

/* Reads files that have changed; a new version with faults changes nothing. */
static void
refresh(struct half *h, int is_map)
{
	int good = h->faulty == GOOD;

	if (h->name == NULL || !watched_files_changed(h->seen.count > 0 ? &h->seen : &h->used))
		return;
	if (load(h, is_map) == -1 && good)
		core_log(ws_log_warn, "%s: the version before this one stays in use", h->name);
}

/* The token: the parameter of this name, else the last component of the path; its peer. */
static char *
find_token(const websocket *ws, const char *path)
{
	char token[TEXT_SIZE];
	const char *last = strrchr(path, '/');

	if (core_query_parameter(ws, "token", token, sizeof(token)) >= 0)
		return token_map_find(&tokens.tokens, token);
	return token_map_find(&tokens.tokens, last == NULL ? path : last + 1);
}

/* Clients of websockify speak the subprotocol binary or none, and get binary messages. */
static ws_peer_info
answer_token(char *peer, char *const *protocol, size_t protocols)
{
	static char binary[] = "binary";
	struct peer_line e = { peer, binary, binary, NULL };
	size_t chosen = peer_line_choose(binary, protocol, protocols);

	return backend_answer_peer(&e, chosen == PEER_LINE_NO ? protocols : chosen);
}

ws_peer_info
query(char *endpoint, size_t protocols, char **protocol, size_t headers, ws_http_header *header,
    websocket *ws)
{
	char path[TEXT_SIZE], host[TEXT_SIZE], *peer;
	const struct path_map_entry *e;
	size_t chosen = 0;

	(void)headers;
	(void)header;
	if (backend_answer_path(endpoint, path, sizeof(path)) == -1)
		return backend_answer_refuse(400, "the path is not well formed");
	refresh(&map, 1);
	refresh(&tokens, 0);
	e = path_map_find(&map.table, path, backend_answer_host(ws, host, sizeof(host)) == 0 ? host : NULL,
	    protocol, protocols, &chosen);
	if (e != NULL)
		return backend_answer_peer(&e->line, chosen);
	peer = find_token(ws, path);
	if (peer != NULL)
		return answer_token(peer, protocol, protocols);
	if (chosen == PEER_LINE_NO)
		return backend_answer_refuse(400, "none of the subprotocols is served here");
	return backend_answer_refuse(404, "there is no peer for this request");
}
