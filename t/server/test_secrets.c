/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Secrets of a request, all of which have the text S3CR3T in these tests, are neither in the log at
 * any level, nor in the status, nor in the titles of processes.
 */

#include "config.h"

#include <sys/stat.h>

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/backends.h"
#include "lib/client.h"
#include "lib/countof.h"
#include "lib/ctl.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/proc.h"
#include "lib/sock.h"

#define SECRET		"S3CR3T"
#define CREDENTIALS	"S3CR3T/+abc=="

static struct harness h;
static struct ctl ctl;

static void
expect_nothing_in(const char *text, const char *what)
{
	if (strstr(text, SECRET) != NULL || strstr(text, "S3C%5") != NULL)
		expect_fail("%s: %s", what, text);
}

/* Starts the server with a status file, and with everything in the log. */
static void
start(const char *backend, const char *option, const char *second, const char *setting)
{
	char status[700];

	snprintf(ctl.file, sizeof(ctl.file), "%s", harness_scratch("status"));
	snprintf(status, sizeof(status), "status-file=%s", ctl.file);
	if (second == NULL)
		second = option;
	backends_start(&h, backend, "-c", option, "-c", second, "-o", status,
	    "-o", "log-level=debug", "-o", setting != NULL ? setting : "log-query=no", NULL);
}

static const char *
option(const char *key, const char *name)
{
	static char text[2][1100];
	static unsigned turn;

	turn = !turn;
	snprintf(text[turn], sizeof(text[turn]), "%s=%s", key, backends_path(name));
	return text[turn];
}

/* Fails if a process of the server has a secret in its title. */
static void
expect_titles(void)
{
	pid_t pids[64];
	char path[64], text[4096];
	unsigned i, n = harness_children(h.pid, pids, COUNTOF(pids));
	ssize_t len;
	int fd;

	if (!proc_is_available())
		return;
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long)pids[i]);
		fd = open(path, O_RDONLY);
		len = fd == -1 ? 0 : read(fd, text, sizeof(text) - 1);
		text[len > 0 ? len : 0] = '\0';
		if (fd != -1)
			close(fd);
		expect_nothing_in(text, "title");
	}
}

static void
expect_status(const char *path)
{
	static const char *const forms[] = { "--json", "--prometheus", NULL };
	size_t i;

	for (i = 0; i < COUNTOF(forms); i++) {
		if (forms[i] != NULL)
			ck_assert_int_eq(ctl_run(&ctl, forms[i], NULL), 0);
		else
			ck_assert_int_eq(ctl_run(&ctl, NULL), 0);
		expect_nothing_in(ctl.out, "status");
		if (path != NULL && (forms[i] == NULL || strcmp(forms[i], "--json") == 0))
			ctl_expect_out(&ctl, path);
	}
}

/* Opens a session with a peer, looks at what is shown of it, and closes it. */
static void
use(const struct request *r, int peer, const char *shown)
{
	char path[300];
	struct client c;
	int fd;

	harness_log_mark(&h);
	client_open_with(&c, h.port, 0, r);
	fd = backends_accept(peer);
	snprintf(path, sizeof(path), " path=\"%s\" ", shown);
	ck_assert_ptr_nonnull(strstr(harness_log(&h, "opened client=", EXPECT_MS), path));
	expect_status(shown);
	expect_titles();
	client_finish(&c);
	sock_close(&fd);
	ck_assert_ptr_nonnull(strstr(harness_log(&h, "closed client=", EXPECT_MS), path));
	expect_nothing_in(harness_log_text(&h), "log");
}

/* Sends a request that is refused. */
static void
refuse(const struct request *r, int status, const char *shown)
{
	char path[300];
	struct client c;

	harness_log_mark(&h);
	client_connect(&c, h.port);
	client_request(&c, r);
	client_answer(&c);
	ck_assert_int_eq(c.status, status);
	client_end(&c);
	snprintf(path, sizeof(path), " path=\"%s\" status=%d ", shown, status);
	harness_log(&h, path, EXPECT_MS);
	expect_nothing_in(harness_log_text(&h), "log");
}

/* -- the backend map -- */

static void
start_map(const char *setting)
{
	backends_write("tokens", "S3CR3T: 127.0.0.1:%d\nS3CR3T2: 127.0.0.1:%d\n",
	    backends_port(0), backends_port(1));
	backends_write("table", "/vnc tcp://127.0.0.1:%d\n/desk/* tcp://127.0.0.1:%d\n",
	    backends_port(2), backends_port(3));
	start("map", option("tokens", "tokens"), option("file", "table"), setting);
}

