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
 * Tests a framing module that is linked with the test program; calls it as the relay does. The
 * messages that it makes of the peer's bytes are written as text, with a blank between them:
 *
 *	t(abc)		a text message
 *	b(\x00\x01)	a binary message
 *	d( )		discarded bytes, those of consecutive calls together
 *	r(ab)		the bytes that are left when the peer ends
 *	x		the framing ended the connection
 *
 * Nothing here returns an error: a failure ends the test with a message.
 */
uint64_t	init(void);		/* of the module */

/* The fixture of each test: captures the log, and registers the module's framing. */
void	framings_setup(void);

/* The bytes of a string constant, which may contain NULs, and their number. */
#define FRAMINGS_BYTES(text)	text, sizeof(text) - 1

/* A stream of a peer, and the messages that it makes with this configuration. */
struct framings_row {
	const char	*config;
	const char	*data;
	size_t		 len;
	const char	*want;
};

/*
 * Checks that the framing makes row->want of the row's bytes however they are read: whole, byte
 * by byte, and cut in two at every place. It must log one message if it ends the connection, and
 * none otherwise.
 */
void	framings_check(const char *name, const struct framings_row *row);

/* Checks a row whose bytes are read in pieces of this length only. */
void	framings_check_pieces(const char *name, const struct framings_row *row, size_t piece);

/*
 * Checks that the framing recognizes one message of len bytes, read in pieces of a page, without
 * reading again the bytes of earlier calls, except for the last few.
 */
void	framings_check_forward(const char *name, const char *config, const void *data, size_t len);

/* Checks that a configuration text is accepted. */
void	framings_check_good(const char *name, const char *config);

/* Checks that a configuration text is refused, with a sentence that names the framing. */
void	framings_check_bad(const char *name, const char *config);

/*
 * A message of the client, and the bytes that are put around it for the peer; code is 0, or the
 * close code if the framing refuses the message.
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
 * Checks that a message of the client, sent back by the peer and read in pieces of this length
 * (0: whole), is one message of type want.
 */
void	framings_check_echo(const char *name, const char *config, ws_operation opcode,
    const void *payload, size_t len, ws_operation want, size_t piece);

#endif
