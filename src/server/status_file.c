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
#include "base/temporary.h"
#include "server/status_file.h"

static const char *file_path;	/* NULL: the file has no name */

static int
create_board(struct scoreboard *b, unsigned slots)
{
	if (scoreboard_create(b, file_path, slots) == 0)
		return 0;
	if (file_path != NULL)
		log_error("cannot create the status file %s (setting: status-file)", file_path);
	else
		log_error("cannot make the memory that %u workers share (" TEMPORARY_REMEDY
		    ", or set status-file to a path)", slots);
	return -1;
}

/*
 * Renames or removes the status file if a reload has changed the setting.  A reload cannot add
 * one.
 */
static void
change_name(const struct scoreboard *b, const char *old)
{
	static char kept[RELOAD_PATH_SIZE];

	if (strcmp(old, file_path != NULL ? file_path : "") == 0)
		return;
	if (*old == '\0') {
		log_warnx("status-file: a reload cannot add a status file: restart the server");
		file_path = NULL;
	} else if (file_path == NULL && io_is_at(b->fd, old)) {
		(void)unlink(old);
	} else if (file_path != NULL && (!io_is_at(b->fd, old) || rename(old, file_path) == -1)) {
		log_warn("status-file: cannot rename it, it stays %s", old);
		(void)snprintf(kept, sizeof(kept), "%s", old);
		file_path = kept;
	}
}

static int
adopt_board(struct scoreboard *b, unsigned slots, const struct reload *before)
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
 * Creates a new file that replaces the previous program's file, which has another layout (see
 * scoreboard.h).  The workers of that program use their file until they exit.  Returns 0, or -1
 * after a message.
 */
static int
replace_board(struct scoreboard *b, unsigned slots, const struct reload *before)
{
	int old = before->fd[RELOAD_BOARD];

	if (create_board(b, slots) == -1) {
		/* This failure must not end the sessions: continue with a file that has no name. */
		file_path = NULL;
		if (create_board(b, slots) == -1)
			return -1;
	}
	scoreboard_take_sums(b, old, before->board_version);
	if (*before->board_path != '\0' && io_is_at(old, before->board_path))
		(void)unlink(before->board_path);
	io_close(&old);
	log_info("the status file has a new layout and does not show sessions of the previous "
	    "program");
	return 0;
}

int
status_file_open(struct scoreboard *b, const char *path, unsigned slots,
    const struct reload *before)
{
	file_path = path;
	if (before == NULL)
		return create_board(b, slots);
	if (before->fd[RELOAD_BOARD] == -1 || before->board_version != SCOREBOARD_VERSION)
		return replace_board(b, slots, before);
	return adopt_board(b, slots, before);
}

const char *
status_file_path(void)
{
	return file_path;
}

void
status_file_remove(const struct scoreboard *b)
{
	if (file_path != NULL && b->head != NULL && io_is_at(b->fd, file_path))
		(void)unlink(file_path);
}
