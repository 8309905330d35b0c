/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

#if defined(HAVE_SYS_IOCTL_H)
#include <sys/ioctl.h>
#endif

#include "base/clock.h"
#include "base/scan.h"
#include "ctl/ctl_commands.h"
#include "ctl/ctl_server.h"
#include "ctl/ctl_watch.h"
#include "status/status.h"

/* ECMA-48, and the other screen that terminals have for programs such as this. */
#define ENTER	"\033[?1049h\033[?25l"
#define LEAVE	"\033[?25h\033[?1049l"
#define HOME	"\033[H"
#define REST	"\033[K"	/* clears the rest of the line, */
#define BELOW	"\033[J"	/* and what is below */

/* What a slot had when it was last looked at. */
struct past {
	uint64_t	pid, number, in, out;
};

static struct {
	struct past	*slot;
	unsigned	 slots;
	uint64_t	 when, started;		/* 0: never; of which server */
	uint64_t	 in, out;
} past;

static volatile sig_atomic_t ended, taken;

static void
on_signal(int number)
{
	/* The others only end the wait: the window has another size. */
	if (number != SIGCHLD && number != SIGCONT
#if defined(SIGWINCH)
	    && number != SIGWINCH
#endif
	    )
		ended = 1;
}

/* From a signal handler, too. */
static void
leave(void)
{
	if (taken && write(STDOUT_FILENO, LEAVE, sizeof(LEAVE) - 1) == -1)
		_exit(CTL_EXIT_UNKNOWN);
	taken = 0;
}

static void
on_bus(int number)
{
	static const char text[] = "websocksyctl: somebody has cut the status file short\n";

	(void)number;
	leave();
	if (write(STDERR_FILENO, text, sizeof(text) - 1) == -1)
		_exit(CTL_EXIT_UNKNOWN);
	_exit(CTL_EXIT_UNKNOWN);
}

void
ctl_watch_init(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_bus;
	sigfillset(&action.sa_mask);
	(void)sigaction(SIGBUS, &action, NULL);
}

/* Signals that end the view or have it drawn again are taken during the wait only. */
static void
take_signals(sigset_t *open)
{
	static const int numbers[] = {
		SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCONT,
#if defined(SIGWINCH)
		SIGWINCH
#endif
	};
	struct sigaction action;
	sigset_t blocked;
	size_t i;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_signal;
	sigfillset(&action.sa_mask);
	sigemptyset(&blocked);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		sigaddset(&blocked, numbers[i]);
		(void)sigaction(numbers[i], &action, NULL);
	}
	(void)sigprocmask(SIG_BLOCK, &blocked, open);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigdelset(open, numbers[i]);
}

static unsigned
from_environment(const char *name, unsigned usual)
{
	const char *text = getenv(name);
	uint64_t number;

	return text != NULL && scan_number(text, 1, 10000, &number) == 0 ? (unsigned)number : usual;
}

static void
measure(unsigned *lines, unsigned *across)
{
#if defined(TIOCGWINSZ)
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
		*lines = size.ws_row;
		*across = size.ws_col;
		return;
	}
#endif
	*lines = from_environment("LINES", 24);
	*across = from_environment("COLUMNS", 80);
}

static uint64_t
rate(uint64_t now, uint64_t before, uint64_t ms)
{
	return now > before ? (now - before) * 1000 / ms : 0;
}

static void
remember(const struct status *v, unsigned slots, uint64_t now)
{
	const struct status_row *r;
	size_t i;

	if (slots > past.slots) {
		free(past.slot);
		past.slot = calloc(slots, sizeof(*past.slot));
		past.slots = past.slot != NULL ? slots : 0;
	}
	if (past.slots > 0)
		memset(past.slot, 0, past.slots * sizeof(*past.slot));
	for (i = 0; i < v->count; i++) {
		r = &v->row[i];
		if (r->slot < past.slots)
			past.slot[r->slot] = (struct past){ r->pid, r->number,
			    r->traffic[SCOREBOARD_IN_BYTES], r->traffic[SCOREBOARD_OUT_BYTES] };
	}
	past.when = now;
	past.started = now - v->started;
	past.in = v->traffic[SCOREBOARD_IN_BYTES];
	past.out = v->traffic[SCOREBOARD_OUT_BYTES];
}

