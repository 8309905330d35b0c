/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "proto/ws.h"

void
ws_init(struct ws *w, uint64_t limit)
{
	memset(w, 0, sizeof(*w));
	w->limit = limit;
}

static enum ws_event
ws_fail(struct ws *w, struct ws_piece *piece, unsigned code, const char *reason)
{
	w->over = 1;
	piece->code = code;
	piece->reason = reason;
	return WS_FAIL;
}

/*
 * Returns a sentence about what is invalid in the header of the current frame (sections 5.2, 5.4,
 * 5.5); NULL if it is valid.
 */
static const char *
header_fault(const struct ws *w)
{
	const struct frame *f = &w->frame;

	if (f->rsv != 0)
		return "reserved bits are set, but no extension was agreed on";
	if (!f->masked)
		return "a client's frames must be masked";
	if ((f->opcode > FRAME_BINARY && f->opcode < FRAME_CLOSE) || f->opcode > FRAME_PONG)
		return "unknown opcode";
	if (FRAME_IS_CONTROL(f->opcode)) {
		if (!f->fin)
			return "a control frame is fragmented";
		if (f->length > FRAME_CONTROL_SIZE)
			return "a control frame is longer than 125 bytes";
	} else if (f->opcode == FRAME_CONTINUATION && w->opcode == 0) {
		return "a continuation frame without a message";
	} else if (f->opcode != FRAME_CONTINUATION && w->opcode != 0) {
		return "a new message begins inside another one";
	}
	return NULL;
}

/*
 * Begins the frame whose header has been read; fails if the frame may not follow the previous
 * frames.
 */
static enum ws_event
begin_frame(struct ws *w, struct ws_piece *piece)
{
	const char *fault = header_fault(w);

	if (fault != NULL)
		return ws_fail(w, piece, CLOSE_PROTOCOL_ERROR, fault);
	w->done = 0;
	w->in_frame = 1;
	if (FRAME_IS_CONTROL(w->frame.opcode))
		return WS_MORE;
	if (w->frame.opcode != FRAME_CONTINUATION) {
		w->opcode = w->frame.opcode;
		w->message = 0;
		w->begun = 0;
		memset(&w->utf8, 0, sizeof(w->utf8));
	}
	if (w->limit != 0 && w->frame.length > w->limit - w->message)
		return ws_fail(w, piece, CLOSE_TOO_BIG, "the message is too long");
	if (w->limit != 0)
		w->message += w->frame.length;
	return WS_MORE;
}

/*
 * Reads bytes up to the end of a frame header.  Returns WS_MORE or WS_FAIL; after WS_MORE the
 * header is complete if w->in_frame is 1.
 */
static enum ws_event
read_header(struct ws *w, const uint8_t *data, size_t len, size_t *used, struct ws_piece *piece)
{
	size_t before = w->head_len, n = len - *used;
	const uint8_t *head = data + *used;
	int size;

	if (n > sizeof(w->head) - before)
		n = sizeof(w->head) - before;
	/*
	 * A header that arrives in several pieces is collected in w->head; any other is read in
	 * place.
	 */
	if (before > 0) {
		memcpy(w->head + before, head, n);
		head = w->head;
	}
	size = frame_decode(&w->frame, head, before + n);
	if (size == -1)
		return ws_fail(w, piece, CLOSE_PROTOCOL_ERROR,
		    "a frame's length is not in its shortest form");
	if (size == 0) {
		if (before == 0)
			memcpy(w->head, head, n);
		w->head_len = (uint8_t)(before + n);
		*used += n;
		return WS_MORE;
	}
	w->head_len = 0;
	*used += (size_t)size - before;
	return begin_frame(w, piece);
}

/* Makes an event of a piece of a data frame, after a check that text is valid UTF-8. */
static enum ws_event
data_event(struct ws *w, uint8_t *data, size_t len, struct ws_piece *piece)
{
	int last = w->frame.fin && w->done == w->frame.length;

	if (w->opcode == FRAME_TEXT && (utf8_check(&w->utf8, data, len) == -1 ||
	    (last && !utf8_complete(&w->utf8))))
		return ws_fail(w, piece, CLOSE_INVALID_DATA, "a text message is not UTF-8");
	piece->data = data;
	piece->len = len;
	piece->opcode = w->opcode;
	piece->first = !w->begun;
	piece->last = last;
	w->begun = 1;
	if (last)
		w->opcode = 0;
	return WS_DATA;
}

/*
 * Makes an event of a close frame, which is empty or has a code and then a reason in UTF-8 (section
 * 5.5.1).
 */
static enum ws_event
close_event(struct ws *w, struct ws_piece *piece)
{
	struct utf8 utf8 = { 0, 0, 0 };
	size_t len = (size_t)w->done;

	piece->code = CLOSE_NO_STATUS;
	piece->data = w->control;
	piece->len = 0;
	if (len == 1)
		return ws_fail(w, piece, CLOSE_PROTOCOL_ERROR,
		    "a close frame with a code of one byte");
	if (len >= 2) {
		piece->code = (unsigned)w->control[0] << 8 | w->control[1];
		piece->data = w->control + 2;
		piece->len = len - 2;
		if (!frame_close_code(piece->code))
			return ws_fail(w, piece, CLOSE_PROTOCOL_ERROR,
			    "a close frame with a code that is not allowed");
		if (utf8_check(&utf8, piece->data, piece->len) == -1 || !utf8_complete(&utf8))
			return ws_fail(w, piece, CLOSE_INVALID_DATA,
			    "a close frame's reason is not UTF-8");
	}
	w->over = 1;
	return WS_CLOSE;
}

/* Collects the payload of a control frame; makes an event of it when the payload is complete. */
static enum ws_event
control_event(struct ws *w, const uint8_t *data, size_t len, struct ws_piece *piece)
{
	if (len > 0)
		memcpy(w->control + w->done - len, data, len);
	if (w->done < w->frame.length)
		return WS_MORE;
	if (w->frame.opcode == FRAME_CLOSE)
		return close_event(w, piece);
	piece->data = w->control;
	piece->len = (size_t)w->done;
	return w->frame.opcode == FRAME_PING ? WS_PING : WS_PONG;
}

enum ws_event
ws_decode(struct ws *w, uint8_t *data, size_t len, size_t *used, struct ws_piece *piece)
{
	enum ws_event event = WS_MORE;
	size_t n;

	*used = 0;
	while (!w->over && event == WS_MORE) {
		if (!w->in_frame) {
			event = read_header(w, data, len, used, piece);
			if (event != WS_MORE || !w->in_frame)
				break;
		}
		n = len - *used;
		if (n > w->frame.length - w->done)
			n = (size_t)(w->frame.length - w->done);
		if (n == 0 && w->frame.length > 0)
			break;
		frame_mask(data + *used, n, w->frame.mask, w->done);
		w->done += n;
		w->in_frame = w->done < w->frame.length;
		if (FRAME_IS_CONTROL(w->frame.opcode))
			event = control_event(w, data + *used, n, piece);
		else
			event = data_event(w, data + *used, n, piece);
		*used += n;
	}
	if (w->over && event == WS_MORE)
		*used = len;
	return event;
}
