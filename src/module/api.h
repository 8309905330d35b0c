/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef API_H
#define API_H

/*
 * api.c has the functions that modules may call; websocksy.h declares them.  The functions
 * below are for the code that calls modules.
 */

/*
 * Returns whether a module has made an error since the last call of this function, such as
 * naming an unknown framing.  The error has been logged.
 */
int	api_faulted(void);

/* Returns how many framings modules have registered so far, including replaced ones. */
unsigned api_registered(void);

#endif
