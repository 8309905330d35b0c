/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CORE_H
#define CORE_H

/*
 * The functions that modules may call are declared in websocksy.h; this is for those who
 * call modules.
 */

/* Whether a module has made a mistake since the last call, such as naming an unknown framing. */
int	core_faulted(void);

/* How many framings modules have registered so far, those that others have replaced among them. */
unsigned core_registered(void);

#endif
