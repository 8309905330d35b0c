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
 * Starts and stops the real program for behaviour tests, and reads its log and its processes.
 *
 * The program's path is in the environment variable WEBSOCKSY (otherwise ./websocksy), that of
 * the echo peer in ECHO (otherwise ./t/tools/echo).
 *
 * Each program runs in a temporary directory of its own, with its standard error in a file there.
 * A failure ends the test (expect.h). Check then kills the programs that the test has started,
 * which are in the test's process group. At the end of the test case the logs of failed tests are
 * printed on standard error.
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
	pid_t	 pid;		/* pid of the program; 0 after it was reaped */
	int	 status;	/* status from waitpid() */
	int	 port;		/* port of the program, once it listens */
	int	 out;		/* read end of the pipe from standard output, or -1 */
	char	 dir[256];	/* working directory, which harness_stop() removes */
	char	 log[280];	/* path of the file with standard error */
	int	 deaths;	/* 1: the test expects workers to be killed or to crash */
	size_t	 mark;		/* offset in the log at which searches begin */
	char	*text;		/* copy of the log */
};

/*
 * Makes a test case and adds it to the suite. Every test that uses this library belongs to such a
 * case. seconds is the time limit of each of its tests.
 */
TCase	*harness_case(Suite *s, const char *name, double seconds);

/*
 * For the files of this library only. harness_directory() creates a directory for the test case
 * and stores its path in dir; harness_case_add() and harness_case_forget() maintain the list of
 * running programs; harness_remove() removes a directory with its files.
 */
void	harness_directory(char *dir, size_t size);
void	harness_case_add(struct harness *h);
void	harness_case_forget(const struct harness *h);
void	harness_remove(const char *dir);

/* -- starting -- */

/*
 * Starts the program, and does not wait. args are its arguments, the last one NULL, without the
 * program's name. fds are its descriptors 0 to 2; in place of a descriptor -1, or of all three if
 * fds is NULL, the program gets /dev/null, a pipe to h->out, and the log file. Unless the first
 * argument is no option or is -t, -T, -h or -V, this function puts other arguments before args:
 * as root -o user=root, which must come first, the module directory (harness_modules()), and
 * settings for valgrind.
 */
void	harness_spawn(struct harness *h, const char *const *args, const int fds[3]);

/*
 * Returns the absolute path of the build directory: the environment variable top_builddir, or the
 * current directory.
 */
const char *harness_build_directory(void);

/*
 * Returns 1 if the test runs as root, but another user can change the file: in a checkout that
 * belongs to that user.
 */
int	harness_is_foreign(const char *path);

/*
 * Returns the module directory for the program: the environment variable WS_MODULES, or the
 * module directory of the build; a copy of it if another user can change that. If WS_MODULES is
 * empty, returns NULL: the program uses its default.
 */
const char *harness_modules(void);

/* Starts the program and waits until it has printed its port. */
void	harness_start(struct harness *h, const char *const *args);

/*
 * Starts the usual bridge: it listens on 127.0.0.1, port 0, and its peer is tcp://127.0.0.1:peer.
 * More arguments may follow, the last one NULL. harness_vbridge() takes them as a va_list.
 */
void	harness_bridge(struct harness *h, int peer, ...) __attribute__((sentinel));
void	harness_vbridge(struct harness *h, int peer, va_list ap);

/* Like harness_bridge(), for any peer, such as "unix:///tmp/x" or "udp://127.0.0.1:53". */
void	harness_bridge_to(struct harness *h, const char *peer, ...) __attribute__((sentinel));

/* Starts the echo peer with these arguments, the last one NULL; h->port is its port. */
void	harness_echo(struct harness *h, ...) __attribute__((sentinel));

/*
 * Returns a path for a file or socket of the test, in a directory that is removed at the end of
 * the test case. The path is valid until the eighth call after this one.
 */
const char *harness_scratch(const char *name);

/*
 * From this call on until harness_unwrap(), programs are started by a shell script: the script
 * runs `lines`, and then executes the program with `words` before the program's name and
 * `redirections` after its arguments.
 */
