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
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "posix/daemon.h"
#include "posix/listen_mend.h"
#include "posix/notify.h"
#include "posix/pidfile.h"
#include "posix/signals.h"
#include "posix/socket_directory.h"
#include "server/auxiliary.h"
#include "server/master.h"
#include "server/reload_check.h"
#include "server/start_check.h"
#include "server/workers.h"
#include "status/scoreboard.h"

#define STOP_TIME	9000	/* ms after TERM until the remaining workers are killed */
#define STOP_AGAIN	500	/* ms after a second TERM until remaining workers are killed */
#define KILL_TIME	1000	/* ms to wait for killed workers to exit */
#define AUXILIARY_TIME	2000	/* ms in which auxiliary processes should exit */
#define START_TIME	10000	/* ms in which the first worker should be ready */

#define PID_FILE	"/run/websocksy.pid"

static int pid_file = -1;

/*
 * Returns the path that a setting selects: the path in the setting, NULL for "none"; for "auto",
 * `automatic` if the server is a daemon, otherwise NULL.
 */
static const char *
setting_path(const struct master *m, const char *setting, const char *automatic)
{
	if (strcmp(setting, "none") == 0)
		return NULL;
	if (strcmp(setting, "auto") != 0)
		return setting;
	return m->context->conf->daemon ? automatic : NULL;
}

static const char *
pid_file_path(const struct master *m)
{
	return setting_path(m, m->context->conf->pid_file, PID_FILE);
}

/* -- start -- */

static int
open_pid_file(const struct master *m)
{
	const char *path = pid_file_path(m);
	int fd = m->before != NULL ? m->before->fd[RELOAD_PID_FILE] : -1;

	if (path == NULL) {
		if (fd != -1)
			pidfile_remove(m->before->pid_path, &fd);
		return 0;
	}
	if (fd != -1 && pidfile_adopt(fd, path) == 0) {
		pid_file = fd;
		return 0;
	}
	/*
	 * Close the old file before opening the new one: if they are the same file, closing fd
	 * releases the lock on it.
	 */
	if (fd != -1)
		pidfile_remove(m->before->pid_path, &fd);
	pid_file = pidfile_open(path);
	if (pid_file == -1 && geteuid() != 0 && strcmp(m->context->conf->pid_file, "auto") == 0)
		start_check_advise();
	/* A server that is already running continues without a pid file. */
	return pid_file == -1 && m->before == NULL ? -1 : 0;
}

static void
log_listeners(const struct listeners *l)
{
	unsigned i;

	for (i = 0; i < l->count; i++)
		log_info("listening on %s%s", l->at[i].text,
		    l->at[i].proxy ? " behind a proxy" : "");
}

/*
 * Prints the port that the system has chosen (port = 0), for scripts.  Then replaces standard
 * output by /dev/null: a script that reads standard output up to end of file must not wait for
 * the workers.
 */
static void
print_port(const struct master *m)
{
	const struct listeners *l = m->context->listeners;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	unsigned i = 0;

	while (i + 1 < l->count && l->at[i].port == 0)
		i++;
	if (strcmp(m->context->conf->port, "0") == 0 && m->before == NULL && l->at[i].port != 0) {
		(void)printf("%u\n", l->at[i].port);
		(void)fflush(stdout);
	}
	if (null != -1)
		(void)dup2(null, STDOUT_FILENO);
	io_close(&null);
}

/* Closes the descriptors that only the master uses.  Called in a new worker. */
static void
close_in_worker(void)
{
	if (pid_file != -1)
		(void)close(pid_file);
	reload_check_close();
	socket_directory_leave();
}

/*
 * Makes the directory of our own sockets for unix-dgram peers.  Without it, only such peers cannot
 * be used: a worker tries again then, and the client learns why.
 */
static void
open_socket_directory(const struct master *m)
{
	const struct conf *conf = m->context->conf;
	const struct privileges *p = m->context->privileges;
	struct private_directory before;

	if (m->before != NULL) {
		before.lock = m->before->fd[RELOAD_SOCKETS];
		(void)snprintf(before.path, sizeof(before.path), "%s", m->before->sockets_path);
	}
	if (socket_directory_open(conf->root, conf->socket_directory,
	    p->drop ? p->uid : geteuid(), p->drop ? p->gid : getegid(),
	    m->before != NULL ? &before : NULL) == -1)
		log_debug("socket-directory = %s: no directory can be made in it: %s",
		    conf->socket_directory, strerror(errno));
}

