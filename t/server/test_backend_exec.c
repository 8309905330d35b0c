/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The exec backend: the questions that the server sends to a helper program, the effect of its
 * answers, and helpers that exit, hang or violate the protocol.
 */

#include "config.h"

#include <check.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/backends.h"
#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/sock.h"

static struct harness h;

/* Returns the option "timeout=TIME" with this number of milliseconds, stretched. */
static const char *
time_limit(int ms)
{
	static char texts[2][32];
	static unsigned turn;
	char *text = texts[turn++ % 2];

	snprintf(text, sizeof(texts[0]), "timeout=%dms", expect_stretch(ms));
	return text;
}

/*
 * Starts the server with one worker, and therefore one helper: a shell that runs `script`. More
 * arguments may follow, the last one NULL.
 */
static void
start(const char *script, ...)
{
	const char *args[8] = { NULL };
	char command[1100];
	va_list ap;

	va_start(ap, script);
	harness_add_args(args, 0, COUNTOF(args), ap);
	va_end(ap);
	backends_write("helper", "%s", script);
	snprintf(command, sizeof(command), "command=exec sh %s %s", backends_path("helper"),
	    backends_path(""));
	backends_start(&h, "exec", "-c", command, "-c", time_limit(5000), "-o", "module-timeout=0",
	    "-o", "max-workers=1", HARNESS_ONE_WORKER,
	    "-o", "max-connections-per-worker=0",
	    args[0], args[1], args[2], args[3], args[4], args[5], args[6], args[7], NULL);
}

/*
 * Returns a shell script that answers each question according to the path in it: the paths /a and
 * /b, and those of `cases`. The script writes its pid and the questions to files.
 */
static const char *
by_path(const char *cases)
{
	static char text[4096];

	snprintf(text, sizeof(text), "echo $$ >>$1/pids\n"
	    "while IFS= read -r question; do\n"
	    "	printf '%%s\\n' \"$question\" >>$1/questions\n"
	    "	path=${question%%%%\t*}\n"
	    "	case ${path#path=} in\n"
	    "	/a) echo peer=tcp://127.0.0.1:%d ;;\n"
	    "	/b) echo peer=tcp://127.0.0.1:%d ;;\n"
	    "%s"
	    "	*) echo status=404 ;;\n"
	    "	esac\n"
	    "done\n", backends_port(0), backends_port(1), cases);
	return text;
}

/* Returns line `number`, from 0 on, of a file that the helper has written. */
static const char *
line_of(const char *name, unsigned number)
{
	static char line[70000];
	FILE *f = fopen(backends_path(name), "r");
	unsigned i;

	if (f == NULL)
		expect_fail("%s is not there", name);
	for (i = 0; i <= number; i++)
		if (fgets(line, sizeof(line), f) == NULL)
			expect_fail("%s has %u lines", name, i);
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
	return line;
}

static unsigned
lines_of(const char *name)
{
	FILE *f = fopen(backends_path(name), "r");
	unsigned n = 0;
	int c;

	while (f != NULL && (c = getc(f)) != EOF)
		n += c == '\n';
	if (f != NULL)
		fclose(f);
	return n;
}

static pid_t
helper(unsigned number)
{
	return (pid_t)strtol(line_of("pids", number), NULL, 10);
}

/* -- questions and answers -- */

static const char answers[] =
    "	/lf) echo peer=tcp://127.0.0.1:$(cat $1/port) framing=newline framing-config=lf ;;\n"
    "	/sep) echo peer=tcp://127.0.0.1:$(cat $1/port) framing=separator framing-config=%20%7C ;;\n"
    "	/second) echo peer=tcp://127.0.0.1:$(cat $1/port) protocol=two ;;\n"
    "	/none) echo peer=tcp://127.0.0.1:$(cat $1/port) protocol= ;;\n"
    "	/dash) echo peer=tcp://127.0.0.1:$(cat $1/port) protocol=- ;;\n"
    "	/no) echo status=403 reason=not%20for%20you%21 ;;\n"
    "	/silent) echo status=410 ;;\n"
    "	/empty) echo ;;\n"
    "	/word) echo yes ;;\n"
    "	/badpeer) echo peer=tcp://nowhere ;;\n"
    "	/badframing) echo peer=tcp://h:1 framing=none ;;\n"
    "	/badconfig) echo peer=tcp://h:1 framing=separator framing-config=%5Cx ;;\n"
    "	/badstatus) echo status=200 ;;\n"
    "	/dead) exit 7 ;;\n";

