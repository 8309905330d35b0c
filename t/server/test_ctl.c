/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * websocksyctl with a running server: the status that it shows, and the connections that it
 * closes.
 */

#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/countof.h"
#include "lib/ctl.h"
#include "lib/expect.h"
#include "lib/json.h"
#include "lib/proc.h"
#include "lib/unit.h"
#include "status/scoreboard.h"

static struct ctl s;

/* Returns the address of the client's socket, in the notation of the status. */
static const char *
address(const struct client *c)
{
	static char text[64];
	struct sockaddr_in in;
	socklen_t size = sizeof(in);

	ck_assert_int_eq(getsockname(c->fd, (struct sockaddr *)&in, &size), 0);
	snprintf(text, sizeof(text), "127.0.0.1:%u", (unsigned)ntohs(in.sin_port));
	return text;
}

/*
 * Returns a member, in JSON, of the connection with this client's address. Waits for the
 * connection, which may appear a moment after its worker is counted as busy.
 */
static const char *
member(const struct client *c, const char *name)
{
	static char part[4000], text[400];
	uint64_t deadline = expect_deadline(EXPECT_MS);

	for (;;) {
		ck_assert_int_eq(ctl_run(&s, "--json", "--client", address(c), NULL), 0);
		ck_assert(json_value(s.out, "connections", part, sizeof(part)));
		part[strlen(part) - 1] = '\0';
		if (json_is_object(part + 1))
			break;
		if (expect_left(deadline) == 0)
			expect_fail("not one connection: %s", s.out);
	}
	ck_assert(json_string(part + 1, name, text, sizeof(text)) ||
	    json_value(part + 1, name, text, sizeof(text)));
	return text;
}

static char *
id_of(const struct client *c)
{
	char *id = strdup(member(c, "id"));

	ck_assert_ptr_nonnull(id);
	return id;
}

static pid_t
pid_of(const struct client *c)
{
	return (pid_t)strtol(member(c, "pid"), NULL, 10);
}

/* Returns the value of a sample in the Prometheus output. */
static unsigned long
sample(const char *name)
{
	char line[200];
	const char *p;

	ck_assert_int_eq(ctl_run(&s, "status", "--prometheus", NULL), 0);
	snprintf(line, sizeof(line), "\nwebsocksy_%s ", name);
	p = strstr(s.out, line);
	ck_assert_msg(p != NULL, "there is no %s in: %s", name, s.out);
	return strtoul(p + strlen(line), NULL, 10);
}

/*
 * Waits until a sample has this value. A worker updates its counters at the end of each pass of
 * its loop, when the client may already have received the data.
 */
static void
expect_sample(const char *name, unsigned long value)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	unsigned long now;

	while ((now = sample(name)) != value)
		if (expect_left(deadline) == 0)
			expect_fail("%s is %lu, not %lu", name, now, value);
}

/* -- status -- */

START_TEST(a_table)
{
	struct client c[2];
	const char *row;

	ctl_start(&s, "max-workers = 20\n");
	client_open(&c[0], s.server.h.port, "/first?token=x");
	client_echo(&c[0]);
	/*
	 * Let the second connection be some milliseconds younger: connections of the same age
	 * would be sorted by slot.
	 */
	poll(NULL, 0, 5);
	client_open(&c[1], s.server.h.port, "/second");
	client_echo(&c[1]);
	expect_sample("bytes_total{direction=\"out\"}", 16);
	ck_assert_int_eq(ctl_run(&s, "status", NULL), 0);
	ctl_expect_out(&s, "server: pid ");
	ctl_expect_out(&s, ", generation 1, started ");
	ctl_expect_out(&s, "pool: 2 busy of 20, ");
	ctl_expect_out(&s, "since the start: 2 clients, 2 opened, 0 refused, in 16 in 2 messages");
	/* The oldest connection comes first. */
	row = strstr(s.out, "/first?...\n");
	ck_assert_ptr_nonnull(row);
	ck_assert_ptr_nonnull(strstr(row, "/second\n"));
	ctl_expect_out(&s, address(&c[0]));
	ctl_expect_out(&s, address(&c[1]));
	/* The list has only the selected connection; the line "pool" counts all connections. */
	ck_assert_int_eq(ctl_run(&s, "--client", address(&c[1]), "--sort", "in", NULL), 0);
	ctl_expect_out(&s, "/second\n");
	ck_assert_ptr_null(strstr(s.out, "/first"));
	ctl_expect_out(&s, "pool: 2 busy");
	client_echo_finish(&c[0]);
	client_echo_finish(&c[1]);
	ctl_stop(&s);
}
END_TEST

