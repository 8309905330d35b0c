/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "module/api.h"
#include "module/guard.h"
#include "module/module.h"
#include "posix/daemon.h"
#include "posix/lifecycle.h"
#include "posix/listen_mend.h"
#include "posix/signals.h"
#include "posix/sockopt.h"
#include "posix/title.h"
#include "server/busy.h"
#include "server/worker.h"
#include "session/session.h"

#define PAUSE		100	/* ms of a pause when out of descriptors or memory */
#define PAUSE_MAX	800	/* ms; the pause doubles up to this value */
#define VANISHED_MAX	32	/* clients gone before accept() that indicate a shortage */
#define DEAF		(-3)	/* result of accept_client() */

struct client {
	int			fd;
	int			proxied;	/* 1: the connection begins with a PROXY header */
	int			own;		/* 1: its listener was made by this program */
	struct sockaddr_storage	address;
};

static const struct worker *self;

/*
 * Stops accepting: closes the listeners, since a port is free only when the last process has
 * closed its listener, including the busy workers.  If the session is open, the backend asks its
 * auxiliary process nothing more, which can exit when no worker is left that could ask it.
 */
static void
stop_accepting(void)
{
	const struct server_context *context = self->context;

	listen_close(context->listeners);
	if (scoreboard_get(context->board, self->slot) != SCOREBOARD_HANDSHAKE)
		api_close_auxiliary();
}

/*
 * Prepares a new child of the master: signals, limits, privileges.  Returns 0, or -1 after a
 * message.
 */
static int
set_up(const struct worker *w)
{
	const struct server_context *context = w->context;

	signals_init(SIGNALS_WORKER);
	self = w;
	lifecycle_init(w->life, w->master, context->conf->drain_timeout, stop_accepting);
	scoreboard_set_worker(&context->board->slot[w->slot], getpid(), w->generation);
	if (privileges_limit(context->conf->worker_files) == -1)
		return -1;
	return privileges_drop(context->privileges);
}

/* Wakes the master, which rescans the scoreboard, unless another process has already done so. */
static void
wake_master(const struct worker *w)
{
	if (scoreboard_claim_wake(w->context->board))
		(void)io_write(w->wake, "", 1);
}

/*
 * Shows on the scoreboard that a client was accepted.  The first client of a worker always wakes
 * the master, for which it is the proof that workers of this generation work.  If several
 * workers stop being idle at the same time, the last of them to set its state sees the states of
 * all the others.
 */
static void
show_client(const struct worker *w, uint64_t served)
{
	struct scoreboard *board = w->context->board;
	struct scoreboard_slot *slot = &board->slot[w->slot];

	scoreboard_set_served(slot, served);
	scoreboard_add_client(slot);
	scoreboard_set(board, w->slot, SCOREBOARD_HANDSHAKE);
	if (w->report_all || served == 1 ||
	    scoreboard_is_short(board, (unsigned)w->context->conf->min_spare))
		wake_master(w);
}

/* Shows on the scoreboard that this worker is idle again. */
static void
show_idle(const struct worker *w)
{
	struct scoreboard *board = w->context->board;

	title_set("worker, idle");
	scoreboard_clear(board, w->slot);
	scoreboard_set(board, w->slot, SCOREBOARD_IDLE);
	if (w->report_all || (!scoreboard_rescans(board) &&
	    scoreboard_has_surplus(board, (unsigned)w->context->conf->max_spare)))
		wake_master(w);
}

/*
 * Waits for the lock.  Returns 0 with the lock held, 1 after a signal, or -1 with errno.  Only
 * the worker that holds the lock waits for clients, so that a new client wakes one process,
 * however many are idle.  The kernel releases the lock when the worker exits, also if it is
 * killed.
 *
 * TERM, QUIT and USR1 are unblocked only here, and their handler jumps out (signals_may_jump()):
 * otherwise a signal that arrives just before fcntl() would not interrupt its wait.  The jump is
 * safe, since the handler can interrupt only sigprocmask() and fcntl() here: both are
 * async-signal-safe, so that no function of the C library is interrupted while it holds a lock.
 * If fcntl() has just locked the file when the signal arrives, its result is lost but the lock
 * is held: the next F_SETLKW of this process succeeds immediately, and the lock is released when
 * the process exits.  No local variable that changes after sigsetjmp() is read after the jump.
 */
static int
wait_in_queue(const struct worker *w)
{
	static sigjmp_buf signalled;
	int result;

	/* Do not save the mask: signals_must_wait() sets the mask that is valid everywhere else. */
	if (sigsetjmp(signalled, 0) != 0) {
		signals_must_wait();
		return 1;
	}
	signals_may_jump(&signalled);
	result = io_lock_wait(w->lock);
	signals_must_wait();
	return result;
}

/* Waits for the lock.  Returns 0 with the lock held, or if the worker must exit; -1 with errno. */
static int
wait_for_lock(const struct worker *w)
{
	int result = 1;

	while (result == 1 && lifecycle_state() == LIFECYCLE_ON) {
		result = wait_in_queue(w);
		if (signals_reopen) {
			signals_reopen = 0;
			log_reopen();
		}
	}
	return result == -1 ? -1 : 0;
}

/* Waits until a client is queued at a listener.  Returns 1, or 0 if the worker must exit. */
static int
wait_for_client(const struct listeners *l, fd_set *readable)
{
	unsigned i;
	int highest;

	while (lifecycle_state() == LIFECYCLE_ON) {
		FD_ZERO(readable);
		for (highest = -1, i = 0; i < l->count; i++) {
			io_fd_set(l->at[i].fd, readable);
			highest = l->at[i].fd > highest ? l->at[i].fd : highest;
		}
		if (lifecycle_wait(highest, readable, NULL, CLOCK_NEVER) > 0)
			return 1;
	}
	return 0;
}

