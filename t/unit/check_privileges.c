/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Tests privileges.h. The tests that need root run in child processes. Five functions of the C
 * library are replaced by functions that fail, or do nothing, if a test asks for it.
 */

#include "config.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/mount.h>
#endif

#include "base/io.h"
#include "base/log.h"
#include "lib/countof.h"
#include "lib/unit.h"
#include "posix/privileges.h"

#if defined(HAVE_CHROOT) && defined(HAVE_GETGROUPLIST) && defined(HAVE_SETGROUPS)
#define CAN_DROP 1
#else
#define CAN_DROP 0
#endif

#define UNKNOWN_UID	12345	/* a uid that no user has */
#define SOME_GROUP	12346

static char directory[300];	/* directory of the files of a test */

static void
setup(void)
{
	char *slash;

	snprintf(directory, sizeof(directory), "%s", unit_path("x"));
	slash = strrchr(directory, '/');
	*slash = '\0';
	unit_log_capture();
}

static void
teardown(void)
{
	unit_log_release();
}

/* -- children -- */

/*
 * Runs a function in a child process. The function must return 0; another number tells which
 * check failed.
 */
static void
in_child(int (*run)(void *arg), void *arg)
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ne(pid, -1);
	if (pid == 0)
		unit_leave(run(arg));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "the child ended with %s %d: %s",
	    WIFEXITED(status) ? "status" : "signal",
	    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), unit_log_text());
}

/* -- finding -- */

struct row {
	const char	*user, *group, *root;
	const char	*words;		/* words of the error; NULL: success, nothing to drop */
};

static void
assert_rows(const struct row *rows, size_t count)
{
	struct privileges p;
	size_t i;

	for (i = 0; i < count; i++) {
		unit_log_capture();
		memset(&p, 0xa5, sizeof(p));
		ck_assert_msg(privileges_find(&p, rows[i].user, rows[i].group, rows[i].root) ==
		    (rows[i].words != NULL ? -1 : 0), "row %zu: %s", i, unit_log_text());
		ck_assert_uint_eq(unit_log_count(NULL), rows[i].words != NULL);
		if (rows[i].words != NULL) {
			ck_assert_msg(unit_log_count(rows[i].words) == 1, "row %zu, '%s': %s", i,
			    rows[i].words, unit_log_text());
			continue;
		}
		ck_assert_int_eq(p.drop, 0);
		ck_assert_int_eq(privileges_drop(&p), 0);
	}
}

START_TEST(privileges_unknown_names)
{
	static const struct row rows[] = {
		{ "no-such-user", NULL, NULL, "there is no user 'no-such-user' (setting: user)" },
		{ "", NULL, NULL, "there is no user ''" },
		{ "12345", NULL, NULL, "there is no user '12345'" },
		{ "-1", "12345", NULL, "there is no user '-1'" },
		{ "4294967295", "12345", NULL, "there is no user '4294967295'" },
		{ "4294967296", "12345", NULL, "there is no user '4294967296'" },
		{ "99999999999999999999999", "1", NULL, "there is no user '9999999999999" },
		{ "12345x", "12345", NULL, "there is no user '12345x'" },
		{ "12345", "no-such-group", NULL,
		    "there is no group 'no-such-group' (setting: group)" },
		{ "12345", "", NULL, "there is no group ''" },
		{ "12345", "-1", NULL, "there is no group '-1'" },
		{ "12345", "4294967295", NULL, "there is no group '4294967295'" },
		{ NULL, "12345", NULL, "the setting group needs the setting user" },
		{ NULL, NULL, "/", "the setting chroot needs the setting user" },
		{ NULL, "12345", "/", "the setting chroot needs the setting user" }
	};

	assert_rows(rows, COUNTOF(rows));
}
END_TEST

/* Needs root. */
START_TEST(privileges_root_stays_root)
{
	static const struct row rows[] = {
		{ NULL, NULL, NULL, NULL },
		{ "root", NULL, NULL, NULL },
		{ "0", NULL, NULL, NULL },
		{ "root", "12345", NULL, "the setting group needs the setting user" },
		{ "root", NULL, "/", "the setting chroot needs the setting user" }
	};

	assert_rows(rows, COUNTOF(rows));
}
END_TEST

