/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CTL_WATCH_H
#define CTL_WATCH_H

#include "ctl/ctl_options.h"

/*
 * Runs the live view of status -w: draws the status at intervals of o->interval until a signal
 * ends the view, and restores the terminal.  path is the path of the status file.  Returns the
 * exit status.
 */
int	ctl_watch_run(const char *path, const struct ctl_options *o);

/*
 * Must be called once, before a status file is opened.  Sets a handler for SIGBUS, which is sent
 * if another process truncates the file while it is mapped.  The handler restores the terminal,
 * prints a message and exits.
 */
void	ctl_watch_init(void);

#endif
