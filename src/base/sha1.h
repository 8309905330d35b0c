/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef SHA1_H
#define SHA1_H

#include <stddef.h>
#include <stdint.h>

#define SHA1_SIZE 20

/*
 * SHA-1 (FIPS 180-4).  Its only use is the Sec-WebSocket-Accept field of RFC 6455 section 4.2.2,
 * whose purpose does not depend on the strength of the hash.
 */
struct sha1 {
	uint32_t	h[5];
	uint64_t	length;		/* bytes hashed so far */
	uint8_t		block[64];
};

/* Compute a hash: call sha1_init(), sha1_update() for each piece of the data, and sha1_final(). */
void	sha1_init(struct sha1 *s);
void	sha1_update(struct sha1 *s, const void *data, size_t len);
void	sha1_final(struct sha1 *s, uint8_t digest[SHA1_SIZE]);

#endif