static const struct {
	struct request	 request;
	int		 peer;		/* or a status */
	const char	*shown;
} rows[] = {
	{ { .target = "/vnc?token=S3CR3T" }, 2, "/vnc?..." },
	{ { .target = "/x?token=S3CR3T" }, 0, "/x?..." },
	{ { .target = "/x?a=b&tok%65n=S3CR3T2" }, 1, "/x?..." },
	{ { .target = "/S3CR3T?token=S3CR3T2" }, 1, "/...?..." },
	{ { .target = "/S3CR3T" }, 0, "/..." },
	{ { .target = "/a/b/S3CR3T2?x" }, 1, "/a/b/...?..." },
	{ { .target = "/a/S%33CR3%54" }, 0, "/a/..." },
	{ { .target = "/a%2FS3CR3T" }, 0, "/a%2F..." },
	{ { .target = "ws://u:S3CR3T@h/S3CR3T" }, 0, "ws://...@h/..." },
	/* a path of the table is shown */
	{ { .target = "/desk/7" }, 3, "/desk/7" },
	{ { .target = "/vnc" }, 2, "/vnc" },
	/* refused by the backend */
	{ { .target = "/S3CR3T3" }, 404, "/..." },
	{ { .target = "/a/S3CR3T3/" }, 404, "/a/.../" },
	{ { .target = "/x?token=S3CR3T3" }, 404, "/x?..." },
	{ { .target = "/S3CR3T3%zz" }, 400, "/..." },
	{ { .target = "/x;S3CR3T" }, 404, "/...;..." },
	/* refused earlier */
	{ { .target = "/S3CR3T", .origin = "http://evil.example" }, 403, "/..." },
	{ { .target = "/S3CR3T?S3CR3T", .method = "POST" }, 405, "/...?..." },
	{ { .target = "/S3CR3T?S3CR3T", .http = "HTTP/3.0" }, 400, "/...?..." },
	{ { .target = "/S3CR3T", .upgrade = "" }, 426, "/..." },
	{ { .target = "/S3CR3T#S3CR3T" }, 400, "/...#..." },
	{ { .target = "S3CR3T" }, 400, "..." },
	{ { .target = "/vnc", .origin = "http://u:S3CR3T@h/?S3CR3T",
	    .extra = "Referer: http://h/?S3CR3T\r\n" }, 403, "/..." }
};

START_TEST(tokens)
{
	size_t i;

	start_map(NULL);
	for (i = 0; i < COUNTOF(rows); i++) {
		expect_context("row %lu", (unsigned long)i);
		if (rows[i].peer < BACKENDS_PEERS)
			use(&rows[i].request, rows[i].peer, rows[i].shown);
		else
			refuse(&rows[i].request, rows[i].peer, rows[i].shown);
	}
	harness_stop(&h);
}
END_TEST

/* With log-query = yes the query is shown, but not in titles; a token in the path is not. */
START_TEST(query_shown)
{
	struct client c;
	int fd;

	start_map("log-query=yes");
	client_open(&c, h.port, "/vnc?name=S3CR3T");
	fd = backends_accept(2);
	ck_assert_ptr_nonnull(strstr(harness_log(&h, "path=\"/vnc?name=S3CR3T\"", EXPECT_MS),
	    "opened"));
	ck_assert_int_eq(ctl_run(&ctl, NULL), 0);
	ctl_expect_out(&ctl, "/vnc?name=S3CR3T");
	expect_titles();
	client_finish(&c);
	sock_close(&fd);
	harness_log(&h, "closed client=", EXPECT_MS);
	harness_log_mark(&h);
	client_open(&c, h.port, "/S3CR3T");
	fd = backends_accept(0);
	harness_log(&h, "opened client=", EXPECT_MS);
	client_finish(&c);
	sock_close(&fd);
	harness_log_times(&h, " path=\"/...\" ", 2, EXPECT_MS);
	expect_nothing_in(harness_log_text(&h), "log");
	harness_stop(&h);
}
END_TEST

/* -- the backend file: the names of files in messages -- */