void	harness_wrap(const char *lines, const char *words, const char *redirections);
void	harness_unwrap(void);

/*
 * Like harness_wrap(); the program also gets a private hosts file with the contents `text`.
 * Returns 1; if the system does not allow this (with unshare -rm), returns 0 and does nothing.
 */
int	harness_wrap_hosts(const char *text);

/* A hosts file for harness_wrap_hosts(), in which the name "several" has three addresses. */
#define HARNESS_SEVERAL	"127.0.0.1 localhost\n127.0.0.1 several\n127.0.0.2 several\n::1 several\n"

/* Arguments for a pool of one idle worker, without spare ones. */
#define HARNESS_ONE_WORKER	"-o", "start-workers=1", "-o", "min-spare=1", "-o", "max-spare=1"

/*
 * Appends the arguments in ap, the last one NULL, to args, which has n elements. Fails if there
 * are more than `max` with the NULL. Returns the number of arguments.
 */
unsigned harness_add_args(const char **args, unsigned n, unsigned max, va_list ap);

/* -- stopping -- */

/*
 * Sends TERM. The program must exit with status 0, no child may be left, and the log may have
 * neither a line about a failed worker (unless h->deaths) nor a report of a sanitizer. Calls
 * harness_clean().
 */
void	harness_stop(struct harness *h);

/* Removes the program's directory and frees the members of h, after the exit of the program. */
void	harness_clean(struct harness *h);

void	harness_signal(struct harness *h, int signal);

/*
 * Waits until the program exits; returns its exit status, or 128 + the number of the signal that
 * ended it.
 */
int	harness_wait(struct harness *h, int ms);

/* -- standard output and log -- */

/*
 * Reads and returns the next line of standard output, without its newline. End of file fails the
 * test.
 */
void	harness_line(struct harness *h, char *out, size_t size);

/*
 * Runs the program with these arguments until it exits, as harness_spawn() and harness_wait() do.
 * Copies standard output to out, as a string. Returns the exit status.
 */
int	harness_output(struct harness *h, const char *const *args, char *out, size_t size);

/*
 * Returns the text of the log from the mark on; valid until the next function that reads the log.
 */
const char *harness_log_text(struct harness *h);

/*
 * Waits until a line of the log after the mark contains text. Returns that line, valid until the
 * next function that reads the log.
 */
const char *harness_log(struct harness *h, const char *text, int ms);

/*
 * Waits for the log line that the program listens on this address, in the notation of the log,
 * and returns the port.
 */
int	harness_logged_port(struct harness *h, const char *address);

/* Returns the number of lines after the mark that contain text. */
unsigned harness_log_count(struct harness *h, const char *text);

/* Waits until at least n lines after the mark contain text. */
void	harness_log_times(struct harness *h, const char *text, unsigned n, int ms);

/* Moves the mark to the present end of the log. */
void	harness_log_mark(struct harness *h);

/* -- processes -- */

/* Returns the number of children of a process, and stores up to max of their pids. */
unsigned harness_children(pid_t parent, pid_t *pids, unsigned max);

/* Waits until the program has at least `least` and at most `most` children. */
void	harness_expect_workers(const struct harness *h, unsigned least, unsigned most);

/* Waits until a process has exited, even if its parent has not reaped it. */
void	harness_expect_gone(pid_t pid, int ms);

/*
 * Returns the largest resident set among the program's children, in KiB, including memory that a
 * child shares with the master; 0 if there is no /proc.
 */
unsigned long harness_memory(const struct harness *h);

/* Fails if harness_memory() now returns more than before + more KiB. */
void	harness_expect_memory(const struct harness *h, unsigned long before, unsigned long more);

/*
 * Returns the largest amount of memory that one child has written to and shares with no process,
 * in KiB; 0 if there is no /proc.
 */
unsigned long harness_own_memory(const struct harness *h);

/* Returns the processor time of the program and its children so far, in ms; -1 without /proc. */
long	harness_cpu(const struct harness *h);

/* Returns the processor time of one process, in ms; -1 without /proc. */
long	harness_cpu_of(pid_t pid);

#endif
