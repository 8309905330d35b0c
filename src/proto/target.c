/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "base/scan.h"
#include "proto/target.h"

#define PART_MIN	4	/* bytes of a value that is looked for inside components */
#define PART_MAX	64	/* bytes of it that are compared: the client chooses its length */
#define DOTS		"..."

/* Returns the length of the separator at p: one of the bytes of plain, or %XX of one; or 0. */
static size_t
separator(const char *p, const char *end, const char *plain)
{
	int high, low;

	if (strchr(plain, *p) != NULL && *p != '\0')
		return 1;
	if (*p != '%' || end - p < 3)
		return 0;
	high = scan_hex(p[1]);
	low = scan_hex(p[2]);
	if (high == -1 || low == -1 || (high | low) == 0)
		return 0;
	return strchr(plain, high << 4 | low) != NULL ? 3 : 0;
}

/* Returns the first position from p on at which one of the separators in plain is; or end. */
static const char *
find_separator(const char *p, const char *end, const char *plain)
{
	while (p < end && separator(p, end, plain) == 0)
		p++;
	return p;
}

void
target_start(struct target_scan *s, const char *target, size_t len)
{
	s->at = target;
	s->end = target + len;
	s->stage = TARGET_IN_SCHEME;
}

/* Returns the end of the "scheme://" at p; p if there is none. */
static const char *
end_of_scheme(const char *p, const char *end)
{
	const char *colon = p;

	while (colon < end && strchr(":/?#", *colon) == NULL)
		colon++;
	return end - colon >= 3 && memcmp(colon, "://", 3) == 0 ? colon + 3 : p;
}

/* Returns the position after the last @ before the path; NULL if there is none. */
static const char *
end_of_user(const char *p, const char *end)
{
	const char *found = NULL;

	for (; p < end && strchr("/?#", *p) == NULL; p++)
		if (*p == '@')
			found = p + 1;
	return found;
}

/*
 * Moves over the scheme, the user information or the host, whichever is next.  A target with
 * neither a scheme nor a user is a path, whatever its first byte is.
 */
static void
move_to_path(struct target_scan *s, struct target_part *part)
{
	const char *user = end_of_user(s->at, s->end);

	part->kind = TARGET_PREFIX;
	if (s->stage == TARGET_IN_SCHEME) {
		s->at = end_of_scheme(s->at, s->end);
		user = end_of_user(s->at, s->end);
		s->stage = s->at == part->text && user == NULL ? TARGET_IN_PATH : TARGET_IN_USER;
	} else if (s->stage == TARGET_IN_USER) {
		part->kind = TARGET_USER;
		s->at = user != NULL ? user : s->at;
		s->stage = TARGET_IN_HOST;
	} else {
		while (s->at < s->end && strchr("/?#", *s->at) == NULL)
			s->at++;
		s->stage = TARGET_IN_PATH;
	}
}

static void
next_in_path(struct target_scan *s, struct target_part *part)
{
	if (separator(s->at, s->end, "?#") > 0) {
		part->kind = TARGET_QUERY;
		s->at = s->end;
	} else if (separator(s->at, s->end, "/") > 0) {
		part->kind = TARGET_SLASH;
		s->at += separator(s->at, s->end, "/");
	} else if (separator(s->at, s->end, ";") > 0) {
		part->kind = TARGET_PARAMETERS;
		s->at = find_separator(s->at, s->end, "/?#");
	} else {
		part->kind = TARGET_COMPONENT;
		s->at = find_separator(s->at, s->end, "/?#;");
	}
}

int
target_next(struct target_scan *s, struct target_part *part)
{
	part->text = s->at;
	while (s->at == part->text && s->at < s->end) {
		if (s->stage == TARGET_IN_PATH)
			next_in_path(s, part);
		else
			move_to_path(s, part);
	}
	part->len = (size_t)(s->at - part->text);
	return part->len > 0;
}

int
target_has(uint64_t set, unsigned n, unsigned count)
{
	if ((set & TARGET_BIT(TARGET_LAST)) != 0 && n + 1 == count)
		return 1;
	return (set & TARGET_BIT(n < TARGET_MANY ? n : TARGET_MANY)) != 0;
}

