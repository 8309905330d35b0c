/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The log: in a file, as JSON, for the journal, and with hostile clients that try to write lines
 * of their own.
 */

#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#if defined(__linux__)
#include <sys/sysmacros.h>
#endif

#include <check.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/json.h"
#include "lib/logfile.h"
#include "lib/proc.h"
#include "lib/server.h"
#include "lib/sock.h"
#include "lib/unit.h"

#define LINE	1024	/* most bytes of a line of text, including its newline */
#define PIDS	256

static struct server s;
static char file[600];

/* -- reading the log -- */

/* Returns 1 if the line begins with a time, the name and pid of the process, and a level. */
static int
has_prefix(const char *line)
{
	static const char shape[] = "0000-00-00T00:00:00.000Z websocksy[";
	static const char *const levels[] = { "error: ", "warn: ", "info: ", "debug: " };
	const char *p;
	size_t i;

	for (i = 0; shape[i] != '\0'; i++)
		if (shape[i] == '0' ? !isdigit((unsigned char)line[i]) : line[i] != shape[i])
			return 0;
	p = line + i;
	p += strspn(p, "0123456789");
	if (p == line + i || strncmp(p, "] ", 2) != 0)
		return 0;
	for (i = 0; i < COUNTOF(levels); i++)
		if (strncmp(p + 2, levels[i], strlen(levels[i])) == 0)
			return 1;
	return 0;
}

/*
 * Fails unless each line is complete and printable, and begins with the prefix that has_prefix()
 * checks.
 */
static void
check_text(const char *text)
{
	const char *line, *end;
	size_t i;

	for (line = text; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		ck_assert_msg(end != NULL, "the last line has no end: %s", line);
		ck_assert_msg(end - line < LINE, "%d bytes", (int)(end - line));
		ck_assert_msg(has_prefix(line), "%.*s", (int)(end - line), line);
		for (i = 0; line + i < end; i++)
			if (line[i] < 0x20 || line[i] > 0x7e)
				ck_abort_msg("byte %s: %.*s", unit_hex(line + i, 1),
				    (int)(end - line), line);
	}
}

/* -- a file -- */

static void
prepare(void)
{
	server_prepare(&s);
	snprintf(file, sizeof(file), "%s", harness_scratch("messages"));
}

/*
 * With a log file the server writes nothing to standard error. A second server appends to the
 * file.
 */
START_TEST(a_file)
{
	struct stat st;
	char *text;

	prepare();
	server_write(&s, "log = %s\n", file);
	server_run(&s);
	server_use(&s);
	text = logfile_expect(file, "closed client=", 1);
	check_text(text);
	ck_assert_uint_eq(logfile_count(text, "listening on"), 1);
	free(text);
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	/* The server appends to a file that exists. */
	harness_stop(&s.h);
	server_run(&s);
	server_use(&s);
	text = logfile_expect(file, "closed client=", 2);
	check_text(text);
	free(text);
	ck_assert_str_eq(harness_log_text(&s.h), "");
	server_stop(&s);
}
END_TEST

/* If the log file cannot be opened, the server does not start. */
START_TEST(no_file)
{
	static const char *const places[] = { "/nonexistent/log", "/dev/null/log", "/" };
	const char *args[] = { s.conf, NULL };

	prepare();
	server_write(&s, "log = %s\n", places[_i]);
	harness_spawn(&s.h, args, NULL);
	ck_assert_int_eq(harness_wait(&s.h, EXPECT_MS), 1);
	harness_log(&s.h, places[_i], EXPECT_MS);
	harness_clean(&s.h);
	harness_stop(&s.echo);
}
END_TEST

/* -- reopening -- */

/* Returns 1 if a process has the file `path` open. */
static int
has_open(pid_t pid, const char *path)
{
	int fd;

	for (fd = 0; fd < 32; fd++)
		if (strcmp(proc_descriptor(pid, fd), path) == 0)
			return 1;
	return 0;
}

