/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "lib/countof.h"
#include "lib/unit.h"
#include "server/reload.h"
#include "status/scoreboard.h"

START_TEST(scoreboard_begins_free)
{
	static const unsigned sizes[] = { 1, 2, 63, 64, 65, 1024, 65536 };
	unsigned count[SCOREBOARD_STATES], slot;
	struct scoreboard b;
	size_t i;

	for (i = 0; i < COUNTOF(sizes); i++) {
		memset(&b, 0xa5, sizeof(b));
		ck_assert_int_eq(scoreboard_create(&b, NULL, sizes[i]), 0);
		ck_assert_uint_eq(b.slots, sizes[i]);
		ck_assert_uint_eq(b.head->woken, 0);
		memset(count, 0xa5, sizeof(count));
		scoreboard_count(&b, sizes[i], count);
		ck_assert_uint_eq(count[SCOREBOARD_FREE], sizes[i]);
		for (slot = 1; slot < SCOREBOARD_STATES; slot++)
			ck_assert_uint_eq(count[slot], 0);
		slot = sizes[i] - 1;
		ck_assert_int_eq(scoreboard_get(&b, slot), SCOREBOARD_FREE);
		ck_assert_uint_eq(b.slot[slot].served, 0);
		ck_assert_uint_eq(b.slot[slot].traffic[SCOREBOARD_OUT_MESSAGES], 0);
		ck_assert_str_eq(b.slot[slot].client, "");
		ck_assert_str_eq(b.slot[slot].peer, "");
		scoreboard_destroy(&b);
	}
}
END_TEST

/* Fills each slot to its last byte. No other slot and no state may change. */
static void
fill(unsigned slots)
{
	struct scoreboard b;
	unsigned i;

	ck_assert_int_eq(scoreboard_create(&b, NULL, slots), 0);
	b.head->woken = UINT32_MAX;
	for (i = 0; i < slots; i++) {
		memset((void *)&b.slot[i], (int)(i + 1), sizeof(b.slot[i]));
		b.state[i] = (uint8_t)(i % SCOREBOARD_STATES);
	}
	ck_assert_uint_eq(b.head->woken, UINT32_MAX);
	for (i = 0; i < slots; i++)
		if (scoreboard_get(&b, i) != i % SCOREBOARD_STATES ||
		    b.slot[i].served != UINT64_C(0x0101010101010101) * ((i + 1) & 255) ||
		    (uint8_t)b.slot[i].client[0] != ((i + 1) & 255) ||
		    (uint8_t)b.slot[i].peer[SCOREBOARD_TEXT - 1] != ((i + 1) & 255))
			ck_abort_msg("slot %u of %u", i, slots);
	scoreboard_destroy(&b);
}

/* Slots from number head.used on are not counted, whatever their states. */
START_TEST(scoreboard_counts_spares)
{
	struct scoreboard b;
	unsigned i, spare;

	ck_assert_int_eq(scoreboard_create(&b, NULL, 100), 0);
	for (i = 0; i < 100; i++)
		scoreboard_set(&b, i, i % 10 == 3 ? SCOREBOARD_IDLE : (enum scoreboard_state)
		    (i % 2 ? SCOREBOARD_OPEN : SCOREBOARD_STARTING));
	for (i = 0; i <= 110; i += 10) {
		b.head->used = i;
		for (spare = 0; spare <= 12; spare++) {
			unsigned idle = i < 100 ? i / 10 : 10;

			ck_assert_int_eq(scoreboard_is_short(&b, spare), idle < spare);
			ck_assert_int_eq(scoreboard_has_surplus(&b, spare), idle > spare);
		}
	}
	b.head->used = UINT32_MAX;
	ck_assert_int_eq(scoreboard_is_short(&b, UINT32_MAX), 1);
	ck_assert_int_eq(scoreboard_has_surplus(&b, 10), 0);
	scoreboard_destroy(&b);
}
END_TEST

START_TEST(scoreboard_slots_are_apart)
{
	unsigned slots;

	for (slots = 1; slots <= 300; slots++)
		fill(slots);
	fill(65535);
	fill(65536);
}
END_TEST

