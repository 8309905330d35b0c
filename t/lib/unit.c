/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "unit.h"

#define HEX_SHOWN	64
#define LOG_KEPT	(1024 * 1024)
#define PATH_SIZE	512

static int log_fd = -1;
static char *log_text;
static char directory[PATH_SIZE / 2];

void
unit_guard_open(struct unit_guard *g, size_t size)
{
	long page = sysconf(_SC_PAGESIZE);
	void *map;
	int fd;

	ck_assert_int_gt(page, 0);
	g->page = (size_t)page;
	g->room = (size / g->page + 1) * g->page;
	fd = open("/dev/zero", O_RDWR);
	ck_assert_int_ge(fd, 0);
	map = mmap(NULL, g->room + 2 * g->page, PROT_NONE, MAP_PRIVATE, fd, 0);
	ck_assert_ptr_ne(map, MAP_FAILED);
	close(fd);
	g->map = map;
	ck_assert_int_eq(mprotect(g->map + g->page, g->room, PROT_READ | PROT_WRITE), 0);
}

void
unit_guard_close(struct unit_guard *g)
{
	munmap(g->map, g->room + 2 * g->page);
	g->map = NULL;
}

static uint8_t *
guard_fill(uint8_t *to, const void *data, size_t len)
{
	if (data == NULL)
		memset(to, 0xa5, len);
	else if (len > 0)
		memmove(to, data, len);
	return to;
}

uint8_t *
unit_guard_end(struct unit_guard *g, const void *data, size_t len)
{
	unit_assert(len <= g->room, "%zu bytes do not fit into %zu", len, g->room);
	return guard_fill(g->map + g->page + g->room - len, data, len);
}

uint8_t *
unit_guard_begin(struct unit_guard *g, const void *data, size_t len)
{
	unit_assert(len <= g->room, "%zu bytes do not fit into %zu", len, g->room);
	return guard_fill(g->map + g->page, data, len);
}

char *
unit_guard_string(struct unit_guard *g, const char *text)
{
	return (char *)unit_guard_end(g, text, strlen(text) + 1);
}

void
unit_feed(const struct unit_feeder *f, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	struct unit_guard g;
	char how[64];
	size_t i;

	unit_guard_open(&g, len);
	f->begin(f->arg);
	f->feed(f->arg, unit_guard_end(&g, bytes, len), len);
	f->end(f->arg, "whole");

	f->begin(f->arg);
	for (i = 0; i < len; i++)
		f->feed(f->arg, unit_guard_end(&g, bytes + i, 1), 1);
	f->end(f->arg, "byte by byte");

	for (i = 0; i <= len; i++) {
		f->begin(f->arg);
		f->feed(f->arg, unit_guard_end(&g, bytes, i), i);
		f->feed(f->arg, unit_guard_end(&g, bytes, 0), 0);
		f->feed(f->arg, unit_guard_end(&g, bytes + i, len - i), len - i);
		snprintf(how, sizeof(how), "cut at %zu of %zu", i, len);
		f->end(f->arg, how);
	}
	unit_guard_close(&g);
}

const char *
unit_hex(const void *data, size_t len)
{
	static char texts[8][HEX_SHOWN * 2 + 4];
	static unsigned turn;
	const uint8_t *bytes = data;
	char *text = texts[turn++ % 8];
	size_t i;

	text[0] = '\0';
	for (i = 0; i < len && i < HEX_SHOWN; i++)
		snprintf(text + 2 * i, 3, "%02x", (unsigned)bytes[i]);
	if (i < len)
		memcpy(text + 2 * i, "...", 4);
	return text;
}

size_t
unit_unhex(void *out, size_t size, const char *hex)
{
	uint8_t *bytes = out;
	char digits[3] = "", *end;
	size_t n = 0;

	for (; *hex != '\0'; hex++) {
		if (*hex == ' ')
			continue;
		ck_assert_msg(hex[1] != '\0' && n < size, "bad hexadecimal in the test: %s", hex);
		digits[0] = *hex++;
		digits[1] = *hex;
		bytes[n++] = (uint8_t)strtoul(digits, &end, 16);
		ck_assert_msg(*end == '\0', "bad hexadecimal in the test: %s", digits);
	}
	return n;
}

