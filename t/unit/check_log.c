/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <sys/socket.h>

#include <check.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "lib/countof.h"
#include "lib/unit.h"

/* The log is written to ends[1] and read from ends[0]. Each write() is one datagram. */
static int ends[2];

static void
setup(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
	ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	log_to_fd(ends[1]);
}

static void
teardown(void)
{
	log_to_fd(ends[1]);
	log_set_level(LOG_LEVEL_INFO);
	log_info("lost lines are reported now");
	log_to_fd(STDERR_FILENO);
	close(ends[0]);
	close(ends[1]);
}

/*
 * Returns the next line without its newline, after checking its form; NULL if no line is
 * available.
 */
static const char *
next_line(void)
{
	static char line[4 * LOG_LINE];
	ssize_t n, i;

	n = recv(ends[0], line, sizeof(line), 0);
	if (n == -1) {
		ck_assert_int_eq(errno, EAGAIN);
		return NULL;
	}
	ck_assert_int_gt(n, 0);
	ck_assert_int_le(n, LOG_LINE);
	ck_assert_int_eq(line[n - 1], '\n');
	for (i = 0; i < n - 1; i++)
		if (line[i] < 0x20 || line[i] > 0x7e)
			ck_abort_msg("byte %s in a line", unit_hex(line + i, 1));
	line[n - 1] = '\0';
	return line;
}

/* Exactly one line must have been written, and it must end in text. */
static void
assert_line(const char *text)
{
	const char *line = next_line();
	size_t len = strlen(text);

	ck_assert_msg(line != NULL, "nothing instead of '%s'", text);
	ck_assert_msg(strlen(line) >= len && strcmp(line + strlen(line) - len, text) == 0,
	    "'%s' does not end in '%s'", line, text);
	ck_assert_msg(next_line() == NULL, "a second line after '%s'", text);
}

START_TEST(log_each_function)
{
	char text[200];

	log_set_level(LOG_LEVEL_DEBUG);
	errno = ENOENT;
	log_errorx("number %d", 1);
	assert_line("number 1");
	log_warnx("number %d", 2);
	assert_line("number 2");
	log_info("number %d", 3);
	assert_line("number 3");
	log_debug("number %d", 4);
	assert_line("number 4");
	log_line(LOG_LEVEL_INFO, "no format: %d%s%n%");
	assert_line("no format: %d%s%n%");
	snprintf(text, sizeof(text), "reading x: %s", strerror(ENOENT));
	errno = ENOENT;
	log_error("reading %s", "x");
	assert_line(text);
	errno = ENOENT;
	log_warn("reading %s", "x");
	assert_line(text);
}
END_TEST

START_TEST(log_keeps_errno)
{
	static const int errors[] = { 0, EAGAIN, ENOENT, 12345 };
	int e, fd;
	size_t i;

	log_set_level(LOG_LEVEL_INFO);
	for (fd = 0; fd < 2; fd++) {
		log_to_fd(fd == 0 ? ends[1] : 1000);	/* descriptor 1000 is not open */
		for (i = 0; i < COUNTOF(errors); i++) {
			errno = e = errors[i];
			log_error("x");
			ck_assert_int_eq(errno, e);
			log_errorx("x");
			ck_assert_int_eq(errno, e);
			log_warn("x");
			ck_assert_int_eq(errno, e);
			log_warnx("x");
			ck_assert_int_eq(errno, e);
			log_info("x");
			ck_assert_int_eq(errno, e);
			log_debug("x");
			ck_assert_int_eq(errno, e);
			log_line(LOG_LEVEL_INFO, "x");
			ck_assert_int_eq(errno, e);
			log_line(LOG_LEVEL_DEBUG, "x");
			ck_assert_int_eq(errno, e);
		}
	}
}
END_TEST