START_TEST(json)
{
	char text[200], peer[64];
	struct client c;

	ctl_start(&s, "");
	client_open(&c, s.server.h.port, "/a%20b");
	client_echo(&c);
	expect_sample("bytes_total{direction=\"out\"}", 8);
	ck_assert_int_eq(ctl_run(&s, "status", "--json", NULL), 0);
	ck_assert(s.out[strlen(s.out) - 1] == '\n');
	s.out[strlen(s.out) - 1] = '\0';
	ck_assert_msg(json_is_object(s.out), "%s", s.out);
	ck_assert(json_value(s.out, "pid", text, sizeof(text)));
	ck_assert_int_eq(strtol(text, NULL, 10), s.server.h.pid);
	ck_assert_str_eq(member(&c, "state"), "open");
	ck_assert_str_eq(member(&c, "path"), "/a%20b");
	ck_assert_str_eq(member(&c, "in_bytes"), "8");
	ck_assert_str_eq(member(&c, "out_messages"), "1");
	ck_assert_str_eq(member(&c, "generation"), "1");
	ck_assert_str_eq(member(&c, "rtt"), "null");
	snprintf(peer, sizeof(peer), "tcp://127.0.0.1:%d", s.server.echo.port);
	ck_assert_str_eq(member(&c, "peer"), peer);
	ck_assert_int_eq(kill(pid_of(&c), 0), 0);
	client_echo_finish(&c);
	ctl_stop(&s);
}
END_TEST

/*
 * The status also shows a client that has sent half a request. After a pong it shows a round-trip
 * time.
 */
START_TEST(handshakes_and_pings)
{
	struct client_message m;
	struct client half, c;

	ctl_start(&s, "ping = 10ms\n");
	client_connect(&half, s.server.h.port);
	client_send(&half, "GET /", 5);
	expect_sample("workers{state=\"handshake\"}", 1);
	ck_assert_str_eq(member(&half, "state"), "handshake");
	ck_assert_str_eq(member(&half, "peer"), "");
	client_end(&half);
	expect_sample("workers{state=\"handshake\"}", 0);
	client_open(&c, s.server.h.port, "/");
	client_read(&c, &m);
	ck_assert_int_eq(m.opcode, CLIENT_PING);
	ck_assert_str_eq(member(&c, "rtt"), "null");
	client_send_frame(&c, CLIENT_FIN | CLIENT_PONG, m.data, m.len);
	/* The server sends the next ping only after the pong for the previous one. */
	client_read(&c, &m);
	ck_assert_int_eq(m.opcode, CLIENT_PING);
	ck_assert(strtod(member(&c, "rtt"), NULL) > 0);
	client_drop(&c);
	ctl_stop(&s);
}
END_TEST

