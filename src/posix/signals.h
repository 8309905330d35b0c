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
 * Signal handlers set flags, and the program checks the flags.  The signals are blocked except in
 * signals_wait(), so that no signal is missed between the check of a flag and the wait.
 */
extern volatile sig_atomic_t signals_stop;	/* SIGTERM, SIGINT: stop now */
extern volatile sig_atomic_t signals_stop_sender;	/* its pid; 0: none that is known here */
extern volatile sig_atomic_t signals_quit;	/* SIGQUIT: stop when the sessions have ended */
extern volatile sig_atomic_t signals_reload;	/* SIGHUP, in the master: reload */
extern volatile sig_atomic_t signals_reopen;	/* SIGUSR1: reopen the log file */

/* The kind of process; SIGINT, SIGHUP and SIGCHLD have different effects in each kind. */
enum signals_role {
	SIGNALS_MASTER,
	SIGNALS_WORKER,	/* ignores SIGINT and SIGHUP, which a terminal sends to all processes */
	SIGNALS_SINGLE	/* a process in inetd mode, without a master */
};

/*
 * Sets the actions and the mask of all signals for the role, whatever was inherited, and clears the
 * flags.  A worker inherits from the master all settings that are the same for both.
 */
void	signals_init(enum signals_role role);

/*
 * Between a call of signals_may_jump() and one of signals_must_wait(), SIGTERM, SIGQUIT and SIGUSR1
 * are not blocked.  Their handlers set the flag and then jump to the place of sigsetjmp(*to, 0),
 * where signals_must_wait() has to be called.
 *
 * These functions are for a blocking system call other than pselect(), which would miss a signal
 * that arrives just before the call.  Between the two calls the program must do nothing that a jump
 * could leave half done.
 */
void	signals_may_jump(sigjmp_buf *to);
void	signals_must_wait(void);

/*
 * Calls pselect() and returns its result; waits until a descriptor is ready, until the deadline
 * (clock.h), or until a signal.  Either set may be NULL.  Even if a descriptor is always ready at
 * once, a pending signal is delivered after a bounded number of calls.
 */
int	signals_wait(int highest, fd_set *readable, fd_set *writable, uint64_t deadline);

/* Restores default actions and an empty mask, in a child that will execute another program. */
void	signals_default(void);

#endif
