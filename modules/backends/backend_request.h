/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BACKEND_REQUEST_H
#define BACKEND_REQUEST_H

#include <stddef.h>

#include <websocksy.h>

/* Parts of a client's request that several backends read, beyond the functions of websocksy.h. */

/*
 * Copies the host of the request's Host field to out, in lower case, without the port and
 * without the brackets of an IPv6 address.  Returns 0, or -1 if the request has no host or the
 * copy does not fit in size bytes with its NUL.
 */
int	backend_request_host(const websocket *ws, char *out, size_t size);

/*
 * Copies the path of a request target to out, without the query and with %XX decoded.  Returns
 * 0, or -1 if the copy does not fit in size bytes with its NUL, a %XX is malformed, or a decoded
 * byte is NUL.
 */
int	backend_request_path(const char *target, char *out, size_t size);

#endif
