/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "proc.h"
#include "server.h"

#define PIDS	1024

/* -- the configuration -- */

void
server_prepare(struct server *s)
{
	memset(s, 0, sizeof(*s));
	harness_echo(&s->echo, NULL);
	s->peer = s->echo.port;
	snprintf(s->conf, sizeof(s->conf), "%s", harness_scratch("websocksy.conf"));
	strcpy(s->listen, "127.0.0.1");
}

static void write_conf(struct server *s, const char *format, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void
write_conf(struct server *s, const char *format, va_list ap)
{
	char made[620];
	FILE *f;

	/* rename() the complete file: the server may read it at any moment. */
	snprintf(made, sizeof(made), "%s.new", s->conf);
	f = fopen(made, "w");
	if (f == NULL)
		expect_fail("%s: %s", made, strerror(errno));
	fprintf(f, "listen = %s\nport = 0\n", s->listen);
	if (geteuid() == 0)
		fprintf(f, "user = root\n");
	if (harness_modules() != NULL)
		fprintf(f, "module-directory = %s\n", harness_modules());
	vfprintf(f, format, ap);
	fprintf(f, "[backend]\nhost = 127.0.0.1\nport = %d\n", s->peer);
	if (fclose(f) != 0 || rename(made, s->conf) == -1)
		expect_fail("%s: %s", s->conf, strerror(errno));
}

void
server_write(struct server *s, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_conf(s, format, ap);
	va_end(ap);
}

void
server_run(struct server *s)
{
	const char *args[] = { s->conf, NULL };

	harness_start(&s->h, args);
}

void
server_start(struct server *s, const char *format, ...)
{
	va_list ap;

	server_prepare(s);
	va_start(ap, format);
	write_conf(s, format, ap);
	va_end(ap);
	server_run(s);
}

void
server_stop(struct server *s)
{
	harness_stop(&s->h);
	harness_stop(&s->echo);
}

/* -- clients -- */

void
server_open(struct server *s, struct client *c)
{
	client_open(c, s->h.port, "/");
	client_echo(c);
}

void
server_use(struct server *s)
{
	struct client c;

	server_open(s, &c);
	client_echo_finish(&c);
}

/* -- reload -- */

void
server_reload(struct server *s, unsigned busy)
{
	uint64_t deadline;
	pid_t pids[PIDS];
	unsigned n = harness_children(s->h.pid, pids, PIDS), i, left;

	harness_log_mark(&s->h);
	harness_signal(&s->h, SIGHUP);
	harness_log(&s->h, "listening on ", EXPECT_MS);
	deadline = expect_deadline(EXPECT_MS);
	for (;;) {
		for (left = i = 0; i < n; i++)
			left += kill(pids[i], 0) == 0;
		if (left == busy)
			return;
		if (left < busy)
			expect_fail("%u old workers, should be %u", left, busy);
		if (!expect_again(deadline))
			expect_fail("%u old workers are still there, should be %u", left, busy);
	}
}

void
server_reload_refused(struct server *s)
{
	harness_log_mark(&s->h);
	harness_signal(&s->h, SIGHUP);
	harness_log(&s->h, " error: ", EXPECT_MS);
	harness_log(&s->h, "the server goes on", EXPECT_MS);
}

/* -- workers -- */

int
server_can_drop(void)
{
#if defined(HAVE_CHROOT) && defined(HAVE_GETGROUPLIST) && defined(HAVE_SETGROUPS)
	return geteuid() == 0;
#else
	return 0;
#endif
}

pid_t
server_busy_worker(const struct server *s)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	pid_t pids[PIDS];
	unsigned n;

	for (;;) {
		n = harness_children(s->h.pid, pids, PIDS);
		while (n > 0)
			if (proc_has_session(pids[--n]))
				return pids[n];
		if (!expect_again(deadline))
			expect_fail("no worker has a session");
	}
}
