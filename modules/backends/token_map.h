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
 * unix_socket:/file.  If a token has several lines, the last one counts.  No I/O.
 */
struct token_map_entry {
	const char	*token;		/* in the text */
	char		*peer;		/* as a peer address of websocksy; from malloc() */
	size_t		 order;		/* of the lines */
};

/* Zeroed: empty. */
struct token_map {
	struct token_map_entry *entry;
	size_t		 count, room;
};

/* Called for each invalid line. */
typedef void	 token_map_fault(const char *file, unsigned number, const char *why);

/* Returns 0 if a peer address is valid, another number with a sentence in *why otherwise. */
typedef int	 token_map_check(const char *peer, const char **why);

/*
 * Adds the lines of a text of len bytes, which is cut up in place and must last as long as the
 * map; a byte must be writable after it.  file is its name, for fault().  Returns the number of
 * invalid lines, which are left out.
 */
unsigned token_map_add(struct token_map *t, char *text, size_t len, const char *file,
    token_map_check *check, token_map_fault *fault);

/* Sorts the map: to be called after the last text, before token_map_find(). */
void	token_map_finish(struct token_map *t);

/* Returns the peer address of a token, or NULL.  The map owns it. */
char	*token_map_find(const struct token_map *t, const char *token);

/* Frees what the map holds and makes it empty; the texts belong to the caller. */
void	token_map_free(struct token_map *t);

#endif
