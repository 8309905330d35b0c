/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef MODULES_H
#define MODULES_H

#include "client.h"
#include "harness.h"

/*
 * Servers with the modules of t/modules: each test has a module directory of its own with those
 * that it names.
 *
 *	modules_begin("backend_test", "framing_test", NULL);
 *	modules_start(&h, peer, "-o", "ping=0", NULL);
 *	... client_open(&c, h.port, "/segfault?framing=test") ...
 *	modules_expect_traced("freed", 1);
 */

/* A new directory with links to these, the last NULL; and an empty trace, no WS_START. */
void	modules_begin(const char *name, ...) __attribute__((sentinel));

/* The directory; a path in it, good until the eighth call after this one. */
const char *modules_directory(void);
const char *modules_path(const char *name);

/* One more, called as: its file is a link, or a copy. */
void	modules_link(const char *name, const char *as);
void	modules_copy(const char *name, const char *as);

/*
 * Whether valgrind watches the server: then it would see, and blame on the server, what modules do
 * on purpose.  Says on standard error what is left out.
 */
int	modules_is_watched(const char *what);

/*
 * The setting "module-timeout=TIME", good until the next call; a long one under valgrind, whose
 * version 3.19 starts a pselect() anew that a tick of the watch interrupts, with a mask of its own
 * that it then finds wrong.  Modules that never come back are left out there: modules_is_watched().
 */
const char *modules_timeout(const char *time);

/* What the modules are to do at the start: see t/modules/deeds.h. */
void	modules_set_start(const char *what);

/*
 * The usual server: port 0 of 127.0.0.1, that directory, the backend test with the peer
 * tcp://127.0.0.1:peer.  More arguments may follow, then NULL.
 */
void	modules_start(struct harness *h, int peer, ...) __attribute__((sentinel));

/* The same with the built-in backend. */
void	modules_start_internal(struct harness *h, int peer, ...) __attribute__((sentinel));

/*
 * It does not start, with this status, or ends by itself soon; h is as after harness_wait(), and
 * harness_clean() is still to be called.
 */
void	modules_refused(struct harness *h, const char *const *args, int status);

/* The lines of the trace that begin with a word; the numbers behind are in pids (max at most). */
unsigned modules_traced(const char *word, long *pids, unsigned max);

/* Waits until there are that many. */
void	modules_expect_traced(const char *word, unsigned n);

#endif
