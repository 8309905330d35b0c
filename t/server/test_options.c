/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The command line and the configuration file: accepted settings, the place that is reported for
 * each error, and what -T, -V and -h print.
 */

#include "config.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/pair.h"
#include "lib/sock.h"
#include "lib/unit.h"

#define OUTPUT		65536

static struct harness h;
static char output[OUTPUT];

/* Runs the program to its end. Its standard output is stored in `output`, its log in h.text. */
static int
run(const char *const *args)
{
	int status = harness_output(&h, args, output, sizeof(output));

	harness_log_text(&h);
	return status;
}

static void
done(void)
{
	harness_clean(&h);
}

static void
expect_in(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		expect_fail("should say \"%s\": %s", part, text);
}

/* Creates a file in the test's scratch directory, and returns its path. */
static const char *
file(const char *name, const char *text)
{
	const char *path = harness_scratch(name);
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
	return path;
}

static void
use(int listener)
{
	struct client c;
	int peer;

	client_open(&c, h.port, "/");
	peer = sock_accept(listener, EXPECT_MS);
	client_text(&c, "hello");
	sock_expect(peer, "hello", 5, EXPECT_MS);
	pair_finish(&c, &peer);
}

/* -- accepted settings, as -T prints them -- */

static const struct {
	const char	*args[8];
	const char	*line, *other;	/* `other` must not be in the output */
} accepted[] = {
	{ { "-p", "8080" }, "\nport = 8080\n", NULL },
	{ { "-p", "http" }, "\nport = http\n", NULL },
	{ { "-l", "localhost" }, "\nlisten = localhost\n", NULL },
	{ { "-k", "5" }, "\nping = 5s\n", NULL },
	{ { "-k", "0" }, "\nping = 0s\n", NULL },
	{ { "-k", "1500ms" }, "\nping = 1500ms\n", NULL },
	{ { "-p8080", "-l::1" }, "\nport = 8080\n", NULL },
	{ { "-p", "1", "-p", "2" }, "\nport = 2\n", "\nport = 1\n" },
	{ { "-c", "port=1" }, "\n[backend]\nport = 1\n", NULL },
	{ { "-c", "port=1", "-b", "internal" }, "\n[backend]\n", "port = 1\n" },
	{ { "-b", "internal", "-c", "port=1" }, "\n[backend]\nport = 1\n", NULL },
	{ { "-c", "host=a=b", "-b", "internal" }, "\nbackend = internal\n", "a=b" },
	{ { "-c", "framing=separator", "-c", "framing-config==" }, "\nframing-config = =\n", NULL },
	{ { "-o", "max-message=1k" }, "\nmax-message = 1024\n", NULL },
	{ { "-o", "idle-timeout=0.5h" }, "\nidle-timeout = 1800s\n", NULL },
	{ { "-o", "origin=http://a.example https://b.example" },
	    "\norigin = http://a.example https://b.example\n", NULL },
	{ { "-o", "log-level=debug" }, "\nlog-level = debug\n", NULL },
	{ { "-p", "8001" }, "\nlisten = ::\nport = 8001\n", NULL },
	{ { "-k", "30" }, "\nping = 30s\n", NULL }
};

START_TEST(accepted_arguments)
{
	const char *args[COUNTOF(accepted[0].args) + 2] = { "-T" };

	expect_context("row %d", _i);
	memcpy(args + 1, accepted[_i].args, sizeof(accepted[_i].args));
	ck_assert_int_eq(run(args), 0);
	expect_in(output, accepted[_i].line);
	if (accepted[_i].other != NULL && strstr(output, accepted[_i].other) != NULL)
		expect_fail("should not be there: %s", accepted[_i].other);
	ck_assert_str_eq(h.text, "");
	done();
}
END_TEST

/* The documented defaults, which must not change. */
START_TEST(defaults)
{
	static const char *const args[] = { "-T", NULL };

	ck_assert_int_eq(run(args), 0);
	expect_in(output, "[core]\nlisten = ::\nport = 8001\n");
	expect_in(output, "\nping = 30s\n");
	expect_in(output, "\nbackend = internal\n");
	expect_in(output, "\norigin = same-host\n");
	expect_in(output, "\n[backend]\n");
	done();
}
END_TEST

