/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "posix/listen_mend.h"
#include "posix/socket_directory.h"
#include "server/auxiliary.h"
#include "server/children.h"
#include "server/pool.h"
#include "server/worker.h"
#include "server/workers.h"
#include "server/workers_state.h"
#include "status/scoreboard.h"
#include "status/status.h"

/*
 * Logs an abnormal exit of a worker.  If the worker has had a client, the exit is always logged;
 * otherwise the number of messages is limited, so that they do not fill the log.
 */
static void
log_death(unsigned slot, int status, int served)
{
	const pid_t pid = workers.children.at[slot].pid;
	enum scoreboard_state state = scoreboard_get(workers.board, slot);
	char id[STATUS_ID_SIZE];
	static struct log_limit limit;
	unsigned long skipped = 0;
	char more[80] = "";

	if (!served && !log_allowed(&limit, clock_now(), &skipped))
		return;
	if (!served)
		(void)snprintf(more, sizeof(more), " before its first client (and %lu before it)",
		    skipped);
	/* A worker that had a client has not logged the end of the connection. */
	if (state >= SCOREBOARD_HANDSHAKE && state <= SCOREBOARD_CLOSING)
		log_set_session(status_id_of(id, (uint64_t)pid,
		    scoreboard_served(&workers.board->slot[slot])));
	if (WIFSIGNALED(status))
		log_warnx("worker %ld was ended by signal %d (%s)%s", (long)pid, WTERMSIG(status),
		    strsignal(WTERMSIG(status)), more);
	else
		log_warnx("worker %ld ended with status %d%s", (long)pid, WEXITSTATUS(status),
		    more);
	log_set_session(NULL);
}

/*
 * Classifies the exit of a worker: it has no effect, it pauses forking, or it shows that no
 * worker can work.  An abnormal exit is logged.
 */
static void
classify_exit(unsigned slot, int status, int stopping)
{
	const struct child *child = &workers.children.at[slot];
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1, served = workers_has_served(slot);

	if (code == WORKER_DONE)
		return;
	/* A killed worker has not removed its socket. */
	socket_directory_reap(child->pid);
	if (stopping)
		return;
	if (code == WORKER_EXHAUSTED) {
		pool_pause(&workers.pool, clock_now());
		return;
	}
	/* A retiring worker may have had a socket that was replaced since. */
	if (code == WORKER_DEAF) {
		workers.deaf |= !child->retiring &&
		    listen_mend_count(workers.context->listeners) > 0;
		return;
	}
	if (code == WORKER_FATAL && !workers.worked && !served &&
	    child->generation == workers.generation) {
		workers.cannot_work = 1;
		return;
	}
	log_death(slot, status, served);
	/* The worker has exited before it has worked. */
	if (!served && (scoreboard_get(workers.board, slot) == SCOREBOARD_STARTING ||
	    clock_now() < child->forked + POOL_TRIAL))
		pool_died_early(&workers.pool, clock_now());
}

/*
 * Handles the exit of a process: frees the slot of the worker.  Returns 0 if the process is
 * neither a worker nor an auxiliary process, otherwise 1.
 */
static int
handle_exit(pid_t pid, int status, int stopping)
{
	unsigned slot = children_find(&workers.children, pid);
	int auxiliary;

	if (slot == workers.children.slots) {
		auxiliary = auxiliary_exited(pid, status, stopping);
		if (auxiliary == 2)
			workers_replace();
		return auxiliary != 0;
	}
	classify_exit(slot, status, stopping);
	children_remove(&workers.children, slot);
	scoreboard_set(workers.board, slot, SCOREBOARD_FREE);
	scoreboard_clear(workers.board, slot);
	scoreboard_set_used(workers.board, workers.children.used);
	return 1;
}

pid_t
workers_reap(int stopping, int *status)
{
	pid_t pid;

	/* A single SIGCHLD may be sent for several exits. */
	while ((pid = waitpid(-1, status, WNOHANG)) > 0)
		if ((WIFEXITED(*status) || WIFSIGNALED(*status)) &&
		    !handle_exit(pid, *status, stopping))
			return pid;
	return 0;
}
