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
 * What a client sends after the handshake, as a stream of events: bytes in,
 * events out.  Every rule of RFC 6455 sections 5 to 7 for what a client may send is
 * checked here; no byte of a frame that breaks one is handed on.
 * Payload is unmasked in place and handed on as it comes, so that a frame of
 * any length passes in constant memory.
 */
struct ws {
	uint64_t	limit;		/* bytes that a message may have, 0: any number */
	uint64_t	message;	/* bytes of the current message that its frames announced */
	struct frame	frame;		/* the current frame */
	uint64_t	done;		/* bytes of its payload seen */
	uint8_t		in_frame;	/* its header is complete */
	uint8_t		opcode;		/* of the current message, 0: none */
	uint8_t		begun;		/* a piece of it has been handed on */
	uint8_t		over;		/* after a close frame or a failure */
	uint8_t		head_len;	/* bytes of a header that is not complete */
	uint8_t		head[FRAME_CLIENT_HEADER];
	uint8_t		control[FRAME_CONTROL_SIZE];
	struct utf8	utf8;
};

enum ws_event {
	WS_MORE,	/* all bytes used, no event */
	WS_DATA,	/* a piece of a message, maybe empty */
	WS_PING,	/* data and len: what to answer */
	WS_PONG,
	WS_CLOSE,	/* code (CLOSE_NO_STATUS: none was sent); data and len: the reason */
	WS_FAIL		/* the client broke a rule: code and reason to close with */
};

struct ws_piece {
	uint8_t		*data;
	size_t		 len;
	int		 opcode;	/* WS_DATA: FRAME_TEXT or FRAME_BINARY */
	int		 first, last;	/* WS_DATA: begins, ends its message */
	unsigned	 code;
	const char	*reason;
};

void	ws_init(struct ws *w, uint64_t limit);

/*
 * Goes on with len bytes at data up to the next event; *used is how many of
 * them are done with.  For WS_DATA the piece is in data, otherwise in w.
 * After WS_CLOSE or WS_FAIL all bytes are used without an event.
 */
enum ws_event ws_decode(struct ws *w, uint8_t *data, size_t len, size_t *used,
    struct ws_piece *piece);

#endif
