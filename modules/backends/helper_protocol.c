/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "helper_protocol.h"

static void
put(struct helper_question *w, const char *text, size_t len)
{
	if (w->full || len >= w->size - w->len) {
		w->full = 1;
		return;
	}
	memcpy(w->text + w->len, text, len);
	w->len += len;
	w->text[w->len] = '\0';
}

static int
is_plain(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c != '\0' && strchr("-._~/:,@+&=", c) != NULL);
}

static void
put_escaped(struct helper_question *w, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	char escape[3] = "%";
	unsigned char c;

	for (; *text != '\0'; text++) {
		c = (unsigned char)*text;
		escape[1] = digits[c >> 4];
		escape[2] = digits[c & 15];
		if (is_plain(c))
			put(w, text, 1);
		else
			put(w, escape, 3);
	}
}

void
helper_protocol_add(struct helper_question *w, const char *key, const char *name, const char *value)
{
	if (w->len > 0)
		put(w, "\t", 1);
	put(w, key, strlen(key));
	if (name != NULL) {
		put(w, ":", 1);
		put_escaped(w, name);
	}
	put(w, "=", 1);
	put_escaped(w, value);
}

int
helper_protocol_end(struct helper_question *w)
{
	put(w, "\n", 1);
	return w->full ? -1 : 0;
}

static int
digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *found = c == '\0' ? NULL : strchr(digits, c);

	return found == NULL ? -1 : (int)((found - digits) % 16);
}

/* Decodes a value in place: 0, or -1 if it is not well formed or has a NUL. */
static int
decode(char *text)
{
	char *out = text;
	int c;

	for (; *text != '\0'; text++) {
		c = (unsigned char)*text;
		if (c == '%') {
			if (digit(text[1]) == -1 || digit(text[2]) == -1)
				return -1;
			c = digit(text[1]) * 16 + digit(text[2]);
			if (c == 0)
				return -1;
			text += 2;
		}
		*out++ = (char)c;
	}
	*out = '\0';
	return 0;
}

static int
fault(const char **why, const char *text)
{
	*why = text;
	return -1;
}

static int
set(struct helper_answer *a, char **status, const char *key, char *value, const char **why)
{
	const struct {
		const char *key;
		char **value;
	} keys[] = {
		{ "peer", &a->peer }, { "framing", &a->framing }, { "framing-config", &a->config },
		{ "protocol", &a->protocol }, { "reason", &a->reason }, { "status", status }
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(key, keys[i].key) != 0)
			continue;
		if (*keys[i].value != NULL)
			return fault(why, "a key is there twice");
		*keys[i].value = value;
		return decode(value) == 0 ? 0 : fault(why, "a value has a wrong % escape");
	}
	return fault(why, "there is a key other than peer, framing, framing-config, protocol, "
	    "status and reason");
}

/* What belongs together. */
static int
judge(struct helper_answer *a, const char *status, const char **why)
{
	if ((a->peer == NULL) == (status == NULL))
		return fault(why, "there must be either a peer or a status");
	if (status == NULL)
		return a->reason == NULL ? 0 : fault(why, "a reason belongs to a status");
	if (a->framing != NULL || a->config != NULL || a->protocol != NULL)
		return fault(why, "only a reason may stand beside a status");
	if (strspn(status, "0123456789") != 3 || status[3] != '\0' ||
	    (*status != '4' && *status != '5'))
		return fault(why, "the status is not between 400 and 599");
	a->status = (status[0] - '0') * 100 + (status[1] - '0') * 10 + status[2] - '0';
	return 0;
}

int
helper_protocol_read(char *line, struct helper_answer *a, const char **why)
{
	static const char blanks[] = " \t\r";
	char *end, *status = NULL, *value;

	memset(a, 0, sizeof(*a));
	for (line += strspn(line, blanks); *line != '\0'; line = end + strspn(end, blanks)) {
		end = line + strcspn(line, blanks);
		if (*end != '\0')
			*end++ = '\0';
		value = strchr(line, '=');
		if (value == NULL)
			return fault(why, "there is a word without = (a blank in a value "
			    "is %20)");
		*value++ = '\0';
		if (set(a, &status, line, value, why) == -1)
			return -1;
	}
	return judge(a, status, why);
}
