/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef HELPER_PROTOCOL_H
#define HELPER_PROTOCOL_H

#include <stddef.h>

/*
 * The lines that a helper program reads and writes: words of the form key=value.  In a value
 * every byte is written as %XX, except letters, digits and - . _ ~ / : , @ + & =.  So what a
 * client sent is a plain word in a shell, in SQL and elsewhere.  No I/O, no memory taken.
 */

/* A question being written: text has size bytes, of which len are used, and is the caller's. */
struct helper_question {
	char	*text;
	size_t	 size, len;
	int	 full;		/* 1: something did not fit */
};

/* Adds key=value, or key:name=value if name is not NULL, with a tab before all but the first. */
void	helper_protocol_add(struct helper_question *q, const char *key, const char *name,
	    const char *value);

/* Ends the question with a newline.  Returns 0, or -1 if something did not fit. */
int	helper_protocol_end(struct helper_question *q);

/* A helper's answer; what it does not have is NULL or 0.  The strings are in its line. */
struct helper_answer {
	char	*peer, *framing, *config, *protocol, *reason;
	int	 status;	/* HTTP status of a refusal, 400 to 599 */
};

/*
 * Reads an answer, a string without its newline, which it cuts up.  A valid answer has either a
 * peer or a status.  Returns 0, or -1 with a sentence in *why.
 */
int	helper_protocol_read(char *line, struct helper_answer *a, const char **why);

#endif
