/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PEER_LINE_H
#define PEER_LINE_H

#include <stddef.h>

/*
 * Lines that name the peer of a client:
 *
 *	peer subprotocol framing framing-config
 *
 * No I/O, no memory taken.
 */
struct peer_line {
	char	*peer;
	char	*protocol;	/* NULL: the line has none */
	char	*framing;	/* NULL: auto */
	char	*config;	/* NULL: none */
};

/*
 * Cuts the next line off the text from *at to end, in place, and moves *at after it.  Control
 * bytes at its end are removed.  Returns NULL if there is no line left.  A NUL in the line is
 * replaced by a newline, which no line can have, so that peer_line_split() refuses it.  A byte
 * must be writable at end.
 */
char	*peer_line_next(char **at, char *end);

/* Returns 1 if a line is empty, blank or a comment (#), else 0. */
int	peer_line_is_empty(const char *line);

/* Cuts the next word off a line, with the blanks before it.  NULL at the end of the line. */
char	*peer_line_word(char **at);

/*
 * Cuts a line into its words, in place.  The configuration is everything after the one blank that
 * follows the framing.  Returns 0, or -1 with a sentence in *why.
 */
int	peer_line_split(char *line, struct peer_line *e, const char **why);

/*
 * Chooses a subprotocol for a client.  wanted is the line's: a name, or names with commas between
 * them, of which the one that the client offers first is chosen; * accepts any and chooses the
 * first; - accepts any and chooses none.  A client that offers none may use any line.  Returns
 * the index of the chosen subprotocol in `offered` (count entries), count to choose none, or
 * PEER_LINE_NO if the line is not for this client.
 */
#define PEER_LINE_NO	((size_t)-1)
size_t	peer_line_choose(const char *wanted, char *const *offered, size_t count);

#endif
