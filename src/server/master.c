/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "posix/daemon.h"
#include "posix/notify.h"
#include "posix/pidfile.h"
#include "posix/signals.h"
#include "server/master.h"
#include "server/workers.h"
#include "status/scoreboard.h"

#define STOP_TIME	9000	/* ms after TERM until what is left is killed, */
#define STOP_AGAIN	500	/* or after a second TERM: even a thousand are gone within a second */
#define KILL_TIME	1000	/* ms that the killed have to be gone */
#define START_TIME	10000	/* ms in which the first worker should be there */
#define CHECK_TIME	10000	/* ms that a check of the configuration may take, */
#define CHECK_LINES	20	/* what is logged of what it says, */
#define CHECK_READS	16	/* and read of it, when it is over */

#define PID_FILE	"/run/websocksy.pid"

/* The process that checks the configuration before a reload. */
static struct {
	pid_t		pid;		/* 0: there is none */
	int		out;		/* what it says; -1: all has been read */
	uint64_t	deadline;
	char		line[512];	/* of that, the one that is not complete yet */
	size_t		len;
	unsigned	lines;		/* that were logged */
} check;

static int pid_file;

/* A setting that is a path, none or auto; NULL: no file. */
static const char *
place(const struct master *m, const char *setting, const char *path)
{
	if (strcmp(setting, "none") == 0)
		return NULL;
	if (strcmp(setting, "auto") != 0)
		return setting;
	return m->conf->daemon ? path : NULL;
}

static int
open_pid_file(const struct master *m)
{
	const char *path = place(m, m->conf->pid_file, PID_FILE);
	int fd = m->before != NULL ? m->before->pid_file : -1;

	pid_file = -1;
	if (path == NULL) {
		if (fd != -1)
			pidfile_remove(m->before->pid_path, &fd);
		return 0;
	}
	if (fd != -1 && pidfile_adopt(fd, path) == 0) {
		pid_file = fd;
		return 0;
	}
	/* Before: to close a descriptor of the same file would give up the lock. */
	if (fd != -1)
		pidfile_remove(m->before->pid_path, &fd);
	pid_file = pidfile_open(path);
	/* A server that runs goes on without. */
	return pid_file == -1 && m->before == NULL ? -1 : 0;
}

/* -- reload -- */

static void
start_check(void)
{
	signals_reload = 0;
	check.pid = reload_check(&check.out);
	check.len = check.lines = 0;
	check.deadline = clock_now() + CHECK_TIME;
	if (check.pid == -1) {
		check.pid = 0;
		check.out = -1;
		workers_note_refused_reload();
	} else {
		log_info("reload: checking the configuration");
	}
}

static void
log_check_line(void)
{
	check.line[check.len] = '\0';
	if (check.len > 0 && check.lines++ < CHECK_LINES)
		log_warnx("reload: %s", check.line);
	check.len = 0;
}

/*
 * A part of what the checking process says goes to the log, line by line, and no more than some
 * lines: nobody can keep the master here.  Whether there is more.
 */
static int
read_check(void)
{
	char bytes[4096];
	ssize_t n, i;

	if (check.out == -1)
		return 0;
	n = io_read(check.out, bytes, sizeof(bytes));
	for (i = 0; i < n; i++) {
		if (bytes[i] == '\n' || check.len == sizeof(check.line) - 1)
			log_check_line();
		if (bytes[i] != '\n')
			check.line[check.len++] = bytes[i];
	}
	if (n == IO_EOF || n == IO_ERROR) {
		log_check_line();
		io_close(&check.out);
	}
	return n > 0;
}

/* The configuration is sound: the program starts anew.  Returns only if it cannot. */
static void
reload(const struct master *m)
{
	struct reload r;
	const char *path;
	char text[64];

	memset(&r, 0, sizeof(r));
	r.listeners = *m->listeners;
	r.pid_file = pid_file;
	r.log = log_file();
	path = place(m, m->conf->pid_file, PID_FILE);
	if (path != NULL)
		(void)snprintf(r.pid_path, sizeof(r.pid_path), "%s", path);
	if (workers_hand_over(&r) == -1) {
		log_error("cannot reload");
		workers_note_refused_reload();
		return;
	}
	log_info("reload: starting anew");
	(void)snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%llu",
	    (unsigned long long)clock_now() * 1000);
	notify_send(text);
	notify_export();
	reload_exec(&r);
	if (m->conf->daemon && chdir("/") == -1)
		log_warn("cannot go to the directory /");
	notify_init();
	notify_send("READY=1");
	workers_note_refused_reload();
	free(r.child);
}

