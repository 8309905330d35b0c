/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>

#include "base/clock.h"
#include "base/human.h"
#include "ctl/ctl_commands.h"

#define POLL	20	/* ms between two checks of the scoreboard */

/* Copies the status of the server.  Returns 0, or -1 after an error message. */
static int
take_status(struct status *status, const struct ctl_server *s)
{
	if (status_take(status, &s->board, clock_now()) == 0)
		return 0;
	ctl_options_error("out of memory");
	return -1;
}

/* Returns the time of day in milliseconds since 1970. */
static uint64_t
realtime(void)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

int
ctl_commands_status(const struct ctl_server *s, const struct ctl_options *o)
{
	struct status status;

	if (take_status(&status, s) == -1)
		return CTL_EXIT_ERROR;
	if (o->prometheus) {
		status_print_prometheus(stdout, &status, realtime());
	} else {
		status_reduce(&status, &o->filter);
		(void)status_sort(&status, o->sort);
		if (o->json) {
			status_print_json(stdout, &status, realtime());
		} else {
			status_print_head(stdout, &status);
			(void)fputs(status.count > 0 ? "\n" : "", stdout);
			status_print_table(stdout, &status);
		}
	}
	status_free(&status);
	return CTL_EXIT_OK;
}

int
ctl_commands_check(const struct ctl_server *s)
{
	struct status status;
	int full, ending;

	if (take_status(&status, s) == -1)
		return CTL_EXIT_ERROR;
	ending = status.head.ending != 0;
	full = status.busy >= status.head.max_workers || status.state[SCOREBOARD_REFUSING] > 0;
	(void)printf("%s: pid %ld, generation %u, %u busy of %u, %u idle, %u starting\n",
	    ending ? "ending" : full ? "full" : "ok", (long)status.master,
	    (unsigned)status.head.generation, (unsigned)status.busy,
	    (unsigned)status.head.max_workers, (unsigned)status.state[SCOREBOARD_IDLE],
	    (unsigned)status.state[SCOREBOARD_STARTING]);
	status_free(&status);
	return full || ending ? CTL_EXIT_FAILED : CTL_EXIT_OK;
}

/* -- close -- */

/*
 * Closes a connection.  When the connection ends, its worker accepts another client; therefore
 * the slot is read again just before the signal is sent.  Only if the client changes between
 * that check and the signal, the new client's connection is closed instead.  Returns 0, 1 after
 * a message if the connection had ended already, or -1 after an error message.
 */
static int
close_one(const struct ctl_server *s, const struct status_row *r, const struct status_filter *f)
{
	char id[STATUS_ID_SIZE];
	const struct status_filter same = { status_id(id, r), f->client, f->peer };
	const char *why = "it has ended already";
	struct status_row now;
	int result = 1;

	if (status_take_row(&now, &s->board, r->slot) == 0 && status_matches(&now, &same) &&
	    r->copy.pid <= INT32_MAX)
		result = ctl_server_signal_worker(s, (pid_t)r->copy.pid, SIGTERM, &why);
	if (result == 0)
		(void)printf("closing %s: client %s, peer %s, path %s\n", id, r->copy.client,
		    r->copy.peer, r->copy.path);
	else
		ctl_options_error("%s is not closed: %s", id, why);
	return result;
}

int
ctl_commands_close(const struct ctl_server *s, const struct ctl_options *o)
{
	size_t i, count, closed = 0, failed = 0;
	struct status status;
	const char *why;
	int result;

	if (ctl_server_prepare(s, &why) == -1) {
		ctl_options_error("%s is not trusted: %s", s->path, why);
		return CTL_EXIT_ERROR;
	}
	if (take_status(&status, s) == -1)
		return CTL_EXIT_ERROR;
	status_reduce(&status, &o->filter);
	count = status.count;
	for (i = 0; i < count; i++) {
		result = close_one(s, &status.row[i], &o->filter);
		closed += result == 0;
		failed += result == -1;
	}
	status_free(&status);
	if (count == 0)
		ctl_options_error("there is no such connection (websocksyctl status lists them)");
	/*
	 * If at least one connection was closed, another one that had ended already is not a
	 * failure.
	 */
	return closed > 0 && failed == 0 ? CTL_EXIT_OK : CTL_EXIT_FAILED;
}

