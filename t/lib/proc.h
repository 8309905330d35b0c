/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PROC_H
#define PROC_H

#include <sys/types.h>

/*
 * Facts about a process, read from /proc. Where there is no /proc the test fails, so a test asks
 * proc_is_available() first.
 */
int	proc_is_available(void);

/* The number of open descriptors; 0 if the process is gone. */
unsigned proc_descriptors(pid_t pid);

/*
 * Sets the soft limit of descriptors of a running process, for which there is no portable way: it
 * needs prlimit(1). Returns 1, or 0 if that fails.
 */
int	proc_limit_descriptors(pid_t pid, unsigned n);

/*
 * The file or socket of an open descriptor, such as "socket:[12]", and the target of a link in
 * /proc/PID, such as "cwd" or "root". "" if there is none. Valid until the next call of either.
 */
const char *proc_descriptor(pid_t pid, int fd);
const char *proc_link(pid_t pid, const char *name);

/*
 * The number of open descriptors below 256 whose target begins with kind, such as "socket:" or
 * "pipe:".
 */
unsigned proc_count(pid_t pid, const char *kind);

/*
 * The letter of the process's state, such as 'T' for stopped and 'Z' for a zombie; 0 if the
 * process is gone or there is no /proc.
 */
int	proc_state(pid_t pid);

/* Returns 1 if the process has the three sockets of a worker with a session. */
int	proc_has_session(pid_t pid);

/*
 * The value of a line "Name: value" in /proc/PID/status; "" if the process is gone. Valid until
 * the next call.
 */
const char *proc_status(pid_t pid, const char *name);

/* Virtual memory for data, in KiB: what the process has asked for, touched or not. */
unsigned long proc_memory(pid_t pid);

#endif
