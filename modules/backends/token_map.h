/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef TOKEN_MAP_H
#define TOKEN_MAP_H

#include <stddef.h>

/*
 * The token files of websockify: lines of the form
 *
 *	token: host:port
 *
 * where host:port may also be an address in the form of websocksy's own, such as
 * unix:///file, or unix_socket:/file.  Of two lines for a token the last counts.  No I/O.
 */
struct token_map_entry {
	const char	*token;
	char		*peer;		/* in websocksy's form; its own memory */
	size_t		 order;
};

struct token_map {
	struct token_map_entry *entry;
	size_t		 count, room;
};

typedef void	 token_map_fault(const char *file, unsigned number, const char *why);

/* Whether a peer's address is well formed: 0, or another number with a sentence in *why. */
typedef int	 token_map_check(const char *peer, const char **why);

/* As path_map_add(). */
unsigned token_map_add(struct token_map *t, char *text, size_t len, const char *file,
    token_map_check *check, token_map_fault *fault);

/* All lines are in: puts them in order. */
void	token_map_finish(struct token_map *t);

/* The peer of a token; NULL if there is none. */
char	*token_map_find(const struct token_map *t, const char *token);

void	token_map_free(struct token_map *t);

#endif
