/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef SIGNALS_H
#define SIGNALS_H

#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/select.h>

/*
 * Signals set flags and do nothing else.  They are blocked all the time but
 * inside signals_wait(), so that none is missed between a look at a flag and the wait.
 */
extern volatile sig_atomic_t signals_stop;	/* TERM, INT: stop now */
extern volatile sig_atomic_t signals_quit;	/* QUIT: stop when the sessions are over */
extern volatile sig_atomic_t signals_reload;	/* HUP, to the master */
extern volatile sig_atomic_t signals_reopen;	/* USR1: open the log file anew */

/* Who asks: they differ in what INT, HUP and CHLD mean to them. */
enum signals_role {
	SIGNALS_MASTER,
	SIGNALS_WORKER,	/* a master's child: the signals of a terminal are the master's */
	SIGNALS_SINGLE	/* inetd mode: nobody's child */
};

/* Puts all signals into the role's state, whatever was inherited, and clears the flags. */
void	signals_init(enum signals_role role);

/*
 * Between these two TERM, QUIT and USR1, besides setting their flag, leave whatever is being
 * done and go on where sigsetjmp(*to, 0) has been: for a wait that is not pselect() and
 * would otherwise miss a signal that comes just before it.
 */
void	signals_may_jump(sigjmp_buf *to);
void	signals_must_wait(void);

/*
 * pselect() until the deadline (see clock.h) or a signal; either set may be NULL.  Returns what
 * pselect() does.  A signal sets its flag within a bounded number of calls, however often there
 * is something ready at once.
 */
int	signals_wait(int highest, fd_set *readable, fd_set *writable, uint64_t deadline);

/* Default actions and nothing blocked, for a child that will not be one of us. */
void	signals_default(void);

#endif
