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
 * The registry of framings, and calls of their functions that check the contract of
 * websocksy.h.  *why is always a sentence in static memory, for the client and the log.
 */
struct framer {
	ws_framer	 api;		/* registered by version 1: name and frame only */
	const char	*module;	/* that registered it; NULL: built in */

	/* Returns the type of bytes that are sent as one message uncut; NULL: binary. */
	ws_operation	(*type)(const uint8_t *data, size_t len);

	/* Does not split its input: each read, and so each datagram, is one message. */
	int		 whole;

	/* Milliseconds after which bytes that it holds back are sent as they are; 0: never. */
	unsigned	 hold;
};

#define FRAMER_MAX	128	/* framings that can be registered */

/*
 * Registers a framing, or replaces (with a warning) the one that has its name.  *f must stay
 * valid.  Returns 0, or -1 after a message.
 */
int	framer_register(const struct framer *f);

/* Return the framing of this name, or of this framing function; NULL if there is none. */
const struct framer *framer_find(const char *name);
const struct framer *framer_of(ws_framing frame);

/* Returns framing number i of the registry; NULL after the last. */
const struct framer *framer_at(unsigned i);

/* Registers the built-in framings: auto, binary, separator, newline.  Returns 0 or -1. */
int	framer_register_builtin(void);

/* The framing of one connection. */
struct framing {
	const struct framer	*framer;
	const char		*config;	/* or NULL */
	void			*state;		/* framing_data of websocksy.h */
	ws_operation		 rest;		/* type of the bytes for which more are needed */
};

/* Returns 0 if config, which may be NULL, is valid for the framing; otherwise -1 with *why. */
int	framer_check(const struct framer *f, const char *config, const char **why);

/* Starts the framing of a connection.  config, which may be NULL, must stay valid. */
void	framer_start(struct framing *g, const struct framer *f, const char *config);

/*
 * Finds the next message in the len > 0 bytes at data, of which the last `fresh` are new.  The
 * byte after them is overwritten with a NUL.  Returns the size of the message and sets *opcode
 * to its type (ws_frame_discard: bytes to drop); 0 if more bytes are needed; -1 with *why,
 * after a message in the log, if the function has violated its contract.
 */
int64_t	framer_next(struct framing *g, uint8_t *data, size_t len, size_t fresh,
    ws_operation *opcode, const char **why);

/*
 * Sets *before and *after to the number of bytes at the beginning and at the end of the len
 * bytes at data, cut off by framer_next(), that are not part of the message.  Returns 0; or -1
 * with *why, after a message in the log, if the function has violated its contract.
 */
int	framer_unwrap(struct framing *g, const uint8_t *data, size_t len, size_t *before,
    size_t *after, const char **why);

/*
 * Sets *envelope to the bytes that are to be sent to the peer around a message of the client of
 * len bytes.  Returns 0, or the close code that ends the connection, with *why.
 */
unsigned framer_wrap(struct framing *g, uint64_t len, ws_operation opcode, ws_envelope *envelope,
    const char **why);

/*
 * Returns the type of a message to which the framing gave the type opcode: that one, except
 * that text which is not valid UTF-8 becomes binary.
 */
ws_operation framer_settle(const struct framing *g, ws_operation opcode, const uint8_t *data,
    size_t len);

/* Returns the type of len bytes that are sent as one message though framer_next() cut none. */
ws_operation framer_type(const struct framing *g, const uint8_t *data, size_t len);

/* Ends the framing of a connection: the function frees its state.  May be called twice. */
void	framer_stop(struct framing *g);

/*
 * Decodes the escapes of a separator (\r \t \n \0 \f \\ \xHH) into out.  Returns the length; or
 * -1 with *why if an escape is none of these, or the result is empty or longer than size.
 */
int	framer_unescape(uint8_t *out, size_t size, const char *text, const char **why);

#endif