/* -- refused settings -- */

static const struct {
	const char	*args[6];
	const char	*says;
} refused[] = {
	{ { "-X" }, "there is no option -X" },
	{ { "-p" }, "a value is missing after the option -p" },
	{ { "-p", "1", "-k" }, "a value is missing after the option -k" },
	{ { "-p", "" }, "-p: port: '' is invalid" },
	{ { "-p", "65536" }, "-p: port: '65536'" },
	{ { "-p", "-1" }, "-p: port: '-1'" },
	{ { "-p", "8o01" }, "-p: port: '8o01' is invalid" },
	{ { "-p", "no-such-service-here" }, "port no-such-service-here" },
	{ { "-l", "" }, "-l: listen:" },
	{ { "-k", "soon" }, "-k: ping: 'soon' is not a time" },
	{ { "-k", "-1" }, "-k: ping: '-1' is not a time" },
	{ { "-k", "2d" }, "-k: ping: '2d' is not a time" },
	{ { "-b", "" }, "-b: backend:" },
	{ { "-b", "../x" }, "-b: backend: '../x' is invalid" },
	{ { "-b", "no-such-backend" }, "no-such-backend" },
	{ { "-c", "port" }, "-c: 'port' is not name=value" },
	{ { "-c", "=1" }, "-c: an option for the backend has no name" },
	{ { "-c", "prot=1" }, "-c: the built-in backend: the options are host, port, framing, "
	    "framing-config and protocol, not 'prot'; is 'port' meant?" },
	{ { "-c", "framing=nonsense" }, "-c: the built-in backend: framing = nonsense: there is no "
	    "framing 'nonsense'. The framings are auto, binary, separator, newline" },
	{ { "-c", "framing=lines" }, "is 'line' meant?" },
	{ { "-c", "framing=Line/text" }, "is 'line/text' meant?" },
	{ { "-c", "framing=line/utf8" }, "write line, line/text or line/binary" },
	{ { "-c", "framing-config=lf" }, "-c: the built-in backend: framing-config = lf is "
	    "invalid for auto: auto takes no configuration" },
	{ { "-c", "framing=binary/text", "-c", "framing-config=utf8" },
	    "binary takes no configuration" },
	{ { "-c", "framing=newline", "-c", "framing-config=LF" }, "framing-config = LF is invalid "
	    "for newline: the line end is crlf, lf, cr or lfcr; is 'lf' meant?" },
	{ { "-c", "framing=line/text", "-c", "framing-config=\\r\\n" }, "the line end is lf, crlf "
	    "or any; is 'crlf' meant?" },
	{ { "-c", "framing=line", "-c", "framing-config=cr" }, "the line end is lf, crlf or any" },
	{ { "-c", "framing=separator" }, "invalid for separator: the separator is missing" },
	{ { "-c", "framing=fixedlength", "-c", "framing-config=4k" }, "4k is invalid for "
	    "fixedlength: the length of fixedlength is a number" },
	{ { "-c", "framing=dynamic32", "-c", "framing-config=endian=BIG" },
	    "the endian of dynamic32 is little or big" },
	{ { "-c", "framing=length", "-c", "framing-config=size=2, typed" },
	    "the options of length are size=" },
	{ { "-c", "framing=netstring", "-c", "framing-config=text" },
	    "the only option of netstring is binary" },
	{ { "-o", "ping" }, "-o: 'ping' is not name=value" },
	{ { "-o", "pin=1" }, "there is no setting 'pin'; is 'ping' meant?" },
	{ { "-o", "max_workers=1" }, "is 'max-workers' meant?" },
	{ { "-o", "utterly-unlike=1" }, "there is no setting 'utterly-unlike'" },
	{ { "-o", "ping=30 " }, "ping: '30 ' is not a time" },
	{ { "-o", "max-workers=0" }, "max-workers: '0' is not a number from 1 to 65536" },
	{ { "-o", "max-workers=1x" }, "max-workers: '1x' is not a number" },
	{ { "-o", "max-message=99999999999999999999" }, "max-message:" },
	{ { "-o", "max-message=124" }, "max-message: '124' is not a number from 125" },
	{ { "-o", "log-level=loud" }, "log-level: 'loud' is invalid" },
	{ { "-o", "origin=not an origin" }, "origin:" },
	{ { "-o", "origin=*" }, "origin: '*' is invalid: the word that accepts all pages is 'any'" },
	{ { "-o", "origin=https://a.example/" }, "without a path or a final slash" },
	{ { "-o", "min-spare=5", "-o", "max-spare=4" },
	    "min-spare (5) is greater than max-spare (4)" },
	{ { "-o", "max-workers=5" }, "start-workers (8) is greater than max-workers (5)" },
	{ { "-f", "/nonexistent/file" }, "cannot read the configuration file /nonexistent/file" },
	{ { "/nonexistent/file" }, "cannot read the configuration file /nonexistent/file" },
	{ { "-p", "1", "word" }, "'word' is not an option" },
	{ { "word", "-p", "1" }, "'word' is not an option" },
	{ { "-f", "/" }, "/" }
};