/* -- the master -- */

static void
wait_for_poll(void)
{
	struct timespec t = { 0, POLL * 1000000L };

	(void)pselect(0, NULL, NULL, NULL, &t, NULL);
}

/*
 * Sends a signal to the master and sets *pid to the master's pid.  Returns 0, or the exit status
 * after an error message.
 */
static int
send_signal(const struct ctl_server *s, int number, pid_t *pid)
{
	const char *why;

	if (ctl_server_prepare(s, &why) == -1) {
		ctl_options_error("%s is not trusted: %s", s->path, why);
		return CTL_EXIT_ERROR;
	}
	*pid = ctl_server_signal(s, number, &why);
	if (*pid != -1)
		return 0;
	ctl_options_error("the server of %s cannot be signalled: %s", s->path, why);
	return CTL_EXIT_FAILED;
}

int
ctl_commands_drain(const struct ctl_server *s)
{
	struct status status;
	pid_t pid;
	int result = send_signal(s, SIGQUIT, &pid);

	if (result != 0 || take_status(&status, s) == -1)
		return result != 0 ? result : CTL_EXIT_OK;
	(void)printf("draining: pid %ld accepts no more clients and stops after %u connections\n",
	    (long)pid, (unsigned)status.busy);
	status_free(&status);
	return CTL_EXIT_OK;
}

/* Prints that a reload was refused, with the reason that the server has logged. */
static void
report_refusal(const struct ctl_server *s)
{
	char reason[SCOREBOARD_REFUSAL], *line = reason, *end;

	scoreboard_copy_refusal(reason, &s->board);
	if (*reason == '\0') {
		ctl_options_error("the reload was refused and nothing has changed: see the "
		    "server's log, or run websocksy -t");
		return;
	}
	ctl_options_error("the reload was refused and nothing has changed:");
	for (; (end = strchr(line, '\n')) != NULL; line = end + 1)
		(void)fprintf(stderr, "  %.*s\n", (int)(end - line), line);
}

/*
 * Returns the exit status for a reload, or -1 if the reload is not done yet.  The fields that
 * are compared are written by the master; a worker could forge them, but then only the report is
 * wrong.
 */
static int
get_outcome(const struct ctl_server *s, const struct scoreboard_head *before)
{
	const struct scoreboard_head *now = s->board.head;

	if (now->reloaded != before->reloaded && now->generation != before->generation) {
		(void)printf("reloaded: generation %u\n", (unsigned)now->generation);
		return CTL_EXIT_OK;
	}
	if (now->reload_refused != before->reload_refused) {
		report_refusal(s);
		return CTL_EXIT_FAILED;
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
	int result = send_signal(s, SIGHUP, &pid);

	if (result != 0)
		return result;
	while ((result = get_outcome(s, &before)) == -1 && clock_now() < deadline) {
		if (ctl_server_master(s) != pid) {
			ctl_options_error("the server has exited: see its log");
			return CTL_EXIT_DOWN;
		}
		wait_for_poll();
	}
	if (result != -1)
		return result;
	ctl_options_error("the reload is not done after %s: see the server's log",
	    human_time(text, o->timeout));
	return CTL_EXIT_FAILED;
}

int
ctl_commands_stop(const struct ctl_server *s, const struct ctl_options *o)
{
	const uint64_t deadline = clock_now() + o->timeout;
	char text[HUMAN_SIZE];
	pid_t pid;
	int result = send_signal(s, SIGTERM, &pid);

	if (result != 0)
		return result;
	/* The kernel releases the lock on the status file when the process exits. */
	while (ctl_server_master(s) == pid && clock_now() < deadline)
		wait_for_poll();
	if (ctl_server_master(s) == pid) {
		ctl_options_error("pid %ld still runs after %s: see the server's log", (long)pid,
		    human_time(text, o->timeout));
		return CTL_EXIT_FAILED;
	}
	(void)printf("stopped: pid %ld\n", (long)pid);
	return CTL_EXIT_OK;
}
