/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The auxiliary process that keeps the helpers of the exec backend: how many helpers run, helpers
 * that hang, and the process over a crash, a reload and the end of the server.
 */

#include "config.h"

#include <check.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/backends.h"
#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/logfile.h"
#include "lib/proc.h"
#include "lib/server.h"
#include "lib/sock.h"
#include "posix/process.h"

#define CLIENTS		100	/* strangers who are refused */
#define WORKERS		"100"
#define ARGS		24

static struct harness h;

/*
 * Writes the helper, a script that answers /a with a peer; that waits for the file `go` at /wait,
 * and for ever at /hang; that exits after its answer at /leave; and that refuses everything else.
 * The script writes its pid, that of its parent and the path of each question to files.
 */
static void
write_helper(void)
{
	backends_write("helper", "echo $$ >>$1/pids; echo $PPID >>$1/parents\n"
	    "while IFS= read -r question; do\n"
	    "	path=${question%%%%\t*} path=${path#path=}\n"
	    "	echo $path >>$1/questions\n"
	    "	case $path in\n"
	    "	/wait) while [ ! -e $1/go ]; do sleep 0.02; done ;;\n"
	    "	/hang) exec sleep 1000 ;;\n"
	    "	/leave) sleep 1000 & echo $! >>$1/left; echo status=403; exit 7 ;;\n"
	    "	esac\n"
	    "	case $path in\n"
	    "	/a|/wait) echo peer=tcp://127.0.0.1:%d ;;\n"
	    "	*) echo status=403 ;;\n"
	    "	esac\n"
	    "done\n", backends_port(0));
}

/* Returns the option "command=..." for the helper. */
static const char *
helper_command(void)
{
	static char command[1100];

	snprintf(command, sizeof(command), "command=exec sh %s %s", backends_path("helper"),
	    backends_path(""));
	return command;
}

/* Starts the server with the helper and these arguments, the last one NULL. */
static void
start(const char *first, ...)
{
	const char *args[ARGS] = { NULL };
	va_list ap;

	args[0] = first;
	va_start(ap, first);
	if (first != NULL)
		harness_add_args(args, 1, COUNTOF(args), ap);
	va_end(ap);
	write_helper();
	backends_start(&h, "exec", "-c", helper_command(), "-o", "module-timeout=0",
	    args[0], args[1], args[2], args[3], args[4], args[5], args[6], args[7], args[8],
	    args[9], args[10], args[11], NULL);
}

static const char *
time_limit(int ms)
{
	static char text[32];

	snprintf(text, sizeof(text), "timeout=%dms", expect_stretch(ms));
	return text;
}

/* Returns the number of lines of a file of the helper, and the last one as a number. */
static unsigned
lines_of(const char *name, pid_t *last)
{
	FILE *f = fopen(backends_path(name), "r");
	char line[100];
	unsigned n = 0;

	for (; f != NULL && fgets(line, sizeof(line), f) != NULL; n++)
		if (last != NULL)
			*last = (pid_t)strtol(line, NULL, 10);
	if (f != NULL)
		fclose(f);
	return n;
}

static void
wait_for_lines(const char *name, unsigned n)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);

	while (lines_of(name, NULL) < n)
		if (!expect_again(deadline))
			expect_fail("%s has %u lines, not %u", name, lines_of(name, NULL), n);
}

/* Returns the parent of the helper that was started last: the auxiliary process. */
static pid_t
auxiliary(void)
{
	pid_t pid = 0;

	ck_assert_uint_gt(lines_of("parents", &pid), 0);
	return pid;
}

static pid_t
last_helper(void)
{
	pid_t pid = 0;

	ck_assert_uint_gt(lines_of("pids", &pid), 0);
	return pid;
}

/* Sends a request and does not wait for the answer. */
static void
send_request(struct client *c, const char *target)
{
	client_connect(c, h.port);
	client_request(c, &(struct request){ .target = target });
}

static void
expect_status(struct client *c, int status)
{
	client_answer(c);
	if (c->status != status)
		expect_fail("status %d, not %d: %s", c->status, status, c->body);
	client_end(c);
}

/* -- the number of helpers -- */