/* The end of the checking process. */
static void
end_check(const struct master *m, int status)
{
	unsigned reads;

	for (reads = 0; reads < CHECK_READS && read_check(); reads++)
		;
	io_close(&check.out);
	check.pid = 0;
	/*
	 * Another request came meanwhile: what was checked may not be what is meant.  And a stop
	 * that came with it would be forgotten.
	 */
	if (signals_reload || signals_reopen || signals_stop || signals_quit) {
		signals_reload = signals_reload || signals_reopen;
		return;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS) {
		reload(m);
	} else {
		log_errorx("reload: refused, the server goes on as it is");
		workers_note_refused_reload();
	}
}

static void
watch_check(const struct master *m)
{
	(void)read_check();
	if (check.pid != 0 && clock_now() >= check.deadline) {
		log_errorx("reload: the check of the configuration takes too long");
		(void)kill(check.pid, SIGKILL);
		check.deadline = CLOCK_NEVER;
	}
	if (signals_reload && check.pid == 0 && m->wait) {
		signals_reload = 0;
		log_warnx("reload: not with a listener that is only lent (-i)");
		workers_note_refused_reload();
	}
	if (signals_reload && check.pid == 0)
		start_check();
}

static void
reap(const struct master *m, int stopping)
{
	int status;
	pid_t pid;

	while ((pid = workers_reap(stopping, &status)) != 0) {
		if (pid != check.pid)
			continue;
		/* Whoever wants the end does not want a new beginning. */
		if (stopping)
			check.pid = 0;
		else
			end_check(m, status);
	}
}

/* -- the end -- */

static void
wait_for_end(const struct master *m, uint64_t deadline)
{
	reap(m, 1);
	while (workers_count() > 0 && clock_now() < deadline && !signals_stop) {
		workers_wait(deadline, -1);
		reap(m, 1);
	}
}

/* No new clients; sessions may go on until they end, or TERM comes. */
static void
drain(const struct master *m)
{
	log_info("draining: %u workers", workers_count());
	wait_for_end(m, CLOCK_NEVER);
}

/* Every client is told, then whoever does not leave is killed. */
static void
stop(const struct master *m)
{
	log_info("stopping: %u workers", workers_count());
	signals_stop = 0;
	workers_signal(SIGTERM);
	wait_for_end(m, clock_now() + STOP_TIME);
	if (signals_stop) {
		signals_stop = 0;
		wait_for_end(m, clock_now() + STOP_AGAIN);
	}
	if (workers_count() == 0)
		return;
	log_warnx("%u workers did not leave in time and are killed", workers_count());
	workers_signal(SIGKILL);
	signals_stop = 0;
	wait_for_end(m, clock_now() + KILL_TIME);
}

/* -- the beginning -- */

/* Tells where it listens. */
static void
announce(const struct listeners *l)
{
	unsigned i;

	for (i = 0; i < l->count; i++)
		log_info("listening on %s%s", l->at[i].text,
		    l->at[i].proxy ? " behind a proxy" : "");
}

/*
 * A free port that was asked for is printed, for scripts.  Nothing else is, and a script that
 * reads the output to its end must not wait for the workers.
 */
static void
print_port(const struct master *m)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	unsigned i = 0;

	while (i + 1 < m->listeners->count && m->listeners->at[i].port == 0)
		i++;
	if (strcmp(m->conf->port, "0") == 0 && m->before == NULL && m->listeners->at[i].port != 0) {
		(void)printf("%u\n", m->listeners->at[i].port);
		(void)fflush(stdout);
	}
	if (null != -1)
		(void)dup2(null, STDOUT_FILENO);
	io_close(&null);
}

