/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CTL_WATCH_H
#define CTL_WATCH_H

#include "ctl/ctl_options.h"

/*
 * The live view of status -w: draws what there is, again and again, until a signal ends it, and
 * then gives the terminal back as it was.  Returns the exit status.
 */
int	ctl_watch_run(const char *path, const struct ctl_options *o);

/*
 * Once, before a status file is looked at: if somebody cuts it short meanwhile, which takes its
 * memory away, the program ends with a message, and with the terminal as it was.
 */
void	ctl_watch_init(void);

#endif