/* Waits until the master and a busy worker have opened the new log file. */
static void
expect_opened(pid_t busy)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);

	while (!has_open(s.h.pid, file) || !has_open(busy, file))
		if (!expect_again(deadline))
			expect_fail("the file is not reopened");
}

/* Returns the path to which the test renames the log file in round n. */
static const char *
renamed(unsigned n)
{
	static char path[700];

	snprintf(path, sizeof(path), "%s.%u", file, n);
	return path;
}

#define ROUNDS		5
#define SESSIONS	20	/* number of sessions in each round */

/* Returns the number of logged sessions in all log files together. */
static unsigned
count_all(void)
{
	unsigned i, found = 0;
	char *text;

	for (i = 0; i <= ROUNDS; i++) {
		text = logfile_text(i < ROUNDS ? renamed(i) : file);
		check_text(text);
		found += logfile_count(text, "closed client=");
		free(text);
	}
	return found;
}

/*
 * Renames the log and makes the server reopen it while sessions end. Each session must have
 * exactly one line in all files.
 */
static void
rotate(void)
{
	uint64_t deadline;
	unsigned i, j, found;
	struct client held;
	pid_t busy;

	server_open(&s, &held);
	busy = server_busy_worker(&s);
	for (i = 0; i < ROUNDS; i++) {
		for (j = 0; j < SESSIONS / 2; j++)
			server_use(&s);
		ck_assert_int_eq(rename(file, renamed(i)), 0);
		for (j = 0; j < SESSIONS / 2; j++)
			server_use(&s);
		harness_signal(&s.h, SIGUSR1);
		expect_opened(busy);
		client_echo(&held);
	}
	client_finish(&held);
	deadline = expect_deadline(EXPECT_MS);
	/* A session is logged a moment after its client has disconnected. */
	while ((found = count_all()) < ROUNDS * SESSIONS + 1)
		if (!expect_again(deadline))
			expect_fail("%u lines", found);
	ck_assert_uint_eq(found, ROUNDS * SESSIONS + 1);
}

static const char pool[] = "start-workers = 2\nmin-spare = 1\nmax-spare = 2\n"
    "max-connections-per-worker = 0\n";

START_TEST(opened_anew)
{
	if (!proc_is_available()) {
		expect_skip("no /proc to see which files are open");
		return;
	}
	prepare();
	server_write(&s, "log = %s\n%s", file, pool);
	server_run(&s);
	rotate();
	ck_assert_str_eq(harness_log_text(&s.h), "");
	server_stop(&s);
}
END_TEST

/* Lets other users reach files in the test's directory. */
static void
open_directories(void)
{
	char path[600];

	snprintf(path, sizeof(path), "%s", file);
	*strrchr(path, '/') = '\0';
	ck_assert_int_eq(chmod(path, 0711), 0);
	*strrchr(path, '/') = '\0';
	ck_assert_int_eq(chmod(path, 0711), 0);
}

/* Workers that run as another user can reopen the log. */
START_TEST(opened_anew_by_another_user)
{
	struct stat st;

	if (!server_can_drop() || getpwnam("nobody") == NULL || !proc_is_available()) {
		expect_skip("workers of another user need root");
		return;
	}
	prepare();
	open_directories();
	server_write(&s, "user = nobody\nlog = %s\n%s", file, pool);
	server_run(&s);
	rotate();
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0007, 0);
	ck_assert_str_eq(harness_log_text(&s.h), "");
	server_stop(&s);
}
END_TEST