START_TEST(scoreboard_counts_states)
{
	unsigned count[SCOREBOARD_STATES], want[SCOREBOARD_STATES], turn, i, n, slot;
	uint64_t random = 6, before;
	struct scoreboard b;

	ck_assert_int_eq(scoreboard_create(&b, NULL, 100), 0);
	for (turn = 0; turn < 1000; turn++) {
		slot = (unsigned)(unit_random(&random) % 100);
		i = (unsigned)(unit_random(&random) % SCOREBOARD_STATES);
		before = clock_now();
		scoreboard_set(&b, slot, (enum scoreboard_state)i);
		ck_assert_int_eq(scoreboard_get(&b, slot), i);
		ck_assert_uint_ge(b.slot[slot].state_since, before);
		ck_assert_uint_le(b.slot[slot].state_since, clock_now());

		n = (unsigned)(unit_random(&random) % 101);
		memset(want, 0, sizeof(want));
		for (i = 0; i < n; i++)
			want[scoreboard_get(&b, i)]++;
		memset(count, 0xa5, sizeof(count));
		scoreboard_count(&b, n, count);
		ck_assert_mem_eq(count, want, sizeof(count));
	}
	scoreboard_destroy(&b);
}
END_TEST

/* A compromised worker can write any value as a state. */
START_TEST(scoreboard_hostile_states)
{
	unsigned count[SCOREBOARD_STATES], i, sum;
	struct scoreboard b;

	ck_assert_int_eq(scoreboard_create(&b, NULL, 256), 0);
	for (i = 0; i < 256; i++) {
		b.state[i] = (uint8_t)i;
		ck_assert_int_eq(scoreboard_get(&b, i),
		    i < SCOREBOARD_STATES ? i : SCOREBOARD_FREE);
	}
	scoreboard_count(&b, 256, count);
	for (i = 1, sum = count[0]; i < SCOREBOARD_STATES; i++) {
		ck_assert_uint_eq(count[i], 1);
		sum += count[i];
	}
	ck_assert_uint_eq(sum, 256);
	scoreboard_destroy(&b);
}
END_TEST

START_TEST(scoreboard_clears_a_connection)
{
	struct scoreboard b;
	struct scoreboard_slot *s;
	unsigned i, n;

	ck_assert_int_eq(scoreboard_create(&b, NULL, 3), 0);
	for (i = 0; i < 3; i++) {
		s = &b.slot[i];
		s->served = 9;
		s->clients = s->opened = s->refused = 8;
		for (n = 0; n < SCOREBOARD_TRAFFIC; n++)
			scoreboard_set_traffic(s, (enum scoreboard_traffic)n, 7);
		strcpy(s->client, "client");
		strcpy(s->peer, "peer");
		b.state[i] = SCOREBOARD_OPEN;
	}
	scoreboard_clear(&b, 1);
	for (i = 0; i < 3; i++) {
		s = &b.slot[i];
		for (n = 0; n < SCOREBOARD_TRAFFIC; n++) {
			/*
			 * traffic is the total of the slot; minus traffic_before it is that of
			 * the connection.
			 */
			ck_assert_uint_eq(s->traffic[n], 7);
			ck_assert_uint_eq(s->traffic[n] - s->traffic_before[n], i == 1 ? 0 : 7);
			scoreboard_set_traffic(s, (enum scoreboard_traffic)n, 2);
			ck_assert_uint_eq(s->traffic[n], i == 1 ? 9 : 2);
		}
		ck_assert_str_eq(s->client, i == 1 ? "" : "client");
		ck_assert_str_eq(s->peer, i == 1 ? "" : "peer");
		/* These fields are totals, and do not change when a connection begins. */
		ck_assert_uint_eq(s->served, 9);
		ck_assert_uint_eq(s->clients, 8);
		ck_assert_uint_eq(s->opened, 8);
		ck_assert_uint_eq(s->refused, 8);
		ck_assert_int_eq(scoreboard_get(&b, i), SCOREBOARD_OPEN);
	}
	scoreboard_destroy(&b);
}
END_TEST

/*
 * Each field has a function that sets it. A text that is too long is truncated, and always ends
 * with a NUL.
 */
