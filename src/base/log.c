/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/log_format.h"

#define LOG_INTERVAL	10000	/* ms between two messages of one struct log_limit */

static int log_fd = STDERR_FILENO;
static int log_syslog;
static enum log_level log_threshold = LOG_LEVEL_INFO;
static unsigned long log_lost;
static const char *log_path;		/* NULL: the log is not a file */
static uid_t log_uid = (uid_t)-1;
static gid_t log_gid = (gid_t)-1;
static const char *log_session;		/* id of the connection, or NULL */
static int log_json, log_journal, log_plain, log_watched;

static const struct {
	const char	*name;
	int		 priority;
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", LOG_ERR },
	[LOG_LEVEL_WARN] = { "warn", LOG_WARNING },
	[LOG_LEVEL_INFO] = { "info", LOG_INFO },
	[LOG_LEVEL_DEBUG] = { "debug", LOG_DEBUG }
};

void
log_to_fd(int fd)
{
	log_syslog = log_journal = 0;
	log_path = NULL;
	log_fd = fd;
}

/*
 * Returns whether another user could read or divert the log through this file: a file of that user,
 * such as a FIFO, or a regular file with more than one name.  A block device is a disk, and no log.
 */
static int
is_strange(int fd)
{
	struct stat st;

	return fstat(fd, &st) == -1 || S_ISBLK(st.st_mode) ||
	    (S_ISREG(st.st_mode) && st.st_nlink != 1) ||
	    (st.st_uid != 0 && st.st_uid != geteuid() && st.st_uid != log_uid);
}

/*
 * Opens a log file that already exists.  Refuses a symbolic link and what is_strange() describes,
 * with EPERM.  A FIFO or a character device is accepted.
 */
static int
open_old_file(const char *path, int flags)
{
	int fd = open(path, flags | O_NOFOLLOW);

	if (fd != -1 && is_strange(fd)) {
		close(fd);
		errno = EPERM;
		return -1;
	}
	return fd;
}

/*
 * Returns 1 if every user can create a link in the directory of path, or if that cannot be
 * determined.
 */
static int
is_shared_place(const char *path)
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_MAX];
	struct stat st;

	return slash == NULL || snprintf(directory, sizeof(directory), "%.*s/", (int)(slash - path),
	    path) >= (int)sizeof(directory) || stat(directory, &st) == -1 ||
	    (st.st_mode & S_IWOTH) != 0;
}

/*
 * Workers reopen the log as the user that they run as, so root gives the file to that user.  The
 * same user may own the log's directory and could create a link in it, so root follows no link and
 * changes the owner only of a file that root has just created.
 */
static int
open_file(const char *path)
{
	int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, fd;

	if (geteuid() != 0 && !is_shared_place(path))
		return open(path, flags | O_CREAT, 0640);
	fd = open(path, flags | O_CREAT | O_EXCL, 0640);
	if (fd == -1)
		return errno == EEXIST ? open_old_file(path, flags) : -1;
	if (geteuid() == 0 && fchown(fd, log_uid, log_gid) == -1)
		io_close(&fd);
	return fd;
}

int
log_to_file(const char *path, uid_t uid, gid_t gid)
{
	int fd;

	log_uid = uid;
	log_gid = gid;
	fd = open_file(path);
	if (fd == -1)
		return -1;
	log_to_fd(fd);
	log_path = path;
	return 0;
}

void
log_reopen(void)
{
	int fd;

	if (log_path == NULL)
		return;
	fd = open_file(log_path);
	if (fd == -1) {
		log_warn("cannot open the log %s again", log_path);
		return;
	}
	close(log_fd);
	log_fd = fd;
}

int
log_file(void)
{
	return log_path != NULL ? log_fd : -1;
}

void
log_set_watched(int watched)
{
	log_watched = watched;
}

/*
 * Copies an error or a warning to standard error, for a person who starts the server at a terminal.
 */
