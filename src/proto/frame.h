/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef FRAME_H
#define FRAME_H

#include <stddef.h>
#include <stdint.h>

/* Frames of RFC 6455 section 5.2: their headers and their mask. */

#define FRAME_CONTINUATION	0
#define FRAME_TEXT		1
#define FRAME_BINARY		2
#define FRAME_CLOSE		8
#define FRAME_PING		9
#define FRAME_PONG		10

#define FRAME_CONTROL_SIZE	125	/* payload of a control frame at most */
#define FRAME_CLIENT_HEADER	14	/* longest header of a client's frame */
#define FRAME_SERVER_HEADER	10	/* longest header of ours, which has no mask */

#define FRAME_IS_CONTROL(opcode)	((opcode) >= 8)

struct frame {
	uint8_t		fin, rsv, opcode, masked;	/* rsv: the three bits, 0 to 7 */
	uint8_t		mask[4];
	uint64_t	length;		/* of the payload */
};

/*
 * Reads a header from the first len bytes of a frame.  Returns its size, 0
 * if more bytes are needed, or -1 if the length is not in its shortest form or has its top bit set.
 */
int	frame_decode(struct frame *f, const uint8_t *data, size_t len);

/* Writes the header of an unmasked frame to out (FRAME_SERVER_HEADER bytes); returns its size. */
size_t	frame_encode(uint8_t *out, int fin, int opcode, uint64_t length);

/* The size of that header. */
size_t	frame_header_size(uint64_t length);

/*
 * Unmasks (or masks) len bytes in place; offset is the place of the first of them in
 * its frame's payload.
 */
void	frame_mask(uint8_t *data, size_t len, const uint8_t mask[4], uint64_t offset);

/* Whether a close frame may carry this status code (section 7.4). */
int	frame_close_code(unsigned code);

/*
 * A whole control frame of ours; len <= FRAME_CONTROL_SIZE.  out has room for
 * 2 + len bytes.  Returns its size.
 */
size_t	frame_control(uint8_t *out, int opcode, const void *payload, size_t len);

/*
 * A whole close frame, out having room for 2 + FRAME_CONTROL_SIZE bytes.  code
 * CLOSE_NO_STATUS: without a code.  A reason that is too long is cut at a character.  Returns its size.
 */
size_t	frame_close(uint8_t *out, unsigned code, const char *reason);

#endif
