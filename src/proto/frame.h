/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef FRAME_H
#define FRAME_H

#include <stddef.h>
#include <stdint.h>

/* Frames (RFC 6455 section 5.2): their headers and masks. */

#define FRAME_CONTINUATION	0
#define FRAME_TEXT		1
#define FRAME_BINARY		2
#define FRAME_CLOSE		8
#define FRAME_PING		9
#define FRAME_PONG		10

#define FRAME_CONTROL_SIZE	125	/* longest payload of a control frame */
#define FRAME_CLIENT_HEADER	14	/* longest header of a client's frame, with its mask */
#define FRAME_SERVER_HEADER	10	/* longest header of a server's frame, without a mask */

#define FRAME_IS_CONTROL(opcode)	((opcode) >= 8)

struct frame {
	uint8_t		fin, rsv, opcode, masked;	/* rsv: RSV1 to RSV3, 0 to 7 */
	uint8_t		mask[4];
	uint64_t	length;		/* of the payload */
};

/*
 * Reads a header from the first len bytes of a frame.  Returns its size; 0 if more bytes are
 * needed; -1 if the payload length is not in its shortest form or has its highest bit set.
 */
int	frame_decode(struct frame *f, const uint8_t *data, size_t len);

/*
 * Writes the header of an unmasked frame with a payload of length bytes to out, which has room for
 * FRAME_SERVER_HEADER bytes.  Returns its size.
 */
size_t	frame_encode(uint8_t *out, int fin, int opcode, uint64_t length);

/* Returns the size of the header of an unmasked frame with a payload of length bytes. */
size_t	frame_header_size(uint64_t length);

/*
 * Unmasks len bytes in place, or masks them; offset is that of the first byte in its frame's
 * payload (section 5.3).
 */
void	frame_mask(uint8_t *data, size_t len, const uint8_t mask[4], uint64_t offset);

/* Returns 1 if a close frame may contain this close code (section 7.4). */
int	frame_close_code(unsigned code);

/*
 * Writes a complete control frame with a payload of len bytes, at most FRAME_CONTROL_SIZE, to out,
 * which has room for 2 + len bytes.  Returns its size.
 */
size_t	frame_control(uint8_t *out, int opcode, const void *payload, size_t len);

/*
 * Writes a complete close frame to out, which has room for 2 + FRAME_CONTROL_SIZE bytes.  With
 * CLOSE_NO_STATUS it has neither code nor reason.  A reason that is too long is cut between two
 * characters.  Returns its size.
 */
size_t	frame_close(uint8_t *out, unsigned code, const char *reason);

#endif
