/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Reads the configuration text of a framing: options separated by commas, without blanks, some of
 * them with a value, such as size=4,endian=big,typed.
 */
#ifndef FRAMING_OPTIONS_H
#define FRAMING_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

enum framing_option_kind {
	FRAMING_OPTION_FLAG,	/* has no value in the text; read as 1 */
	FRAMING_OPTION_NUMBER,	/* 0 to max, in decimal, octal (0...) or hexadecimal (0x...) */
	FRAMING_OPTION_WORD	/* one of words; read as its index there */
};

struct framing_option {
	const char			*name;
	enum framing_option_kind	 kind;
	uint64_t			 max;	/* of a number */
	const char *const		*words;	/* the values of a word, then NULL */
	const char			*why;	/* the error message for an invalid value */
};

/*
 * Reads config (may be NULL) with a table of count options.  Stores the value of option table[i]
 * in values[i]; the values of absent options stay unchanged.  Returns 0, or -1 with a sentence in
 * *why: the option's own for an invalid value, `unknown` for a name that is not in the table.
 */
int	framing_options_read(const struct framing_option *table, size_t count, const char *unknown,
    const char *config, uint64_t *values, const char **why);

/*
 * Reads a FRAMING_OPTION_NUMBER from the len characters at text, which a NUL or a comma follows.
 * Returns 0, or -1 with *out unchanged.
 */
int	framing_options_number(const char *text, size_t len, uint64_t max, uint64_t *out);

#endif
