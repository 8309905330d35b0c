/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Tests the status as websocksyctl shows it: copied from a scoreboard, filtered, sorted and
 * printed, whatever values a worker has written there.
 */

#include "config.h"

#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/countof.h"
#include "lib/json.h"
#include "lib/unit.h"
#include "status/status.h"
#include "status/status_fields.h"

#define SLOTS	9
#define NOW	UINT64_C(1000000)	/* time of the clock, in ms */
#define REAL	UINT64_C(1700000000000)

static struct scoreboard b;
static struct status status;

/* Writes the state and the texts of a connection to a slot. */
static void
put_connection(unsigned slot, enum scoreboard_state state, const char *client, const char *peer,
    const char *path)
{
	struct scoreboard_slot *s = &b.slot[slot];

	b.state[slot] = (uint8_t)state;
	s->pid = 4711 + (int64_t)slot;
	s->served = slot;
	s->generation = 2;
	s->accepted_at = NOW - 1000 * slot;
	s->last_data = NOW - 500;
	snprintf(s->client, sizeof(s->client), "%s", client);
	snprintf(s->peer, sizeof(s->peer), "%s", peer);
	snprintf(s->path, sizeof(s->path), "%s", path);
}

static void
set_up(void)
{
	ck_assert_int_eq(scoreboard_create(&b, NULL, SLOTS), 0);
	b.head->started = NOW - 60000;
	b.head->generation = 2;
	b.head->max_workers = 8;
	memset(&status, 0, sizeof(status));
}

static void
tear_down(void)
{
	status_free(&status);
	scoreboard_destroy(&b);
}

/* Fills the slots with workers in several states; the workers in slots 2, 3 and 5 have a client. */
static void
populate(void)
{
	b.state[0] = SCOREBOARD_REFUSING;
	b.state[1] = SCOREBOARD_IDLE;
	put_connection(2, SCOREBOARD_OPEN, "192.0.2.1:5000", "tcp://127.0.0.1:5900", "/vnc");
	put_connection(3, SCOREBOARD_HANDSHAKE, "[2001:db8::1]:81", "", "");
	b.state[4] = SCOREBOARD_STARTING;
	put_connection(5, SCOREBOARD_CLOSING, "192.0.2.10:5000", "unix:///run/x", "/a?b");
	b.slot[5].generation = 1;
	b.slot[2].rtt = 1500;
	scoreboard_set_traffic(&b.slot[2], SCOREBOARD_IN_BYTES, 100);
	scoreboard_set_traffic(&b.slot[2], SCOREBOARD_IN_MESSAGES, 3);
	scoreboard_set_traffic(&b.slot[2], SCOREBOARD_OUT_BYTES, 5000);
	scoreboard_set_traffic(&b.slot[5], SCOREBOARD_OUT_BYTES, 70000);
	b.slot[2].clients = b.slot[2].opened = 4;
	b.slot[0].clients = b.slot[0].refused = 2;
}

/* Copies the present scoreboard to status. */
static void
take(void)
{
	status_free(&status);
	ck_assert_int_eq(status_take(&status, &b, NOW), 0);
}

START_TEST(everything_is_counted)
{
	populate();
	take();
	ck_assert_uint_eq(status.busy, 3);
	ck_assert_uint_eq(status.count, 3);
	ck_assert_uint_eq(status.old, 1);
	ck_assert_uint_eq(status.state[SCOREBOARD_IDLE], 1);
	ck_assert_uint_eq(status.state[SCOREBOARD_FREE], 3);
	ck_assert_uint_eq(status.totals.copy.clients, 6);
	ck_assert_uint_eq(status.totals.copy.opened, 4);
	ck_assert_uint_eq(status.totals.copy.refused, 2);
	ck_assert_uint_eq(status.totals.copy.traffic[SCOREBOARD_OUT_BYTES], 75000);
	ck_assert_uint_eq(status.head.started, NOW - 60000);
	ck_assert_uint_eq(status.head.reloaded, 0);
	ck_assert_uint_eq(status.loaded, NOW - 60000);
	ck_assert_uint_eq(status.row[0].slot, 2);
	ck_assert_uint_eq(status.row[0].copy.accepted_at, NOW - 2000);
	ck_assert_uint_eq(status.row[0].copy.last_data, NOW - 500);
	ck_assert_uint_eq(status.row[0].copy.traffic[SCOREBOARD_OUT_BYTES], 5000);
	ck_assert_str_eq(status.row[2].copy.client, "192.0.2.10:5000");
}
END_TEST

