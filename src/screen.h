/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef SCREEN_H
#define SCREEN_H

#include "order.h"

/*
 * The live view of status -w: draws what there is, again and again, until a signal ends it, and
 * then gives the terminal back as it was.  Returns the exit status.
 */
int	screen_run(const char *path, const struct order *o);

/*
 * Once, before a status file is looked at: if somebody cuts it short meanwhile, which takes its
 * memory away, the program ends with a message, and with the terminal as it was.
 */
void	screen_init(void);

#endif
