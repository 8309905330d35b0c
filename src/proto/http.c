/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>
#include <strings.h>

#include "proto/http.h"

void
http_init(struct http *h)
{
	memset(h, 0, sizeof(*h));
	h->fields = -1;
}

static enum http_verdict
http_bad(struct http *h, int status, const char *reason)
{
	h->status = status;
	h->reason = reason;
	return HTTP_BAD;
}

static int
is_token_byte(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

int
http_is_token(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!is_token_byte(text[i]))
			return 0;
	return len > 0;
}

int
http_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct http_span
make_span(size_t from, size_t to)
{
	struct http_span s;

	s.at = (uint16_t)from;
	s.len = (uint16_t)(to - from);
	return s;
}

/* Returns the offset of the first byte c from offset `at` on; `end` if there is none before it. */
static size_t
find_byte(const char *head, size_t at, size_t end, char c)
{
	const char *p = memchr(head + at, c, end - at);

	return p == NULL ? end : (size_t)(p - head);
}

/* Reads a request line, "method target HTTP/1.x", between at and end (RFC 9112 section 3). */
static enum http_verdict
request_line(struct http *h, const char *head, size_t at, size_t end)
{
	size_t blank = find_byte(head, at, end, ' '), target, i;

	if (!http_is_token(head + at, blank - at))
		return http_bad(h, 400, "the request line does not begin with a method");
	h->method = make_span(at, blank);
	target = blank < end ? blank + 1 : end;
	blank = find_byte(head, target, end, ' ');
	if (blank == target || blank == end)
		return http_bad(h, 400, "the request line is not 'method target HTTP/1.1'");
	for (i = target; i < blank; i++)
		if ((unsigned char)head[i] <= ' ' || (unsigned char)head[i] >= 0x7f)
			return http_bad(h, 400,
			    "the request target has bytes that must be escaped");
	h->target = make_span(target, blank);
	at = blank + 1;
	if (end - at != 8 || memcmp(head + at, "HTTP/", 5) != 0 || head[at + 6] != '.' ||
	    head[at + 5] < '0' || head[at + 5] > '9' || head[at + 7] < '0' || head[at + 7] > '9')
		return http_bad(h, 400, "the request line does not end in an HTTP version");
	if (head[at + 5] != '1')
		return http_bad(h, 400, "only HTTP/1.1 is supported");
	h->minor = head[at + 7] - '0';
	h->fields = 0;
	return HTTP_MORE;
}

/* Reads a field line, "name: value", between at and end (RFC 9112 section 5). */
static enum http_verdict
field_line(struct http *h, const char *head, size_t at, size_t end)
{
	size_t colon = find_byte(head, at, end, ':'), value = colon + 1;

	if (http_is_blank(head[at]))
		return http_bad(h, 400,
		    "a header line begins with a blank (folded lines are obsolete)");
	if (colon == end)
		return http_bad(h, 400, "a header line has no colon");
	if (!http_is_token(head + at, colon - at))
		return http_bad(h, 400,
		    "a header's name is not a token (perhaps a blank before its colon)");
	if (h->fields == HTTP_FIELDS)
		return http_bad(h, 431, "too many header fields (100 at most)");
	while (value < end && http_is_blank(head[value]))
		value++;
	while (end > value && http_is_blank(head[end - 1]))
		end--;
	h->field[h->fields].name = make_span(at, colon);
	h->field[h->fields].value = make_span(value, end);
	h->fields++;
	return HTTP_MORE;
}

/* Reads the line that begins at h->line and whose CRLF is at end. */
static enum http_verdict
parse_line(struct http *h, const char *head, size_t end)
{
	if (h->fields == -1) {
		/* Ignore one empty line before the request line (RFC 9112 section 2.2). */
		if (end == h->line && end == 0)
			return HTTP_MORE;
		return request_line(h, head, h->line, end);
	}
	if (end == h->line)
		return HTTP_DONE;
	return field_line(h, head, h->line, end);
}

/* Refuses a request whose byte at h->scanned is not allowed at this place. */
static enum http_verdict
bad_byte(struct http *h, const char *head)
{
	if (h->scanned == 0 && head[0] == 0x16)
		return http_bad(h, 400,
		    "this is TLS, but the port expects plain HTTP (ws://, not wss://)");
	if (head[h->scanned] == '\n')
		return http_bad(h, 400, "a line ends in LF without CR");
	if (h->scanned > 0 && head[h->scanned - 1] == '\r')
		return http_bad(h, 400, "CR without LF");
	return http_bad(h, 400, "control bytes in the request");
}

enum http_verdict
http_parse(struct http *h, const char *head, size_t len)
{
	enum http_verdict verdict;
	int after_cr;
	char c;

	for (; h->scanned < len; h->scanned++) {
		if (h->scanned >= HTTP_HEAD_SIZE)
			break;
		c = head[h->scanned];
		after_cr = h->scanned > h->line && head[h->scanned - 1] == '\r';
		if (after_cr ? c != '\n' :
		    c != '\t' && c != '\r' && ((unsigned char)c < ' ' || c == 0x7f))
			return bad_byte(h, head);
		if (c == '\n') {
			verdict = parse_line(h, head, h->scanned - 1);
			if (verdict != HTTP_MORE) {
				h->scanned += verdict == HTTP_DONE;
				return verdict;
			}
			h->line = h->scanned + 1;
		} else if (h->fields == -1 && c != '\r' && h->scanned - h->line >= HTTP_LINE_SIZE) {
			return http_bad(h, 414,
			    "the request line is too long (8192 bytes at most)");
		}
	}
	if (h->scanned >= HTTP_HEAD_SIZE)
		return http_bad(h, 431, "the request's head is too long (16384 bytes at most)");
	return HTTP_MORE;
}

static void
terminate(char *head, struct http_span s)
{
	head[s.at + s.len] = '\0';
}

void
http_terminate(const struct http *h, char *head)
{
	int i;

	terminate(head, h->method);
	terminate(head, h->target);
	for (i = 0; i < h->fields; i++) {
		terminate(head, h->field[i].name);
		terminate(head, h->field[i].value);
	}
}

char *
http_value(const struct http *h, char *head, const char *name, int *from)
{
	const struct http_field *f;

	while (*from < h->fields) {
		f = &h->field[(*from)++];
		if (http_same(head + f->name.at, f->name.len, name))
			return head + f->value.at;
	}
	return NULL;
}

const char *
http_element(const char **list, size_t *len)
{
	const char *begin, *end;

	while (**list == ',' || http_is_blank(**list))
		(*list)++;
	if (**list == '\0')
		return NULL;
	begin = *list;
	end = begin + strcspn(begin, ",");
	*list = end;
	while (end > begin && http_is_blank(end[-1]))
		end--;
	*len = (size_t)(end - begin);
	return begin;
}

int
http_same(const char *a, size_t a_len, const char *b)
{
	return strlen(b) == a_len && strncasecmp(a, b, a_len) == 0;
}