/* No total may decrease when a connection ends and the next one begins in the same slot. */
START_TEST(totals_only_grow)
{
	populate();
	take();
	scoreboard_set(&b, 2, SCOREBOARD_FREE);
	scoreboard_clear(&b, 2);
	take();
	ck_assert_uint_eq(status.totals.copy.traffic[SCOREBOARD_OUT_BYTES], 75000);
	ck_assert_uint_eq(status.totals.copy.clients, 6);
	put_connection(2, SCOREBOARD_OPEN, "192.0.2.2:5000", "tcp://127.0.0.1:5900", "/vnc");
	take();
	ck_assert_uint_eq(status.row[0].copy.traffic[SCOREBOARD_OUT_BYTES], 0);
	scoreboard_set_traffic(&b.slot[2], SCOREBOARD_OUT_BYTES, 1);
	take();
	ck_assert_uint_eq(status.row[0].copy.traffic[SCOREBOARD_OUT_BYTES], 1);
	ck_assert_uint_eq(status.totals.copy.traffic[SCOREBOARD_OUT_BYTES], 75001);
}
END_TEST

/* -- filtering and sorting -- */

static const struct {
	const char	*client, *wanted;
	int		 valid, same;
} clients[] = {
	{ "192.0.2.1:5000", "192.0.2.1", 1, 1 },
	{ "192.0.2.1:5000", "192.0.2.1:5000", 1, 1 },
	{ "192.0.2.1:5000", "192.0.2.1:500", 1, 0 },
	{ "192.0.2.10:5000", "192.0.2.1", 1, 0 },
	{ "192.0.2.1", "192.0.2.1", 1, 1 },
	{ "192.0.2.1:5000", "192.0.2.0/24", 1, 1 },
	{ "192.0.3.1:5000", "192.0.2.0/24", 1, 0 },
	{ "[2001:db8::1]:81", "2001:db8::1", 1, 1 },
	{ "[2001:db8::1]:81", "[2001:db8::1]", 1, 1 },
	{ "[2001:db8::1]:81", "2001:DB8:0::0001", 1, 1 },
	{ "[2001:db8::1]:81", "[2001:db8::1]:81", 1, 1 },
	{ "[2001:db8::1]:81", "[2001:db8::1]:82", 1, 0 },
	{ "[2001:db8::1]:81", "[2001:db8::]/32", 1, 1 },
	{ "[2001:db8::1]:81", "2001:db8::2", 1, 0 },
	{ "2001:db8::1", "2001:db8::1", 1, 1 },
	{ "[::ffff:192.0.2.1]:5000", "192.0.2.1", 1, 1 },
	{ "unix", "unix", 1, 1 },
	{ "unix", "192.0.2.1", 1, 0 },
	{ "", "192.0.2.1", 1, 0 },
	{ "[", "192.0.2.1", 1, 0 },
	{ "[]", "192.0.2.1", 1, 0 },
	{ ":", "192.0.2.1", 1, 0 },
	{ "anything", "", 0, 0 },
	{ "anything", "host.example", 0, 0 },
	{ "anything", "192.0.2.1:", 0, 0 },
	{ "anything", "192.0.2.1:x", 0, 0 },
	{ "anything", "192.0.2.1:65536", 0, 0 },
	{ "anything", "192.0.2.1/33", 0, 0 },
	{ "anything", "[::1", 0, 0 },
	{ "anything", "[::1]x", 0, 0 },
	{ "anything", "10", 0, 0 }
};

START_TEST(a_client_is_found)
{
	struct status_filter f = { NULL, clients[_i].wanted, NULL };
	struct status_row r;

	memset(&r, 0, sizeof(r));
	snprintf(r.copy.client, sizeof(r.copy.client), "%s", clients[_i].client);
	ck_assert_int_eq(status_is_client(clients[_i].wanted), clients[_i].valid);
	ck_assert_int_eq(status_matches(&r, &f), clients[_i].same);
}
END_TEST

/*
 * The scoreboard contains only the start of a long peer address, so only this start is compared.
 * A short address is compared as a whole.
 */