/* Pauses while the lock is held, so that no other worker runs into the same shortage. */
static void
pause_accepting(uint64_t *pause)
{
	static struct log_limit limit;
	unsigned long skipped;
	uint64_t now = clock_now(), until = now + *pause;

	if (log_allowed(&limit, now, &skipped))
		log_warn("cannot accept clients for the moment");
	while (lifecycle_state() == LIFECYCLE_ON && clock_now() < until)
		(void)lifecycle_wait(-1, NULL, NULL, until);
	*pause = *pause * 2 < PAUSE_MAX ? *pause * 2 : PAUSE_MAX;
}

/*
 * Accepts a client, from the listeners in turn: from those in the set ready, or from all if
 * ready is NULL.  Returns the descriptor of the client, or -1 with errno.
 */
static int
try_accept(const struct listeners *l, const fd_set *ready, struct client *client)
{
	static unsigned last;
	unsigned i, at;

	errno = EAGAIN;
	for (i = 1; i <= l->count; i++) {
		at = (last + i) % l->count;
		if (ready != NULL && !io_fd_isset(l->at[at].fd, ready))
			continue;
		memset(&client->address, 0, sizeof(client->address));
		client->fd = io_accept(l->at[at].fd, &client->address);
		client->proxied = l->at[at].proxy;
		client->own = !l->at[at].given;
		if (client->fd != -1 || io_accept_error(errno) != IO_ACCEPT_NEXT) {
			last = at;
			return client->fd;
		}
	}
	return -1;
}

/* Waits for the lock, and then for a client.  Returns the same values as accept_client(). */
static int
wait_to_accept(const struct worker *w, struct client *client)
{
	const struct listeners *l = w->context->listeners;
	uint64_t pause = PAUSE;
	fd_set ready;
	int fd = -1, vanished = 0;
	unsigned empty = 0, broken = 0;
	int saved;

	if (wait_for_lock(w) == -1) {
		log_error("cannot lock the file that workers lock in turn");
		return -2;
	}
	while (fd == -1 && wait_for_client(l, &ready)) {
		fd = try_accept(l, &ready, client);
		if (fd != -1)
			break;
		switch (io_accept_error(errno)) {
		case IO_ACCEPT_NEXT:
			/*
			 * EAGAIN: another worker has accepted this client without the lock.
			 * Other errors: the client has disconnected.  If such errors continue,
			 * they have another cause.
			 */
			if (errno == EAGAIN || errno == EWOULDBLOCK) {
				/* A Unix listener that was shut down stays readable. */
				if (++empty % VANISHED_MAX == 0 && listen_mend_count(l) > 0)
					return DEAF;
				break;
			}
			if (++vanished < VANISHED_MAX)
				break;
			vanished = 0;
			pause_accepting(&pause);
			break;
		case IO_ACCEPT_SHORT:
			pause_accepting(&pause);
			break;
		case IO_ACCEPT_BROKEN:
			saved = errno;
			if (listen_mend_count(l) > 0)
				return DEAF;
			/* The master may have made the socket listen again since accept(). */
			if (++broken < VANISHED_MAX)
				break;
			errno = saved;
			log_error("cannot accept clients");
			return -2;
		}
	}
	(void)io_unlock(w->lock);
	return fd;
}

/*
 * Accepts the next client.  Returns its descriptor, -1 if the worker must exit, -2 after a
 * message if accepting can never work, or DEAF if a listener does not listen any more.
 */
static int
accept_client(const struct worker *w, struct client *client)
{
	/*
	 * A connection that is already queued is accepted without the lock: no sleeping worker
	 * has to be woken.  On a busy machine, clients that are about to connect also wait for
	 * the processor; let them run first.
	 */
	(void)sched_yield();
	if (try_accept(w->context->listeners, NULL, client) != -1)
		return client->fd;
	return wait_to_accept(w, client);
}

static int
serve_clients(const struct worker *w)
{
	uint64_t served, max = w->context->conf->max_connections_per_worker;
	struct client client;
	int fd;

	for (served = 1; ; served++) {
		fd = accept_client(w, &client);
		if (fd == DEAF)
			return WORKER_DEAF;
		if (fd < 0)
			return fd == -1 ? WORKER_DONE : WORKER_FATAL;
		show_client(w, served);
		sockopt_accepted(fd, client.address.ss_family, client.own);
		switch (session_serve(w->context, w->slot, fd, &client.address, client.proxied)) {
		case SESSION_OVER:
			break;
		case SESSION_SHORT:
			return WORKER_EXHAUSTED;
		}
		if (served == max || lifecycle_state() != LIFECYCLE_ON) {
			scoreboard_clear(w->context->board, w->slot);
			return WORKER_DONE;
		}
		show_idle(w);
	}
}

int
worker_run(const struct worker *w)
{
	int result;

	if (set_up(w) == -1)
		return WORKER_FATAL;
	title_set("worker, idle");
	guard_watch(w->context->conf->module_timeout);
	if (module_enter_worker() == -1)
		return WORKER_FATAL;
	/* Startup is over: stop copying errors to the terminal. */
	log_set_watched(0);
	daemon_release(log_uses_stderr());
	scoreboard_set(w->context->board, w->slot, SCOREBOARD_IDLE);
	wake_master(w);
	result = serve_clients(w);
	module_leave_worker();
	return result;
}

int
worker_run_busy(const struct worker *w)
{
	if (set_up(w) == -1)
		return WORKER_FATAL;
	title_set("worker, refuses clients");
	daemon_release(log_uses_stderr());
	return busy_run(w->context, w->slot) == -1 ? WORKER_DEAF : WORKER_DONE;
}
