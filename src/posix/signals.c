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

#define BUSY_TURNS	256	/* waits without any, after which signals are let in all the same */

volatile sig_atomic_t signals_stop;
volatile sig_atomic_t signals_quit;
volatile sig_atomic_t signals_reload;
volatile sig_atomic_t signals_reopen;

static const int handled[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGCHLD };

#define HANDLED	(sizeof(handled) / sizeof(handled[0]))

/* They mean nothing to us, and whoever sends them by mistake shall not end us. */
static const int idle[] = { SIGUSR2, SIGALRM };

#define IDLE	(sizeof(idle) / sizeof(idle[0]))

static sigset_t open_mask, end_mask, blocked;
static sigjmp_buf *volatile way_out;

static void
on_signal(int number)
{
	switch (number) {
	case SIGCHLD:
		/* It is enough that the wait ends. */
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
		break;
	}
	if (way_out != NULL && (number == SIGTERM || number == SIGQUIT || number == SIGUSR1))
		siglongjmp(*way_out, 1);
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
set(int number, void (*handler)(int))
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	if (handler == on_nothing)
		action.sa_flags = SA_RESTART;
	sigfillset(&action.sa_mask);
	(void)sigaction(number, &action, NULL);
}

/* A handler, since what is ignored stays so in programs that are executed. */
static void
set_idle(void)
{
	struct sigaction now;
	size_t i;

	/* An alarm may be the watch over modules. */
	for (i = 0; i < IDLE; i++)
		if (sigaction(idle[i], NULL, &now) == 0 &&
		    (now.sa_handler == SIG_DFL || now.sa_handler == SIG_IGN))
			set(idle[i], on_nothing);
}

/* In the master they are blocked as well: a handler is gone as soon as it executes itself. */
static void
block_idle(int how)
{
	sigset_t those;
	size_t i;

	sigemptyset(&those);
	for (i = 0; i < IDLE; i++)
		sigaddset(&those, idle[i]);
	(void)sigprocmask(how, &those, NULL);
}

void
signals_init(enum signals_role role)
{
	size_t i;

	signals_stop = signals_quit = signals_reload = signals_reopen = 0;
	sigemptyset(&end_mask);
	sigaddset(&end_mask, SIGTERM);
	sigaddset(&end_mask, SIGQUIT);
	sigaddset(&end_mask, SIGUSR1);
	/* Before the mask: a program that executed itself has them blocked. */
	set_idle();
	if (role != SIGNALS_WORKER) {
		sigemptyset(&blocked);
		sigemptyset(&open_mask);
		for (i = 0; i < HANDLED; i++)
			sigaddset(&blocked, handled[i]);
		(void)sigprocmask(SIG_SETMASK, &blocked, NULL);
		for (i = 0; i < HANDLED; i++)
			set(handled[i], on_signal);
		set(SIGPIPE, SIG_IGN);
	} else {
		/* The rest is as the master has set it. */
		set(SIGINT, SIG_IGN);
		set(SIGHUP, SIG_IGN);
	}
	block_idle(role == SIGNALS_MASTER ? SIG_BLOCK : SIG_UNBLOCK);
	if (role != SIGNALS_MASTER)
		set(SIGCHLD, SIG_DFL);
	/* Nobody can reload one connection; who closes its terminal wants it to end. */
	if (role == SIGNALS_SINGLE)
		set(SIGHUP, on_stop);
}

void
signals_may_jump(sigjmp_buf *to)
{
	way_out = to;
	(void)sigprocmask(SIG_UNBLOCK, &end_mask, NULL);
}

void
signals_must_wait(void)
{
	/* All of it: a handler that has jumped had everything blocked. */
	(void)sigprocmask(SIG_SETMASK, &blocked, NULL);
	way_out = NULL;
}

/*
 * A descriptor that is ready at once ends pselect() before it hands over a signal that is
 * pending (Linux does so): with a peer that never falls silent none would ever come.
 */
static void
let_in(void)
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
		let_in();
	return n;
}

void
signals_default(void)
{
	size_t i;

	for (i = 0; i < HANDLED; i++)
		set(handled[i], SIG_DFL);
	for (i = 0; i < IDLE; i++)
		set(idle[i], SIG_DFL);
	set(SIGPIPE, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &open_mask, NULL);
}