/* Counters never decrease when connections, workers and generations end. */
START_TEST(counters_never_go_back)
{
	struct client c[3];
	unsigned i;

	ctl_start(&s, "max-connections-per-worker = 1\n");
	for (i = 0; i < 3; i++)
		server_open(&s.server, &c[i]);
	expect_sample("bytes_total{direction=\"out\"}", 24);
	ck_assert_uint_eq(sample("bytes_total{direction=\"in\"}"), 24);
	ck_assert_uint_eq(sample("opened_total"), 3);
	client_finish(&c[0]);
	s.server.h.deaths = 1;
	ck_assert_int_eq(kill(pid_of(&c[1]), SIGKILL), 0);
	client_end(&c[1]);
	expect_sample("workers{state=\"open\"}", 1);
	ck_assert_uint_eq(sample("bytes_total{direction=\"in\"}"), 24);
	ck_assert_uint_eq(sample("messages_total{direction=\"out\"}"), 3);
	server_reload(&s.server, 1);
	ck_assert_uint_eq(sample("bytes_total{direction=\"in\"}"), 24);
	ck_assert_uint_eq(sample("clients_total"), 3);
	ck_assert_uint_eq(sample("generation"), 2);
	ck_assert_uint_eq(sample("workers_old"), 1);
	client_echo_finish(&c[2]);
	server_open(&s.server, &c[0]);
	expect_sample("bytes_total{direction=\"out\"}", 40);
	client_echo_finish(&c[0]);
	/* Send an invalid request, which is refused. */
	client_connect(&c[0], s.server.h.port);
	client_send(&c[0], "X\r\n\r\n", 5);
	client_answer(&c[0]);
	client_end(&c[0]);
	expect_sample("refused_total", 1);
	ctl_stop(&s);
}
END_TEST

/* -- close -- */

START_TEST(close_one)
{
	struct client c[2];
	char *id;
	pid_t pid;

	ctl_start(&s, "");
	server_open(&s.server, &c[0]);
	server_open(&s.server, &c[1]);
	id = id_of(&c[0]);
	pid = pid_of(&c[0]);
	/* The session may be older than a reload. */
	if (_i == 1)
		ck_assert_int_eq(ctl_run(&s, "reload", NULL), 0);
	ck_assert_int_eq(ctl_run(&s, "close", id, NULL), 0);
	ctl_expect_out(&s, "closing ");
	client_expect_end(&c[0], 1001);
	harness_log(&s.server.h, "code=1001 by=server", EXPECT_MS);
	ck_assert_uint_eq(harness_log_count(&s.server.h,
	    "reason=\"closed by the administrator\""), 1);
	harness_expect_gone(pid, EXPECT_MS);
	client_echo(&c[1]);
	/* The slot of an exited worker stays in use until the master has reaped the worker. */
	expect_sample("workers{state=\"closing\"}", 0);
	expect_sample("workers{state=\"open\"}", 1);
	ck_assert_int_eq(ctl_run(&s, "close", id, NULL), 1);
	ctl_expect_err(&s, "there is no such connection");
	client_echo(&c[1]);
	free(id);
	/* The number after the pid in the id, which counts the worker's clients, must match too. */
	id = id_of(&c[1]);
	id[strlen(id) - 1]++;
	ck_assert_int_eq(ctl_run(&s, "close", id, NULL), 1);
	free(id);
	/* The stop of the server has another reason. */
	ck_assert_int_eq(ctl_run(&s, "stop", NULL), 0);
	client_expect_end(&c[1], 1001);
	ck_assert_int_eq(harness_wait(&s.server.h, EXPECT_MS), 0);
	harness_log(&s.server.h, "reason=\"the server is shutting down\"", EXPECT_MS);
	ck_assert_uint_eq(harness_log_count(&s.server.h, " warn: ") +
	    harness_log_count(&s.server.h, " error: "), 0);
	harness_clean(&s.server.h);
	harness_stop(&s.server.echo);
}
END_TEST

START_TEST(close_many)
{
	struct client c[4];
	char peer[64];
	unsigned i;

	ctl_start(&s, "");
	for (i = 0; i < COUNTOF(c); i++)
		server_open(&s.server, &c[i]);
	ck_assert_int_eq(ctl_run(&s, "close", "--client", "192.0.2.1", NULL), 1);
	ck_assert_int_eq(ctl_run(&s, "close", "--peer", "tcp://127.0.0.1:1", NULL), 1);
	ck_assert_int_eq(ctl_run(&s, "close", "--client", address(&c[0]), NULL), 0);
	client_expect_end(&c[0], 1001);
	snprintf(peer, sizeof(peer), "tcp://127.0.0.1:%d", s.server.echo.port);
	ck_assert_int_eq(ctl_run(&s, "close", "--client", address(&c[1]), "--peer", peer, NULL), 0);
	client_expect_end(&c[1], 1001);
	for (i = 2; i < COUNTOF(c); i++)
		client_echo(&c[i]);
	ck_assert_int_eq(ctl_run(&s, "close", _i == 0 ? "--client" : "--peer",
	    _i == 0 ? "127.0.0.0/8" : peer, NULL), 0);
	for (i = 2; i < COUNTOF(c); i++)
		client_expect_end(&c[i], 1001);
	server_open(&s.server, &c[0]);
	client_echo_finish(&c[0]);
	ck_assert_uint_eq(harness_log_count(&s.server.h, " warn: ") +
	    harness_log_count(&s.server.h, " error: "), 0);
	ctl_stop(&s);
}
END_TEST