/*
 * Strangers that are refused cost no process each, although each of them has a worker of its own
 * until the last one has its answer.
 */
START_TEST(few_helpers)
{
	static struct client c[CLIENTS];
	pid_t pid, pids[16];
	unsigned i, n = CLIENTS;

	if (getenv("VALGRIND_PROGRAM") != NULL)
		n = 10;
	start("-o", "start-workers=8", "-o", "min-spare=8", "-o", "max-spare=" WORKERS,
	    "-o", "max-workers=" WORKERS, "-c", "helpers=3", NULL);
	for (i = 0; i < n; i++)
		send_request(&c[i], "/stranger");
	for (i = 0; i < n; i++)
		client_answer(&c[i]);
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(c[i].status, 403);
		client_end(&c[i]);
	}
	ck_assert_uint_eq(lines_of("questions", NULL), n);
	ck_assert_uint_le(lines_of("pids", NULL), 3);
	/* The parent of the helpers is a child of the server, and has no other children. */
	pid = auxiliary();
	ck_assert_int_eq(process_parent(pid), h.pid);
	ck_assert_uint_eq(harness_children(pid, pids, COUNTOF(pids)), lines_of("pids", NULL));
	harness_stop(&h);
}
END_TEST

/* -- helpers that hang -- */

/* If all helpers hang, another question is answered once one of them is late. */
START_TEST(hung_helpers)
{
	struct client hung[2];
	uint64_t begun;
	pid_t late;

	start("-c", "helpers=2", "-c", time_limit(1000), NULL);
	send_request(&hung[0], "/hang");
	wait_for_lines("questions", 1);
	late = last_helper();
	send_request(&hung[1], "/hang");
	wait_for_lines("questions", 2);
	begun = expect_now();
	backends_expect(&h, "/a", 0);
	expect_elapsed(begun, 0, expect_stretch(1000));
	expect_status(&hung[0], 504);
	expect_status(&hung[1], 504);
	harness_expect_gone(late, EXPECT_MS);
	(void)harness_log(&h, "it did not answer in time", EXPECT_MS);
	ck_assert_uint_ge(lines_of("pids", NULL), 3);
	harness_stop(&h);
}
END_TEST

/* Questions that get no helper in time are refused; they do not exceed module-timeout, either. */
START_TEST(all_busy)
{
	char limit[40];
	struct client hung, waiting;

	snprintf(limit, sizeof(limit), "module-timeout=%dms", expect_stretch(1500));
	start("-c", "helpers=1", "-c", "timeout=1h", "-o", limit, NULL);
	send_request(&hung, "/hang");
	wait_for_lines("questions", 1);
	send_request(&waiting, "/a");
	expect_status(&hung, 504);
	expect_status(&waiting, 504);
	harness_stop(&h);
}
END_TEST

/*
 * A helper exits after an answer, and leaves a program that has its output: the next question gets
 * another helper, the exit status is logged, and nothing is left.
 */
START_TEST(helper_exits)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	pid_t first, left = 0;
	int state;

	if (!proc_is_available())
		return;
	start("-c", "helpers=1", NULL);
	backends_expect(&h, "/leave", 403);
	first = last_helper();
	while ((state = proc_state(first)) != 'Z' && state != 0)
		if (!expect_again(deadline))
			expect_fail("the helper does not exit");
	backends_expect(&h, "/a", 0);
	ck_assert_uint_eq(lines_of("pids", NULL), 2);
	(void)harness_log(&h, "ended with status 7", EXPECT_MS);
	ck_assert_uint_eq(lines_of("left", &left), 1);
	ck_assert_int_eq(kill(left, SIGKILL), 0);
	h.deaths = 1;
	harness_stop(&h);
}
END_TEST

/* -- the end of the process -- */

/*
 * The process is killed during a question, and started again: the client notices nothing but the
 * time. So do clients that ask meanwhile.
 */
