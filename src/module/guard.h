/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef GUARD_H
#define GUARD_H

#include <stdint.h>

/*
 * Protection against faults in modules.  If a module crashes during a call, calls exit(), or
 * exceeds its time limit, the module and the call are logged, the client is notified, and the
 * process exits.  Since each process serves one connection, only one connection is lost.
 *
 * guard_enter() and guard_leave() make no system call, so that they cost little for each message.
 */
struct guard {
	const char	*module;	/* the module that is being called; NULL: none */
	const char	*call;		/* name of the called function, as text for the log */
};

/* Installs the signal handlers, which children inherit.  A second call does nothing. */
void	guard_init(void);

/*
 * Sets the function that notifies the client before the process exits.  The function is called in a
 * signal handler; late is 1 if the module has exceeded its time limit.
 */
void	guard_set_notify_client(void (*notify_client)(int late));

/*
 * Limits the processor time of each call of a module in this process to ms milliseconds; 0: no
 * limit. Children do not inherit the limit.
 */
void	guard_watch(uint64_t ms);

/*
 * Limits the duration of the next call of a module to ms milliseconds, including the time in which
 * the module waits; 0 removes the limit.
 */
void	guard_deadline(uint64_t ms);

/* Returns the time at which that limit ends; CLOCK_NEVER if there is no limit. */
uint64_t guard_end(void);

/*
 * To be called before and after each call of a module's function.  guard_enter() saves the previous
 * state in *before and guard_leave() restores it, since the function of a module may lead to a call
 * of another module.  If module is NULL the function is built in and is not guarded.
 */
void	guard_enter(struct guard *before, const char *module, const char *call);
void	guard_leave(const struct guard *before);

/* Returns the name of the module that is being called; NULL if none is. */
const char *guard_module(void);

#endif
