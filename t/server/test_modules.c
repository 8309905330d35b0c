/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Which modules are loaded, in which order and from which directory, and which modules are
 * refused at the start, each with a message.
 */

#include "config.h"

#include <sys/stat.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/faults.h"
#include "lib/harness.h"
#include "lib/modules.h"
#include "lib/sock.h"

static struct harness h;

/* -- refused at the start -- */

/*
 * A start that must fail: the files in the module directory, WS_START, the arguments, and the
 * words of the message.
 */
struct refusal {
	const char	*name;
	const char	*modules[3];	/* from t/modules; "as=name" links it under another name */
	const char	*start;
	const char	*args[8];	/* arguments after the module directory */
	int		 status;
	const char	*words[3];	/* words that one line of the log must have */
};

#define TEST	"-b", "test"
#define BAD	"-c", "framing=test", "-c"

static const struct refusal refusals[] = {
	{ "no such backend", { "backend_test" }, NULL, { "-b", "nobody" }, 1,
	    { "there is no backend 'nobody'", "backend_nobody.so", "internal, test" } },
	{ "a backend without init()", { "backend_x=framing_memory" }, NULL, { "-b", "x" }, 1,
	    { "module backend_x is not a backend", "does not export init()" } },
	{ "a backend without query()", { "backend_x=framing_test" }, NULL, { "-b", "x" }, 1,
	    { "module backend_x is not a backend", "does not export query()" } },
	{ "a backend's version", { "backend_test" }, "init:version-3", { TEST }, 1,
	    { "module backend_test is written for version 3", "supports 1 and 2" } },
	{ "a backend's version 0", { "backend_test" }, "init:version-0", { TEST }, 1,
	    { "module backend_test is written for version 0" } },
	{ "a large version", { "backend_test" }, "init:version-18446744073709551615", { TEST }, 1,
	    { "module backend_test is written for version 18446744073709551615" } },
	{ "a framing's version", { "framing_test" }, "framing init:version", { NULL }, 1,
	    { "module framing_test is written for version 77", "supports 1 and 2" } },
	{ "a framer's version", { "framing_test" }, "framing init:later", { NULL }, 1,
	    { "framing_test: ", "version 3" } },
	{ "two framings with one function", { "framing_test" }, "framing init:same", { NULL }, 1,
	    { "framing_test: framing 'same' has the function of 'test'" } },
	{ "a framing without a name", { "framing_test" }, "framing init:nameless", { NULL }, 1,
	    { "framing_test: " } },
	{ "a thread in a constructor", { "framing_test" }, "framing constructor:thread", { NULL },
	    1, { "module framing_test has started a thread", "worker_init()" } },
	{ "a thread in init() of a framing", { "framing_test" }, "framing init:thread", { NULL },
	    1, { "module framing_test has started a thread" } },
	{ "a thread in init() of a backend", { "backend_test" }, "init:thread", { TEST }, 1,
	    { "module backend_test has started a thread" } },
	{ "a thread in configure()", { "backend_test" }, "configure:thread",
	    { TEST, "-c", "peer=host:1" }, 1, { "module backend_test has started a thread" } },
	{ "a thread in configured()", { "backend_test" }, "configured:thread", { TEST }, 1,
	    { "module backend_test has started a thread" } },
	{ "options that are not enough", { "backend_test" }, "configured:refuse", { TEST }, 1,
	    { "backend test cannot work with the options that it has" } },
	{ "exit() in configured()", { "backend_test" }, "configured:exit", { TEST }, 128 + 6,
	    { "module backend_test called exit() in configured()" } },
	{ "exit() in a constructor", { "framing_test" }, "framing constructor:exit", { NULL },
	    128 + 6, { "module framing_test called exit() in a constructor" } },
	{ "exit() in init()", { "backend_test" }, "init:exit", { TEST }, 128 + 6,
	    { "module backend_test called exit() in init()" } },
	{ "exit() in configure()", { "backend_test" }, "configure:exit",
	    { TEST, "-c", "peer=host:1" }, 128 + 6,
	    { "module backend_test called exit() in configure()" } },
	{ "a signal in a constructor", { "framing_test" }, "framing constructor:fpe", { NULL },
	    128 + 8, { "module framing_test crashed (signal 8) in a constructor" } },
	{ "a signal in init()", { "framing_test" }, "framing init:fpe", { NULL }, 128 + 8,
	    { "module framing_test crashed (signal 8) in init()" } },
	{ "a signal in check()", { "framing_test" }, NULL,
	    { BAD, "framing-config=check:fpe" }, 128 + 8,
	    { "module framing_test crashed (signal 8) in check()" } },
	{ "a configuration that its check() refuses", { "framing_test" }, NULL,
	    { BAD, "framing-config=check:refuse" }, 1,
	    { "framing-config = check:refuse", "the test framing refuses this configuration" } },
	{ "the same through a backend", { "backend_test", "framing_test" }, NULL,
	    { TEST, "-c", "check=check:refuse" }, 1,
	    { "backend_test: ", "the test framing refuses this configuration" } },
	{ "an option that a backend refuses", { "backend_test" }, NULL, { TEST, "-c", "x=y" }, 1,
	    { "-c: backend test does not accept the option x = y" } },
	{ "the same, in the words of the backend", { "backend_test" }, NULL, { TEST, "-c", "x=y" },
	    1, { "-c: backend_test: x = y: " } },
	{ "a setting that a backend refuses", { "backend_test" }, NULL,
	    { TEST, "-c", "listen=y" }, 1, { "-c: listen is a setting: give it as -o listen=" } },
	{ "a peer that a backend refuses", { "backend_test" }, NULL,
	    { TEST, "-c", "peer=nothing" }, 1,
	    { "backend test does not accept the option peer = nothing" } },
	{ "an unknown framing that a backend asks for", { "backend_test" }, NULL,
	    { TEST, "-c", "framing=unheard-of" }, 1,
	    { "backend_test: there is no framing 'unheard-of'" } },
	{ "options for a backend of version 1", { "backend_old" }, NULL,
	    { "-b", "old", "-c", "color=blue" }, 1,
	    { "backend old does not accept the option color = blue" } },
	{ "a framing that is not there", { NULL }, NULL, { "-c", "framing=semicolon" }, 1,
	    { "there is no framing 'semicolon'" } }
};

