/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef TARGET_H
#define TARGET_H

#include <stddef.h>
#include <stdint.h>

/*
 * The target of a request (RFC 9112 section 3.2) as it is shown in the log and in the status: its
 * parts, and which of them are secrets.  A target may have any form, also an invalid one.
 */
enum target_kind {
	TARGET_PREFIX,		/* scheme and host, of a target in absolute-form */
	TARGET_USER,		/* user information, with the @ at its end */
	TARGET_SLASH,		/* "/", or "%2f" */
	TARGET_COMPONENT,	/* component of the path; not empty */
	TARGET_PARAMETERS,	/* from a ";" (or "%3b") to the end of the component */
	TARGET_QUERY		/* from a "?" or "#" (or "%3f", "%23") to the end */
};

struct target_part {
	enum target_kind	 kind;
	const char		*text;		/* len bytes, without a NUL */
	size_t			 len;		/* at least 1 */
};

struct target_scan {
	const char	*at, *end;	/* what is left */
	enum { TARGET_IN_SCHEME, TARGET_IN_USER, TARGET_IN_HOST, TARGET_IN_PATH } stage;
};

/* Prepares to read the parts of the len bytes at target. */
void	target_start(struct target_scan *s, const char *target, size_t len);

/* Reads the next part.  Returns 1, or 0 at the end. */
int	target_next(struct target_scan *s, struct target_part *part);

/*
 * A set of components: bit N is component N, counted from 0; bit TARGET_MANY is also each later
 * one, and bit TARGET_LAST is the last one.
 */
#define TARGET_MANY	62
#define TARGET_LAST	63
#define TARGET_BIT(n)	(UINT64_C(1) << (n))

/* Returns 1 if component number n, counted from 0, of count ones is in the set. */
int	target_has(uint64_t set, unsigned n, unsigned count);

/* Returns the number of components. */
unsigned target_count(const char *target, size_t len);

/*
 * Returns the set of the components that are equal to value, as they are or with %XX decoded, or
 * that contain it if it has at least 4 bytes.  Of a longer value, the first 64 bytes are compared,
 * so that the time is linear in the target.  A value with a slash gives the set of all components.
 */
uint64_t target_find(const char *target, size_t len, const char *value);

/*
 * Writes a target to out, as a string that is cut to size bytes with its NUL.  User information and
 * the components in the set hidden are written as "...".  Parameters and the query, too, unless
 * query is 1; the separator before them is written in any case.  Returns out.
 */
char	*target_show(char *out, size_t size, const char *target, size_t len, uint64_t hidden,
    int query);

/* Returns the number of bytes of a shown target before its parameters and its query. */
size_t	target_path_length(const char *shown);

/*
 * Returns the number of bytes at the start of text that are the len bytes at secret, as they are or
 * with %XX and + decoded; 0 if the text does not begin with them.
 */
size_t	target_matches(const char *text, const char *secret, size_t len);

#endif
