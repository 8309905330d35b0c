/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef HELPER_PROTOCOL_H
#define HELPER_PROTOCOL_H

#include <stddef.h>

/*
 * The lines that a helper program reads and writes: words of the form key=value.  In values
 * each byte but letters, digits and - . _ ~ / : , @ + & = stands as %XX, so that what a client
 * sent is nothing but a word in any language.  No I/O, no memory taken.
 */
struct helper_question {
	char	*text;
	size_t	 size, len;
	int	 full;		/* something did not fit */
};

/* Adds key=value, or key:name=value if name is not NULL; a tab stands between words. */
void	helper_protocol_add(struct helper_question *w, const char *key, const char *name, const char *value);

/* Adds the newline: 0, or -1 if something did not fit. */
int	helper_protocol_end(struct helper_question *w);

/* A helper's answer; what it does not have is NULL or 0. */
struct helper_answer {
	char	*peer, *framing, *config, *protocol, *reason;
	int	 status;
};

/*
 * Reads an answer, a string without its newline, in place.  It has either a peer or a status of
 * a refusal.  Returns 0, or -1 with a sentence in *why.
 */
int	helper_protocol_read(char *line, struct helper_answer *a, const char **why);

#endif
