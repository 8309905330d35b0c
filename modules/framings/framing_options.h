/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Configuration texts of framing modules: words, some with a value, with commas
 * between them and no blanks, such as size=4,endian=big,typed.
 */
#ifndef FRAMING_OPTIONS_H
#define FRAMING_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

enum framing_option_kind {
	FRAMING_OPTION_FLAG,	/* a word alone; its value becomes 1 */
	FRAMING_OPTION_NUMBER,	/* 0 to max, in decimal, octal (0...) or hexadecimal (0x...) */
	FRAMING_OPTION_WORD	/* one of words; its value becomes the index of it */
};

struct framing_option {
	const char		*name;
	enum framing_option_kind	 kind;
	uint64_t		 max;
	const char *const	*words;	/* NULL behind the last */
	const char		*why;	/* what to say if the value is another */
};

/*
 * Reads config (or NULL) by a table of count options; the value of table[i] goes to
 * values[i], which is left alone if config does not have it.  Returns 0, or -1 with a
 * sentence in *why: that of the option, or unknown for a word that is none.
 */
int	framing_options_read(const struct framing_option *table, size_t count, const char *unknown,
    const char *config, uint64_t *values, const char **why);

/* Reads the len characters at text as an FRAMING_OPTION_NUMBER; 0, or -1 and *out is left alone. */
int	framing_options_number(const char *text, size_t len, uint64_t max, uint64_t *out);

#endif
