/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef T_H
#define T_H

#include <stddef.h>
#include <stdint.h>

/*
 * What the Check programs share.  Nothing here returns an error: what cannot
 * work ends the test with a message.
 */

/* The number of elements of an array. */
#define T_COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/*
 * Memory with a page that cannot be touched before it and another behind it,
 * so that reading or writing one byte too far ends the test.
 */
struct t_guard {
	uint8_t	*map;
	size_t	 room, page;
};

/* Room for at least size bytes. */
void	 t_guard_open(struct t_guard *g, size_t size);
void	 t_guard_close(struct t_guard *g);

/*
 * A copy of len bytes that ends flush against the page behind, or that begins
 * flush behind the page before.  data NULL: len bytes of 0xa5.  The copy is
 * good until the next call for the same guard.
 */
uint8_t	*t_guard_end(struct t_guard *g, const void *data, size_t len);
uint8_t	*t_guard_begin(struct t_guard *g, const void *data, size_t len);

/* The same for a string: its NUL is the last byte that can be read. */
char	*t_guard_string(struct t_guard *g, const char *text);

/*
 * Hands len bytes to an incremental reader in every interesting way: whole,
 * byte by byte, and cut in two (with an empty piece between) at each point.
 * Each piece is flush against a guard page.  begin and end frame each way;
 * how describes it for messages.
 */
struct t_feeder {
	void	(*begin)(void *arg);
	void	(*feed)(void *arg, const uint8_t *piece, size_t len);
	void	(*end)(void *arg, const char *how);
	void	*arg;
};
void	 t_feed(const struct t_feeder *f, const void *data, size_t len);

/* At most 64 bytes in hexadecimal, for messages.  Good until the eighth call after this one. */
const char *t_hex(const void *data, size_t len);

/* Reads hexadecimal digits, blanks ignored, into out.  Returns the number of bytes. */
size_t	 t_unhex(void *out, size_t size, const char *hex);

/* The next of a sequence that is the same on every run; start with any *state. */
uint64_t t_random(uint64_t *state);

/*
 * t_log_capture() sends the log into a file that is empty at first, and may be
 * called again to empty it; t_log_text() reads it; t_log_release() ends this.
 * The first and last make a checked fixture.
 */
void	 t_log_capture(void);
void	 t_log_release(void);
const char *t_log_text(void);
/* How many lines the log has that contain text; how many in all if it is NULL. */
unsigned t_log_count(const char *text);

/*
 * A directory for the files of a test program: t_files_setup() and
 * t_files_remove() are its unchecked fixtures (they run in the process that
 * outlives a failed test).  t_file() makes or replaces a file in it, t_path()
 * only names one; the path is good until the fourth call after this one.
 */
void	 t_files_setup(void);
void	 t_files_remove(void);
const char *t_path(const char *name);
const char *t_file(const char *name, const void *data, size_t len);

#endif