START_TEST(a_peer_is_found)
{
	struct status_filter f = { NULL, NULL, "tcp://127.0.0.1:5900" };
	struct status_row r;
	char text[100];

	memset(&r, 0, sizeof(r));
	strcpy(r.copy.peer, "tcp://127.0.0.1:5900");
	ck_assert(status_matches(&r, &f));
	strcpy(r.copy.peer, "tcp://127.0.0.1:590");
	ck_assert(!status_matches(&r, &f));
	strcpy(r.copy.peer, "tcp://127.0.0.1:59001");
	ck_assert(!status_matches(&r, &f));
	strcpy(r.copy.peer, "");
	ck_assert(!status_matches(&r, &f));
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memcpy(r.copy.peer, text, sizeof(r.copy.peer) - 1);
	r.copy.peer[sizeof(r.copy.peer) - 1] = '\0';
	f.peer = text;
	ck_assert(status_matches(&r, &f));
	r.copy.peer[10] = 'y';
	ck_assert(!status_matches(&r, &f));
}
END_TEST

START_TEST(an_id_is_read)
{
	static const char *const good[] = { "2.1", "4711.3", "4711.18446744073709551615" };
	static const char *const bad[] = { "", ".", "4711", "4711.", ".3", "1.1", "0.1", "4711.0",
		"-4.1", "4711.3 ", " 4711.3", "4711.3.1", "4711.x", "0x10.1", "+4711.3",
		"99999999999999999999.1", "4711.18446744073709551616",
		"111111111111111111111111111111111111111111111111111111111111.1" };
	size_t i;

	for (i = 0; i < COUNTOF(good); i++)
		ck_assert_msg(status_is_id(good[i]), "%s", good[i]);
	for (i = 0; i < COUNTOF(bad); i++)
		ck_assert_msg(!status_is_id(bad[i]), "%s", bad[i]);
}
END_TEST

START_TEST(rows_are_filtered)
{
	struct status_filter f = { "4716.5", NULL, NULL };

	populate();
	take();
	status_reduce(&status, &f);
	ck_assert_uint_eq(status.count, 1);
	ck_assert_uint_eq(status.row[0].slot, 5);
	f.client = "192.0.2.1";
	status_reduce(&status, &f);
	ck_assert_uint_eq(status.count, 0);
	/* The line about the pool shows all workers, also with a filter. */
	ck_assert_uint_eq(status.busy, 3);
}
END_TEST

static const struct {
	const char	*key;
	unsigned	 slot[3];
} orders[] = {
	{ "age", { 5, 3, 2 } }, { "idle", { 5, 3, 2 } }, { "in", { 2, 5, 3 } },
	{ "out", { 5, 2, 3 } }, { "rtt", { 2, 5, 3 } }, { "client", { 5, 2, 3 } },
	{ "peer", { 3, 2, 5 } }, { "path", { 3, 5, 2 } }, { "pid", { 2, 3, 5 } },
	{ "state", { 5, 2, 3 } }
};

START_TEST(rows_are_sorted)
{
	unsigned i;

	populate();
	take();
	ck_assert_int_eq(status_sort(&status, orders[_i].key), 0);
	for (i = 0; i < 3; i++)
		ck_assert_msg(status.row[i].slot == orders[_i].slot[i], "%s: slot %u is number %u",
		    orders[_i].key, status.row[i].slot, i);
	ck_assert_int_eq(status_sort(&status, "colour"), -1);
	ck_assert_ptr_nonnull(strstr(status_sort_keys(), orders[_i].key));
}
END_TEST

/* -- printing -- */

enum form { HEAD, TABLE, JSON, PROMETHEUS, FORMS };

/* Prints the status in this form to memory. The caller frees the result. */
static char *
print(enum form form, long master)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(f);
	status.master = master;
	if (form == HEAD)
		status_print_head(f, &status);
	else if (form == TABLE)
		status_print_table(f, &status);
	else if (form == JSON)
		status_print_json(f, &status, REAL);
	else
		status_print_prometheus(f, &status, REAL);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_uint_eq(strlen(text), size);
	/* json_is_object() does not accept a newline after the object. */
	if (form == JSON) {
		ck_assert_int_eq(text[size - 1], '\n');
		text[size - 1] = '\0';
	}
	return text;
}

static void
expect_print(enum form form, long master, const char *wanted)
{
	char *text = print(form, master);

	ck_assert_str_eq(text, wanted);
	free(text);
}

