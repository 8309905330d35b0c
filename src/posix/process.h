/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PROCESS_H
#define PROCESS_H

#include <sys/types.h>

/*
 * Returns the pid of the parent of a process, read from /proc/PID/stat on systems that have this
 * file, otherwise from ps(1).  Returns 0 if the process does not exist or its parent cannot be
 * determined.
 */
pid_t	process_parent(pid_t pid);

#endif