static void
at_level(enum log_level level, int want)
{
	switch (level) {
	case LOG_LEVEL_ERROR: log_error("x"); log_errorx("x"); break;
	case LOG_LEVEL_WARN: log_warn("x"); log_warnx("x"); break;
	case LOG_LEVEL_INFO: log_info("x"); log_info("x"); break;
	case LOG_LEVEL_DEBUG: log_debug("x"); log_debug("x"); break;
	}
	log_line(level, "x");
	ck_assert_int_eq(!!log_enabled(level), want);
	ck_assert_int_eq(next_line() != NULL, want);
	ck_assert_int_eq(next_line() != NULL, want);
	ck_assert_int_eq(next_line() != NULL, want);
	ck_assert_ptr_null(next_line());
}

START_TEST(log_level_filter)
{
	static const enum log_level all[] = {
		LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG
	};
	size_t set, at;

	/* The default level is info. */
	for (at = 0; at < COUNTOF(all); at++)
		at_level(all[at], all[at] <= LOG_LEVEL_INFO);
	for (set = 0; set < COUNTOF(all); set++) {
		log_set_level(all[set]);
		for (at = 0; at < COUNTOF(all); at++)
			at_level(all[at], at <= set);
	}
}
END_TEST

START_TEST(log_to_nowhere)
{
	log_to_fd(-1);
	log_error("x");
	log_info("x");
	ck_assert_ptr_null(next_line());
	log_to_fd(ends[1]);
	log_info("back");
	assert_line("back");
}
END_TEST

/* Every byte in a message: it must stay one line, and a byte that is not printable becomes \xHH. */
START_TEST(log_line_escapes)
{
	char text[2] = "", want[16];
	int c;

	log_set_level(LOG_LEVEL_INFO);
	for (c = 1; c < 256; c++) {
		text[0] = (char)c;
		snprintf(want, sizeof(want), c < 0x20 || c > 0x7e ? "\\x%02x" : "%c", (unsigned)c);
		log_info("%s", text);
		assert_line(want);
		log_line(LOG_LEVEL_INFO, text);
		assert_line(want);
	}
	log_info("two\nlines\r\n\n");
	assert_line("two\\x0alines\\x0d\\x0a\\x0a");
	log_info("\x1b[31mred\xc2\x9b\xe2\x80\xae");
	assert_line("\\x1b[31mred\\xc2\\x9b\\xe2\\x80\\xae");
	log_info("%s", "");
	assert_line("");
}
END_TEST

/* Messages of every length around the limit: a message must not be truncated within an escape. */
START_TEST(log_line_is_never_too_long)
{
	static char text[8 * LOG_LINE];
	static const char *const fill[] = { "a", "\n", "\xff", "a\xff", "ab\x01", "abc\x7f" };
	const char *line, *at;
	size_t i, j, len;

	for (i = 0; i < COUNTOF(fill); i++) {
		for (len = 1; len < sizeof(text); len += len / 4 < LOG_LINE / 4 + 10 ? 1 : 501) {
			for (j = 0; j < len; j++)
				text[j] = fill[i][j % strlen(fill[i])];
			text[len] = '\0';
			if (len % 2)
				log_info("%s", text);
			else
				log_line(LOG_LEVEL_ERROR, text);
			line = next_line();
			ck_assert_ptr_nonnull(line);
			ck_assert_ptr_null(next_line());
			for (at = line; (at = strchr(at, '\\')) != NULL; at += 4)
				if (at[1] != 'x' || !isxdigit((unsigned char)at[2]) ||
				    !isxdigit((unsigned char)at[3]))
					ck_abort_msg("'%s'", at);
		}
	}
	errno = ENOENT;
	log_error("%s", text);
	ck_assert_ptr_nonnull(next_line());
	ck_assert_ptr_null(next_line());
}
END_TEST

/*
 * Lines that cannot be written are counted, and the number of lost lines is logged as soon as
 * possible.
 */
