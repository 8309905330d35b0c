/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BASE64_H
#define BASE64_H

#include <stddef.h>

/* The size in bytes of the encoding of n bytes, with a final NUL. */
#define BASE64_SIZE(n)	(((n) + 2) / 3 * 4 + 1)

/*
 * Encodes the len bytes at data (RFC 4648 section 4, with padding) as a string of BASE64_SIZE(len)
 * bytes at out.  Returns the length of the string without the NUL.
 */
size_t	base64_encode(char *out, const void *data, size_t len);

/*
 * Decodes len characters of text into at most size bytes at out.  Returns the number of bytes; -1
 * if the result does not fit, if padding is missing, if a character is not in the alphabet, or if
 * bits after the last whole byte are not zero.
 */
long	base64_decode(void *out, size_t size, const char *text, size_t len);

#endif
