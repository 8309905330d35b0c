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
 * The registry of framings, and functions that call a framing function and check that it keeps the
 * contract of websocksy.h.  *why is always a sentence in static memory, for the client and the log.
 */
struct framer {
	ws_framer	 api;		/* a framing of version 1 has only name and frame */
	const char	*module;	/* module that registered the framing; NULL: built in */

	/*
	 * Returns the type of bytes that are sent as one message without being cut; NULL: binary.
	 */
	ws_operation	(*type)(const uint8_t *data, size_t len);

	/* 1: does not split its input; each read, and so each datagram, is one message. */
	int		 whole;

	/*
	 * Milliseconds after which bytes that the framing holds back are sent unchanged; 0: never.
	 */
	unsigned	 hold;
};

#define FRAMER_MAX	128	/* most framings that can be registered */

/*
 * Registers a framing.  A framing with the same name is replaced, with a warning.  *f must stay
 * valid. Returns 0, or -1 after a message.
 */
int	framer_register(const struct framer *f);

/*
 * framer_find() returns the framing with this name, framer_of() the framing with this framing
 * function.  Both return NULL if there is none.
 */
const struct framer *framer_find(const char *name);
const struct framer *framer_of(ws_framing frame);

/* Returns framing number i of the registry, from 0; NULL after the last. */
const struct framer *framer_at(unsigned i);

/*
 * Registers the built-in framings: auto, binary, separator, newline.  Returns 0, or -1 after a
 * message.
 */
int	framer_register_builtin(void);

/* The framing of one connection. */
struct framing {
	const struct framer	*framer;
	const char		*config;	/* configuration text of the framing, or NULL */
	ws_type			 type;		/* type of all messages, if it is forced */
	void			*state;		/* the framing_data of websocksy.h */
	ws_operation		 rest;		/* type that the function last set for the rest */
};

/* Returns 0 if config, which may be NULL, is valid for the framing; otherwise -1, with *why. */
int	framer_check(const struct framer *f, const char *config, const char **why);

/* Starts the framing of a connection.  config, which may be NULL, must stay valid. */
void	framer_start(struct framing *g, const struct framer *f, const char *config);

/*
 * Forces the type of all messages, after framer_start().  A value that is no type forces none.
 * Forced text needs framer_repair() before it is sent.
 */
void	framer_force(struct framing *g, ws_type type);

/*
 * Calls the framing function to find the next message in the len > 0 bytes at data, of which the
 * last `fresh` are new.  Writes a NUL to data[len].  Returns the size of the message and sets
 * *opcode to its type (ws_frame_discard: drop these bytes); 0 if more bytes are needed; -1 with
 * *why, after a message in the log, if the function has violated its contract.
 */
int64_t	framer_next(struct framing *g, uint8_t *data, size_t len, size_t fresh,
    ws_operation *opcode, const char **why);

/*
 * For len bytes at data that framer_next() has cut off, sets *before and *after to the number of
 * bytes at the start and at the end that do not belong to the message.  Returns 0; or -1 with *why,
 * after a message in the log, if the module has violated its contract.
 */
int	framer_unwrap(struct framing *g, const uint8_t *data, size_t len, size_t *before,
    size_t *after, const char **why);

/*
 * Sets *envelope to the bytes to send to the peer before and after a client's message of len bytes.
 * Returns 0; or the close code with which to end the connection, with *why.
 */
unsigned framer_wrap(struct framing *g, uint64_t len, ws_operation opcode, ws_envelope *envelope,
    const char **why);

/*
 * Returns the type of a message, which is not to be discarded, for which the framing has set the
 * type opcode: the forced type; otherwise the same type, but ws_frame_binary for text that is not
 * valid UTF-8.
 */
ws_operation framer_settle(const struct framing *g, ws_operation opcode, const uint8_t *data,
    size_t len);

/*
 * Returns the type of len bytes that are sent as one message without a call of framer_next(); len
 * may be 0 for an empty datagram.
 */
ws_operation framer_type(const struct framing *g, const uint8_t *data, size_t len);

/*
 * If text is forced, replaces each byte of a message that is not part of valid UTF-8 by a question
 * mark.
 */
void	framer_repair(const struct framing *g, uint8_t *data, size_t len);

/*
 * Returns the milliseconds after which bytes that the framing holds back are sent as a message; 0:
 * only at end of file from the peer.
 */
unsigned framer_hold(const struct framing *g);

/*
 * Ends the framing of a connection; calls the framing function to free its state.  May be called
 * twice.
 */
void	framer_stop(struct framing *g);

/*
 * Decodes the escapes of a separator (\r \t \n \0 \f \\ \xHH) into out.  Returns the length in
 * bytes; -1 with *why if text has any other escape, or if the result is empty or longer than size.
 */
int	framer_unescape(uint8_t *out, size_t size, const char *text, const char **why);

#endif
