/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "ctl/ctl_server.h"
#include "posix/process.h"

enum ctl_server_state
ctl_server_open(struct ctl_server *s, const char *path, const char **why)
{
	pid_t holder;

	memset(s, 0, sizeof(*s));
	s->path = path;
	*why = "";
	if (scoreboard_open(&s->board, path, why) == -1) {
		if (errno != ENOENT)
			return CTL_SERVER_UNKNOWN;
		*why = "there is no such file: the server does not run, or has another (-s, -f)";
		return CTL_SERVER_DEAD;
	}
	holder = ctl_server_master(s);
	if (holder == 0)
		*why = "the server does not run, its file was left behind";
	else if (holder == -1)
		*why = "the server runs where its pid cannot be told, such as in another container";
	return holder == 0 ? CTL_SERVER_DEAD : holder == -1 ? CTL_SERVER_HIDDEN : CTL_SERVER_ALIVE;
}

void
ctl_server_close(struct ctl_server *s)
{
	if (s->board.head != NULL)
		scoreboard_destroy(&s->board);
}

pid_t
ctl_server_master(const struct ctl_server *s)
{
	return scoreboard_holder(s->board.fd);
}

int
ctl_server_prepare(const struct ctl_server *s, const char **why)
{
	char place[1200];
	struct stat st;

	/* A bare name is one in this directory. */
	if (snprintf(place, sizeof(place), "%s%s", strchr(s->path, '/') != NULL ? "" : "./",
	    s->path) >= (int)sizeof(place) || fstat(s->board.fd, &st) == -1) {
		*why = "it cannot be looked at";
		return -1;
	}
	if (geteuid() == 0 && st.st_uid != 0 && setuid(st.st_uid) == -1) {
		*why = "root cannot become its owner, whose server it is";
		return -1;
	}
	if (io_is_safe_place(place) != 1) {
		*why = "other users can write to its directory, and could have put it there";
		return -1;
	}
	return 0;
}

static const char *
explain(int error)
{
	switch (error) {
	case EPERM:
		return "that is for root, or the user whose server it is";
	case ESRCH:
		return "it is gone";
	default:
		return strerror(error);
	}
}

pid_t
ctl_server_signal(const struct ctl_server *s, int number, const char **why)
{
	pid_t pid = ctl_server_master(s);

	if (pid <= 0) {
		*why = "the server does not run any more";
		return -1;
	}
	/*
	 * A pid that was free for a moment can be somebody else's.  A master that ends in the
	 * instant since it was looked at would have to be followed by one with its number.
	 */
	if (kill(pid, number) == -1) {
		*why = explain(errno);
		return -1;
	}
	return pid;
}

int
ctl_server_signal_worker(const struct ctl_server *s, pid_t pid, int number, const char **why)
{
	pid_t master = ctl_server_master(s), parent = pid > 1 ? process_parent(pid) : 0;

	if (master <= 0 || parent != master) {
		*why = parent == 0 ? "there is no such process" : "it is no process of this server";
		return pid > 1 && parent == 0 ? 1 : -1;
	}
	/* A child keeps its pid until its parent has seen its end. */
	if (kill(pid, number) == -1) {
		*why = explain(errno);
		return errno == ESRCH ? 1 : -1;
	}
	return 0;
}
