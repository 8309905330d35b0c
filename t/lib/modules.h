/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef MODULES_H
#define MODULES_H

#include "client.h"
#include "harness.h"

/*
 * Starts servers with the modules of t/modules: each test has a module directory of its own, with
 * the modules that it names.
 *
 *	modules_begin("backend_test", "framing_test", NULL);
 *	modules_start(&h, peer, "-o", "ping=0", NULL);
 *	... client_open(&c, h.port, "/segfault?framing=test") ...
 *	modules_expect_traced("freed", 1);
 */

/*
 * Makes a new directory with links to these modules (then NULL) and an empty trace; unsets
 * WS_START.
 */
void	modules_begin(const char *name, ...) __attribute__((sentinel));

/* Returns the path of the test's module directory. */
const char *modules_directory(void);

/* Returns the setting "module-directory=PATH" for this directory alone. */
const char *modules_setting(void);

/*
 * Returns the path of a file in the module directory; valid until the eighth call after this one.
 */
const char *modules_path(const char *name);

/*
 * Adds a module to the directory under the name `as`: modules_link() as a link to its file,
 * modules_copy() as a copy.
 */
void	modules_link(const char *name, const char *as);
void	modules_copy(const char *name, const char *as);

/*
 * Returns 1 under valgrind, which would report deliberate errors of the test modules as errors of
 * the server; then also prints on standard error that `what` is skipped.
 */
int	modules_is_watched(const char *what);

/*
 * Returns the setting "module-timeout=TIME", valid until the next call. Under valgrind the time
 * is long: valgrind 3.19 restarts a pselect() that the timer signal interrupts with a signal mask
 * of its own, and then reports that mask. Tests of modules that never return are skipped under
 * valgrind, see modules_is_watched().
 */
const char *modules_timeout(const char *time);

/*
 * Sets the environment variable WS_START, the action of the modules at the start of the server
 * (t/modules/actions.h).
 */
void	modules_set_start(const char *what);

/*
 * Starts the server on port 0 of 127.0.0.1, with the test's module directory and the backend
 * "test", whose peer is tcp://127.0.0.1:peer. More arguments may follow, then NULL.
 */
void	modules_start(struct harness *h, int peer, ...) __attribute__((sentinel));

/* Like modules_start(), with the built-in backend. */
void	modules_start_internal(struct harness *h, int peer, ...) __attribute__((sentinel));

/*
 * Checks that a server with these arguments exits by itself, with this exit status. The caller
 * must call harness_clean(), as after harness_wait().
 */
void	modules_refused(struct harness *h, const char *const *args, int status);

/*
 * Returns the number of trace lines that begin with a word; stores the pids in these lines, up to
 * max, in pids.
 */
unsigned modules_traced(const char *word, long *pids, unsigned max);

/* Waits until the trace has n lines that begin with a word. */
void	modules_expect_traced(const char *word, unsigned n);

#endif