START_TEST(process_killed)
{
	struct client asked, later;
	pid_t first, helper;
	int peer;

	start(NULL);
	send_request(&asked, "/wait");
	wait_for_lines("questions", 1);
	first = auxiliary();
	helper = last_helper();
	ck_assert_int_eq(kill(first, SIGSTOP), 0);
	send_request(&later, "/wait");
	ck_assert_int_eq(kill(first, SIGKILL), 0);
	backends_write("go", "%s", "");
	client_answer(&asked);
	client_answer(&later);
	ck_assert_int_eq(asked.status, 101);
	ck_assert_int_eq(later.status, 101);
	(void)harness_log(&h, "the auxiliary process of backend_exec (", EXPECT_MS);
	harness_expect_gone(helper, EXPECT_MS);
	ck_assert_int_ne(auxiliary(), first);
	ck_assert_int_eq(process_parent(auxiliary()), h.pid);
	peer = backends_accept(0);
	sock_close(&peer);
	peer = backends_accept(0);
	sock_close(&peer);
	client_end(&asked);
	client_end(&later);
	h.deaths = 1;
	harness_stop(&h);
}
END_TEST

/* With TERM it exits in order, and is started again. */
START_TEST(process_terminated)
{
	pid_t first, helper;

	start(NULL);
	backends_expect(&h, "/a", 0);
	first = auxiliary();
	helper = last_helper();
	ck_assert_int_eq(kill(first, SIGTERM), 0);
	harness_expect_gone(helper, EXPECT_MS);
	harness_expect_gone(first, EXPECT_MS);
	backends_expect(&h, "/a", 0);
	ck_assert_int_ne(auxiliary(), first);
	h.deaths = 1;
	harness_stop(&h);
}
END_TEST

/* After a reload the new workers ask a new process. The previous one exits, even during sessions. */
START_TEST(reload)
{
	struct client c;
	pid_t first, helper;
	int peer;

	start(NULL);
	client_open(&c, h.port, "/a");
	peer = backends_accept(0);
	first = auxiliary();
	helper = last_helper();
	harness_signal(&h, SIGHUP);
	(void)harness_log(&h, "reload: done", EXPECT_MS);
	harness_expect_gone(helper, EXPECT_MS);
	harness_expect_gone(first, EXPECT_MS);
	client_text(&c, "x");
	sock_expect(peer, "x", 1, EXPECT_MS);
	backends_expect(&h, "/stranger", 403);
	ck_assert_int_ne(auxiliary(), first);
	ck_assert_uint_eq(lines_of("pids", NULL), 2);
	client_finish(&c);
	sock_close(&peer);
	harness_stop(&h);
}
END_TEST

/* A process of an earlier generation that does not exit is killed. */
START_TEST(reload_when_stuck)
{
	pid_t first;

	start(NULL);
	backends_expect(&h, "/stranger", 403);
	first = auxiliary();
	ck_assert_int_eq(kill(first, SIGSTOP), 0);
	harness_signal(&h, SIGHUP);
	(void)harness_log(&h, "reload: done", EXPECT_MS);
	(void)harness_log(&h, "did not exit in time and is killed", EXPECT_MS);
	harness_expect_gone(first, EXPECT_MS);
	backends_expect(&h, "/stranger", 403);
	harness_stop(&h);
}
END_TEST

/* A question that was asked before a reload is answered by the process of its generation. */
START_TEST(reload_during_question)
{
	unsigned asked = 1;
	struct client c;
	pid_t first;
	int peer;

	start(NULL);
	send_request(&c, "/wait");
	wait_for_lines("questions", 1);
	first = auxiliary();
	harness_signal(&h, SIGHUP);
	(void)harness_log(&h, "reload: done", EXPECT_MS);
	/* An idle worker of the first generation that has not run yet may take one more client. */
	do {
		backends_expect(&h, "/stranger", 403);
		asked++;
	} while (auxiliary() == first && asked < 20);
	ck_assert_int_ne(auxiliary(), first);
	ck_assert_int_eq(kill(first, 0), 0);
	backends_write("go", "%s", "");
	client_answer(&c);
	ck_assert_int_eq(c.status, 101);
	peer = backends_accept(0);
	ck_assert_uint_eq(lines_of("questions", NULL), asked);
	/* Its worker was the last one of its generation that could ask. */
	harness_expect_gone(first, EXPECT_MS);
	client_finish(&c);
	sock_close(&peer);
	harness_stop(&h);
}
END_TEST