static int
start_master(const struct master *m)
{
	struct workers_options options = { m->context,
	    setting_path(m, m->context->conf->status_file, SCOREBOARD_FILE), m->wait,
	    close_in_worker };

	signals_init(SIGNALS_MASTER);
	open_socket_directory(m);
	if (open_pid_file(m) == -1 || workers_start(&options, m->before) == -1)
		return -1;
	/*
	 * Log a line before the first fork: the first line loads the time zone, and the workers
	 * inherit it.
	 */
	log_listeners(m->context->listeners);
	print_port(m);
	return 0;
}

/*
 * Waits until a worker is ready to accept clients, at most for START_TIME.  Returns the time
 * at which workers_maintain() must be called again.
 */
static uint64_t
wait_for_workers(void)
{
	uint64_t again = workers_maintain(), until = clock_now() + START_TIME;
	int status;

	while (!workers_are_ready() && !workers_cannot_work() && !signals_stop && !signals_quit &&
	    clock_now() < until) {
		workers_wait(clock_min(again, until), -1);
		while (workers_reap(0, &status) != 0)
			;
		again = workers_maintain();
	}
	return again;
}

/* -- reload -- */

/* Executes the program again.  Returns only after a failure. */
static void
execute_again(const struct master *m)
{
	struct reload r;
	const char *path = pid_file_path(m);
	char text[64];

	reload_clear(&r);
	r.fd[RELOAD_PID_FILE] = pid_file;
	r.fd[RELOAD_LOG] = log_file();
	r.fd[RELOAD_SOCKETS] = socket_directory_get()->lock;
	(void)snprintf(r.sockets_path, sizeof(r.sockets_path), "%.*s", RELOAD_PATH_SIZE - 1,
	    socket_directory_get()->path);
	if (path != NULL)
		(void)snprintf(r.pid_path, sizeof(r.pid_path), "%s", path);
	/* The new program does not know the ports of listeners that a worker has shut down. */
	if (listen_mend_count(m->context->listeners) > 0)
		workers_mend_listeners();
	r.listeners = *m->context->listeners;
	if (workers_hand_over(&r) == -1) {
		log_error("cannot reload");
		workers_clear_refusal();
		workers_add_refusal("the server cannot hand over its state: see its log");
		workers_note_refused_reload();
		return;
	}
	log_info("reload: executing the program again");
	(void)snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%llu",
	    (unsigned long long)clock_now() * 1000);
	notify_send(text);
	notify_export();
	reload_exec(&r);
	if (m->context->conf->daemon && chdir("/") == -1)
		log_warn("cannot go to the directory /");
	notify_init();
	notify_send("READY=1");
	workers_clear_refusal();
	workers_add_refusal("the program cannot be executed: see the server's log");
	workers_note_refused_reload();
	free(r.child);
}

/* Starts the configuration check if a reload was requested and no check is running. */
static void
handle_reload(const struct master *m)
{
	reload_check_watch();
	if (!signals_reload || reload_check_is_on())
		return;
	signals_reload = 0;
	if (m->wait) {
		log_warnx("reload: impossible with a listener from a super-server (-i)");
		workers_clear_refusal();
		workers_add_refusal(
		    "a server with a listener from a super-server (-i) cannot reload");
		workers_note_refused_reload();
	} else {
		reload_check_start();
	}
}

/* Retires the workers of earlier generations, once a worker of the new generation is ready. */
static void
finish_reload(const struct master *m)
{
	static int finished;

	if (m->before == NULL || finished || !workers_are_ready())
		return;
	finished = 1;
	workers_retire_old();
	log_info("reload: done");
}

/* -- serve -- */

static void
reap(const struct master *m)
{
	int status;
	pid_t pid;

	while ((pid = workers_reap(0, &status)) != 0)
		if (reload_check_exited(pid, status))
			execute_again(m);
}

/*
 * Returns whether a listener from inetd ("wait" mode) has had no client for wait-timeout, so
 * that the server should exit.  *again is set to the end of that time, if that is earlier.
 */
static int
is_unused(const struct master *m, uint64_t *again)
{
	static uint64_t last_use, last_clients;
	static int was_busy;
	uint64_t now = clock_now(), clients;
	int busy;

	if (!m->wait)
		return 0;
	busy = workers_busy() > 0;
	clients = workers_clients();
	/*
	 * The time begins at the end of the last session, which is noticed by the first call
	 * after that.
	 */
	if (last_use == 0 || busy || was_busy || clients != last_clients)
		last_use = now;
	was_busy = busy;
	last_clients = clients;
	*again = clock_min(*again, last_use + m->context->conf->wait_idle);
	return now >= last_use + m->context->conf->wait_idle;
}

