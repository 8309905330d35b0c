/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The contents of the status file are not trusted, because a compromised worker can write any
 * bytes to it. The master goes on, signals no process except its workers, and has at most as many
 * workers as configured.
 */

#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <check.h>
#include <fcntl.h>
#include <poll.h>
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
#include "lib/testpool.h"
#include "lib/unit.h"

static struct server s;

#define SCRIBBLE_MS	1000
#define MOST		8	/* max-workers; the process that answers 503 is not included */

/* Waits until a client is served; clients before it may be refused. */
static void
expect_client(int port)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	struct client c;

	for (;;) {
		client_ask(&c, port, "/");
		if (c.status == 101)
			break;
		client_end(&c);
		if (expect_left(deadline) == 0)
			expect_fail("no client is served any more");
	}
	client_finish(&c);
}

/* -- writes by another process -- */

/* Writes random bytes to the whole status file, including its head, for SCRIBBLE_MS. */
static void
scribble(const char *path, struct client *c)
{
	uint64_t random = 1, until = expect_now() + SCRIBBLE_MS;
	struct stat st;
	int fd = open(path, O_RDWR);
	uint64_t word;
	unsigned n = 0;
	off_t at;

	ck_assert(fd != -1 && fstat(fd, &st) == 0);
	while (expect_now() < until) {
		/* Every second write goes to the first pages, with the head and the states. */
		at = (off_t)(unit_random(&random) % (uint64_t)(n % 2 == 0 ? st.st_size : 8192));
		word = unit_random(&random);
		ck_assert_int_gt(pwrite(fd, &word, unit_random(&random) % sizeof(word) + 1, at), 0);
		if (n++ % 1000 == 0)
			client_echo(c);
	}
	close(fd);
}

START_TEST(from_outside)
{
	char path[600];
	struct client c;
	pid_t pid;

	snprintf(path, sizeof(path), "%s", harness_scratch("status"));
	server_start(&s, "status-file = %s\nmax-workers = %d\nmax-spare = 4\n", path, MOST);
	pid = s.h.pid;
	server_open(&s, &c);
	scribble(path, &c);
	ck_assert_uint_le(testpool_at_once(pid), MOST + 1);
	client_echo(&c);
	/* The next program reads the random bytes at a reload. */
	harness_log_mark(&s.h);
	harness_signal(&s.h, SIGHUP);
	harness_log(&s.h, "listening on", EXPECT_MS);
	client_echo(&c);
	client_finish(&c);
	expect_client(s.h.port);
	server_stop(&s);
}
END_TEST

/* -- writes by a worker -- */

#define SECONDS		2
#define FULL_SECONDS	60

/* Starts a process that is not a process of the server, and must not be signalled. */
static pid_t
start_victim(void)
{
	pid_t pid = fork();

	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		for (;;)
			pause();
	}
	return pid;
}

/*
 * For the given number of seconds, uses a session, lets other clients connect, and counts the
 * workers.
 */
static void
watch(const struct harness *h, struct client *c, int peer, pid_t victim, int seconds)
{
	uint64_t until = expect_now() + (uint64_t)seconds * 1000;
	struct client other;

	while (expect_now() < until) {
		client_text(c, "anybody?");
		sock_expect(peer, "anybody?", 8, EXPECT_MS);
		ck_assert_uint_le(testpool_at_once(h->pid), MOST + 1);
		ck_assert_int_eq(waitpid(victim, NULL, WNOHANG | WUNTRACED), 0);
		ck_assert_int_eq(kill(h->pid, 0), 0);
		client_connect(&other, h->port);
		client_end(&other);
	}
}

START_TEST(from_a_worker)
{
	int seconds = expect_full() ? FULL_SECONDS : SECONDS, port, peer;
	int listener = sock_listen(&port);
	pid_t victim = start_victim();
	char path[600], setting[700], text[32];
	struct client c, broken;
	struct harness h;

	if (!proc_is_available()) {
		expect_skip("without /proc the module does not find it");
		return;
	}
	snprintf(path, sizeof(path), "%s", harness_scratch("status"));
	snprintf(setting, sizeof(setting), "status-file=%s", path);
	modules_begin("backend_test", NULL);
	ck_assert_int_eq(setenv("WS_BOARD", path, 1), 0);
	snprintf(text, sizeof(text), "%d", seconds);
	ck_assert_int_eq(setenv("WS_SCRIBBLE", text, 1), 0);
	snprintf(text, sizeof(text), "%ld", (long)victim);
	ck_assert_int_eq(setenv("WS_VICTIM", text, 1), 0);
	modules_start(&h, port, "-o", setting, "-o", "max-workers=8", "-o", "max-spare=4", "-o",
	    "module-timeout=0", "-o", "ping=0", NULL);
	client_open(&c, h.port, "/");
	peer = sock_accept(listener, EXPECT_MS);
	client_connect(&broken, h.port);
	client_request(&broken, &(struct request){ .target = "/scribble" });
	modules_expect_traced("scribbling", 1);
	watch(&h, &c, peer, victim, seconds);
	client_end(&broken);
	/* The next program reads the random bytes at a reload. */
	harness_log_mark(&h);
	harness_signal(&h, SIGHUP);
	harness_log(&h, "listening on", EXPECT_MS);
	client_text(&c, "anybody?");
	sock_expect(peer, "anybody?", 8, EXPECT_MS);
	client_finish(&c);
	sock_close(&peer);
	expect_client(h.port);
	harness_stop(&h);
	ck_assert_int_eq(waitpid(victim, NULL, WNOHANG | WUNTRACED), 0);
	ck_assert_int_eq(kill(victim, SIGKILL), 0);
	ck_assert_int_eq(waitpid(victim, NULL, 0), victim);
	expect_figure("S10: a worker scribbled for %d s: the master survived, no other process was "
	    "signalled, never more than %d workers", seconds, MOST);
	sock_close(&listener);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("scribble");
	TCase *tc = harness_case(suite, "scribble", expect_full() ? 120 : 60);

	tcase_add_test(tc, from_outside);
	tcase_add_test(tc, from_a_worker);
	return suite;
}

#include "lib/check_main.h"
