/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef FRAMER_H
#define FRAMER_H

#include <stddef.h>
#include <stdint.h>

#include "websocksy.h"

/*
 * The registry of framings and the rules that hold them to their contract.
 */
struct framer {
	ws_framer	 api;		/* of version 1: name and frame alone */
	const char	*module;	/* where it is from; NULL: built in */

	/* The type of a message that is complete as it is; NULL: binary. */
	ws_operation	(*type)(const uint8_t *data, size_t len);

	/* Never cuts: what is read together is one message, so a datagram is. */
	int		 whole;

	/* Milliseconds after which bytes that it holds back are sent as they are; 0: never. */
	unsigned	 hold;
};

#define FRAMER_MAX	128	/* that can be registered */

/*
 * Adds one, or replaces (with a message) the one of this name; the struct is kept.
 * 0, or -1 after a message.
 */
int	framer_register(const struct framer *f);

/* The one of this name or function; NULL if there is none. */
const struct framer *framer_find(const char *name);
const struct framer *framer_of(ws_framing frame);

/* All of them, by index; NULL behind the last. */
const struct framer *framer_at(unsigned i);

/* Registers the built-in ones: auto, binary, separator, newline. */
int	framer_register_builtin(void);

/* The framing of one connection. */
struct framing {
	const struct framer	*framer;
	const char		*config;	/* or NULL */
	void			*state;		/* the function's own */
	ws_operation		 rest;		/* what it said of bytes that are no message yet */
};

/* Whether config will do for it; if not -1, and *why says what is wrong. */
int	framer_check(const struct framer *f, const char *config, const char **why);

void	framer_start(struct framing *g, const struct framer *f, const char *config);

/*
 * The next message in the len > 0 bytes at data, of which the last fresh are
 * new; the byte behind them is written.  Returns its size with its type in *opcode
 * (perhaps ws_frame_discard), 0 if more bytes are needed, or -1 if the function
 * broke its contract, *why saying how.
 */
int64_t	framer_next(struct framing *g, uint8_t *data, size_t len, size_t fresh,
    ws_operation *opcode, const char **why);

/*
 * How many of the len bytes at data, which framer_next() has cut off, are not part of
 * the message, at both ends.  0, or -1 with *why.
 */
int	framer_unwrap(struct framing *g, const uint8_t *data, size_t len, size_t *before,
    size_t *after, const char **why);

/*
 * What to put around a message of the client.  0, or the code to close with.
 */
unsigned framer_wrap(struct framing *g, uint64_t len, ws_operation opcode, ws_envelope *envelope,
    const char **why);

/* The type that a message can have: a text that is not UTF-8 goes as binary. */
ws_operation framer_settle(const struct framing *g, ws_operation opcode, const uint8_t *data,
    size_t len);

/* The type of len bytes that are sent although no message was cut from them. */
ws_operation framer_type(const struct framing *g, const uint8_t *data, size_t len);

/* Lets the function free its state; may be called twice. */
void	framer_stop(struct framing *g);

/*
 * Reads the escapes of a separator (\r \t \n \0 \f \\ \xHH) into out.  Returns the length, or -1
 * with *why if an escape is not one of these, it is empty or does not fit.
 */
int	framer_unescape(uint8_t *out, size_t size, const char *text, const char **why);

#endif
