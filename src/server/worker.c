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

#define SHORT_PAUSE	100	/* ms without accepting when descriptors or memory are short, */
#define SHORT_PAUSE_MAX	800	/* doubling up to this */
#define VAIN_TRIES	32	/* to accept one who is gone, before it looks like something else */

struct client {
	int			fd;
	int			proxied;	/* it comes through a listener for proxies */
	struct sockaddr_storage	address;
};

static struct listeners *listeners;

/* A port is free only when the last process has let go of it, busy ones too. */
static void
let_go(void)
{
	listen_close(listeners);
}

/* What is the same for all that the master forks; -1 if it cannot be. */
static int
begin(const struct worker *w)
{
	signals_init(SIGNALS_WORKER);
	listeners = w->listeners;
	lifecycle_init(w->life, w->master, w->conf->drain_timeout, let_go);
	scoreboard_set_worker(&w->board->slot[w->slot], getpid(), w->generation);
	if (privileges_limit(w->conf->worker_files) == -1)
		return -1;
	return privileges_drop(w->privileges);
}

/* Has the master look, if that is not already so. */
static void
wake_master(const struct worker *w)
{
	if (scoreboard_claim_wake(w->board))
		(void)io_write(w->wake, "", 1);
}

/*
 * Shows that a client is here.  The first one is news in itself: this worker works.  Of workers
 * that take the last spare ones at the same time, the last to show it sees all the others.
 */
static void
show_client(const struct worker *w, uint64_t served)
{
	struct scoreboard_slot *slot = &w->board->slot[w->slot];

	scoreboard_set_served(slot, served);
	scoreboard_add_client(slot);
	scoreboard_set(w->board, w->slot, SCOREBOARD_HANDSHAKE);
	if (w->tell_all || served == 1 ||
	    scoreboard_is_short(w->board, (unsigned)w->conf->min_spare))
		wake_master(w);
}

/* Shows that it is over. */
static void
show_idle(const struct worker *w)
{
	title_set("worker, idle");
	scoreboard_clear(w->board, w->slot);
	scoreboard_set(w->board, w->slot, SCOREBOARD_IDLE);
	if (w->tell_all || (!scoreboard_rescans(w->board) &&
	    scoreboard_has_surplus(w->board, (unsigned)w->conf->max_spare)))
		wake_master(w);
}

/*
 * Waits for the lock, or until a signal comes: 1 then.  One worker at a time waits for clients, so
 * that a new client wakes one process, however many are idle.  The kernel releases the lock of a
 * worker that dies.
 */
static int
wait_in_queue(const struct worker *w)
{
	static sigjmp_buf signalled;
	int result;

	/* What is blocked is known. */
	if (sigsetjmp(signalled, 0) != 0) {
		signals_must_wait();
		return 1;
	}
	signals_may_jump(&signalled);
	result = io_lock_wait(w->lock);
	signals_must_wait();
	return result;
}

/* Takes the lock, perhaps after a while; also returns 0 if the worker is to leave. */
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

/* Waits until a listener has a client; 0 if it is time to leave. */
static int
wait_for_client(const struct worker *w, fd_set *readable)
{
	const struct listeners *l = w->listeners;
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

/* Keeps the lock while it pauses, so that nobody else runs into the same shortage meanwhile. */
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
	*pause = *pause * 2 < SHORT_PAUSE_MAX ? *pause * 2 : SHORT_PAUSE_MAX;
}

/*
 * Takes a client from the listeners, the next one in turn first; ready: only from these,
 * NULL: from any.  -1 with errno if there is none.
 */
static int
try_accept(const struct worker *w, const fd_set *ready, struct client *client)
{
	static unsigned last;
	const struct listeners *l = w->listeners;
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

/* Waits for its turn, and then for a client.  Its descriptor, -1 or -2 as below. */
static int
wait_to_accept(const struct worker *w, struct client *client)
{
	uint64_t pause = SHORT_PAUSE;
	fd_set ready;
	int fd = -1, tries = 0;

	if (wait_for_lock(w) == -1) {
		log_error("cannot lock for accepting clients");
		return -2;
	}
	while (fd == -1 && wait_for_client(w, &ready)) {
		fd = try_accept(w, &ready, client);
		if (fd != -1)
			break;
		switch (io_accept_error(errno)) {
		case IO_ACCEPT_NEXT:
			/* Another has taken him; or he is gone, which each is but once. */
			if (errno == EAGAIN || errno == EWOULDBLOCK || ++tries < VAIN_TRIES)
				break;
			tries = 0;
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

/* The next client; -1 if it is time to leave, -2 if this can never work. */
static int
accept_client(const struct worker *w, struct client *client)
{
	/*
	 * Who waits already is taken without a turn: nobody needs to be woken for that.  On a busy
	 * machine clients that want to connect have been waiting for the processor, too.
	 */
	(void)sched_yield();
	if (try_accept(w, NULL, client) != -1)
		return client->fd;
	return wait_to_accept(w, client);
}

static int
serve_clients(const struct worker *w)
{
	struct session_place place = { w->conf, w->backend, w->board, w->slot };
	uint64_t served, max = w->conf->max_connections_per_worker;
	struct client client;
	int fd;

	for (served = 1; ; served++) {
		fd = accept_client(w, &client);
		if (fd < 0)
			return fd == -1 ? WORKER_DONE : WORKER_FATAL;
		show_client(w, served);
		switch (session_serve(&place, fd, &client.address, client.proxied)) {
		case SESSION_OVER:
			break;
		case SESSION_LEAKED:
			return WORKER_DONE;
		case SESSION_SHORT:
			return WORKER_SICK;
		}
		if (served == max || lifecycle_state() != LIFECYCLE_ON) {
			scoreboard_clear(w->board, w->slot);
			return WORKER_DONE;
		}
		show_idle(w);
	}
}

int
worker_run(const struct worker *w)
{
	int result;

	if (begin(w) == -1)
		return WORKER_FATAL;
	title_set("worker, idle");
	guard_watch(w->conf->module_timeout);
	if (module_enter_worker() == -1)
		return WORKER_FATAL;
	/* From here on there is nothing to say to who has started the server. */
	log_set_watched(0);
	daemon_release(log_uses_stderr());
	scoreboard_set(w->board, w->slot, SCOREBOARD_IDLE);
	wake_master(w);
	result = serve_clients(w);
	module_leave_worker();
	return result;
}

int
worker_run_busy(const struct worker *w)
{
	if (begin(w) == -1)
		return WORKER_FATAL;
	title_set("worker, refuses clients");
	daemon_release(log_uses_stderr());
	busy_run(w->listeners, w->board, w->slot, w->conf);
	return WORKER_DONE;
}