/* -- contents that a compromised worker can write -- */

static int
open_file(struct stat *st)
{
	int fd = open(s.file, O_RDWR);

	ck_assert(fd != -1 && fstat(fd, st) == 0);
	return fd;
}

/* Returns the offset in the status file of the slot of a client, found by the client's address. */
static off_t
find_slot(int fd, const struct stat *st, const struct client *c)
{
	static uint8_t bytes[8 * 1024 * 1024];
	const char *text = address(c);
	off_t at;

	ck_assert_int_le(st->st_size, (off_t)sizeof(bytes));
	ck_assert_int_eq(pread(fd, bytes, sizeof(bytes), 0), st->st_size);
	for (at = 0; at + (off_t)strlen(text) < st->st_size; at++)
		if (memcmp(bytes + at, text, strlen(text)) == 0)
			return at - (off_t)offsetof(struct scoreboard_slot, client);
	expect_fail("%s is not in the status file", text);
}

/*
 * The status file has the pid of a foreign process in place of the pids of a worker and of the
 * master.
 */
START_TEST(foreign_pids)
{
	struct scoreboard_head head;
	struct scoreboard_slot slot;
	struct client c;
	struct stat st;
	char id[64];
	off_t at;
	int fd;

	ctl_start(&s, "");
	server_open(&s.server, &c);
	fd = open_file(&st);
	at = find_slot(fd, &st, &c);
	ck_assert_int_eq(pread(fd, &slot, sizeof(slot), at), sizeof(slot));
	ck_assert_int_eq(pread(fd, &head, sizeof(head), 0), sizeof(head));
	slot.pid = s.server.echo.pid;
	head.master = s.server.echo.pid;
	ck_assert_int_eq(pwrite(fd, &slot, sizeof(slot), at), sizeof(slot));
	ck_assert_int_eq(pwrite(fd, &head, sizeof(head), 0), sizeof(head));
	close(fd);
	snprintf(id, sizeof(id), "%ld.1", (long)s.server.echo.pid);
	ck_assert_int_eq(ctl_run(&s, "close", id, NULL), 1);
	ctl_expect_err(&s, "not a process of this server");
	ck_assert_int_eq(ctl_run(&s, "close", "--client", address(&c), NULL), 1);
	/* The foreign process, which is the echo peer, has received no signal. */
	client_echo(&c);
	ck_assert_int_eq(ctl_run(&s, "stop", NULL), 0);
	client_expect_end(&c, 1001);
	ck_assert_int_eq(harness_wait(&s.server.h, EXPECT_MS), 0);
	harness_clean(&s.server.h);
	harness_stop(&s.server.echo);
}
END_TEST

#define SLOTS_SIZE	(73 * SCOREBOARD_SLOT_SIZE)	/* bytes; with max-workers = 8 */

/*
 * Returns a random offset in the states or the slots, which are at the end of the file, or from
 * turn 30 on in the head. The head comes last because nothing is read after an invalid head.
 */
static off_t
random_place(uint64_t *random, unsigned turn, off_t size)
{
	uint64_t number = unit_random(random);

	if (turn >= 30)
		return (off_t)(number % 4000);
	if (number % 8 == 0)
		return (off_t)(4096 + number / 8 % 80);
	return size - (off_t)(8 + number / 8 % (SLOTS_SIZE - 8));
}