/* Workers with another root directory cannot reopen the log: new workers replace them. */
START_TEST(opened_anew_below_a_root)
{
	uint64_t deadline;
	char root[600], *text;
	struct client held;
	unsigned before;

	if (!server_can_drop() || getpwnam("nobody") == NULL) {
		expect_skip("another root directory needs root");
		return;
	}
	prepare();
	snprintf(root, sizeof(root), "%s", harness_scratch("root"));
	ck_assert_int_eq(mkdir(root, 0755), 0);
	open_directories();
	server_write(&s, "user = nobody\nchroot = %s\nlog = %s\n%s", root, file, pool);
	server_run(&s);
	server_open(&s, &held);
	ck_assert_int_eq(rename(file, renamed(0)), 0);
	harness_signal(&s.h, SIGUSR1);
	/* Old workers log their sessions in the old file until they have exited. */
	deadline = expect_deadline(EXPECT_MS);
	do {
		server_use(&s);
		text = access(file, F_OK) == 0 ? logfile_text(file) : NULL;
		before = text != NULL ? logfile_count(text, "closed client=") : 0;
		free(text);
		if (expect_left(deadline) == 0)
			expect_fail("no session is logged in the new file");
	} while (before == 0);
	client_echo_finish(&held);
	server_stop(&s);
	ck_assert_int_eq(rmdir(root), 0);
}
END_TEST

/* -- files of strangers -- */

/* The file that exists at the path of the log, and whether root takes it as its log. */
static const struct {
	mode_t	type;
	uid_t	owner;
	int	taken;
} strangers[] = {
	{ S_IFIFO, 1, 0 }, { S_IFIFO, 0, 1 }, { S_IFREG, 1, 0 }, { S_IFREG, 0, 1 },
	{ S_IFCHR, 1, 0 }, { S_IFCHR, 0, 1 },
};

/* Makes such a file at the path of the log; fifo is the read end of a FIFO.  Returns success. */
static int
make_strange(int row, int *fifo)
{
	const dev_t null = makedev(1, 3);

	*fifo = -1;
	if (mknod(file, strangers[row].type | 0622, null) == -1 ||
	    chown(file, strangers[row].owner, 0) == -1)
		return 0;
	if (strangers[row].type == S_IFIFO)
		*fifo = open(file, O_RDONLY | O_NONBLOCK);
	return strangers[row].type != S_IFCHR || access(file, W_OK) == 0;
}

START_TEST(a_file_of_a_stranger)
{
	const char *args[] = { s.conf, NULL };
	int fifo;

	if (geteuid() != 0) {
		expect_skip("only root can give a file away");
		return;
	}
	prepare();
	expect_context("type %o, user %u", (unsigned)strangers[_i].type,
	    (unsigned)strangers[_i].owner);
	if (!make_strange(_i, &fifo)) {
		expect_skip("no device files can be made here");
		return;
	}
	server_write(&s, "log = %s\n%s", file, pool);
	if (strangers[_i].taken) {
		server_run(&s);
		server_use(&s);
		server_stop(&s);
	} else {
		harness_spawn(&s.h, args, NULL);
		ck_assert_int_eq(harness_wait(&s.h, EXPECT_MS), 1);
		harness_log(&s.h, "it must belong to root or the user of the server", 0);
		harness_clean(&s.h);
		harness_stop(&s.echo);
	}
	sock_close(&fifo);
}
END_TEST

/* The same when the log is opened again: the old file stays in use. */
START_TEST(a_stranger_takes_the_place)
{
	int fifo;

	if (geteuid() != 0) {
		expect_skip("only root can give a file away");
		return;
	}
	prepare();
	server_write(&s, "log = %s\n%s", file, pool);
	server_run(&s);
	ck_assert_int_eq(rename(file, renamed(0)), 0);
	ck_assert_int_eq(make_strange(0, &fifo), 1);
	harness_signal(&s.h, SIGUSR1);
	free(logfile_expect(renamed(0), "cannot open the log", 1));
	harness_signal(&s.h, SIGHUP);
	free(logfile_expect(renamed(0), "the previous log stays in use", 1));
	server_use(&s);
	server_stop(&s);
	sock_close(&fifo);
}
END_TEST

/*
 * If the server cannot open the new log file, it goes on with the old file, and logs the error
 * there.
 */