/* Runs in a process that is not root. */
static int
find_as_somebody(void *arg)
{
	static const struct row rows[] = {
		{ NULL, NULL, NULL, NULL },
		{ "12345", "12346", NULL, NULL },
		{ "root", NULL, NULL, "only root can become user root" },
		{ "54321", "12346", NULL, "only root can become user 54321, group 12346" },
		{ "12345", "54321", NULL, "only root can become user 12345, group 54321" },
		{ "12345", "12346", "/",
		    "only root can become user 12345, group 12346, and change the root directory" }
	};

	(void)arg;
	if (setgid(SOME_GROUP) == -1 || setuid(UNKNOWN_UID) == -1)
		return 1;
	assert_rows(rows, COUNTOF(rows));
	return 0;
}

START_TEST(privileges_others_stay_who_they_are)
{
	in_child(find_as_somebody, NULL);
}
END_TEST

#if CAN_DROP

static int
compare(const void *a, const void *b)
{
	gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;

	return (x > y) - (x < y);
}

/* Returns the groups of p as text, in ascending order, each once. */
static const char *
groups_of(const struct privileges *p)
{
	static char text[1024];
	gid_t list[PRIVILEGES_GROUPS];
	size_t len = 0, i, n = (size_t)p->count;

	memcpy(list, p->groups, n * sizeof(list[0]));
	qsort(list, n, sizeof(list[0]), compare);
	text[0] = '\0';
	for (i = 0; i < n && len < sizeof(text) - 16; i++)
		if (i == 0 || list[i] != list[i - 1])
			len += (size_t)sprintf(text + len, "%lu ", (unsigned long)list[i]);
	return text;
}

START_TEST(privileges_numbers)
{
	struct privileges p;

	ck_assert_int_eq(privileges_find(&p, "12345", "12346", NULL), 0);
	ck_assert_int_eq(p.drop, 1);
	ck_assert_uint_eq(p.uid, 12345);
	ck_assert_uint_eq(p.gid, 12346);
	ck_assert_str_eq(groups_of(&p), "12346 ");
	ck_assert_ptr_null(p.root);
	ck_assert_int_eq(privileges_find(&p, "4294967294", "4294967294", NULL), 0);
	ck_assert_uint_eq(p.uid, 4294967294);
	ck_assert_uint_eq(p.gid, 4294967294);
}
END_TEST

/* Returns the groups of a user, as id(1) prints them. */
static const char *
id_says(const char *name)
{
	static char text[1024];
	struct privileges p;
	unsigned long gid;
	char command[256];
	FILE *f;

	memset(&p, 0, sizeof(p));
	snprintf(command, sizeof(command), "id -G '%.63s'", name);
	f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	while (p.count < PRIVILEGES_GROUPS && fscanf(f, "%lu", &gid) == 1)
		p.groups[p.count++] = (gid_t)gid;
	ck_assert_int_eq(pclose(f), 0);
	strcpy(text, groups_of(&p));
	return text;
}

START_TEST(privileges_everybody)
{
	char names[32][64];
	struct privileges p;
	struct passwd *entry;
	unsigned n = 0, i;

	setpwent();
	while (n < COUNTOF(names) && (entry = getpwent()) != NULL)
		if (entry->pw_uid != 0 && strlen(entry->pw_name) < sizeof(names[0]))
			strcpy(names[n++], entry->pw_name);
	endpwent();
	ck_assert_uint_gt(n, 0);
	for (i = 0; i < n; i++) {
		entry = getpwnam(names[i]);
		ck_assert_ptr_nonnull(entry);
		ck_assert_int_eq(privileges_find(&p, names[i], NULL, NULL), 0);
		ck_assert_int_eq(p.drop, 1);
		ck_assert_uint_eq(p.uid, entry->pw_uid);
		ck_assert_uint_eq(p.gid, entry->pw_gid);
		ck_assert_str_eq(groups_of(&p), id_says(names[i]));
	}
	ck_assert_uint_eq(unit_log_count(NULL), 0);
}
END_TEST

#if defined(CLONE_NEWNS) && defined(MS_BIND)
#define OWN_FILES 1