START_TEST(for_people)
{
	populate();
	take();
	status_sort(&status, "pid");
	expect_print(HEAD, 4711,
	    "server: pid 4711, generation 2, started 1m00s ago\n"
	    "pool: 3 busy of 8, 1 idle, 1 starting, 1 of earlier generations, clients are refused\n"
	    "since the start: 6 clients, 4 opened, 2 refused, in 100 in 3 messages, "
	    "out 73K in 0 messages\n");
	expect_print(TABLE, 0,
	    "ID      STATE       AGE  IDLE   IN  MSGS   OUT  MSGS     RTT  GEN  CLIENT            "
	    "PEER                  PATH\n"
	    "4713.2  open       2.0s  0.5s  100     3  4.8K     0  1.50ms    2  192.0.2.1:5000    "
	    "tcp://127.0.0.1:5900  /vnc\n"
	    "4714.3  handshake  3.0s  0.5s    0     0     0     0       -    2  [2001:db8::1]:81  "
	    "-                     -\n"
	    "4716.5  closing    5.0s  0.5s    0     0   68K     0       -    1  192.0.2.10:5000   "
	    "unix:///run/x         /a?b\n");
	b.head->reloaded = NOW - 5000;
	b.head->reload_refused = NOW - 1000;
	b.head->ending = 1;
	b.state[0] = SCOREBOARD_FREE;
	take();
	status.has_rates = 1;
	status.totals.rate[SCOREBOARD_IN_BYTES] = 2048;
	status.count = 0;
	expect_print(HEAD, -1,
	    "server: pid unknown, generation 2, started 1m00s ago, reloaded 5.0s ago, a reload "
	    "refused 1.0s ago, accepts no more clients\n"
	    "pool: 3 busy of 8, 1 idle, 1 starting, 1 of earlier generations\n"
	    "since the start: 6 clients, 4 opened, 2 refused, in 100 in 3 messages (2.0K/s), "
	    "out 73K in 0 messages (0/s)\n");
	expect_print(TABLE, 0, "");
}
END_TEST

START_TEST(as_json)
{
	char *text, part[4000], word[200];

	populate();
	take();
	status_sort(&status, "pid");
	text = print(JSON, 4711);
	ck_assert(json_is_object(text));
	ck_assert(json_value(text, "pid", word, sizeof(word)));
	ck_assert_str_eq(word, "4711");
	ck_assert(json_string(text, "started", word, sizeof(word)));
	ck_assert_str_eq(word, "2023-11-14T22:12:20Z");
	ck_assert(json_value(text, "reloaded", word, sizeof(word)));
	ck_assert_str_eq(word, "null");
	ck_assert(json_value(text, "pool", part, sizeof(part)));
	ck_assert_str_eq(part, "{\"busy\":3,\"max\":8,\"idle\":1,\"starting\":1,\"handshake\":1,"
	    "\"open\":1,\"closing\":1,\"old\":1,\"refusing\":1}");
	ck_assert(json_value(text, "totals", part, sizeof(part)));
	ck_assert_str_eq(part, "{\"clients\":6,\"opened\":4,\"refused\":2,\"in_bytes\":100,"
	    "\"in_messages\":3,\"out_bytes\":75000,\"out_messages\":0}");
	ck_assert(json_value(text, "connections", part, sizeof(part)));
	ck_assert_ptr_nonnull(strstr(part, "{\"id\":\"4713.2\",\"pid\":4713,\"state\":\"open\","
	    "\"age\":2.000,\"idle\":0.500,\"in_bytes\":100,\"in_messages\":3,\"out_bytes\":5000,"
	    "\"out_messages\":0,\"rtt\":0.001500,\"generation\":2,\"client\":\"192.0.2.1:5000\","
	    "\"peer\":\"tcp://127.0.0.1:5900\",\"path\":\"/vnc\"}"));
	free(text);
	expect_print(JSON, 0, "{\"alive\":false}");
	text = print(JSON, -1);
	ck_assert(json_value(text, "pid", word, sizeof(word)));
	ck_assert_str_eq(word, "null");
	free(text);
}
END_TEST

/*
 * A path is stored with the escapes of the log. In JSON the backslashes of these are escaped
 * again.
 */