/* If the master is killed, the process and its helpers exit. */
START_TEST(master_killed)
{
	struct client c;
	pid_t process, helper;

	start(NULL);
	send_request(&c, "/hang");
	wait_for_lines("questions", 1);
	process = auxiliary();
	helper = last_helper();
	harness_signal(&h, SIGKILL);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 128 + SIGKILL);
	harness_expect_gone(process, EXPECT_MS);
	harness_expect_gone(helper, EXPECT_MS);
	client_end(&c);
	harness_clean(&h);
}
END_TEST

/* A graceful stop answers the questions that were asked before it. */
START_TEST(stopped_gracefully)
{
	struct client c;
	pid_t process, helper;
	int peer;

	start(NULL);
	send_request(&c, "/wait");
	wait_for_lines("questions", 1);
	process = auxiliary();
	helper = last_helper();
	harness_signal(&h, SIGQUIT);
	(void)harness_log(&h, "draining", EXPECT_MS);
	backends_write("go", "%s", "");
	client_answer(&c);
	ck_assert_int_eq(c.status, 101);
	peer = backends_accept(0);
	client_finish(&c);
	sock_close(&peer);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 0);
	harness_expect_gone(process, EXPECT_MS);
	harness_expect_gone(helper, EXPECT_MS);
	harness_clean(&h);
}
END_TEST

/* The process is started again also after the server has stopped accepting clients. */
START_TEST(killed_while_draining)
{
	struct client c;
	pid_t process;
	int peer;

	start(NULL);
	send_request(&c, "/wait");
	wait_for_lines("questions", 1);
	process = auxiliary();
	harness_signal(&h, SIGQUIT);
	(void)harness_log(&h, "draining", EXPECT_MS);
	ck_assert_int_eq(kill(process, SIGKILL), 0);
	harness_expect_gone(process, EXPECT_MS);
	backends_write("go", "%s", "");
	client_answer(&c);
	ck_assert_int_eq(c.status, 101);
	peer = backends_accept(0);
	process = auxiliary();
	client_finish(&c);
	sock_close(&peer);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 0);
	harness_expect_gone(process, EXPECT_MS);
	harness_clean(&h);
}
END_TEST

/* -- what the process is -- */

/* ps shows what it is; it has none of the sockets of the server. */
START_TEST(few_rights)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	char path[64], title[100] = "";
	FILE *f;

	if (!proc_is_available())
		return;
	start(NULL);
	backends_expect(&h, "/a", 0);
	snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long)auxiliary());
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(title, sizeof(title), f));
	fclose(f);
#ifdef TITLE_IN_ARGUMENTS
	if (getenv("VALGRIND_PROGRAM") == NULL)
		ck_assert_str_eq(title, "websocksy: auxiliary process of backend_exec");
#endif
	/*
	 * Its socket, the life pipe, a helper, and the standard descriptors. It closes that of the
	 * answer after it has sent the answer.
	 */
	while (proc_descriptors(auxiliary()) > 3 + 1 + 1 + 2)
		if (!expect_again(deadline))
			expect_fail("%u descriptors", (unsigned)proc_descriptors(auxiliary()));
	harness_stop(&h);
}
END_TEST

/* Returns whether a file of the test has a line with these words. */
static int
has_line(const char *name, const char *words)
{
	char *text;
	unsigned n;

	if (access(backends_path(name), F_OK) == -1)
		return 0;
	text = logfile_text(backends_path(name));
	n = logfile_count(text, words);
	free(text);
	return n > 0;
}

/* It opens the log again, like all processes, so that the log can be rotated. */
START_TEST(log_rotated)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	char log[1100];

	snprintf(log, sizeof(log), "log=%s", backends_path("log"));
	start("-o", log, NULL);
	backends_expect(&h, "/a", 0);
	ck_assert_int_eq(rename(backends_path("log"), backends_path("log.1")), 0);
	harness_signal(&h, SIGUSR1);
	/* Nothing shows when the process has handled the signal: let it log something until then. */
	do {
		backends_expect(&h, "/stranger", 403);
		ck_assert_int_eq(kill(last_helper(), SIGKILL), 0);
		harness_expect_gone(last_helper(), EXPECT_MS);
		if (expect_left(deadline) == 0)
			expect_fail("the process still uses the previous log");
	} while (!has_line("log", "was ended by signal 9"));
	h.deaths = 1;
	harness_stop(&h);
}
END_TEST