static const struct backends_row rows[] = {
	{ "/a", NULL, 0, NULL, NULL, NULL },
	{ "/b", "x, y", 1, "x", NULL, NULL },
	{ "/second", "one, two", 2, "two", NULL, NULL },
	{ "/second", NULL, 2, NULL, NULL, NULL },
	{ "/second", "one", 502, NULL, NULL, NULL },
	{ "/none", "one", 502, NULL, NULL, NULL },
	{ "/dash", "one", 2, NULL, NULL, NULL },
	{ "/c", NULL, 404, NULL, NULL, NULL },
	{ "/no", NULL, 403, NULL, NULL, NULL },
	{ "/silent", NULL, 410, NULL, NULL, NULL },
	{ "/empty", NULL, 502, NULL, NULL, NULL },
	{ "/word", NULL, 502, NULL, NULL, NULL },
	{ "/badpeer", NULL, 502, NULL, NULL, NULL },
	{ "/badframing", NULL, 502, NULL, NULL, NULL },
	{ "/badconfig", NULL, 502, NULL, NULL, NULL },
	{ "/badstatus", NULL, 502, NULL, NULL, NULL },
	{ "/%zz", NULL, 400, NULL, NULL, NULL },
	{ "/%00", NULL, 400, NULL, NULL, NULL },
	{ "/a", NULL, 0, NULL, NULL, NULL }
};

START_TEST(exec_answers)
{
	struct client c;
	size_t i;
	int peer;

	backends_write("port", "%d", backends_port(2));
	start(by_path(answers), NULL);
	for (i = 0; i < COUNTOF(rows); i++)
		backends_ask(&h, &rows[i]);
	/* The same helper has answered all questions. */
	ck_assert_uint_eq(lines_of("pids"), 1);
	ck_assert_uint_eq(lines_of("questions"), COUNTOF(rows) - 2);
	ck_assert_uint_eq(harness_log_count(&h, "the helper's answer is invalid"), 8);
	harness_log(&h, "the configuration '\\x' of the framing separator is invalid: the escapes",
	    EXPECT_MS);
	client_ask(&c, h.port, "/no");
	ck_assert_ptr_nonnull(strstr(c.body, "not for you!"));
	client_end(&c);
	client_open(&c, h.port, "/sep");
	peer = backends_accept(2);
	sock_write(peer, "a| |b |", 7, EXPECT_MS);
	client_expect(&c, CLIENT_BINARY, "a| |", 4);
	client_expect(&c, CLIENT_BINARY, "b |", 3);
	client_finish(&c);
	sock_close(&peer);
	client_open(&c, h.port, "/lf");
	peer = backends_accept(2);
	backends_expect_lines(&c, peer);
	harness_stop(&h);
}
END_TEST

static void
expect_beginning(const char *line, const char *beginning)
{
	ck_assert_msg(strncmp(line, beginning, strlen(beginning)) == 0, "%s", line);
}

/* A question has the fields that the option `send` lists, in the documented order, encoded. */
START_TEST(exec_questions)
{
	const struct backends_row asked[] = {
		{ "/x%20y%0Apeer=z%25/%C3%A9?q=%31&r='$(id)';", "a, b", 404, NULL, "H.Example:80",
		    "Cookie: c=1\"2; sid=a%20b\r\nX-Odd: \xff \"`|\\ t\r\nX-Other: no\r\n" },
		{ "/", NULL, 404, NULL, "[::1]:80", NULL }
	};
	const char *line, *port;
	char id[32], logged[64];

	start(by_path(""), "-c", "send=cookie:sid, header:x-odd id query:q",
	    "-c", "send=header:X-None", NULL);
	backends_ask(&h, &asked[0]);
	backends_ask(&h, &asked[1]);
	ck_assert_uint_eq(lines_of("questions"), 2);
	line = line_of("questions", 0);
	port = strstr(line, "\tport=");
	ck_assert_ptr_nonnull(port);
	ck_assert_uint_gt(strtoul(port + 6, NULL, 10), 0);
	expect_beginning(line, "path=/x%20y%0Apeer=z%25/%C3%A9\tquery=q=%2531&"
	    "r=%27%24%28id%29%27%3B\thost=h.example\taddress=127.0.0.1\tport=");
	expect_beginning(strchr(port + 1, '\t'), "\tprotocols=a,b\tcookie:sid=a%2520b\t"
	    "header:x-odd=%FF%20%22%60%7C%5C%20t\tid=");
	ck_assert_str_eq(strrchr(line, '\t'), "\tquery:q=1");
	/* The line of the log with this id is about the same client. */
	ck_assert_int_eq(sscanf(strstr(line, "\tid=") + 1, "%31[^\t]", id), 1);
	snprintf(logged, sizeof(logged), " %s reason=", id);
	ck_assert_ptr_nonnull(strstr(harness_log(&h, logged, EXPECT_MS),
	    " path=\"/x%20y%0Apeer=z%25/%C3%A9?...\" status=404 "));
	line = line_of("questions", 1);
	expect_beginning(line, "path=/\tquery=\thost=::1\taddress=127.0.0.1\tport=");
	line = strstr(line, "\tprotocols=");
	ck_assert_int_eq(strncmp(line, "\tprotocols=\tid=", 15), 0);
	ck_assert_ptr_null(strchr(line + 12, '\t'));
	harness_stop(&h);
}
END_TEST

