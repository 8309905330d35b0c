/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef LOG_FORMAT_H
#define LOG_FORMAT_H

#include <stddef.h>
#include <stdint.h>

/*
 * How lines of the log look.  Each function writes at most size bytes to out, no NUL, and returns
 * how many; whatever the text holds, they are printable ASCII.
 */
#define LOG_JSON_LINE	4096	/* a pipe takes such a write whole */

/*
 * A line of named values: an event, then name=value for each, or an object with them
 * in JSON.
 */
struct log_field {
	enum { LOG_WORD, LOG_TEXT, LOG_NUMBER, LOG_SECONDS, LOG_COUNTS } kind;
	const char	*name;
	const char	*text;		/* LOG_TEXT: has been through log_format_escape() */
	uint64_t	 number;	/* LOG_SECONDS: milliseconds; LOG_COUNTS: bytes, */
	uint64_t	 messages;	/* and messages */
};

/*
 * Copies len bytes of an outsider's text to out, a string of at most size
 * bytes with its NUL: printable ASCII as it is, '"' and '\\' behind a backslash,
 * anything else as \xHH; what does not fit ends in "...".  Returns out.
 */
char	*log_format_escape(char *out, size_t size, const void *data, size_t len);

/* The beginning of a line of text: time, process, level. */
size_t	log_format_prefix(char *out, size_t size, const char *level);

/* Text, its bytes that are not printable as \xHH. */
size_t	log_format_text(char *out, size_t size, const char *text);

/* An event and its fields as text, a string with its NUL. */
void	log_format_fields(char *out, size_t size, const char *event, const struct log_field *field,
    size_t count);

/* A line of JSON: with a message, or if that is NULL with an event and its fields. */
size_t	log_format_json(char *out, size_t size, const char *level, const char *message,
    const char *event, const struct log_field *field, size_t count);

#endif