static void
fill(const char *const *modules)
{
	const char *equals;
	char as[100];

	modules_begin(NULL, NULL);
	for (; *modules != NULL; modules++) {
		equals = strchr(*modules, '=');
		if (equals == NULL) {
			modules_link(*modules, *modules);
			continue;
		}
		snprintf(as, sizeof(as), "%.*s", (int)(equals - *modules), *modules);
		modules_link(equals + 1, as);
	}
}

/*
 * Waits for a line of the log with the first of these words; the line must have the others too.
 * Fails if the program has printed a port.
 */
static void
expect_words(const char *const words[3])
{
	const char *line = harness_log(&h, words[0], EXPECT_MS);
	char byte;
	unsigned i;

	for (i = 1; i < 3 && words[i] != NULL; i++)
		if (strstr(line, words[i]) == NULL)
			expect_fail("no '%s' in: %s", words[i], line);
	ck_assert_int_eq(read(h.out, &byte, 1), 0);
}

static void
refuse(const char *const *more, int status, const char *const words[3])
{
	const char *args[16] = { "-l", "127.0.0.1", "-p", "0", "-o", modules_setting() };
	unsigned n = 6;

	while ((args[n] = *more++) != NULL)
		n++;
	modules_refused(&h, args, status);
	expect_words(words);
	harness_clean(&h);
}

START_TEST(refused)
{
	const struct refusal *r = &refusals[_i];

	if (strstr(r->name, "thread") != NULL && modules_is_watched(r->name))
		return;
	expect_context("%s", r->name);
	fill(r->modules);
	if (r->start != NULL)
		modules_set_start(r->start);
	refuse(r->args, r->status, r->words);
}
END_TEST

