/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PATH_MAP_H
#define PATH_MAP_H

#include <stddef.h>

#include "glob_set.h"
#include "peer_line.h"

/*
 * A map from paths to peers, made of lines of the form
 *
 *	pattern [host=pattern] peer [subprotocol [framing [framing-config]]]
 *
 * The first line that matches a client is used.  These functions do no I/O.
 */
struct path_map_entry {
	char		*pattern;	/* pattern of the path */
	int		 exact;		/* 1: pattern has no special character */
	char		*host;		/* pattern of the host, in lower case, or NULL */
	size_t		 host_index;	/* in path_map.hosts, unless host is NULL */
	struct peer_line line;
	size_t		 order;		/* order of the line; index in path_map.entry */
	const char	*file;
	unsigned	 number;	/* number of the line in the file */
};

/* A map from paths to peers.  All zero: empty. */
struct path_map {
	struct path_map_entry *entry;
	size_t		 count, room;
	size_t		*exact;		/* indices of the exact entries, by path and order */
	size_t		*other;		/* indices of the other entries, in order */
	size_t		 exacts, others;
	struct glob_set	 paths;		/* the patterns of `other`, with the same indices */
	struct glob_set	 hosts;		/* the patterns of the hosts of all entries */
};

/* Called for each invalid line.  file and number are the place of the line; why is a sentence. */
typedef void	 path_map_fault(const char *file, unsigned number, const char *why);

/*
 * Returns 0 if the peer and the framing of a line are valid; otherwise -1, with a sentence in
 * *why.
 */
typedef int	 path_map_check(const struct peer_line *line, const char **why);

/*
 * Adds the lines of a text of len bytes.  The text is modified; it must last as long as the map,
 * as must the name of the file.  One byte after the text must be writable.  Returns the number
 * of invalid lines, which are left out.
 */
unsigned path_map_add(struct path_map *t, char *text, size_t len, const char *file,
	    path_map_check *check, path_map_fault *fault);

/*
 * Sorts the map.  Must be called after the last path_map_add() and before path_map_find().
 * Returns 0, or -1 if there is no memory.
 */
int	path_map_finish(struct path_map *t);

/*
 * Finds the first entry for a path, a host (in lower case; NULL: unknown) and the count
 * subprotocols that a client offers.  *chosen is the subprotocol, as returned by
 * peer_line_choose().  Returns NULL if no entry matches; *chosen is then PEER_LINE_NO if an
 * entry was ruled out by its subprotocols only, otherwise 0.
 * Allocates no memory.  The work grows with the number of lines and with the length of the path
 * and the host, but not with their product (see glob_set.h).
 */
const struct path_map_entry *path_map_find(struct path_map *t, const char *path,
	    const char *host, char *const *offered, size_t count, size_t *chosen);

/* Frees the memory of the map and makes it empty.  The texts belong to the caller. */
void	path_map_free(struct path_map *t);

#endif
