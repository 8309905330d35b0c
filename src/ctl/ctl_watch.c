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

/* Control sequences of ECMA-48, and of xterm for the alternate screen and the cursor. */
#define ENTER_SCREEN	"\033[?1049h\033[?25l"	/* alternate screen, cursor hidden */
#define LEAVE_SCREEN	"\033[?25h\033[?1049l"
#define CURSOR_HOME	"\033[H"
#define ERASE_LINE	"\033[K"		/* from the cursor to the end of the line */
#define ERASE_BELOW	"\033[J"		/* from the cursor to the end of the screen */

/* The traffic of a connection, or the sum over all, at the previous display. */
struct previous {
	uint64_t	pid, served;	/* id of the connection in the slot */
	uint64_t	traffic[SCOREBOARD_TRAFFIC];
};

static struct {
	uint64_t	 when;		/* clock_now() of the previous display; 0: none */
	uint64_t	 started;	/* status.head.started of the server */
	struct previous	 totals;
	struct previous	*slot;
	unsigned	 slots;
} previous;

static volatile sig_atomic_t ended;	/* 1: a signal has ended the view */
static volatile sig_atomic_t entered;	/* 1: the terminal shows the alternate screen */

static void
on_signal(int number)
{
	/* SIGWINCH and SIGCONT only interrupt the wait, so that the view is drawn again. */
	if (number != SIGCHLD && number != SIGCONT
#if defined(SIGWINCH)
	    && number != SIGWINCH
#endif
	    )
		ended = 1;
}

/* Restores the terminal.  May be called by a signal handler. */
static void
leave_screen(void)
{
	if (entered && write(STDOUT_FILENO, LEAVE_SCREEN, sizeof(LEAVE_SCREEN) - 1) == -1)
		_exit(CTL_EXIT_ERROR);
	entered = 0;
}

static void
on_bus(int number)
{
	static const char text[] = "websocksyctl: the status file was truncated while in use\n";

	(void)number;
	leave_screen();
	if (write(STDERR_FILENO, text, sizeof(text) - 1) == -1)
		_exit(CTL_EXIT_ERROR);
	_exit(CTL_EXIT_ERROR);
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

/*
 * Blocks the signals that end the view or cause it to be drawn again.  *open is the signal mask
 * for the wait, which does not block these signals.
 */
static void
block_signals(sigset_t *open)
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
from_environment(const char *name, unsigned fallback)
{
	const char *text = getenv(name);
	uint64_t number;

	if (text == NULL || scan_number(text, 1, 10000, &number) == -1)
		return fallback;
	return (unsigned)number;
}

/* Gets the size of the terminal in characters. */
static void
get_size(unsigned *lines, unsigned *columns)
{
#if defined(TIOCGWINSZ)
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
		*lines = size.ws_row;
		*columns = size.ws_col;
		return;
	}
#endif
	*lines = from_environment("LINES", 24);
	*columns = from_environment("COLUMNS", 80);
}

static void
remember_row(struct previous *p, const struct status_row *r)
{
	unsigned i;

	p->pid = (uint64_t)r->copy.pid;
	p->served = r->copy.served;
	for (i = 0; i < SCOREBOARD_TRAFFIC; i++)
		p->traffic[i] = r->copy.traffic[i];
}

static void
remember(const struct status *status, unsigned slots)
{
	const struct status_row *r;
	size_t i;

	if (slots > previous.slots) {
		free(previous.slot);
		previous.slot = calloc(slots, sizeof(*previous.slot));
		previous.slots = previous.slot != NULL ? slots : 0;
	}
	if (previous.slots > 0)
		memset(previous.slot, 0, previous.slots * sizeof(*previous.slot));
	for (i = 0; i < status->count; i++) {
		r = &status->row[i];
		if (r->slot < previous.slots)
			remember_row(&previous.slot[r->slot], r);
	}
	remember_row(&previous.totals, &status->totals);
	previous.when = status->now;
	previous.started = status->head.started;
}

static void
set_rates(struct status_row *r, const struct previous *p, uint64_t ms)
{
	uint64_t now;
	unsigned i;

	for (i = 0; i < SCOREBOARD_TRAFFIC; i++) {
		now = r->copy.traffic[i];
		r->rate[i] = now > p->traffic[i] ? (now - p->traffic[i]) * 1000 / ms : 0;
	}
}

/*
 * Sets the rates since the previous display, if it showed the same server.  The previous traffic
 * of a new connection is taken as 0.
 */
static void
add_rates(struct status *status)
{
	static const struct previous none;
	const struct previous *p;
	struct status_row *r;
	uint64_t ms;
	size_t i;

	status->has_rates = 1;
	if (previous.when == 0 || status->now <= previous.when ||
	    previous.started != status->head.started)
		return;
	ms = status->now - previous.when;
	set_rates(&status->totals, &previous.totals, ms);
	for (i = 0; i < status->count; i++) {
		r = &status->row[i];
		p = r->slot < previous.slots ? &previous.slot[r->slot] : &none;
		if (p->pid != (uint64_t)r->copy.pid || p->served != r->copy.served)
			p = &none;
		set_rates(r, p, ms);
	}
}

/* Prints the present status. */
static void
print_status(FILE *out, const char *path, const struct ctl_options *o)
{
	enum ctl_server_state state;
	struct ctl_server s;
	struct status status;
	const char *why;

	state = ctl_server_open(&s, path, &why);
	if (state == CTL_SERVER_DOWN || state == CTL_SERVER_UNKNOWN) {
		(void)fprintf(out, "%s: %s\n", path, why);
	} else if (status_take(&status, &s.board, clock_now()) == 0) {
		add_rates(&status);
		remember(&status, s.board.slots);
		status_reduce(&status, &o->filter);
		(void)status_sort(&status, o->sort);
		status_print_head(out, &status);
		(void)fputs("\n", out);
		status_print_table(out, &status);
		status_free(&status);
	}
	ctl_server_close(&s);
}

/* Writes a text to the screen, cut to the size of the terminal. */
static void
show_text(const char *text)
{
	unsigned lines, columns, n;
	size_t len;

	get_size(&lines, &columns);
	(void)fputs(CURSOR_HOME, stdout);
	for (n = 0; *text != '\0' && n < lines; n++) {
		len = strcspn(text, "\n");
		(void)printf("%s%.*s" ERASE_LINE, n > 0 ? "\r\n" : "",
		    (int)(len < columns ? len : columns), text);
		text += len + (text[len] == '\n');
	}
	(void)fputs(ERASE_BELOW, stdout);
	(void)fflush(stdout);
}

/* Draws the view.  Returns 0, or -1 if out of memory or if the terminal cannot be written to. */
static int
draw(const char *path, const struct ctl_options *o)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return -1;
	print_status(out, path, o);
	if (fclose(out) == 0 && text != NULL)
		show_text(text);
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
		ctl_options_error("status -w needs a terminal, and TERM must name it "
		    "(without -w the output can be a file)");
		return CTL_EXIT_ERROR;
	}
	block_signals(&open);
	entered = 1;
	(void)fputs(ENTER_SCREEN, stdout);
	while (result == 0 && !ended) {
		result = draw(path, o);
		if (result == 0)
			(void)pselect(0, NULL, NULL, NULL, &t, &open);
	}
	leave_screen();
	free(previous.slot);
	return result == 0 ? CTL_EXIT_OK : CTL_EXIT_ERROR;
}