/* An emulator, such as qemu, has threads of its own in the process, which no module has started. */
START_TEST(thread_of_an_emulator)
{
	static const char *const words[3] = { "module framing_test has started a thread" };
	const char *none[] = { NULL };

	if (modules_is_watched("a thread before main()") || !faults_wrap("WS_THREAD", ""))
		return;
	modules_begin("framing_test", NULL);
	modules_start_internal(&h, 1, NULL);
	harness_stop(&h);
	modules_begin("framing_test", NULL);
	modules_set_start("framing init:thread");
	refuse(none, 1, words);
	harness_unwrap();
}
END_TEST

/* Crashes by an access to invalid memory, which valgrind would report. */
START_TEST(crash_at_the_start)
{
	static const char *const init[3] = { "module framing_test crashed (signal 11) in init()" };
	static const char *const deep[3] = { "framing_test crashed (signal 11) in a constructor" };
	const char *none[] = { NULL };

	if (modules_is_watched("crashes at the start"))
		return;
	modules_begin("framing_test", NULL);
	modules_set_start("framing init:segfault");
	refuse(none, 128 + 11, init);
	modules_set_start("framing constructor:overflow");
	refuse(none, 128 + 11, deep);
}
END_TEST

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(broken_files)
{
	static const char *const contents[] = { "not an object", "", NULL };
	const char *none[] = { NULL }, *backend[] = { "-b", "x", NULL };
	const char *framing_words[3] = { "cannot load module ", "bad.so: " };
	const char *backend_words[3] = { "cannot load module ", "backend_x.so: " };
	size_t i;

	for (i = 0; contents[i] != NULL; i++) {
		expect_context("file %zu", i);
		modules_begin(NULL, NULL);
		write_file(modules_path("bad.so"), contents[i]);
		refuse(none, 1, framing_words);
		modules_begin(NULL, NULL);
		write_file(modules_path("backend_x.so"), contents[i]);
		refuse(backend, 1, backend_words);
	}
	modules_begin(NULL, NULL);
	ck_assert_int_eq(mkdir(modules_path("bad.so"), 0700), 0);
	refuse(none, 1, framing_words);
	ck_assert_int_eq(rmdir(modules_path("bad.so")), 0);
	ck_assert_int_eq(symlink("nowhere", modules_path("bad.so")), 0);
	framing_words[1] = "bad.so";
	refuse(none, 1, framing_words);
}
END_TEST

/* Files in the module directory whose names are not names of modules are ignored. */
START_TEST(files_that_are_no_modules)
{
	modules_begin(NULL, NULL);
	write_file(modules_path("README"), "nothing");
	write_file(modules_path("framing_test.so.old"), "nothing");
	write_file(modules_path("framing_test.la"), "nothing");
	write_file(modules_path(".so"), "nothing");
	write_file(modules_path("backend_unused.so"), "nothing");
	modules_start_internal(&h, 1, NULL);
	ck_assert_uint_eq(harness_log_count(&h, "cannot load"), 0);
	harness_stop(&h);
}
END_TEST

START_TEST(directory_that_is_not_there)
{
	modules_begin(NULL, NULL);
	ck_assert_int_eq(rmdir(modules_directory()), 0);
	modules_start_internal(&h, 1, NULL);
	harness_log(&h, "cannot read the module directory ", EXPECT_MS);
	harness_stop(&h);
}
END_TEST

/*
 * Modes with which a user other than root can write to a module or its directory, whose group has
 * the gid 1.
 */
static const struct {
	mode_t		 mode;
	const char	*words, *cure;
} writable[] = {
	{ 0757, "is writable by everybody", "chmod o-w" },
	{ 0777, "is writable by everybody", "chmod o-w" },
	{ 0775, "is writable by group 1", "chmod g-w" }
};

/* Fails unless the server refuses to start while `path` has the mode of this row. */
static void
refuse_writable(int row, const char *path, const char *const *args)
{
	const char *words[3] = { writable[row].words, writable[row].cure, path };

	ck_assert_int_eq(chown(path, 0, 1), 0);
	ck_assert_int_eq(chmod(path, writable[row].mode), 0);
	refuse(args, 1, words);
	ck_assert_int_eq(chmod(path, 0755), 0);
}

