/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Upgrades by reload: the program takes over from each older version since RELOAD_OLDEST without
 * losing a session, and refuses to take over from a newer version.
 */

#include "config.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/churn.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/proc.h"
#include "lib/server.h"
#include "lib/sock.h"
#include "server/reload.h"
#include "status/scoreboard.h"
#include "test_reload.h"

static struct server s;
static char status_file[600];

/* -- copies of the program -- */

static void
install(const char *from, const char *to)
{
	char command[8000];

	snprintf(command, sizeof(command), "cp -- '%s' '%s.new' && mv -- '%s.new' '%s'", from, to,
	    to, to);
	if (system(command) != 0)
		expect_fail("%s", command);
}

void
reload_install(const char *to)
{
	const char *from = getenv("WEBSOCKSY");

	install(from != NULL ? from : "./websocksy", to);
}

void
reload_install_next(const char *to)
{
	const char *from = getenv("WEBSOCKSY_NEXT");

	install(from != NULL ? from : "t/tools/websocksy-next", to);
}

void
reload_install_waiting(const char *to, const char *go)
{
	const char *real = getenv("WEBSOCKSY");
	FILE *f;

	ck_assert_int_eq(unlink(to), 0);
	f = fopen(to, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "#!/bin/sh\nuntil [ -e '%s' ]; do sleep 0.05; done\nexec '%s' \"$@\"\n", go,
	    real != NULL ? real : "./websocksy");
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(to, 0700), 0);
}

void
reload_go(const char *go)
{
	FILE *f = fopen(go, "w");

	ck_assert(f != NULL && fclose(f) == 0);
}

void
reload_run_installed(struct server *site, const char *program)
{
	char *was = getenv("WEBSOCKSY") != NULL ? strdup(getenv("WEBSOCKSY")) : NULL;

	ck_assert_int_eq(setenv("WEBSOCKSY", program, 1), 0);
	server_run(site);
	ck_assert_int_eq(was != NULL ? setenv("WEBSOCKSY", was, 1) : unsetenv("WEBSOCKSY"), 0);
	free(was);
}

/*
 * Returns the output of -V of the program that a process runs, even if the program's file was
 * replaced.
 */
static const char *
version_of(pid_t pid)
{
	static char text[100];
	char command[100];
	FILE *f;

	snprintf(command, sizeof(command), "/proc/%ld/exe -V", (long)pid);
	f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	if (fgets(text, sizeof(text), f) == NULL)
		text[0] = '\0';
	(void)pclose(f);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* Waits until the output of websocksyctl status has a text. */
static void
expect_shown(const char *wanted)
{
	const char *ctl = getenv("WEBSOCKSYCTL");
	uint64_t deadline = expect_deadline(EXPECT_MS);
	char command[2000], line[1024];
	int shown = 0;
	FILE *f;

	snprintf(command, sizeof(command), "'%s' -s '%s' status",
	    ctl != NULL ? ctl : "./websocksyctl", status_file);
	do {
		f = popen(command, "r");
		ck_assert_ptr_nonnull(f);
		while (fgets(line, sizeof(line), f) != NULL)
			shown |= strstr(line, wanted) != NULL;
		ck_assert_int_eq(pclose(f), 0);
		if (!shown && !expect_again(deadline))
			expect_fail("websocksyctl status does not print '%s'", wanted);
	} while (!shown);
}

/* -- a newer program, which has one field more in each slot (t/tools/websocksy-next) -- */

#define UPGRADED	8	/* number of sessions before the upgrade, and after it */

/* Returns the field of a slot that only the newer program has. */
static uint64_t
field_of_next(const struct scoreboard *b, unsigned slot)
{
	uint64_t value;

	memcpy(&value, b->slot[slot].reserved, sizeof(value));
	return value;
}

/*
 * Returns the number of sessions of a generation. Fails unless their workers run the given
 * version, and the newer program's field of their slots has the given value.
 */
static unsigned
sessions(unsigned generation, const char *version, uint64_t value)
{
	const char *why = NULL;
	struct scoreboard b;
	unsigned slot, n = 0;

	if (scoreboard_open(&b, status_file, &why) == -1)
		expect_fail("%s: %s", status_file, why);
	for (slot = 0; slot < b.slots; slot++) {
		if (scoreboard_get(&b, slot) != SCOREBOARD_OPEN ||
		    b.slot[slot].generation != generation)
			continue;
		ck_assert_str_eq(version_of((pid_t)b.slot[slot].pid), version);
		ck_assert(field_of_next(&b, slot) == value);
		ck_assert_int_eq(strncmp(b.slot[slot].client, "127.0.0.1:", 10), 0);
		ck_assert_int_eq(strncmp(b.slot[slot].peer, "tcp://127.0.0.1:", 16), 0);
		n++;
	}
	scoreboard_destroy(&b);
	return n;
}

/*
 * Waits until sessions() returns UPGRADED: the last sessions of the other clients may still be
 * open.
 */
static void
expect_sessions(unsigned generation, const char *version, uint64_t value)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	unsigned n;

	while ((n = sessions(generation, version, value)) != UPGRADED)
		if (!expect_again(deadline))
			expect_fail("the status shows %u sessions of generation %u", n, generation);
}

