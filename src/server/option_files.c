/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "posix/trust.h"
#include "server/option_files.h"

#define BLANKS	" \t"

static void
warn_of(const struct conf_option *o, const char *path, const struct privileges *p)
{
	struct trust_fault fault;
	char text[TRUST_TEXT_SIZE];

	if (trust_find(path, p->drop ? p->uid : (uid_t)-1, p->drop ? p->gid : (gid_t)-1, &fault))
		log_warnx("%s: option %s: %s", o->place, o->name,
		    trust_format(text, &fault, path));
}

/* Looks at each word of a value: a command has several. */
static void
check_words(const struct conf_option *o, const struct privileges *p)
{
	const char *word = o->value;
	char path[PATH_MAX];
	size_t len;

	for (; *(word += strspn(word, BLANKS)) != '\0'; word += len) {
		len = strcspn(word, BLANKS);
		if (*word == '/' && len < sizeof(path)) {
			(void)snprintf(path, sizeof(path), "%.*s", (int)len, word);
			warn_of(o, path, p);
		}
	}
}

void
option_files_warn(const struct conf *conf, const struct privileges *p)
{
	const struct conf_option *o;

	for (o = conf->options; geteuid() == 0 && o != NULL; o = o->next) {
		/* A path with blanks is one word. */
		if (*o->value == '/' && access(o->value, F_OK) == 0)
			warn_of(o, o->value, p);
		else
			check_words(o, p);
	}
}