unsigned
target_count(const char *target, size_t len)
{
	struct target_scan s;
	struct target_part part;
	unsigned count = 0;

	target_start(&s, target, len);
	while (target_next(&s, &part))
		count += part.kind == TARGET_COMPONENT;
	return count;
}

/* Decodes the byte at p: returns the number of bytes that it takes, at least 1. */
static size_t
decode(const char *p, size_t len, int *c)
{
	int high, low;

	*c = *p == '+' ? ' ' : (unsigned char)*p;
	if (*p != '%' || len < 3)
		return 1;
	high = scan_hex(p[1]);
	low = scan_hex(p[2]);
	if (high == -1 || low == -1)
		return 1;
	*c = high << 4 | low;
	return 3;
}

size_t
target_matches(const char *text, const char *secret, size_t len)
{
	size_t at = 0, n = 0;
	int c;

	if (len == 0)
		return 0;
	if (strncmp(text, secret, len) == 0 && memchr(secret, '\0', len) == NULL)
		return len;
	while (at < len) {
		at += decode(secret + at, len - at, &c);
		if (c == '\0' || (unsigned char)text[n] != c)
			return 0;
		n++;
	}
	return n;
}

/*
 * Returns 1 if the component is the string value, or contains a value that is not short, or the
 * first PART_MAX bytes of it.  The bytes of the component are taken as they are, or decoded.
 */
static int
contains(const struct target_part *part, const char *value)
{
	size_t size = strnlen(value, PART_MAX), from, at, n;
	int c, decoded;

	for (decoded = 0; decoded <= 1; decoded++)
		for (from = 0; from < part->len; from++) {
			for (at = from, n = 0; at < part->len && n < size; n++) {
				c = (unsigned char)part->text[at];
				at += decoded && c != '+' ?
				    decode(part->text + at, part->len - at, &c) : 1;
				if (c != (unsigned char)value[n])
					break;
			}
			if (n == size && (size >= PART_MIN || (from == 0 && at == part->len)))
				return 1;
		}
	return 0;
}

uint64_t
target_find(const char *target, size_t len, const char *value)
{
	struct target_scan s;
	struct target_part part;
	uint64_t set = 0;
	unsigned n = 0;

	if (*value == '\0')
		return 0;
	if (strchr(value, '/') != NULL)
		return ~UINT64_C(0);
	target_start(&s, target, len);
	while (target_next(&s, &part)) {
		if (part.kind != TARGET_COMPONENT)
			continue;
		if (contains(&part, value))
			set |= TARGET_BIT(n < TARGET_MANY ? n : TARGET_MANY);
		n++;
	}
	return set;
}

/* Appends what fits of a text to the string out of size bytes; *at is its length. */
static void
append(char *out, size_t size, size_t *at, const char *text, size_t len)
{
	if (size == 0)
		return;
	len = len < size - 1 - *at ? len : size - 1 - *at;
	memcpy(out + *at, text, len);
	*at += len;
	out[*at] = '\0';
}

char *
target_show(char *out, size_t size, const char *target, size_t len, uint64_t hidden, int query)
{
	unsigned n = 0, count = target_count(target, len);
	struct target_scan s;
	struct target_part part;
	size_t at = 0, skip;
	int hide = 0;

	if (size > 0)
		*out = '\0';
	target_start(&s, target, len);
	while (target_next(&s, &part)) {
		skip = 0;
		if (part.kind == TARGET_PREFIX || part.kind == TARGET_SLASH) {
			hide = 0;
		} else if (part.kind == TARGET_USER) {
			append(out, size, &at, DOTS "@", strlen(DOTS "@"));
			continue;
		} else if (part.kind == TARGET_COMPONENT) {
			hide = target_has(hidden, n++, count);
		} else {
			skip = *part.text == '%' ? 3 : 1;
			hide = !query || (hide && part.kind == TARGET_PARAMETERS);
		}
		append(out, size, &at, part.text, hide ? skip : part.len);
		if (hide && part.len > skip)
			append(out, size, &at, DOTS, strlen(DOTS));
	}
	return out;
}

size_t
target_path_length(const char *shown)
{
	return (size_t)(find_separator(shown, shown + strlen(shown), "?#;") - shown);
}
