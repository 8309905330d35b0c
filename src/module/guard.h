/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef GUARD_H
#define GUARD_H

#include <stdint.h>

/*
 * A fence around the calls into modules.  When a module crashes there, calls
 * exit(), or does not come back, the log names it, the client is told, and the process ends:
 * one connection, since each has its own process.
 *
 * Entering and leaving cost no system call, so that every message can be fenced.
 */
struct guard {
	const char	*module;	/* NULL: not a module's code */
	const char	*call;		/* what of it is being called */
};

/*
 * Puts the fence up in this process and its children.  last_words, called from a
 * signal handler, tells the client; late: the module was out of time.
 */
void	guard_init(void);
void	guard_set_last_words(void (*last_words)(int late));

/*
 * In this process a single call may take so much processor time, in milliseconds.  Not
 * inherited by children; 0: any.
 */
void	guard_watch(uint64_t ms);

/* The call that follows may take so much time, whatever it waits for; 0 ends that. */
void	guard_deadline(uint64_t ms);

/* Around a call; *before is where the call was made from, since a module may call another. */
void	guard_enter(struct guard *before, const char *module, const char *call);
void	guard_leave(const struct guard *before);

/* The module that is being called, or NULL. */
const char *guard_module(void);

#endif