START_TEST(exec_question_too_long)
{
	static char value[5000], extra[5100];

	memset(value, '"', sizeof(value) - 1);
	snprintf(extra, sizeof(extra), "X: %s\r\n", value);
	start(by_path(""), "-c", "send=header:X header:X header:X header:X header:X", NULL);
	backends_ask(&h, &(struct backends_row){ .target = "/a", .peer = 431, .extra = extra });
	backends_expect(&h, "/a", 0);
	harness_stop(&h);
}
END_TEST

/* A question that is longer than the buffer of a pipe arrives complete. */
START_TEST(exec_long_question)
{
	static char value[12000], extra[12100];

	memset(value, '"', sizeof(value) - 1);
	snprintf(extra, sizeof(extra), "X: %s\r\n", value);
	start(by_path(""), "-c", "send=header:X", NULL);
	backends_ask(&h, &(struct backends_row){ .target = "/a", .peer = 0, .extra = extra });
	ck_assert_uint_gt(strlen(line_of("questions", 0)), 3 * (sizeof(value) - 1));
	harness_stop(&h);
}
END_TEST

/* -- helpers that fail -- */

/*
 * If a helper exits at a question, this question fails, and the next question is sent to a new
 * helper.
 */
START_TEST(exec_helper_dies)
{
	start(by_path(answers), NULL);
	backends_expect(&h, "/a", 0);
	backends_expect(&h, "/dead", 502);
	(void)harness_log(&h, "ended with status 7", EXPECT_MS);
	backends_expect(&h, "/a", 0);
	ck_assert_uint_eq(lines_of("pids"), 2);
	/* The helper is replaced also if a signal ends it between two questions. */
	ck_assert_int_eq(kill(helper(1), SIGKILL), 0);
	harness_expect_gone(helper(1), EXPECT_MS);
	backends_expect(&h, "/b", 1);
	(void)harness_log(&h, "was ended by signal 9", EXPECT_MS);
	ck_assert_uint_eq(lines_of("pids"), 3);
	h.deaths = 1;
	harness_stop(&h);
}
END_TEST

/* If every helper exits without an answer, the pause before each new start doubles. */
START_TEST(exec_helper_never_works)
{
	struct client c;
	uint64_t begun, sent, deadline;
	int i, status;

	start("echo x >>$1/starts; echo no use >&2; exit 3\n", NULL);
	sent = expect_now();
	backends_expect(&h, "/a", 502);
	(void)harness_log(&h, "ended with status 3", EXPECT_MS);
	(void)harness_log(&h, "no use", EXPECT_MS);
	for (i = 1; i <= 2; i++) {
		/* The pause begins after the time at which the failed question was sent. */
		begun = sent;
		deadline = expect_deadline(EXPECT_MS);
		do {
			sent = expect_now();
			client_ask(&c, h.port, "/a");
			status = c.status;
			client_expect_refused(&c, status);
			client_end(&c);
			if (status != 503 && status != 502)
				expect_fail("status %d", status);
			if (expect_left(deadline) == 0)
				expect_fail("the helper is not started again");
		} while (status == 503);
		expect_elapsed(begun, i * 1000, i * 1000);
	}
	ck_assert_uint_eq(lines_of("starts"), 3);
	h.deaths = 1;
	harness_stop(&h);
}
END_TEST

/* An answer that comes too late must not be used for the next question. */
START_TEST(exec_helper_is_late)
{
	uint64_t begun;

	start(by_path("	/late) while [ ! -e $1/go ]; do sleep 0.02; done\n"
	    "		echo peer=tcp://127.0.0.1:$(cat $1/port) ;;\n"),
	    "-c", time_limit(1500), NULL);
	backends_write("port", "%d", backends_port(2));
	backends_expect(&h, "/a", 0);
	begun = expect_now();
	backends_expect(&h, "/late", 504);
	expect_elapsed(begun, expect_stretch(1500), 1500);
	(void)harness_log(&h, "it did not answer in time", EXPECT_MS);
	backends_write("go", "%s", "");
	harness_expect_gone(helper(0), EXPECT_MS);
	backends_expect(&h, "/b", 1);
	backends_expect(&h, "/a", 0);
	backends_expect_nobody(2);
	ck_assert_uint_eq(lines_of("pids"), 2);
	harness_stop(&h);
}
END_TEST

