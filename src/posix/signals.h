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
 * Signal handlers set flags, which the program checks.  The signals are blocked except in
 * signals_wait(), so that none is missed between the check of a flag and the wait.
 */
extern volatile sig_atomic_t signals_stop;	/* TERM, INT: stop now */
extern volatile sig_atomic_t signals_quit;	/* QUIT: stop when the sessions have ended */
extern volatile sig_atomic_t signals_reload;	/* HUP, in the master */
extern volatile sig_atomic_t signals_reopen;	/* USR1: reopen the log file */

/* The kind of process; INT, HUP and CHLD have different effects in each. */
enum signals_role {
	SIGNALS_MASTER,
	SIGNALS_WORKER,	/* ignores INT and HUP, which a terminal sends to all processes */
	SIGNALS_SINGLE	/* inetd mode, without a master */
};

/*
 * Sets the action and mask of all signals for the role, whatever was inherited, and clears the
 * flags.  A worker inherits from its master whatever is the same for both.
 */
void	signals_init(enum signals_role role);

/*
 * Between these two calls TERM, QUIT and USR1 are not blocked.  Their handlers set the flag and
 * then jump to the place of sigsetjmp(*to, 0), where signals_must_wait() has to be called.
 * This is for a blocking system call other than pselect(), which would miss a signal that
 * arrives just before it.  Between the two calls the program must do nothing that a jump could
 * leave half done.
 */
void	signals_may_jump(sigjmp_buf *to);
void	signals_must_wait(void);

/*
 * Calls pselect() until the deadline (clock.h) or a signal, and returns its result; either set
 * may be NULL.  Even if a descriptor is always ready at once, a pending signal is delivered
 * after a bounded number of calls.
 */
int	signals_wait(int highest, fd_set *readable, fd_set *writable, uint64_t deadline);

/* Restores default actions and an empty mask, for a child that executes another program. */
void	signals_default(void);

#endif