/* While an id is set, each line of a message has it, in text and in JSON; events are unchanged. */
START_TEST(log_has_the_session)
{
	const struct log_field field = { .kind = LOG_WORD, .name = "a", .text = "b" };
	static const char *const wanted[] = {
		": id=12.3 hello", "\"message\":\"hello\",\"id\":\"12.3\"}"
	};
	const char *line;
	int json;

	for (json = 0; json <= 1; json++) {
		log_set_json(json);
		log_set_session("12.3");
		log_warnx("hello");
		line = next_line();
		ck_assert_ptr_nonnull(line);
		ck_assert_msg(strstr(line, wanted[json]) != NULL, "%s", line);
		log_fields(LOG_LEVEL_INFO, "event", &field, 1);
		line = next_line();
		ck_assert_ptr_nonnull(line);
		ck_assert_msg(strstr(line, "12.3") == NULL, "%s", line);
		log_set_session(NULL);
		log_warnx("hello");
		line = next_line();
		ck_assert_ptr_nonnull(line);
		ck_assert_msg(strstr(line, "12.3") == NULL, "%s", line);
	}
	log_set_json(0);
}
END_TEST

START_TEST(log_counts_what_was_lost)
{
	const char *line;
	int reports = 0, i;

	log_to_fd(1000);
	for (i = 0; i < 7; i++)
		log_info("lost");
	log_to_fd(ends[1]);
	log_info("first");
	log_info("second");
	while ((line = next_line()) != NULL && strstr(line, "second") == NULL) {
		ck_assert_ptr_null(strstr(line, ": lost"));
		if (strstr(line, "first") == NULL) {
			ck_assert_msg(strstr(line, " 7 ") != NULL, "7 were lost: '%s'", line);
			reports++;
		}
	}
	ck_assert_ptr_nonnull(line);
	ck_assert_int_eq(reports, 1);
	log_info("third");
	assert_line("third");
}
END_TEST

START_TEST(log_full_or_broken_pipe)
{
	char bytes[LOG_LINE];
	int fd[2], i;

	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(fcntl(fd[1], F_SETFL, O_NONBLOCK), 0);
	log_to_fd(fd[1]);
	for (i = 0; i < 20000; i++)
		log_info("into a full pipe");
	ck_assert_int_gt(read(fd[0], bytes, sizeof(bytes)), 0);
	close(fd[0]);
	ck_assert(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	errno = EINTR;
	log_info("into a broken pipe");
	ck_assert_int_eq(errno, EINTR);
	close(fd[1]);
	log_info("into a closed pipe");
	log_to_fd(-1);
}
END_TEST

START_TEST(log_allowed_one_in_ten_seconds)
{
	struct log_limit a = { 0, 0 }, b = { 0, 0 };
	unsigned long skipped = 99;
	uint64_t now = (uint64_t)_i * 123456789;
	int i;

	ck_assert_int_eq(log_allowed(&a, now, &skipped), 1);
	ck_assert_uint_eq(skipped, 0);
	for (i = 0; i < 5; i++)
		ck_assert_int_eq(log_allowed(&a, now + (uint64_t)i * 2000, &skipped), 0);
	ck_assert_int_eq(log_allowed(&b, now + 5000, &skipped), 1);	/* b has a separate limit */
	ck_assert_uint_eq(skipped, 0);
	ck_assert_int_eq(log_allowed(&a, now + 9999, &skipped), 0);
	ck_assert_int_eq(log_allowed(&a, now + 10000, &skipped), 1);
	ck_assert_uint_eq(skipped, 6);
	ck_assert_int_eq(log_allowed(&a, now + 10001, &skipped), 0);
	ck_assert_int_eq(log_allowed(&a, now + 100000, &skipped), 1);
	ck_assert_uint_eq(skipped, 1);
	ck_assert_int_eq(log_allowed(&a, now + 110000, &skipped), 1);
	ck_assert_uint_eq(skipped, 0);
}
END_TEST

static const struct {
	const char	*text;
	size_t		 len;
	const char	*escaped;
} escapes[] = {
	{ "", 0, "" },
	{ "plain text, ~!@#$%^&*()'", 24, "plain text, ~!@#$%^&*()'" },
	{ "a\"b\\c", 5, "a\\\"b\\\\c" },
	{ "\0", 1, "\\x00" },
	{ "\n\r\t\x1b", 4, "\\x0a\\x0d\\x09\\x1b" },
	{ "\x7f\x80\xff", 3, "\\x7f\\x80\\xff" },
	{ "\xc3\xa9", 2, "\\xc3\\xa9" },
	{ "a\0b", 3, "a\\x00b" },
	{ "\\x41", 4, "\\\\x41" },
	{ "GET /\r\nX: 1\n", 12, "GET /\\x0d\\x0aX: 1\\x0a" }
};

/*
 * Returns the number of bytes of text whose escapes are at the start of out; sets *end to the end
 * of these escapes.
 */
static size_t
units(const char *out, const char *text, size_t len, const char **end)
{
	char one[8];
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] == '"' || text[i] == '\\')
			snprintf(one, sizeof(one), "\\%c", text[i]);
		else if (text[i] >= 0x20 && text[i] < 0x7f)
			snprintf(one, sizeof(one), "%c", text[i]);
		else
			snprintf(one, sizeof(one), "\\x%02x", (unsigned)(unsigned char)text[i]);
		if (strncmp(out, one, strlen(one)) != 0)
			break;
		out += strlen(one);
	}
	*end = out;
	return i;
}