/* As root, the process and its helpers run as the user of the workers. */
START_TEST(no_root)
{
	const char *args[] = { backends_path("conf"), NULL };
	static const char nobody[] = "65534";
	unsigned ids[4];

	if (!server_can_drop() || !proc_is_available()) {
		expect_skip("only root can change the user");
		return;
	}
	write_helper();
	backends_write("conf", "[core]\nlisten = 127.0.0.1\nport = 0\nbackend = exec\nuser = %s\n"
	    "group = %s\nmodule-directory = %s\n[backend]\n"
	    "command = while read -r q; do echo status=403 reason=$(id -u)/$PPID; done\n",
	    nobody, nobody, harness_modules());
	harness_start(&h, args);
	{
		struct client c;
		const char *slash;

		client_ask(&c, h.port, "/");
		slash = strchr(c.body, '/');
		ck_assert_ptr_nonnull(slash);
		ck_assert_ptr_nonnull(strstr(c.body, "65534/"));
		ck_assert_int_eq(sscanf(proc_status((pid_t)strtol(slash + 1, NULL, 10), "Uid"),
		    "%u %u %u %u", &ids[0], &ids[1], &ids[2], &ids[3]), 4);
		ck_assert_uint_eq(ids[0], 65534);
		ck_assert_uint_eq(ids[2], 65534);
		client_end(&c);
	}
	harness_stop(&h);
}
END_TEST

/* In inetd mode the program starts the helper itself. */
START_TEST(inetd)
{
	const char *args[] = { "-i", "-b", "exec", "-c", helper_command(), NULL };
	struct client c;
	int fds[3] = { -1, -1, -1 }, ends[2], peer;
	pid_t pid;

	write_helper();
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	fds[0] = ends[1];
	harness_spawn(&h, args, fds);
	sock_close(&ends[1]);
	client_init(&c, ends[0]);
	pid = h.pid;
	client_request(&c, &(struct request){ .target = "/a" });
	client_answer(&c);
	ck_assert_int_eq(c.status, 101);
	peer = backends_accept(0);
	ck_assert_int_eq(auxiliary(), pid);
	client_finish(&c);
	sock_close(&peer);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 0);
	harness_expect_gone(last_helper(), EXPECT_MS);
	harness_clean(&h);
}
END_TEST

/* With keep = no there is no auxiliary process. */
START_TEST(not_kept)
{
	start("-c", "keep=no", "-c", "helpers=2", NULL);
	backends_expect(&h, "/stranger", 403);
	ck_assert_int_ne(auxiliary(), h.pid);
	ck_assert_int_eq(process_parent(auxiliary()), h.pid);
	harness_expect_gone(last_helper(), EXPECT_MS);
	harness_stop(&h);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("auxiliary");
	TCase *tc = backends_case(s, "helpers", 30);

	tcase_add_test(tc, few_helpers);
	tcase_add_test(tc, hung_helpers);
	tcase_add_test(tc, all_busy);
	tcase_add_test(tc, helper_exits);
	tc = backends_case(s, "life", 30);
	tcase_add_test(tc, process_killed);
	tcase_add_test(tc, process_terminated);
	tcase_add_test(tc, reload);
	tcase_add_test(tc, reload_when_stuck);
	tcase_add_test(tc, reload_during_question);
	tcase_add_test(tc, master_killed);
	tcase_add_test(tc, stopped_gracefully);
	tcase_add_test(tc, killed_while_draining);
	tc = backends_case(s, "process", 30);
	tcase_add_test(tc, few_rights);
	tcase_add_test(tc, log_rotated);
	tcase_add_test(tc, no_root);
	tcase_add_test(tc, inetd);
	tcase_add_test(tc, not_kept);
	return s;
}

#include "lib/check_main.h"
