/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/scan.h"
#include "posix/privileges.h"
#include "posix/trust.h"

#if defined(HAVE_CHROOT) && defined(HAVE_GETGROUPLIST) && defined(HAVE_SETGROUPS)
#define CAN_DROP 1
#else
#define CAN_DROP 0
#endif

int
privileges_can_drop(void)
{
	return CAN_DROP;
}

/* Returns the id if the text of a user or group is a number; otherwise -1. */
static int64_t
parse_id(const char *text)
{
	/* The highest uid_t is (uid_t)-1, which means "no change" in system calls. */
	uint64_t highest = (uid_t)-1 - 1, id;

	return scan_number(text, 0, highest, &id) == 0 ? (int64_t)id : -1;
}

static void
report_unknown(const char *what, const char *name)
{
	if (errno != 0)
		log_error("cannot look up the %s '%s'", what, name);
	else
		log_errorx("there is no %s '%s' (setting: %s)", what, name, what);
}

/*
 * Sets the uid, and the gid of the user's primary group.  *name is set to the name of the user in
 * the user database; NULL if user is a number that is not in the database.
 */
static int
find_user(struct privileges *p, const char *user, const char *group, const char **name)
{
	int64_t id = parse_id(user);
	struct passwd *entry;

	errno = 0;
	entry = id == -1 ? getpwnam(user) : getpwuid((uid_t)id);
	if (entry != NULL) {
		p->uid = entry->pw_uid;
		p->gid = entry->pw_gid;
		*name = entry->pw_name;
		return 0;
	}
	*name = NULL;
	if (id != -1 && group != NULL) {
		p->uid = (uid_t)id;
		return 0;
	}
	/* For a name that does not exist, some systems set ENOENT or ESRCH. */
	if (errno == ENOENT || errno == ESRCH)
		errno = 0;
	if (id != -1 && errno == 0)
		log_errorx("there is no user '%s' (setting: user): a number that is not in the user "
		    "database needs the setting group, too", user);
	else
		report_unknown("user", user);
	return -1;
}

static int
find_group(struct privileges *p, const char *group)
{
	struct group *entry;
	int64_t id;

	if (group == NULL)
		return 0;
	errno = 0;
	entry = getgrnam(group);
	if (entry != NULL) {
		p->gid = entry->gr_gid;
		return 0;
	}
	id = parse_id(group);
	if (id != -1) {
		p->gid = (gid_t)id;
		return 0;
	}
	if (errno == ENOENT || errno == ESRCH)
		errno = 0;
	report_unknown("group", group);
	return -1;
}

#if CAN_DROP

/* Sets p->groups to all groups of the user; to the gid alone if name is NULL. */
static int
find_groups(struct privileges *p, const char *name)
{
	p->count = PRIVILEGES_GROUPS;
	if (name == NULL) {
		p->groups[0] = p->gid;
		p->count = 1;
	} else if (getgrouplist(name, p->gid, p->groups, &p->count) == -1) {
		log_errorx("user %s is in more than %d groups", name, PRIVILEGES_GROUPS);
		return -1;
	}
	return 0;
}

/*
 * Returns -1, after a message, if users other than root can write to the root directory: they could
 * choose the libraries and files that a worker uses below it.
 */
static int
check_root(const char *root)
{
	struct stat st;

	if (root == NULL)
		return 0;
	if (*root != '/') {
		log_errorx("chroot %s: not an absolute path", root);
		return -1;
	}
	if (stat(root, &st) == -1) {
		log_error("chroot %s", root);
		return -1;
	}
	if (!S_ISDIR(st.st_mode) || st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		log_errorx("chroot %s: it must be a directory that belongs to root and that only "
		    "root can write to", root);
		return -1;
	}
	return trust_check("that root directory", root) == -1 ? -1 : 0;
}

/*
 * Makes the resolver load its libraries before chroot(): the libraries are missing below the root
 * directory.
 */
static void
load_resolver(void)
{
	struct addrinfo *list;

	if (getaddrinfo("localhost", NULL, NULL, &list) == 0)
		freeaddrinfo(list);
#if defined(__GLIBC__)
	/*
	 * Before glibc 2.34 the resolver of DNS is a separate library, which "localhost" does not
	 * need.
	 */
	(void)dlopen("libnss_dns.so.2", RTLD_NOW);
#endif
}

static int
prepare(struct privileges *p, const char *name, const char *root)
{
	if (find_groups(p, name) == -1 || check_root(root) == -1)
		return -1;
	if (root != NULL)
		load_resolver();
	p->root = root;
	p->drop = 1;
	return 0;
}

#else

static int
prepare(struct privileges *p, const char *name, const char *root)
{
	(void)p;
	(void)name;
	(void)root;
	log_errorx("this build cannot give up root, because POSIX has no call that sets the groups "
	    "of a process: start it as that user, or build it without --disable-extensions");
	return -1;
}

#endif

/*
 * For a process that keeps its user: returns -1, after a message, if a group or a root directory is
 * set.
 */
static int
keep_user(const char *group, const char *root)
{
	if (group == NULL && root == NULL)
		return 0;
	log_errorx("the setting %s needs the setting user, with a user other than root",
	    root != NULL ? "chroot" : "group");
	return -1;
}

int
privileges_find(struct privileges *p, const char *user, const char *group, const char *root)
{
	const char *name;

	memset(p, 0, sizeof(*p));
	if (user == NULL)
		return keep_user(group, root);
	if (find_user(p, user, group, &name) == -1)
		return -1;
	if (p->uid == 0 && geteuid() == 0)
		return keep_user(group, root);
	/*
	 * A process that is not root may name its own user and group, so that root and other users
	 * can use the same configuration file.
	 */
	if (find_group(p, group) == -1)
		return -1;
	if (geteuid() == 0)
		return prepare(p, name, root);
	if (p->uid != geteuid() || p->gid != getegid() || root != NULL) {
		log_errorx("only root can become user %s%s%s%s", user,
		    group != NULL ? ", group " : "", group != NULL ? group : "",
		    root != NULL ? ", and change the root directory" : "");
		return -1;
	}
	return 0;
}