/* A server that root starts does not load modules that other users can write. */
START_TEST(writable_by_others)
{
	const char *none[] = { NULL }, *backend[] = { TEST, NULL };

	if (geteuid() != 0) {
		expect_skip("not root");
		return;
	}
	modules_begin(NULL, NULL);
	modules_copy("framing_old", "framing_old");
	refuse_writable(_i, modules_path("framing_old.so"), none);
	refuse_writable(_i, modules_directory(), none);
	modules_begin(NULL, NULL);
	modules_copy("backend_test", "backend_test");
	refuse_writable(_i, modules_path("backend_test.so"), backend);
	refuse_writable(_i, modules_directory(), backend);
}
END_TEST

/* A module that belongs to another user, as in a build tree, is loaded and logged. */
START_TEST(owned_by_another)
{
	if (geteuid() != 0)
		return;
	modules_begin(NULL, NULL);
	modules_copy("backend_test", "backend_test");
	ck_assert_int_eq(chown(modules_path("backend_test.so"), 1, 0), 0);
	modules_start(&h, 1, NULL);
	harness_log(&h, "backend_test.so belongs to user 1, who can change what root runs",
	    EXPECT_MS);
	ck_assert_uint_eq(harness_log_count(&h, "belongs to user"), 1);
	harness_stop(&h);
}
END_TEST

/* A module that only root and the group 0 can write is loaded. */
START_TEST(writable_by_root)
{
	if (geteuid() != 0)
		return;
	modules_begin(NULL, NULL);
	modules_copy("backend_test", "backend_test");
	ck_assert_int_eq(chown(modules_path("backend_test.so"), 0, 0), 0);
	ck_assert_int_eq(chmod(modules_path("backend_test.so"), 0775), 0);
	ck_assert_int_eq(chmod(modules_directory(), 0770), 0);
	modules_start(&h, 1, NULL);
	harness_stop(&h);
}
END_TEST

/* -- loaded -- */

/*
 * Modules are loaded in the order of their names. If two framings have the same name, the one
 * loaded last is used.
 */
START_TEST(order_and_replacement)
{
	modules_begin(NULL, NULL);
	modules_link("framing_old", "b");
	modules_copy("framing_old", "a");
	modules_start_internal(&h, 1, "-c", "framing=semicolon", NULL);
	harness_log(&h, "framing 'semicolon' is replaced", EXPECT_MS);
	harness_stop(&h);

	modules_begin("framing_test", NULL);
	modules_set_start("framing init:again");
	modules_start_internal(&h, 1, NULL);
	harness_log(&h, "framing 'test' is replaced", EXPECT_MS);
	harness_stop(&h);
}
END_TEST

/*
 * -m adds a directory after the others. Of two files with one name, the one in the last directory
 * is loaded, with a message; the same directory under two names is one directory.
 */
START_TEST(several_directories)
{
	char first[300], second[300], again[300], setting[400], line[800];

	modules_begin("backend_test", "framing_old", NULL);
	snprintf(first, sizeof(first), "%s", modules_directory());
	snprintf(setting, sizeof(setting), "%s", modules_setting());
	modules_begin("framing_test", NULL);
	modules_copy("framing_old", "framing_old");
	snprintf(second, sizeof(second), "%s", modules_directory());
	snprintf(again, sizeof(again), "%s/again", harness_scratch(""));
	ck_assert_int_eq(symlink(first, again), 0);
	snprintf(line, sizeof(line), "module %s/framing_old.so is used instead of %s/framing_old.so",
	    second, first);
	/* The backend is in the first directory only, the framing test in the second only. */
	harness_start(&h, (const char *const[]){ "-l", "127.0.0.1", "-p", "0", "-o", setting, "-m",
	    second, "-b", "test", "-c", "framing=test", NULL });
	ck_assert_uint_eq(harness_log_count(&h, line), 1);
	ck_assert_uint_eq(harness_log_count(&h, "is replaced"), 0);
	harness_stop(&h);
	harness_start(&h, (const char *const[]){ "-l", "127.0.0.1", "-p", "0", "-o", setting, "-m",
	    first, "-m", again, "-b", "test", "-c", "framing=semicolon", NULL });
	ck_assert_uint_eq(harness_log_count(&h, "is used instead"), 0);
	harness_stop(&h);
	/* Two backends of one name; the setting after -m replaces all directories. */
	modules_copy("backend_test", "backend_test");
	snprintf(line, sizeof(line), "module %s/backend_test.so is used instead of "
	    "%s/backend_test.so", second, first);
	harness_start(&h, (const char *const[]){ "-l", "127.0.0.1", "-p", "0", "-m", "/nonexistent",
	    "-o", setting, "-m", second, "-b", "test", NULL });
	ck_assert_uint_eq(harness_log_count(&h, line), 1);
	ck_assert_uint_eq(harness_log_count(&h, "/nonexistent"), 0);
	harness_stop(&h);
}
END_TEST

