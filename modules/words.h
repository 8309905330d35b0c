/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>

/*
 * The lines that a helper program reads and writes: words of the form key=value.  In values
 * each byte but letters, digits and - . _ ~ / : , @ + & = stands as %XX, so that what a client
 * sent is nothing but a word in any language.  No I/O, no memory taken.
 */
struct words {
	char	*text;
	size_t	 size, len;
	int	 full;		/* something did not fit */
};

/* Adds key=value, or key:name=value if name is not NULL; a tab stands between words. */
void	words_add(struct words *w, const char *key, const char *name, const char *value);

/* Adds the newline: 0, or -1 if something did not fit. */
int	words_end(struct words *w);

/* A helper's answer; what it does not have is NULL or 0. */
struct words_answer {
	char	*peer, *framing, *config, *protocol, *reason;
	int	 status;
};

/*
 * Reads an answer, a string without its newline, in place.  It has either a peer or a status of
 * a refusal.  Returns 0, or -1 with a sentence in *why.
 */
int	words_read(char *line, struct words_answer *a, const char **why);

#endif
