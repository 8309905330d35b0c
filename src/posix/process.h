/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PROCESS_H
#define PROCESS_H

#include <sys/types.h>

/*
 * Returns the parent of a process, read from /proc/PID/stat where the system has that,
 * otherwise from ps(1).  Returns 0 if there is no such process or its parent cannot be found
 * out.
 */
pid_t	process_parent(pid_t pid);

#endif