START_TEST(scoreboard_sets_fields)
{
	struct scoreboard b;
	struct scoreboard_slot *s;
	char text[1000];

	ck_assert_int_eq(scoreboard_create(&b, NULL, 3), 0);
	s = &b.slot[1];
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	scoreboard_set_client(s, text);
	scoreboard_set_peer(s, text, text);
	ck_assert_uint_eq(strlen(s->client), SCOREBOARD_TEXT - 1);
	ck_assert_uint_eq(strlen(s->peer), SCOREBOARD_TEXT - 1);
	ck_assert_uint_eq(strlen(s->path), SCOREBOARD_PATH - 1);
	scoreboard_set_client(s, "client");
	scoreboard_set_peer(s, "", "/");
	ck_assert_str_eq(s->client, "client");
	ck_assert_str_eq(s->peer, "");
	ck_assert_str_eq(s->path, "/");
	scoreboard_set_worker(s, 4711, 2);
	scoreboard_set_served(s, 3);
	scoreboard_set_accepted_at(s, 1000);
	ck_assert_uint_eq(s->last_data, 1000);
	scoreboard_set_last_data(s, 2000);
	scoreboard_set_rtt(s, UINT32_MAX);
	scoreboard_add_client(s);
	scoreboard_add_client(s);
	scoreboard_add_opened(s);
	scoreboard_add_refused(s);
	ck_assert_int_eq(s->pid, 4711);
	ck_assert_uint_eq(s->generation, 2);
	ck_assert_uint_eq(scoreboard_served(s), 3);
	ck_assert_uint_eq(s->accepted_at, 1000);
	ck_assert_uint_eq(s->last_data, 2000);
	ck_assert_uint_eq(s->rtt, UINT32_MAX);
	ck_assert_uint_eq(scoreboard_clients(s), 2);
	ck_assert_uint_eq(s->opened, 1);
	ck_assert_uint_eq(s->refused, 1);
	/* The numbers of the next worker in this slot start from 0, but the totals remain. */
	scoreboard_assign(&b, 1, SCOREBOARD_STARTING);
	ck_assert_int_eq(scoreboard_get(&b, 1), SCOREBOARD_STARTING);
	ck_assert_uint_eq(scoreboard_served(s), 0);
	ck_assert_uint_eq(s->rtt, 0);
	ck_assert_str_eq(s->client, "");
	ck_assert_uint_eq(scoreboard_clients(s), 2);
	ck_assert_mem_eq(&b.slot[0], &b.slot[2], sizeof(*s));
	scoreboard_destroy(&b);
}
END_TEST

/* A child and its parent must each read the values that the other has written. */
START_TEST(scoreboard_is_shared)
{
	struct scoreboard b;
	unsigned i;
	pid_t pid;
	int status;

	ck_assert_int_eq(scoreboard_create(&b, NULL, 50), 0);
	scoreboard_set(&b, 7, SCOREBOARD_STARTING);
	b.slot[7].served = 41;
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		if (scoreboard_get(&b, 7) != SCOREBOARD_STARTING || b.slot[7].served != 41)
			_exit(1);
		for (i = 0; i < 50; i++)
			scoreboard_set(&b, i, SCOREBOARD_OPEN);
		b.slot[7].served++;
		b.slot[49].traffic[SCOREBOARD_OUT_BYTES] = UINT64_MAX;
		strcpy(b.slot[7].client, "[::1]:1");
		b.head->woken = 1;
		close(b.fd);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	for (i = 0; i < 50; i++)
		ck_assert_int_eq(scoreboard_get(&b, i), SCOREBOARD_OPEN);
	ck_assert_uint_eq(b.slot[7].served, 42);
	ck_assert_uint_eq(b.slot[49].traffic[SCOREBOARD_OUT_BYTES], UINT64_MAX);
	ck_assert_str_eq(b.slot[7].client, "[::1]:1");
	ck_assert_uint_eq(b.head->woken, 1);
	scoreboard_destroy(&b);
}
END_TEST