/* Suggestions for a backend that is written like its file, or in capital letters. */
START_TEST(names_of_backends)
{
	static const char *const names[] = { "backend_test", "test.so", "backend_test.so", "Test",
	    "tset" };
	const char *words[3] = { "-b: there is no backend ", "; is 'test' meant?" };
	const char *args[] = { "-b", NULL, NULL };
	size_t i;

	modules_begin("backend_test", NULL);
	for (i = 0; i < COUNTOF(names); i++) {
		args[1] = names[i];
		refuse(args, 1, words);
	}
}
END_TEST

/* The module directory is a setting: given with -o, and in the configuration file. */
START_TEST(ways_to_say_the_directory)
{
	char setting[400];
	const char *file;

	modules_begin("framing_old", NULL);
	snprintf(setting, sizeof(setting), "module-directory=%s", modules_directory());
	harness_bridge(&h, 1, "-o", setting, "-c", "framing=semicolon", NULL);
	harness_stop(&h);
	file = harness_scratch("conf");
	write_file(file, setting);
	/*
	 * Without -m on the command line, which would have precedence over the setting in the
	 * file.
	 */
	ck_assert_int_eq(setenv("WS_MODULES", "", 1), 0);
	harness_bridge(&h, 1, "-f", file, "-c", "framing=semicolon", NULL);
	harness_stop(&h);
}
END_TEST

/*
 * The last -b names the backend; options before it belong to the backend of an earlier -b, and
 * are ignored.
 */
START_TEST(second_backend)
{
	struct client c;
	int port, listener = sock_listen(&port), peer;
	char option[64];

	snprintf(option, sizeof(option), "peer=tcp://127.0.0.1:%d", port);
	modules_begin("backend_test", "backend_old", NULL);
	harness_start(&h, (const char *const[]){ "-l", "127.0.0.1", "-p", "0", "-o",
	    modules_setting(), "-c", "nonsense=1", "-b", "old", "-c", "peer=2", "-c", "host=x",
	    "-b", "test", "-c", option, NULL });
	client_open(&c, h.port, "/");
	peer = sock_accept(listener, EXPECT_MS);
	client_finish(&c);
	sock_close(&peer);
	ck_assert_uint_eq(harness_log_count(&h, "does not take"), 0);
	harness_stop(&h);
	sock_close(&listener);
	/* Only one backend was started and cleaned up. */
	ck_assert_uint_eq(modules_traced("cleanup", NULL, 0), 1);
}
END_TEST

