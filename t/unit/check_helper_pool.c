/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The helpers of the exec backend in their process: helpers that hang, questions that are given up,
 * and an intruder in a worker who asks too much.
 */

#include "config.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "lib/expect.h"
#include "lib/proc.h"
#include "lib/unit.h"
#include "modules/backends/helper_pool.h"
#include "posix/lifecycle.h"
#include "posix/question.h"
#include "posix/signals.h"

#define LATER	60000	/* ms; a deadline that is not reached */
#define SHORT	400	/* ms; the timeout of helpers that hang */

static int pair[2];
static pid_t process;

/*
 * Starts the process.  Its helpers repeat each question, but hang at those that begin with "hang";
 * and each fifth that begins with "more" gets another line soon after the answer.
 */
static void
start(unsigned helpers, unsigned timeout)
{
	static struct helper_pool_options options;
	static char command[1400];

	(void)snprintf(command, sizeof(command), "echo $$ >>%s; while read -r question; do\n"
	    "echo \"$question\" >>%s\ncase $question in hang*) sleep 100;; esac\n"
	    "echo \"$question\"\n"
	    "case $question in more*) n=$((n + 1)); [ $((n %% 5)) = 0 ] && echo extra;; esac\n"
	    "done", unit_path("pids"), unit_path("questions"));
	options.command = command;
	options.helpers = helpers;
	options.timeout = timeout;
	(void)unlink(unit_path("pids"));
	(void)unlink(unit_path("questions"));
	signals_init(SIGNALS_SINGLE);
	lifecycle_init(-1, 0, 0, NULL);
	ck_assert_int_eq(question_open(pair), 0);
	process = fork();
	ck_assert_int_ne(process, -1);
	if (process == 0) {
		io_close(&pair[1]);
		unit_leave(helper_pool_run(&options, pair[0]));
	}
	io_close(&pair[0]);
}

/* Ends the process by closing the last copy of the workers' end. */
static void
stop(void)
{
	io_close(&pair[1]);
	ck_assert_int_eq(unit_exit_status(process), 0);
}

/* Returns the number of lines of a file of the helpers that are `line`, or of all lines. */
static unsigned
lines(const char *name, const char *line)
{
	FILE *f = fopen(unit_path(name), "r");
	char text[100];
	unsigned n = 0;

	while (f != NULL && fgets(text, sizeof(text), f) != NULL) {
		text[strcspn(text, "\n")] = '\0';
		n += line == NULL || strcmp(text, line) == 0;
	}
	if (f != NULL)
		(void)fclose(f);
	return n;
}

/* Asks, as a worker, and returns the letter and the text of the answer. */
static const char *
ask(const char *question, size_t len)
{
	static char answer[100];
	ssize_t n = question_ask(pair[1], question, len, answer, sizeof(answer) - 1,
	    clock_now() + LATER);

	answer[n > 0 ? n : 0] = '\0';
	return answer;
}

/* Asks as another worker does.  Its exit status becomes the letter of the answer. */
static pid_t
start_asking(const char *question)
{
	pid_t pid = fork();

	ck_assert_int_ne(pid, -1);
	if (pid == 0)
		unit_leave(ask(question, strlen(question))[0]);
	return pid;
}

/* The same, but the exit status is W if the answer is that to another question. */
static pid_t
start_comparing(const char *question)
{
	pid_t pid = fork();
	const char *answer;
	size_t len = strlen(question) - 1;

	ck_assert_int_ne(pid, -1);
	if (pid != 0)
		return pid;
	answer = ask(question, len + 1);
	if (*answer == 'A' && (strlen(answer + 1) != len || memcmp(answer + 1, question, len) != 0))
		unit_leave('W');
	unit_leave(*answer);
}

/* Sends a question and returns the descriptor for its answer. */
static int
send_question(const char *question)
{
	union {
		struct cmsghdr	head;
		char		bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = { NULL, strlen(question) };
	struct msghdr message;
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	memcpy(&part.iov_base, &question, sizeof(question));
	memset(&message, 0, sizeof(message));
	memset(&control, 0, sizeof(control));
	message.msg_iov = &part;
	message.msg_iovlen = 1;
	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&control.head), &fds[1], sizeof(int));
	message.msg_control = control.bytes;
	message.msg_controllen = sizeof(control.bytes);
	while (sendmsg(pair[1], &message, 0) == -1)
		(void)lifecycle_wait(-1, NULL, NULL, clock_now() + 10);
	io_close(&fds[1]);
	return fds[0];
}

static void
wait_for_questions(const char *question, unsigned n)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);

	while (lines("questions", question) < n)
		if (!expect_again(deadline))
			expect_fail("%s was not asked", question);
}

/* -- questions -- */

START_TEST(only_lines)
{
	start(2, LATER);
	ck_assert_str_eq(ask("a b", 3), "");
	ck_assert_str_eq(ask("a\nstatus=404\n", 13), "");
	ck_assert_str_eq(ask("\na", 2), "");
	ck_assert_str_eq(ask("a\0b\n", 4), "");
	ck_assert_uint_eq(lines("questions", NULL), 0);
	ck_assert_str_eq(ask("a b\n", 4), "Aa b");
	ck_assert_str_eq(ask("\n", 1), "A");
	ck_assert_uint_eq(lines("pids", NULL), 1);
	stop();
}
END_TEST

#ifdef HAVE_STRUCT_UCRED_PID
/*
 * A worker that floods the process gets one helper, and neither keeps the others from being
 * answered nor uses up descriptors.
 */
