/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The state in WEBSOCKSY_STATE is believed only if this process can have handed it over, and a
 * process only if it is a child of the master.
 */

#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/server.h"
#include "test_reload.h"

static struct server s;

/* What the shell does with the file in $f before it starts the program. */
static const struct row {
	const char	*lines;
	int		 root;		/* 1: needs root */
} forged[] = {
	{ "chmod 600 $f; exec 7<$f", 0 },			/* has a name */
	{ "chmod 644 $f; exec 7<$f; rm $f", 0 },		/* can be read by others */
	{ "chmod 620 $f; exec 7<$f; rm $f", 0 },		/* can be written by others */
	{ "exec 7</dev/null", 0 },
	{ "mkfifo -m 600 $f.fifo; exec 7<>$f.fifo; rm $f.fifo", 0 },
	{ "chmod 600 $f; chown 12345 $f; exec 7<$f; rm $f", 1 },
	{ "exec 7<&-", 0 },
};

/*
 * Writes a state with a process as a worker, or as an auxiliary process, and makes the wrapper
 * that runs these lines.
 */
static void
prepare(const char *lines, int auxiliary, long pid)
{
	char path[600], text[2000];
	FILE *f;

	snprintf(path, sizeof(path), "%s", harness_scratch("state"));
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	if (auxiliary)
		fprintf(f, "version 4\ngeneration 3\nauxiliary %ld 2\nend\n", pid);
	else
		fprintf(f, "version 3\ngeneration 3\nchild %ld 2 3\nend\n", pid);
	ck_assert_int_eq(fclose(f), 0);
	server_prepare(&s);
	server_write(&s, "start-workers = 1\n");
	snprintf(text, sizeof(text), "f=%s\n%s\nWEBSOCKSY_STATE=7; export WEBSOCKSY_STATE", path,
	    lines);
	harness_wrap(text, "", "");
}

START_TEST(a_forged_state)
{
	const char *args[] = { s.conf, NULL };

	if (forged[_i].root && geteuid() != 0) {
		expect_skip("only root can give a file away");
		return;
	}
	expect_context("%s", forged[_i].lines);
	prepare(forged[_i].lines, 0, (long)getpid());
	harness_spawn(&s.h, args, NULL);
	harness_unwrap();
	ck_assert_int_eq(harness_wait(&s.h, EXPECT_MS), 1);
	harness_log(&s.h, "WEBSOCKSY_STATE is for reloads alone", 0);
	harness_clean(&s.h);
	harness_stop(&s.echo);
}
END_TEST

/* A process that is no child is neither counted nor signalled: as a worker, or as another one. */
START_TEST(a_foreign_process)
{
	const char *args[] = { s.conf, NULL };
	pid_t victim = fork();
	int status;

	ck_assert_int_ne(victim, -1);
	if (victim == 0) {
		for (;;)
			pause();
	}
	prepare("chmod 600 $f; exec 7<$f; rm $f", _i, (long)victim);
	harness_spawn(&s.h, args, NULL);
	harness_unwrap();
	s.h.port = harness_logged_port(&s.h, "127.0.0.1");
	harness_log(&s.h, "is not a child of this server", EXPECT_MS);
	server_use(&s);
	server_stop(&s);
	ck_assert_int_eq(waitpid(victim, &status, WNOHANG), 0);
	ck_assert_int_eq(kill(victim, SIGKILL), 0);
	ck_assert_int_eq(waitpid(victim, &status, 0), victim);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}
END_TEST

void
reload_state_cases(Suite *suite)
{
	TCase *tc = harness_case(suite, "state", 60);

	tcase_add_loop_test(tc, a_forged_state, 0, (int)COUNTOF(forged));
	tcase_add_loop_test(tc, a_foreign_process, 0, 2);
}
