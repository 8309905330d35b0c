/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Descriptors over reloads: the next program and the workers inherit only the descriptors that
 * they need.
 */

#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/expect.h"
#include "lib/modules.h"
#include "lib/proc.h"
#include "lib/server.h"
#include "lib/sock.h"
#include "test_reload.h"

#define PIDS	256
#define RELOADS	5
#define WORKERS	8	/* number of workers at the start */

static struct server s;

/* Waits until a process has n descriptors: for a moment after its start it may have more. */
static void
expect_descriptors(pid_t pid, unsigned n)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	unsigned now;

	while ((now = proc_descriptors(pid)) != n)
		if (!expect_again(deadline))
			expect_fail("process %ld has %u descriptors, should have %u", (long)pid,
			    now, n);
}

/* Descriptors that a module leaves open in the master are closed when the program is replaced. */
START_TEST(a_module_that_leaks)
{
	struct harness h;
	unsigned first, i;
	int port, listener = sock_listen(&port);

	modules_begin("backend_test", NULL);
	modules_set_start("init:leak");
	modules_start(&h, port, NULL);
	/* When all workers have started, the start of the master is complete. */
	modules_expect_traced("worker_init", WORKERS);
	first = proc_descriptors(h.pid);
	ck_assert_uint_gt(first, 20);
	for (i = 0; i < RELOADS; i++) {
		harness_log_mark(&h);
		harness_signal(&h, SIGHUP);
		harness_log(&h, "reload: done", EXPECT_MS);
		expect_descriptors(h.pid, first);
	}
	harness_stop(&h);
	sock_close(&listener);
}
END_TEST

/*
 * A worker that is forked during the check of the configuration inherits no descriptor of the
 * check.
 */
START_TEST(workers_during_a_check)
{
	char program[600], go[600];
	struct client c[4];
	pid_t pids[PIDS];
	unsigned n, i;
	uint64_t deadline;

	snprintf(program, sizeof(program), "%s", harness_scratch("program"));
	snprintf(go, sizeof(go), "%s", harness_scratch("go"));
	server_prepare(&s);
	server_write(&s, "start-workers = 1\nmin-spare = 1\nmax-spare = 1\n");
	reload_install(program);
	reload_run_installed(&s, program);
	reload_install_waiting(program, go);
	harness_signal(&s.h, SIGHUP);
	harness_log(&s.h, "reload: checking", EXPECT_MS);
	/*
	 * The existing worker accepts the first client; new workers are forked for the other
	 * clients.
	 */
	for (i = 0; i < 4; i++)
		server_open(&s, &c[i]);
	n = harness_children(s.h.pid, pids, PIDS);
	ck_assert_uint_gt(n, 4);
	deadline = expect_deadline(EXPECT_MS);
	for (i = 0; i < n; i++) {
		/*
		 * A worker has two pipes, the life pipe and the wake pipe, when it has closed the
		 * others. The process that checks the configuration runs a shell, and is skipped.
		 */
		while (strncmp(proc_link(pids[i], "exe"), program, strlen(program)) == 0 &&
		    proc_count(pids[i], "pipe:") != 2)
			if (!expect_again(deadline))
				expect_fail("worker %ld has %u pipes", (long)pids[i],
				    proc_count(pids[i], "pipe:"));
	}
	reload_go(go);
	harness_log(&s.h, "reload: done", EXPECT_MS);
	for (i = 0; i < 4; i++)
		client_echo_finish(&c[i]);
	server_stop(&s);
}
END_TEST

void
reload_descriptors_cases(Suite *suite)
{
	TCase *tc;

	if (!proc_is_available() || getenv("VALGRIND_PROGRAM") != NULL) {
		expect_skip("descriptors cannot be counted");
		return;
	}
	tc = harness_case(suite, "descriptors", 60);
	tcase_add_test(tc, a_module_that_leaks);
	tcase_add_test(tc, workers_during_a_check);
}