START_TEST(not_opened_anew)
{
	char *text;

	prepare();
	server_write(&s, "log = %s\n%s", file, pool);
	server_run(&s);
	ck_assert_int_eq(rename(file, renamed(0)), 0);
	ck_assert_int_eq(mkdir(file, 0700), 0);
	harness_signal(&s.h, SIGUSR1);
	free(logfile_expect(renamed(0), "cannot open the log", 1));
	server_use(&s);
	text = logfile_expect(renamed(0), "closed client=", 1);
	check_text(text);
	free(text);
	ck_assert_int_eq(rmdir(file), 0);
	harness_signal(&s.h, SIGUSR1);
	server_stop(&s);
	text = logfile_text(file);
	ck_assert_uint_eq(logfile_count(text, "stopping"), 1);
	free(text);
}
END_TEST

/* -- JSON -- */

static void
expect_string(const char *line, const char *name, const char *want)
{
	char value[1024];

	ck_assert_msg(json_string(line, name, value, sizeof(value)), "no %s: %s", name, line);
	ck_assert_str_eq(value, want);
}

static void
expect_value(const char *line, const char *name, const char *want)
{
	char value[1024];

	ck_assert_msg(json_value(line, name, value, sizeof(value)), "no %s: %s", name, line);
	ck_assert_str_eq(value, want);
}

/* Fails unless each line is an object with the members that all lines must have. */
static void
check_json(char *text)
{
	char *line, *end, value[64], words[LINE];
	int message, event;

	for (line = text; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		ck_assert_ptr_nonnull(end);
		*end = '\0';
		ck_assert_msg(json_is_object(line), "%s", line);
		ck_assert(json_string(line, "timestamp", value, sizeof(value)));
		ck_assert_uint_eq(strlen(value), 24);
		ck_assert(json_string(line, "level", value, sizeof(value)));
		ck_assert(json_value(line, "pid", value, sizeof(value)));
		message = json_string(line, "message", words, sizeof(words));
		event = json_string(line, "event", words, sizeof(words));
		ck_assert_msg(message != event, "%s", line);
		*end = '\n';
	}
}

/* Returns a copy of the first line that has these words; the caller frees it. */
static char *
line_with(const char *text, const char *words)
{
	const char *at = strstr(text, words), *begin;

	if (at == NULL)
		expect_fail("no line with %s: %s", words, text);
	for (begin = at; begin > text && begin[-1] != '\n'; begin--)
		;
	return strndup(begin, strcspn(begin, "\n"));
}

START_TEST(json)
{
	static const char hostile[] = "/\"}\\,{\"level\":\"error\"";
	struct request r = { .target = hostile }, bad = { .method = "POST", .target = "/bad" };
	char client[64], peer[64], *text, *line;
	struct client c;

	prepare();
	server_write(&s, "log = %s\nlog-format = json\n", file);
	server_run(&s);
	client_open_with(&c, s.h.port, 0, &r);
	client_echo(&c);
	client_text(&c, "12345");
	client_expect_text(&c, "12345");
	client_close(&c, 4711, "because \"I\" \\ \xc3\xa9 want it\n");
	client_expect_close(&c, 4711);
	client_end(&c);
	client_expect_refusal(s.h.port, &bad, 405, NULL);
	free(logfile_expect(file, "\"event\":\"refused\"", 1));
	text = logfile_expect(file, "\"event\":\"closed\"", 1);
	check_json(text);

	line = line_with(text, "\"event\":\"closed\"");
	expect_string(line, "level", "info");
	/* The path is escaped in the same way as in a text line, and then again for JSON. */
	expect_string(line, "path", "/\\\"}\\\\,{\\\"level\\\":\\\"error\\\"");
	snprintf(peer, sizeof(peer), "tcp://127.0.0.1:%d", s.echo.port);
	expect_string(line, "peer", peer);
	ck_assert(json_string(line, "client", client, sizeof(client)));
	ck_assert_msg(strncmp(client, "127.0.0.1:", 10) == 0, "%s", client);
	expect_value(line, "code", "4711");
	expect_string(line, "by", "client");
	expect_value(line, "in", "{\"bytes\":13,\"messages\":2}");
	expect_value(line, "out", "{\"bytes\":13,\"messages\":2}");
	expect_string(line, "reason",
	    "because \\\"I\\\" \\\\ \\xc3\\xa9 want it\\x0a");
	free(line);

	line = line_with(text, "\"event\":\"refused\"");
	expect_value(line, "status", "405");
	expect_string(line, "path", "/bad");
	free(line);
	line = line_with(text, "listening on");
	snprintf(peer, sizeof(peer), "listening on 127.0.0.1:%d", s.h.port);
	expect_string(line, "message", peer);
	snprintf(peer, sizeof(peer), "%ld", (long)s.h.pid);
	expect_value(line, "pid", peer);
	free(line);
	free(text);
	server_stop(&s);
}
END_TEST

