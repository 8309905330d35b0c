/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log_format.h"

#define DAY		86400	/* seconds */

static const char hex[] = "0123456789abcdef";

static int
is_leap_year(unsigned year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/*
 * gmtime_r() and strftime() would write to memory of the C library, which would cost each worker a
 * page.
 */
void
log_format_time(char out[LOG_TIME_SIZE], const struct timespec *when)
{
	static const unsigned char days_of[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	uint64_t seconds = when->tv_sec < 0 ? 0 : (uint64_t)when->tv_sec, days = seconds / DAY;
	unsigned year = 1970, month = 0, most, second = (unsigned)(seconds % DAY);

	for (; year < 9999 && days >= (most = is_leap_year(year) ? 366u : 365u); year++)
		days -= most;
	for (; month < 11 && days >= (most = days_of[month] +
	    (month == 1 && is_leap_year(year) ? 1u : 0u)); month++)
		days -= most;
	(void)snprintf(out, LOG_TIME_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%03ldZ", year, month + 1,
	    (unsigned)(days % 31) + 1, second / 3600, second / 60 % 60, second % 60,
	    when->tv_nsec / 1000000 % 1000);
}

static void
format_now(char out[LOG_TIME_SIZE])
{
	struct timespec now = { 0, 0 };

	(void)clock_gettime(CLOCK_REALTIME, &now);
	log_format_time(out, &now);
}

size_t
log_format_prefix(char *out, size_t size, const char *level)
{
	char time[LOG_TIME_SIZE];
	int n;

	format_now(time);
	n = snprintf(out, size, "%s websocksy[%ld] %s: ", time, (long)getpid(), level);
	return n < 0 || (size_t)n >= size ? 0 : (size_t)n;
}

size_t
log_format_text(char *out, size_t size, const char *text)
{
	unsigned char c;
	size_t at = 0;

	for (; (c = (unsigned char)*text) != '\0'; text++) {
		if (c >= 0x20 && c < 0x7f) {
			if (at + 1 > size)
				break;
			out[at++] = (char)c;
		} else {
			if (at + 4 > size)
				break;
			out[at++] = '\\';
			out[at++] = 'x';
			out[at++] = hex[c >> 4];
			out[at++] = hex[c & 15];
		}
	}
	return at;
}

/*
 * Returns 1 if a word must be quoted: it is empty, or has a byte that is not printable ASCII, a
 * blank, a quote or a backslash.
 */
static int
needs_quotes(const char *text)
{
	if (*text == '\0')
		return 1;
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text >= 0x7f || *text == '"' || *text == '\\')
			return 1;
	return 0;
}

static int
field_text(char *out, size_t size, const struct log_field *f)
{
	char escaped[512];

	switch (f->kind) {
	case LOG_NUMBER:
		return snprintf(out, size, " %s=%llu", f->name, (unsigned long long)f->number);
	case LOG_SECONDS:
		return snprintf(out, size, " %s=%llu.%03llu", f->name,
		    (unsigned long long)(f->number / 1000), (unsigned long long)(f->number % 1000));
	case LOG_COUNTS:
		return snprintf(out, size, " %s=%llu/%llu", f->name, (unsigned long long)f->number,
		    (unsigned long long)f->messages);
	case LOG_TEXT:
		return snprintf(out, size, " %s=\"%s\"", f->name, f->text);
	case LOG_WORD:
		break;
	}
	if (!needs_quotes(f->text))
		return snprintf(out, size, " %s=%s", f->name, f->text);
	return snprintf(out, size, " %s=\"%s\"", f->name,
	    log_format_escape(escaped, sizeof(escaped), f->text, strlen(f->text)));
}

void
log_format_fields(char *out, size_t size, const char *event, const struct log_field *field,
    size_t count)
{
	size_t at, i;
	int n;

	(void)snprintf(out, size, "%s", event);
	at = strlen(out);
	for (i = 0; i < count; i++) {
		n = field_text(out + at, size - at, &field[i]);
		if (n < 0 || (size_t)n >= size - at)
			return;
		at += (size_t)n;
	}
}

/* A line of JSON under construction.  END_ROOM bytes are reserved for the end of the line. */
struct line {
	char	*out;
	size_t	 at, size;
};

#define END_ROOM	4	/* the end of a line: "}}\n" and a quote */

static void
add_text(struct line *l, const char *text)
{
	size_t len = strlen(text);

	if (l->at + len + END_ROOM > l->size)
		return;
	memcpy(l->out + l->at, text, len);
	l->at += len;
}

/* Adds a JSON string.  A text that is too long is cut, so that the line stays valid JSON. */
static void
add_string(struct line *l, const char *text)
{
	char one[7];
	unsigned char c;
	size_t n;

	add_text(l, "\"");
	for (; (c = (unsigned char)*text) != '\0'; text++) {
		n = 0;
		if (c == '"' || c == '\\')
			one[n++] = '\\';
		if (c >= 0x20 && c < 0x7f) {
			one[n++] = (char)c;
		} else {
			memcpy(one, "\\u00", 4);
			one[4] = hex[c >> 4];
			one[5] = hex[c & 15];
			n = 6;
		}
		/* Reserve 512 bytes for the names and numbers of the fields that follow. */
		if (l->at + n + END_ROOM + 512 > l->size)
			break;
		memcpy(l->out + l->at, one, n);
		l->at += n;
	}
	add_text(l, "\"");
}

static void
add_number(struct line *l, uint64_t number)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	add_text(l, text);
}

