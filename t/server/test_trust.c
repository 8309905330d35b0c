/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Files that users other than root can change: a daemon of root does not use them as configuration
 * or modules; in all other modes they are used, with a warning that says who can change what.
 */

#include "config.h"

#include <sys/stat.h>

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/modules.h"
#include "lib/server.h"
#include "lib/sock.h"

static struct harness h;
static char file[600];		/* the configuration file: top/sub/w.conf in a directory of the test */

#define OWNER	"belongs to user 1, who can change what root runs here (chown root)"
#define ANY	"is writable by everybody, who can change what root runs here (chmod o-w)"
#define GROUP	"is writable by group 1, which can change what root runs here (chmod g-w)"

/*
 * The lines prepare the configuration file $F in $D/sub, and the module $N in $M.  at is the end of
 * the path that the message names; NULL: there is no fault.
 */
static const struct {
	const char	*lines, *at, *words;
} rows[] = {
	{ ":", NULL, NULL },
	{ "chown 1 $F", "sub/w.conf ", OWNER },
	{ "chmod o+w $F", "sub/w.conf ", ANY },
	{ "chgrp 1 $F; chmod g+w $F", "sub/w.conf ", GROUP },
	{ "chgrp 0 $F; chmod g+w $F", NULL, NULL },
	{ "chown 1 $D/sub", "/sub ", OWNER },
	{ "chmod o+w $D/sub", "/sub ", ANY },
	{ "chmod 1777 $D/sub", NULL, NULL },
	{ "chmod 1777 $D/sub; chown 1 $F", "sub/w.conf ", OWNER },
	{ "chown 1 $D/sub; chmod 1777 $D/sub", "/sub ", OWNER },
	{ "chown 1 $D", "/top ", OWNER },
	{ "chmod o+w $D", "/top ", ANY },
	/* symbolic links: their owner matters only where others can replace them */
	{ "mv $F $D/real; ln -s ../real $F", NULL, NULL },
	{ "mv $F $D/real; ln -s $D/real $F; chown -h 1 $F", NULL, NULL },
	{ "mv $F $D/real; chmod 1777 $D/sub; ln -s $D/real $F; chown -h 1 $F", "/w.conf ", OWNER },
	{ "mkdir $D/other; mv $F $D/other; chown 1 $D/other; ln -s $D/other/w.conf $F", "/other ",
	    OWNER },
	{ "mv $D/sub $D/real; ln -s real $D/sub; chown 1 $D/real", "/real ", OWNER },
	/* modules */
	{ "chown 1 $M", "", OWNER },
	{ "chown 1 $N", "framing_old.so ", OWNER },
	{ "chown 1 ${M%/*}", "", OWNER },
	{ "mkdir $D/m; mv $N $D/m; chown 1 $D/m; ln -s $D/m/framing_old.so $N", "/m ", OWNER },
};

static void
run(const char *lines)
{
	char command[2000];

	snprintf(command, sizeof(command), "F='%s' M='%s'; D=${F%%/sub/*}; N=$M/framing_old.so; %s",
	    file, modules_directory(), lines);
	ck_assert_int_eq(system(command), 0);
}

/* Makes the files, and returns 1; returns 0 after a message if the test does not run as root. */
static int
prepare(const char *lines)
{
	char command[1500];

	if (geteuid() != 0) {
		expect_skip("not root");
		return 0;
	}
	snprintf(file, sizeof(file), "%s/sub/w.conf", harness_scratch("top"));
	modules_begin(NULL, NULL);
	modules_copy("framing_old", "framing_old");
	snprintf(command, sizeof(command), "mkdir -p '%.*s' && printf '[core]\\nlisten = "
	    "127.0.0.1\\nport = 0\\nuser = root\\n[backend]\\nport = 1\\n' >'%s' && "
	    "chmod 644 '%s'", (int)(strrchr(file, '/') - file), file, file, file);
	ck_assert_int_eq(system(command), 0);
	run(lines);
	return 1;
}

/* Runs the program to its end and checks its status, and the message if there is a fault. */
static void
run_check(const char *const *args, int status, const char *level, const char *at,
    const char *words)
{
	char line[400];

	harness_spawn(&h, args, NULL);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), status);
	if (words != NULL) {
		snprintf(line, sizeof(line), "%s%s", at, words);
		ck_assert_msg(harness_log_count(&h, words) == 1 &&
		    (*at == '\0' || harness_log_count(&h, line) == 1) &&
		    harness_log_count(&h, level) == 1, "%s", harness_log_text(&h));
	} else {
		ck_assert_msg(harness_log_count(&h, "root runs here") == 0, "%s",
		    harness_log_text(&h));
	}
	harness_clean(&h);
}