/* -- the journal -- */

/*
 * Lines for the journal begin with a level in the form of a number, and have neither a time nor a
 * name.
 */
START_TEST(journal)
{
	const char *words = _i == 0 ? "$(stat -L -c %d:%i /dev/stderr)" :
	    _i == 1 ? "$(stat -L -c %d:1 /dev/stderr)" : "nonsense";
	char lines[128];
	struct client c;

	if (system("stat -L -c %d:%i /dev/stderr >/dev/null 2>&1") != 0) {
		expect_skip("no stat to find out which file standard error is");
		return;
	}
	prepare();
	server_write(&s, "start-workers = 1\n");
	snprintf(lines, sizeof(lines), "JOURNAL_STREAM=%s; export JOURNAL_STREAM", words);
	harness_wrap(lines, "", "");
	server_run(&s);
	harness_unwrap();
	client_ask_with(&c, s.h.port, &(struct request){ .method = "POST" });
	client_end(&c);
	harness_log(&s.h, "refused client=", EXPECT_MS);
	if (_i == 0) {
		ck_assert(strncmp(harness_log(&s.h, "listening", 1), "<6>listening on ", 16) == 0);
		ck_assert(strncmp(harness_log(&s.h, "refused", 1), "<6>refused client=", 18) == 0);
		ck_assert_uint_eq(harness_log_count(&s.h, "websocksy["), 0);
	} else {
		check_text(harness_log_text(&s.h));
	}
	server_write(&s, "colour = blue\n");
	harness_signal(&s.h, SIGHUP);
	harness_log(&s.h, "the server goes on", EXPECT_MS);
	ck_assert_int_eq(strncmp(harness_log(&s.h, "the server goes on", 1), "<3>", 3) == 0,
	    _i == 0);
	server_stop(&s);
}
END_TEST

/* -- hostile clients -- */

#define HOSTILE		1000
#define HOSTILE_FULL	10000

/*
 * Writes random text with bytes that are dangerous to a log, a terminal or a program that reads
 * logs.
 */
static size_t
hostile_text(char *out, size_t size, uint64_t *random)
{
	static const char *const bits[] = {
		"\n2026-01-01T00:00:00.000Z websocksy[1] info: closed client=", "\r", "\x1b[2J",
		"\x1b]0;title\x07", "%s%n%x", "\"", "\\", "\\x0a", "\" code=1000", "\xff\xfe",
		"\xe2\x80\xae", "\xc2\x85", "\x7f", "\x08\x08", "\t", "aaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"../../", "\xf0\x9f\x92\xa9", "&<script>", "{\"a\":1}", "\x80", ("\x9b" "31m")
	};
	size_t n = 0, len, want = unit_random_below(random, size);
	const char *bit;

	while (n < want) {
		bit = bits[unit_random(random) % COUNTOF(bits)];
		len = strlen(bit);
		if (n + len >= size)
			break;
		memcpy(out + n, bit, len);
		n += len;
	}
	out[n] = '\0';
	return n;
}

/* Sends a request with hostile bytes in a random place, and waits until the connection ends. */
static void
send_hostile(uint64_t *random)
{
	char text[3000], bits[1500];
	struct client c;
	size_t n;

	(void)hostile_text(bits, sizeof(bits), random);
	switch (unit_random_below(random, 4)) {
	case 0:
		n = (size_t)snprintf(text, sizeof(text), "GET /%s HTTP/1.1\r\nHost: a\r\n\r\n",
		    bits);
		break;
	case 1:
		n = (size_t)snprintf(text, sizeof(text), "%s\r\n\r\n", bits);
		break;
	case 2:
		n = (size_t)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nOrigin: %s\r\n\r\n",
		    bits);
		break;
	default:
		n = (size_t)snprintf(text, sizeof(text), "GET /p HTTP/1.1\r\n%s: x\r\n\r\n", bits);
		break;
	}
	client_connect(&c, s.h.port);
	/*
	 * The server may refuse the request at an earlier line and close before all of the text
	 * is sent.
	 */
	if (client_try_send(&c, text, n) == 0)
		(void)shutdown(c.fd, SHUT_WR);
	sock_expect_gone(c.fd, EXPECT_MS);
	client_end(&c);
}

