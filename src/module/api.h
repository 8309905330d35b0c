/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef API_H
#define API_H

/*
 * api.c contains the functions that modules may call, which websocksy.h declares.  The functions
 * below are for the code that calls modules.
 */

/*
 * Returns whether a module has made an error, such as naming an unknown framing, since the last
 * call of api_faulted().  The error has been logged.
 */
int	api_faulted(void);

/* Returns the number of framings that modules have registered so far, including replaced ones. */
unsigned api_registered(void);

#endif