/* The server does not start, and the message names the invalid setting. */
START_TEST(refused_arguments)
{
	const char *args[COUNTOF(refused[0].args) + 2] = { NULL };

	expect_context("row %d", _i);
	memcpy(args, refused[_i].args, sizeof(refused[_i].args));
	ck_assert_int_eq(run(args), 1);
	expect_in(h.text, refused[_i].says);
	expect_in(h.text, "error: ");
	ck_assert_str_eq(output, "");
	ck_assert_ptr_null(strstr(h.text, "listening"));
	done();
}
END_TEST

/* -- files -- */

static const struct {
	const char	*text;
	const char	*says[4];
} bad_files[] = {
	{ "prot = 1\n", { ":1: there is no setting 'prot'; is 'port' meant?" } },
	{ "[core]\n\n# comment\nport = x y\n", { ":4: port:" } },
	{ "[cora]\nport = 1\n", { ":1: there is no section '[cora]'" } },
	{ "[core]\nport\n", { ":2: 'port' is not name = value" } },
	{ "[core]\nping = soon\nlog-level = loud\nnonsense = 1\n",
	    { ":2: ping:", ":3: log-level:", ":4: there is no setting 'nonsense'" } },
	{ "[backend]\nnonsense = 1\n", { ":2: the built-in backend", "not 'nonsense'" } },
	{ "backend = ../x\n[backend]\nfile = x\n", { ":1: backend: '../x' is invalid" } },
	{ "= 1\n", { ":1: there is no setting ''" } },
	{ "min-spare = 5\nmax-spare = 4\n", { "min-spare (5) is greater than max-spare (4)" } },
	{ "[backend]\nhost = unix://\n", { "no path" } },
	{ "[backend]\nframing = separator\n", { "the separator is missing" } },
	/* The last line of a file is read even if it has no newline. */
	{ "port = 1\nping = x", { ":2: ping:" } }
};

START_TEST(faults_of_a_file)
{
	const char *path = file("conf", bad_files[_i].text);
	const char *alone[] = { path, NULL }, *option[] = { "-f", path, NULL };
	const char *check[] = { "-t", "-f", path, NULL };
	const char *const *ways[] = { alone, option, check };
	size_t way, i;

	for (way = 0; way < COUNTOF(ways); way++) {
		expect_context("row %d, way %zu", _i, way);
		ck_assert_int_eq(run(ways[way]), 1);
		for (i = 0; i < COUNTOF(bad_files[_i].says) && bad_files[_i].says[i] != NULL; i++)
			expect_in(h.text, bad_files[_i].says[i]);
		ck_assert_str_eq(output, "");
		done();
	}
}
END_TEST

