/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>
#include <strings.h>

#include "module/redact.h"
#include "proto/target.h"

#define SECRET_MIN	4	/* bytes; a shorter text is probably not meant */
#define RANDOM_MIN	8	/* bytes; a shorter value of any parameter is no secret */
#define DOTS		"..."

static int
is_word_byte(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/*
 * Returns the number of bytes at p, a place in text, that are the len bytes at secret; 0 if they
 * are not.
 */
static size_t
match(const char *text, const char *p, const char *secret, size_t len)
{
	size_t n = p == text || !is_word_byte(p[-1]) ? target_matches(p, secret, len) : 0;

	return n < SECRET_MIN || is_word_byte(p[n]) || memchr(p, ' ', n) != NULL ? 0 : n;
}

static int
contains(const char *text, const char *secret, size_t len)
{
	const char *p;

	for (p = text; len >= SECRET_MIN && *p != '\0'; p++)
		if (match(text, p, secret, len) > 0)
			return 1;
	return 0;
}

/* Replaces each occurrence of the len bytes at secret. */
static void
replace(char *text, const char *secret, size_t len)
{
	char *p = text;
	size_t n;

	if (len < SECRET_MIN)
		return;
	while (*p != '\0') {
		n = match(text, p, secret, len);
		if (n == 0) {
			p++;
			continue;
		}
		memcpy(p, DOTS, strlen(DOTS));
		memmove(p + strlen(DOTS), p + n, strlen(p + n) + 1);
		p += strlen(DOTS);
	}
}

static void
replace_path(char *text, const struct websocket *ws)
{
	const char *target = ws->handshake.target;
	unsigned n = 0, count = target_count(target, strlen(target));
	struct target_scan s;
	struct target_part part;

	target_start(&s, target, strlen(target));
	while (target_next(&s, &part))
		if (part.kind == TARGET_COMPONENT && target_has(ws->hidden, n++, count))
			replace(text, part.text, part.len);
}

/*
 * Returns 1 if the name of a field or parameter, of len bytes, is that of a secret.  This costs more
 * than a search for the value in a short text.
 */
static int
is_secret_name(const char *name, size_t len)
{
	static const char *const words[] = {
		"auth", "token", "secret", "pass", "pwd", "session", "sid", "key", "jwt", "cred",
		"assertion", "sig", "ticket", "code", "otp"
	};
	size_t i, at, size;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size = strlen(words[i]);
		for (at = 0; at + size <= len; at++)
			if (strncasecmp(name + at, words[i], size) == 0)
				return 1;
	}
	return 0;
}

/* Returns 1 if a value is probably random: it has letters and digits, and is not short. */
static int
looks_random(const char *value, size_t len)
{
	int digits = 0, letters = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (value[i] == '%') {
			/* The digits of an escape are no digits of the value. */
			i += 2;
			continue;
		}
		digits += value[i] >= '0' && value[i] <= '9';
		letters += is_word_byte(value[i]) && !(value[i] >= '0' && value[i] <= '9');
	}
	return len >= RANDOM_MIN && digits > 0 && letters > 0;
}

/*
 * Replaces the secret values of a query, a=1&b=2.  An element without = is a value.  guess: also
 * values that are probably random.
 */
static void
replace_query(char *text, const char *target, int guess)
{
	const char *p = strchr(target, '?'), *value;
	size_t len, name;

	while (p != NULL && *p != '\0') {
		p++;
		len = strcspn(p, "&#;");
		value = memchr(p, '=', len);
		name = value == NULL ? 0 : (size_t)(value + 1 - p);
		if (name == 0 || is_secret_name(p, name) ||
		    (guess && looks_random(p + name, len - name)))
			replace(text, p + name, len - name);
		p += len;
	}
}

static void
replace_cookies(char *text, const char *field)
{
	const char *value;
	size_t len;

	for (; *field != '\0'; field += len + (field[len] != '\0')) {
		len = strcspn(field, ";");
		value = memchr(field, '=', len);
		if (value == NULL)
			continue;
		replace(text, value + 1, (size_t)(field + len - value - 1));
	}
}

static void
replace_field(char *text, const struct websocket *ws, const char *name, const char *value,
    int guess)
{
	const char *last = strrchr(value, ' ');

	if (strcasecmp(name, "Cookie") == 0) {
		replace_cookies(text, value);
	} else if (strcasecmp(name, "Referer") == 0) {
		if (!ws->log_query)
			replace_query(text, value, guess);
	} else if ((contains(text, value, strlen(value)) ||
	    (last != NULL && contains(text, last + 1, strlen(last + 1)))) &&
	    is_secret_name(name, strlen(name))) {
		replace(text, value, strlen(value));
		if (last != NULL)
			replace(text, last + 1, strlen(last + 1));
	}
}

static void
replace_all(char *text, const struct websocket *ws, int guess)
{
	const struct http_field *f;
	size_t i;

	replace_path(text, ws);
	if (!ws->log_query)
		replace_query(text, ws->handshake.target, guess);
	for (f = ws->http.field; f < ws->http.field + ws->http.fields; f++)
		replace_field(text, ws, ws->head + f->name.at, ws->head + f->value.at, guess);
	for (i = 0; i < ws->handshake.protocols; i++)
		if (strlen(ws->handshake.protocol[i]) > REDACT_PROTOCOL)
			replace(text, ws->handshake.protocol[i],
			    strlen(ws->handshake.protocol[i]));
}

void
redact_text(char *text, const struct websocket *ws)
{
	replace_all(text, ws, 1);
}

void
redact_peer(char *text, const struct websocket *ws)
{
	replace_all(text, ws, 0);
}
