/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/countof.h"
#include "lib/unit.h"
#include "module/framer_name.h"

/* The arguments of the last call of the test framing, and the result that it returns. */
static struct {
	int64_t		answer;
	int		opcode, seen_opcode, calls, last_calls;
	size_t		length, last_read;
	const char	*config;
	void		*state;
} call;

static int64_t
frame_recorded(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode, void **state,
    const char *config)
{
	call.config = config;
	call.length = length;
	call.last_read = last_read;
	if (data == NULL) {
		ck_assert_ptr_null(opcode);
		ck_assert_uint_eq(length, 0);
		ck_assert_uint_eq(last_read, 0);
		ck_assert_ptr_nonnull(*state);
		call.last_calls++;	/* in the last call, the framing need not change *state */
		return 0;
	}
	call.calls++;
	call.seen_opcode = (int)*opcode;
	ck_assert_uint_eq(data[length], 0);
	ck_assert_ptr_eq(*state, call.state);
	*state = call.state = &call;
	if (call.opcode != -1)
		*opcode = (ws_operation)call.opcode;
	return call.answer;
}

static int64_t
frame_other(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode, void **state,
    const char *config)
{
	(void)data, (void)last_read, (void)opcode, (void)state, (void)config;
	return (int64_t)length;
}

static const struct framer recorded = { .api = { .name = "recorded", .frame = frame_recorded } };

START_TEST(framer_registry)
{
	static const struct framer other = {
		.api = { .name = "recorded", .frame = frame_other }, .whole = 1
	};
	static const char *const builtin[] = { "auto", "binary", "separator", "newline" };
	const struct framer *f;
	size_t i;

	ck_assert_ptr_null(framer_at(0));
	ck_assert_ptr_null(framer_find("auto"));
	ck_assert_int_eq(framer_register_builtin(), 0);
	for (i = 0; i < COUNTOF(builtin); i++) {
		f = framer_find(builtin[i]);
		ck_assert_ptr_nonnull(f);
		ck_assert_str_eq(f->api.name, builtin[i]);
		ck_assert_ptr_eq(framer_of(f->api.frame), f);
	}
	for (i = 0; (f = framer_at((unsigned)i)) != NULL; i++)
		ck_assert_ptr_eq(framer_find(f->api.name), f);
	ck_assert_uint_eq(i, 4);
	ck_assert_ptr_null(framer_find("recorded"));
	ck_assert_ptr_null(framer_find(""));
	ck_assert_ptr_null(framer_find("aut"));
	ck_assert_ptr_null(framer_find("Auto"));
	ck_assert_ptr_null(framer_of(frame_recorded));

	ck_assert_int_eq(framer_register(&recorded), 0);
	ck_assert_uint_eq(unit_log_count(NULL), 0);
	ck_assert_ptr_eq(framer_find("recorded"), &recorded);
	ck_assert_ptr_eq(framer_of(frame_recorded), &recorded);
	ck_assert_int_eq(framer_register(&other), 0);
	ck_assert_uint_eq(unit_log_count("recorded"), 1);
	ck_assert_ptr_eq(framer_find("recorded"), &other);
	ck_assert_ptr_eq(framer_of(frame_other), &other);
	ck_assert_ptr_null(framer_of(frame_recorded));
	ck_assert_ptr_nonnull(framer_at(4));
	ck_assert_ptr_null(framer_at(5));
	ck_assert_ptr_null(framer_at(UINT32_MAX));
}
END_TEST