static void
add_seconds(struct line *l, uint64_t ms)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%llu.%03llu", (unsigned long long)(ms / 1000),
	    (unsigned long long)(ms % 1000));
	add_text(l, text);
}

static void
add_field(struct line *l, const struct log_field *f)
{
	add_text(l, ",\"");
	add_text(l, f->name);
	add_text(l, "\":");
	switch (f->kind) {
	case LOG_NUMBER:
		add_number(l, f->number);
		break;
	case LOG_SECONDS:
		add_seconds(l, f->number);
		break;
	case LOG_COUNTS:
		add_text(l, "{\"bytes\":");
		add_number(l, f->number);
		add_text(l, ",\"messages\":");
		add_number(l, f->messages);
		add_text(l, "}");
		break;
	case LOG_WORD:
	case LOG_TEXT:
		add_string(l, f->text);
		break;
	}
}

size_t
log_format_json(char *out, size_t size, const char *level, const char *message, const char *event,
    const struct log_field *field, size_t count)
{
	struct line l = { out, 0, size };
	char time[LOG_TIME_SIZE];
	size_t i;

	format_now(time);
	add_text(&l, "{\"timestamp\":");
	add_string(&l, time);
	add_text(&l, ",\"pid\":");
	add_number(&l, (uint64_t)getpid());
	add_text(&l, ",\"level\":");
	add_string(&l, level);
	add_text(&l, message != NULL ? ",\"message\":" : ",\"event\":");
	add_string(&l, message != NULL ? message : event);
	for (i = 0; i < count; i++)
		add_field(&l, &field[i]);
	l.out[l.at++] = '}';
	l.out[l.at++] = '\n';
	return l.at;
}

/* Writes the escaped form of one byte; returns its length, at most 4. */
static size_t
escape_byte(char out[4], unsigned char c)
{
	if (c == '"' || c == '\\') {
		out[0] = '\\';
		out[1] = (char)c;
		return 2;
	}
	if (c >= 0x20 && c < 0x7f) {
		out[0] = (char)c;
		return 1;
	}
	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex[c >> 4];
	out[3] = hex[c & 15];
	return 4;
}

char *
log_format_escape(char *out, size_t size, const void *data, size_t len)
{
	const unsigned char *p = data;
	size_t at = 0, fits = 0, i, n;
	char one[4];

	if (size == 0)
		return out;
	for (i = 0; i < len; i++) {
		n = escape_byte(one, p[i]);
		if (at + n >= size) {
			/*
			 * The text does not fit: go back to where the dots and the NUL still fit.
			 */
			at = fits;
			for (n = 0; n < 3 && at + 1 < size; n++)
				out[at++] = '.';
			break;
		}
		memcpy(out + at, one, n);
		at += n;
		if (at + 4 <= size)
			fits = at;
	}
	out[at] = '\0';
	return out;
}
