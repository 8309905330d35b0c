/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef JSON_H
#define JSON_H

#include <stddef.h>

/* A strict reader of JSON (RFC 8259), to check the output of the programs. */

/*
 * Returns 1 if text is one object, with nothing before or after it, and without two members of
 * the same name.
 */
int	json_is_object(const char *text);

/*
 * Copies the value of a member of an object to out: json_string() a string, as UTF-8;
 * json_value() any value, unchanged. Returns 1; or 0 if the member is missing, is not a string,
 * or does not fit.
 */
int	json_string(const char *text, const char *name, char *out, size_t size);
int	json_value(const char *text, const char *name, char *out, size_t size);

#endif
