/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef JSON_H
#define JSON_H

#include <stddef.h>

/*
 * A strict reader of JSON (RFC 8259), for what the program writes.
 */

/* Whether text is one object, with nothing before or behind it, and no name in it twice. */
int	json_is_object(const char *text);

/*
 * A member of the object: its string, in UTF-8, or its value as it is written.
 * Returns 0 if there is none of that name, or it is not of that kind, or does not fit.
 */
int	json_string(const char *text, const char *name, char *out, size_t size);
int	json_value(const char *text, const char *name, char *out, size_t size);

#endif