/*
 * When the helper is killed at its timeout, the processes that its shell has started are killed
 * too.
 */
START_TEST(exec_helper_with_children)
{
	start("echo $$ >$1/pids; sleep 100 & echo $! >>$1/pids; : >$1/up; wait; sleep 100\n", "-c",
	    time_limit(1500), NULL);
	backends_expect(&h, "/a", 504);
	harness_expect_gone(helper(0), EXPECT_MS);
	harness_expect_gone(helper(1), EXPECT_MS);
	harness_stop(&h);
}
END_TEST

static const struct {
	const char	*script;
	const char	*fault;
} garbage[] = {
	{ "	/x) printf 'status=404\\nstatus=404\\n' ;;\n", "it answered more than one line" },
	{ "	/x) printf 'status=404\\nx' ;;\n", "it answered more than one line" },
	{ "	/x) head -c 5000 /dev/zero | tr '\\0' x; echo ;;\n", "its answer is too long" },
	{ "	/x) head -c 1000000 /dev/zero | tr '\\0' x ;;\n", "its answer is too long" },
	{ "	/x) printf 'status=404\\0\\n' ;;\n", "its answer has a NUL byte" }
};

START_TEST(exec_helper_says_too_much)
{
	start(by_path(garbage[_i].script), NULL);
	backends_expect(&h, "/a", 0);
	backends_expect(&h, "/x", 502);
	(void)harness_log(&h, garbage[_i].fault, EXPECT_MS);
	backends_expect(&h, "/b", 1);
	backends_expect(&h, "/a", 0);
	ck_assert_uint_eq(lines_of("pids"), 2);
	harness_stop(&h);
}
END_TEST

/*
 * A line that the helper sends without a question is not used as the answer to the next question.
 */
START_TEST(exec_helper_speaks_unasked)
{
	char script[256];

	snprintf(script, sizeof(script), "	/x) echo status=410\n"
	    "		while [ ! -e $1/go ]; do sleep 0.02; done\n"
	    "		echo peer=tcp://127.0.0.1:%d ;;\n", backends_port(2));
	start(by_path(script), NULL);
	backends_expect(&h, "/x", 410);
	backends_write("go", "%s", "");
	(void)harness_log(&h, "it wrote something without a question", EXPECT_MS);
	backends_expect(&h, "/a", 0);
	backends_expect_nobody(2);
	harness_stop(&h);
}
END_TEST

START_TEST(exec_no_such_program)
{
	backends_start(&h, "exec", "-c", "command=/nonexistent/helper", NULL);
	backends_expect(&h, "/a", 502);
	(void)harness_log(&h, "ended with status 127", EXPECT_MS);
	h.deaths = 1;
	harness_stop(&h);
}
END_TEST

/* -- start and end of a helper -- */

/* A helper starts with three descriptors and without blocked signals. */
START_TEST(exec_descriptors)
{
	struct client c;

	if (access("/proc/self/fd", F_OK) == -1)
		return;
	start("while read -r line; do\n"
	    "	echo status=404 reason=$(ls /proc/self/fd | tr '\\n' ,)"
	    "$(grep SigBlk: /proc/self/status | tr -d '\\t')\n"
	    "done\n", NULL);
	client_ask(&c, h.port, "/a");
	/* ls has the directory that it reads open as descriptor 3. */
	ck_assert_msg(strstr(c.body, "0,1,2,3,SigBlk:0000000000000000") != NULL, "%s", c.body);
	client_end(&c);
	harness_stop(&h);
}
END_TEST

/* A helper is started for the first question, and ends after its worker. */
START_TEST(exec_ends_with_worker)
{
	start(by_path(""), NULL);
	ck_assert_int_eq(access(backends_path("pids"), F_OK), -1);
	backends_expect(&h, "/a", 0);
	ck_assert_int_eq(kill(helper(0), 0), 0);
	harness_stop(&h);
	harness_expect_gone(helper(0), EXPECT_MS);
}
END_TEST

