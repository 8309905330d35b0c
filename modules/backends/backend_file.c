/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The file backend: finds the peer in a file.  The name of the file is made from the client's
 * request.
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

#include "base/utf8.h"

#include "absolute_name.h"
#include "backend_answer.h"
#include "backend_request.h"
#include "exports.h"
#include "offers.h"
#include "path_template.h"
#include "peer_line.h"

#define FILE_SIZE	8192	/* bytes that are read of a file, at most */
#define NAME_SIZE	4096	/* bytes of a file's name, with the NUL */
#define VALUE_SIZE	8192	/* bytes of a variable's value, with the NUL */

struct expression {
	struct expression *next;
	char		   text[];
};

/*
 * The options: path (the directory, or NULL) and the expressions, in the order in which they are
 * set.
 */
static char *path;
static struct expression *expressions, **last_expression = &expressions;

/* The option slash. */
static enum path_template_slash slash = PATH_TEMPLATE_UNDERSCORE;

/* The search for the peer of a client, and its result so far. */
struct search {
	websocket	*ws;
	const char	*endpoint;
	size_t		 protocols;	/* number of offered subprotocols that are tried */
	char		**protocol;
	struct offers	 offers;	/* the same subprotocols */
	char		 value[VALUE_SIZE];
	const char	*expression;	/* the one that is tried */
	int		 shows;		/* 1: for a message, which must not have secrets */
	int		 found;		/* 1: a file was read, even if no line of it matches */
	ws_peer_info	 info;		/* the answer, once it is known */
};

uint64_t
init(void)
{
	static const char *const names[] = { "path", "expression", "slash", NULL };

	core_backend_options(names);
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
	last_expression = &expressions;
	free(path);
	path = NULL;
	slash = PATH_TEMPLATE_UNDERSCORE;
}

static uint64_t
set_path(const char *value)
{
	struct stat st;
	size_t len;
	char *name = absolute_name(value);

	if (name == NULL)
		return 1;
	len = strlen(name);
	if (len > 0 && name[len - 1] == '/')
		name[len - 1] = '\0';
	free(path);
	path = name;
	if (*name != '\0' && (stat(name, &st) == -1 || !S_ISDIR(st.st_mode)))
		core_log(ws_log_warn, "path = %s: this directory does not exist", value);
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
	*last_expression = e;
	last_expression = &e->next;
	return 0;
}

static uint64_t
set_slash(const char *value)
{
	if (strcmp(value, "underscore") == 0)
		slash = PATH_TEMPLATE_UNDERSCORE;
	else if (strcmp(value, "refuse") == 0)
		slash = PATH_TEMPLATE_REFUSE;
	else if (strcmp(value, "directory") == 0)
		slash = PATH_TEMPLATE_DIRECTORY;
	else {
		core_log(ws_log_error, "slash = %s: it must be underscore, refuse or directory",
		    value);
		return 1;
	}
	return 0;
}

uint64_t
configure(char *key, char *value)
{
	if (strcmp(key, "path") == 0)
		return set_path(value);
	if (strcmp(key, "expression") == 0)
		return add_expression(value);
	if (strcmp(key, "slash") == 0)
		return set_slash(value);
	return 1;
}

int
configured(void)
{
	if (expressions != NULL)
		return 0;
	core_log(ws_log_error, "the option expression is missing: it makes the names of the files");
	return 1;
}

/*
 * Returns the variable itself, for a message, if its value may be a secret; otherwise NULL.  The
 * server finds secrets in header fields by itself, unless a slash in the value was replaced.
 */
static const char *
secret_value(struct search *s, const char *kind, const char *name)
{
	const char *value = strcmp(kind, "header") == 0 ? core_header(s->ws, name) : NULL;

	if (strcmp(kind, "cookie") != 0 && strcmp(kind, "query") != 0 &&
	    (value == NULL || strchr(value, '/') == NULL))
		return NULL;
	(void)snprintf(s->value, sizeof(s->value), "%%%s:%s%%", kind, name);
	return s->value;
}

/* The lookup function for path_template.h: returns the value of a variable. */
static const char *
variable_value(void *arg, const char *kind, const char *name)
{
	struct search *s = arg;
	ssize_t len = -1;

	if (s->shows && secret_value(s, kind, name) != NULL)
		return s->value;
	if (strcmp(kind, "endpoint") == 0)
		return s->endpoint;
	if (strcmp(kind, "header") == 0)
		return core_header(s->ws, name);
	if (strcmp(kind, "protocol") == 0)
		return s->protocols > 0 ? s->protocol[0] : NULL;
	if (strcmp(kind, "address") == 0)
		return *core_client_address(s->ws) != '\0' ? core_client_address(s->ws) : NULL;
	if (strcmp(kind, "host") == 0)
		len = backend_request_host(s->ws, s->value, sizeof(s->value));
	else if (strcmp(kind, "cookie") == 0)
		len = core_cookie(s->ws, name, s->value, sizeof(s->value));
	else if (strcmp(kind, "query") == 0)
		len = core_query_parameter(s->ws, name, s->value, sizeof(s->value));
	return len == -1 ? NULL : s->value;
}

/*
 * Copies the path of a request target to out, without its first slash, a slash at its end and
 * the query.  Returns 0, or -1 if the copy does not fit in size bytes with its NUL.
 */
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

/*
 * Sets an answer that refuses the client with status 500; returns 1.  The mistake of the
 * administrator has been logged, and the client does not learn the details.
 */
static int
refuse_mistake(struct search *s)
{
	s->info = backend_answer_refuse(500, "the configuration for this request is invalid");
	return 1;
}

/*
 * Writes the name of the file that s->expression gives after the directory to name.  Returns 0, or
 * -1 if there is no such name.
 */
