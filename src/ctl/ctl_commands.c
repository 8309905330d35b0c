/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>

#include "base/clock.h"
#include "base/human.h"
#include "ctl/ctl_commands.h"

#define LOOK	20	/* ms between two looks at what cannot be waited for */

static void
pause_a_moment(void)
{
	struct timespec t = { 0, LOOK * 1000000L };

	(void)pselect(0, NULL, NULL, NULL, &t, NULL);
}

static int
take(struct status *v, const struct ctl_server *s)
{
	if (status_take(v, &s->board, clock_now()) == 0)
		return 0;
	ctl_options_complain("out of memory");
	return -1;
}

/* Sends the master a signal with no more rights than are needed; 0 or the exit status. */
static int
send(const struct ctl_server *s, int number, pid_t *pid)
{
	const char *why;

	if (ctl_server_prepare(s, &why) == -1) {
		ctl_options_complain("%s is not trusted: %s", s->path, why);
		return CTL_EXIT_UNKNOWN;
	}
	*pid = ctl_server_signal(s, number, &why);
	if (*pid != -1)
		return 0;
	ctl_options_complain("the server behind %s cannot be told: %s", s->path, why);
	return CTL_EXIT_NOT_DONE;
}

int
ctl_commands_check(const struct ctl_server *s)
{
	struct status v;
	int full, ending;

	if (take(&v, s) == -1)
		return CTL_EXIT_UNKNOWN;
	ending = v.head.ending != 0;
	full = v.busy >= v.head.max_workers || v.state[SCOREBOARD_REFUSING] > 0;
	(void)printf("%s: pid %ld, generation %u, %u busy of %u, %u idle, %u starting\n",
	    ending ? "ending" : full ? "full" : "ok", (long)v.master, (unsigned)v.head.generation, v.busy,
	    (unsigned)v.head.max_workers, v.state[SCOREBOARD_IDLE], v.state[SCOREBOARD_STARTING]);
	status_free(&v);
	return full || ending ? CTL_EXIT_NOT_DONE : CTL_EXIT_DONE;
}

/* -- close -- */

/*
 * A worker goes on to its next client by itself, so it is looked at again just before the signal.
 * The instant between the two is all in which the wrong client could be met.  0, -1 after a
 * message, or 1, after one too: it was over already.
 */
static int
close_one(const struct ctl_server *s, const struct status_row *r, const struct status_filter *f)
{
	const struct status_filter same = { NULL, f->client, f->peer };
	char id[STATUS_ID_SIZE], again[STATUS_ID_SIZE];
	const char *why = "it has ended by itself";
	struct status now;
	size_t i;
	int result = 1;

	if (take(&now, s) == -1)
		return -1;
	for (i = 0; i < now.count && now.row[i].slot != r->slot; i++)
		;
	(void)status_id(id, r);
	if (i < now.count && strcmp(status_id(again, &now.row[i]), id) == 0 &&
	    status_matches(&now.row[i], &same) && r->copy.pid <= INT32_MAX)
		result = ctl_server_signal_worker(s, (pid_t)r->copy.pid, SIGTERM, &why);
	if (result == 0)
		(void)printf("closing %s: client %s, peer %s, path %s\n", id, r->copy.client,
		    r->copy.peer, r->copy.path);
	else
		ctl_options_complain("%s is not closed: %s", id, why);
	status_free(&now);
	return result;
}

int
ctl_commands_close(const struct ctl_server *s, const struct ctl_options *o)
{
	const char *why;
	struct status v;
	size_t i, closed = 0, failed = 0, count;
	int result;

	if (ctl_server_prepare(s, &why) == -1) {
		ctl_options_complain("%s is not trusted: %s", s->path, why);
		return CTL_EXIT_UNKNOWN;
	}
	if (take(&v, s) == -1)
		return CTL_EXIT_UNKNOWN;
	status_reduce(&v, &o->filter);
	count = v.count;
	for (i = 0; i < count; i++) {
		result = close_one(s, &v.row[i], &o->filter);
		closed += result == 0;
		failed += result == -1;
	}
	status_free(&v);
	if (count == 0)
		ctl_options_complain("there is no such connection (websocksyctl status lists them)");
	/* Of many, one that was over already is no failure. */
	return closed > 0 && failed == 0 ? CTL_EXIT_DONE : CTL_EXIT_NOT_DONE;
}

/* -- the master -- */

int
ctl_commands_drain(const struct ctl_server *s)
{
	struct status v;
	pid_t pid;
	int status = send(s, SIGQUIT, &pid);

	if (status != 0 || take(&v, s) == -1)
		return status != 0 ? status : CTL_EXIT_DONE;
	(void)printf("draining: pid %ld takes no more clients and ends after %u connections\n",
	    (long)pid, v.busy);
	status_free(&v);
	return CTL_EXIT_DONE;
}

/*
 * What the master has written down; a worker that lies about it changes what is said here, and
 * nothing else.
 */
static int
outcome(const struct ctl_server *s, const struct scoreboard_head *before)
{
	const struct scoreboard_head *now = s->board.head;

	if (now->reloaded != before->reloaded && now->generation != before->generation) {
		(void)printf("reloaded: generation %u\n", (unsigned)now->generation);
		return CTL_EXIT_DONE;
	}
	if (now->reload_refused != before->reload_refused) {
		ctl_options_complain("the reload was refused and nothing has changed: the server's log "
		    "says why (so does websocksy -t)");
		return CTL_EXIT_NOT_DONE;
	}
	return -1;
}

int
ctl_commands_reload(const struct ctl_server *s, const struct ctl_options *o)
{
	const uint64_t deadline = clock_now() + o->timeout;
	const struct scoreboard_head before = *s->board.head;
	char text[HUMAN_SIZE];
	pid_t pid;
	int status = send(s, SIGHUP, &pid);

	if (status != 0)
		return status;
	while ((status = outcome(s, &before)) == -1 && clock_now() < deadline) {
		if (ctl_server_master(s) != pid) {
			ctl_options_complain("the server has ended: its log says why");
			return CTL_EXIT_DEAD;
		}
		pause_a_moment();
	}
	if (status != -1)
		return status;
	ctl_options_complain("the reload is not done after %s: the server's log says how far it is",
	    human_time(text, o->timeout));
	return CTL_EXIT_NOT_DONE;
}

int
ctl_commands_stop(const struct ctl_server *s, const struct ctl_options *o)
{
	const uint64_t deadline = clock_now() + o->timeout;
	char text[HUMAN_SIZE];
	pid_t pid;
	int status = send(s, SIGTERM, &pid);

	if (status != 0)
		return status;
	/* The kernel lets go of the lock at the very end of the process. */
	while (ctl_server_master(s) == pid && clock_now() < deadline)
		pause_a_moment();
	if (ctl_server_master(s) == pid) {
		ctl_options_complain("pid %ld still runs after %s: the server's log says what it waits "
		    "for", (long)pid, human_time(text, o->timeout));
		return CTL_EXIT_NOT_DONE;
	}
	(void)printf("stopped: pid %ld\n", (long)pid);
	return CTL_EXIT_DONE;
}
