/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The map backend: finds the peer in a map of paths, or by a token.  The files are read at
 * startup; before each connection a worker reads the files again if they have changed.
 */

#define _XOPEN_SOURCE		700
#define WEBSOCKSY_API_VERSION	2

#include <stdlib.h>
#include <string.h>

#include "absolute_name.h"
#include "backend_answer.h"
#include "backend_request.h"
#include "exports.h"
#include "path_map.h"
#include "peer_line.h"
#include "token_map.h"
#include "watched_files.h"

#define WHY_SIZE	1024
#define TEXT_SIZE	8192	/* bytes of a path, a host or a token, with the NUL */

/* A source of the map: an option that names files, and the map that is made from these files. */
struct map_source {
	enum { PATHS, TOKENS } kind;
	char		*name;		/* NULL: the option is not set */
	struct watched_files used;	/* the files from which the map is made */
	struct watched_files seen;	/* a later version that gave no new map; or empty */
	enum { VALID, INVALID, UNREADABLE } state;	/* state of the latest version */
	struct path_map	 paths;
	struct token_map tokens;
};

static struct map_source path_source = { .kind = PATHS }, token_source = { .kind = TOKENS };

uint64_t
init(void)
{
	static const char *const names[] = { "file", "tokens", NULL };

	core_backend_options(names);
	return WEBSOCKSY_API_VERSION;
}

static void
release_source(struct map_source *m)
{
	path_map_free(&m->paths);
	token_map_free(&m->tokens);
	watched_files_free(&m->used);
	watched_files_free(&m->seen);
	free(m->name);
	m->name = NULL;
	m->state = VALID;
}

void
cleanup(void)
{
	release_source(&path_source);
	release_source(&token_source);
}

static void
log_fault(const char *file, unsigned number, const char *why)
{
	core_log(ws_log_error, "%s:%u: %s", file, number, why);
}

/* Makes the map of m from the texts of its files.  Returns 0, or -1 after messages. */
static int
make_map(struct map_source *m)
{
	struct watched_file *file;
	unsigned faults = 0;
	size_t i;

	for (i = 0; i < m->used.count; i++) {
		file = &m->used.file[i];
		if (file->text != NULL && m->kind == PATHS)
			faults += path_map_add(&m->paths, file->text, file->len, file->name,
			    backend_answer_check, log_fault);
		else if (file->text != NULL)
			faults += token_map_add(&m->tokens, file->text, file->len, file->name,
			    core_check_peer, log_fault);
	}
	token_map_finish(&m->tokens);
	if (path_map_finish(&m->paths) == -1) {
		core_log(ws_log_error, "%s: out of memory", m->name);
		faults++;
	}
	return faults > 0 ? -1 : 0;
}

/*
 * Reads the files of m, and replaces the map if they are valid and have changed.  Returns 0 if
 * the map corresponds to the latest version of the files, or -1 if that version is invalid.  The
 * faults of a version are logged only the first time that it is read.
 */
static int
load(struct map_source *m)
{
	const struct watched_files *latest = m->seen.count > 0 ? &m->seen : &m->used;
	struct map_source fresh;
	char why[WHY_SIZE];
	int result, same;

	memset(&fresh, 0, sizeof(fresh));
	fresh.kind = m->kind;
	fresh.name = m->name;
	result = watched_files_read(&fresh.used, m->name, why, sizeof(why));
	same = latest->count > 0 && fresh.used.sum == latest->sum &&
	    (result == -1) == (m->state == UNREADABLE);
	if (result == -1 && !same)
		core_log(ws_log_error, "%s", why);
	if (result == 0 && !same && make_map(&fresh) == 0) {
		core_log(ws_log_debug, "%s: %lu lines", m->name,
		    (unsigned long)(fresh.paths.count + fresh.tokens.count));
		m->name = NULL;
		release_source(m);
		*m = fresh;
		return 0;
	}
	if (!same)
		m->state = result == -1 ? UNREADABLE : INVALID;
	watched_files_free(&m->seen);
	m->seen = fresh.used;
	watched_files_drop_texts(&m->seen);
	memset(&fresh.used, 0, sizeof(fresh.used));
	fresh.name = NULL;
	release_source(&fresh);
	return m->state == VALID ? 0 : -1;
}

static uint64_t
set_source(struct map_source *m, const char *value)
{
	release_source(m);
	m->name = absolute_name(value);
	return m->name == NULL || load(m) == -1;
}

uint64_t
configure(char *key, char *value)
{
	if (strcmp(key, "file") == 0)
		return set_source(&path_source, value);
	if (strcmp(key, "tokens") == 0) {
		core_path_has_token();
		return set_source(&token_source, value);
	}
	return 1;
}

int
configured(void)
{
	if (path_source.name != NULL || token_source.name != NULL)
		return 0;
	core_log(ws_log_error, "the options file and tokens are missing: one of them is needed");
	return 1;
}

/*
 * Reads the files of m again if they have changed.  If the new version is invalid, the map is
 * kept.
 */
static void
refresh(struct map_source *m)
{
	int was_valid = m->state == VALID;

	if (m->name == NULL || !watched_files_changed(m->seen.count > 0 ? &m->seen : &m->used))
		return;
	if (load(m) == -1 && was_valid)
		core_log(ws_log_warn, "%s: the previous version stays in use", m->name);
}

/*
 * Returns the peer address of the client's token, or NULL if there is none in the map.  The
 * token is the query parameter "token" or, if the request has none, the last component of the
 * path.
 */
static char *
find_token(websocket *ws, const char *path)
{
	char token[TEXT_SIZE];
	const char *last = strrchr(path, '/');

	last = last == NULL ? path : last + 1;
	if (core_query_parameter(ws, "token", token, sizeof(token)) >= 0) {
		/* Some clients put the same token, or another one, into the path, too. */
		if (token_map_find(&token_source.tokens, last) == NULL)
			core_show_path(ws);
		core_hide(ws, token);
		return token_map_find(&token_source.tokens, token);
	}
	return token_map_find(&token_source.tokens, last);
}

/*
 * Returns the answer to a client with a token.  As with websockify, the subprotocol is binary if
 * the client offers it, otherwise none, and all messages are binary.
 */
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
	char path[TEXT_SIZE], host_text[TEXT_SIZE], *host, *peer;
	const struct path_map_entry *e;
	size_t chosen = 0;

	(void)headers;
	(void)header;
	if (backend_request_path(endpoint, path, sizeof(path)) == -1)
		return backend_answer_refuse(400, "the path is malformed");
	refresh(&path_source);
	refresh(&token_source);
	host = backend_request_host(ws, host_text, sizeof(host_text)) == 0 ? host_text : NULL;
	e = path_map_find(&path_source.paths, path, host, protocol, protocols, &chosen);
	if (e != NULL) {
		core_show_path(ws);
		return backend_answer_peer(&e->line, chosen);
	}
	peer = find_token(ws, path);
	if (peer != NULL)
		return answer_token(peer, protocol, protocols);
	if (chosen == PEER_LINE_NO)
		return backend_answer_refuse(400, "none of the subprotocols is served here");
	return backend_answer_refuse(404, "there is no peer for this request");
}
