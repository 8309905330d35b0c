/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "site.h"

#define PIDS	1024
#define LOOK_MS	5	/* between looks at processes, which cannot be waited for */

/* -- the configuration -- */

void
site_prepare(struct site *s)
{
	memset(s, 0, sizeof(*s));
	harness_echo(&s->echo, NULL);
	s->peer = s->echo.port;
	snprintf(s->conf, sizeof(s->conf), "%s", harness_scratch("websocksy.conf"));
	strcpy(s->listen, "127.0.0.1");
}

static void write_conf(struct site *s, const char *format, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void
write_conf(struct site *s, const char *format, va_list ap)
{
	char made[620];
	FILE *f;

	/* Moved there when it is whole, for it may be read at any moment. */
	snprintf(made, sizeof(made), "%s.new", s->conf);
	f = fopen(made, "w");
	if (f == NULL)
		expect_fail("%s: %s", made, strerror(errno));
	fprintf(f, "listen = %s\nport = 0\n", s->listen);
	if (geteuid() == 0)
		fprintf(f, "user = root\n");
	vfprintf(f, format, ap);
	fprintf(f, "[backend]\nhost = 127.0.0.1\nport = %d\n", s->peer);
	if (fclose(f) != 0 || rename(made, s->conf) == -1)
		expect_fail("%s: %s", s->conf, strerror(errno));
}

void
site_write(struct site *s, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_conf(s, format, ap);
	va_end(ap);
}

void
site_run(struct site *s)
{
	const char *args[] = { s->conf, NULL };

	harness_start(&s->h, args);
}

void
site_start(struct site *s, const char *format, ...)
{
	va_list ap;

	site_prepare(s);
	va_start(ap, format);
	write_conf(s, format, ap);
	va_end(ap);
	site_run(s);
}

void
site_stop(struct site *s)
{
	harness_stop(&s->h);
	harness_stop(&s->echo);
}

void
site_skip(const char *test, const char *why)
{
	fprintf(stderr, "*** SKIPPED, a part of %s: %s\n", test, why);
}

/* -- clients -- */

void
site_use(struct client *c)
{
	client_text(c, "anybody?");
	client_expect_text(c, "anybody?");
}

void
site_open(struct site *s, struct client *c)
{
	client_open(c, s->h.port, "/");
	site_use(c);
}

void
site_finish(struct client *c)
{
	site_use(c);
	client_finish(c);
}

/* -- reload -- */

void
site_reload(struct site *s, unsigned busy)
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
		if (expect_left(deadline) == 0)
			expect_fail("%u old workers are still there, should be %u", left, busy);
		poll(NULL, 0, LOOK_MS);
	}
}

void
site_reload_refused(struct site *s)
{
	harness_log_mark(&s->h);
	harness_signal(&s->h, SIGHUP);
	harness_log(&s->h, " error: ", EXPECT_MS);
	harness_log(&s->h, "the server goes on", EXPECT_MS);
}

void
site_expect_workers(struct site *s, unsigned n)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	unsigned now;

	while ((now = harness_children(s->h.pid, NULL, 0)) != n) {
		if (expect_left(deadline) == 0)
			expect_fail("%u workers, should be %u", now, n);
		poll(NULL, 0, LOOK_MS);
	}
}

/* -- /proc -- */

int
site_can_drop(void)
{
#if defined(HAVE_CHROOT) && defined(HAVE_GETGROUPLIST) && defined(HAVE_SETGROUPS)
	return geteuid() == 0;
#else
	return 0;
#endif
}

int
site_has_proc(void)
{
	return access("/proc/self/fd/0", F_OK) == 0 && access("/proc/self/status", R_OK) == 0;
}

unsigned
site_descriptors(pid_t pid)
{
	char path[64];
	struct dirent *e;
	unsigned n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
	d = opendir(path);
	if (d == NULL && (errno == ENOENT || errno == ESRCH))
		return 0;
	if (d == NULL)
		expect_fail("%s: %s", path, strerror(errno));
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

const char *
site_link(pid_t pid, const char *name)
{
	static char target[4096];
	char path[128];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	return target;
}

const char *
site_descriptor(pid_t pid, int fd)
{
	char name[32];

	snprintf(name, sizeof(name), "fd/%d", fd);
	return site_link(pid, name);
}

#define SESSION_SOCKETS	3	/* the listener, the client, the peer */
#define DESCRIPTORS_LOOKED_AT 64

int
site_has_session(pid_t pid)
{
	int fd, sockets = 0;

	for (fd = 0; fd < DESCRIPTORS_LOOKED_AT; fd++)
		sockets += strncmp(site_descriptor(pid, fd), "socket:", 7) == 0;
	return sockets >= SESSION_SOCKETS;
}

pid_t
site_busy_worker(const struct site *s)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	pid_t pids[PIDS];
	unsigned n;

	for (;;) {
		n = harness_children(s->h.pid, pids, PIDS);
		while (n > 0)
			if (site_has_session(pids[--n]))
				return pids[n];
		if (expect_left(deadline) == 0)
			expect_fail("no worker has a session");
		poll(NULL, 0, LOOK_MS);
	}
}

const char *
site_status(pid_t pid, const char *name)
{
	static char line[4096];
	char path[64];
	size_t len = strlen(name);
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	f = fopen(path, "r");
	if (f == NULL && (errno == ENOENT || errno == ESRCH))
		return "";
	if (f == NULL)
		expect_fail("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, name, len) != 0 || line[len] != ':')
			continue;
		fclose(f);
		line[strcspn(line, "\n")] = '\0';
		return line + len + 1 + strspn(line + len + 1, " \t");
	}
	fclose(f);
	if (kill(pid, 0) == -1)
		return "";
	expect_fail("%s has no %s", path, name);
}

unsigned long
site_memory(pid_t pid)
{
	return strtoul(site_status(pid, "VmData"), NULL, 10);
}