/* Names as in a configuration: the framing that is found and its type, or words of the message. */
static const struct {
	const char	*name, *found;
	ws_type		 type;
	const char	*why, *why_not;
} names[] = {
	{ NULL, "auto", ws_type_of_framing, NULL, NULL },
	{ "newline", "newline", ws_type_of_framing, NULL, NULL },
	{ "newline/text", "newline", ws_type_text, NULL, NULL },
	{ "newline/binary", "newline", ws_type_binary, NULL, NULL },
	{ "auto/binary", "auto", ws_type_binary, NULL, NULL },
	{ "a/b", "a/b", ws_type_of_framing, NULL, NULL },
	{ "a/b/text", "a/b", ws_type_text, NULL, NULL },
	{ "x/text", "x/text", ws_type_of_framing, NULL, NULL },
	{ "x/text/text", "x/text", ws_type_text, NULL, NULL },
	{ "x", NULL, 0, "there is no framing 'x'. The framings are auto, binary, separator, "
	    "newline, ", "meant" },
	/* Without fork, framings of other tests come before these. */
	{ "x", NULL, 0, " a/b and x/text", NULL },
	{ "newlin", NULL, 0, "there is no framing 'newlin': is 'newline' meant? The", NULL },
	{ "newlin/text", NULL, 0, "'newlin/text': is 'newline/text' meant?", NULL },
	{ "NEWLINE", NULL, 0, "is 'newline' meant?", NULL },
	{ "Auto/binary", NULL, 0, "is 'auto/binary' meant?", NULL },
	{ "newline-text", NULL, 0, "is 'newline/text' meant?", NULL },
	{ "Newline:BINARY", NULL, 0, "is 'newline/binary' meant?", NULL },
	{ "a/b text", NULL, 0, "is 'a/b/text' meant?", NULL },
	{ "newline-", NULL, 0, "is 'newline' meant?", "'newline/" },
	{ "newline-texts", NULL, 0, "there is no framing 'newline-texts'", "meant" },
	{ "text", NULL, 0, "is 'auto/text' meant?", NULL },
	{ "new", NULL, 0, "there is no framing 'new'", "meant" },
	{ "newline/", NULL, 0, "type ''", NULL },
	{ "newline/Text", NULL, 0, "the type 'Text' after the framing's name is neither text nor "
	    "binary: write newline, newline/text or newline/binary", NULL },
	{ "newline/textual", NULL, 0, "'textual'", NULL },
	{ "newline/text/text", NULL, 0, "there is no framing 'newline/text/text'", NULL },
	{ "", NULL, 0, "there is no framing ''", "meant" },
	{ "/", NULL, 0, "there is no framing '/'", "meant" },
	{ "/text", NULL, 0, "there is no framing '/text'", "meant" },
	{ " newline", NULL, 0, "is 'newline' meant?", NULL },
	{ "a-name-that-is-longer-than-any-name-of-a-framing-can-be-in-a-message-of-the-log",
	    NULL, 0, "in-a-mes...'. The", "log" },
	{ "a-name-that-is-longer-than-any-name-of-a-framing-can-be-in-a-message-of-the/text",
	    NULL, 0, "in-a-mes...'. The", "text'" }
};

START_TEST(framer_names)
{
	static const struct framer slash = { .api = { .name = "a/b", .frame = frame_other } };
	static const struct framer text = { .api = { .name = "x/text", .frame = frame_other } };
	struct framer_name f;
	const char *why = "";
	size_t i;

	ck_assert_int_eq(framer_register_builtin(), 0);
	ck_assert_int_eq(framer_register(&slash), 0);
	ck_assert_int_eq(framer_register(&text), 0);
	for (i = 0; i < COUNTOF(names); i++) {
		if (framer_name_find(&f, names[i].name, &why) == 0) {
			ck_assert_msg(names[i].found != NULL, "row %zu is found", i);
			ck_assert_str_eq(f.framer->api.name, names[i].found);
			ck_assert_int_eq(f.type, names[i].type);
			continue;
		}
		ck_assert_msg(names[i].found == NULL, "row %zu: %s", i, why);
		ck_assert_msg(strstr(why, names[i].why) != NULL, "row %zu: %s", i, why);
		ck_assert_msg(names[i].why_not == NULL || strstr(why, names[i].why_not) == NULL,
		    "row %zu: %s", i, why);
	}
}
END_TEST

START_TEST(framer_registry_full)
{
	static struct framer many[FRAMER_MAX + 1], again, first;
	static char labels[FRAMER_MAX + 1][16];
	struct framer_name name;
	unsigned i, have = 0;
	const char *why = "";

	while (framer_at(have) != NULL)
		have++;
	for (i = have; i <= FRAMER_MAX; i++) {
		snprintf(labels[i], sizeof(labels[i]), "framing%u", i);
		many[i] = recorded;
		many[i].api.name = labels[i];
		if (i < FRAMER_MAX)
			ck_assert_int_eq(framer_register(&many[i]), 0);
	}
	ck_assert_uint_eq(unit_log_count(NULL), 0);
	/* The list of all names in a message has an end. */
	ck_assert_int_eq(framer_name_find(&name, "nothing", &why), -1);
	ck_assert_ptr_nonnull(strstr(why, ", framing9"));
	ck_assert_str_eq(why + strlen(why) - 5, ", ...");
	ck_assert_int_eq(framer_register(&many[FRAMER_MAX]), -1);
	ck_assert_uint_eq(unit_log_count(labels[FRAMER_MAX]), 1);
	ck_assert_ptr_null(framer_find(labels[FRAMER_MAX]));
	ck_assert_ptr_null(framer_at(FRAMER_MAX));
	again = many[100];
	ck_assert_int_eq(framer_register(&again), 0);
	ck_assert_ptr_eq(framer_find("framing100"), &again);
	/* The first registered framing can be replaced, too. */
	first = recorded;
	first.api.name = framer_at(0)->api.name;
	ck_assert_int_eq(framer_register(&first), 0);
	ck_assert_ptr_eq(framer_at(0), &first);
}
END_TEST

