/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef FRAME_H
#define FRAME_H

#include <stddef.h>
#include <stdint.h>

/* Headers and masks of frames (RFC 6455 section 5.2). */

#define FRAME_CONTINUATION	0
#define FRAME_TEXT		1
#define FRAME_BINARY		2
#define FRAME_CLOSE		8
#define FRAME_PING		9
#define FRAME_PONG		10

#define FRAME_CONTROL_SIZE	125	/* bytes; longest payload of a control frame */
#define FRAME_CLIENT_HEADER	14	/* bytes; longest header of a client's frame, with mask */
#define FRAME_SERVER_HEADER	10	/* bytes; longest header of a server's frame, unmasked */

#define FRAME_IS_CONTROL(opcode)	((opcode) >= 8)

struct frame {
	uint8_t		fin, rsv, opcode, masked;	/* rsv: RSV1 to RSV3 as a number */
	uint8_t		mask[4];
	uint64_t	length;		/* of the payload, in bytes */
};

/*
 * Reads the header of a frame from the first len bytes of the frame.  Returns the size of the
 * header in bytes; 0 if more bytes are needed; -1 if the payload length is not in its shortest form
 * or has its highest bit set.
 */
int	frame_decode(struct frame *f, const uint8_t *data, size_t len);

/*
 * Writes the header of an unmasked frame with a payload of length bytes to out, a buffer of at
 * least FRAME_SERVER_HEADER bytes.  Returns the size of the header.
 */
size_t	frame_encode(uint8_t *out, int fin, int opcode, uint64_t length);

/* Returns the size in bytes of the header of an unmasked frame with a payload of length bytes. */
size_t	frame_header_size(uint64_t length);

/*
 * Masks or unmasks len bytes in place (section 5.3).  offset is the position of the first of these
 * bytes in the payload of the frame.
 */
void	frame_mask(uint8_t *data, size_t len, const uint8_t mask[4], uint64_t offset);

/* Returns 1 if a close frame may contain this close code (section 7.4). */
int	frame_close_code(unsigned code);

/*
 * Writes a complete control frame with a payload of len bytes, at most FRAME_CONTROL_SIZE, to out,
 * a buffer of at least 2 + len bytes.  Returns the size of the frame.
 */
size_t	frame_control(uint8_t *out, int opcode, const void *payload, size_t len);

/*
 * Writes a complete close frame to out, a buffer of at least 2 + FRAME_CONTROL_SIZE bytes.  With
 * the code CLOSE_NO_STATUS the frame has neither code nor reason.  A reason that is too long is cut
 * between two characters.  Returns the size of the frame.
 */
size_t	frame_close(uint8_t *out, unsigned code, const char *reason);

#endif