/* Makes all processes open the log file again, after it was renamed. */
static void
reopen_log(const struct master *m)
{
	signals_reopen = 0;
	log_reopen();
	/* Workers with another root directory cannot open the new file: replace the workers. */
	if (m->context->conf->root[0] != '\0')
		workers_replace();
	else
		workers_reopen_log();
}

static void
serve_until_stop(const struct master *m)
{
	uint64_t again = wait_for_workers();

	if (workers_cannot_work())
		return;
	finish_reload(m);
	log_set_watched(0);
	if (m->daemon)
		daemon_ready(log_uses_stderr());
	notify_send("READY=1");
	for (;;) {
		/*
		 * Check before the wait: a signal may have arrived while the first workers
		 * started.
		 */
		if (signals_reopen)
			reopen_log(m);
		handle_reload(m);
		finish_reload(m);
		if (signals_stop || signals_quit || workers_cannot_work() || is_unused(m, &again))
			break;
		workers_wait(clock_min(again, reload_check_deadline()), reload_check_fd());
		reap(m);
		again = workers_maintain();
	}
}

/* -- stop -- */

/* Waits until all workers have exited, the deadline has passed, or another TERM has arrived. */
static void
wait_for_exits(uint64_t deadline)
{
	int status;

	for (;;) {
		while (workers_reap(1, &status) != 0)
			;
		if (workers_count() == 0 || clock_now() >= deadline || signals_stop)
			return;
		/* During a drain the workers may still ask an auxiliary process. */
		workers_wait(deadline == CLOCK_NEVER ? workers_keep_auxiliary() : deadline, -1);
	}
}

/* Waits until all sessions have ended or TERM arrives.  No new clients are accepted. */
static void
drain_workers(void)
{
	log_info("draining: %u workers", workers_count());
	wait_for_exits(CLOCK_NEVER);
}

/* Makes all workers end their sessions and exit; kills workers that do not exit in time. */
static void
stop_workers(void)
{
	log_info("stopping: %u workers", workers_count());
	signals_stop = 0;
	workers_signal(SIGTERM);
	wait_for_exits(clock_now() + STOP_TIME);
	if (signals_stop) {
		signals_stop = 0;
		wait_for_exits(clock_now() + STOP_AGAIN);
	}
	if (workers_count() == 0)
		return;
	log_warnx("%u workers did not exit in time and are killed", workers_count());
	workers_signal(SIGKILL);
	auxiliary_signal(SIGKILL);
	signals_stop = 0;
	wait_for_exits(clock_now() + KILL_TIME);
}

/* Waits until all auxiliary processes have exited, or the deadline has passed. */
static void
wait_for_auxiliary(uint64_t deadline)
{
	int status;

	while (auxiliary_count() > 0 && clock_now() < deadline) {
		workers_wait(deadline, -1);
		while (workers_reap(1, &status) != 0)
			;
	}
}

/* Stops the auxiliary processes, after the workers, which ask them. */
static void
stop_auxiliary(void)
{
	auxiliary_stop();
	wait_for_auxiliary(clock_now() + AUXILIARY_TIME);
	if (auxiliary_count() == 0)
		return;
	log_warnx("an auxiliary process did not exit in time and is killed");
	auxiliary_signal(SIGKILL);
	wait_for_auxiliary(clock_now() + KILL_TIME);
}

static void
release_all(const struct master *m)
{
	const char *path = pid_file_path(m);

	workers_release();
	socket_directory_close();
	if (path != NULL)
		pidfile_remove(path, &pid_file);
}

int
master_run(const struct master *m)
{
	int cannot_work;

	if (start_master(m) == -1) {
		release_all(m);
		return EXIT_FAILURE;
	}
	serve_until_stop(m);
	notify_send("STOPPING=1");
	cannot_work = workers_cannot_work();
	listen_remove(m->context->listeners);
	listen_close(m->context->listeners);
	reload_check_cancel();
	/* Idle workers exit immediately, busy ones when their session has ended. */
	workers_drain();
	if (cannot_work)
		log_errorx("no worker can work, and none ever did: the server gives up");
	else if (!signals_stop)
		drain_workers();
	if (workers_count() > 0)
		stop_workers();
	stop_auxiliary();
	release_all(m);
	return cannot_work ? EXIT_FAILURE : EXIT_SUCCESS;
}
