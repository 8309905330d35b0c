/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/pages.h"
#include "module/guard.h"

#define STACK		(64 * 1024)	/* bytes; stack of the handlers after a stack overflow */
#define TICKS		4		/* the process ends at this many timer signals in one call */
#define END_SECONDS	2		/* s; after this time SIGALRM ends the process */
#define TOO_LATE	"did not return in time (setting: module-timeout)"

static volatile uint64_t deadline = CLOCK_NEVER;	/* set by guard_deadline() */
static const char *volatile module_now;
static const char *volatile call_now;
static volatile sig_atomic_t serial;	/* differs between one call of a module and the next */
static void (*volatile client_hook)(int late);
static int ready;

/*
 * Logs the failure of a module, notifies the client and ends the process.  The module may have left
 * locks locked, also inside the C library.  If this function blocks on a lock, SIGALRM ends the
 * process.
 */
static void
end_process(const char *how, int number, int late)
{
	static volatile sig_atomic_t dying;
	const char *module = module_now;
	char text[256];
	sigset_t set;

	if (dying)
		_exit(EXIT_FAILURE);
	dying = 1;
	(void)signal(SIGALRM, SIG_DFL);
	(void)alarm(END_SECONDS);
	(void)signal(number, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigaddset(&set, number);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	module_now = NULL;
	(void)snprintf(text, sizeof(text), "module %s %s in %s", module, how, call_now);
	log_line(LOG_LEVEL_ERROR, text);
	if (client_hook != NULL)
		client_hook(late);
	(void)raise(number);
	_exit(EXIT_FAILURE);
}

static void
on_fault(int number)
{
	char how[64];

	if (module_now == NULL) {
		/*
		 * The fault is not in a module: after the return it happens again and ends the
		 * process.
		 */
		(void)signal(number, SIG_DFL);
		(void)raise(number);
		return;
	}
	(void)snprintf(how, sizeof(how), "crashed (signal %d)", number);
	end_process(how, number, 0);
}

static void
on_alarm(int number)
{
	(void)number;
	/* The signal may come from another process, so compare the time with the deadline. */
	if (module_now != NULL && clock_now() >= deadline)
		end_process(TOO_LATE, SIGABRT, 1);
}

static void
on_tick(int number)
{
	static sig_atomic_t seen, ticks;

	(void)number;
	if (module_now == NULL || seen != serial) {
		seen = serial;
		ticks = 0;
	} else if (++ticks >= TICKS) {
		end_process(TOO_LATE, SIGABRT, 1);
	}
}

static void
on_exit_called(void)
{
	if (module_now != NULL)
		end_process("called exit()", SIGABRT, 0);
}

static void
handle(int number, void (*handler)(int), int flags)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	action.sa_flags = SA_ONSTACK | flags;
	sigfillset(&action.sa_mask);
	(void)sigaction(number, &action, NULL);
}

void
guard_init(void)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	stack_t stack;
	size_t i;

	if (ready)
		return;
	ready = 1;
	memset(&stack, 0, sizeof(stack));
	stack.ss_sp = pages_get(STACK);
	stack.ss_size = STACK;
	if (stack.ss_sp != NULL)
		(void)sigaltstack(&stack, NULL);
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		handle(faults[i], on_fault, 0);
	handle(SIGALRM, on_alarm, 0);
	handle(SIGPROF, on_tick, SA_RESTART);
	(void)atexit(on_exit_called);
}

void
guard_set_notify_client(void (*notify_client)(int late))
{
	client_hook = notify_client;
}

static struct timeval
timeval_of(uint64_t ms)
{
	struct timeval t;

	t.tv_sec = (time_t)(ms / 1000);
	t.tv_usec = (suseconds_t)(ms % 1000) * 1000;
	return t;
}

void
guard_watch(uint64_t ms)
{
	struct itimerval timer;

	if (!ready || ms == 0)
		return;
	timer.it_value = timer.it_interval = timeval_of(ms / TICKS > 0 ? ms / TICKS : 1);
	(void)setitimer(ITIMER_PROF, &timer, NULL);
}

void
guard_deadline(uint64_t ms)
{
	struct itimerval timer;

	if (!ready)
		return;
	memset(&timer, 0, sizeof(timer));
	timer.it_value = timeval_of(ms);
	deadline = clock_after(clock_now(), ms);
	(void)setitimer(ITIMER_REAL, &timer, NULL);
}

uint64_t
guard_end(void)
{
	return deadline;
}

void
guard_enter(struct guard *before, const char *module, const char *call)
{
	before->module = module_now;
	before->call = call_now;
	call_now = call;
	module_now = module;
	serial = (serial + 1) & 0xffff;
}

void
guard_leave(const struct guard *before)
{
	module_now = before->module;
	call_now = before->call;
	serial = (serial + 1) & 0xffff;
}

const char *
guard_module(void)
{
	return module_now;
}