START_TEST(names_of_files)
{
	static const struct request requests[] = {
		{ .target = "/x?t=S3CR3T" },
		{ .target = "/y?t=S3CR3T" },
		{ .target = "/x", .extra = "Cookie: a=b; sid=S3CR3T\r\n" },
		{ .target = "/x", .extra = "Authorization: Bearer S3CR3T\r\n" },
		{ .target = "/x", .extra = "Authorization: Basic " CREDENTIALS "\r\n" }
	};
	static const char *const shown[] = {
		"/q/%query:t%:2: ", "/q/%query:t%:2: ", "/c/%cookie:sid%: not a regular file",
		"/h/Bearer ...: not a regular file",
		"/h/%header:authorization%: not a regular file"
	};
	size_t i;

	backends_write("q/S3CR3T", "# a fault\ntcp://127.0.0.1:1 * nonsense\n");
	backends_write("c/x", "x");
	backends_write("h/x", "x");
	ck_assert_int_eq(mkfifo(backends_path("c/S3CR3T"), 0600), 0);
	ck_assert_int_eq(mkfifo(backends_path("h/Bearer S3CR3T"), 0600), 0);
	ck_assert_int_eq(mkfifo(backends_path("h/Basic S3CR3T_+abc=="), 0600), 0);
	snprintf(ctl.file, sizeof(ctl.file), "%s", harness_scratch("status"));
	backends_start(&h, "file", "-c", option("path", ""), "-c", "expression=q/%query:t%",
	    "-c", "expression=c/%cookie:sid%", "-c", "expression=h/%header:authorization%",
	    "-o", "log-level=debug", NULL);
	for (i = 0; i < COUNTOF(requests); i++) {
		expect_context("request %lu", (unsigned long)i);
		refuse(&requests[i], 500, i == 0 ? "/x?..." : i == 1 ? "/y?..." : "/x");
		harness_log(&h, shown[i], EXPECT_MS);
	}
	harness_stop(&h);
}
END_TEST

/* -- the backend exec: what a helper says -- */

/* The helper repeats the secrets in its reason, which the client reads but the log does not have. */
START_TEST(reasons_of_helpers)
{
	static const struct request requests[] = {
		{ .target = "/reason?token=S3CR3T-1" },
		{ .target = "/reason?token=S3C%523T%31" },
		{ .target = "/reason", .extra = "Cookie: sid=\"S3CR3T\"\r\n" },
		{ .target = "/reason", .extra = "Authorization: Bearer " CREDENTIALS "\r\n" },
		{ .target = "/reason", .extra = "X-Api-Key: S3CR3T.x\r\n" },
		{ .target = "/reason", .protocol = "S3CR3T-S3CR3T-S3CR3T-S3CR3T-S3CR3T" }
	};
	struct client c;
	char command[1200];
	size_t i;

	backends_write("helper", "while IFS= read -r question; do\n"
	    "case $question in\n"
	    "path=/hide/*) echo status=403 reason=no%%20S3CR3T%%20here hide=S3CR3T ;;\n"
	    "path=/socket/*) echo peer=unix:///nonexistent/S3CR3T.sock hide=S3CR3T ;;\n"
	    "path=/known/*) echo peer=tcp://127.0.0.1:%d hide=S3CR3T ;;\n"
	    "*) set -- ${question##*protocols=}; word=S3CR3T\n"
	    "   case $question in *query=token=*) word=${question#*query=token=}\n"
	    "       word=${word%%%%\t*};; esac\n"
	    "   case $* in *cookie:*|*header:*) word=${*##*:sid=}; word=${word##*uthorization=}\n"
	    "       word=${word##*key=};;\n"
	    "       *S3CR3T*) word=$1;; esac\n"
	    "   echo status=403 reason=there%%20is%%20no%%20$word.%%20Sorry ;;\n"
	    "esac\ndone\n", backends_port(0));
	snprintf(command, sizeof(command), "command=exec sh %s", backends_path("helper"));
	start("exec", command, "send=cookie:sid header:authorization header:x-api-key", NULL);
	for (i = 0; i < COUNTOF(requests); i++) {
		expect_context("request %lu", (unsigned long)i);
		harness_log_mark(&h);
		client_connect(&c, h.port);
		client_request(&c, &requests[i]);
		client_answer(&c);
		ck_assert_int_eq(c.status, 403);
		ck_assert_ptr_nonnull(strstr(c.body, "there is no "));
		ck_assert_ptr_nonnull(strstr(c.body, "S3C"));
		client_end(&c);
		ck_assert_ptr_nonnull(strstr(harness_log(&h, "refused client=", EXPECT_MS),
		    "there is no "));
		expect_nothing_in(harness_log_text(&h), "log");
	}
	refuse(&(struct request){ .target = "/hide/S3CR3T/x?y" }, 403, "/hide/.../x?...");
	refuse(&(struct request){ .target = "/socket/S3CR3T" }, 502, "/socket/...");
	harness_log(&h, " peer unix:///nonexistent/....sock for client ", EXPECT_MS);
	use(&(struct request){ .target = "/known/xS3CR3Tx" }, 0, "/known/...");
	harness_stop(&h);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("secrets");
	TCase *tc = backends_case(suite, "secrets", 60);

	tcase_add_test(tc, tokens);
	tcase_add_test(tc, query_shown);
	tcase_add_test(tc, names_of_files);
	tcase_add_test(tc, reasons_of_helpers);
	return suite;
}

#include "lib/check_main.h"