/* Replaces /etc/group and /etc/passwd by files of the test, for this process only. */
static int
replace(const char *groups, const char *users)
{
	return unshare(CLONE_NEWNS) == 0 && mount("", "/", "", MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount(groups, "/etc/group", "", MS_BIND, NULL) == 0 &&
	    mount(users, "/etc/passwd", "", MS_BIND, NULL) == 0 ? 0 : -1;
}

/* One user is in further groups; another user is in too many groups. */
static int
find_with_groups(void *arg)
{
	static const char users[] = "root:x:0:0::/:/bin/sh\nbridge:x:701:702::/:/bin/false\n"
	    "joiner:x:703:702::/:/bin/false\n12345:x:704:702::/:/bin/false\n";
	char groups[4096] = "root:x:0:\nbridge:x:702:\nredis:x:710:bridge\n"
	    "other:x:711:root,joiner\nvideo:x:712:root,bridge\n";
	struct privileges p;
	size_t len = strlen(groups);
	unsigned i;

	(void)arg;
	for (i = 0; i < PRIVILEGES_GROUPS; i++)
		len += (size_t)sprintf(groups + len, "many%u:x:%u:joiner\n", i, 1000 + i);
	if (replace(unit_file("group", groups, len), unit_file("passwd", users, strlen(users))) ==
	    -1)
		return 77;
	if (privileges_find(&p, "bridge", NULL, NULL) != 0 || p.uid != 701 || p.gid != 702 ||
	    strcmp(groups_of(&p), "702 710 712 ") != 0)
		return 1;
	/*
	 * The configured group replaces the primary group of the user; the further groups remain.
	 */
	if (privileges_find(&p, "701", "other", NULL) != 0 || p.uid != 701 || p.gid != 711 ||
	    strcmp(groups_of(&p), "710 711 712 ") != 0)
		return 2;
	/*
	 * A user name that consists of digits is looked up as a name before it is taken for a
	 * uid.
	 */
	if (privileges_find(&p, "12345", "bridge", NULL) != 0 || p.uid != 12345)
		return 3;
	if (privileges_find(&p, "bridge", NULL, NULL) != 0 || privileges_drop(&p) != 0 ||
	    getgroups(0, NULL) != 3)
		return 4;
	return 0;
}

static int
find_in_too_many(void *arg)
{
	static const char users[] = "root:x:0:0::/:/bin/sh\njoiner:x:703:702::/:/bin/false\n";
	char groups[4096] = "root:x:0:\nbridge:x:702:\n";
	struct privileges p;
	size_t len = strlen(groups);
	unsigned i, n = *(unsigned *)arg;

	for (i = 0; i < n; i++)
		len += (size_t)sprintf(groups + len, "many%u:x:%u:joiner\n", i, 1000 + i);
	if (replace(unit_file("group", groups, len), unit_file("passwd", users, strlen(users))) ==
	    -1)
		return 77;
	if (n < PRIVILEGES_GROUPS)
		return privileges_find(&p, "joiner", NULL, NULL) == 0 &&
		    privileges_drop(&p) == 0 ? 0 : 1;
	return privileges_find(&p, "joiner", NULL, NULL) == -1 &&
	    unit_log_count("user joiner is in more than 64 groups") == 1 ? 0 : 2;
}

START_TEST(privileges_further_groups)
{
	static unsigned counts[] = { PRIVILEGES_GROUPS - 1, PRIVILEGES_GROUPS };
	size_t i;

	in_child(find_with_groups, NULL);
	for (i = 0; i < COUNTOF(counts); i++)
		in_child(find_in_too_many, &counts[i]);
}
END_TEST
#endif

START_TEST(privileges_root_directory)
{
	struct privileges p;
	struct row row = { "12345", "12346", directory, NULL };

	ck_assert_int_eq(chmod(directory, 0755), 0);
	ck_assert_int_eq(privileges_find(&p, "12345", "12346", directory), 0);
	ck_assert_int_eq(p.drop, 1);
	ck_assert_ptr_eq(p.root, directory);
	ck_assert_uint_eq(unit_log_count(NULL), 0);

	row.words = "it must be a directory that belongs to root and that only root can write to";
	ck_assert_int_eq(chmod(directory, 0775), 0);
	assert_rows(&row, 1);
	ck_assert_int_eq(chmod(directory, 0757), 0);
	assert_rows(&row, 1);
	ck_assert_int_eq(chmod(directory, 0755), 0);
	ck_assert_int_eq(chown(directory, UNKNOWN_UID, 0), 0);
	assert_rows(&row, 1);
	ck_assert_int_eq(chown(directory, 0, 0), 0);
	row.root = unit_file("file", "", 0);
	assert_rows(&row, 1);
	row.root = unit_path("nowhere");
	row.words = "nowhere: ";
	assert_rows(&row, 1);
	row.root = "jail";
	row.words = "chroot jail: not an absolute path";
	assert_rows(&row, 1);
}
END_TEST

/* -- dropping -- */

/*
 * The replaced functions. One of them fails (failing), or returns success without doing anything
 * (ignoring).
 */
enum step { NO_STEP, CHROOT, CHDIR, SETGROUPS, SETGID, SETUID, STEPS };

static enum step failing, ignoring;	/* used only if armed is 1 */
static int armed;

#if defined(RTLD_NEXT)

/* Returns 0 to do nothing, -1 with errno to fail, or 1 to call the real function. */
static int
stand_in(enum step step)
{
	if (!armed)
		return 1;
	if (step == failing) {
		errno = EAGAIN;
		return -1;
	}
	return step == ignoring ? 0 : 1;
}

/* ISO C does not convert a pointer to an object into a pointer to a function. */
#define REAL(name, pointer) do {				\
	void *symbol = dlsym(RTLD_NEXT, name);			\
								\
	memcpy(&(pointer), &symbol, sizeof(pointer));		\
} while (0)

