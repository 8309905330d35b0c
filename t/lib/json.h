/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef JSON_H
#define JSON_H

#include <stddef.h>

/* A strict reader of JSON (RFC 8259), to check what the program writes. */

/* Returns 1 if text is one object, with nothing before or after it and no name in it twice. */
int	json_is_object(const char *text);

/*
 * Copies a member of the object to out: json_string() the string, in UTF-8; json_value() any
 * value, as it is written. Returns 1, or 0 if there is no such member, it is no string, or it
 * does not fit.
 */
int	json_string(const char *text, const char *name, char *out, size_t size);
int	json_value(const char *text, const char *name, char *out, size_t size);

#endif
