/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef HTTP_H
#define HTTP_H

#include <stddef.h>
#include <stdint.h>

/*
 * The head of an HTTP/1.x request (RFC 9112), read strictly: each line ends in CRLF; folded lines,
 * a blank before a colon and control bytes are errors.
 *
 * The parser keeps offsets into the caller's buffer, so the caller may move the bytes between two
 * calls.  The result does not depend on how the bytes were split between calls.
 */
#define HTTP_HEAD_SIZE	16384	/* most bytes of a head, with its empty line; more: status 431 */
#define HTTP_LINE_SIZE	8192	/* most bytes of a request line, without CRLF; more: status 414 */
#define HTTP_FIELDS	100	/* most header fields of a head; more: status 431 */

struct http_span {
	uint16_t	at, len;
};

struct http_field {
	struct http_span	name, value;	/* value without blanks around it */
};

struct http {
	size_t			 scanned;	/* bytes of the head that were read so far */
	size_t			 line;		/* offset at which the current line begins */
	struct http_span	 method, target;
	int			 minor;		/* of HTTP/1.minor */
	int			 fields;	/* -1: the request line has not been read */
	struct http_field	 field[HTTP_FIELDS];
	int			 status;	/* after HTTP_BAD: the status of the refusal */
	const char		*reason;	/* after HTTP_BAD: a constant sentence */
};

enum http_verdict { HTTP_MORE, HTTP_DONE, HTTP_BAD };

/* Prepares h for a new request. */
void	http_init(struct http *h);

/*
 * Reads the first len bytes of a request, which include the bytes of earlier calls.  Returns
 * HTTP_MORE if the head is not complete; HTTP_DONE if it is complete, and h->scanned is then the
 * size of the head, after which WebSocket frames follow; HTTP_BAD if the request is to be refused.
 */
enum http_verdict http_parse(struct http *h, const char *head, size_t len);

/*
 * Makes strings of the parts of a complete head: writes a NUL after the method, the target and each
 * name and value.
 */
void	http_terminate(const struct http *h, char *head);

/*
 * Returns the value of the next field with this name, in upper or lower case; NULL if there is
 * none. http_terminate() must have been called for head.  *from is the index of the first field to
 * compare, initially 0; it is moved after the field that was found.
 */
char	*http_value(const struct http *h, char *head, const char *name, int *from);

/*
 * Returns the next element of a list separated by commas (RFC 9110 section 5.6.1) and moves *list
 * after it; NULL at the end of the list.  *len is the length of the element, without the blanks
 * around it.  Empty elements are skipped.
 */
const char *http_element(const char **list, size_t *len);

/* Returns 1 if c is a space or a tab. */
int	http_is_blank(char c);

/* Returns 1 if the len bytes at text are a token (RFC 9110 section 5.6.2). */
int	http_is_token(const char *text, size_t len);

/*
 * Returns 1 if the a_len bytes at a are the same as the string b, except for the case of ASCII
 * letters.
 */
int	http_same(const char *a, size_t a_len, const char *b);

#endif
