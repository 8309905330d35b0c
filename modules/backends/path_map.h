/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PATH_MAP_H
#define PATH_MAP_H

#include <stddef.h>

#include "peer_line.h"

/*
 * A table of paths and what they lead to:
 *
 *	pattern [host=pattern] peer [subprotocol [framing [framing-config]]]
 *
 * The first line that fits a client is the one.  No I/O.
 */
struct path_map_entry {
	const char	*pattern;	/* of the path */
	size_t		 literal;	/* how much of it stands for itself */
	int		 exact;		/* all of it */
	char		*host;		/* pattern, in small letters, or NULL */
	struct peer_line line;
	size_t		 order;		/* its place in the table */
	const char	*file;
	unsigned	 number;	/* of the line in the file */
};

struct path_map {
	struct path_map_entry *entry;
	size_t		 count, room;
	size_t		*exact;		/* places of the exact ones, by path and place */
	size_t		*other;		/* places of the others */
	size_t		 exacts, others;
};

/* What is called for each fault. */
typedef void	 path_map_fault(const char *file, unsigned number, const char *why);

/* Whether a line's peer and framing will do: 0, or -1 with a sentence in *why. */
typedef int	 path_map_check(const struct peer_line *e, const char **why);

/*
 * Adds the lines of a text, which is cut up and must stay as long as the table, as must the
 * file's name.  Begin with a table that is all zero.  Returns the number of faults.
 */
unsigned path_map_add(struct path_map *t, char *text, size_t len, const char *file, path_map_check *check,
    path_map_fault *fault);

/* All lines are in: makes the table ready.  0, or -1 if there is no memory. */
int	path_map_finish(struct path_map *t);

/*
 * The line for a path and a host (in small letters; NULL: unknown) and the subprotocols that are
 * offered; *chosen as peer_line_choose().  NULL: there is none; *chosen is PEER_LINE_NO then if there
 * would be one but for the subprotocols, else 0.
 */
const struct path_map_entry *path_map_find(const struct path_map *t, const char *path, const char *host,
    char *const *offered, size_t count, size_t *chosen);

void	path_map_free(struct path_map *t);

#endif
