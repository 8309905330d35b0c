/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H

#include "ctl/ctl_options.h"
#include "ctl/ctl_server.h"

/*
 * The exit status of websocksyctl.  Monitoring systems interpret the status of the command check
 * as ok, warning, critical or unknown.
 */
enum ctl_exit {
	CTL_EXIT_OK,
	/*
	 * A reload was refused, a command was not done in time, or there was no connection to
	 * close; of check: the server is full, or accepts no more clients.
	 */
	CTL_EXIT_FAILED,
	CTL_EXIT_DOWN,		/* the server does not run */
	CTL_EXIT_ERROR		/* invalid command line or file, out of memory */
};

/*
 * The commands that act on a running server.  Each function prints a result or an error message,
 * and returns the exit status.
 */
int	ctl_commands_status(const struct ctl_server *s, const struct ctl_options *o);
int	ctl_commands_check(const struct ctl_server *s);
int	ctl_commands_close(const struct ctl_server *s, const struct ctl_options *o);
int	ctl_commands_drain(const struct ctl_server *s);
int	ctl_commands_reload(const struct ctl_server *s, const struct ctl_options *o);
int	ctl_commands_stop(const struct ctl_server *s, const struct ctl_options *o);

#endif