/* For five bytes: each result of a framing function, and the result of framer_next() from it. */
START_TEST(framer_contract)
{
	static const struct {
		int64_t	answer;
		int	opcode;		/* the type that the framing sets; -1: none */
		int	result;
		int	type;
	} rows[] = {
		{ 5, -1, 5, ws_frame_binary }, { 1, -1, 1, ws_frame_binary }, { 0, -1, 0, -1 },
		{ 5, ws_frame_text, 5, ws_frame_text }, { 5, ws_frame_binary, 5, ws_frame_binary },
		{ 3, ws_frame_discard, 3, ws_frame_discard }, { 0, ws_frame_text, 0, -1 },
		{ 6, -1, -1, -1 }, { 6, ws_frame_discard, -1, -1 }, { 1000000, -1, -1, -1 },
		{ INT64_MAX, -1, -1, -1 }, { INT64_C(0x100000001), -1, -1, -1 },
		{ -1, -1, -1, -1 }, { -5, -1, -1, -1 }, { INT64_MIN, -1, -1, -1 },
		{ INT64_C(-0xffffffff), -1, -1, -1 }, { -1, ws_frame_discard, -1, -1 },
		/* types that are not valid for a message */
		{ 5, ws_frame_continuation, -1, -1 }, { 5, ws_frame_close, -1, -1 },
		{ 5, ws_frame_ping, -1, -1 }, { 1, ws_frame_ping, -1, -1 },
		{ 0, ws_frame_ping, 0, -1 }, { 5, ws_frame_pong, -1, -1 }, { 5, 3, -1, -1 },
		{ 5, 12, -1, -1 }, { 5, 255, -1, -1 }
	};
	struct framing g;
	ws_operation opcode;
	const char *why;
	uint8_t data[6];
	size_t i;
	int64_t n;

	for (i = 0; i < COUNTOF(rows); i++) {
		memset(&call, 0, sizeof(call));
		memset(&g, 0xa5, sizeof(g));
		framer_start(&g, &recorded, "its config");
		call.answer = rows[i].answer;
		call.opcode = rows[i].opcode;
		opcode = ws_frame_text;		/* as an earlier call may have left it */
		why = NULL;
		memcpy(data, "abcde", 6);
		n = framer_next(&g, data, 5, 2, &opcode, &why);
		ck_assert_msg(n == rows[i].result, "row %zu: %lld", i, (long long)n);
		ck_assert_msg(rows[i].type == -1 || (int)opcode == rows[i].type, "row %zu: type %d",
		    i, (int)opcode);
		ck_assert_msg(n != -1 || (why != NULL && strchr(why, ' ') != NULL), "row %zu", i);
		ck_assert_int_eq(call.seen_opcode, ws_frame_binary);
		ck_assert_uint_eq(call.length, 5);
		ck_assert_uint_eq(call.last_read, 2);
		ck_assert_str_eq(call.config, "its config");
		framer_stop(&g);
		framer_stop(&g);
		ck_assert_int_eq(call.last_calls, 1);
	}
}
END_TEST

