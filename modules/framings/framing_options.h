/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Parses the configuration of a framing: options separated by commas, without blanks.  Some
 * options have a value, for example size=4,endian=big,typed.
 */
#ifndef FRAMING_OPTIONS_H
#define FRAMING_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

enum framing_option_kind {
	FRAMING_OPTION_FLAG,	/* without a value in the text; its value is 1 */
	FRAMING_OPTION_NUMBER,	/* 0 to max, in decimal, octal (0...) or hexadecimal (0x...) */
	FRAMING_OPTION_WORD	/* one of words; its value is an index in words */
};

struct framing_option {
	const char			*name;
	enum framing_option_kind	 kind;
	uint64_t			 max;	/* of a FRAMING_OPTION_NUMBER */
	const char *const		*words;	/* of a FRAMING_OPTION_WORD; NULL-terminated */
	const char			*why;	/* the error message for an invalid value */
};

/*
 * Parses config, which may be NULL, with a table of count options.  Stores the value of option
 * table[i] in values[i]; the values of absent options are not changed.  Returns 0, or -1 with a
 * sentence in *why: that of the option for an invalid value, or `unknown` for a name that is not
 * in the table.
 */
int	framing_options_read(const struct framing_option *table, size_t count, const char *unknown,
    const char *config, uint64_t *values, const char **why);

/*
 * Parses a FRAMING_OPTION_NUMBER from the len characters at text.  A NUL or a comma must follow
 * them.  Returns 0, or -1 with *out unchanged.
 */
int	framing_options_number(const char *text, size_t len, uint64_t max, uint64_t *out);

#endif