START_TEST(log_escape_rows)
{
	const char *text = escapes[_i].text, *want = escapes[_i].escaped, *end;
	size_t len = escapes[_i].len, size;
	struct unit_guard in, room;
	char *out;

	unit_guard_open(&in, len);
	unit_guard_open(&room, 256);
	text = (const char *)unit_guard_end(&in, text, len);
	for (size = 1; size < 64; size++) {
		out = (char *)unit_guard_end(&room, NULL, size);
		ck_assert_ptr_eq(log_format_escape(out, size, text, len), out);
		ck_assert_ptr_nonnull(memchr(out, '\0', size));
		if (strlen(want) < size) {
			ck_assert_str_eq(out, want);
			continue;
		}
		/*
		 * A truncated text has complete escapes and then dots, and its buffer has no
		 * space for one more escape.
		 */
		units(out, text, len, &end);
		ck_assert_msg(strspn(end, ".") == strlen(end) && (size < 4 || strlen(end) == 3),
		    "'%s' in %zu: '%s'", want, size, out);
		ck_assert_uint_gt(strlen(out) + 4, size - 1);
	}
	unit_guard_close(&in);
	unit_guard_close(&room);
}
END_TEST

START_TEST(log_escape_every_byte)
{
	char out[8], want[8], c;
	const char *end;
	int i;

	for (i = 0; i < 256; i++) {
		c = (char)i;
		log_format_escape(out, sizeof(out), &c, 1);
		ck_assert_uint_eq(units(out, &c, 1, &end), 1);
		ck_assert_int_eq(*end, '\0');
		snprintf(want, sizeof(want), "\\x%02x", (unsigned)i);
		if (i < 0x20 || i > 0x7e)
			ck_assert_str_eq(out, want);
	}
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("log");
	TCase *lines = tcase_create("lines"), *rest = tcase_create("rest");

	tcase_add_checked_fixture(lines, setup, teardown);
	tcase_set_timeout(lines, 60);
	tcase_add_test(lines, log_each_function);
	tcase_add_test(lines, log_keeps_errno);
	tcase_add_test(lines, log_level_filter);
	tcase_add_test(lines, log_to_nowhere);
	tcase_add_test(lines, log_line_escapes);
	tcase_add_test(lines, log_line_is_never_too_long);
	tcase_add_test(lines, log_has_the_session);
	tcase_add_test(lines, log_counts_what_was_lost);
	tcase_add_test(lines, log_full_or_broken_pipe);
	suite_add_tcase(s, lines);
	tcase_add_loop_test(rest, log_allowed_one_in_ten_seconds, 0, 3);
	tcase_add_loop_test(rest, log_escape_rows, 0, COUNTOF(escapes));
	tcase_add_test(rest, log_escape_every_byte);
	suite_add_tcase(s, rest);
	return s;
}

#include "lib/check_main.h"
