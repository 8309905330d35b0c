/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H

#include "ctl/ctl_options.h"
#include "ctl/ctl_server.h"

/* The exit status of websocksyctl; those of check are what monitoring systems know. */
enum ctl_exit {
	CTL_EXIT_DONE,
	CTL_EXIT_NOT_DONE,	/* refused, not in time, nothing to close; check: no room */
	CTL_EXIT_DEAD,		/* the server does not run */
	CTL_EXIT_UNKNOWN		/* wrong usage, or it cannot be told */
};

/*
 * Each does what its name says to a server that has been opened and lives, prints the outcome, and
 * returns the exit status.
 */
int	ctl_commands_check(const struct ctl_server *s);
int	ctl_commands_close(const struct ctl_server *s, const struct ctl_options *o);
int	ctl_commands_drain(const struct ctl_server *s);
int	ctl_commands_reload(const struct ctl_server *s, const struct ctl_options *o);
int	ctl_commands_stop(const struct ctl_server *s, const struct ctl_options *o);

#endif