/* A reload loads the modules that the directory contains at that time. */
START_TEST(reloaded)
{
	int port, listener = sock_listen(&port), peer[2];
	struct client c[2];

	modules_begin("backend_test", "framing_old", NULL);
	modules_start(&h, port, "-o", "start-workers=1", "-o", "min-spare=1", NULL);
	client_open(&c[0], h.port, "/?framing=semicolon");
	peer[0] = sock_accept(listener, EXPECT_MS);
	/* If a module cannot be loaded, the reload is refused. */
	write_file(modules_path("new"), "broken");
	ck_assert_int_eq(rename(modules_path("new"), modules_path("framing_test.so")), 0);
	harness_signal(&h, SIGHUP);
	harness_log(&h, "framing_test.so: ", EXPECT_MS);
	harness_log(&h, "reload: refused, the server goes on as it is", EXPECT_MS);
	client_open(&c[1], h.port, "/?framing=semicolon");
	peer[1] = sock_accept(listener, EXPECT_MS);
	client_finish(&c[1]);
	sock_close(&peer[1]);
	/*
	 * A new version of a module is used for the next client; the running session keeps the
	 * old version.
	 */
	ck_assert_int_eq(unlink(modules_path("framing_test.so")), 0);
	ck_assert_int_eq(unlink(modules_path("framing_old.so")), 0);
	modules_link("framing_test", "framing_test");
	harness_log_mark(&h);
	harness_signal(&h, SIGHUP);
	harness_log(&h, "reload: done", EXPECT_MS);
	modules_expect_traced("framing worker_init", 1);
	client_open(&c[1], h.port, "/?framing=test");
	peer[1] = sock_accept(listener, EXPECT_MS);
	sock_write(peer[1], "new\n", 4, EXPECT_MS);
	client_expect_text(&c[1], "new");
	sock_write(peer[0], "old;", 4, EXPECT_MS);
	client_expect_text(&c[0], "old;");
	client_finish(&c[0]);
	client_finish(&c[1]);
	sock_close(&peer[0]);
	sock_close(&peer[1]);
	harness_stop(&h);
	sock_close(&listener);
}
END_TEST

/* worker_init() and worker_exit() of each module are called in each worker. */
START_TEST(hooks_of_workers)
{
	long begun[8], ended[8], other[8];
	unsigned i, j;

	modules_begin("backend_test", "framing_test", NULL);
	modules_start(&h, 1, "-o", "start-workers=3", "-o", "min-spare=1", "-o", "max-spare=3",
	    NULL);
	modules_expect_traced("worker_init", 3);
	modules_expect_traced("framing worker_init", 3);
	harness_stop(&h);
	ck_assert_uint_eq(modules_traced("worker_init", begun, 8), 3);
	ck_assert_uint_eq(modules_traced("worker_exit", ended, 8), 3);
	ck_assert_uint_eq(modules_traced("framing worker_exit", other, 8), 3);
	for (i = 0; i < 3; i++) {
		for (j = 0; j < 3 && ended[j] != begun[i]; j++)
			;
		ck_assert_uint_lt(j, 3);
		for (j = 0; j < 3 && other[j] != begun[i]; j++)
			;
		ck_assert_uint_lt(j, 3);
	}
}
END_TEST

/* If worker_init() fails in every worker, the server exits. */
START_TEST(hook_that_refuses)
{
	modules_begin("backend_test", NULL);
	modules_set_start("worker_init:refuse");
	modules_refused(&h, (const char *const[]){ "-l", "127.0.0.1", "-p", "0", "-o",
	    modules_setting(), TEST, NULL }, 1);
	harness_log(&h, "module backend_test cannot work: worker_init() returned 3", EXPECT_MS);
	harness_clean(&h);
}
END_TEST

/*
 * A crash in a worker is logged with the name of the module; the master goes on, and exits
 * normally at a stop.
 */
START_TEST(hook_that_crashes)
{
	modules_begin("backend_test", NULL);
	modules_set_start("worker_init:fpe");
	modules_start(&h, 1, "-o", "start-workers=1", "-o", "min-spare=1", NULL);
	harness_log(&h, "module backend_test crashed (signal 8) in worker_init()", EXPECT_MS);
	harness_log(&h, "was ended by signal 8", EXPECT_MS);
	h.deaths = 1;
	harness_stop(&h);
	ck_assert_uint_eq(modules_traced("cleanup", NULL, 0), 1);
}
END_TEST

START_TEST(hook_that_loops)
{
	modules_begin("backend_test", NULL);
	modules_set_start("worker_init:loop");
	modules_start(&h, 1, "-o", "start-workers=1", "-o", "min-spare=1", "-o",
	    "module-timeout=100ms", NULL);
	harness_log(&h, "module backend_test did not return in time", EXPECT_MS);
	h.deaths = 1;
	harness_stop(&h);
}
END_TEST

