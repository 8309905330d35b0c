/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#define _XOPEN_SOURCE		700
#define WEBSOCKSY_API_VERSION	2

#include <string.h>

#include <websocksy.h>

#include "asking.h"

#define REST	1000	/* ms that a worker waits in addition: the process decides what is late */

static const char letters[] = {
	[COPROCESS_BUSY] = '-', [COPROCESS_ANSWER] = 'A', [COPROCESS_LATE] = 'L',
	[COPROCESS_DEAD] = 'D', [COPROCESS_GARBAGE] = 'G', [COPROCESS_PAUSE] = 'P',
	[COPROCESS_FULL] = 'F', [COPROCESS_STOP] = 'S'
};

char
asking_letter(enum coprocess_verdict verdict)
{
	return letters[verdict];
}

/* Returns the verdict for a result of core_ask() that is not an answer. */
static enum coprocess_verdict
failure(ssize_t result)
{
	switch (result) {
	case WS_ASK_LATE:
		return COPROCESS_LATE;
	case WS_ASK_STOP:
		return COPROCESS_STOP;
	default:
		return COPROCESS_PAUSE;
	}
}

int
asking_ask(const char *question, char *out, unsigned timeout, enum coprocess_verdict *verdict)
{
	static char answer[1 + ASKING_SIZE];
	const char *letter;
	ssize_t n;

	n = core_ask(question, strlen(question), answer, sizeof(answer), 2 * timeout + REST);
	if (n == WS_ASK_NOBODY)
		return 0;
	if (n < 1 || n > ASKING_SIZE) {
		*verdict = failure(n);
		return 1;
	}
	letter = memchr(letters, answer[0], sizeof(letters));
	*verdict = letter == NULL ? COPROCESS_GARBAGE : (enum coprocess_verdict)(letter - letters);
	memcpy(out, answer + 1, (size_t)n - 1);
	out[n - 1] = '\0';
	return 1;
}
