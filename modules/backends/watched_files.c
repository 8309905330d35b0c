/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#define _XOPEN_SOURCE	700

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "watched_files.h"

#define TEXT_MAX	((size_t)64 * 1024 * 1024)	/* bytes of one file */
#define YOUNG		2	/* s in which a file system may give two changes the same time */

static void
set_stamp(struct watched_stamp *s, const struct stat *st, int error)
{
	time_t age;

	memset(s, 0, sizeof(*s));
	s->error = error;
	if (error != 0)
		return;
	s->device = (uint64_t)st->st_dev;
	s->inode = (uint64_t)st->st_ino;
	s->size = (uint64_t)st->st_size;
	s->modified = st->st_mtim;
	s->changed = st->st_ctim;
	age = time(NULL) - st->st_ctim.tv_sec;
	s->young = age >= 0 && age <= YOUNG;
}

static int
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static int
same_stamp(const struct watched_stamp *a, const struct watched_stamp *b)
{
	return a->error == b->error && a->device == b->device && a->inode == b->inode &&
	    a->size == b->size && same_time(&a->modified, &b->modified) &&
	    same_time(&a->changed, &b->changed);
}

/* FNV-1a: enough to see that nothing has changed, which is all that it is for. */
static void
add_to_sum(struct watched_files *s, const void *data, size_t len)
{
	const unsigned char *bytes = data;
	size_t i;

	for (i = 0; i < len; i++)
		s->sum = (s->sum ^ bytes[i]) * 0x100000001b3;
}

static int
fail(char *why, size_t size, const char *name, const char *text)
{
	(void)snprintf(why, size, "%s: %s", name, text);
	return -1;
}

/* A new place for a file; its name becomes ours.  NULL if there is no memory. */
static struct watched_file *
add(struct watched_files *s, char *name)
{
	struct watched_file *file;
	size_t room = s->room == 0 ? 4 : s->room * 2;

	if (name != NULL && s->count == s->room) {
		file = realloc(s->file, room * sizeof(*file));
		if (file == NULL) {
			free(name);
			return NULL;
		}
		s->file = file;
		s->room = room;
	}
	if (name == NULL)
		return NULL;
	file = &s->file[s->count++];
	memset(file, 0, sizeof(*file));
	file->name = name;
	return file;
}

/* Reads up to the end, wherever that is by now; one byte more is there for a NUL. */
static int
read_text(struct watched_file *file, int fd)
{
	size_t room = 0;
	ssize_t n = 1;
	char *text;

	while (n > 0 && file->len <= TEXT_MAX) {
		if (room - file->len < 2) {
			room = room == 0 ? (size_t)file->stamp.size % TEXT_MAX + 4096 : room * 2;
			text = realloc(file->text, room);
			if (text == NULL)
				return ENOMEM;
			file->text = text;
		}
		n = read(fd, file->text + file->len, room - file->len - 1);
		if (n > 0)
			file->len += (size_t)n;
	}
	return n == -1 ? errno : n > 0 ? EFBIG : 0;
}

static int
read_file(struct watched_files *s, struct watched_file *file, int fd, char *why, size_t size)
{
	int error = read_text(file, fd);

	if (error != 0)
		return fail(why, size, file->name, strerror(error));
	add_to_sum(s, file->name, strlen(file->name) + 1);
	add_to_sum(s, file->text, file->len);
	return 0;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
is_wanted(const char *name)
{
	return name[0] != '.' && name[strlen(name) - 1] != '~';
}

/* The names of a directory, in order: 0, or errno. */
static int
list(int fd, char ***names, size_t *count)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;
	size_t room = 0;
	char **more;

	*names = NULL;
	*count = 0;
	if (d == NULL) {
		close(fd);
		return errno;
	}
	while ((e = readdir(d)) != NULL) {
		if (!is_wanted(e->d_name))
			continue;
		if (*count == room) {
			room = room == 0 ? 64 : room * 2;
			more = realloc(*names, room * sizeof(*more));
			if (more == NULL)
				break;
			*names = more;
		}
		(*names)[*count] = strdup(e->d_name);
		if ((*names)[*count] == NULL)
			break;
		++*count;
	}
	closedir(d);
	if (e != NULL)
		return ENOMEM;
	if (*count > 0)
		qsort(*names, *count, sizeof(**names), compare);
	return 0;
}

static int read_one(struct watched_files *s, char *name, int inside, char *why, size_t size);

static int
read_directory(struct watched_files *s, const char *name, int fd, char *why, size_t size)
{
	size_t i, count, len = strlen(name);
	int error, result = 0;
	char **names, *whole;

	error = list(fd, &names, &count);
	if (error != 0)
		result = fail(why, size, name, strerror(error));
	for (i = 0; i < count; i++) {
		whole = result == 0 ? malloc(len + 1 + strlen(names[i]) + 1) : NULL;
		if (whole != NULL) {
			memcpy(whole, name, len);
			whole[len] = '/';
			strcpy(whole + len + 1, names[i]);
		}
		if (result == 0)
			result = read_one(s, whole, 1, why, size);
		free(names[i]);
	}
	free(names);
	return result;
}

/* Reads a file or, unless it is in one itself, a directory; the name becomes ours. */
static int
read_one(struct watched_files *s, char *name, int inside, char *why, size_t size)
{
	struct watched_file *file = add(s, name);
	struct stat st;
	int fd, error;

	if (file == NULL)
		return fail(why, size, "a table", strerror(ENOMEM));
	fd = open(file->name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	memset(&st, 0, sizeof(st));
	error = fd == -1 || fstat(fd, &st) == -1 ? errno : 0;
	set_stamp(&file->stamp, &st, error);
	if (error == 0 && S_ISDIR(st.st_mode) && !inside)
		return read_directory(s, file->name, fd, why, size);
	if (error == 0 && S_ISREG(st.st_mode))
		error = read_file(s, file, fd, why, size);
	else if (error == 0)
		/* What else a directory has is not meant. */
		error = inside ? 0 : fail(why, size, file->name, "not a regular file");
	else if (!inside || error != ENOENT)
		error = fail(why, size, file->name, strerror(error));
	else
		error = 0;
	if (fd != -1)
		close(fd);
	return error;
}

int
watched_files_read(struct watched_files *s, const char *name, char *why, size_t size)
{
	memset(s, 0, sizeof(*s));
	s->sum = 0xcbf29ce484222325;
	return read_one(s, strdup(name), 0, why, size);
}

int
watched_files_changed(const struct watched_files *s)
{
	struct watched_stamp now;
	struct stat st;
	size_t i;

	for (i = 0; i < s->count; i++) {
		set_stamp(&now, &st, stat(s->file[i].name, &st) == -1 ? errno : 0);
		if (s->file[i].stamp.young || !same_stamp(&now, &s->file[i].stamp))
			return 1;
	}
	return s->count == 0;
}

void
watched_files_forget(struct watched_files *s)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		free(s->file[i].text);
		s->file[i].text = NULL;
	}
}

void
watched_files_free(struct watched_files *s)
{
	size_t i;

	watched_files_forget(s);
	for (i = 0; i < s->count; i++)
		free(s->file[i].name);
	free(s->file);
	memset(s, 0, sizeof(*s));
}
