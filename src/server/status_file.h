/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef STATUS_FILE_H
#define STATUS_FILE_H

#include "server/reload.h"
#include "status/scoreboard.h"

/*
 * The file of the scoreboard.  It is created at startup; adopted, extended or renamed by a
 * reload; replaced if its layout has changed; and removed when the server stops.
 */

/*
 * Maps the scoreboard in `before`, which an earlier master has handed over; creates one if
 * `before` is NULL.  path is the name of the file, kept by reference; NULL: no name.  slots is
 * the wanted number of slots; b->slots is the resulting number: more if the adopted file has
 * more, or fewer, after a message, if the adopted file cannot grow.  Returns 0, or -1 after a
 * message.
 */
int	status_file_open(struct scoreboard *b, const char *path, unsigned slots,
	    const struct reload *before);

/* Returns the path of the file, or NULL if the file has no name. */
const char *status_file_path(void);

/*
 * Removes the name of the file if it is still the file of this server.  The scoreboard stays
 * open: the lock on its file shows that the server runs, and is released when the process exits.
 */
void	status_file_remove(const struct scoreboard *b);

#endif
