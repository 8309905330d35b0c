/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PERCENT_H
#define PERCENT_H

#include <stddef.h>

/*
 * Decodes %XX (RFC 3986 section 2.1) in the len bytes at text to a string in out, which may be
 * text itself.  Returns 0, or -1 if the string does not fit in size bytes with its NUL, a % has
 * no two hexadecimal digits after it, or a byte is NUL.
 */
int	percent_decode(char *out, size_t size, const char *text, size_t len);

#endif
