/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PEER_LINE_H
#define PEER_LINE_H

#include <stddef.h>

/*
 * Lines that say what a client is connected to:
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
 * The next line of text, which ends at end: cut off in place, with the control bytes at
 * its end; *at goes behind it.  NULL if there is none.  A NUL in it is replaced by
 * a newline, which no line can have: peer_line_split() refuses it.
 */
char	*peer_line_next(char **at, char *end);

/* Whether a line is empty, blank or a comment (#). */
int	peer_line_is_empty(const char *line);

/* Cuts the next word off, and the blanks before it.  NULL at the end of the line. */
char	*peer_line_word(char **at);

/*
 * Cuts a line into its words, in place; the configuration is what follows the one
 * blank behind the framing.  Returns 0, or -1 with a sentence in *why.
 */
int	peer_line_split(char *line, struct peer_line *e, const char **why);

/*
 * Holds a line's subprotocols against those that a client offers: a name or several with commas
 * between, of which the one that the client offers first is chosen; * for any; - for none to be
 * chosen, whatever is offered.  A client that offers none takes any line.  Returns the index of
 * the chosen one, count if none is to be chosen, or PEER_LINE_NO if the line is not for this client.
 */
#define PEER_LINE_NO	((size_t)-1)
size_t	peer_line_choose(const char *wanted, char *const *offered, size_t count);

#endif
