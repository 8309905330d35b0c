/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef LOG_H
#define LOG_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/log_format.h"

/*
 * The log: one line per message, one write() per line, never longer than
 * LOG_LINE bytes; bytes that are not printable ASCII are escaped whatever the
 * message holds, so that nobody outside can forge a line or move a terminal.
 * errno is the same after a call as before it.  A log that cannot be written costs nobody
 * a connection: the line is counted and the count reported later.
 */
#define LOG_LINE	1024

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/*
 * Where messages go.  Nothing needs to be called before the first message:
 * they go to standard error at level info until these say otherwise.
 */
void	log_to_fd(int fd);		/* -1: nowhere */
void	log_to_syslog(const char *program);

/*
 * Appends to a file, which is made if need be and then belongs to uid and gid, if these are not -1.
 * 0, or -1 with errno, and nothing has changed.
 */
int	log_to_file(const char *path, uid_t uid, gid_t gid);

/* Opens the file anew, after somebody has renamed it.  If that fails, the old one goes on. */
void	log_reopen(void);

/* The descriptor of that file, or -1. */
int	log_file(void);

/* Errors and warnings go to standard error too, wherever the log is: somebody waits there. */
void	log_set_watched(int watched);

/* Whether they go to standard error. */
int	log_uses_stderr(void);

/* If standard error, where the log goes, is a systemd journal: lines in the form that it takes. */
void	log_detect_journal(void);

/* Lines that are the message alone, for somebody who puts them into a log. */
void	log_set_plain(void);

/* Lines of JSON (RFC 8259), an object each, in place of text; not for syslog. */
void	log_set_json(int json);

void	log_set_level(enum log_level level);
int	log_enabled(enum log_level level);

#if defined(__GNUC__)
#define LOG_PRINTF	__attribute__((format(printf, 1, 2)))
#else
#define LOG_PRINTF
#endif

/* The plain ones append ": " and the text of errno; those with x do not. */
void	log_error(const char *format, ...)	LOG_PRINTF;
void	log_errorx(const char *format, ...)	LOG_PRINTF;
void	log_warn(const char *format, ...)	LOG_PRINTF;
void	log_warnx(const char *format, ...)	LOG_PRINTF;
void	log_info(const char *format, ...)	LOG_PRINTF;
void	log_debug(const char *format, ...)	LOG_PRINTF;

/* A line that has been put together elsewhere. */
void	log_line(enum log_level level, const char *text);

/* A line of named values. */
void	log_fields(enum log_level level, const char *event, const struct log_field *field,
    size_t count);

/*
 * For messages that an outsider can cause: returns 1 if the message of this
 * site may be written now, at most one per 10 s of the clock value now (in ms); *skipped is
 * then how many were not.
 */
struct log_limit {
	uint64_t	next;
	unsigned long	skipped;
};
int	log_allowed(struct log_limit *limit, uint64_t now, unsigned long *skipped);

#endif
