/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#define _XOPEN_SOURCE	700

#include <string.h>
#include <strings.h>

#include "leftover.h"

/* Ends of names, in lower case. */
static const char *const ends[] = {
	/* editors, patch and those who write a copy first */
	"~", ".bak", ".backup", ".old", ".orig", ".rej", ".save", ".new", ".tmp", ".temp",
	".swp", ".swo", ".swn", ".swx", ".kate-swp", ",v",
	/* dpkg and ucf */
	".dpkg-old", ".dpkg-dist", ".dpkg-new", ".dpkg-tmp", ".dpkg-bak", ".dpkg-backup",
	".dpkg-remove", ".dpkg-inst", ".dpkg-divert", ".ucf-old", ".ucf-dist", ".ucf-new",
	".ucftmp",
	/* rpm, pacman, apk, pkg */
	".rpmsave", ".rpmnew", ".rpmorig", ".pacnew", ".pacsave", ".pacorig", ".apk-new",
	".pkgnew", ".pkgsave", ".pkgorig", ".pkg-old", ".cfsaved"
};

size_t
leftover_beginning(const char *name, size_t len)
{
	return len > 0 && (*name == '.' || (len > 1 && *name == '#' && name[len - 1] == '#'));
}

/* Returns the length of a dot and digits at the end of a name, as in desk.bak.1; or 0. */
static size_t
number_end(const char *name, size_t len)
{
	size_t digits = 0;

	while (digits < len && name[len - 1 - digits] >= '0' && name[len - 1 - digits] <= '9')
		digits++;
	return digits > 0 && digits < len && name[len - 1 - digits] == '.' ? digits + 1 : 0;
}

size_t
leftover_end(const char *name, size_t len)
{
	size_t i, end, number = number_end(name, len);

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		end = strlen(ends[i]);
		if (end <= len && strncasecmp(name + len - end, ends[i], end) == 0)
			return end;
		if (number > 0 && end + number <= len &&
		    strncasecmp(name + len - number - end, ends[i], end) == 0)
			return end + number;
	}
	return 0;
}

int
leftover_name(const char *name)
{
	size_t len = strlen(name);

	return leftover_beginning(name, len) > 0 || leftover_end(name, len) > 0;
}