/* core_wait() in worker_init() returns when the server is stopped. */
START_TEST(hook_that_waits)
{
	modules_begin("backend_test", NULL);
	modules_set_start("worker_init:wait");
	modules_start(&h, 1, "-o", "start-workers=1", "-o", "min-spare=1", NULL);
	modules_expect_traced("worker_init", 1);
	harness_stop(&h);
	ck_assert_uint_eq(modules_traced("waited for nothing", NULL, 0), 1);
}
END_TEST

START_TEST(crash_at_the_end)
{
	modules_begin("backend_test", NULL);
	modules_set_start("worker_exit:fpe");
	modules_start(&h, 1, "-o", "start-workers=1", "-o", "min-spare=1", NULL);
	h.deaths = 1;
	modules_expect_traced("worker_init", 1);
	harness_signal(&h, SIGTERM);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 0);
	harness_log(&h, "module backend_test crashed (signal 8) in worker_exit()", EXPECT_MS);
	harness_clean(&h);

	modules_set_start("cleanup:fpe");
	modules_start(&h, 1, "-o", "start-workers=1", NULL);
	harness_signal(&h, SIGTERM);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 128 + 8);
	harness_log(&h, "module backend_test crashed (signal 8) in cleanup()", EXPECT_MS);
	harness_clean(&h);
}
END_TEST

/* -- log and standard output of modules -- */

/* The log lines of a module begin with its name, and special bytes in them are escaped. */
START_TEST(log_of_modules)
{
	static const char *const levels[] = { "error", "warn", "info", "debug" };
	char setting[32];
	unsigned i;

	for (i = 0; i < COUNTOF(levels); i++) {
		modules_begin("backend_test", NULL);
		snprintf(setting, sizeof(setting), "log-level=%s", levels[i]);
		expect_context("%s", setting);
		modules_refused(&h, (const char *const[]){ "-t", "-o", modules_setting(), TEST,
		    "-o", setting, "-c", "log=a\nb \x1b[1m \xff", NULL }, 0);
		ck_assert_uint_eq(harness_log_count(&h, "backend_test: a\\x0ab \\x1b[1m \\xff"),
		    i + 1);
		harness_clean(&h);
	}
}
END_TEST

/* Text that a module prints to standard output does not appear before the port. */
START_TEST(printing_at_the_start)
{
	modules_begin("backend_test", NULL);
	modules_set_start("init:print");
	modules_start(&h, 1, NULL);
	harness_stop(&h);
	modules_begin("framing_test", NULL);
	modules_set_start("framing constructor:print");
	modules_start_internal(&h, 1, NULL);
	harness_stop(&h);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("modules");
	TCase *tc = harness_case(s, "refused", 30);

	tcase_add_loop_test(tc, refused, 0, COUNTOF(refusals));
	tcase_add_test(tc, thread_of_an_emulator);
	tcase_add_test(tc, crash_at_the_start);
	tcase_add_test(tc, broken_files);
	tcase_add_loop_test(tc, writable_by_others, 0, (int)COUNTOF(writable));
	tcase_add_test(tc, writable_by_root);
	tcase_add_test(tc, owned_by_another);

	tc = harness_case(s, "loaded", 30);
	tcase_add_test(tc, files_that_are_no_modules);
	tcase_add_test(tc, directory_that_is_not_there);
	tcase_add_test(tc, order_and_replacement);
	tcase_add_test(tc, several_directories);
	tcase_add_test(tc, names_of_backends);
	tcase_add_test(tc, ways_to_say_the_directory);
	tcase_add_test(tc, second_backend);
	tcase_add_test(tc, reloaded);

	tc = harness_case(s, "hooks", 30);
	tcase_add_test(tc, hooks_of_workers);
	tcase_add_test(tc, hook_that_refuses);
	tcase_add_test(tc, hook_that_crashes);
	tcase_add_test(tc, hook_that_loops);
	tcase_add_test(tc, hook_that_waits);
	tcase_add_test(tc, crash_at_the_end);

	tc = harness_case(s, "output", 30);
	tcase_add_test(tc, log_of_modules);
	tcase_add_test(tc, printing_at_the_start);
	return s;
}

#include "lib/check_main.h"
