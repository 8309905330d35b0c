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

#include "base/utf8.h"

#include "array.h"
#include "leftover.h"
#include "watched_files.h"

#define TEXT_MAX	((size_t)64 * 1024 * 1024)	/* bytes of one file, at most */
#define RECENT		2	/* s; changes within this time may get the same time stamp */

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
	/* time() may return a time some milliseconds before that of the file system. */
	age = time(NULL) - st->st_ctim.tv_sec;
	s->recent = age >= -RECENT && age <= RECENT;
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

/* Adds bytes to the sum, an FNV-1a hash: it only has to differ after ordinary changes. */
static void
add_to_sum(struct watched_files *w, const void *data, size_t len)
{
	const unsigned char *bytes = data;
	size_t i;

	for (i = 0; i < len; i++)
		w->sum = (w->sum ^ bytes[i]) * 0x100000001b3;
}

static int
watched_error(char *why, size_t size, const char *name, const char *text)
{
	(void)snprintf(why, size, "%s: %s", name, text);
	return -1;
}

/*
 * Adds a file.  *w takes over the name, which comes from malloc().  Returns NULL if there is no
 * memory.
 */
static struct watched_file *
add_file(struct watched_files *w, char *name)
{
	struct watched_file *file;

	if (name == NULL)
		return NULL;
	file = array_grow(w->file, w->count, &w->room, sizeof(*file));
	if (file == NULL) {
		free(name);
		return NULL;
	}
	w->file = file;
	file = &w->file[w->count++];
	memset(file, 0, sizeof(*file));
	file->name = name;
	return file;
}

/*
 * Reads a file up to its end, which may have moved since fstat().  One byte after the text is
 * left for a NUL.  Returns 0 or an errno.
 */
static int
read_text(struct watched_file *file, int fd)
{
	size_t room = (size_t)file->stamp.size % TEXT_MAX + 4096;
	ssize_t n = 1;
	char *text;

	file->text = malloc(room);
	if (file->text == NULL)
		return ENOMEM;
	while (n > 0 && file->len <= TEXT_MAX) {
		text = array_grow(file->text, file->len + 1, &room, 1);
		if (text == NULL)
			return ENOMEM;
		file->text = text;
		n = read(fd, text + file->len, room - file->len - 1);
		if (n > 0)
			file->len += (size_t)n;
	}
	return n == -1 ? errno : n > 0 ? EFBIG : 0;
}

static int
read_watched_file(struct watched_files *w, struct watched_file *file, int fd, char *why,
    size_t size)
{
	int error = read_text(file, fd);

	if (error != 0)
		return watched_error(why, size, file->name, strerror(error));
	add_to_sum(w, file->name, strlen(file->name) + 1);
	add_to_sum(w, file->text, file->len);
	if (utf8_mark(file->text, file->len) == -1)
		return watched_error(why, size, file->name, UTF8_MARK_WHY);
	return 0;
}

static int
is_wanted(const struct dirent *entry)
{
	return !leftover_name(entry->d_name);
}

static int read_one(struct watched_files *w, char *name, int inside, char *why, size_t size);

/*
 * Reads the files of a directory.  The stamp of the directory was taken before, so a file that
 * is added or removed during the reading is noticed at the next check.
 */
static int
read_directory(struct watched_files *w, const char *name, char *why, size_t size)
{
	struct dirent **entries;
	size_t length;
	char *path;
	int i, n, result = 0;

	n = scandir(name, &entries, is_wanted, alphasort);
	if (n == -1)
		return watched_error(why, size, name, strerror(errno));
	for (i = 0; i < n; i++) {
		length = strlen(name) + 1 + strlen(entries[i]->d_name) + 1;
		path = result == 0 ? malloc(length) : NULL;
		if (path != NULL)
			(void)snprintf(path, length, "%s/%s", name, entries[i]->d_name);
		if (result == 0)
			result = read_one(w, path, 1, why, size);
		free(entries[i]);
	}
	free(entries);
	return result;
}

/*
 * Reads the file `name`.  If `name` is a directory, reads the files in it; a directory in that
 * directory (`inside` is 1) is skipped.  `name` comes from malloc(), and *w takes ownership of it;
 * NULL means that there was no memory.  Returns 0, or -1 with the reason in why.
 */
static int
read_one(struct watched_files *w, char *name, int inside, char *why, size_t size)
{
	struct watched_file *file = add_file(w, name);
	struct stat st;
	int fd, error, result = 0;

	if (file == NULL)
		return watched_error(why, size, "reading files", strerror(ENOMEM));
	/* Use the name and not *file from here on: *file may move when files are added. */
	name = file->name;
	fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	memset(&st, 0, sizeof(st));
	error = fd == -1 || fstat(fd, &st) == -1 ? errno : 0;
	set_stamp(&file->stamp, &st, error);
	if (error == 0 && S_ISREG(st.st_mode))
		result = read_watched_file(w, file, fd, why, size);
	else if (error == 0 && S_ISDIR(st.st_mode) && !inside)
		result = read_directory(w, name, why, size);
	/* Directories, devices and dangling links in a directory are ignored. */
	else if (error == 0 && !inside)
		result = watched_error(why, size, name, "not a regular file");
	else if (error != 0 && (!inside || error != ENOENT))
		result = watched_error(why, size, name, strerror(error));
	if (fd != -1)
		close(fd);
	return result;
}

int
watched_files_read(struct watched_files *w, const char *name, char *why, size_t size)
{
	memset(w, 0, sizeof(*w));
	w->sum = 0xcbf29ce484222325;
	return read_one(w, strdup(name), 0, why, size);
}

int
watched_files_changed(const struct watched_files *w)
{
	struct watched_stamp now;
	struct stat st;
	size_t i;

	for (i = 0; i < w->count; i++) {
		set_stamp(&now, &st, stat(w->file[i].name, &st) == -1 ? errno : 0);
		if (w->file[i].stamp.recent || !same_stamp(&now, &w->file[i].stamp))
			return 1;
	}
	return w->count == 0;
}

void
watched_files_drop_texts(struct watched_files *w)
{
	size_t i;

	for (i = 0; i < w->count; i++) {
		free(w->file[i].text);
		w->file[i].text = NULL;
	}
}

void
watched_files_free(struct watched_files *w)
{
	size_t i;

	watched_files_drop_texts(w);
	for (i = 0; i < w->count; i++)
		free(w->file[i].name);
	free(w->file);
	memset(w, 0, sizeof(*w));
}
