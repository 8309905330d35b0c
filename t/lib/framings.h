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
 * A framing module that is linked with the test, driven as the relay drives it.  What
 * it makes of the peer's bytes is written down as text:
 *
 *	t(abc)		a text message
 *	b(\x00\x01)	a binary message
 *	d( )		bytes that are discarded, those of several calls in a row together
 *	r(ab)		what is left when the peer ends
 *	x		it ended the connection
 *
 * Nothing here returns an error: what is wrong ends the test with a message.
 */
uint64_t	init(void);		/* of the module */

/* The beginning of each test, as a checked fixture: an empty log, and the module's framing. */
void	framings_setup(void);

/* Bytes and their number, of a string constant that may have NULs. */
#define FRAMINGS_BYTES(text)	text, sizeof(text) - 1

struct framings_row {
	const char	*config;
	const char	*data;
	size_t		 len;
	const char	*want;
};

/*
 * The framing makes row->want of the row's bytes however they come: whole, byte by byte
 * and cut in two anywhere.  It says something in the log if it ends the connection, once, and
 * nothing otherwise.
 */
void	framings_check(const char *name, const struct framings_row *row);

/* The same, but for the cuts: the bytes come in pieces of this length. */
void	framings_check_pieces(const char *name, const struct framings_row *row, size_t piece);

/*
 * len bytes that are one message are seen to be one without a look at what was
 * seen in earlier calls, but for the last few bytes of it.
 */
void	framings_check_forward(const char *name, const char *config, const void *data, size_t len);

/* A configuration text will do; or not, and there is a sentence that says why. */
void	framings_check_good(const char *name, const char *config);
void	framings_check_bad(const char *name, const char *config);

/* What goes around a message for the peer; code is 0, or what the connection ends with. */
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
 * A message of the client, echoed by a peer that cuts what it sends to pieces of this
 * length (0: does not), comes back as one of type want.
 */
void	framings_check_echo(const char *name, const char *config, ws_operation opcode,
    const void *payload, size_t len, ws_operation want, size_t piece);

#endif