/*
 * Reloads while the installed program is older than the running one. The reload must be refused,
 * and no session is lost.
 */
static void
expect_no_downgrade(struct client *held)
{
	server_reload_refused(&s);
	harness_log(&s.h, "this program cannot take over from the one that runs, which is newer",
	    EXPECT_MS);
	client_echo(held);
}

/* An upgrade under load: no session is lost, and the status shows the sessions of both versions. */
START_TEST(upgrade)
{
	struct client old[UPGRADED], new[UPGRADED];
	char program[600], before[100], after[100], shown[64];
	struct churn_result sum;
	struct churn loops;
	unsigned i;

	if (!proc_is_available() || getenv("VALGRIND_PROGRAM") != NULL) {
		expect_skip("it cannot be seen which program a process runs");
		return;
	}
	snprintf(program, sizeof(program), "%s", harness_scratch("program"));
	snprintf(status_file, sizeof(status_file), "%s", harness_scratch("status"));
	reload_install(program);
	server_prepare(&s);
	server_write(&s, "start-workers = 4\nstatus-file = %s\n", status_file);
	reload_run_installed(&s, program);
	snprintf(before, sizeof(before), "%s", version_of(s.h.pid));
	churn_start(&loops, 2, s.h.port, 0);
	for (i = 0; i < UPGRADED; i++)
		server_open(&s, &old[i]);
	reload_install_next(program);
	harness_log_mark(&s.h);
	harness_signal(&s.h, SIGHUP);
	for (i = 0; i < UPGRADED; i++)
		client_echo(&old[i]);
	harness_log(&s.h, "reload: done", EXPECT_MS);
	churn_expect_more(&loops, 50);
	for (i = 0; i < UPGRADED; i++)
		server_open(&s, &new[i]);
	sum = churn_end_well(&loops);
	snprintf(after, sizeof(after), "%s", version_of(s.h.pid));
	ck_assert_str_ne(before, after);
	expect_sessions(1, before, 0);
	expect_sessions(2, after, UINT64_MAX);
	snprintf(shown, sizeof(shown), ", %d of earlier generations", UPGRADED);
	expect_shown(shown);
	expect_figure("upgrade from %s to %s: %u sessions of each, 0 of %lu others failed", before,
	    after, UPGRADED, sum.good);
	reload_install(program);
	expect_no_downgrade(&old[0]);
	/* After the refused reload the newer program can be reloaded. */
	reload_install_next(program);
	for (i = 0; i < UPGRADED; i++)
		client_echo_finish(&old[i]);
	server_reload(&s, UPGRADED);
	for (i = 0; i < UPGRADED; i++)
		client_echo_finish(&new[i]);
	server_stop(&s);
}
END_TEST

/* -- older programs, for which t/tools/old_master stands in with a recorded hand-over -- */

static const struct {
	const char	*version, *handover;
	unsigned	 shown;		/* number of old sessions in the new status file */
} olds[] = {
	/*
	 * in version 2 the status file has another layout; the old worker goes on using its own
	 * file
	 */
	{ "2", "2", 0 },
	{ "3", "3", 1 },
	/* a hand-over with lines, words and a descriptor that this program does not know */
	{ "3", "3-more", 1 },
};

static void
set(const char *name, const char *value)
{
	ck_assert_int_eq(setenv(name, value, 1), 0);
}

/* Starts old_master instead of websocksy. */
static void
start_old(const char *version, const char *handover, const char *pid_file)
{
	const char *top = getenv("top_srcdir"), *program = getenv("WEBSOCKSY");
	const char *old = getenv("OLD_MASTER");
	char path[2000];

	snprintf(path, sizeof(path), "%s/t/server/handover/%s", top != NULL ? top : ".", handover);
	set("OLD_PROGRAM", program != NULL ? program : "./websocksy");
	set("OLD_VERSION", version);
	set("OLD_HANDOVER", path);
	set("OLD_PID_FILE", pid_file);
	set("OLD_STATUS_FILE", status_file);
	snprintf(path, sizeof(path), "%s", getenv("OLD_PROGRAM"));
	reload_run_installed(&s, old != NULL ? old : "t/tools/old-master");
}

