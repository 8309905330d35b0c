/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef HTTP_H
#define HTTP_H

#include <stddef.h>
#include <stdint.h>

/*
 * The head of an HTTP/1.x request (RFC 9112), read strictly: lines end in CRLF; folded lines, a
 * blank before a colon and control bytes are errors.
 *
 * The parser keeps offsets into the caller's bytes, so the caller may move the bytes between two
 * calls.  The result does not depend on how the bytes were split.
 */
#define HTTP_HEAD_SIZE	16384	/* longest head, with its empty line; more is refused with 431 */
#define HTTP_LINE_SIZE	8192	/* longest request line, without CRLF; more: 414 */
#define HTTP_FIELDS	100	/* most fields; more: 431 */

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
	int			 status;	/* HTTP_BAD: the status of the refusal */
	const char		*reason;	/* HTTP_BAD: a sentence, a constant */
};

enum http_verdict { HTTP_MORE, HTTP_DONE, HTTP_BAD };

/* Begins a request. */
void	http_init(struct http *h);

/*
 * Reads the first len bytes of a request, which include those of earlier calls.  Returns HTTP_MORE
 * if the head is not complete; HTTP_DONE if it is, and h->scanned is then its size: WebSocket
 * frames follow; HTTP_BAD if the request is to be refused.
 */
enum http_verdict http_parse(struct http *h, const char *head, size_t len);

/*
 * Writes a NUL after the method, the target and every name and value of a complete head, so that
 * each is a string.
 */
void	http_terminate(const struct http *h, char *head);

/*
 * Returns the value of the next field of this name, in upper or lower case, in a terminated head;
 * NULL if there is none.  *from is the index of the first field to look at, 0 at first, and is
 * moved after the field that was found.
 */
char	*http_value(const struct http *h, char *head, const char *name, int *from);

/*
 * Returns the next element of a list separated by commas (RFC 9110 section 5.6.1), its length
 * without the blanks around it in *len, and moves *list after it.  Empty elements are skipped.
 * Returns NULL at the end.
 */
const char *http_element(const char **list, size_t *len);

/* Returns 1 for a space or a tab. */
int	http_is_blank(char c);

/* Returns 1 if the len bytes at text are a token (RFC 9110 section 5.6.2). */
int	http_is_token(const char *text, size_t len);

/* Returns 1 if the a_len bytes at a equal the string b, ignoring the case of ASCII letters. */
int	http_same(const char *a, size_t a_len, const char *b);

#endif
