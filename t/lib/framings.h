/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef FRAMINGS_H
#define FRAMINGS_H

#include <stddef.h>
#include <stdint.h>

#include "websocksy.h"

/*
 * Tests a framing module that is linked with the test program, with the same calls as the relay.
 * The messages into which the framing cuts the peer's bytes are written as text, with a blank
 * between them:
 *
 *	t(abc)		a text message
 *	b(\x00\x01)	a binary message
 *	d( )		discarded bytes, those of consecutive calls together
 *	r(ab)		the bytes left at end of file from the peer
 *	x		the framing ended the connection
 *
 * None of these functions returns an error: a failure ends the test with a message.
 */
uint64_t	init(void);		/* init() of the module */

/* Setup function of a checked fixture: captures the log, and registers the module's framing. */
void	framings_setup(void);

/* Expands to the bytes of a string constant, which may contain NULs, and to their number. */
#define FRAMINGS_BYTES(text)	text, sizeof(text) - 1

/*
 * The bytes that the peer sends, and the messages into which the framing with this configuration
 * cuts them.
 */
struct framings_row {
	const char	*config;
	const char	*data;
	size_t		 len;
	const char	*want;
};

/*
 * Checks that the framing makes row->want of the row's bytes, however the bytes are read: whole,
 * byte by byte, and cut in two at every place. The framing must log one message if it ends the
 * connection, and none otherwise.
 */
void	framings_check(const char *name, const struct framings_row *row);

/* Like framings_check(), but the bytes are read only in pieces of `piece` bytes. */
void	framings_check_pieces(const char *name, const struct framings_row *row, size_t piece);

/*
 * Checks that the framing finds the end of one message of len bytes that is read in pieces of a
 * page, without reading bytes of earlier pieces again, except for the last few.
 */
void	framings_check_forward(const char *name, const char *config, const void *data, size_t len);

/* Checks that the framing accepts a configuration text. */
void	framings_check_good(const char *name, const char *config);

/*
 * Checks that the framing refuses a configuration text, with a sentence that has the name of the
 * framing.
 */
void	framings_check_bad(const char *name, const char *config);

/*
 * A message of the client, and the bytes that the framing adds before and after it. code is 0, or
 * the close code if the framing refuses the message.
 */
struct framings_wrap {
	const char	*config;
	ws_operation	 opcode;
	uint64_t	 len;
	unsigned	 code;
	const char	*before;
	size_t		 before_len;
	const char	*after;
	size_t		 after_len;
};
void	framings_check_wrap(const char *name, const struct framings_wrap *row);

/*
 * Wraps a message of the client, and checks that an echo of the result, read in pieces of `piece`
 * bytes (0: whole), is one message of type want.
 */
void	framings_check_echo(const char *name, const char *config, ws_operation opcode,
    const void *payload, size_t len, ws_operation want, size_t piece);

#endif