/* SplitMix64, which is small, and for which any state is a good seed. */
uint64_t
unit_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

size_t
unit_random_below(uint64_t *state, size_t limit)
{
	return (size_t)(unit_random(state) % limit);
}

unsigned
unit_stride(void)
{
	static unsigned stride;

	if (stride == 0)
		stride = getenv("WS_SHORT") != NULL ? 29 : 1;
	return stride;
}

void
unit_log_capture(void)
{
	char name[] = "/tmp/websocksy-log.XXXXXX";

	if (log_fd == -1) {
		log_fd = mkstemp(name);
		ck_assert_int_ge(log_fd, 0);
		unlink(name);
	}
	ck_assert_int_eq(ftruncate(log_fd, 0), 0);
	ck_assert_int_eq(lseek(log_fd, 0, SEEK_SET), 0);
	log_to_fd(log_fd);
}

void
unit_log_release(void)
{
	log_to_fd(STDERR_FILENO);
	close(log_fd);
	log_fd = -1;
	free(log_text);
	log_text = NULL;
}

const char *
unit_log_text(void)
{
	ssize_t n;

	if (log_text == NULL)
		log_text = malloc(LOG_KEPT + 1);
	ck_assert_ptr_nonnull(log_text);
	n = pread(log_fd, log_text, LOG_KEPT, 0);
	ck_assert_int_ge(n, 0);
	log_text[n] = '\0';
	return log_text;
}

unsigned
unit_log_count(const char *text)
{
	const char *line = unit_log_text(), *end, *found;
	unsigned n = 0;

	for (; *line != '\0'; line = *end == '\0' ? end : end + 1) {
		end = line + strcspn(line, "\n");
		found = text == NULL ? line : strstr(line, text);
		n += found != NULL && found < end;
	}
	return n;
}

void
unit_files_setup(void)
{
	const char *parent = getenv("TMPDIR");

	if (parent == NULL || *parent == '\0')
		parent = "/tmp";
	snprintf(directory, sizeof(directory), "%s/websocksy-t.XXXXXX", parent);
	/*
	 * Check does not report an assertion that fails in an unchecked fixture, so call abort().
	 */
	if (mkdtemp(directory) == NULL) {
		perror(directory);
		abort();
	}
}

void
unit_files_remove(void)
{
	DIR *d = opendir(directory);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			remove(unit_path(e->d_name));
	}
	if (d != NULL)
		closedir(d);
	rmdir(directory);
}

int
unit_lowest_free(void)
{
	int fd = dup(STDERR_FILENO);

	ck_assert_int_ge(fd, 0);
	close(fd);
	return fd;
}

const char *
unit_path(const char *name)
{
	static char paths[4][PATH_SIZE];
	static unsigned turn;
	char *path = paths[turn++ % 4];

	snprintf(path, PATH_SIZE, "%s/%s", directory, name);
	return path;
}

const char *
unit_file(const char *name, const void *data, size_t len)
{
	const char *path = unit_path(name);
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
	return path;
}

/* -- children -- */

void
unit_leave(int status)
{
	io_close_from(0);
	_exit(status);
}

int
unit_exit_status(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status), "ended with %x", (unsigned)status);
	return WEXITSTATUS(status);
}

void
unit_put_links(const char *other, const char *const *paths, unsigned n, uid_t attacker)
{
	int same = attacker == geteuid();
	char made[PATH_SIZE + 8];
	unsigned i;

	if (!same && setuid(attacker) == -1)
		unit_leave(1);
	snprintf(made, sizeof(made), "%s.link", other);
	for (i = 0; ; i++) {
		/* If one user owns both files, the hard link can succeed, but is no attack. */
		if (i % 2 == 0 || same)
			(void)!symlink(other, made);
		else
			(void)!link(other, made);
		(void)rename(made, paths[i % n]);
		(void)unlink(paths[i % n]);
	}
}
