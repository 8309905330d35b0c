/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Fuzz target of conf.h. Any file is read without harm, and the settings of a valid file, written
 * as a file, give the same settings again.
 */

#include "config.h"

#include <unistd.h>

#include "base/log.h"
#include "conf/conf.h"
#include "fuzz.h"

/* The path of the file for conf_read(), shared by all runs. */
static char path[256];
static int fd = -1;

static void
remove_file(void)
{
	unlink(path);
}

static void
make_file(void)
{
	const char *dir = getenv("TMPDIR");

	snprintf(path, sizeof(path), "%s/fuzz-conf.XXXXXX", dir != NULL ? dir : "/tmp");
	fd = mkstemp(path);
	FUZZ_CHECK(fd != -1);
	atexit(remove_file);
}

static void
write_file(const void *data, size_t len)
{
	if (fd == -1)
		make_file();
	FUZZ_CHECK(pwrite(fd, data, len, 0) == (ssize_t)len);
	FUZZ_CHECK(ftruncate(fd, (off_t)len) == 0);
}

static void
check_options(const struct conf *a, const struct conf *b)
{
	const struct conf_option *p = a->options, *q = b->options;

	for (; p != NULL && q != NULL; p = p->next, q = q->next) {
		FUZZ_CHECK(strcmp(p->name, q->name) == 0);
		FUZZ_CHECK(strcmp(p->value, q->value) == 0);
		FUZZ_CHECK(p->place[0] != '\0' && q->place[0] != '\0');
	}
	FUZZ_CHECK(p == NULL && q == NULL);
}

/*
 * Writes all settings, and the options of the backend, to memory in the format of the file.
 * Returns the length.
 */
static size_t
dump(const struct conf *c, char *out, size_t size)
{
	const struct conf_option *option;
	const char *name, *help;
	char *value;
	size_t at = 0;
	unsigned i;

	value = malloc(size);
	FUZZ_CHECK(value != NULL);
	for (i = 0; conf_setting(c, i, &name, &help, value, size); i++) {
		FUZZ_CHECK(name[0] != '\0' && help[0] != '\0');
		FUZZ_CHECK(strchr(value, '\n') == NULL);
		if (value[0] == '\0')
			continue;
		at += (size_t)snprintf(out + at, size - at, "%s = %s\n", name, value);
		FUZZ_CHECK(at < size);
	}
	FUZZ_CHECK(i > 10);
	at += (size_t)snprintf(out + at, size - at, "[backend]\n");
	for (option = c->options; option != NULL; option = option->next) {
		at += (size_t)snprintf(out + at, size - at, "%s = %s\n", option->name,
		    option->value);
		FUZZ_CHECK(at < size);
	}
	free(value);
	return at;
}

static void
check_fixpoint(const struct conf *c, size_t input)
{
	size_t room = 2 * input + 65536, len, len_again;
	char *text = malloc(room), *again = malloc(room);
	struct conf d;

	FUZZ_CHECK(text != NULL && again != NULL);
	len = dump(c, text, room);
	write_file(text, len);
	conf_init(&d);
	FUZZ_CHECK(conf_read(&d, path) == 0);
	len_again = dump(&d, again, room);
	FUZZ_CHECK(len == len_again && memcmp(text, again, len) == 0);
	check_options(c, &d);
	FUZZ_CHECK(conf_check(c) == conf_check(&d));
	conf_free(&d);
	free(text);
	free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf c;
	int verdict;

	log_to_fd(-1);
	write_file(data, size);
	conf_init(&c);
	verdict = conf_read(&c, path);
	FUZZ_CHECK(verdict == 0 || verdict == -1);
	if (verdict == 0)
		check_fixpoint(&c, size);
	conf_free(&c);
	return 0;
}