static const struct {
	const char	*text, *line;
} good_files[] = {
	{ "", "\nport = 8001\n" },
	{ "port=1\n", "\nport = 1\n" },
	{ "  port \t=\t 1 \t\n", "\nport = 1\n" },
	{ "[core]\r\nport = 1\r\n", "\nport = 1\n" },
	{ "# a = b\n; c = d\n\n   # more\nport = 1\n", "\nport = 1\n" },
	{ "[core] and more\nport = 1\n", "\nport = 1\n" },
	{ "[backend]\nport = 1\n[core]\nport = 2\n", "\nport = 2\n" },
	{ "[backend]\n# comment\nport = 1\n", "\n[backend]\nport = 1\n" },
	{ "[backend]\nframing = separator\nframing-config = a=b\n", "\nframing-config = a=b\n" },
	{ "[core]\nbackend = internal\n[backend]\nport = 1\n[core]\nping = 1\n[backend]\n"
	    "port = 2\n", "\n[backend]\nport = 1\nport = 2\n" },
	{ "log-level = DEBUG\n", "\nlog-level = debug\n" },
	{ "port = 1", "\nport = 1\n" }
};

START_TEST(good_files_are_read)
{
	const char *path = file("conf", good_files[_i].text);
	const char *dump[] = { "-T", "-f", path, NULL }, *check[] = { "-t", "-f", path, NULL };

	expect_context("row %d", _i);
	ck_assert_int_eq(run(dump), 0);
	expect_in(output, good_files[_i].line);
	done();
	ck_assert_int_eq(run(check), 0);
	expect_in(output, "the configuration is valid");
	done();
}
END_TEST

/* Options override the configuration file, in whatever order the arguments are. */
START_TEST(options_win_over_the_file)
{
	const char *path = file("conf", "ping = 5s\nport = 1\n[backend]\nport = 7\n");
	const char *before[] = { "-T", "-o", "ping=7s", "-c", "port=8", "-f", path, NULL };
	const char *after[] = { "-T", "-f", path, "-o", "ping=7s", "-c", "port=8", NULL };
	static char first[OUTPUT];

	ck_assert_int_eq(run(before), 0);
	expect_in(output, "\nping = 7s\n");
	expect_in(output, "\nport = 1\n");
	/* Both values of the backend's option port are printed; the backend uses the last one. */
	expect_in(output, "\n[backend]\nport = 7\nport = 8\n");
	strcpy(first, output);
	done();
	ck_assert_int_eq(run(after), 0);
	ck_assert_str_eq(output, first);
	done();
}
END_TEST

/* The output of -T is a configuration file with the same meaning. */
START_TEST(dump_read_back)
{
	static const char *const rich[] = {
		"-T", "-p", "0", "-l", "127.0.0.1", "-k", "1500ms", "-o", "origin=null http://a",
		"-o", "idle-timeout=1d", "-o", "max-message=3m", "-o", "drain-timeout=1ms", "-o",
		"log-level=warn", "-o", "socket-directory=/var/tmp", "-o", "min-spare=1", "-c",
		"host=unix:///tmp/a=b c;d#e", "-c", "framing=separator", "-c",
		"framing-config=\\x20\\\\;#=", "-c", "protocol=*", NULL
	};
	static const char *const plain[] = { "-T", NULL };
	const char *const *args = _i == 0 ? plain : rich;
	const char *again[] = { "-T", "-f", NULL, NULL };
	static char first[OUTPUT];

	ck_assert_int_eq(run(args), 0);
	strcpy(first, output);
	done();
	again[2] = file("dump", first);
	ck_assert_int_eq(run(again), 0);
	ck_assert_str_eq(output, first);
	done();
}
END_TEST

/* -- -h and -V -- */