#define STAND_IN(step, name, type, argument)			\
int								\
name(type argument)						\
{								\
	int (*real)(type);					\
	int result = stand_in(step);				\
								\
	if (result != 1)					\
		return result;					\
	REAL(#name, real);					\
	return real(argument);					\
}

STAND_IN(CHROOT, chroot, const char *, path)
STAND_IN(CHDIR, chdir, const char *, path)
STAND_IN(SETGID, setgid, gid_t, gid)
STAND_IN(SETUID, setuid, uid_t, uid)

int
setgroups(size_t count, const gid_t *list)
{
	int (*real)(size_t, const gid_t *);
	int result = stand_in(SETGROUPS);

	if (result != 1)
		return result;
	REAL("setgroups", real);
	return real(count, list);
}

/* Each step of giving up root fails, or returns success without effect. */
static int
drop_fails(void *arg)
{
	static const char *const names[STEPS] = {
		[CHROOT] = "chroot: ", [CHDIR] = "chdir to the new root: ",
		[SETGROUPS] = "setgroups: ",
		[SETGID] = "setgid: ", [SETUID] = "setuid: "
	};
	static const char *const lies[STEPS] = {
		[CHROOT] = "the root directory is not", [CHDIR] = "the root directory is not",
		[SETGROUPS] = "the groups are not", [SETGID] = "the group is not",
		[SETUID] = "the user is not"
	};
	enum step step = *(enum step *)arg;
	gid_t groups[] = { 0, 1, 12347 };
	struct privileges p;
	char words[128];

	/* Set groups that privileges_drop() must remove. */
	if (setgroups(COUNTOF(groups), groups) == -1 || chdir("/") == -1)
		return 1;
	if (failing != NO_STEP)
		snprintf(words, sizeof(words), "error: cannot give up root: %s", names[step]);
	else
		snprintf(words, sizeof(words), "error: cannot give up root: %s", lies[step]);
	if (privileges_find(&p, "12345", "12346", directory) == -1)
		return 2;
	armed = 1;
	if (privileges_drop(&p) != -1)
		return 3;
	return unit_log_count(words) == 1 && unit_log_count(NULL) == 1 ? 0 : 4;
}

START_TEST(privileges_every_step_counts)
{
	enum step step;

	ck_assert_int_eq(chmod(directory, 0755), 0);
	for (step = CHROOT; step < STEPS; step++) {
		unit_log_capture();
		failing = step;
		ignoring = NO_STEP;
		in_child(drop_fails, &step);
		unit_log_capture();
		failing = NO_STEP;
		ignoring = step;
		in_child(drop_fails, &step);
	}
	ignoring = NO_STEP;
}
END_TEST

#endif

/* Returns 1 if each column of a line of /proc/self/status has this value. */
static int
line_is(const char *name, const char *value, unsigned columns)
{
	char line[4096], *field, *rest = NULL;
	FILE *f = fopen("/proc/self/status", "r");
	unsigned n = 0;
	int right = 1;

	/*
	 * Without /proc the result is 1: privileges_drop() itself has checked the identity as far
	 * as possible.
	 */
	if (f == NULL)
		return 1;
	while (fgets(line, sizeof(line), f) != NULL) {
		field = strtok_r(line, " \t\n", &rest);
		if (field == NULL || strcmp(field, name) != 0)
			continue;
		while ((field = strtok_r(NULL, " \t\n", &rest)) != NULL) {
			right &= strcmp(field, value) == 0;
			n++;
		}
	}
	fclose(f);
	return right && n == columns;
}

static int
drop(void *arg)
{
	struct privileges p;
	gid_t groups[] = { 0, 1, 12347 };
	char *secret = arg;

	/* Set groups that privileges_drop() must remove. */
	if (setgroups(COUNTOF(groups), groups) == -1)
		return 1;
	if (privileges_find(&p, "12345", "12346", NULL) == -1 || privileges_drop(&p) == -1)
		return 2;
	if (!line_is("Uid:", "12345", 4) || !line_is("Gid:", "12346", 4) ||
	    !line_is("Groups:", "12346", 1) || !line_is("CapEff:", "0000000000000000", 1) ||
	    !line_is("CapPrm:", "0000000000000000", 1))
		return 3;
	if (getgroups((int)COUNTOF(groups), groups) > 1)
		return 4;
	if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0 || setegid(0) == 0 ||
	    setgroups(0, NULL) == 0)
		return 5;
	if (open(secret, O_RDONLY) != -1 || errno != EACCES)
		return 6;
	return unit_log_count(NULL) == 0 ? 0 : 7;
}

