/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/scan.h"
#include "posix/address.h"
#include "posix/listen.h"

void
listen_name_unix(struct listener *one)
{
	size_t scheme = strlen(ENDPOINT_UNIX);

	if (strncmp(one->asked, ENDPOINT_UNIX, scheme) != 0)
		return;
	memcpy(one->text, one->asked, sizeof(one->text));
	(void)snprintf(one->path, sizeof(one->path), "%.*s", (int)sizeof(one->path) - 1,
	    one->asked + scheme);
}

/* Returns 1 if a process listens at the address un, or if that cannot be determined. */
static int
is_alive(const struct sockaddr_un *un)
{
	int fd = io_socket(AF_UNIX, SOCK_STREAM), alive;

	if (fd == -1)
		return 1;
	/* If the backlog of the other process is full, connect() fails with EAGAIN. */
	alive = connect(fd, (const struct sockaddr *)un, sizeof(*un)) == 0 ||
	    (errno != ECONNREFUSED && errno != ENOENT);
	io_close(&fd);
	return alive;
}

int
listen_unix_answers(const char *path)
{
	struct sockaddr_un un;

	return address_unix(&un, path) == -1 || is_alive(&un);
}

/*
 * Returns 1 if there is no file at path, or a socket at which no process listens.  Otherwise
 * returns 0 after a message.
 */
static int
may_replace(const char *path)
{
	struct sockaddr_un un;
	struct stat st;

	if (lstat(path, &st) == -1) {
		if (errno == ENOENT)
			return 1;
		log_error("cannot listen on unix://%s", path);
		return 0;
	}
	if (!S_ISSOCK(st.st_mode)) {
		log_errorx("cannot listen on unix://%s: the file exists and is not a socket", path);
		return 0;
	}
	if (address_unix(&un, path) == 0 && !is_alive(&un))
		return 1;
	log_errorx("cannot listen on unix://%s: another server listens there", path);
	return 0;
}

/* Returns the id that the text of a user or group is, if it is a number; otherwise -1. */
static int64_t
parse_id(const char *text)
{
	uint64_t id;

	return scan_number(text, 0, (uid_t)-1 - 1, &id) == 0 ? (int64_t)id : -1;
}

/*
 * Looks up the configured owner and group of the socket; an id of -1 means "unchanged".  Returns 0,
 * or -1 after a message.
 */
static int
find_owner(const struct conf *conf, uid_t *uid, gid_t *gid)
{
	const char *owner = conf->listen_owner, *group = conf->listen_group;
	const struct passwd *pw = *owner != '\0' ? getpwnam(owner) : NULL;
	const struct group *gr = *group != '\0' ? getgrnam(group) : NULL;
	int faults = 0;

	*uid = pw != NULL ? pw->pw_uid : (uid_t)parse_id(owner);
	*gid = gr != NULL ? gr->gr_gid : (gid_t)parse_id(group);
	if (*owner != '\0' && *uid == (uid_t)-1) {
		log_errorx("%s: listen-owner: there is no user '%s'",
		    conf_place(conf, "listen-owner"), owner);
		faults++;
	}
	if (*group != '\0' && *gid == (gid_t)-1) {
		log_errorx("%s: listen-group: there is no group '%s'",
		    conf_place(conf, "listen-group"), group);
		faults++;
	}
	return faults > 0 ? -1 : 0;
}

int
listen_unix_check(const char *path, const struct conf *conf)
{
	char directory[TRANSPORT_PATH_SIZE];
	struct stat st;
	uid_t uid;
	gid_t gid;

	(void)snprintf(directory, sizeof(directory), "%.*s",
	    (int)(strrchr(path, '/') - path + 1), path);
	/* No error: a service manager may make the directory just before the start. */
	if (stat(directory, &st) == -1 && (errno == ENOENT || errno == ENOTDIR))
		log_warnx("%s: listen: unix://%s: there is no directory %s, which the start needs",
		    conf_place(conf, "listen"), path, directory);
	return find_owner(conf, &uid, &gid);
}

/*
 * Binds a socket with mode 0, so that no client can connect before the owner and the mode are set.
 */
static int
bind_closed(int fd, const struct sockaddr_un *un)
{
	mode_t mask = umask(0777);
	int result = bind(fd, (const struct sockaddr *)un, sizeof(*un));

	(void)umask(mask);
	return result;
}

/*
 * Makes the socket at another path and renames it when it is ready, so that at any time clients
 * find either the old socket or the new one.
 */
int
listen_unix(struct listener *one, const struct conf *conf)
{
	mode_t mode = (mode_t)strtoul(conf->listen_mode, NULL, 8);
	char made[TRANSPORT_PATH_SIZE + ENDPOINT_SPARE];
	struct sockaddr_un un;
	struct stat st;
	uid_t uid;
	gid_t gid;

	if (!may_replace(one->path) || find_owner(conf, &uid, &gid) == -1)
		return -1;
	/*
	 * A user who can write to the directory could replace the file before chown() and chmod().
	 */
	if (io_is_safe_place(one->path) == 0) {
		log_errorx("cannot listen on %s: other users can write to its directory (%s)",
		    one->text, geteuid() == 0 ? "chown root, chmod go-w" : "chmod o-w, or o+t");
		return -1;
	}
	(void)snprintf(made, sizeof(made), "%s.new", one->path);
	one->fd = io_socket(AF_UNIX, SOCK_STREAM);
	(void)unlink(made);
	if (one->fd == -1 || address_unix(&un, made) == -1 || bind_closed(one->fd, &un) == -1) {
		log_error("cannot listen on %s", one->text);
		io_close(&one->fd);
		return -1;
	}
	if (((uid != (uid_t)-1 || gid != (gid_t)-1) && lchown(made, uid, gid) == -1) ||
	    chmod(made, mode) == -1 || listen(one->fd, (int)conf->backlog) == -1 ||
	    lstat(made, &st) == -1 || rename(made, one->path) == -1) {
		log_error("cannot listen on %s", one->text);
		(void)unlink(made);
		io_close(&one->fd);
		return -1;
	}
	one->dev = st.st_dev;
	one->ino = st.st_ino;
	return 0;
}

void
listen_remove(const struct listeners *l)
{
	const struct listener *one;
	struct stat st;
	unsigned i;

	for (i = 0; i < l->count; i++) {
		one = &l->at[i];
		if (one->fd != -1 && one->path[0] != '\0' && lstat(one->path, &st) == 0 &&
		    st.st_dev == one->dev && st.st_ino == one->ino)
			(void)unlink(one->path);
	}
}
