/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef START_CHECK_H
#define START_CHECK_H

#include "conf/conf.h"

/*
 * Checks, for the option -t, settings whose values are valid but could not be used at a start now:
 * the addresses to listen on, and the directories of the log, the pid file and the status file.
 * Nothing is opened or written.  A missing directory is a fault for the log only, and otherwise
 * causes a warning, since service managers make the directories of /run just before the start.
 * Returns 0, or -1 after a message for each fault.
 */
int	start_check(const struct conf *conf);

/*
 * Logs what an ordinary user has to set in order to run a daemon: the default paths of the pid file
 * and of the status file are in a directory of root.
 */
void	start_check_advise(void);

#endif
