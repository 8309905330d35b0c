/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Finds the peer in a file whose name is made of what the client asked for.
 */

#define _XOPEN_SOURCE		700
#define WEBSOCKSY_API_VERSION	2

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend_answer.h"
#include "exports.h"
#include "path_template.h"
#include "peer_line.h"

#define FILE_SIZE	8192	/* bytes of a file that are read */
#define NAME_SIZE	4096	/* of a file, with its NUL */
#define VALUE_SIZE	8192	/* of a variable */

struct expression {
	struct expression *next;
	char		   text[];
};

static char *path;
static struct expression *expressions, **last = &expressions;

/* A client that asks, and what has come of it so far. */
struct question {
	websocket	*ws;
	const char	*endpoint;
	size_t		 protocols;	/* offered, or tried in turn */
	char		**protocol;
	char		 value[VALUE_SIZE];
	int		 found;		/* a file was there, though not for this client */
	ws_peer_info	 info;		/* of the answer, once there is one */
};

uint64_t
init(void)
{
	return WEBSOCKSY_API_VERSION;
}

void
cleanup(void)
{
	struct expression *e;

	while ((e = expressions) != NULL) {
		expressions = e->next;
		free(e);
	}
	last = &expressions;
	free(path);
	path = NULL;
}

static uint64_t
set_path(const char *value)
{
	struct stat st;
	size_t len;
	char *name = backend_answer_absolute(value);

	if (name == NULL)
		return 1;
	len = strlen(name);
	if (len > 0 && name[len - 1] == '/')
		name[len - 1] = '\0';
	free(path);
	path = name;
	if (*name != '\0' && (stat(name, &st) == -1 || !S_ISDIR(st.st_mode)))
		core_log(ws_log_warn, "path = %s: there is no such directory now", value);
	return 0;
}

static uint64_t
add_expression(const char *value)
{
	const char *doubt = path_template_doubt(value);
	struct expression *e = malloc(sizeof(*e) + strlen(value) + 1);

	if (e == NULL)
		return 1;
	if (doubt != NULL)
		core_log(ws_log_warn, "expression = %s: %s", value, doubt);
	strcpy(e->text, value);
	e->next = NULL;
	*last = e;
	last = &e->next;
	return 0;
}

uint64_t
configure(char *key, char *value)
{
	if (strcmp(key, "path") == 0)
		return set_path(value);
	if (strcmp(key, "expression") == 0)
		return add_expression(value);
	core_log(ws_log_error, "the options are path and expression, not '%s'", key);
	return 1;
}

int
configured(void)
{
	if (expressions != NULL)
		return 0;
	core_log(ws_log_error, "the option expression is missing: the names of the files");
	return 1;
}

/* The value of a variable, see template.h. */
static const char *
value_of(void *arg, const char *kind, const char *name)
{
	struct question *q = arg;
	ssize_t len = -1;

	if (strcmp(kind, "endpoint") == 0)
		return q->endpoint;
	if (strcmp(kind, "header") == 0)
		return core_header(q->ws, name);
	if (strcmp(kind, "protocol") == 0)
		return q->protocols > 0 ? q->protocol[0] : NULL;
	if (strcmp(kind, "address") == 0)
		return *core_client_address(q->ws) != '\0' ? core_client_address(q->ws) : NULL;
	if (strcmp(kind, "host") == 0)
		len = backend_answer_host(q->ws, q->value, sizeof(q->value));
	else if (strcmp(kind, "cookie") == 0)
		len = core_cookie(q->ws, name, q->value, sizeof(q->value));
	else if (strcmp(kind, "query") == 0)
		len = core_query_parameter(q->ws, name, q->value, sizeof(q->value));
	return len == -1 ? NULL : q->value;
}

/* The endpoint: the path without its first slash, one at its end, and the query. */
static int
set_endpoint(char *out, size_t size, const char *target)
{
	size_t len;

	if (*target == '/')
		target++;
	len = strcspn(target, "?");
	if (len > 0 && target[len - 1] == '/')
		len--;
	if (len >= size)
		return -1;
	memcpy(out, target, len);
	out[len] = '\0';
	return 0;
}

/* The administrator's fault: logged already; the client is told no more than this. */
static int
fault(struct question *q)
{
	q->info = backend_answer_refuse(500, "the configuration for this request is faulty");
	return 1;
}

/*
 * Opens a file: its descriptor; -1 if there is none; -2 after a message if it is there but
 * cannot be read.  A FIFO never makes us wait.  Symbolic links are followed: the administrator
 * makes them, and no client can.
 */
