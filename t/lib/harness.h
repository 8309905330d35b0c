/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef HARNESS_H
#define HARNESS_H

#include <check.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/*
 * Starts and stops the real program for behaviour tests.
 *
 * The program's path is in WEBSOCKSY (else ./websocksy), that of the echo peer
 * in ECHO (else t/echo).
 *
 * Each program runs in a temporary directory of its own, with its standard
 * error in a file there.  Failures end the test (expect.h).  Check then kills
 * what the test has started (it is in the same process group), and the logs
 * that are left are shown on standard error at the end of the test case.
 *
 *	struct harness h;
 *	int listener, port;
 *
 *	listener = sock_listen(&port);
 *	harness_bridge(&h, port, "-o", "ping=200ms", NULL);
 *	... client_open(&c, h.port, "/") ... sock_accept(listener, EXPECT_MS) ...
 *	harness_stop(&h);
 */
struct harness {
	pid_t	 pid;		/* of the program started; 0 when it has been waited for */
	int	 status;	/* as waitpid() gave it */
	int	 port;		/* where it listens (harness_start() and after) */
	int	 out;		/* the read end of its standard output, or -1 */
	char	 dir[256];	/* its working directory, removed by harness_stop() */
	char	 log[280];	/* the file with its standard error */
	int	 deaths;	/* to be set after the start by a test in which workers die */
	size_t	 mark;		/* where harness_log() begins to look */
	char	*text;		/* what was read of it */
};

/*
 * Makes a test case and adds it to the suite; every test of this library
 * belongs to one.  seconds: the time limit of each of its tests.
 */
TCase	*harness_case(Suite *s, const char *name, double seconds);

/*
 * For this library: a new directory of the test case; those programs that run;
 * the end of a directory.
 */
void	harness_directory(char *dir, size_t size);
void	harness_case_add(struct harness *h);
void	harness_case_forget(const struct harness *h);
void	harness_remove(const char *dir);

/* -- starting -- */

/*
 * Starts the program with these arguments (NULL behind the last, the program's
 * name not among them) and waits for nothing.  fds, unless NULL, are its
 * descriptors 0 to 2; -1 in it, or NULL, stands for /dev/null, a pipe to
 * h->out, and the log file.
 */
void	harness_spawn(struct harness *h, const char *const *args, const int fds[3]);

/* Starts it and waits until it has printed its port. */
void	harness_start(struct harness *h, const char *const *args);

/*
 * The usual bridge: listens on 127.0.0.1, port 0, in front of
 * tcp://127.0.0.1:peer.  More arguments may follow, then NULL.
 */
void	harness_bridge(struct harness *h, int peer, ...) __attribute__((sentinel));
void	harness_vbridge(struct harness *h, int peer, va_list ap);

/* The same in front of any peer, such as "unix:///tmp/x" or "udp://127.0.0.1:53". */
void	harness_bridge_to(struct harness *h, const char *peer, ...) __attribute__((sentinel));

/* The echo peer with these arguments; h->port is its port. */
void	harness_echo(struct harness *h, ...) __attribute__((sentinel));

/*
 * A path for a file or socket of the test's own, in a directory that goes at
 * the end of the test case.  Good until the eighth call after this one.
 */
const char *harness_scratch(const char *name);

/*
 * From now on the program is started by a shell, which runs these lines first,
 * puts words before the program's name, and redirections behind its arguments;
 * until harness_unwrap().
 */
void	harness_wrap(const char *lines, const char *words, const char *redirections);
void	harness_unwrap(void);

/*
 * The same with a hosts file of the program's own; 0 and nothing done where the
 * system does not let us.
 */
int	harness_wrap_hosts(const char *text);

/* -- stopping -- */

/*
 * TERM; the program must exit with status 0, all its children with it, and its
 * log may not tell of dead workers (unless h->deaths) or of what sanitizers
 * find.  Removes its directory.
 */
void	harness_stop(struct harness *h);

/* Only the last part: for a program that has ended (harness_wait()). */
void	harness_clean(struct harness *h);

void	harness_signal(struct harness *h, int signal);

/* Waits until the program ends; returns its exit status, or 128 + the signal that ended it. */
int	harness_wait(struct harness *h, int ms);

/* -- standard output and log -- */

/* The next line of standard output, without its newline; fails at its end. */
void	harness_line(struct harness *h, char *out, size_t size);

/* All of the log since the mark. */
const char *harness_log_text(struct harness *h);

/*
 * Waits until the log has a line that contains text, looking from the mark on;
 * returns that line, good until the next call.
 */
const char *harness_log(struct harness *h, const char *text, int ms);

/* How many lines since the mark contain text. */
unsigned harness_log_count(struct harness *h, const char *text);

/* Waits until that many do. */
void	harness_log_times(struct harness *h, const char *text, unsigned n, int ms);

/* Puts the mark behind what is there now. */
void	harness_log_mark(struct harness *h);

/* -- processes -- */

/* The children of a process; how many there are, of which at most max are stored. */
unsigned harness_children(pid_t parent, pid_t *pids, unsigned max);

/* Waits until the program has at least `least` and at most `most` children. */
void	harness_expect_workers(const struct harness *h, unsigned least, unsigned most);

/* Waits until a process has ended, whether or not its parent has noticed. */
void	harness_expect_gone(pid_t pid, int ms);

/*
 * The largest resident set among the program's children, in KiB; 0 where /proc
 * does not tell.  Memory that they share with the master counts in each.
 */
unsigned long harness_memory(const struct harness *h);

/* The same, but only pages that one of them has written to and shares with nobody. */
unsigned long harness_own_memory(const struct harness *h);

/*
 * Processor time that the program and its children have used so far, in ms; -1
 * where /proc does not tell.
 */
long	harness_cpu(const struct harness *h);

/* That of one process alone. */
long	harness_cpu_of(pid_t pid);

#endif
