/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* The lines of the log about one connection: "opened", "closed", "refused", their id and origin. */

#include "config.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/ctl.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/json.h"
#include "lib/server.h"
#include "lib/sock.h"

#define ID_SIZE		48

static struct ctl s;

/* Copies the id in a line of the log to id. */
static void
take_id(char id[ID_SIZE], const char *line)
{
	const char *at = strstr(line, " id=");

	ck_assert_msg(at != NULL && sscanf(at, " id=%47[0-9.]", id) == 1 && strchr(id, '.') != NULL,
	    "no id: %s", line);
}

/* Waits for a line that begins with this word and has this id. */
static const char *
line_of(const char *word, const char *id)
{
	char part[64];
	const char *line;

	snprintf(part, sizeof(part), "info: %s client=", word);
	line = harness_log(&s.server.h, part, EXPECT_MS);
	snprintf(part, sizeof(part), " id=%s origin=", id);
	ck_assert_msg(strstr(line, part) != NULL, "the id is not %s: %s", id, line);
	return line;
}

/* Opens a session and copies the id of its line to id. */
static void
open_session(struct client *c, char id[ID_SIZE])
{
	harness_log_mark(&s.server.h);
	client_open_with(c, s.server.h.port, 0, &(struct request){ .target = "/vnc?x",
	    .origin = "http://127.0.0.1:81" });
	client_echo(c);
	take_id(id, harness_log(&s.server.h, "opened client=127.0.0.1:", EXPECT_MS));
}

/* The line "opened" is logged while the session is open, with the id of the status. */
START_TEST(opened)
{
	char id[ID_SIZE], part[100];
	const char *line;
	struct client c;

	ctl_start(&s, "log-level = info\n");
	open_session(&c, id);
	line = line_of("opened", id);
	ck_assert_ptr_nonnull(strstr(line, " path=\"/vnc?...\" peer=tcp://127.0.0.1:"));
	ck_assert_ptr_nonnull(strstr(line, " origin=\"http://127.0.0.1:81\""));
	ck_assert_uint_eq(harness_log_count(&s.server.h, "closed"), 0);
	snprintf(part, sizeof(part), "\"id\":\"%s\"", id);
	ck_assert_int_eq(ctl_run(&s, "--json", NULL), 0);
	ctl_expect_out(&s, part);
	ck_assert_int_eq(ctl_run(&s, "close", id, NULL), 0);
	client_expect_close(&c, 1001);
	client_end(&c);
	line = line_of("closed", id);
	ck_assert_ptr_nonnull(strstr(line, " path=\"/vnc?...\" peer=tcp://127.0.0.1:"));
	ck_assert_ptr_nonnull(strstr(line, " origin=\"http://127.0.0.1:81\" reason="));
	ctl_stop(&s);
}
END_TEST

/* Sessions at the same time, one after another in one worker, and over reloads: all ids differ. */
START_TEST(ids_differ)
{
	char id[8][ID_SIZE];
	struct client c[COUNTOF(id)];
	size_t i, j;

	ctl_start(&s, "start-workers = 2\nmin-spare = 1\nmax-spare = 2\n");
	for (i = 0; i < 3; i++)
		open_session(&c[i], id[i]);
	server_reload(&s.server, 3);
	for (; i < 5; i++)
		open_session(&c[i], id[i]);
	for (j = 0; j < i; j++)
		client_echo_finish(&c[j]);
	for (; i < COUNTOF(id); i++) {
		open_session(&c[i], id[i]);
		client_echo_finish(&c[i]);
	}
	for (i = 0; i < COUNTOF(id); i++)
		for (j = 0; j < i; j++)
			ck_assert_str_ne(id[i], id[j]);
	ctl_stop(&s);
}
END_TEST

/* Lines that are not about the end have the id, too, also those that only debug shows. */
START_TEST(other_lines)
{
	static const char *const levels[] = { "info", "debug" };
	int port, fd = sock_reserve(&port);
	char id[ID_SIZE], part[100], lines[64];
	struct client c;

	snprintf(lines, sizeof(lines), "log-level = %s\n", levels[_i]);
	server_prepare(&s.server);
	s.server.peer = port;
	server_write(&s.server, "%s", lines);
	server_run(&s.server);
	client_connect(&c, s.server.h.port);
	client_request(&c, &(struct request){ .origin = "http://127.0.0.1" });
	client_answer(&c);
	client_expect_refused(&c, 502);
	client_end(&c);
	take_id(id, harness_log(&s.server.h, "refused client=", EXPECT_MS));
	snprintf(part, sizeof(part), " warn: id=%s peer tcp://127.0.0.1:%d for client ", id, port);
	harness_log(&s.server.h, part, EXPECT_MS);
	ck_assert_ptr_nonnull(strstr(harness_log(&s.server.h, "refused client=", EXPECT_MS),
	    " origin=\"http://127.0.0.1\" reason="));
	if (_i == 1) {
		client_connect(&c, s.server.h.port);
		client_drop(&c);
		ck_assert_ptr_nonnull(strstr(harness_log(&s.server.h, "without a request",
		    EXPECT_MS), " debug: id="));
	}
	/* Lines about no connection have none. */
	ck_assert_ptr_null(strstr(harness_log(&s.server.h, "listening on", EXPECT_MS), " id="));
	harness_stop(&s.server.h);
	harness_stop(&s.server.echo);
	sock_close(&fd);
}
END_TEST

/* The master's line about a worker that was killed has the id of its connection. */
START_TEST(killed_worker)
{
	char id[ID_SIZE], part[100];
	struct client c;
	pid_t pid;

	ctl_start(&s, "");
	s.server.h.deaths = 1;
	open_session(&c, id);
	pid = server_busy_worker(&s.server);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	snprintf(part, sizeof(part), " warn: id=%s worker %ld was ended by signal 9", id,
	    (long)pid);
	harness_log(&s.server.h, part, EXPECT_MS);
	client_end(&c);
	ctl_stop(&s);
}
END_TEST

/* In JSON the id and the origin are members, also beside a message. */
START_TEST(json)
{
	char id[ID_SIZE], value[200];
	int port, fd = sock_reserve(&port);
	struct client c;
	const char *line;

	server_prepare(&s.server);
	s.server.peer = port;
	server_write(&s.server, "log-format = json\n");
	server_run(&s.server);
	client_connect(&c, s.server.h.port);
	client_request(&c, &(struct request){ .origin = "http://127.0.0.1" });
	client_answer(&c);
	client_expect_refused(&c, 502);
	client_end(&c);
	line = harness_log(&s.server.h, "\"event\":\"refused\"", EXPECT_MS);
	ck_assert(json_string(line, "id", id, sizeof(id)));
	ck_assert(json_string(line, "origin", value, sizeof(value)));
	ck_assert_str_eq(value, "http://127.0.0.1");
	line = harness_log(&s.server.h, "\"message\":\"peer ", EXPECT_MS);
	ck_assert(json_string(line, "id", value, sizeof(value)));
	ck_assert_str_eq(value, id);
	harness_stop(&s.server.h);
	harness_stop(&s.server.echo);
	sock_close(&fd);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("session_lines");
	TCase *tc = harness_case(suite, "session lines", 60);

	tcase_add_test(tc, opened);
	tcase_add_test(tc, ids_differ);
	tcase_add_loop_test(tc, other_lines, 0, 2);
	tcase_add_test(tc, killed_worker);
	tcase_add_test(tc, json);
	return suite;
}

#include "lib/check_main.h"
