/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef ASKING_H
#define ASKING_H

#include <stddef.h>

#include "coprocess.h"

/*
 * How a worker asks the auxiliary process, which keeps the helpers (helper_pool.h).  An answer is a
 * letter for the verdict, and the answer of the helper without its newline.
 */
#define ASKING_SIZE	4096	/* bytes of the longest answer of a helper, with its newline */

/* Returns the letter for a verdict. */
char	asking_letter(enum coprocess_verdict verdict);

/*
 * In a worker: asks a question, a line.  The answer in out, which has ASKING_SIZE bytes, is a
 * string.  timeout is the time in ms that a question may wait for a helper, and the same time that
 * the helper may take.  Returns 0 if there is no auxiliary process; otherwise sets *verdict and
 * returns 1.
 */
int	asking_ask(const char *question, char *out, unsigned timeout,
	    enum coprocess_verdict *verdict);

#endif
