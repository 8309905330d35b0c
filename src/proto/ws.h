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
 * The decoder of what a client sends after the handshake: bytes in, events out.  It checks every
 * rule of RFC 6455 sections 5 to 7 for clients; no byte of a frame that violates one is passed on.
 * The payload is unmasked in place and passed on as it arrives, so that a frame of any length needs
 * constant memory.
 */
struct ws {
	uint64_t	limit;		/* longest message in bytes; 0: no limit */
	uint64_t	message;	/* bytes in the current message, from its headers */
	struct frame	frame;		/* header of the current frame */
	uint64_t	done;		/* bytes of its payload that were decoded */
	uint8_t		in_frame;	/* 1: its header is complete */
	uint8_t		opcode;		/* of the current message; 0: between messages */
	uint8_t		begun;		/* 1: a piece of the current message was passed on */
	uint8_t		over;		/* 1: after a close frame or a failure */
	uint8_t		head_len;	/* bytes in head */
	uint8_t		head[FRAME_CLIENT_HEADER];	/* the beginning of an incomplete header */
	uint8_t		control[FRAME_CONTROL_SIZE];	/* payload of the current control frame */
	struct utf8	utf8;		/* of the current text message */
};

enum ws_event {
	WS_MORE,	/* no event: all bytes are used */
	WS_DATA,	/* a piece of a message, which may be empty */
	WS_PING,	/* data and len: the payload to answer with */
	WS_PONG,
	WS_CLOSE,	/* code (CLOSE_NO_STATUS: the frame has none); data and len: the reason */
	WS_FAIL		/* the client violated a rule: code and reason of our close frame */
};

struct ws_piece {
	uint8_t		*data;
	size_t		 len;
	int		 opcode;	/* WS_DATA: FRAME_TEXT or FRAME_BINARY */
	int		 first, last;	/* WS_DATA: 1 if the piece begins, ends its message */
	unsigned	 code;		/* WS_CLOSE, WS_FAIL: see close_code.h */
	const char	*reason;	/* WS_FAIL: a sentence, a constant */
};

/* Begins a connection; a message may have at most limit bytes, 0: any number. */
void	ws_init(struct ws *w, uint64_t limit);

/*
 * Decodes len bytes at data up to the next event, unmasking them in place; *used is the number of
 * bytes decoded.  The data of WS_DATA is in these bytes, that of other events in w until the next
 * call.  After WS_CLOSE or WS_FAIL all further bytes are used without an event.
 */
enum ws_event ws_decode(struct ws *w, uint8_t *data, size_t len, size_t *used,
    struct ws_piece *piece);

#endif
