/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef LOG_FORMAT_H
#define LOG_FORMAT_H

#include <stddef.h>
#include <stdint.h>

/*
 * The format of log lines.  Unless said otherwise a function writes at most size bytes to out,
 * without a NUL, and returns their number.  All of them are printable ASCII, whatever the input.
 */
#define LOG_JSON_LINE	4096	/* at most PIPE_BUF of most systems: a pipe takes it in one piece */

/* A named value of a line: name=value in text, a member of the object in JSON. */
struct log_field {
	enum { LOG_WORD, LOG_TEXT, LOG_NUMBER, LOG_SECONDS, LOG_COUNTS } kind;
	const char	*name;
	const char	*text;		/* LOG_WORD; LOG_TEXT: output of log_format_escape() */
	uint64_t	 number;	/* LOG_NUMBER; LOG_SECONDS: ms; LOG_COUNTS: bytes */
	uint64_t	 messages;	/* LOG_COUNTS */
};

/*
 * Copies len bytes of any text to out, as a string of at most size bytes with its NUL.  Printable
 * ASCII is unchanged, '"' and '\\' get a backslash before them, any other byte becomes \xHH.  A
 * text that does not fit is cut and ends in "...".  Returns out.
 */
char	*log_format_escape(char *out, size_t size, const void *data, size_t len);

/* Writes the beginning of a line of text: time, process, level. */
size_t	log_format_prefix(char *out, size_t size, const char *level);

/* Writes text; each byte that is not printable ASCII becomes \xHH. */
size_t	log_format_text(char *out, size_t size, const char *text);

/*
 * Writes an event and its fields as text: event name=value name=value.  out becomes a string; the
 * fields from the first that does not fit are left out.
 */
void	log_format_fields(char *out, size_t size, const char *event, const struct log_field *field,
    size_t count);

/* Writes a line of JSON with a message, or if that is NULL with an event and its fields. */
size_t	log_format_json(char *out, size_t size, const char *level, const char *message,
    const char *event, const struct log_field *field, size_t count);

#endif
