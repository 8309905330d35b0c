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
#include "module/guard.h"
#include "module/module.h"
#include "posix/daemon.h"
#include "posix/lifecycle.h"
#include "posix/signals.h"
#include "posix/title.h"
#include "server/busy.h"
#include "server/worker.h"
#include "session/session.h"

#define PAUSE		100	/* ms without accepting when out of descriptors or memory, */
#define PAUSE_MAX	800	/* doubling up to this */
#define VANISHED_MAX	32	/* clients gone before accept(): then a shortage is assumed */

struct client {
	int			fd;
	int			proxied;	/* the connection begins with the PROXY protocol */
	struct sockaddr_storage	address;
};

static struct listeners *listeners;

/* A port is free only when the last process has closed the listener, busy workers included. */
static void
close_listeners(void)
{
	listen_close(listeners);
}

/* The start of every child of the master: signals, limits, privileges.  Returns 0, or -1. */
static int
set_up(const struct worker *w)
{
	const struct server_context *context = w->context;

	signals_init(SIGNALS_WORKER);
	listeners = context->listeners;
	lifecycle_init(w->life, w->master, context->conf->drain_timeout, close_listeners);
	scoreboard_set_worker(&context->board->slot[w->slot], getpid(), w->generation);
	if (privileges_limit(context->conf->worker_files) == -1)
		return -1;
	return privileges_drop(context->privileges);
}

/* Has the master rescan the scoreboard, unless another process has woken it already. */
static void
wake_master(const struct worker *w)
{
	if (scoreboard_claim_wake(w->context->board))
		(void)io_write(w->wake, "", 1);
}

/*
 * Shows that a client has been accepted.  The first client of a worker always wakes the master,
 * which learns that workers of this generation work.  If several workers take the last spare places
 * at the same time, the last of them to set its state sees the states of all the others.
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

/* Shows that the client has been served. */
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
 * Waits for the lock.  Returns 0 with the lock, 1 after a signal, -1 with errno.  Only the worker
 * with the lock waits for clients, so that a new client wakes one process, however many are idle.
 * The kernel releases the lock of a worker that dies.
 *
 * TERM, QUIT and USR1 are unblocked here only, and their handler jumps out (signals_may_jump()):
 * otherwise a signal that arrives just before fcntl() would not end its wait.  The jump is safe,
 * since the handler can interrupt only sigprocmask() and fcntl() here: both are async-signal-safe,
 * and no function of the C library is left half done with a lock held.  If fcntl() has just locked
 * the file when the signal arrives, its result is lost and the lock stays: the next F_SETLKW of
 * this process succeeds at once, and its exit releases the lock.  No local variable that changes
 * after sigsetjmp() is read after the jump.
 */
static int
wait_in_queue(const struct worker *w)
{
	static sigjmp_buf signalled;
	int result;

	/* The mask is not saved: signals_must_wait() sets the one that is valid everywhere else. */
	if (sigsetjmp(signalled, 0) != 0) {
		signals_must_wait();
		return 1;
	}
	signals_may_jump(&signalled);
	result = io_lock_wait(w->lock);
	signals_must_wait();
	return result;
}

/* Waits for the lock.  Returns 0 with the lock, or if the worker is to exit; -1 with errno. */
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

/* Waits until a listener has a client.  Returns 1, or 0 if the worker is to exit. */
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

/* Pauses with the lock held, so that no other worker meets the same shortage in the meantime. */
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
 * Accepts a client, from the listeners in turn.  ready: only from the listeners in this set; NULL:
 * from any.  Returns its descriptor, or -1 with errno.
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
		if (client->fd != -1 || io_accept_error(errno) != IO_ACCEPT_NEXT) {
			last = at;
			return client->fd;
		}
	}
	return -1;
}

/* Waits for the lock, and then for a client.  Returns what accept_client() does. */
static int
wait_to_accept(const struct worker *w, struct client *client)
{
	const struct listeners *l = w->context->listeners;
	uint64_t pause = PAUSE;
	fd_set ready;
	int fd = -1, vanished = 0;

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
			 * Another worker has accepted this client, without the lock (EAGAIN).  Or
			 * the client has left; each client can do so only once, so if such errors
			 * go on they have another cause.
			 */
			if (errno == EAGAIN || errno == EWOULDBLOCK || ++vanished < VANISHED_MAX)
				break;
			vanished = 0;
			pause_accepting(&pause);
			break;
		case IO_ACCEPT_SHORT:
			pause_accepting(&pause);
			break;
		case IO_ACCEPT_BROKEN:
			log_error("cannot accept clients");
			return -2;
		}
	}
	(void)io_unlock(w->lock);
	return fd;
}

/*
 * Accepts the next client.  Returns its descriptor, -1 if the worker is to exit, -2 after a message
 * if this can never work.
 */
static int
accept_client(const struct worker *w, struct client *client)
{
	/*
	 * A connection that is already queued is accepted without the lock: no sleeping worker has
	 * to be woken.  On a busy machine clients that are about to connect wait for the processor,
	 * too; let them run first.
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
		if (fd < 0)
			return fd == -1 ? WORKER_DONE : WORKER_FATAL;
		show_client(w, served);
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
	busy_run(w->context, w->slot);
	return WORKER_DONE;
}