/* Opens a session with a hostile path, which the client closes with a hostile reason. */
static void
close_hostile(uint64_t *random)
{
	static const char *const paths[] = {
		"/\"}", "/%0a%0d", "/\\x0a\\", "/\"code=1000\"", "/{}[]\"\"", "/a?b=%00"
	};
	struct request r = { .target = paths[unit_random(random) % COUNTOF(paths)] };
	char reason[124];
	struct client c;
	size_t i, n = hostile_text(reason, sizeof(reason), random);

	/* The reason in a close frame must be UTF-8: make it ASCII. */
	for (i = 0; i < n; i++)
		reason[i] &= 0x7f;
	client_open_with(&c, s.h.port, 0, &r);
	client_close(&c, 1000, reason);
	client_expect_close(&c, 1000);
	client_end(&c);
}

START_TEST(hostile_clients)
{
	unsigned n = expect_full() ? HOSTILE_FULL : HOSTILE, i, lines = 0;
	uint64_t random = 1;
	const char *at;
	char *text;

	prepare();
	server_write(&s, "log = %s\nlog-format = %s\n", file, _i == 0 ? "text" : "json");
	server_run(&s);
	for (i = 0; i < n; i++) {
		if (i % 8 == 0)
			close_hostile(&random);
		else
			send_hostile(&random);
	}
	free(logfile_expect(file, _i == 0 ? "closed client=127.0.0.1:" : "\"event\":\"closed\"",
	    (n + 7) / 8));
	harness_stop(&s.h);
	text = logfile_text(file);
	if (_i == 0)
		check_text(text);
	else
		check_json(text);
	for (at = text; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	/*
	 * The log has a line for each client, a second one for each that was accepted, one for the
	 * start and one for the exit.
	 */
	ck_assert_uint_eq(lines, n + (n + 7) / 8 + 2);
	expect_figure("S5: %u hostile clients, %u lines of %s, all of them well formed", n, lines,
	    _i == 0 ? "text" : "JSON");
	free(text);
	harness_stop(&s.echo);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("log");
	TCase *tc = harness_case(suite, "file", 60);

	tcase_add_test(tc, a_file);
	tcase_add_loop_test(tc, no_file, 0, 3);
	tcase_add_test(tc, opened_anew);
	tcase_add_test(tc, opened_anew_by_another_user);
	tcase_add_test(tc, opened_anew_below_a_root);
	tcase_add_test(tc, not_opened_anew);
	tcase_add_loop_test(tc, a_file_of_a_stranger, 0, (int)COUNTOF(strangers));
	tcase_add_test(tc, a_stranger_takes_the_place);

	tc = harness_case(suite, "lines", expect_full() ? 300 : 60);
	tcase_add_test(tc, json);
	tcase_add_loop_test(tc, journal, 0, 3);
	tcase_add_loop_test(tc, hostile_clients, 0, 2);
	return suite;
}

#include "lib/check_main.h"
