/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "expect.h"
#include "harness.h"
#include "sock.h"


void
harness_line(struct harness *h, char *out, size_t size)
{
	struct pollfd p = { .fd = h->out, .events = POLLIN };
	uint64_t deadline = expect_deadline(EXPECT_MS);
	size_t n = 0;
	ssize_t got;

	/* Read byte by byte, to leave the following lines in the pipe. */
	for (;;) {
		if (poll(&p, 1, expect_left(deadline)) == 0)
			expect_fail("no line on standard output");
		got = read(h->out, out + n, 1);
		if (got == -1 && errno == EINTR)
			continue;
		if (got != 1)
			expect_fail("end of standard output instead of a line; log: %s",
			    harness_log_text(h));
		if (out[n] == '\n')
			break;
		if (++n == size)
			expect_fail("long line on standard output: %.60s", out);
	}
	out[n] = '\0';
}

int
harness_output(struct harness *h, const char *const *args, char *out, size_t size)
{
	size_t len = 0;
	ssize_t n;

	harness_spawn(h, args, NULL);
	while (sock_readable(h->out, EXPECT_MS) &&
	    (n = read(h->out, out + len, size - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	return harness_wait(h, EXPECT_MS);
}

const char *
harness_log_text(struct harness *h)
{
	struct stat st;
	ssize_t n = 0, got = 0;
	size_t size;
	int fd = open(h->log, O_RDONLY | O_CLOEXEC);

	free(h->text);
	size = fd != -1 && fstat(fd, &st) == 0 && (size_t)st.st_size > h->mark ?
	    (size_t)st.st_size - h->mark : 0;
	h->text = calloc(size + 1, 1);
	if (h->text == NULL)
		expect_fail("out of memory");
	while ((size_t)n < size && (got = pread(fd, h->text + n, size - (size_t)n,
	    (off_t)h->mark + n)) > 0)
		n += got;
	if (fd != -1)
		close(fd);
	return h->text;
}

/*
 * Returns the next line at or after *from that contains text, or NULL. Terminates each line in
 * the copy of the log with a NUL, and moves *from to the following line.
 */
static char *
log_next(char **from, const char *text)
{
	char *line, *end;

	for (line = *from; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		*from = end + 1;
		if (strstr(line, text) != NULL)
			return line;
	}
	return NULL;
}

/*
 * Returns the first line after the mark that contains text; *count is set to the number of such
 * lines.
 */
static char *
log_find(struct harness *h, const char *text, unsigned *count)
{
	char *from, *line, *first = NULL;

	harness_log_text(h);
	from = h->text;
	for (*count = 0; (line = log_next(&from, text)) != NULL; ++*count)
		first = first == NULL ? line : first;
	return first;
}

static const char *
log_wait(struct harness *h, const char *text, unsigned n, int ms)
{
	uint64_t deadline = expect_deadline(ms);
	unsigned count;
	const char *line;

	for (;;) {
		line = log_find(h, text, &count);
		if (count >= n)
			return line;
		if (!expect_again(deadline))
			expect_fail("%u of %u log lines with \"%s\"", count, n, text);
	}
}

const char *
harness_log(struct harness *h, const char *text, int ms)
{
	return log_wait(h, text, 1, ms);
}

int
harness_logged_port(struct harness *h, const char *address)
{
	char text[128];
	const char *line;

	snprintf(text, sizeof(text), "listening on %s:", address);
	line = harness_log(h, text, EXPECT_MS);
	return (int)strtol(strstr(line, text) + strlen(text), NULL, 10);
}

void
harness_log_times(struct harness *h, const char *text, unsigned n, int ms)
{
	log_wait(h, text, n, ms);
}

unsigned
harness_log_count(struct harness *h, const char *text)
{
	unsigned count;

	log_find(h, text, &count);
	return count;
}

void
harness_log_mark(struct harness *h)
{
	struct stat st;

	if (stat(h->log, &st) == -1)
		expect_fail("%s: %s", h->log, strerror(errno));
	h->mark = (size_t)st.st_size;
}
