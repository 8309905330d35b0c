/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef WS_H
#define WS_H

#include <stddef.h>
#include <stdint.h>

#include "base/utf8.h"
#include "proto/close_code.h"
#include "proto/frame.h"

/*
 * The decoder of the bytes that a client sends after the handshake.  It turns bytes into events,
 * and checks every rule of RFC 6455 sections 5 to 7 for clients.  No byte of a frame that violates
 * a rule is passed on.  The payload is unmasked in place and passed on as it arrives, so that a
 * frame of any length needs constant memory.
 */
struct ws {
	uint64_t	limit;		/* longest message in bytes; 0: no limit */
	uint64_t	message;	/* sum of the payload lengths of the current message */
	struct frame	frame;		/* header of the current frame */
	uint64_t	done;		/* bytes of the current payload that were decoded */
	uint8_t		in_frame;	/* 1: the header of the current frame is complete */
	uint8_t		opcode;		/* of the current message; 0: between two messages */
	uint8_t		begun;		/* 1: a piece of the current message was passed on */
	uint8_t		over;		/* 1: a close frame has arrived, or a rule was violated */
	uint8_t		head_len;	/* number of bytes in head */
	uint8_t		head[FRAME_CLIENT_HEADER];	/* start of an incomplete header */
	uint8_t		control[FRAME_CONTROL_SIZE];	/* payload of the current control frame */
	struct utf8	utf8;		/* state of the check of the current text message */
};

enum ws_event {
	WS_MORE,	/* all bytes were decoded, without an event */
	WS_DATA,	/* a piece of a message; len may be 0 */
	WS_PING,	/* data and len: the payload that the pong must have */
	WS_PONG,
	WS_CLOSE,	/* code: CLOSE_NO_STATUS if the frame has none; data and len: the reason */
	WS_FAIL		/* the client violated a rule; code and reason: for our close frame */
};

struct ws_piece {
	uint8_t		*data;
	size_t		 len;
	int		 opcode;	/* WS_DATA: FRAME_TEXT or FRAME_BINARY */
	int		 first, last;	/* WS_DATA: 1 for the first, last piece of a message */
	unsigned	 code;		/* WS_CLOSE and WS_FAIL: see close_code.h */
	const char	*reason;	/* WS_FAIL: a constant sentence */
};

/*
 * Prepares w for a connection.  limit is the number of bytes that a message may have; 0: no limit.
 */
void	ws_init(struct ws *w, uint64_t limit);

/*
 * Decodes up to len bytes at data, in place, until the next event.  *used is the number of bytes
 * decoded.  The data of WS_DATA are in these bytes; the data of other events are in w, until the
 * next call.  After WS_CLOSE or WS_FAIL all further bytes are used up without an event.
 */
enum ws_event ws_decode(struct ws *w, uint8_t *data, size_t len, size_t *used,
    struct ws_piece *piece);

#endif
