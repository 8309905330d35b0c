/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef LOG_FORMAT_H
#define LOG_FORMAT_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * The format of log lines.  Unless a comment states otherwise, a function writes at most size bytes
 * to out, without a NUL, and returns the number of bytes.  All bytes written are printable ASCII,
 * whatever the input.
 */
#define LOG_JSON_LINE	4096	/* bytes; a pipe does not split a line (PIPE_BUF or less) */

/* A named value of a log line: "name=value" in text, a member of the object in JSON. */
struct log_field {
	enum log_kind { LOG_WORD, LOG_TEXT, LOG_NUMBER, LOG_SECONDS, LOG_COUNTS } kind;
	const char	*name;
	const char	*text;		/* LOG_WORD; LOG_TEXT: made by log_format_escape() */
	uint64_t	 number;	/* LOG_NUMBER; LOG_SECONDS: ms; LOG_COUNTS: bytes */
	uint64_t	 messages;	/* LOG_COUNTS */
};

/*
 * Copies len bytes of any data to out, as a string of at most size bytes with its NUL.  Printable
 * ASCII is unchanged, except that '"' and '\\' get a backslash before them; any other byte becomes
 * \xHH. A text that does not fit is cut and ends in "...".  Returns out.
 */
char	*log_format_escape(char *out, size_t size, const void *data, size_t len);

/*
 * Writes a time from 1970 to 9999 in UTC, to the millisecond (RFC 3339), as a string.  An earlier
 * time is written as the start of 1970.
 */
#define LOG_TIME_SIZE	32
void	log_format_time(char out[LOG_TIME_SIZE], const struct timespec *when);

/* Writes the start of a line of text: the time, the process and the level. */
size_t	log_format_prefix(char *out, size_t size, const char *level);

/* Writes text; each byte that is not printable ASCII becomes \xHH. */
size_t	log_format_text(char *out, size_t size, const char *text);

/*
 * Writes an event and its fields as text: event name=value name=value.  The result is a string with
 * a NUL.  The first field that does not fit and all fields after it are left out.
 */
void	log_format_fields(char *out, size_t size, const char *event, const struct log_field *field,
    size_t count);

/* Writes a line of JSON with a message, or an event if message is NULL, and with fields. */
size_t	log_format_json(char *out, size_t size, const char *level, const char *message,
    const char *event, const struct log_field *field, size_t count);

#endif
