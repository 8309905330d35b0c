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

/*
 * Returns the option names that a module has passed to core_backend_options() since the last call
 * of this function; NULL if none has.
 */
const char *const *api_take_options(void);

/*
 * Sets the place of the option that is being configured, such as "file:12", which is logged before
 * the messages of the module; NULL after the option.  api_place() returns it.
 */
void	api_set_place(const char *place);
const char *api_place(void);

/* -- the auxiliary process that a module has asked for -- */

/* Returns the name of that module; NULL if no module has asked for an auxiliary process. */
const char *api_auxiliary(void);

/*
 * Runs the job of the module, in the auxiliary process; fd is its end of the socket pair.  Returns
 * the exit status of the process.
 */
int	api_run_auxiliary(int fd);

/*
 * Sets the workers' end of the socket pair, with which core_ask() asks; -1, as at first: there is
 * no auxiliary process.
 */
void	api_set_auxiliary(int fd);

/* Closes that end, in a worker that will ask no more questions. */
void	api_close_auxiliary(void);

/*
 * Sets the request about which a backend is asked, whose secrets are then left out of the messages
 * of modules; NULL after the answer.
 */
struct websocket;
void	api_set_request(const struct websocket *ws);

/* Returns whether the backend has called core_path_has_token(). */
int	api_path_has_token(void);

#endif
