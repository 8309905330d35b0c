/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef WORKERS_H
#define WORKERS_H

#include <stdint.h>

#include "conf/conf.h"
#include "module/backend.h"
#include "posix/listen.h"
#include "posix/privileges.h"
#include "server/reload.h"

/*
 * The workers that the master has: forked, told to leave, buried.  Who lives and who they
 * are stands in a table of the master's own; the scoreboard is hearsay.
 */

/* What workers are made with; kept by reference. */
struct workers_terms {
	const struct conf	*conf;
	const struct backend	*backend;
	const struct privileges	*privileges;
	struct listeners	*listeners;
	const char		*status_file;	/* of the scoreboard; NULL: it has no name */
	int			 tell_all;	/* the master looks whenever a worker takes or has served
						   a client */
	/* Nothing for workers: */
	int			 pid_file;	/* -1: none */
	const int		*check;		/* the pipe of a check that is going on, or -1 */
};

/*
 * Prepares for work, with what an earlier master has handed over, or NULL.  0, or -1 after a
 * message.
 */
int	workers_start(const struct workers_terms *terms, const struct reload *before);

/* Workers of the generations before are to leave when they have no client. */
void	workers_retire_old(void);

/*
 * Compares what there is with what the policy wants, and does something about it.  Returns
 * when to look again.
 */
uint64_t workers_maintain(void);

/* Waits for news of a worker, a signal, the deadline, or bytes at extra (-1: none). */
void	workers_wait(uint64_t deadline, int extra);

/*
 * Buries who has died; stopping: they have been asked to.  Returns the pid of a process that
 * is no worker, with its status, or 0 when there is none left; so it is called until then.
 */
pid_t	workers_reap(int stopping, int *status);

void	workers_signal(int number);

/* Lets others take the place of all workers, of those with a client when that is served. */
void	workers_replace(void);

/* How many there are. */
unsigned workers_count(void);

/* Whether a worker of this generation waits for clients, or has one. */
int	workers_are_ready(void);

/* Whether workers cannot ever work, and none ever did. */
int	workers_cannot_work(void);

/* How many serve a client; and how many clients have come since the start. */
unsigned workers_busy(void);
uint64_t workers_clients(void);

/* No more clients: idle workers leave, busy ones after their client. */
void	workers_drain(void);

/* A reload was refused: those who look are told. */
void	workers_note_refused_reload(void);

/* What the next master needs of this one. */
int	workers_hand_over(struct reload *r);

/* At the end of the process, which alone lets go of the scoreboard. */
void	workers_release(void);

#endif
