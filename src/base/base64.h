/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BASE64_H
#define BASE64_H

#include <stddef.h>

#define BASE64_ALPHABET	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

/* The size in bytes of the encoding of n bytes, with a final NUL. */
#define BASE64_SIZE(n)	(((n) + 2) / 3 * 4 + 1)

/*
 * Encodes the len bytes at data (RFC 4648 section 4, with padding) as a string of BASE64_SIZE(len)
 * bytes at out.  Returns the length of the string without the NUL.
 */
size_t	base64_encode(char *out, const void *data, size_t len);

#endif