START_TEST(privileges_are_gone)
{
	char secret[300];

	ck_assert_int_eq(chmod(directory, 0755), 0);
	snprintf(secret, sizeof(secret), "%s", unit_file("secret", "x", 1));
	ck_assert_int_eq(chmod(secret, 0600), 0);
	in_child(drop, secret);
	ck_assert_int_eq(geteuid(), 0);
}
END_TEST

/* A second call fails, since the process may not change its groups any more. */
static int
drop_twice(void *arg)
{
	struct privileges p;

	(void)arg;
	if (privileges_find(&p, "12345", "12346", NULL) == -1 || privileges_drop(&p) == -1)
		return 1;
	return privileges_drop(&p) == -1 &&
	    unit_log_count("cannot give up root: setgroups: ") == 1 ? 0 : 2;
}

START_TEST(privileges_only_root_has_them)
{
	in_child(drop_twice, NULL);
}
END_TEST

/* Group 0 is kept if it is the configured group. */
static int
drop_to_group_root(void *arg)
{
	struct privileges p;

	(void)arg;
	if (privileges_find(&p, "12345", "0", NULL) == -1 || privileges_drop(&p) == -1)
		return 1;
	return getuid() == UNKNOWN_UID && getegid() == 0 && setuid(0) == -1 ? 0 : 2;
}

START_TEST(privileges_group_root)
{
	in_child(drop_to_group_root, NULL);
}
END_TEST

/*
 * The new root directory contains only files of the test, but the addresses of hosts can still be
 * looked up.
 */
static int
drop_below(void *arg)
{
	struct addrinfo *list;
	struct privileges p;
	struct stat st;
	char here[64];

	(void)arg;
	if (privileges_find(&p, "12345", "12346", directory) == -1 || privileges_drop(&p) == -1)
		return 1;
	if (getcwd(here, sizeof(here)) == NULL || strcmp(here, "/") != 0)
		return 2;
	if (stat("/mark", &st) == -1 || stat("../../mark", &st) == -1 ||
	    stat("/etc/passwd", &st) == 0)
		return 3;
	if (getaddrinfo("127.0.0.1", "80", NULL, &list) != 0)
		return 4;
	freeaddrinfo(list);
	log_warnx("the time of this line is right");
	return unit_log_count("the time of this line is right") == 1 && unit_log_count(NULL) == 1 ?
	    0 : 5;
}

START_TEST(privileges_below_a_root)
{
	ck_assert_int_eq(chmod(directory, 0755), 0);
	(void)unit_file("mark", "", 0);
	in_child(drop_below, NULL);
}
END_TEST

#else

/* On a system without these functions, only settings that need them are refused. */
START_TEST(privileges_cannot_be_dropped)
{
	static const struct row rows[] = {
		{ "12345", "12346", NULL, "this build cannot give up root" },
		{ "12345", "12346", "/", "this build cannot give up root" }
	};

	assert_rows(rows, COUNTOF(rows));
}
END_TEST

#endif

/* -- limits -- */

