/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PERCENT_H
#define PERCENT_H

#include <stddef.h>

/*
 * Decodes each %XX (RFC 3986 section 2.1) in the len bytes at text, and writes the result to out
 * as a string; out may be equal to text.  Returns 0, or -1 if the string does not fit in size
 * bytes with its NUL, a % has no two hexadecimal digits after it, or a decoded byte is NUL.
 */
int	percent_decode(char *out, size_t size, const char *text, size_t len);

#endif
