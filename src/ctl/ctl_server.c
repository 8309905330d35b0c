/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
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
		*why = strcmp(path, SCOREBOARD_FILE) == 0 ?
		    "there is no such file, nor " SCOREBOARD_FILE_UNIT ": the server does not run, "
		    "or has another status file (-s, -f)" :
		    "there is no such file: the server does not run, or has another (-s, -f)";
		return CTL_SERVER_DOWN;
	}
	holder = ctl_server_master(s);
	if (holder == 0)
		*why = "the server does not run, and has left this file";
	else if (holder == -1)
		*why = "the pid of the server is unknown here; it may run in another container";
	return holder == 0 ? CTL_SERVER_DOWN : holder == -1 ? CTL_SERVER_HIDDEN : CTL_SERVER_RUNS;
}

void
ctl_server_close(struct ctl_server *s)
{
	if (s->board.head != NULL)
		scoreboard_destroy(&s->board);
}

const char *
ctl_server_find(const char *const *paths)
{
	const char *const *path, *why, *there = NULL;
	enum ctl_server_state state;
	struct ctl_server s;

	for (path = paths; *path != NULL; path++) {
		state = ctl_server_open(&s, *path, &why);
		ctl_server_close(&s);
		if (state == CTL_SERVER_RUNS || state == CTL_SERVER_HIDDEN)
			return *path;
		if (there == NULL && access(*path, F_OK) == 0)
			there = *path;
	}
	return there != NULL ? there : *paths;
}

pid_t
ctl_server_master(const struct ctl_server *s)
{
	return scoreboard_holder(s->board.fd);
}

/*
 * Changes from root to a user, and to the group of that user alone: root's groups are rights, too.
 * Returns 0, or -1 with errno.
 */
static int
become(uid_t uid, gid_t gid)
{
	struct passwd *entry = getpwuid(uid);

	if (entry != NULL)
		gid = entry->pw_gid;
#if defined(HAVE_SETGROUPS)
	if (setgroups(1, &gid) == -1)
		return -1;
#endif
	if (setgid(gid) == -1 || setuid(uid) == -1)
		return -1;
	/* On some systems such calls have returned 0 without an effect. */
	return getuid() == uid && geteuid() == uid && getgid() == gid && getegid() == gid &&
	    setuid(0) == -1 ? 0 : -1;
}

int
ctl_server_prepare(const struct ctl_server *s, const char **why)
{
	char path[1200];
	struct stat st;

	/*
	 * io_is_safe_place() needs a path with a directory: a bare name is in the current
	 * directory.
	 */
	if (snprintf(path, sizeof(path), "%s%s", strchr(s->path, '/') != NULL ? "" : "./",
	    s->path) >= (int)sizeof(path) || fstat(s->board.fd, &st) == -1) {
		*why = "its owner cannot be found out";
		return -1;
	}
	if (geteuid() == 0 && st.st_uid != 0 && become(st.st_uid, st.st_gid) == -1) {
		*why = "cannot change to the user who owns it";
		return -1;
	}
	if (io_is_safe_place(path) != 1) {
		*why = "other users can write to its directory and could have put it there";
		return -1;
	}
	return 0;
}

/* Returns a sentence about an error of kill(). */
static const char *
explain(int error)
{
	switch (error) {
	case EPERM:
		return "only root, or the user who runs the server, may do that";
	case ESRCH:
		return "it has exited";
	default:
		return strerror(error);
	}
}

pid_t
ctl_server_signal(const struct ctl_server *s, int number, const char **why)
{
	pid_t pid = ctl_server_master(s);

	if (pid <= 0) {
		*why = "the server has exited";
		return -1;
	}
	/*
	 * If the master has exited since ctl_server_master(), another process could already have
	 * its pid.  This is accepted: a system assigns many other pids before it reuses one.
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
		*why = parent == 0 ? "there is no such process" :
		    "it is not a process of this server";
		return pid > 1 && parent == 0 ? 1 : -1;
	}
	/* No other process can get this pid before the master has reaped the worker. */
	if (kill(pid, number) == -1) {
		*why = explain(errno);
		return errno == ESRCH ? 1 : -1;
	}
	return 0;
}
