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
#include "posix/address.h"
#include "posix/listen.h"

void
listen_name_unix(struct listener *one)
{
	if (strncmp(one->asked, "unix://", 7) != 0)
		return;
	memcpy(one->text, one->asked, sizeof(one->text));
	(void)snprintf(one->path, sizeof(one->path), "%.*s", (int)sizeof(one->path) - 1, one->asked + 7);
}

/* Whether somebody listens there. */
static int
is_alive(const struct sockaddr_un *un)
{
	int fd = io_socket(AF_UNIX, SOCK_STREAM), alive;

	if (fd == -1)
		return 1;
	/* One whose backlog is full says EAGAIN. */
	alive = connect(fd, (const struct sockaddr *)un, sizeof(*un)) == 0 ||
	    (errno != ECONNREFUSED && errno != ENOENT);
	io_close(&fd);
	return alive;
}

/* What stands there may be replaced only if it is a socket that a server has left behind. */
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
		log_errorx("cannot listen on unix://%s: there is a file of that name, and no socket",
		    path);
		return 0;
	}
	if (address_unix(&un, path) == 0 && !is_alive(&un))
		return 1;
	log_errorx("cannot listen on unix://%s: another server does", path);
	return 0;
}

/* Looks up whom the socket is to belong to; -1 is nobody in particular. */
static int
find_owner(const struct conf *conf, uid_t *uid, gid_t *gid)
{
	struct passwd *pw;
	struct group *gr;

	*uid = (uid_t)-1;
	*gid = (gid_t)-1;
	if (conf->listen_owner[0] != '\0') {
		pw = getpwnam(conf->listen_owner);
		if (pw == NULL) {
			log_errorx("listen-owner: there is no user '%s'", conf->listen_owner);
			return -1;
		}
		*uid = pw->pw_uid;
	}
	if (conf->listen_group[0] != '\0') {
		gr = getgrnam(conf->listen_group);
		if (gr == NULL) {
			log_errorx("listen-group: there is no group '%s'", conf->listen_group);
			return -1;
		}
		*gid = gr->gr_gid;
	}
	return 0;
}

/* Nobody may connect before owner and mode are what they shall be. */
static int
bind_closed(int fd, const struct sockaddr_un *un)
{
	mode_t mask = umask(0777);
	int result = bind(fd, (const struct sockaddr *)un, sizeof(*un));

	(void)umask(mask);
	return result;
}

/*
 * The socket is made beside its place and moved there when it is ready, so that clients find
 * the old one or the new one, and never none.
 */
int
listen_unix(struct listener *one, const struct conf *conf)
{
	mode_t mode = (mode_t)strtoul(conf->listen_mode, NULL, 8);
	char made[TRANSPORT_PATH_SIZE + 8];
	struct sockaddr_un un;
	struct stat st;
	uid_t uid;
	gid_t gid;

	if (!may_replace(one->path) || find_owner(conf, &uid, &gid) == -1)
		return -1;
	/* Who can write there could put a link in the place of what we give away, or open. */
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
	struct stat st;
	unsigned i;

	for (i = 0; i < l->count; i++)
		if (l->at[i].fd != -1 && l->at[i].path[0] != '\0' && lstat(l->at[i].path, &st) == 0 &&
		    st.st_dev == l->at[i].dev && st.st_ino == l->at[i].ino)
			(void)unlink(l->at[i].path);
}
