/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef UNIT_H
#define UNIT_H

#include <stddef.h>
#include <stdint.h>

#include "countof.h"

/*
 * What the Check programs share.  Nothing here returns an error: what cannot
 * work ends the test with a message.
 */

/*
 * Memory with a page that cannot be touched before it and another behind it,
 * so that reading or writing one byte too far ends the test.
 */
struct unit_guard {
	uint8_t	*map;
	size_t	 room, page;
};

/* Room for at least size bytes. */
void	 unit_guard_open(struct unit_guard *g, size_t size);
void	 unit_guard_close(struct unit_guard *g);

/*
 * A copy of len bytes that ends flush against the page behind, or that begins
 * flush behind the page before.  data NULL: len bytes of 0xa5.  The copy is
 * good until the next call for the same guard.
 */
uint8_t	*unit_guard_end(struct unit_guard *g, const void *data, size_t len);
uint8_t	*unit_guard_begin(struct unit_guard *g, const void *data, size_t len);

/* The same for a string: its NUL is the last byte that can be read. */
char	*unit_guard_string(struct unit_guard *g, const char *text);

/*
 * Hands len bytes to an incremental reader in every interesting way: whole,
 * byte by byte, and cut in two (with an empty piece between) at each point.
 * Each piece is flush against a guard page.  begin and end frame each way;
 * how describes it for messages.
 */
struct unit_feeder {
	void	(*begin)(void *arg);
	void	(*feed)(void *arg, const uint8_t *piece, size_t len);
	void	(*end)(void *arg, const char *how);
	void	*arg;
};
void	 unit_feed(const struct unit_feeder *f, const void *data, size_t len);

/* At most 64 bytes in hexadecimal, for messages.  Good until the eighth call after this one. */
const char *unit_hex(const void *data, size_t len);

/* Reads hexadecimal digits, blanks ignored, into out.  Returns the number of bytes. */
size_t	 unit_unhex(void *out, size_t size, const char *hex);

/* The next of a sequence that is the same on every run; start with any *state. */
uint64_t unit_random(uint64_t *state);

/* A number of that sequence from 0 to limit - 1. */
size_t	unit_random_below(uint64_t *state, size_t limit);

/*
 * unit_log_capture() sends the log into a file that is empty at first, and may be
 * called again to empty it; unit_log_text() reads it; unit_log_release() ends this.
 * The first and last make a checked fixture.
 */
void	 unit_log_capture(void);
void	 unit_log_release(void);
const char *unit_log_text(void);
/* How many lines the log has that contain text; how many in all if it is NULL. */
unsigned unit_log_count(const char *text);

/*
 * A directory for the files of a test program: unit_files_setup() and
 * unit_files_remove() are its unchecked fixtures (they run in the process that
 * outlives a failed test).  unit_file() makes or replaces a file in it, unit_path()
 * only names one; the path is good until the fourth call after this one.
 */
void	 unit_files_setup(void);
void	 unit_files_remove(void);
const char *unit_path(const char *name);
const char *unit_file(const char *name, const void *data, size_t len);

#endif