static void
copy_to_stderr(enum log_level level, const char *text)
{
	char line[LOG_LINE];
	size_t at;

	if (!log_watched || level > LOG_LEVEL_WARN || log_uses_stderr())
		return;
	at = (size_t)snprintf(line, sizeof(line), "websocksy: ");
	at += log_format_text(line + at, sizeof(line) - at - 1, text);
	line[at++] = '\n';
	if (write(STDERR_FILENO, line, at) == -1)
		log_watched = 0;
}

int
log_uses_stderr(void)
{
	return !log_syslog && log_fd == STDERR_FILENO;
}

void
log_detect_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device;
	struct stat st;
	char *end;

	log_journal = 0;
	if (stream == NULL || fstat(STDERR_FILENO, &st) == -1)
		return;
	/*
	 * JOURNAL_STREAM is "device:inode" of the journal's stream: compare both numbers with those
	 * of standard error, which may have been redirected.
	 */
	device = strtoull(stream, &end, 10);
	log_journal = end != stream && *end == ':' && (unsigned long long)st.st_dev == device &&
	    (unsigned long long)st.st_ino == strtoull(end + 1, NULL, 10);
}

void
log_set_plain(void)
{
	log_plain = 1;
}

void
log_set_json(int json)
{
	log_json = json;
}

