/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef HTTP_H
#define HTTP_H

#include <stddef.h>
#include <stdint.h>

/*
 * The head of an HTTP/1.x request (RFC 9112), read strictly: lines end in
 * CRLF, no folded lines, no blank before a colon, no control bytes.
 *
 * The parser keeps offsets into the caller's bytes, so these may be moved
 * between calls.  The outcome does not depend on how the bytes were cut.
 */
#define HTTP_HEAD_SIZE	16384	/* the whole head, with its last empty line: else 431 */
#define HTTP_LINE_SIZE	8192	/* the request line, without CRLF: else 414 */
#define HTTP_FIELDS	100	/* else 431 */

struct http_span {
	uint16_t	at, len;
};

struct http_field {
	struct http_span	name, value;	/* value without blanks around it */
};

struct http {
	size_t			 scanned;	/* bytes looked at so far */
	size_t			 line;		/* where the current line begins */
	struct http_span	 method, target;
	int			 minor;		/* of HTTP/1.minor */
	int			 fields;	/* -1: the request line is still to come */
	struct http_field	 field[HTTP_FIELDS];
	int			 status;	/* HTTP_BAD: the status to refuse with */
	const char		*reason;	/* and a sentence that says why */
};

enum http_verdict { HTTP_MORE, HTTP_DONE, HTTP_BAD };

void	http_init(struct http *h);

/*
 * Goes on with a head of which len bytes are known, those of earlier calls
 * included.  HTTP_DONE: h->scanned bytes are the head, what follows is not HTTP.
 */
enum http_verdict http_parse(struct http *h, const char *head, size_t len);

/*
 * Puts a NUL behind the method, the target and every name and value of a
 * finished head, so that each is a string.
 */
void	http_terminate(const struct http *h, char *head);

/*
 * The value of the next field of this name (in any case) from index *from on, as a string
 * of a terminated head, or NULL.  *from is then behind it; start with 0.
 */
char	*http_value(const struct http *h, char *head, const char *name, int *from);

/*
 * Walks a comma-separated list (RFC 9110 section 5.6.1).  *list is moved
 * behind the element; empty elements are passed over.  Returns the element and its length,
 * blanks around it not counted, or NULL at the end.
 */
const char *http_element(const char **list, size_t *len);

/* Whether the len bytes at text are a token (RFC 9110 section 5.6.2). */
int	http_is_token(const char *text, size_t len);

/* Whether two strings of that length are the same but for the case of ASCII letters. */
int	http_same(const char *a, size_t a_len, const char *b);

#endif
