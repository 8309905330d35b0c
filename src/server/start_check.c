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
#include "posix/listen.h"
#include "server/start_check.h"

#define DIRECTORY	"/run"	/* where the files of a daemon are by default */
#define PATH_SIZE	1100	/* bytes; more than a setting with a path can have */

/*
 * Checks that a file can be at path: the file is not a directory, and its directory exists, which
 * is only warned of if later is 1.  Returns 0, or -1 after a message.
 */
static int
check_file(const struct conf *conf, const char *setting, const char *path, int later)
{
	char directory[PATH_SIZE];
	struct stat st;

	/* Other values are words, such as auto. */
	if (*path != '/')
		return 0;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		log_errorx("%s: %s: %s is a directory: name a file in it",
		    conf_place(conf, setting), setting, path);
		return -1;
	}
	(void)snprintf(directory, sizeof(directory), "%.*s",
	    (int)(strrchr(path, '/') - path + 1), path);
	if (stat(directory, &st) == 0 || (errno != ENOENT && errno != ENOTDIR))
		return 0;
	if (later)
		log_warnx("%s: %s: there is no directory %s, which the start needs",
		    conf_place(conf, setting), setting, directory);
	else
		log_errorx("%s: %s: there is no directory %s (mkdir)", conf_place(conf, setting),
		    setting, directory);
	return later ? 0 : -1;
}

void
start_check_advise(void)
{
	const char *directory = getenv("XDG_RUNTIME_DIR");

	if (directory == NULL || *directory != '/')
		directory = "/DIRECTORY/OF/YOURS";
	log_errorx("a daemon of an ordinary user needs files of its own: set pid-file and "
	    "status-file, as in -o pid-file=%s/websocksy.pid -o status-file=%s/websocksy.status "
	    "(or none)", directory, directory);
}

/* Checks that a daemon can write to the default directory of its files. */
static int
check_daemon(const struct conf *conf)
{
	if (!conf->daemon || geteuid() == 0 || access(DIRECTORY, W_OK) == 0 ||
	    (strcmp(conf->pid_file, "auto") != 0 && strcmp(conf->status_file, "auto") != 0))
		return 0;
	log_error("cannot write to " DIRECTORY);
	start_check_advise();
	return -1;
}

int
start_check(const struct conf *conf)
{
	int faults = (listen_check(conf) == -1) + (check_daemon(conf) == -1);

	faults += check_file(conf, "log", conf->log, 0) == -1;
	faults += check_file(conf, "pid-file", conf->pid_file, 1) == -1;
	faults += check_file(conf, "status-file", conf->status_file, 1) == -1;
	return faults > 0 ? -1 : 0;
}
