/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stddef.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>

#include "base/clock.h"
#include "posix/signals.h"

/* After this number of waits that ended with a ready descriptor, pending signals are delivered. */
#define BUSY_TURNS	256

volatile sig_atomic_t signals_stop;
volatile sig_atomic_t signals_stop_sender;
volatile sig_atomic_t signals_quit;
volatile sig_atomic_t signals_reload;
volatile sig_atomic_t signals_reopen;

static const int handled[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGCHLD };

#define HANDLED	(sizeof(handled) / sizeof(handled[0]))

/* Signals that the program does not use.  Such a signal must not end the process. */
static const int unused[] = { SIGUSR2, SIGALRM };

#define UNUSED	(sizeof(unused) / sizeof(unused[0]))

static sigset_t open_mask, jump_mask, blocked;
static sigjmp_buf *volatile jump_to;	/* argument of signals_may_jump(); NULL: handlers return */

static void
handle_signal(int number, siginfo_t *info, void *context)
{
	(void)context;
	switch (number) {
	case SIGCHLD:
		/* SIGCHLD only has to end a wait. */
		break;
	case SIGQUIT:
		signals_quit = 1;
		break;
	case SIGHUP:
		signals_reload = 1;
		break;
	case SIGUSR1:
		signals_reopen = 1;
		break;
	default:
		signals_stop = 1;
		/* Codes up to 0 are those of kill() and its relatives, which set the field. */
		signals_stop_sender = info->si_code <= 0 ? (int)info->si_pid : 0;
		break;
	}
	if (jump_to != NULL && (number == SIGTERM || number == SIGQUIT || number == SIGUSR1))
		siglongjmp(*jump_to, 1);
}

static void
on_stop(int number)
{
	(void)number;
	signals_stop = 1;
}

static void
on_nothing(int number)
{
	(void)number;
}

static void
set_handler(int number, void (*handler)(int))
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	if (handler == on_nothing)
		action.sa_flags = SA_RESTART;
	sigfillset(&action.sa_mask);
	(void)sigaction(number, &action, NULL);
}

/* Sets handle_signal(), which also gets the sender of the signal. */
static void
set_main_handler(int number)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_sigaction = handle_signal;
	action.sa_flags = SA_SIGINFO;
	sigfillset(&action.sa_mask);
	(void)sigaction(number, &action, NULL);
}

/*
 * Gives the unused signals a handler that does nothing.  SIG_IGN would be inherited by programs
 * that this process executes.
 */
static void
handle_unused(void)
{
	struct sigaction now;
	size_t i;

	/* Keep an existing handler: the guard of modules may already handle SIGALRM. */
	for (i = 0; i < UNUSED; i++)
		if (sigaction(unused[i], NULL, &now) == 0 &&
		    (now.sa_handler == SIG_DFL || now.sa_handler == SIG_IGN))
			set_handler(unused[i], on_nothing);
}

/*
 * Blocks or unblocks the unused signals.  The master blocks them, because its handlers are lost
 * when the master executes itself.
 */
static void
block_unused(int how)
{
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < UNUSED; i++)
		sigaddset(&set, unused[i]);
	(void)sigprocmask(how, &set, NULL);
}

void
signals_init(enum signals_role role)
{
	size_t i;

	signals_stop = signals_quit = signals_reload = signals_reopen = 0;
	signals_stop_sender = 0;
	sigemptyset(&jump_mask);
	sigaddset(&jump_mask, SIGTERM);
	sigaddset(&jump_mask, SIGQUIT);
	sigaddset(&jump_mask, SIGUSR1);
	/*
	 * Set the handlers before the mask: after an exec of the master, unused signals may be
	 * pending.
	 */
	handle_unused();
	if (role != SIGNALS_WORKER) {
		sigemptyset(&blocked);
		sigemptyset(&open_mask);
		for (i = 0; i < HANDLED; i++)
			sigaddset(&blocked, handled[i]);
		(void)sigprocmask(SIG_SETMASK, &blocked, NULL);
		for (i = 0; i < HANDLED; i++)
			set_main_handler(handled[i]);
		set_handler(SIGPIPE, SIG_IGN);
	} else {
		/* A worker inherits the handlers of all other signals from the master. */
		set_handler(SIGINT, SIG_IGN);
		set_handler(SIGHUP, SIG_IGN);
	}
	block_unused(role == SIGNALS_MASTER ? SIG_BLOCK : SIG_UNBLOCK);
	if (role != SIGNALS_MASTER)
		set_handler(SIGCHLD, SIG_DFL);
	/*
	 * A process with a single connection cannot reload: SIGHUP means that its terminal was
	 * closed.
	 */
	if (role == SIGNALS_SINGLE)
		set_handler(SIGHUP, on_stop);
}

void
signals_may_jump(sigjmp_buf *to)
{
	jump_to = to;
	(void)sigprocmask(SIG_UNBLOCK, &jump_mask, NULL);
}

void
signals_must_wait(void)
{
	/* Restore the whole mask: after a jump out of a handler every signal is still blocked. */
	(void)sigprocmask(SIG_SETMASK, &blocked, NULL);
	jump_to = NULL;
}

/*
 * Delivers pending signals from time to time.  On Linux, pselect() delivers no signal if a
 * descriptor is ready at once, so that a peer that sends without a pause would prevent all signals.
 */
static void
deliver_pending(void)
{
	static unsigned turns;

	if (++turns % BUSY_TURNS != 0)
		return;
	(void)sigprocmask(SIG_SETMASK, &open_mask, NULL);
	(void)sigprocmask(SIG_SETMASK, &blocked, NULL);
}

int
signals_wait(int highest, fd_set *readable, fd_set *writable, uint64_t deadline)
{
	struct timespec t, *left = NULL;
	uint64_t now, ms;
	int n;

	if (deadline != CLOCK_NEVER) {
		now = clock_now();
		ms = deadline > now ? deadline - now : 0;
		t.tv_sec = (time_t)(ms / 1000);
		t.tv_nsec = (long)(ms % 1000) * 1000000;
		left = &t;
	}
	n = pselect(highest + 1, readable, writable, NULL, left, &open_mask);
	if (n > 0)
		deliver_pending();
	return n;
}

void
signals_default(void)
{
	size_t i;

	for (i = 0; i < HANDLED; i++)
		set_handler(handled[i], SIG_DFL);
	for (i = 0; i < UNUSED; i++)
		set_handler(unused[i], SIG_DFL);
	set_handler(SIGPIPE, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &open_mask, NULL);
}