START_TEST(checked)
{
	const char *daemon[] = { "-t", "-d", "-f", file, "-o", modules_setting(), NULL };
	const char *check[] = { "-t", "-f", file, "-o", modules_setting(), NULL };
	const char *at = rows[_i].at, *words = rows[_i].words;

	expect_context("%s", rows[_i].lines);
	if (!prepare(rows[_i].lines))
		return;
	daemon[5] = check[4] = modules_setting();
	run_check(daemon, words != NULL, " error: ", at, words);
	run_check(check, 0, " warn: ", at, words);
	run("chown -R 0 $D $M ${M%/*}; chmod -R go-w $D $M ${M%/*}");
}
END_TEST

/* In the foreground and in inetd mode the files are used, with a warning. */
START_TEST(used)
{
	const char *server[] = { "-f", file, "-o", modules_setting(), NULL };
	const char *inetd[] = { "-i", "-f", file, "-o", modules_setting(), NULL };
	int port, listener, client, fds[3] = { -1, -1, -1 };

	if (!prepare("chown 1 $F"))
		return;
	server[3] = inetd[4] = modules_setting();
	harness_start(&h, server);
	ck_assert_uint_eq(harness_log_count(&h, "w.conf " OWNER), 1);
	harness_stop(&h);
	listener = sock_listen(&port);
	client = sock_connect(port, 0);
	fds[0] = sock_accept(listener, EXPECT_MS);
	sock_close(&client);
	harness_spawn(&h, inetd, fds);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 0);
	ck_assert_uint_eq(harness_log_count(&h, "w.conf " OWNER), 1);
	harness_clean(&h);
	sock_close(&fds[0]);
	sock_close(&listener);
}
END_TEST

/*
 * The file that is read is the one that counts: a user makes a FIFO in a directory like /tmp, and
 * replaces it by a file of root while it is read.
 */
START_TEST(replaced)
{
	const char *daemon[] = { "-t", "-d", "-f", file, NULL };
	static const char text[] = "[core]\nuser = root\n";
	int fd;

	if (!prepare("chmod 1777 $D/sub; mv $F $D/real; mkfifo $F; chown 1 $F"))
		return;
	harness_spawn(&h, daemon, NULL);
	fd = open(file, O_WRONLY);
	ck_assert_int_ne(fd, -1);
	run("mv -f $D/real $F");
	ck_assert_int_eq(write(fd, text, sizeof(text) - 1), (ssize_t)sizeof(text) - 1);
	sock_close(&fd);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 1);
	ck_assert_uint_eq(harness_log_count(&h, "w.conf " OWNER), 1);
	harness_clean(&h);
}
END_TEST

/* The modules of a configuration that others can change are not loaded by a daemon. */
START_TEST(nothing_is_loaded)
{
	const char *daemon[] = { "-t", "-d", "-f", file, "-o", modules_setting(), NULL };

	if (!prepare("chown 1 $F; echo garbage >$N"))
		return;
	daemon[5] = modules_setting();
	run_check(daemon, 1, " error: ", "", OWNER);
}
END_TEST

/* A directory on the way to the root directory of the workers. */
START_TEST(root_directory)
{
	const char *check[] = { "-t", "-o", "user=1", "-o", NULL, NULL };
	const char *daemon[] = { "-t", "-d", "-o", "user=1", "-o", NULL, NULL };
	char option[700];

	if (!prepare("chown 1 $D") || !server_can_drop())
		return;
	snprintf(option, sizeof(option), "chroot=%.*s", (int)(strrchr(file, '/') - file), file);
	check[4] = daemon[5] = option;
	run_check(check, 0, "/top ", "/top ", OWNER);
	run_check(daemon, 1, "does not use that root directory", "/top ", OWNER);
	run("chown 0 $D");
	run_check(daemon, 0, "", "", NULL);
}
END_TEST

/* Files of the backend: a warning, unless their owner is the user of the workers. */
START_TEST(files_of_the_backend)
{
	const char *check[] = { "-t", "-o", "user=root", "-m", harness_modules(), "-b", "file",
	    "-c", NULL, "-c", "expression=x", NULL };
	char option[700];

	if (!prepare("chown 1 $D/sub"))
		return;
	if (harness_modules() == NULL) {
		expect_skip("no module directory");
		return;
	}
	snprintf(option, sizeof(option), "path=%.*s", (int)(strrchr(file, '/') - file), file);
	check[8] = option;
	run_check(check, 0, "-c: option path: ", "/sub ", OWNER);
	check[2] = "user=1";
	if (server_can_drop())
		run_check(check, 0, "", "", NULL);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("trust");
	TCase *tc = harness_case(suite, "trust", 60);

	tcase_add_loop_test(tc, checked, 0, (int)COUNTOF(rows));
	tcase_add_test(tc, used);
	tcase_add_test(tc, replaced);
	tcase_add_test(tc, nothing_is_loaded);
	tcase_add_test(tc, root_directory);
	tcase_add_test(tc, files_of_the_backend);
	return suite;
}

#include "lib/check_main.h"
