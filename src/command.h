/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef COMMAND_H
#define COMMAND_H

#include "order.h"
#include "server.h"

/* The exit status of websocksyctl; those of check are what monitoring systems know. */
enum command_status {
	COMMAND_DONE,
	COMMAND_NOT_DONE,	/* refused, not in time, nothing to close; check: no room */
	COMMAND_DEAD,		/* the server does not run */
	COMMAND_UNKNOWN		/* wrong usage, or it cannot be told */
};

/*
 * Each does what its name says to a server that has been opened and lives, prints the outcome, and
 * returns the exit status.
 */
int	command_check(const struct server *s);
int	command_close(const struct server *s, const struct order *o);
int	command_drain(const struct server *s);
int	command_reload(const struct server *s, const struct order *o);
int	command_stop(const struct server *s, const struct order *o);

#endif