/* Uses the session of the old worker, which echoes the bytes without WebSocket. */
static void
use_old(int fd)
{
	sock_write(fd, "old session\n", 12, EXPECT_MS);
	sock_expect(fd, "old session\n", 12, EXPECT_MS);
}

/*
 * Checks that the status file has the layout of this program, `shown` old sessions, and in total
 * the clients that both versions have counted.
 */
static void
expect_status(unsigned shown, uint64_t clients)
{
	const char *why = NULL;
	struct scoreboard b;
	unsigned slot, n = 0;
	uint64_t sum = 0;

	if (scoreboard_open(&b, status_file, &why) == -1)
		expect_fail("%s: %s", status_file, why);
	ck_assert_uint_eq(b.head->generation, 8);
	ck_assert(b.head->started == 1);
	for (slot = 0; slot < b.slots; slot++) {
		sum += scoreboard_clients(&b.slot[slot]);
		if (b.slot[slot].generation != 7)
			continue;
		ck_assert_int_eq(scoreboard_get(&b, slot), SCOREBOARD_OPEN);
		ck_assert_str_eq(b.slot[slot].client, "192.0.2.7:7777");
		n++;
	}
	ck_assert_uint_eq(n, shown);
	ck_assert_uint_eq(sum, clients);
	scoreboard_destroy(&b);
}

START_TEST(from_an_old_version)
{
	char pid_file[600];
	struct client c;
	pid_t pids[8];
	int fd;

	expect_context("hand-over %s", olds[_i].handover);
	snprintf(status_file, sizeof(status_file), "%s", harness_scratch("status"));
	snprintf(pid_file, sizeof(pid_file), "%s", harness_scratch("pid"));
	server_prepare(&s);
	server_write(&s, "start-workers = 1\nmin-spare = 1\nmax-spare = 1\nmax-workers = 4\n"
	    "status-file = %s\npid-file = %s\n", status_file, pid_file);
	start_old(olds[_i].version, olds[_i].handover, pid_file);
	fd = sock_connect(s.h.port, 0);
	use_old(fd);
	ck_assert_uint_eq(harness_children(s.h.pid, pids, COUNTOF(pids)), 1);
	harness_signal(&s.h, SIGHUP);
	harness_log(&s.h, "reload: done", EXPECT_MS);
	use_old(fd);
	server_open(&s, &c);
	use_old(fd);
	expect_status(olds[_i].shown, 6);
	expect_shown("generation 8");
	client_echo_finish(&c);
	/* The hand-over of the next reload has the present version. */
	server_reload(&s, 1);
	use_old(fd);
	sock_close(&fd);
	harness_expect_gone(pids[0], EXPECT_MS);
	ck_assert_int_eq(access(pid_file, F_OK), 0);
	server_stop(&s);
	ck_assert_int_eq(access(status_file, F_OK), -1);
	ck_assert_int_eq(access(pid_file, F_OK), -1);
}
END_TEST

/*
 * An older master executes the new program to check the configuration: the check must succeed for
 * each supported version of the hand-over, and fail for all others.
 */
START_TEST(which_versions)
{
	const char *program = getenv("WEBSOCKSY");
	char command[2000], line[1024] = "";
	int version, status;
	FILE *f;

	server_prepare(&s);
	server_write(&s, "start-workers = 2\n");
	for (version = 0; version <= RELOAD_VERSION + 1; version++) {
		snprintf(command, sizeof(command), "WEBSOCKSY_RELOAD=%d '%s' -t -f '%s' 2>&1",
		    version, program != NULL ? program : "./websocksy", s.conf);
		f = popen(command, "r");
		ck_assert_ptr_nonnull(f);
		ck_assert_ptr_nonnull(fgets(line, sizeof(line), f));
		status = pclose(f);
		ck_assert(WIFEXITED(status));
		expect_context("version %d: %s", version, line);
		ck_assert_int_eq(WEXITSTATUS(status),
		    version < RELOAD_OLDEST || version > RELOAD_VERSION);
		if (WEXITSTATUS(status) != 0)
			ck_assert_ptr_nonnull(strstr(line, "cannot take over"));
	}
	harness_stop(&s.echo);
}
END_TEST

void
reload_upgrade_cases(Suite *suite)
{
	TCase *tc = harness_case(suite, "upgrade", 60);

	tcase_add_test(tc, upgrade);
	tcase_add_test(tc, which_versions);
	if (getenv("VALGRIND_PROGRAM") != NULL) {
		expect_skip("valgrind has descriptors of its own");
		return;
	}
	tcase_add_loop_test(tc, from_an_old_version, 0, (int)COUNTOF(olds));
}
