/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BASE64_H
#define BASE64_H

#include <stddef.h>

/* Room that the encoding of n bytes takes, with its final NUL. */
#define BASE64_SIZE(n)	(((n) + 2) / 3 * 4 + 1)

/*
 * Encodes len bytes (RFC 4648 section 4, padded) into out, which has room for
 * BASE64_SIZE(len), and ends it with a NUL.  Returns the length without it.
 */
size_t	base64_encode(char *out, const void *data, size_t len);

/*
 * Decodes len characters into at most size bytes at out.  Strict: padding is
 * required, nothing else than the alphabet is accepted and unused bits are
 * zero.  Returns the number of bytes, or -1.
 */
long	base64_decode(void *out, size_t size, const char *text, size_t len);

#endif