/* The file of a scoreboard is locked by the process that created it, until that process exits. */
START_TEST(scoreboard_is_locked)
{
	int out[2], in[2], fd, status;
	const char *path = unit_path("status");
	struct scoreboard b;
	pid_t pid;
	char byte;

	ck_assert(pipe(out) == 0 && pipe(in) == 0);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		close(in[1]);
		if (scoreboard_create(&b, path, 3) == -1 || write(out[1], "", 1) != 1)
			_exit(1);
		/* Wait until the parent has called scoreboard_holder(). */
		status = read(in[0], &byte, 1) != 0;
		close(b.fd);
		close(in[0]);
		close(out[0]);
		close(out[1]);
		_exit(status);
	}
	close(in[0]);
	ck_assert_int_eq(read(out[0], &byte, 1), 1);
	fd = open(path, O_RDONLY);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(scoreboard_holder(fd), pid);
	close(in[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(scoreboard_holder(fd), 0);
	close(fd);
	ck_assert_int_eq(scoreboard_holder(fd), -1);
	close(out[0]);
	close(out[1]);
}
END_TEST

/* The reason of a refused reload: lines that fit, in printable characters. */
START_TEST(scoreboard_refusal)
{
	char out[SCOREBOARD_REFUSAL], line[SCOREBOARD_REFUSAL];
	struct scoreboard b;
	unsigned i;

	ck_assert_int_eq(scoreboard_create(&b, NULL, 1), 0);
	scoreboard_copy_refusal(out, &b);
	ck_assert_str_eq(out, "");
	scoreboard_add_refusal(&b, "one\x1b[31m\xff");
	scoreboard_add_refusal(&b, "two");
	scoreboard_copy_refusal(out, &b);
	ck_assert_str_eq(out, "one?[31m?\ntwo\n");
	memset(line, 'x', sizeof(line));
	for (i = SCOREBOARD_REFUSAL - 20; i < SCOREBOARD_REFUSAL; i++) {
		line[i] = '\0';
		scoreboard_clear_refusal(&b);
		scoreboard_add_refusal(&b, line);
		scoreboard_copy_refusal(out, &b);
		/* A line that does not fit with its newline is left out. */
		ck_assert_uint_eq(strlen(out), i + 2 <= SCOREBOARD_REFUSAL ? i + 1 : 0);
		scoreboard_add_refusal(&b, "more than fits after that line");
		line[i] = 'x';
	}
	/* A worker has written to all of it. */
	memset(b.head->refusal, '\n', SCOREBOARD_REFUSAL);
	scoreboard_add_refusal(&b, "no room");
	scoreboard_copy_refusal(out, &b);
	ck_assert_uint_eq(strlen(out), SCOREBOARD_REFUSAL - 1);
	scoreboard_destroy(&b);
}
END_TEST

/*
 * The layout, which programs of several versions share (see scoreboard.h): each field with its
 * offset, its size, and the RELOAD_VERSION in which it was added. A row is never changed. A new
 * field gets a new row, with a RELOAD_VERSION that is greater by one.
 */
struct field {
	const char	*name;
	size_t		offset, size, want_offset, want_size;
	unsigned	since;
};

#define HEAD(name, offset, size, since) { #name, offsetof(struct scoreboard_head, name), \
	sizeof(((struct scoreboard_head *)0)->name), offset, size, since }
#define SLOT(name, offset, size, since) { #name, offsetof(struct scoreboard_slot, name), \
	sizeof(((struct scoreboard_slot *)0)->name), offset, size, since }

static const struct field head_fields[] = {
	HEAD(magic, 0, 16, 2),
	HEAD(version, 16, 4, 2),
	HEAD(slot_size, 20, 4, 2),
	HEAD(slots, 24, 4, 2),
	HEAD(woken, 28, 4, 2),
	HEAD(master, 32, 8, 2),
	HEAD(started, 40, 8, 2),
	HEAD(reloaded, 48, 8, 2),
	HEAD(reload_refused, 56, 8, 2),
	HEAD(generation, 64, 4, 2),
	HEAD(max_workers, 68, 4, 2),
	HEAD(used, 72, 4, 2),
	HEAD(ending, 76, 4, 2),
	HEAD(rescans, 80, 4, 2),
	HEAD(refusal, 84, 1024, 4),
};

static const struct field slot_fields[] = {
	SLOT(pid, 0, 8, 2),
	SLOT(generation, 8, 4, 2),
	SLOT(rtt, 12, 4, 2),
	SLOT(served, 16, 8, 2),
	SLOT(state_since, 24, 8, 2),
	SLOT(accepted_at, 32, 8, 2),
	SLOT(last_data, 40, 8, 2),
	SLOT(clients, 48, 8, 2),
	SLOT(opened, 56, 8, 2),
	SLOT(refused, 64, 8, 2),
	SLOT(traffic, 72, 32, 2),
	SLOT(traffic_before, 104, 32, 2),
	SLOT(client, 136, 64, 2),
	SLOT(peer, 200, 64, 2),
	SLOT(path, 264, 184, 2),
};

/*
 * Checks that each field is at the offset in the table, without gaps. Returns the offset of the
 * end of the last field.
 */
static size_t
check_fields(const struct field *f, size_t n)
{
	size_t end = 0, i;

	for (i = 0; i < n; i++) {
		if (f[i].offset != f[i].want_offset || f[i].size != f[i].want_size)
			ck_abort_msg("%s is %zu bytes at %zu", f[i].name, f[i].size, f[i].offset);
		ck_assert_uint_eq(f[i].offset, end);
		ck_assert_uint_le(f[i].since, RELOAD_VERSION);
		end = f[i].offset + f[i].size;
	}
	return end;
}