static int
begin(const struct master *m)
{
	struct workers_terms terms;

	signals_init(SIGNALS_MASTER);
	if (open_pid_file(m) == -1)
		return -1;
	memset(&terms, 0, sizeof(terms));
	terms.conf = m->conf;
	terms.backend = m->backend;
	terms.privileges = m->privileges;
	terms.listeners = m->listeners;
	terms.status_file = place(m, m->conf->status_file, SCOREBOARD_FILE);
	terms.pid_file = pid_file;
	terms.tell_all = m->wait;
	terms.check = &check.out;
	if (workers_start(&terms, m->before) == -1)
		return -1;
	/* Before the fork: the first line of a log reads the time zone, once for all. */
	announce(m->listeners);
	print_port(m);
	return 0;
}

static void
end(const struct master *m)
{
	const char *path = place(m, m->conf->pid_file, PID_FILE);

	workers_release();
	if (path != NULL)
		pidfile_remove(path, &pid_file);
}

/* Whether a listener that is only lent has been of no use for so long that it is given back. */
static int
is_unused(const struct master *m, uint64_t *again)
{
	static uint64_t used, seen;
	static int was_busy;
	uint64_t now = clock_now(), clients;
	int busy;

	if (!m->wait)
		return 0;
	busy = workers_busy() > 0;
	clients = workers_clients();
	/* The end of the last session counts, not the last look, which may be long ago. */
	if (used == 0 || busy || was_busy || clients != seen)
		used = now;
	was_busy = busy;
	seen = clients;
	*again = clock_min(*again, used + m->conf->wait_idle);
	return now >= used + m->conf->wait_idle;
}

/* Waits until a worker takes clients: then the server serves, whatever comes later. */
static uint64_t
wait_for_workers(const struct master *m)
{
	uint64_t again = workers_maintain(), until = clock_now() + START_TIME;

	while (!workers_are_ready() && !workers_cannot_work() && !signals_stop && !signals_quit &&
	    clock_now() < until) {
		workers_wait(clock_min(again, until), -1);
		reap(m, 0);
		again = workers_maintain();
	}
	return again;
}

/* Old workers are to leave, but not before there are others in their place. */
static void
relieve(const struct master *m)
{
	static int relieved;

	if (m->before == NULL || relieved || !workers_are_ready())
		return;
	relieved = 1;
	workers_retire_old();
	log_info("reload: done");
}

/* The log file was renamed: everybody opens it anew. */
static void
reopen(const struct master *m)
{
	signals_reopen = 0;
	log_reopen();
	/* Below another root directory the new file cannot be seen. */
	if (m->conf->root[0] != '\0')
		workers_replace();
	else
		workers_signal(SIGUSR1);
}

static void
serve(const struct master *m)
{
	uint64_t again = wait_for_workers(m);

	if (workers_cannot_work())
		return;
	relieve(m);
	log_set_watched(0);
	if (m->daemon)
		daemon_ready(log_uses_stderr());
	notify_send("READY=1");
	for (;;) {
		/* Before the wait: a signal may have come while the first workers did. */
		if (signals_reopen)
			reopen(m);
		watch_check(m);
		relieve(m);
		if (signals_stop || signals_quit || workers_cannot_work() || is_unused(m, &again))
			break;
		workers_wait(check.pid != 0 ? clock_min(again, check.deadline) : again, check.out);
		reap(m, 0);
		again = workers_maintain();
	}
}

int
master_run(const struct master *m)
{
	int hopeless;

	check.out = -1;
	if (begin(m) == -1) {
		end(m);
		return EXIT_FAILURE;
	}
	serve(m);
	notify_send("STOPPING=1");
	hopeless = workers_cannot_work();
	listen_remove(m->listeners);
	listen_close(m->listeners);
	if (check.pid != 0)
		(void)kill(check.pid, SIGKILL);
	io_close(&check.out);
	/* Idle workers leave, busy ones after their client. */
	workers_drain();
	if (hopeless)
		log_errorx("workers cannot work, and none ever did: giving up");
	else if (!signals_stop)
		drain(m);
	if (workers_count() > 0)
		stop(m);
	end(m);
	return hopeless ? EXIT_FAILURE : EXIT_SUCCESS;
}