START_TEST(json_escapes)
{
	char *text, part[1000], path[200];

	put_connection(2, SCOREBOARD_OPEN, "unix", "unix:///a\"b", "/\\x00\\\"\\\\");
	take();
	text = print(JSON, 4711);
	ck_assert(json_is_object(text));
	ck_assert(json_value(text, "connections", part, sizeof(part)));
	/* The array has one object. Remove the bracket after it. */
	part[strlen(part) - 1] = '\0';
	ck_assert(json_string(part + 1, "path", path, sizeof(path)));
	ck_assert_str_eq(path, "/\\x00\\\"\\\\");
	ck_assert(json_string(part + 1, "peer", path, sizeof(path)));
	ck_assert_str_eq(path, "unix:///a\"b");
	free(text);
}
END_TEST

/* Returns the text after the name of a metric. */
static const char *
skip_name(const char *p)
{
	ck_assert(strncmp(p, "websocksy_", 10) == 0);
	while (isalpha((unsigned char)*p) || *p == '_')
		p++;
	return p;
}

/*
 * Each line must be HELP, TYPE after HELP, or a sample of the same metric, and end with a
 * newline.
 */
static void
expect_exposition(const char *text)
{
	char name[64] = "";
	const char *p, *end;
	size_t len;

	for (; *text != '\0'; text = end + 1) {
		end = strchr(text, '\n');
		ck_assert_ptr_nonnull(end);
		if (strncmp(text, "# HELP ", 7) == 0) {
			p = skip_name(text + 7);
			len = (size_t)(p - text) - 7;
			ck_assert_uint_lt(len, sizeof(name));
			memcpy(name, text + 7, len);
			name[len] = '\0';
			ck_assert_int_eq(*p, ' ');
			continue;
		}
		len = strlen(name);
		ck_assert_uint_gt(len, 0);
		if (strncmp(text, "# TYPE ", 7) == 0) {
			ck_assert(strncmp(text + 7, name, len) == 0 && text[7 + len] == ' ');
			p = text + 8 + len;
			if (strcmp(name + len - 6, "_total") == 0)
				ck_assert(strncmp(p, "counter\n", 8) == 0);
			else
				ck_assert(strncmp(p, "gauge\n", 6) == 0);
			continue;
		}
		ck_assert(strncmp(text, name, len) == 0);
		p = text + len;
		if (*p == '{') {
			p += 1 + strspn(p + 1, "abcdefghijklmnopqrstuvwxyz");
			ck_assert(p[0] == '=' && p[1] == '"');
			p += 2 + strspn(p + 2, "abcdefghijklmnopqrstuvwxyz");
			ck_assert(p[0] == '"' && p[1] == '}');
			p += 2;
		}
		ck_assert_int_eq(*p, ' ');
		ck_assert_uint_gt(strspn(p + 1, "0123456789."), 0);
		ck_assert_ptr_eq(p + 1 + strspn(p + 1, "0123456789."), end);
	}
}

START_TEST(for_prometheus)
{
	static const char *const lines[] = {
		"websocksy_up 1\n", "websocksy_workers{state=\"open\"} 1\n",
		"websocksy_workers_max 8\n", "websocksy_start_time_seconds 1699999940.000\n",
		"websocksy_reload_time_seconds 1699999940.000\n", "websocksy_clients_total 6\n",
		"websocksy_opened_total 4\n", "websocksy_refused_total 2\n",
		"websocksy_bytes_total{direction=\"in\"} 100\n",
		"websocksy_bytes_total{direction=\"out\"} 75000\n",
		"websocksy_messages_total{direction=\"in\"} 3\n"
	};
	char *text;
	size_t i;

	populate();
	take();
	text = print(PROMETHEUS, 4711);
	expect_exposition(text);
	for (i = 0; i < COUNTOF(lines); i++)
		ck_assert_msg(strstr(text, lines[i]) != NULL, "there is no %s", lines[i]);
	free(text);
	text = print(PROMETHEUS, 0);
	expect_exposition(text);
	ck_assert_ptr_nonnull(strstr(text, "websocksy_up 0\n"));
	ck_assert_ptr_null(strstr(text, "_total"));
	free(text);
}
END_TEST

/* -- the table of fields -- */

/* Returns the number of fields in a group that have this name in JSON. */
static unsigned
count_name(enum status_group group, const char *name)
{
	const struct status_field *f = status_fields_of(group);
	unsigned n = 0;

	for (; f->group == group; f++)
		n += f->name != NULL && strcmp(f->name, name) == 0;
	return n;
}

