/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PROC_H
#define PROC_H

#include <sys/types.h>

/*
 * Facts about a process, read from /proc. Without /proc these functions fail the test, so a test
 * calls proc_is_available() first.
 */
int	proc_is_available(void);

/* Returns the number of open descriptors; 0 if the process has exited. */
unsigned proc_descriptors(pid_t pid);

/*
 * Sets the soft limit of descriptors of a running process with the program prlimit(1), because
 * there is no portable function. Returns 1, or 0 if that fails.
 */
int	proc_limit_descriptors(pid_t pid, unsigned n);

/*
 * proc_descriptor() returns the file or socket of an open descriptor, such as "socket:[12]";
 * proc_link() the target of a link in /proc/PID, such as "cwd" or "root". Both return "" if there
 * is none; the text is valid until the next call of either.
 */
const char *proc_descriptor(pid_t pid, int fd);
const char *proc_link(pid_t pid, const char *name);

/*
 * Returns the number of open descriptors below 256 whose target begins with kind, such as
 * "socket:" or "pipe:".
 */
unsigned proc_count(pid_t pid, const char *kind);

/*
 * Returns the letter of the process's state, such as 'T' for stopped and 'Z' for a zombie; 0 if
 * the process has exited or there is no /proc.
 */
int	proc_state(pid_t pid);

/* Returns 1 if the process has the three sockets of a worker with a session. */
int	proc_has_session(pid_t pid);

/*
 * Returns the value of a line "Name: value" in /proc/PID/status; "" if the process has exited.
 * The text is valid until the next call.
 */
const char *proc_status(pid_t pid, const char *name);

/* Returns the virtual memory for data, in KiB: allocated memory, touched or not. */
unsigned long proc_memory(pid_t pid);

#endif
