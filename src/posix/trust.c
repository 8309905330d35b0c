/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "posix/trust.h"

#define LINKS_MAX	32	/* symbolic links on one way, as the system allows */

/* A walk over the components of a path. */
struct walk {
	uid_t			 uid;		/* trusted like root; -1: none */
	gid_t			 gid;
	struct trust_fault	*fault;		/* its path is the part of the way done so far */
	char			 rest[PATH_MAX];	/* the part that is left */
	unsigned		 links;
	int			 shared;	/* 1: others can create files in the directory */
};

static int strict;

/* Returns whether others than the trusted ones can change a file; describes who. */
static int
is_faulty(const struct walk *w, const struct stat *st)
{
	char *why = w->fault->why;
	const size_t size = sizeof(w->fault->why);

	if (st->st_uid != 0 && st->st_uid != w->uid) {
		(void)snprintf(why, size, "belongs to user %ld, who can change what root runs here "
		    "(chown root)", (long)st->st_uid);
		return 1;
	}
	if (S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX) != 0)
		return 0;
	if ((st->st_mode & S_IWOTH) != 0) {
		(void)snprintf(why, size, "is writable by everybody, who can change what root "
		    "runs here (chmod o-w)");
		return 1;
	}
	if ((st->st_mode & S_IWGRP) != 0 && st->st_gid != 0 && st->st_gid != w->gid) {
		(void)snprintf(why, size, "is writable by group %ld, which can change what root "
		    "runs here (chmod g-w)", (long)st->st_gid);
		return 1;
	}
	return 0;
}

/*
 * Moves the next component from the rest to the way.  Returns 1, 0 at the end, or -1 if the way is
 * too long.
 */
static int
next_component(struct walk *w)
{
	char *way = w->fault->path, *begin = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(begin, "/"), at = strlen(way);

	if (len == 0)
		return 0;
	if (at + len + 2 > sizeof(w->fault->path))
		return -1;
	if (len == 2 && memcmp(begin, "..", 2) == 0) {
		/* The way has no symbolic links any more, so its last component is the parent. */
		*(strrchr(way, '/') != NULL ? strrchr(way, '/') : way) = '\0';
	} else if (len != 1 || *begin != '.') {
		way[at] = '/';
		memcpy(way + at + 1, begin, len);
		way[at + len + 1] = '\0';
	}
	memmove(w->rest, begin + len, strlen(begin + len) + 1);
	return 1;
}

/* Replaces the last component, a symbolic link, by its target.  Returns 0, or -1 with errno. */
static int
follow(struct walk *w)
{
	char target[PATH_MAX], joined[PATH_MAX], *way = w->fault->path;
	ssize_t len = readlink(way, target, sizeof(target) - 1);

	if (len == -1 || ++w->links > LINKS_MAX)
		return -1;
	target[len] = '\0';
	if (snprintf(joined, sizeof(joined), "%s%s", target, w->rest) >= (int)sizeof(joined))
		return -1;
	memcpy(w->rest, joined, sizeof(joined));
	if (*target == '/')
		*way = '\0';
	else
		*strrchr(way, '/') = '\0';
	return 0;
}

/* Looks at the last component of the way.  Returns 1 for a fault, 0, or -1 with errno. */
static int
look(struct walk *w)
{
	char *way = w->fault->path;
	struct stat st;

	if (lstat(*way != '\0' ? way : "/", &st) == -1)
		return -1;
	if (S_ISLNK(st.st_mode)) {
		/* Where only root can write, nobody else can replace the link, whoever owns it. */
		if (w->shared && st.st_uid != 0 && st.st_uid != w->uid)
			return is_faulty(w, &st);
		return follow(w);
	}
	w->shared = S_ISDIR(st.st_mode) && (st.st_mode & S_ISVTX) != 0;
	return is_faulty(w, &st);
}

/* Makes the path absolute: the rest of the walk.  Returns 0, or -1 with errno. */
static int
begin(struct walk *w, const char *path)
{
	char here[PATH_MAX];

	if (*path == '/')
		*here = '\0';
	else if (getcwd(here, sizeof(here)) == NULL)
		return -1;
	if (snprintf(w->rest, sizeof(w->rest), "%s/%s", here, path) < (int)sizeof(w->rest))
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

int
trust_find(const char *path, uid_t uid, gid_t gid, struct trust_fault *fault)
{
	struct walk w = { .uid = uid, .gid = gid, .fault = fault };
	struct stat st;
	int more = 1, found;

	memset(fault, 0, sizeof(*fault));
	if (begin(&w, path) == -1)
		return 0;
	while ((found = look(&w)) == 0 && (more = next_component(&w)) == 1)
		;
	if (found == 0 && more == 0)
		return 0;
	if (found == 1) {
		if (*fault->path == '\0')
			strcpy(fault->path, "/");
		fault->is_on_way = w.rest[strspn(w.rest, "/")] != '\0';
		return 1;
	}
	/* A file that has no path, such as a pipe in /dev/fd: only its own rights count. */
	(void)snprintf(fault->path, sizeof(fault->path), "%s", path);
	return stat(path, &st) == 0 && is_faulty(&w, &st);
}

char *
trust_format(char out[TRUST_TEXT_SIZE], const struct trust_fault *fault, const char *path)
{
	(void)snprintf(out, TRUST_TEXT_SIZE, "%s %s%s%s", fault->path, fault->why,
	    fault->is_on_way ? ", on the way to " : "", fault->is_on_way ? path : "");
	return out;
}

void
trust_set_strict(int on)
{
	strict = on;
}

/* Logs a fault, unless it was the last one.  Returns -1 if faults are errors, otherwise 1. */
static int
report(const char *what, const struct trust_fault *fault, const char *path)
{
	static char *last;	/* the last path that was reported; NULL: none */
	char text[TRUST_TEXT_SIZE];

	(void)trust_format(text, fault, path);
	if (last == NULL || strcmp(fault->path, last) != 0) {
		if (strict)
			log_errorx("%s: root's daemon does not use %s", text, what);
		else
			log_warnx("%s", text);
		free(last);
		/* Without memory, the same path is reported again. */
		last = strdup(fault->path);
	}
	return strict ? -1 : 1;
}

int
trust_check(const char *what, const char *path)
{
	struct trust_fault fault;

	if (geteuid() != 0 || !trust_find(path, (uid_t)-1, (gid_t)-1, &fault))
		return 0;
	return report(what, &fault, path);
}

int
trust_check_opened(const char *what, const char *path, const struct stat *opened)
{
	struct trust_fault fault;
	const struct walk w = { .uid = (uid_t)-1, .gid = (gid_t)-1, .fault = &fault };

	memset(&fault, 0, sizeof(fault));
	if (geteuid() != 0 || !is_faulty(&w, opened))
		return 0;
	(void)snprintf(fault.path, sizeof(fault.path), "%s", path);
	return report(what, &fault, path);
}
