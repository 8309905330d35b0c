/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BASE64_H
#define BASE64_H

#include <stddef.h>

/* The size of the encoding of n bytes, with its NUL. */
#define BASE64_SIZE(n)	(((n) + 2) / 3 * 4 + 1)

/*
 * Encodes len bytes (RFC 4648 section 4, with padding) as a string of BASE64_SIZE(len) bytes at
 * out.  Returns its length without the NUL.
 */
size_t	base64_encode(char *out, const void *data, size_t len);

/*
 * Decodes len characters into at most size bytes at out.  Returns the number of bytes, or -1 if
 * there would be more, if padding is missing, if a character is not in the alphabet, or if a bit
 * that belongs to no byte is not zero.
 */
long	base64_decode(void *out, size_t size, const char *text, size_t len);

#endif
