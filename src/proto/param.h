/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PARAM_H
#define PARAM_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Named values that a client sends: parameters of a query and cookies.  The first of a name
 * is copied to out as a string.  Each returns its length, or -1 if there is none, or
 * it does not fit into size bytes with its NUL, is not well formed or holds a NUL.
 */

/*
 * From the query of a request target, name=value&name=value, where %XX and + stand for
 * bytes (the form that browsers send).  A name without = has an empty value.
 */
ssize_t	param_query(const char *target, const char *name, char *out, size_t size);

/* From the value of a Cookie field (RFC 6265 section 4.2.1); names differ by case. */
ssize_t	param_cookie(const char *field, const char *name, char *out, size_t size);

#endif
