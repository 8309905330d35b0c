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


void
harness_line(struct harness *h, char *out, size_t size)
{
	struct pollfd p = { .fd = h->out, .events = POLLIN };
	uint64_t deadline = expect_deadline(EXPECT_MS);
	size_t n = 0;
	ssize_t got;

	/* Byte by byte, so that what follows stays in the pipe. */
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

/* The next line from *from on that contains text, cut out of the log's copy, or NULL. */
static char *
next_with(char **from, const char *text)
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

static char *
find(struct harness *h, const char *text, unsigned *count)
{
	char *from, *line, *last = NULL;

	harness_log_text(h);
	from = h->text;
	for (*count = 0; (line = next_with(&from, text)) != NULL; ++*count)
		last = last == NULL ? line : last;
	return last;
}

static const char *
wait_for(struct harness *h, const char *text, unsigned n, int ms)
{
	uint64_t deadline = expect_deadline(ms);
	unsigned count;
	const char *line;

	for (;;) {
		line = find(h, text, &count);
		if (count >= n)
			return line;
		if (!expect_again(deadline))
			expect_fail("%u of %u log lines with \"%s\"", count, n, text);
	}
}

const char *
harness_log(struct harness *h, const char *text, int ms)
{
	return wait_for(h, text, 1, ms);
}

void
harness_log_times(struct harness *h, const char *text, unsigned n, int ms)
{
	wait_for(h, text, n, ms);
}

unsigned
harness_log_count(struct harness *h, const char *text)
{
	unsigned count;

	find(h, text, &count);
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