START_TEST(framer_state_and_type)
{
	struct framing g;
	ws_operation opcode;
	const char *why;
	uint8_t data[3] = "ab";

	/* If a framing has not set a state, framer_stop() does not call it. */
	memset(&call, 0, sizeof(call));
	framer_start(&g, &recorded, NULL);
	framer_stop(&g);
	ck_assert_int_eq(call.last_calls, 0);

	/* The state is passed from one call to the next; the type is not. */
	framer_start(&g, &recorded, NULL);
	call.opcode = ws_frame_text;
	call.answer = 1;
	ck_assert_int_eq(framer_next(&g, data, 2, 2, &opcode, &why), 1);
	ck_assert_int_eq(opcode, ws_frame_text);
	ck_assert_ptr_null(call.config);
	call.opcode = -1;
	ck_assert_int_eq(framer_next(&g, data + 1, 1, 1, &opcode, &why), 1);
	ck_assert_int_eq(opcode, ws_frame_binary);
	ck_assert_int_eq(call.calls, 2);
	ck_assert_int_eq(framer_type(&g, data, 2), ws_frame_binary);
	framer_stop(&g);
	ck_assert_int_eq(call.last_calls, 1);
}
END_TEST

static const struct {
	const char	*text;
	int		 result;
	const char	*hex;
} escapes[] = {
	{ "a", 1, "61" }, { "\\r\\n", 2, "0d0a" }, { "\\t\\n\\f", 3, "090a0c" }, { "\\0", 1, "00" },
	{ "\\\\", 1, "5c" }, { "\\\\n", 2, "5c6e" }, { "\\x41", 1, "41" }, { "\\x00", 1, "00" },
	{ "\\xff", 1, "ff" }, { "\\xFf", 1, "ff" }, { "\\x0a\\x0D", 2, "0a0d" },
	{ "\\x4142", 3, "413432" }, { "\\x41\\x42", 2, "4142" }, { "\\00", 2, "0030" },
	{ "\\012", 3, "003132" }, { "a\\0b", 3, "610062" }, { "\xc3\xa9", 2, "c3a9" },
	{ " ", 1, "20" }, { " \\n ", 3, "200a20" }, { "END", 3, "454e44" }, { "x41", 3, "783431" },
	{ "", -1, NULL }, { "\\", -1, NULL }, { "a\\", -1, NULL }, { "\\\\\\", -1, NULL },
	{ "\\x", -1, NULL }, { "\\x4", -1, NULL }, { "\\xg", -1, NULL }, { "\\x4g", -1, NULL },
	{ "\\xg4", -1, NULL }, { "\\x 4", -1, NULL }, { "\\x-1", -1, NULL }, { "\\x+1", -1, NULL },
	{ "\\x0x", -1, NULL }, { "\\X41", -1, NULL }, { "\\q", -1, NULL }, { "\\a", -1, NULL },
	{ "\\b", -1, NULL }, { "\\v", -1, NULL }, { "\\e", -1, NULL }, { "\\R", -1, NULL },
	{ "\\N", -1, NULL }, { "\\1", -1, NULL }, { "\\8", -1, NULL }, { "\\\"", -1, NULL },
	{ "\\ ", -1, NULL }, { "\\\xff", -1, NULL }, { "ok\\qok", -1, NULL }
};

START_TEST(framer_unescape_rows)
{
	struct unit_guard in, room;
	const char *why = NULL, *text;
	uint8_t want[8], *out;
	size_t n = 0, size;

	unit_guard_open(&in, 64);
	unit_guard_open(&room, 64);
	text = unit_guard_string(&in, escapes[_i].text);
	if (escapes[_i].hex != NULL)
		n = unit_unhex(want, sizeof(want), escapes[_i].hex);
	for (size = 0; size < 20; size++) {
		out = unit_guard_end(&room, NULL, size);
		why = NULL;
		if (escapes[_i].hex != NULL && size >= n) {
			ck_assert_int_eq(framer_unescape(out, size, text, &why),
			    escapes[_i].result);
			ck_assert_mem_eq(out, want, n);
		} else {
			ck_assert_msg(framer_unescape(out, size, text, &why) == -1, "'%s' in %zu",
			    text, size);
			ck_assert(why != NULL && *why != '\0');
		}
	}
	unit_guard_close(&in);
	unit_guard_close(&room);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("framer");
	TCase *tc = tcase_create("framer");

	tcase_add_checked_fixture(tc, unit_log_capture, unit_log_release);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, framer_registry);
	tcase_add_test(tc, framer_names);
	tcase_add_test(tc, framer_contract);
	tcase_add_test(tc, framer_state_and_type);
	tcase_add_loop_test(tc, framer_unescape_rows, 0, COUNTOF(escapes));
	tcase_add_test(tc, framer_registry_full);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"