START_TEST(help_lists_every_setting)
{
	static const char *const dump[] = { "-T", NULL };
	const char *help[] = { _i == 0 ? "-h" : "--help", NULL };
	static char settings[OUTPUT];
	char line[128], *name, *rest = NULL, *end;
	const char *letter;
	unsigned n = 0;

	ck_assert_int_eq(run(dump), 0);
	strcpy(settings, output);
	done();
	ck_assert_int_eq(run(help), 0);
	ck_assert_str_eq(h.text, "");
	for (name = strtok_r(settings, "\n", &rest); name != NULL;
	    name = strtok_r(NULL, "\n", &rest)) {
		if ((end = strstr(name, " = ")) == NULL)
			continue;
		*end = '\0';
		snprintf(line, sizeof(line), "\n  %s = ", name);
		expect_in(output, line);
		n++;
	}
	ck_assert_uint_ge(n, 20);
	expect_in(output, "usage: websocksy ");
	for (letter = "plkbcofitThV"; *letter != '\0'; letter++) {
		snprintf(line, sizeof(line), "\n  -%c ", *letter);
		expect_in(output, line);
	}
	done();
}
END_TEST

START_TEST(version)
{
	const char *args[] = { _i == 0 ? "-V" : "--version", NULL };

	ck_assert_int_eq(run(args), 0);
	ck_assert_str_eq(output, "websocksy " PACKAGE_VERSION "\n");
	ck_assert_str_eq(h.text, "");
	done();
}
END_TEST

/* -- serving -- */

/* A command line in the style of the original program, in which every option has a value. */
START_TEST(pairs)
{
	int port, listener = sock_listen(&port), peer;
	char option[32];
	const char *args[] = { "-p", "0", "-l", "127.0.0.1", "-k", "1", "-b", "internal", "-c",
	    "host=tcp://127.0.0.1", "-c", option, NULL };
	struct client_message m;
	struct client c;

	snprintf(option, sizeof(option), "port=%d", port);
	harness_start(&h, args);
	client_open(&c, h.port, "/");
	peer = sock_accept(listener, EXPECT_MS);
	client_read(&c, &m);
	ck_assert_int_eq(m.opcode, CLIENT_PING);
	client_finish(&c);
	sock_close(&peer);
	use(listener);
	harness_stop(&h);
	sock_close(&listener);
}
END_TEST

START_TEST(a_file_alone)
{
	int port, listener = sock_listen(&port);
	char text[256];
	const char *args[] = { NULL, NULL };

	snprintf(text, sizeof(text), "[core]\nport = 0\nlisten = 127.0.0.1\nbackend = internal\n"
	    "[backend]\nhost = tcp://127.0.0.1\nport = %d\n", port);
	args[0] = file("conf", text);
	harness_start(&h, args);
	use(listener);
	harness_stop(&h);
	sock_close(&listener);
}
END_TEST

/* The program prints the port and nothing else to standard output. */
START_TEST(port_zero_prints_the_port)
{
	char rest[16];

	harness_bridge(&h, 1, "-o", "log-level=debug", NULL);
	harness_signal(&h, SIGTERM);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 0);
	ck_assert_int_eq(read(h.out, rest, sizeof(rest)), 0);
	done();
}
END_TEST

START_TEST(taken_port)
{
	int port, listener = sock_listen(&port);
	char text[16], says[64];
	const char *args[] = { "-l", "127.0.0.1", "-p", text, NULL };
	const char *check[] = { "-t", "-l", "127.0.0.1", "-p", text, NULL };

	snprintf(text, sizeof(text), "%d", port);
	snprintf(says, sizeof(says), "cannot listen on 127.0.0.1:%d: %s", port,
	    strerror(EADDRINUSE));
	ck_assert_int_eq(run(args), 1);
	expect_in(h.text, says);
	done();
	/* The program does not listen if it only checks the configuration. */
	ck_assert_int_eq(run(check), 0);
	done();
	sock_close(&listener);
}
END_TEST

START_TEST(any_address_serves_ipv4)
{
	static const char *const names[] = { "::", "*", "0.0.0.0" };
	int port, listener = sock_listen(&port);

	harness_bridge(&h, port, "-l", names[_i], NULL);
	use(listener);
	harness_log(&h, "closed client=127.0.0.1:", EXPECT_MS);
	harness_stop(&h);
	sock_close(&listener);
}
END_TEST

/* -- the log -- */

