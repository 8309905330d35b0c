/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef API_H
#define API_H

/*
 * The functions that modules may call are declared in websocksy.h; this is for those who
 * call modules.
 */

/* Whether a module has made a mistake since the last call, such as naming an unknown framing. */
int	api_faulted(void);

/* How many framings modules have registered so far, those that others have replaced among them. */
unsigned api_registered(void);

#endif
