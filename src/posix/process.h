/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PROCESS_H
#define PROCESS_H

#include <sys/types.h>

/*
 * The parent of a process, as the system tells: from /proc where that is a file, else from ps(1).
 * 0 if there is no such process, or it cannot be told.
 */
pid_t	process_parent(pid_t pid);

#endif