static const struct {
	const char	*level;
	int		 info, warn;
} log_levels[] = { { "error", 0, 0 }, { "warn", 0, 1 }, { "info", 1, 1 }, { "debug", 1, 1 } };

/*
 * A client that is refused because the peer cannot be reached is logged as a warning; the end of
 * a session is logged as info.
 */
START_TEST(levels)
{
	char setting[32];
	int port, fd = sock_reserve(&port);

	snprintf(setting, sizeof(setting), "log-level=%s", log_levels[_i].level);
	harness_bridge(&h, port, "-o", setting, NULL);
	client_expect_refusal(h.port, NULL, 502, NULL);
	harness_signal(&h, SIGTERM);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 0);
	ck_assert_int_eq(harness_log_count(&h, "info:") > 0, log_levels[_i].info);
	ck_assert_uint_eq(harness_log_count(&h, "warn:"), (unsigned)log_levels[_i].warn);
	ck_assert_uint_eq(harness_log_count(&h, "status=502"), (unsigned)log_levels[_i].info);
	done();
	sock_close(&fd);
}
END_TEST

/*
 * Checks that the log contains only printable lines of less than 1024 bytes. Returns the number
 * of lines.
 */
static unsigned
check_log(void)
{
	const char *p, *line;
	unsigned n = 0;

	for (line = p = harness_log_text(&h); *p != '\0'; p++) {
		if (*p == '\n') {
			if (p - line >= 1024)
				expect_fail("a line of %ld bytes", (long)(p - line));
			line = p + 1;
			n++;
		} else if (*p < ' ' || *p > '~') {
			expect_fail("byte %02x in the log", (unsigned)(unsigned char)*p);
		}
	}
	ck_assert_ptr_eq(line, p);
	return n;
}

START_TEST(close_reasons_are_escaped)
{
	static const struct {
		const char	*reason, *shown;
	} rows[] = {
		{ "bye", "reason=\"bye\"" },
		{ "a\"b\\c", "reason=\"a\\\"b\\\\c\"" },
		{ "\x1b[31mred", "reason=\"\\x1b[31mred\"" },
		{ "a\r\nb\tc\x7f", "reason=\"a\\x0d\\x0ab\\x09c\\x7f\"" },
		{ "\xe2\x82\xac", "reason=\"\\xe2\\x82\\xac\"" },
		{ "", "reason=\"\"" }
	};
	int port, listener = sock_listen(&port), peer;
	struct client c;
	size_t i;

	harness_bridge(&h, port, "-o", "log-query=yes", NULL);
	harness_log(&h, "listening", EXPECT_MS);
	for (i = 0; i < COUNTOF(rows); i++) {
		harness_log_mark(&h);
		client_open(&c, h.port, "/%1b%0a?\"\\");
		peer = sock_accept(listener, EXPECT_MS);
		client_close(&c, 1000, rows[i].reason);
		client_expect_close(&c, 1000);
		client_expect_eof(&c);
		client_end(&c);
		sock_close(&peer);
		expect_in(harness_log(&h, "closed client=", EXPECT_MS), rows[i].shown);
		ck_assert_uint_eq(harness_log_count(&h, "path=\"/%1b%0a?\\\"\\\\\""), 2);
		ck_assert_uint_eq(check_log(), 2);
	}
	harness_stop(&h);
	sock_close(&listener);
}
END_TEST

/* Even a path and a reason of maximum length make only one log line. */
START_TEST(long_lines)
{
	static char path[8000];
	char reason[124];
	struct client c;
	int port, listener = sock_listen(&port), peer;

	memset(path, '"', sizeof(path) - 1);
	path[0] = '/';
	memset(reason, 0x7f, sizeof(reason) - 1);
	reason[sizeof(reason) - 1] = '\0';
	harness_bridge(&h, port, NULL);
	harness_log(&h, "listening", EXPECT_MS);
	harness_log_mark(&h);
	client_open(&c, h.port, path);
	peer = sock_accept(listener, EXPECT_MS);
	client_close(&c, 4999, reason);
	client_expect_close(&c, 4999);
	client_expect_eof(&c);
	client_end(&c);
	sock_close(&peer);
	expect_in(harness_log(&h, "closed client=", EXPECT_MS), "code=4999 by=client");
	ck_assert_uint_eq(check_log(), 2);
	harness_stop(&h);
	sock_close(&listener);
}
END_TEST