START_TEST(scoreboard_layout)
{
	static struct scoreboard b;
	size_t end;

	/* The head is padded to a multiple of 8. */
	end = check_fields(head_fields, COUNTOF(head_fields));
	ck_assert_uint_eq((end + 7) / 8 * 8, sizeof(struct scoreboard_head));
	/* If a field has no row, the reserved part starts after the end of the last row. */
	end = check_fields(slot_fields, COUNTOF(slot_fields));
	ck_assert_uint_eq(offsetof(struct scoreboard_slot, reserved), end);
	ck_assert_uint_eq(sizeof(struct scoreboard_slot), 2048);
	ck_assert_uint_eq(SCOREBOARD_VERSION, 3);
	ck_assert_int_eq(scoreboard_create(&b, NULL, 3), 0);
	ck_assert_uint_eq((uintptr_t)b.state - (uintptr_t)b.head, 4096);
	ck_assert_uint_eq((uintptr_t)b.slot - (uintptr_t)b.head, 2187264);
	/* The numbers of the states are part of the layout. */
	ck_assert(SCOREBOARD_FREE == 0 && SCOREBOARD_STARTING == 1 && SCOREBOARD_IDLE == 2 &&
	    SCOREBOARD_HANDSHAKE == 3 && SCOREBOARD_OPEN == 4 && SCOREBOARD_CLOSING == 5 &&
	    SCOREBOARD_REFUSING == 6);
	scoreboard_destroy(&b);
}
END_TEST

/* Writes four bytes into the head of a status file. */
static void
set_head(const char *path, size_t offset, uint32_t value)
{
	int fd = open(path, O_WRONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, &value, sizeof(value), (off_t)offset), sizeof(value));
	close(fd);
}

static const struct {
	size_t		offset;
	uint32_t	value;
	const char	*why;
} strange_heads[] = {
	{ offsetof(struct scoreboard_head, magic), 0, "not a status file" },
	{ offsetof(struct scoreboard_head, version), 2, "(layout 2, known here: 3)" },
	{ offsetof(struct scoreboard_head, version), 4, "(layout 4, known here: 3)" },
	{ offsetof(struct scoreboard_head, slot_size), 448, "damaged" },
	{ offsetof(struct scoreboard_head, slots), 0, "damaged" },
	{ offsetof(struct scoreboard_head, slots), 1000000, "damaged" },
	{ offsetof(struct scoreboard_head, slots), 4000, "damaged" },
};

/* A file with another layout, or with an invalid head, must be refused. */
START_TEST(scoreboard_is_of_another_version)
{
	const char *path = unit_path("strange"), *why = "";
	struct scoreboard b, reader;

	ck_assert_int_eq(scoreboard_create(&b, path, 10), 0);
	ck_assert_int_eq(scoreboard_open(&reader, path, &why), 0);
	ck_assert_uint_eq(reader.slots, 10);
	scoreboard_destroy(&reader);
	set_head(path, strange_heads[_i].offset, strange_heads[_i].value);
	ck_assert_int_eq(scoreboard_open(&reader, path, &why), -1);
	ck_assert_msg(strstr(why, strange_heads[_i].why) != NULL, "%s", why);
	scoreboard_destroy(&b);
}
END_TEST

/* A file that cannot be completed must not get its final name. */
START_TEST(scoreboard_gets_its_name_last)
{
	const char *path = unit_path("name");
	struct rlimit limit = { 1000000, 1000000 };
	struct scoreboard b;
	int status;
	pid_t pid;

	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		_exit(scoreboard_create(&b, path, 10) == -1 && access(path, F_OK) == -1 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("scoreboard");
	TCase *tc = tcase_create("scoreboard");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, scoreboard_begins_free);
	tcase_add_test(tc, scoreboard_counts_spares);
	tcase_add_test(tc, scoreboard_slots_are_apart);
	tcase_add_test(tc, scoreboard_counts_states);
	tcase_add_test(tc, scoreboard_hostile_states);
	tcase_add_test(tc, scoreboard_clears_a_connection);
	tcase_add_test(tc, scoreboard_sets_fields);
	tcase_add_test(tc, scoreboard_is_shared);
	tcase_add_unchecked_fixture(tc, unit_files_setup, unit_files_remove);
	tcase_add_test(tc, scoreboard_is_locked);
	tcase_add_test(tc, scoreboard_refusal);
	tcase_add_test(tc, scoreboard_layout);
	tcase_add_loop_test(tc, scoreboard_is_of_another_version, 0, (int)COUNTOF(strange_heads));
	tcase_add_test(tc, scoreboard_gets_its_name_last);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"
