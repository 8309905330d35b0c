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
 * These functions do no I/O and allocate no memory.
 */
struct peer_line {
	char	*peer;
	char	*protocol;	/* NULL: the line has none */
	char	*framing;	/* NULL: auto */
	char	*config;	/* NULL: none */
};

/*
 * Takes the next line from the text between *at and end, and moves *at to the start of the
 * following line.  The line is terminated in place, so *end must be writable.  Control bytes at
 * the end of the line are removed, and a byte order mark of UTF-8 at its beginning.  A NUL in the
 * line becomes a newline, so that peer_line_split() rejects the line.  Returns NULL if no line is
 * left.
 */
char	*peer_line_next(char **at, char *end);

/* Returns 1 if a line is empty, blank or a comment (#), otherwise 0. */
int	peer_line_is_empty(const char *line);

/*
 * Takes the next word from a line: skips blanks, terminates the word in place and moves *at past
 * it.  Returns NULL at the end of the line.
 */
char	*peer_line_word(char **at);

/*
 * Splits a line into its words, in place.  The configuration is everything after the single
 * blank that follows the framing.  Returns 0, or -1 with a sentence in *why.
 */
int	peer_line_split(char *line, struct peer_line *e, const char **why);

/*
 * Checks the subprotocol of a line: a name, a comma-separated list of names, * or -.  A name is a
 * token (RFC 9110 section 5.6.2): a client cannot offer anything else.  Returns 0, or -1 with a
 * sentence in *why.
 */
int	peer_line_check_protocol(const char *wanted, const char **why);

/*
 * Chooses a subprotocol for a client.  wanted is the subprotocol of the line.  It is a name or a
 * comma-separated list of names, of which the first one in the client's order is chosen; or *,
 * which accepts any client and chooses its first subprotocol; or -, which accepts any client and
 * chooses none.  A * in a list stands for the names that are not in the list.  A client that offers
 * no subprotocol may use every line.  Returns the index of the chosen subprotocol in `offered`
 * (count entries), count to choose none, or PEER_LINE_NO if the line does not serve this client.
 */
#define PEER_LINE_NO	((size_t)-1)
size_t	peer_line_choose(const char *wanted, char *const *offered, size_t count);

#endif