static int
limit(void *arg)
{
	struct rlimit core, files, before;
	/* Under valgrind the hard limit does not change. */
	int valgrind = getenv("VALGRIND_LOGS") != NULL;

	(void)arg;
	if (getrlimit(RLIMIT_NOFILE, &before) == -1 || privileges_limit(0) == -1 ||
	    getrlimit(RLIMIT_NOFILE, &files) == -1 || files.rlim_cur != before.rlim_cur ||
	    files.rlim_max != before.rlim_max)
		return 1;
	if (privileges_limit(64) == -1 || getrlimit(RLIMIT_NOFILE, &files) == -1 ||
	    files.rlim_cur != 64 || (files.rlim_max != 64 && !valgrind))
		return 2;
	if (getrlimit(RLIMIT_CORE, &core) == -1 || core.rlim_cur != 0 || core.rlim_max != 0)
		return 3;
	if (geteuid() == 0 && setuid(UNKNOWN_UID) == -1)
		return 4;
	if (valgrind)
		return 0;
	if (privileges_limit(65) != -1 ||
	    unit_log_count("cannot set the limit of descriptors to 65: ") != 1)
		return 5;
	return privileges_limit(64) == 0 && unit_log_count(NULL) == 1 ? 0 : 6;
}

START_TEST(privileges_limits)
{
	in_child(limit, NULL);
}
END_TEST

/* -- missing files -- */

START_TEST(privileges_missing_files)
{
	static const char *const files[] = { "resolv.conf", "hosts", "nsswitch.conf" };
	char root[320], etc[340], path[400], outside[64];
	unsigned i, have;
	struct stat st;
	const char *missing;

	snprintf(root, sizeof(root), "%s/jail", directory);
	snprintf(etc, sizeof(etc), "%s/etc", root);
	ck_assert_int_eq(mkdir(root, 0755), 0);
	ck_assert_int_eq(mkdir(etc, 0755), 0);
	for (have = 0; have < 8; have++) {
		for (i = 0; i < 3; i++) {
			snprintf(path, sizeof(path), "%s/%s", etc, files[i]);
			(void)unlink(path);
			/*
			 * A symbolic link to an object below the new root is accepted like a
			 * file.
			 */
			if (have & 1 << i)
				ck_assert_int_eq(symlink("/etc/../etc", path), 0);
		}
		missing = privileges_missing(root);
		for (i = 0; i < 3; i++) {
			snprintf(outside, sizeof(outside), "/etc/%s", files[i]);
			ck_assert_msg((missing != NULL && strstr(missing, outside) != NULL) ==
			    (stat(outside, &st) == 0 && (have & 1 << i) == 0), "%u: %s", have,
			    missing != NULL ? missing : "nothing");
		}
		if (have == 7)
			ck_assert_ptr_null(missing);
	}
	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", etc, files[i]);
		ck_assert_int_eq(unlink(path), 0);
		/* The target of this link exists, but not below the new root directory. */
		ck_assert_int_eq(symlink("/dev/null", path), 0);
	}
	ck_assert_ptr_nonnull(privileges_missing(root));
	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", etc, files[i]);
		ck_assert_int_eq(unlink(path), 0);
	}
	ck_assert_int_eq(rmdir(etc), 0);
	ck_assert_int_eq(rmdir(root), 0);
	/* No file is missing below the real root directory. */
	ck_assert_ptr_null(privileges_missing(""));
	ck_assert_ptr_null(privileges_missing("/"));
}
END_TEST

static void
add_for_root(TCase *tc)
{
	tcase_add_test(tc, privileges_root_stays_root);
	tcase_add_test(tc, privileges_others_stay_who_they_are);
#if CAN_DROP
	tcase_add_test(tc, privileges_numbers);
	tcase_add_test(tc, privileges_everybody);
#if defined(OWN_FILES)
	tcase_add_test(tc, privileges_further_groups);
#endif
	tcase_add_test(tc, privileges_root_directory);
#if defined(RTLD_NEXT)
	tcase_add_test(tc, privileges_every_step_counts);
#endif
	tcase_add_test(tc, privileges_are_gone);
	tcase_add_test(tc, privileges_only_root_has_them);
	tcase_add_test(tc, privileges_group_root);
	tcase_add_test(tc, privileges_below_a_root);
#else
	tcase_add_test(tc, privileges_cannot_be_dropped);
#endif
}

static Suite *
check_suite(void)
{
	Suite *s = suite_create("privileges");
	TCase *tc = tcase_create("privileges");

	tcase_set_timeout(tc, 60);
	tcase_add_unchecked_fixture(tc, unit_files_setup, unit_files_remove);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, privileges_unknown_names);
	if (geteuid() == 0)
		add_for_root(tc);
	else
		printf("# SKIPPED without root: giving up root\n");
	tcase_add_test(tc, privileges_limits);
	tcase_add_test(tc, privileges_missing_files);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"
