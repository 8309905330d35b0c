/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef SITE_H
#define SITE_H

#include "client.h"
#include "harness.h"

/*
 * A server with a configuration file, as an administrator has it: the file can be written anew
 * and the server told to read it.  Its peer is an echo.
 *
 *	static struct site s;
 *
 *	site_start(&s, "max-spare = 4\n");
 *	... site_open(&s, &c) ...
 *	site_write(&s, "max-spare = 8\n");
 *	site_reload(&s, 1);			one session lives on
 *	site_stop(&s);
 */
struct site {
	struct harness	 h, echo;
	char		 conf[600];		/* the configuration file's path */
	char		 listen[8000];		/* its first line; 127.0.0.1 at first */
	int		 peer;			/* the peer's port */
};

/* The echo and an empty configuration, for those who start the server in another way. */
void	site_prepare(struct site *s);

/* Writes the file: listen, port = 0, (root's workers are root,) these lines, and the peer. */
void	site_write(struct site *s, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));

/* All of that, and the server is started; h.port is its port. */
void	site_start(struct site *s, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));

/* The same with a configuration that site_write() has written. */
void	site_run(struct site *s);

void	site_stop(struct site *s);

/* A client that is let in and has got its first words back. */
void	site_open(struct site *s, struct client *c);

/* It gets its words back.  And says good-bye. */
void	site_use(struct client *c);
void	site_finish(struct client *c);

/*
 * HUP; waits until the server has started anew and of its workers but these many, which are
 * busy, are gone.
 */
void	site_reload(struct site *s, unsigned busy);

/* HUP, and the server says no; returns when it has said so. */
void	site_reload_refused(struct site *s);

/* Waits until the server has n workers. */
void	site_expect_workers(struct site *s, unsigned n);

/* Tells aloud that a part of a test cannot be done here. */
void	site_skip(const char *test, const char *why);

/* -- what /proc tells of a process; without it these fail -- */

/* Whether workers can be another user: the tests are root's, and the build has the calls for it. */
int	site_can_drop(void);

/* Whether there is one to look into. */
int	site_has_proc(void);

/*
 * How many descriptors it has, 0 if the process is gone; where one of them leads ("" if it is not
 * open).
 */
unsigned site_descriptors(pid_t pid);
const char *site_descriptor(pid_t pid, int fd);

/* Where a link such as "cwd" or "root" leads. */
const char *site_link(pid_t pid, const char *name);

/* Whether a worker serves a client; and one that does, waiting until there is one. */
int	site_has_session(pid_t pid);
pid_t	site_busy_worker(const struct site *s);

/*
 * A line of its status, what stands behind "Name:" and blanks, "" if the process is gone; good until
 * the next call.
 */
const char *site_status(pid_t pid, const char *name);

/* Memory that it has asked for, in KiB. */
unsigned long site_memory(pid_t pid);

#endif