#if CAN_DROP

static int
has_group(const gid_t *list, int count, gid_t group)
{
	while (count > 0)
		if (list[--count] == group)
			return 1;
	return 0;
}

/* Returns whether the groups of this process are exactly those of p, in any order. */
static int
groups_are(const struct privileges *p)
{
	gid_t have[PRIVILEGES_GROUPS + 1];
	int i, count = getgroups(PRIVILEGES_GROUPS + 1, have);

	if (count == -1)
		return 0;
	for (i = 0; i < count; i++)
		if (!has_group(p->groups, p->count, have[i]))
			return 0;
	for (i = 0; i < p->count; i++)
		if (!has_group(have, count, p->groups[i]) && p->groups[i] != getegid())
			return 0;
	return 1;
}

static int
change_ids(const struct privileges *p)
{
	const char *what = NULL;

	/* Change the user last: a process without root cannot change anything else. */
	if (p->root != NULL && chroot(p->root) == -1)
		what = "chroot";
	else if (p->root != NULL && chdir("/") == -1)
		what = "chdir to the new root";
	else if (setgroups((size_t)p->count, p->groups) == -1)
		what = "setgroups";
	else if (setgid(p->gid) == -1)
		what = "setgid";
	else if (setuid(p->uid) == -1)
		what = "setuid";
	if (what != NULL)
		log_error("cannot give up root: %s", what);
	return what != NULL ? -1 : 0;
}

/* Returns whether the root directory and the current directory are the directory *wanted. */
static int
root_is(const struct privileges *p, const struct stat *wanted)
{
	struct stat root, here;

	return p->root == NULL || (stat("/", &root) == 0 && stat(".", &here) == 0 &&
	    io_same_file(&root, wanted) && io_same_file(&here, wanted));
}

/*
 * Verifies the changed ids and groups, because on some systems the calls that change them have
 * returned 0 although they had changed nothing, or only a part.  No portable call returns the saved
 * id, so the function tries to set the old id again.
 */
static int
verify(const struct privileges *p, uid_t uid, gid_t gid)
{
	const char *what = NULL;

	if (getuid() != p->uid || geteuid() != p->uid)
		what = "the user is not what was set";
	else if (getgid() != p->gid || getegid() != p->gid)
		what = "the group is not what was set";
	else if (!groups_are(p))
		what = "the groups are not what was set";
	else if (setuid(uid) == 0 || seteuid(uid) == 0)
		what = "the old user can be regained";
	else if (gid != p->gid && (setgid(gid) == 0 || setegid(gid) == 0))
		what = "the old group can be regained";
	if (what != NULL)
		log_errorx("cannot give up root: %s", what);
	return what != NULL ? -1 : 0;
}

int
privileges_drop(const struct privileges *p)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	struct stat root;

	if (!p->drop)
		return 0;
	if (p->root != NULL && stat(p->root, &root) == -1) {
		log_error("cannot give up root: %s", p->root);
		return -1;
	}
	if (change_ids(p) == -1)
		return -1;
	if (!root_is(p, &root)) {
		log_errorx("cannot give up root: the root directory is not what was set");
		return -1;
	}
	return verify(p, uid, gid);
}

#else

int
privileges_drop(const struct privileges *p)
{
	(void)p;
	return 0;
}

#endif

int
privileges_limit(uint64_t nofile)
{
	struct rlimit none = { 0, 0 }, files;

	if (setrlimit(RLIMIT_CORE, &none) == -1) {
		log_error("cannot turn off core files");
		return -1;
	}
	if (nofile == 0)
		return 0;
	files.rlim_cur = files.rlim_max = (rlim_t)nofile;
	if (setrlimit(RLIMIT_NOFILE, &files) == 0)
		return 0;
	/* Under valgrind the hard limit cannot be changed, so set only the soft limit. */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = (rlim_t)nofile;
		if (setrlimit(RLIMIT_NOFILE, &files) == 0)
			return 0;
	}
	log_error("cannot set the limit of descriptors to %llu", (unsigned long long)nofile);
	return -1;
}

/*
 * Returns whether a process whose root directory is root has the file.  For such a process an
 * absolute symbolic link leads to a target below root, too.
 */
static int
exists_below(const char *root, const char *file)
{
	char path[1024], target[512];
	struct stat st;
	ssize_t len;
	int n;

	n = snprintf(path, sizeof(path), "%s%s", root, file);
	if (n < 0 || (size_t)n >= sizeof(path))
		return 0;
	len = readlink(path, target, sizeof(target) - 1);
	if (len > 0 && target[0] == '/') {
		target[len] = '\0';
		n = snprintf(path, sizeof(path), "%s%s", root, target);
		if (n < 0 || (size_t)n >= sizeof(path))
			return 0;
	}
	return stat(path, &st) == 0;
}

const char *
privileges_missing(const char *root)
{
	static const char *const files[] = {
		"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf"
	};
	static char sentence[512];
	struct stat st;
	size_t i, len;

	sentence[0] = '\0';
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		/* A file that is missing in our own /etc is not needed. */
		if (stat(files[i], &st) == -1 || exists_below(root, files[i]))
			continue;
		len = strlen(sentence);
		(void)snprintf(sentence + len, sizeof(sentence) - len, "%s%s",
		    len > 0 ? ", " : "names cannot be looked up below the chroot without ",
		    files[i]);
	}
	return sentence[0] != '\0' ? sentence : NULL;
}
