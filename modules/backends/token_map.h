/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef TOKEN_MAP_H
#define TOKEN_MAP_H

#include <stddef.h>

/*
 * The token files of websockify, with lines of the form
 *
 *	token: host:port
 *
 * Instead of host:port there may be a peer address of websocksy, such as unix:///file, or
 * unix_socket:/file.  If a token has several lines, the last one is used.  These functions do no
 * I/O.
 */
struct token_map_entry {
	const char	*token;		/* points into the text of the file */
	char		*peer;		/* as a peer address of websocksy; from malloc() */
	size_t		 order;		/* order of the line among all lines */
};

/* A map from tokens to peers.  All zero: empty. */
struct token_map {
	struct token_map_entry *entry;
	size_t		 count, room;
};

/* Called for each invalid line.  file and number are the place of the line; why is a sentence. */
typedef void	 token_map_fault(const char *file, unsigned number, const char *why);

/* Returns 0 if a peer address is valid; otherwise another number, with a sentence in *why. */
typedef int	 token_map_check(const char *peer, const char **why);

/*
 * Adds the lines of a text of len bytes.  The text is modified and must last as long as the map;
 * one byte after it must be writable.  file is the name of the file, which is passed to fault().
 * Returns the number of invalid lines, which are left out.
 */
unsigned token_map_add(struct token_map *t, char *text, size_t len, const char *file,
    token_map_check *check, token_map_fault *fault);

/* Sorts the map.  Must be called after the last token_map_add() and before token_map_find(). */
void	token_map_finish(struct token_map *t);

/*
 * Returns the peer address of a token, or NULL if the token is unknown.  The map owns the
 * address.
 */
char	*token_map_find(const struct token_map *t, const char *token);

/* Frees the memory of the map and makes it empty.  The texts belong to the caller. */
void	token_map_free(struct token_map *t);

#endif
