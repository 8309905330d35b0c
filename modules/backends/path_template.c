/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#define _XOPEN_SOURCE	700

#include <string.h>

#include "leftover.h"
#include "path_template.h"

#define NAME_SIZE	256	/* bytes of a name of a cookie, field or parameter, with the NUL */

static const struct {
	const char	*kind;
	int		 named;	/* 1: a colon and a name follow the kind */
} kinds[] = {
	{ "endpoint", 0 },
	{ "host", 0 },
	{ "protocol", 0 },
	{ "address", 0 },
	{ "cookie", 1 },
	{ "header", 1 },
	{ "query", 1 }
};

#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

struct variable {
	const char	*kind;
	const char	*name;		/* name_len bytes, without a NUL */
	size_t		 name_len;
	size_t		 len;		/* bytes of the variable, both % included */
};

/*
 * Parses the variable at text.  Returns 1, 0 if there is no variable, or -1 if there is one
 * without a % at its end.
 */
static int
read_variable(const char *text, struct variable *v)
{
	const char *end;
	size_t i, len;

	if (*text != '%')
		return 0;
	for (i = 0; i < KINDS; i++) {
		len = strlen(kinds[i].kind);
		if (strncmp(text + 1, kinds[i].kind, len) != 0 ||
		    text[1 + len] != (kinds[i].named ? ':' : '%'))
			continue;
		v->kind = kinds[i].kind;
		v->name = text + 1 + len + (kinds[i].named ? 1 : 0);
		end = strchr(v->name, '%');
		if (end == NULL)
			return -1;
		v->name_len = (size_t)(end - v->name);
		v->len = (size_t)(end + 1 - text);
		return 1;
	}
	return 0;
}

struct output {
	char	*text;
	size_t	 size, len;
	size_t	 component;	/* offset of the current path component in text */
	int	 filled;	/* 1: this component contains a value, */
	size_t	 from, to;	/* whose first byte, and the end of the last one, are here */
	enum path_template_slash slash;
};

static int
add_byte(struct output *o, char c)
{
	if (o->len + 1 >= o->size)
		return -1;
	o->text[o->len++] = c;
	return 0;
}

/*
 * Returns -1 if the current component is ".", ".." or empty and a value is part of it, or if the
 * value makes it the name of a leftover: the administrator may write such components, a client
 * may not.  Otherwise returns 0.
 */
static int
end_component(const struct output *o)
{
	const char *c = o->text + o->component;
	size_t len = o->len - o->component;

	if (!o->filled)
		return 0;
	if (len == 0 || (len <= 2 && c[0] == '.' && c[len - 1] == '.'))
		return -1;
	if (leftover_beginning(c, len) > 0 && o->from == o->component)
		return -1;
	return o->to + leftover_end(c, len) > o->len ? -1 : 0;
}

/* Adds a slash, which begins a component. */
static int
add_slash(struct output *o)
{
	if (end_component(o) == -1 || add_byte(o, '/') == -1)
		return -1;
	o->component = o->len;
	o->filled = 0;
	return 0;
}

static void
fill_component(struct output *o)
{
	if (!o->filled)
		o->from = o->to = o->len;
	o->filled = 1;
}

static int
add_value(struct output *o, const char *value)
{
	int result;

	fill_component(o);
	for (; *value != '\0'; value++) {
		if ((unsigned char)*value < 0x20 || *value == 0x7f ||
		    (*value == '/' && o->slash == PATH_TEMPLATE_REFUSE))
			return -1;
		if (*value == '/' && o->slash == PATH_TEMPLATE_DIRECTORY)
			result = add_slash(o);
		else
			result = add_byte(o, (char)(*value == '/' ? '_' : *value));
		if (result == -1)
			return -1;
		fill_component(o);
		o->to = o->len;
	}
	return 0;
}

static int
expand_variable(struct output *o, const struct variable *v, path_template_value *value, void *arg)
{
	char name[NAME_SIZE];
	const char *text;

	if (v->name_len >= sizeof(name))
		return -1;
	memcpy(name, v->name, v->name_len);
	name[v->name_len] = '\0';
	text = value(arg, v->kind, name);
	return text == NULL ? -1 : add_value(o, text);
}

int
path_template_expand(char *out, size_t size, const char *text, enum path_template_slash slash,
    path_template_value *value, void *arg)
{
	struct output o = { out, size, 0, 0, 0, 0, 0, slash };
	struct variable v;
	int found;

	while (*text != '\0') {
		found = read_variable(text, &v);
		if (found == -1 || (found == 1 && expand_variable(&o, &v, value, arg) == -1))
			return -1;
		if (found == 1) {
			text += v.len;
			continue;
		}
		if ((*text == '/' ? add_slash(&o) : add_byte(&o, *text)) == -1)
			return -1;
		text++;
	}
	if (size == 0 || end_component(&o) == -1)
		return -1;
	out[o.len] = '\0';
	return 0;
}

int
path_template_uses(const char *text, const char *kind)
{
	struct variable v;
	int found;

	while (*text != '\0') {
		found = read_variable(text, &v);
		if (found == 1 && strcmp(v.kind, kind) == 0)
			return 1;
		text += found == 1 ? v.len : 1;
	}
	return 0;
}

const char *
path_template_doubt(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	struct variable v;
	size_t len;
	int found;

	for (; *text != '\0'; text += found == 1 ? v.len : 1) {
		found = read_variable(text, &v);
		if (found == -1)
			return "a variable has no % at its end, so the expression is never used";
		if (found == 1 && v.name_len >= NAME_SIZE)
			return "a variable's name is too long, so the expression is never used";
		if (found == 1 || *text != '%')
			continue;
		len = strspn(text + 1, letters);
		if (len > 0 && (text[1 + len] == '%' || text[1 + len] == ':'))
			return "it has something that looks like a variable, but no variable has "
			    "this name: it is used unchanged";
	}
	return NULL;
}
