/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/scan.h"
#include "module/framer_name.h"

#define NAME_SIZE	64	/* bytes of the longest name, with its NUL */

/* The sentence of the last error. */
static struct {
	char	text[640];
	size_t	len;
} fault;

/* Appends to the sentence; what does not fit is left out. */
static void fault_add(const char *format, ...) WS_PRINTF(1, 2);

static void
fault_add(const char *format, ...)
{
	size_t room = sizeof(fault.text) - fault.len;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(fault.text + fault.len, room, format, ap);
	va_end(ap);
	if (n > 0)
		fault.len += (size_t)n < room ? (size_t)n : room - 1;
}

/* Returns the name of the framing whose name is most similar to name; NULL if none is similar. */
static const char *
similar(const char *name)
{
	const char *best = NULL;
	unsigned distance, least = 3, i;
	const struct framer *f;

	for (i = 0; (f = framer_at(i)) != NULL; i++) {
		distance = strcasecmp(name, f->api.name) == 0 ? 0 :
		    scan_distance(name, f->api.name);
		if (distance < least && distance < strlen(f->api.name)) {
			least = distance;
			best = f->api.name;
		}
	}
	return best;
}

/*
 * Returns the name of the framing that name means if it has a type in another spelling, such as
 * line-text, and sets *type to the type after a slash.  Returns NULL if name means no framing so.
 */
static const char *
with_type(const char *name, const char **type)
{
	static const char *const types[] = { "/text", "/binary" };
	const struct framer *f;
	unsigned i, t;
	size_t len;

	if (strcasecmp(name, "text") == 0) {
		*type = types[0];
		return "auto";
	}
	for (i = 0; (f = framer_at(i)) != NULL; i++) {
		len = strlen(f->api.name);
		if (strncasecmp(name, f->api.name, len) != 0 || name[len] == '\0' ||
		    strchr(" -_.,:;+=|\\/", name[len]) == NULL)
			continue;
		for (t = 0; t < 2; t++) {
			if (strcasecmp(name + len + 1, types[t] + 1) != 0)
				continue;
			*type = types[t];
			return f->api.name;
		}
	}
	return NULL;
}

/* Writes the fault of an unknown name, whose part before the type is base.  Returns -1. */
static int
report_unknown(const char *name, const char *base, const char *type, const char **why)
{
	const char *near = with_type(name, &type);
	const struct framer *f;
	unsigned i;

	if (near == NULL)
		near = similar(base);
	fault.len = 0;
	fault_add("there is no framing '%.*s%s'", NAME_SIZE, name,
	    strlen(name) > NAME_SIZE ? "..." : "");
	if (near != NULL)
		fault_add(": is '%s%s' meant?", near, type);
	fault_add("%s The framings are", near != NULL ? "" : ".");
	for (i = 0; (f = framer_at(i)) != NULL; i++) {
		if (strlen(f->api.name) + 8 > sizeof(fault.text) - fault.len) {
			fault_add(", ...");
			break;
		}
		fault_add("%s %s", i == 0 ? "" : framer_at(i + 1) == NULL ? " and" : ",",
		    f->api.name);
	}
	*why = fault.text;
	return -1;
}

/* Writes the fault of a name whose type is neither text nor binary.  Returns -1. */
static int
report_type(const char *base, const char *type, const char **why)
{
	fault.len = 0;
	fault_add("the type '%.*s' after the framing's name is neither text nor binary: write "
	    "%s, %s/text or %s/binary", NAME_SIZE, type, base, base, base);
	*why = fault.text;
	return -1;
}

int
framer_name_find(struct framer_name *f, const char *name, const char **why)
{
	char base[NAME_SIZE];
	const char *slash;
	size_t len;

	if (name == NULL)
		name = "auto";
	f->type = ws_type_of_framing;
	f->framer = framer_find(name);
	if (f->framer != NULL)
		return 0;
	slash = strrchr(name, '/');
	len = slash != NULL ? (size_t)(slash - name) : strlen(name);
	if (len >= sizeof(base))
		return report_unknown(name, name, "", why);
	memcpy(base, name, len);
	base[len] = '\0';
	if (slash == NULL)
		return report_unknown(name, base, "", why);
	f->framer = framer_find(base);
	if (strcmp(slash, "/text") == 0)
		f->type = ws_type_text;
	else if (strcmp(slash, "/binary") == 0)
		f->type = ws_type_binary;
	else if (f->framer != NULL)
		return report_type(base, slash + 1, why);
	else
		return report_unknown(name, base, "", why);
	return f->framer != NULL ? 0 : report_unknown(name, base, slash, why);
}

int
framer_name_check(const struct framer *f, const char *config, const char **why)
{
	const char *reason = "it is invalid";

	if (framer_check(f, config, &reason) == 0)
		return 0;
	fault.len = 0;
	if (config == NULL || *config == '\0')
		fault_add("the framing %s has no configuration: %s", f->api.name, reason);
	else
		fault_add("the configuration '%.*s%s' of the framing %s is invalid: %s", NAME_SIZE,
		    config, strlen(config) > NAME_SIZE ? "..." : "", f->api.name, reason);
	*why = fault.text;
	return -1;
}
