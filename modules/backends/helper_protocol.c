/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "base/scan.h"
#include "base/utf8.h"
#include "helper_protocol.h"
#include "percent.h"

static void
add_bytes(struct helper_question *q, const char *text, size_t len)
{
	if (q->full || len >= q->size - q->len) {
		q->full = 1;
		return;
	}
	memcpy(q->text + q->len, text, len);
	q->len += len;
	q->text[q->len] = '\0';
}

/* Returns 1 if a byte is written unchanged in a value, 0 if it is written as %XX. */
static int
is_plain(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c != '\0' && strchr("-._~/:,@+&=", c) != NULL);
}

static void
add_escaped(struct helper_question *q, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	char escape[3] = "%";
	unsigned char c;

	for (; *text != '\0'; text++) {
		c = (unsigned char)*text;
		escape[1] = digits[c >> 4];
		escape[2] = digits[c & 15];
		if (is_plain(c))
			add_bytes(q, text, 1);
		else
			add_bytes(q, escape, 3);
	}
}

void
helper_protocol_add(struct helper_question *q, const char *key, const char *name,
    const char *value)
{
	if (q->len > 0)
		add_bytes(q, "\t", 1);
	add_bytes(q, key, strlen(key));
	if (name != NULL) {
		add_bytes(q, ":", 1);
		add_escaped(q, name);
	}
	add_bytes(q, "=", 1);
	add_escaped(q, value);
}

int
helper_protocol_end(struct helper_question *q)
{
	add_bytes(q, "\n", 1);
	return q->full ? -1 : 0;
}

static int
helper_error(const char **why, const char *text)
{
	*why = text;
	return -1;
}

static int
set_value(struct helper_answer *a, char **status, const char *key, char *value, const char **why)
{
	const struct {
		const char *key;
		char **value;
	} keys[] = {
		{ "peer", &a->peer }, { "framing", &a->framing }, { "framing-config", &a->config },
		{ "protocol", &a->protocol }, { "reason", &a->reason }, { "status", status },
		{ "hide", &a->hide }
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(key, keys[i].key) != 0)
			continue;
		if (*keys[i].value != NULL)
			return helper_error(why, "a key is given twice");
		*keys[i].value = value;
		if (percent_decode(value, strlen(value) + 1, value, strlen(value)) == -1)
			return helper_error(why, "a value has a malformed % escape");
		return 0;
	}
	return helper_error(why, "a key is unknown; the keys are peer, framing, framing-config, "
	    "protocol, status, reason and hide");
}

/*
 * Checks that the values of an answer may be combined, and stores the number of status in
 * a->status.  Returns 0, or -1 with a sentence in *why.
 */
static int
check_answer(struct helper_answer *a, const char *status, const char **why)
{
	uint64_t number;

	if ((a->peer == NULL) == (status == NULL))
		return helper_error(why, "there must be either a peer or a status");
	if (status == NULL && a->reason != NULL)
		return helper_error(why, "a reason is allowed only with a status");
	if (status == NULL)
		return 0;
	if (a->framing != NULL || a->config != NULL || a->protocol != NULL)
		return helper_error(why, "only a reason is allowed with a status");
	if (strlen(status) != 3 || scan_number(status, 400, 599, &number) == -1)
		return helper_error(why, "the status is not between 400 and 599");
	a->status = (int)number;
	return 0;
}

int
helper_protocol_read(char *line, struct helper_answer *a, const char **why)
{
	static const char blanks[] = " \t\r";
	char *end, *status = NULL, *value;

	memset(a, 0, sizeof(*a));
	/* Some languages write a byte order mark before the first line. */
	if (utf8_mark(line, strlen(line)) > 0)
		line += utf8_mark(line, strlen(line));
	for (line += strspn(line, blanks); *line != '\0'; line = end + strspn(end, blanks)) {
		end = line + strcspn(line, blanks);
		if (*end != '\0')
			*end++ = '\0';
		value = strchr(line, '=');
		if (value == NULL)
			return helper_error(why, "a word has no = (a blank in a value is "
			    "written %20)");
		*value++ = '\0';
		if (set_value(a, &status, line, value, why) == -1)
			return -1;
	}
	return check_answer(a, status, why);
}
