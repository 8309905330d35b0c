/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef STATUS_FILE_H
#define STATUS_FILE_H

#include "server/reload.h"
#include "status/scoreboard.h"

/*
 * The file of the scoreboard over the life of a server: created at the start, adopted, made longer
 * or renamed by a reload, replaced if its layout has changed, removed at the end.
 */

/*
 * Maps the scoreboard that an earlier master has handed over, or creates one if before is NULL.
 * path: the name of the file, NULL: none; kept by reference.  slots: how many are wanted; b->slots
 * is larger if the adopted file has more, and smaller, after a message, if that cannot grow.
 * Returns 0, or -1 after a message.
 */
int	status_file_open(struct scoreboard *b, const char *path, unsigned slots,
	    const struct reload *before);

/* Returns the path that the file has, NULL if it has no name. */
const char *status_file_path(void);

/*
 * Removes the name of the file if it is still this server's file.  The scoreboard stays open: the
 * lock on it shows that the server lives, and is released when the process exits.
 */
void	status_file_remove(const struct scoreboard *b);

#endif