void
log_to_syslog(const char *program)
{
	/* LOG_NDELAY connects to syslogd now: a worker may be unable to (chroot, another user). */
	openlog(program, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	log_syslog = 1;
}

void
log_set_level(enum log_level level)
{
	log_threshold = level;
}

int
log_enabled(enum log_level level)
{
	return level <= log_threshold;
}

/*
 * Returns 1 if a write to the log would block, for example on a pipe that is full because its
 * reader has stopped.  A write to a regular file never blocks, so the file is not polled.
 */
static int
would_block(void)
{
	static int checked = -1, slow;
	struct pollfd p;
	struct stat st;

	if (checked != log_fd) {
		checked = log_fd;
		slow = fstat(log_fd, &st) == -1 || !S_ISREG(st.st_mode);
	}
	if (!slow)
		return 0;
	p.fd = log_fd;
	p.events = POLLOUT;
	return poll(&p, 1, 0) == 0;
}

/* Writes a line with one write(), so that the lines of several processes do not mix. */
static void
log_write(const char *line, size_t len)
{
	static int cut;		/* 1: the last line was written only in part */
	ssize_t n;

	if (log_fd == -1)
		return;
	n = would_block() || (cut && write(log_fd, "\n", 1) != 1) ? 0 : write(log_fd, line, len);
	if (n == (ssize_t)len) {
		cut = 0;
	} else {
		log_lost++;
		if (n > 0)
			cut = 1;
	}
}

/* Writes the id of a connection before a message; returns its length.  session may be NULL. */
static size_t
format_session(char *out, size_t size, const char *session)
{
	if (session == NULL)
		return 0;
	return (size_t)snprintf(out, size, "id=%.*s ", LOG_SESSION_SIZE - 1, session);
}

/*
 * Text and JSON have separate functions because a line of text needs only a quarter of the stack of
 * a line of JSON, and a page of the stack that a worker has once touched stays in memory.
 */
static void
write_text(enum log_level level, const char *session, const char *text)
{
	char line[LOG_LINE];
	size_t at = 0;

	if (log_journal)
		/*
		 * The journal adds the time and the process; "<N>" is the priority as in
		 * sd-daemon(3).
		 */
		at = (size_t)snprintf(line, sizeof(line), "<%d>", levels[level].priority);
	else if (!log_plain)
		at = log_format_prefix(line, sizeof(line), levels[level].name);
	at += format_session(line + at, sizeof(line) - at, session);
	at += log_format_text(line + at, sizeof(line) - at - 1, text);
	line[at++] = '\n';
	log_write(line, at);
}

#if defined(__GNUC__)
static void write_json(enum log_level level, const char *text, const char *event,
    const struct log_field *field, size_t count) __attribute__((noinline));
#endif

/* Logs a text, or an event if text is NULL, and its fields as a line of JSON. */
static void
write_json(enum log_level level, const char *text, const char *event, const struct log_field *field,
    size_t count)
{
	char line[LOG_JSON_LINE];

	log_write(line, log_format_json(line, sizeof(line), levels[level].name, text, event, field,
	    count));
}

static void
report_lost(void)
{
	unsigned long lost = log_lost;
	char text[64];

	if (lost == 0 || log_fd == -1)
		return;
	log_lost = 0;
	(void)snprintf(text, sizeof(text), "%lu log lines could not be written", lost);
	if (log_json)
		write_json(LOG_LEVEL_WARN, text, NULL, NULL, 0);
	else
		write_text(LOG_LEVEL_WARN, NULL, text);
	/* The report of the lost lines could not be written either: restore their count. */
	if (log_lost > 0)
		log_lost = lost;
}

static void
write_syslog(enum log_level level, const char *session, const char *text)
{
	char line[LOG_LINE];
	size_t at = format_session(line, sizeof(line), session);

	line[at + log_format_text(line + at, sizeof(line) - at - 1, text)] = '\0';
	syslog(levels[level].priority, "%s", line);
}

void
log_set_session(const char *id)
{
	log_session = id;
}

void
log_line(enum log_level level, const char *text)
{
	const struct log_field id = { .kind = LOG_WORD, .name = "id", .text = log_session };
	int saved = errno;

	if (!log_enabled(level))
		return;
	copy_to_stderr(level, text);
	if (log_syslog) {
		write_syslog(level, log_session, text);
	} else {
		report_lost();
		if (log_json)
			write_json(level, text, NULL, &id, log_session != NULL);
		else
			write_text(level, log_session, text);
	}
	errno = saved;
}

void
log_fields(enum log_level level, const char *event, const struct log_field *field, size_t count)
{
	const char *session;
	char text[LOG_LINE];
	int saved = errno;

	if (!log_enabled(level))
		return;
	if (!log_json || log_syslog) {
		log_format_fields(text, sizeof(text), event, field, count);
		session = log_session;
		log_session = NULL;
		log_line(level, text);
		log_session = session;
	} else {
		report_lost();
		write_json(level, NULL, event, field, count);
	}
	errno = saved;
}

#if defined(__GNUC__)
static void vlog(enum log_level level, int error, const char *format, va_list ap)
    __attribute__((format(printf, 3, 0)));
#endif

static void
vlog(enum log_level level, int error, const char *format, va_list ap)
{
	char text[LOG_LINE];
	int saved = errno;
	size_t len;

	if (!log_enabled(level))
		return;
	if (vsnprintf(text, sizeof(text), format, ap) < 0)
		text[0] = '\0';
	if (error != 0) {
		len = strlen(text);
		(void)snprintf(text + len, sizeof(text) - len, ": %s", strerror(error));
	}
	log_line(level, text);
	errno = saved;
}

#define LOG_BODY(level, error)				\
	va_list ap;					\
							\
	va_start(ap, format);				\
	vlog(level, error, format, ap);			\
	va_end(ap)

void
log_error(const char *format, ...)
{
	LOG_BODY(LOG_LEVEL_ERROR, errno);
}

void
log_errorx(const char *format, ...)
{
	LOG_BODY(LOG_LEVEL_ERROR, 0);
}

void
log_warn(const char *format, ...)
{
	LOG_BODY(LOG_LEVEL_WARN, errno);
}

void
log_warnx(const char *format, ...)
{
	LOG_BODY(LOG_LEVEL_WARN, 0);
}

void
log_info(const char *format, ...)
{
	LOG_BODY(LOG_LEVEL_INFO, 0);
}

void
log_debug(const char *format, ...)
{
	LOG_BODY(LOG_LEVEL_DEBUG, 0);
}

int
log_allowed(struct log_limit *limit, uint64_t now, unsigned long *skipped)
{
	if (now < limit->next) {
		limit->skipped++;
		return 0;
	}
	*skipped = limit->skipped;
	limit->skipped = 0;
	limit->next = now + LOG_INTERVAL;
	return 1;
}
