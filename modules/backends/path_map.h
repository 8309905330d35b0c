/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PATH_MAP_H
#define PATH_MAP_H

#include <stddef.h>

#include "peer_line.h"

/*
 * A map from paths to peers, made of lines of the form
 *
 *	pattern [host=pattern] peer [subprotocol [framing [framing-config]]]
 *
 * The first line that matches a client is used.  No I/O.
 */
struct path_map_entry {
	const char	*pattern;	/* of the path */
	size_t		 literal;	/* bytes of it that stand for themselves */
	int		 exact;		/* 1: all of them do */
	char		*host;		/* pattern in lower case, or NULL */
	struct peer_line line;
	size_t		 order;		/* of the lines; index in path_map.entry */
	const char	*file;
	unsigned	 number;	/* of the line in the file */
};

/* Zeroed: empty. */
struct path_map {
	struct path_map_entry *entry;
	size_t		 count, room;
	size_t		*exact;		/* indices of exact entries, by path, then order */
	size_t		*other;		/* indices of the others, in order */
	size_t		 exacts, others;
};

/* Called for each invalid line. */
typedef void	 path_map_fault(const char *file, unsigned number, const char *why);

/* Returns 0 if a line's peer and framing are valid, -1 with a sentence in *why otherwise. */
typedef int	 path_map_check(const struct peer_line *line, const char **why);

/*
 * Adds the lines of a text of len bytes, which is cut up in place and must last as long as the
 * map, as must the file's name; a byte must be writable after the text.  Returns the number of
 * invalid lines, which are left out.
 */
unsigned path_map_add(struct path_map *t, char *text, size_t len, const char *file,
	    path_map_check *check, path_map_fault *fault);

/*
 * Sorts the map: to be called after the last text, before path_map_find().  Returns 0, or -1 if
 * there is no memory.
 */
int	path_map_finish(struct path_map *t);

/*
 * Finds the line for a path, a host (in lower case; NULL: unknown) and the count subprotocols
 * that a client offers.  *chosen is the subprotocol, as peer_line_choose() returns it.  NULL if
 * no line matches; *chosen is then PEER_LINE_NO if only the subprotocols ruled one out, else 0.
 */
const struct path_map_entry *path_map_find(const struct path_map *t, const char *path,
	    const char *host, char *const *offered, size_t count, size_t *chosen);

/* Frees what the map holds and makes it empty; the texts belong to the caller. */
void	path_map_free(struct path_map *t);

#endif
