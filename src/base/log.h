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
 * The log: one line per message, one write() per line.  A line of text has at most LOG_LINE bytes.
 * Bytes that are not printable ASCII are escaped, so that bytes from a client or a peer in a
 * message cannot forge a line or control a terminal.  No function changes errno.
 *
 * A line that cannot be written is dropped and counted, and the count is logged later: a full disk
 * or a pipe without a reader never delays a session.
 */
#define LOG_LINE	1024

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/*
 * Set the destination of all messages.  By default messages go to standard error, at level info and
 * above.  log_to_fd() does not take ownership of fd; -1 discards all messages.
 */
void	log_to_fd(int fd);
void	log_to_syslog(const char *program);

/*
 * Sets the destination to a file, to which lines are appended.  A file that does not exist is
 * created, and root gives it to uid and gid (-1: unchanged).  path must stay valid, because
 * log_reopen() uses it.  Returns 0; or -1 with errno, and the destination is unchanged.
 */
int	log_to_file(const char *path, uid_t uid, gid_t gid);

/*
 * Reopens the log file after it was renamed.  A failure is logged, and the old file stays in use.
 */
void	log_reopen(void);

/* Returns the descriptor of the log file, or -1 if the log is not a file. */
int	log_file(void);

/*
 * If watched is 1, errors and warnings are also copied to standard error, for a person who waits at
 * a terminal for the server to start.
 */
void	log_set_watched(int watched);

/* Returns 1 if the log goes to standard error. */
int	log_uses_stderr(void);

/*
 * If standard error is a stream of the systemd journal, makes each line begin with a priority as in
 * sd-daemon(3), without the time and the process, which the journal adds.
 */
void	log_detect_journal(void);

/* Makes each line the message alone, without the time, the process and the level. */
void	log_set_plain(void);

/* If json is 1, each line is a JSON object (RFC 8259) instead of text.  Syslog always gets text. */
void	log_set_json(int json);

/*
 * log_set_level() sets the least urgent level that is logged.  log_enabled() returns 1 if messages
 * of a level are logged.
 */
void	log_set_level(enum log_level level);
int	log_enabled(enum log_level level);

#if defined(__GNUC__)
#define LOG_PRINTF	__attribute__((format(printf, 1, 2)))
#else
#define LOG_PRINTF
#endif

/*
 * Log a message.  log_error() and log_warn() append ": " and the text of errno; log_errorx() and
 * log_warnx() do not.
 */
void	log_error(const char *format, ...)	LOG_PRINTF;
void	log_errorx(const char *format, ...)	LOG_PRINTF;
void	log_warn(const char *format, ...)	LOG_PRINTF;
void	log_warnx(const char *format, ...)	LOG_PRINTF;
void	log_info(const char *format, ...)	LOG_PRINTF;
void	log_debug(const char *format, ...)	LOG_PRINTF;

/*
 * Sets the id of the connection that this process serves, which each further line has: as "id=ID "
 * before a message, or as a member of the JSON object.  The string must stay valid; NULL: no id.
 */
#define LOG_SESSION_SIZE	48	/* bytes of an id, with the NUL */
void	log_set_session(const char *id);

/* Logs a text that is already formatted. */
void	log_line(enum log_level level, const char *text);

/*
 * Logs an event with named values.  A line of text is in the format of log_format_fields().  The id
 * is not added: it is one of the values, if there is one.
 */
void	log_fields(enum log_level level, const char *event, const struct log_field *field,
    size_t count);

/*
 * Limits messages that a client or a peer can cause to one in 10 s.  Each place that logs such a
 * message has its own struct log_limit, zeroed at first; now is the result of clock_now().  Returns
 * 1 if the message may be logged; *skipped is then the number of messages that were suppressed
 * since the last one that was logged.
 */
struct log_limit {
	uint64_t	next;
	unsigned long	skipped;
};
int	log_allowed(struct log_limit *limit, uint64_t now, unsigned long *skipped);

#endif