#define FUZZED	10000

static size_t
random_number(size_t below)
{
	static uint64_t state = 1;

	return unit_random_below(&state, below);
}

/* Writes a request with random bytes at every place where a client may put its own bytes. */
static size_t
fuzzed_request(char out[2048])
{
	static const char end[] = "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " REQUEST_KEY "\r\n\r\n";
	size_t i, n = 0, len = random_number(random_number(8) == 0 ? 900 : 60);

	n += (size_t)snprintf(out, 16, "GET /");
	for (i = 0; i < len; i++)
		out[n++] = (char)random_number(256);
	n += (size_t)snprintf(out + n, 64, " HTTP/1.1\r\nHost: ");
	for (i = 0; i < len % 7; i++)
		out[n++] = (char)random_number(256);
	n += (size_t)snprintf(out + n, 64, "\r\nOrigin: ");
	for (i = 0; i < len % 5; i++)
		out[n++] = (char)(random_number(2) ? random_number(256) : 'a');
	memcpy(out + n, end, sizeof(end) - 1);
	return n + sizeof(end) - 1;
}

/*
 * There is no peer, so no client is accepted: each connection causes one line in the log, and a
 * second one if the server has tried to connect to the peer.
 */
START_TEST(fuzzed_paths)
{
	int port, fd = sock_reserve(&port);
	unsigned i, lines, refusals;
	char text[2048];
	struct client c;

	harness_bridge(&h, port, NULL);
	harness_log(&h, "listening", EXPECT_MS);
	harness_log_mark(&h);
	for (i = 0; i < FUZZED; i++) {
		client_connect(&c, h.port);
		client_send(&c, text, fuzzed_request(text));
		client_answer(&c);
		ck_assert_int_ge(c.status, 400);
		client_end(&c);
	}
	harness_log_times(&h, "info: refused client=", FUZZED, EXPECT_MS);
	lines = check_log();
	refusals = harness_log_count(&h, "info: refused client=");
	ck_assert_uint_eq(refusals, FUZZED);
	ck_assert_uint_eq(lines, FUZZED + harness_log_count(&h, " peer tcp://"));
	harness_stop(&h);
	sock_close(&fd);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("options");
	TCase *tc = harness_case(s, "arguments", 60);

	tcase_add_loop_test(tc, accepted_arguments, 0, (int)COUNTOF(accepted));
	tcase_add_test(tc, defaults);
	tcase_add_loop_test(tc, refused_arguments, 0, (int)COUNTOF(refused));
	tcase_add_loop_test(tc, help_lists_every_setting, 0, 2);
	tcase_add_loop_test(tc, version, 0, 2);

	tc = harness_case(s, "files", 60);
	tcase_add_loop_test(tc, faults_of_a_file, 0, (int)COUNTOF(bad_files));
	tcase_add_loop_test(tc, good_files_are_read, 0, (int)COUNTOF(good_files));
	tcase_add_test(tc, options_win_over_the_file);
	tcase_add_loop_test(tc, dump_read_back, 0, 2);

	tc = harness_case(s, "serving", 60);
	tcase_add_test(tc, pairs);
	tcase_add_test(tc, a_file_alone);
	tcase_add_test(tc, port_zero_prints_the_port);
	tcase_add_test(tc, taken_port);
	tcase_add_loop_test(tc, any_address_serves_ipv4, 0, 3);

	tc = harness_case(s, "log", 60);
	tcase_add_loop_test(tc, levels, 0, (int)COUNTOF(log_levels));
	tcase_add_test(tc, close_reasons_are_escaped);
	tcase_add_test(tc, long_lines);
	tcase_add_test(tc, fuzzed_paths);
	return s;
}

#include "lib/check_main.h"
