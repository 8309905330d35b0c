/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef FRAMER_NAME_H
#define FRAMER_NAME_H

#include "module/framer.h"

/*
 * The name of a framing as it stands in a configuration: NAME, or NAME/text or NAME/binary, which
 * forces the type of all messages to the client.  Every place where a framing is named uses this
 * function.
 */
struct framer_name {
	const struct framer	*framer;
	ws_type			 type;
};

/*
 * Finds the framing with this name; name NULL means "auto".  A framing whose registered name is the
 * whole name is preferred.  Returns 0; or -1 with a sentence in *why that has the name, the names
 * of all framings and, if there is one, a similar name.  The sentence is valid until the next call.
 */
int	framer_name_find(struct framer_name *f, const char *name, const char **why);

/*
 * Checks the configuration text of the framing, which may be NULL.  Returns 0; or -1 with a
 * sentence in *why that has the text and the name of the framing.  The sentence is valid until the
 * next call of a function of this file.
 */
int	framer_name_check(const struct framer *f, const char *config, const char **why);

#endif