START_TEST(flood)
{
	int fds[300];
	size_t i;
	pid_t other;

	start(2, LATER);
	for (i = 0; i < COUNTOF(fds); i++) {
		fds[i] = send_question("hang\n");
		/* The intruder gives up some of its questions. */
		if (i % 3 == 0)
			io_close(&fds[i]);
	}
	wait_for_questions("hang", 1);
	other = start_asking("good\n");
	ck_assert_int_eq(unit_exit_status(other), 'A');
	/* Two descriptors for each helper and a few others, but not one for each question. */
	if (proc_is_available())
		ck_assert_uint_le(proc_descriptors(process), 40);
	ck_assert_uint_eq(lines("questions", "hang"), 1);
	for (i = 0; i < COUNTOF(fds); i++)
		io_close(&fds[i]);
	stop();
}
END_TEST
#endif

/* A question whose worker has exited meanwhile is not asked. */
START_TEST(given_up)
{
	pid_t hung;
	int fd;

	start(1, (unsigned)expect_stretch(SHORT));
	hung = start_asking("hang\n");
	wait_for_questions("hang", 1);
	fd = send_question("void\n");
	io_close(&fd);
	ck_assert_int_eq(unit_exit_status(hung), 'L');
	ck_assert_str_eq(ask("good\n", 5), "Agood");
	ck_assert_uint_eq(lines("questions", "void"), 0);
	stop();
}
END_TEST

/*
 * A line that a helper writes after its answer is not the answer to a question that waits.  On a
 * busy machine the helper may be delayed between the two lines: a few wrong answers are no fault.
 */
START_TEST(line_after_answer)
{
	pid_t asking[20];
	unsigned round, i, wrong = 0;
	char question[20];

	start(1, LATER);
	for (round = 0; round < 8; round++) {
		for (i = 0; i < COUNTOF(asking); i++) {
			(void)snprintf(question, sizeof(question), "more %u\n", i);
			asking[i] = start_comparing(question);
		}
		for (i = 0; i < COUNTOF(asking); i++)
			wrong += unit_exit_status(asking[i]) == 'W';
	}
	ck_assert_uint_le(wrong, 8);
	stop();
}
END_TEST

/* -- helpers that hang -- */

/* Others wait for the timeout, and are then answered. */
START_TEST(hung_helpers)
{
	unsigned timeout = (unsigned)expect_stretch(SHORT);
	uint64_t begun;
	pid_t hung[2];

	start(2, timeout);
	hung[0] = start_asking("hang\n");
	hung[1] = start_asking("hang\n");
	wait_for_questions("hang", 2);
	begun = expect_now();
	ck_assert_str_eq(ask("good\n", 5), "Agood");
	expect_elapsed(begun, 0, (int)timeout);
	ck_assert_int_eq(unit_exit_status(hung[0]), 'L');
	ck_assert_int_eq(unit_exit_status(hung[1]), 'L');
	ck_assert_uint_ge(lines("pids", NULL), 3);
	stop();
}
END_TEST

/* A question that gets no helper within the timeout is refused. */
START_TEST(no_helper_in_time)
{
	pid_t hung[2];
	int status;

	start(1, (unsigned)expect_stretch(1000));
	hung[0] = start_asking("hang 1\n");
	wait_for_questions("hang 1", 1);
	/* Of two questions that wait, one gets the next helper, and the other is refused. */
	hung[1] = start_asking("hang 2\n");
	status = ask("hang 2\n", 7)[0] + unit_exit_status(hung[1]);
	ck_assert_int_eq(status, 'F' + 'L');
	ck_assert_int_eq(unit_exit_status(hung[0]), 'L');
	stop();
}
END_TEST

/* -- the number of helpers -- */

/* Further helpers are started while questions wait, up to the limit. */
START_TEST(as_many_as_needed)
{
	pid_t hung[4];
	size_t i;

	start(3, LATER);
	for (i = 0; i < COUNTOF(hung); i++)
		hung[i] = start_asking("hang\n");
	wait_for_questions("hang", 3);
	ck_assert_uint_eq(lines("pids", NULL), 3);
	for (i = 0; i < COUNTOF(hung); i++) {
		ck_assert_int_eq(kill(hung[i], SIGKILL), 0);
		ck_assert_int_eq(waitpid(hung[i], NULL, 0), hung[i]);
	}
	stop();
}
END_TEST

/* Questions that are answered at once need one helper. */
START_TEST(one_is_enough)
{
	int i;

	start(8, LATER);
	for (i = 0; i < 50; i++)
		ck_assert_str_eq(ask("good\n", 5), "Agood");
	ck_assert_uint_eq(lines("pids", NULL), 1);
	stop();
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("helper_pool");
	TCase *tc = tcase_create("questions");

	tcase_add_unchecked_fixture(tc, unit_files_setup, unit_files_remove);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, only_lines);
#ifdef HAVE_STRUCT_UCRED_PID
	tcase_add_test(tc, flood);
#endif
	tcase_add_test(tc, given_up);
	tcase_add_test(tc, line_after_answer);
	tcase_add_test(tc, hung_helpers);
	tcase_add_test(tc, no_helper_in_time);
	suite_add_tcase(s, tc);
	tc = tcase_create("number");
	tcase_add_unchecked_fixture(tc, unit_files_setup, unit_files_remove);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, as_many_as_needed);
	tcase_add_test(tc, one_is_enough);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"