static int
open_file(const char *name)
{
	struct stat st;
	int fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd == -1) {
		if (errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG)
			return -1;
		core_log(ws_log_error, "%s: %s", name, strerror(errno));
		return -2;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	if (S_ISDIR(st.st_mode))
		return -1;
	core_log(ws_log_error, "%s: not a regular file", name);
	return -2;
}

/* Reads a file; its length, or as open_file(). */
static ssize_t
read_file(const char *name, char text[FILE_SIZE + 1])
{
	size_t len = 0;
	ssize_t n = 1;
	int fd = open_file(name);

	if (fd < 0)
		return fd;
	while (n > 0 && len < FILE_SIZE + 1) {
		n = read(fd, text + len, FILE_SIZE + 1 - len);
		if (n > 0)
			len += (size_t)n;
	}
	close(fd);
	if (n == -1) {
		core_log(ws_log_error, "%s: %s", name, strerror(errno));
		return -2;
	}
	if (len > FILE_SIZE) {
		/* Half a line would be another one. */
		for (len = FILE_SIZE; len > 0 && text[len - 1] != '\n'; len--)
			continue;
		core_log(ws_log_warn, "%s: only the lines within the first %d bytes are read", name,
		    FILE_SIZE);
	}
	return (ssize_t)len;
}

/* Looks for the client's line; 1 if there is an answer. */
static int
find_line(struct question *q, const char *name, char *text, size_t len)
{
	struct peer_line e;
	const char *why = "";
	unsigned number = 0;
	char *at = text, *line;
	size_t chosen;

	while ((line = peer_line_next(&at, text + len)) != NULL) {
		number++;
		if (peer_line_is_empty(line))
			continue;
		if (peer_line_split(line, &e, &why) == 0 && e.protocol == NULL)
			why = "a subprotocol (or *) must follow the peer";
		if (e.protocol == NULL) {
			core_log(ws_log_warn, "%s:%u: %s", name, number, why);
			continue;
		}
		chosen = peer_line_choose(e.protocol, q->protocol, q->protocols);
		if (chosen == PEER_LINE_NO)
			continue;
		if (backend_answer_check(&e, &why) == -1) {
			core_log(ws_log_error, "%s:%u: %s", name, number, why);
			return fault(q);
		}
		q->info = backend_answer_peer(&e, chosen);
		return 1;
	}
	return 0;
}

/* Tries one expression; 1 if there is an answer. */
static int
try(struct question *q, const char *expression)
{
	char name[NAME_SIZE], text[FILE_SIZE + 1];
	size_t len = strlen(path == NULL ? "" : path);
	ssize_t n;

	if (len + 1 >= sizeof(name))
		return 0;
	memcpy(name, path == NULL ? "" : path, len);
	name[len++] = '/';
	if (path_template_expand(name + len, sizeof(name) - len, expression, value_of, q) == -1)
		return 0;
	n = read_file(name, text);
	if (n == -1)
		return 0;
	if (n == -2)
		return fault(q);
	q->found = 1;
	return find_line(q, name, text, (size_t)n);
}

/* Tries an expression with each of the subprotocols as if it were the only one. */
static int
try_protocols(struct question *q, const char *expression)
{
	size_t i, count = q->protocols;
	char **all = q->protocol;
	int done = 0;

	q->protocols = 1;
	for (i = 0; i < count && !done; i++) {
		q->protocol = all + i;
		done = try(q, expression);
		q->info.protocol = done && q->info.protocol == 0 ? i : count;
	}
	q->protocols = count;
	q->protocol = all;
	return done;
}

ws_peer_info
query(char *endpoint, size_t protocols, char **protocol, size_t headers, ws_http_header *header,
    websocket *ws)
{
	static struct question q;
	static char text[VALUE_SIZE + 1];
	struct expression *e;

	(void)headers;
	(void)header;
	q.ws = ws;
	q.endpoint = text;
	q.protocols = protocols;
	q.protocol = protocol;
	q.found = 0;
	if (set_endpoint(text, sizeof(text), endpoint) == -1)
		return backend_answer_refuse(414, "the path is too long");
	for (e = expressions; e != NULL; e = e->next)
		if (path_template_uses(e->text, "protocol") ? try_protocols(&q, e->text) :
		    try(&q, e->text))
			return q.info;
	if (q.found)
		return backend_answer_refuse(400, "none of the subprotocols is served here");
	return backend_answer_refuse(404, "there is no peer for this request");
}
