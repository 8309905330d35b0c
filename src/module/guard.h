/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef GUARD_H
#define GUARD_H

#include <stdint.h>

/*
 * Protection of the process against faults in modules.  If a module crashes during a call,
 * calls exit(), or exceeds its time, the module and the call are logged, the client is
 * notified, and the process ends.  Since each connection has its own process, one connection is
 * lost.
 *
 * guard_enter() and guard_leave() make no system call, so that they cost little for each
 * message.
 */
struct guard {
	const char	*module;	/* the module that is being called; NULL: none */
	const char	*call;		/* its function, as text for the log */
};

/* Installs the signal handlers, which children inherit.  A second call does nothing. */
void	guard_init(void);

/*
 * Sets the hook that notifies the client before the process ends.  It is called in a signal
 * handler; late says that the module has exceeded its time.
 */
void	guard_set_notify_client(void (*notify_client)(int late));

/*
 * Limits the processor time of each single call in this process, in milliseconds; 0: no limit.
 * Children do not inherit the limit.
 */
void	guard_watch(uint64_t ms);

/*
 * Limits the time of the call that follows, in milliseconds of real time, so that waiting
 * counts as well; 0 removes the limit.
 */
void	guard_deadline(uint64_t ms);

/*
 * Stand before and after each call of a module's function.  guard_enter() saves the state in
 * *before and guard_leave() restores it, since a module's function may lead to a call of
 * another module.  module NULL: a built-in function, which is not guarded.
 */
void	guard_enter(struct guard *before, const char *module, const char *call);
void	guard_leave(const struct guard *before);

/* Returns the name of the module that is being called, or NULL. */
const char *guard_module(void);

#endif