/* With random bytes in the status file the output is printable, and no process is signalled. */
START_TEST(random_bytes)
{
	static const char *const shows[] = { "status", "--json", "--prometheus", "check" };
	uint64_t random = 3, word;
	struct client c;
	struct stat st;
	unsigned turn, i;
	int fd;

	ctl_start(&s, "max-workers = 8\nmax-spare = 4\n");
	server_open(&s.server, &c);
	fd = open_file(&st);
	for (turn = 0; turn < 40; turn++) {
		for (i = 0; i < 2000; i++) {
			word = unit_random(&random);
			ck_assert_int_eq(pwrite(fd, &word, sizeof(word), random_place(&random,
			    turn, st.st_size)), sizeof(word));
		}
		for (i = 0; i < COUNTOF(shows); i++) {
			ck_assert_int_le(ctl_run(&s, shows[i], NULL), 3);
			ck_assert_uint_eq(strlen(s.out), strspn(s.out, CTL_PRINTABLE));
		}
		ck_assert_int_le(ctl_run(&s, "close", "--client", "192.0.2.0/24", NULL), 3);
	}
	close(fd);
	client_end(&c);
	s.server.h.deaths = 1;
	ctl_stop(&s);
}
END_TEST

/* -- titles -- */

static const char *
title(pid_t pid)
{
	static char text[4096];
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long)pid);
	fd = open(path, O_RDONLY);
	n = fd == -1 ? 0 : read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	close(fd);
	return text;
}

static void
expect_title(pid_t pid, const char *wanted)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);

	while (strcmp(title(pid), wanted) != 0)
		if (expect_left(deadline) == 0)
			expect_fail("process %ld is '%s', not '%s'", (long)pid, title(pid), wanted);
}

/*
 * Returns 1 if the titles of processes can be read. Under valgrind they cannot: the arguments of
 * a process are those of valgrind.
 */
static int
has_titles(void)
{
#if defined(TITLE_IN_ARGUMENTS)
	if (proc_is_available() && getenv("VALGRIND_PROGRAM") == NULL)
		return 1;
#endif
	expect_skip("process titles cannot be read");
	return 0;
}

START_TEST(titles)
{
	char wanted[300];
	struct client c;
	pid_t pid;

	if (!has_titles())
		return;
	ctl_start(&s, "start-workers = 1\nmin-spare = 1\nmax-spare = 1\n");
	expect_title(s.server.h.pid, "websocksy: master, generation 1");
	client_open(&c, s.server.h.port, "/path?token=secret");
	client_echo(&c);
	pid = pid_of(&c);
	snprintf(wanted, sizeof(wanted), "websocksy: %s -> tcp://127.0.0.1:%d /path", address(&c),
	    s.server.echo.port);
	expect_title(pid, wanted);
	/*
	 * A reload executes the program with its original arguments, not with its title as an
	 * argument.
	 */
	server_reload(&s.server, 1);
	expect_title(s.server.h.pid, "websocksy: master, generation 2");
	server_reload(&s.server, 1);
	expect_title(s.server.h.pid, "websocksy: master, generation 3");
	expect_title(pid, wanted);
	client_echo_finish(&c);
	ctl_stop(&s);
}
END_TEST

/* The title of a worker that waits for its next client. */
START_TEST(an_idle_title)
{
	struct client c;
	pid_t pid;

	if (!has_titles())
		return;
	ctl_start(&s, "");
	server_open(&s.server, &c);
	pid = pid_of(&c);
	client_echo_finish(&c);
	expect_title(pid, "websocksy: worker, idle");
	ctl_stop(&s);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("ctl");
	TCase *tc = harness_case(suite, "ctl", 60);

	tcase_add_test(tc, a_table);
	tcase_add_test(tc, json);
	tcase_add_test(tc, handshakes_and_pings);
	tcase_add_test(tc, counters_never_go_back);
	tcase_add_loop_test(tc, close_one, 0, 2);
	tcase_add_loop_test(tc, close_many, 0, 2);
	tcase_add_test(tc, foreign_pids);
	tcase_add_test(tc, random_bytes);
	tcase_add_test(tc, titles);
	tcase_add_test(tc, an_idle_title);
	ctl_master_cases(suite);
	return suite;
}

#include "lib/check_main.h"