static const struct status_field *
first_of_metric(const char *metric)
{
	const struct status_field *f = status_fields;

	while (f->metric == NULL || strcmp(f->metric, metric) != 0)
		f++;
	return f;
}

/* Checks the properties of the table that the printers and status_take() depend on. */
START_TEST(the_table_is_valid)
{
	const struct status_field *f;

	for (f = status_fields; f->kind != STATUS_END; f++) {
		ck_assert(f == status_fields_of(f->group) || f[-1].group == f->group);
		if (f->kind != STATUS_TEXT)
			ck_assert(f->size == sizeof(uint32_t) || f->size == sizeof(uint64_t));
		if (f->name != NULL)
			ck_assert_msg(count_name(f->group, f->name) == 1, "%s", f->name);
		/* The first field of a metric must have a help text, and no other field. */
		ck_assert_int_eq(f->help != NULL,
		    f->metric != NULL && first_of_metric(f->metric) == f);
	}
}
END_TEST

/* -- values that a compromised worker may have written -- */

static void
scribble(uint64_t *random)
{
	uint8_t *bytes = (uint8_t *)(void *)b.slot;
	size_t i;

	for (i = 0; i < sizeof(*b.head); i++)
		((uint8_t *)(void *)b.head)[i] = (uint8_t)unit_random(random);
	for (i = 0; i < SLOTS; i++)
		b.state[i] = (uint8_t)(unit_random(random) % (2 * SCOREBOARD_STATES));
	for (i = 0; i < SLOTS * sizeof(b.slot[0]); i++)
		bytes[i] = (uint8_t)unit_random(random);
}

START_TEST(random_bytes)
{
	uint64_t random = 7;
	unsigned turn, form;
	const char *p;
	char *text;

	for (turn = 0; turn < 300; turn += unit_stride()) {
		scribble(&random);
		take();
		status.has_rates = turn % 2 != 0;
		ck_assert_uint_le(status.count, SLOTS);
		status_sort(&status, orders[turn % COUNTOF(orders)].key);
		for (form = 0; form < FORMS; form++) {
			text = print((enum form)form, 4711);
			for (p = text; *p == '\n' || (*p >= ' ' && *p <= '~'); p++)
				;
			ck_assert_int_eq(*p, '\0');
			if (form == JSON)
				ck_assert_msg(json_is_object(text), "%s", text);
			if (form == PROMETHEUS)
				expect_exposition(text);
			free(text);
		}
	}
}
END_TEST

/* Texts of the maximum length without a NUL. The last one ends at the end of the mapped memory. */
START_TEST(texts_without_a_nul)
{
	struct scoreboard_slot *s;
	unsigned i;
	char *text;

	for (i = 0; i < SLOTS; i++) {
		put_connection(i, SCOREBOARD_OPEN, "", "", "");
		s = &b.slot[i];
		memset(s->client, 'c', sizeof(s->client));
		memset(s->peer, '\033', sizeof(s->peer));
		memset(s->path, 0xc3, sizeof(s->path));
	}
	take();
	ck_assert_uint_eq(status.count, SLOTS);
	for (i = 0; i < SLOTS; i++) {
		ck_assert_uint_eq(strlen(status.row[i].copy.client), SCOREBOARD_TEXT - 1);
		ck_assert_uint_eq(strspn(status.row[i].copy.peer, "?"), SCOREBOARD_TEXT - 1);
		ck_assert_uint_eq(strspn(status.row[i].copy.path, "?"), SCOREBOARD_PATH - 1);
	}
	text = print(TABLE, 0);
	ck_assert_ptr_null(strchr(text, '\033'));
	free(text);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("status");
	TCase *tc = tcase_create("status");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, everything_is_counted);
	tcase_add_test(tc, totals_only_grow);
	tcase_add_loop_test(tc, a_client_is_found, 0, (int)COUNTOF(clients));
	tcase_add_test(tc, a_peer_is_found);
	tcase_add_test(tc, an_id_is_read);
	tcase_add_test(tc, rows_are_filtered);
	tcase_add_loop_test(tc, rows_are_sorted, 0, (int)COUNTOF(orders));
	tcase_add_test(tc, for_people);
	tcase_add_test(tc, as_json);
	tcase_add_test(tc, json_escapes);
	tcase_add_test(tc, for_prometheus);
	tcase_add_test(tc, the_table_is_valid);
	tcase_add_test(tc, random_bytes);
	tcase_add_test(tc, texts_without_a_nul);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"
