/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CREW_H
#define CREW_H

#include <stdint.h>

#include "backend.h"
#include "conf.h"
#include "listen.h"
#include "privileges.h"
#include "reload.h"

/*
 * The workers that the master has: forked, told to leave, buried.  Who lives and who they
 * are stands in a table of the master's own; the scoreboard is hearsay.
 */

/* What workers are made with; kept by reference. */
struct crew_terms {
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
int	crew_begin(const struct crew_terms *terms, const struct reload *before);

/* Workers of the generations before are to leave when they have no client. */
void	crew_relieve(void);

/*
 * Compares what there is with what the policy wants, and does something about it.  Returns
 * when to look again.
 */
uint64_t crew_keep(void);

/* Waits for news of a worker, a signal, the deadline, or bytes at extra (-1: none). */
void	crew_wait(uint64_t deadline, int extra);

/*
 * Buries who has died; stopping: they have been asked to.  Returns the pid of a process that
 * is no worker, with its status, or 0 when there is none left; so it is called until then.
 */
pid_t	crew_reap(int stopping, int *status);

void	crew_signal(int number);

/* Lets others take the place of all workers, of those with a client when that is served. */
void	crew_replace(void);

/* How many there are. */
unsigned crew_count(void);

/* Whether a worker of this generation waits for clients, or has one. */
int	crew_is_ready(void);

/* Whether workers cannot ever work, and none ever did. */
int	crew_is_hopeless(void);

/* How many serve a client; and how many clients have come since the start. */
unsigned crew_busy(void);
uint64_t crew_clients(void);

/* No more clients: idle workers leave, busy ones after their client. */
void	crew_dismiss(void);

/* A reload was refused: those who look are told. */
void	crew_stay(void);

/* What the next master needs of this one. */
int	crew_hand_over(struct reload *r);

/* At the end of the process, which alone lets go of the scoreboard. */
void	crew_release(void);

#endif