/* A helper that ignores signals is killed. */
START_TEST(exec_stubborn_helper)
{
	start("trap '' HUP INT TERM; echo $$ >$1/pids; read -r line; echo status=404\n"
	    "while :; do sleep 0.1; done\n", NULL);
	backends_expect(&h, "/a", 404);
	harness_stop(&h);
	harness_expect_gone(helper(0), EXPECT_MS);
}
END_TEST

/* A server that is stopped does not wait for the helper's answer. */
START_TEST(exec_stop_while_asking)
{
	struct client c;
	uint64_t begun;

	start("echo $$ >$1/pids; read -r line; : >$1/asked; exec sleep 100\n", "-c", "timeout=3600",
	    NULL);
	client_connect(&c, h.port);
	client_request(&c, &(struct request){ .target = "/a" });
	while (access(backends_path("asked"), F_OK) == -1)
		(void)sock_readable(h.out, 10);
	begun = expect_now();
	harness_signal(&h, SIGTERM);
	client_answer(&c);
	client_expect_refused(&c, 503);
	client_end(&c);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 0);
	expect_elapsed(begun, 0, 2000);
	harness_expect_gone(helper(0), EXPECT_MS);
	harness_clean(&h);
}
END_TEST

/*
 * With keep = no each question has a helper of its own, which has exited before the session
 * begins.
 */
START_TEST(exec_one_by_one)
{
	struct client c;
	int peer;

	start(by_path(answers), "-c", "keep=no", NULL);
	backends_expect(&h, "/a", 0);
	backends_expect(&h, "/dead", 502);
	client_open(&c, h.port, "/b");
	peer = backends_accept(1);
	ck_assert_uint_eq(lines_of("pids"), 3);
	ck_assert_int_eq(kill(helper(2), 0), -1);
	client_finish(&c);
	sock_close(&peer);
	h.deaths = 1;
	harness_stop(&h);
}
END_TEST

/* -- invalid options -- */

static const struct {
	const char	*option;
	const char	*fault;
} options[] = {
	{ "command=", "command = : the value is empty" },
	{ "timeout=0", "timeout = 0: not a time" },
	{ "timeout=-1", "timeout = -1: not a time" },
	{ "timeout=5x", "timeout = 5x: not a time" },
	{ "timeout=", "timeout = : not a time" },
	{ "timeout=99999999999999999999", "not a time" },
	{ "timeout=3601", "not a time" },
	{ "timeout=61m", "not a time" },
	{ "helpers=0", "helpers = 0: not a number from 1 to 64" },
	{ "helpers=65", "helpers = 65: not a number from 1 to 64" },
	{ "helpers=x", "not a number from 1 to 64" },
	{ "helpers=", "not a number from 1 to 64" },
	{ "keep=maybe", "keep = maybe: must be yes or no" },
	{ "send=cookie", "must be a list of cookie:NAME" },
	{ "send=cookie:", "must be a list of cookie:NAME" },
	{ "send=query:a, body:b", "must be a list of cookie:NAME" },
	{ "comand=x", "the options are command, timeout, helpers, keep and send, not 'comand'" }
};

START_TEST(exec_option_faults)
{
	backends_refuse_start(options[_i].fault, "exec", "-c", options[_i].option, NULL);
}
END_TEST

START_TEST(exec_without_command)
{
	backends_refuse_start("backend_exec: the option command is missing", "exec", "-c",
	    "timeout=7s", "-c", "send=", NULL);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("backend_exec");
	TCase *tc = backends_case(s, "answers", 30);

	tcase_add_test(tc, exec_answers);
	tcase_add_test(tc, exec_questions);
	tcase_add_test(tc, exec_question_too_long);
	tcase_add_test(tc, exec_long_question);
	tc = backends_case(s, "failures", 30);
	tcase_add_test(tc, exec_helper_dies);
	tcase_add_test(tc, exec_helper_never_works);
	tcase_add_test(tc, exec_helper_is_late);
	tcase_add_test(tc, exec_helper_with_children);
	tcase_add_loop_test(tc, exec_helper_says_too_much, 0, COUNTOF(garbage));
	tcase_add_test(tc, exec_helper_speaks_unasked);
	tcase_add_test(tc, exec_no_such_program);
	tc = backends_case(s, "life", 30);
	tcase_add_test(tc, exec_descriptors);
	tcase_add_test(tc, exec_ends_with_worker);
	tcase_add_test(tc, exec_stubborn_helper);
	tcase_add_test(tc, exec_stop_while_asking);
	tcase_add_test(tc, exec_one_by_one);
	tc = backends_case(s, "start", 30);
	tcase_add_loop_test(tc, exec_option_faults, 0, COUNTOF(options));
	tcase_add_test(tc, exec_without_command);
	return s;
}

#include "lib/check_main.h"