/*
 * Rates since the last look, if that was at the same server; of a new connection since its
 * beginning.
 */
static void
add_rates(struct status *v, uint64_t now)
{
	static const struct past none;
	const struct past *p;
	struct status_row *r;
	uint64_t ms;
	size_t i;

	v->has_rates = 1;
	if (past.when == 0 || now <= past.when || past.started != now - v->started)
		return;
	ms = now - past.when;
	v->rate_in = rate(v->traffic[SCOREBOARD_IN_BYTES], past.in, ms);
	v->rate_out = rate(v->traffic[SCOREBOARD_OUT_BYTES], past.out, ms);
	for (i = 0; i < v->count; i++) {
		r = &v->row[i];
		p = r->slot < past.slots ? &past.slot[r->slot] : &none;
		if (p->pid != r->pid || p->number != r->number)
			p = &none;
		r->rate_in = rate(r->traffic[SCOREBOARD_IN_BYTES], p->in, ms);
		r->rate_out = rate(r->traffic[SCOREBOARD_OUT_BYTES], p->out, ms);
	}
}

/* What there is to see at this moment, as text. */
static void
describe(FILE *out, const char *path, const struct ctl_options *o)
{
	uint64_t now = clock_now();
	enum ctl_server_state life;
	struct ctl_server s;
	struct status v;
	const char *why;

	life = ctl_server_open(&s, path, &why);
	if (life == CTL_SERVER_DEAD || life == CTL_SERVER_UNKNOWN) {
		(void)fprintf(out, "%s: %s\n", path, why);
	} else if (status_take(&v, &s.board, now) == 0) {
		add_rates(&v, now);
		remember(&v, s.board.slots, now);
		status_reduce(&v, &o->filter);
		(void)status_sort(&v, o->sort);
		status_print_head(out, &v, (long)ctl_server_master(&s));
		(void)fputs("\n", out);
		status_print_table(out, &v);
		status_free(&v);
	}
	ctl_server_close(&s);
}

/* Shows so much of a text as there is room for. */
static void
show(const char *text)
{
	unsigned lines, across, n;
	size_t len;

	measure(&lines, &across);
	(void)fputs(HOME, stdout);
	for (n = 0; *text != '\0' && n < lines; n++) {
		len = strcspn(text, "\n");
		(void)printf("%s%.*s" REST, n > 0 ? "\r\n" : "",
		    (int)(len < across ? len : across), text);
		text += len + (text[len] == '\n');
	}
	(void)fputs(BELOW, stdout);
	(void)fflush(stdout);
}

static int
draw(const char *path, const struct ctl_options *o)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return -1;
	describe(out, path, o);
	if (fclose(out) == 0 && text != NULL)
		show(text);
	free(text);
	return ferror(stdout) ? -1 : 0;
}

int
ctl_watch_run(const char *path, const struct ctl_options *o)
{
	struct timespec t = { (time_t)(o->interval / 1000), (long)(o->interval % 1000) * 1000000 };
	const char *terminal = getenv("TERM");
	sigset_t open;
	int result = 0;

	if (!isatty(STDOUT_FILENO) || terminal == NULL || strcmp(terminal, "dumb") == 0) {
		ctl_options_complain("status -w needs a terminal (without -w it can be a file)");
		return CTL_EXIT_UNKNOWN;
	}
	take_signals(&open);
	taken = 1;
	(void)fputs(ENTER, stdout);
	while (result == 0 && !ended) {
		result = draw(path, o);
		if (result == 0)
			(void)pselect(0, NULL, NULL, NULL, &t, &open);
	}
	leave();
	free(past.slot);
	return result == 0 ? CTL_EXIT_DONE : CTL_EXIT_UNKNOWN;
}