static int
make_name(struct search *s, char name[NAME_SIZE])
{
	const char *directory = path == NULL ? "" : path;
	size_t len = strlen(directory);

	if (len + 1 >= NAME_SIZE)
		return -1;
	memcpy(name, directory, len);
	name[len++] = '/';
	return path_template_expand(name + len, NAME_SIZE - len, s->expression, slash,
	    variable_value, s);
}

/*
 * Returns the name of the file for a message: in place of a value that may be a secret it has the
 * variable (static buffer).
 */
static const char *
shown_name(struct search *s)
{
	static char name[NAME_SIZE];
	int result;

	s->shows = 1;
	result = make_name(s, name);
	s->shows = 0;
	return result == 0 ? name : s->expression;
}

/*
 * Opens a file for reading.  Returns its descriptor, -1 if there is no such file, or -2 after a
 * message if the file cannot be read.  Does not block on a FIFO.  Symbolic links are followed:
 * only the administrator can make them.
 */
static int
open_file(struct search *s, const char *name)
{
	struct stat st;
	int fault, fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd == -1) {
		fault = errno;
		if (fault == ENOENT || fault == ENOTDIR || fault == ENAMETOOLONG)
			return -1;
		core_log(ws_log_error, "%s: %s", shown_name(s), strerror(fault));
		return -2;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	if (S_ISDIR(st.st_mode))
		return -1;
	core_log(ws_log_error, "%s: not a regular file", shown_name(s));
	return -2;
}

/*
 * Reads a file.  Returns its length, -1 if there is no such file, or -2 after a message if the
 * file cannot be read.
 */
static ssize_t
read_file(struct search *s, const char *name, char text[FILE_SIZE + 1])
{
	size_t len = 0;
	ssize_t n = 1;
	int fault, fd = open_file(s, name);

	if (fd < 0)
		return fd;
	while (n > 0 && len < FILE_SIZE + 1) {
		n = read(fd, text + len, FILE_SIZE + 1 - len);
		if (n > 0)
			len += (size_t)n;
	}
	fault = errno;
	close(fd);
	if (n == -1) {
		core_log(ws_log_error, "%s: %s", shown_name(s), strerror(fault));
		return -2;
	}
	if (len > FILE_SIZE) {
		/*
		 * Leave out the last line, which is cut off: half of it would mean something
		 * else.
		 */
		for (len = FILE_SIZE; len > 0 && text[len - 1] != '\n'; len--)
			continue;
		core_log(ws_log_warn, "%s: only the lines within the first %d bytes are read",
		    shown_name(s), FILE_SIZE);
	}
	return (ssize_t)len;
}

/*
 * Finds the first line of a file that serves the client.  Returns 1 if s->info is set, to a peer
 * or to a refusal; otherwise 0.
 */
static int
find_line(struct search *s, char *text, size_t len)
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
		if (e.protocol == NULL || peer_line_check_protocol(e.protocol, &why) == -1) {
			core_log(ws_log_warn, "%s:%u: %s", shown_name(s), number, why);
			continue;
		}
		chosen = offers_choose(&s->offers, e.protocol);
		if (chosen == PEER_LINE_NO)
			continue;
		if (backend_answer_check(&e, &why) == -1) {
			core_log(ws_log_error, "%s:%u: %s", shown_name(s), number, why);
			return refuse_mistake(s);
		}
		s->info = backend_answer_peer(&e, chosen);
		return 1;
	}
	return 0;
}

/*
 * Looks for the client's line in the file that an expression names.  Returns 1 if s->info is
 * set, otherwise 0.
 */
static int
try_expression(struct search *s, const char *expression)
{
	char name[NAME_SIZE], text[FILE_SIZE + 1];
	ssize_t n;

	s->expression = expression;
	if (make_name(s, name) == -1)
		return 0;
	n = read_file(s, name, text);
	if (n == -1)
		return 0;
	if (n == -2)
		return refuse_mistake(s);
	s->found = 1;
	if (utf8_mark(text, (size_t)n) == -1) {
		core_log(ws_log_error, "%s: %s", shown_name(s), UTF8_MARK_WHY);
		return refuse_mistake(s);
	}
	return find_line(s, text, (size_t)n);
}

/* Calls try_expression() once for each offered subprotocol, as if the client offered no other. */
static int
try_protocols(struct search *s, const char *expression)
{
	size_t i, count = s->protocols;
	char **all = s->protocol;
	int done = 0;

	s->protocols = 1;
	for (i = 0; i < count && !done; i++) {
		s->protocol = all + i;
		offers_set(&s->offers, s->protocol, 1);
		done = try_expression(s, expression);
		s->info.protocol = done && s->info.protocol == 0 ? i : count;
	}
	s->protocols = count;
	s->protocol = all;
	offers_set(&s->offers, all, count);
	return done;
}

ws_peer_info
query(char *endpoint, size_t protocols, char **protocol, size_t headers, ws_http_header *header,
    websocket *ws)
{
	static struct search s;
	static char text[VALUE_SIZE + 1];
	struct expression *e;

	(void)headers;
	(void)header;
	s.ws = ws;
	s.endpoint = text;
	s.protocols = protocols;
	s.protocol = protocol;
	offers_set(&s.offers, protocol, protocols);
	s.found = 0;
	if (set_endpoint(text, sizeof(text), endpoint) == -1)
		return backend_answer_refuse(414, "the path is too long");
	for (e = expressions; e != NULL; e = e->next)
		if (path_template_uses(e->text, "protocol") ? try_protocols(&s, e->text) :
		    try_expression(&s, e->text))
			return s.info;
	if (s.found)
		return backend_answer_refuse(400, "none of the subprotocols is served here");
	return backend_answer_refuse(404, "there is no peer for this request");
}
