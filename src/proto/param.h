/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PARAM_H
#define PARAM_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Named values that a client sends: query parameters and cookies.  Each function copies the first
 * value with the given name to out, as a string, and returns the length of the string; -1 if no
 * value has this name, or if the value is malformed, contains a NUL, or does not fit into size
 * bytes with its NUL.
 */

/*
 * Gets a parameter from the query of a request target, name=value&name=value, in which %XX stands
 * for a byte and + for a blank, as in the forms that browsers send.  A name without = has an empty
 * value.  Returns the length of the value, or -1.
 */
ssize_t	param_query(const char *target, const char *name, char *out, size_t size);

/*
 * Gets a cookie from the value of a Cookie field (RFC 6265 section 4.2.1).  The case of letters in
 * the name is significant.  Returns the length of the value, or -1.
 */
ssize_t	param_cookie(const char *field, const char *name, char *out, size_t size);

#endif
