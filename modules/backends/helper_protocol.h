/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef HELPER_PROTOCOL_H
#define HELPER_PROTOCOL_H

#include <stddef.h>

/*
 * The lines that a helper program reads and writes: words of the form key=value.  In a value
 * every byte is written as %XX, except letters, digits and - . _ ~ / : , @ + & =.  Therefore a
 * value from a client is a plain word in a shell, in SQL and in similar languages.  These
 * functions do no I/O and allocate no memory.
 */

/* A question being written.  The caller owns text, which has size bytes; len of them are used. */
struct helper_question {
	char	*text;
	size_t	 size, len;
	int	 full;		/* 1: a word did not fit in text */
};

/*
 * Adds key=value, or key:name=value if name is not NULL.  A tab precedes every word but the
 * first.
 */
void	helper_protocol_add(struct helper_question *q, const char *key, const char *name,
	    const char *value);

/*
 * Ends the question with a newline.  Returns 0, or -1 if a word or the newline did not fit in
 * text.
 */
int	helper_protocol_end(struct helper_question *q);

/*
 * A helper's answer.  A missing value is NULL or 0.  The strings point into the line of the
 * answer.
 */
struct helper_answer {
	char	*peer, *framing, *config, *protocol, *reason, *hide;
	int	 status;	/* HTTP status of a refusal, 400 to 599 */
};

/*
 * Parses an answer, a string without its newline; line is modified.  A valid answer has either a
 * peer or a status.  Returns 0, or -1 with a sentence in *why.
 */
int	helper_protocol_read(char *line, struct helper_answer *a, const char **why);

#endif
