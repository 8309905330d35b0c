/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "server/status_file.h"

static const char *path;	/* NULL: the file has no name */

static int
create(struct scoreboard *b, unsigned slots)
{
	if (scoreboard_create(b, path, slots) == 0)
		return 0;
	if (path != NULL)
		log_error("cannot create the status file %s (setting: status-file)", path);
	else
		log_error("no memory for %u workers", slots);
	return -1;
}

/* A reload can rename or remove the status file, but not add one. */
static void
change_name(const struct scoreboard *b, const char *old)
{
	static char kept[RELOAD_PATH_SIZE];

	if (strcmp(old, path != NULL ? path : "") == 0)
		return;
	if (*old == '\0') {
		log_warnx("status-file: a reload cannot add a status file: restart the server");
		path = NULL;
	} else if (path == NULL && io_is_at(b->fd, old)) {
		(void)unlink(old);
	} else if (path != NULL && (!io_is_at(b->fd, old) || rename(old, path) == -1)) {
		log_warn("status-file: cannot rename it, it stays %s", old);
		(void)snprintf(kept, sizeof(kept), "%s", old);
		path = kept;
	}
}

static int
adopt(struct scoreboard *b, unsigned slots, const struct reload *before)
{
	int fd = before->fd[RELOAD_BOARD];

	if (scoreboard_adopt(b, fd, slots) == -1 && scoreboard_adopt(b, fd, 1) == -1) {
		log_error("cannot use the status file of the previous program");
		return -1;
	}
	if (slots > b->slots)
		log_warnx("the status file cannot grow: no more than %u workers", b->slots - 1);
	change_name(b, before->board_path);
	return 0;
}

/*
 * The previous program's file has another layout (see scoreboard.h): creates a new file in its
 * place.  The workers of that program keep the old file until they exit.
 */
static int
replace(struct scoreboard *b, unsigned slots, const struct reload *before)
{
	int old = before->fd[RELOAD_BOARD];

	if (create(b, slots) == -1) {
		/* Sessions live: the server goes on with a scoreboard that has no name. */
		path = NULL;
		if (create(b, slots) == -1)
			return -1;
	}
	scoreboard_take_sums(b, old, before->board_version);
	if (*before->board_path != '\0' && io_is_at(old, before->board_path))
		(void)unlink(before->board_path);
	io_close(&old);
	log_info("the status file has a new layout; sessions of the previous program are not in it");
	return 0;
}

int
status_file_open(struct scoreboard *b, const char *name, unsigned slots,
    const struct reload *before)
{
	path = name;
	if (before == NULL)
		return create(b, slots);
	if (before->board_version != SCOREBOARD_VERSION)
		return replace(b, slots, before);
	return adopt(b, slots, before);
}

const char *
status_file_path(void)
{
	return path;
}

void
status_file_remove(const struct scoreboard *b)
{
	if (path != NULL && b->head != NULL && io_is_at(b->fd, path))
		(void)unlink(path);
}
