/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef TOKENS_H
#define TOKENS_H

#include <stddef.h>

/*
 * The token files of websockify: lines of the form
 *
 *	token: host:port
 *
 * where host:port may also be an address in the form of websocksy's own, such as
 * unix:///file, or unix_socket:/file.  Of two lines for a token the last counts.  No I/O.
 */
struct tokens_entry {
	const char	*token;
	char		*peer;		/* in websocksy's form; its own memory */
	size_t		 order;
};

struct tokens {
	struct tokens_entry *entry;
	size_t		 count, room;
};

typedef void	 tokens_fault(const char *file, unsigned number, const char *why);

/* Whether a peer's address is well formed: 0, or another number with a sentence in *why. */
typedef int	 tokens_check(const char *peer, const char **why);

/* As table_add(). */
unsigned tokens_add(struct tokens *t, char *text, size_t len, const char *file,
    tokens_check *check, tokens_fault *fault);

/* All lines are in: puts them in order. */
void	tokens_finish(struct tokens *t);

/* The peer of a token; NULL if there is none. */
char	*tokens_find(const struct tokens *t, const char *token);

void	tokens_free(struct tokens *t);

#endif
