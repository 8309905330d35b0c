/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef UNIT_H
#define UNIT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "countof.h"

/*
 * Functions for unit tests: memory between guard pages, input cut in every way, hexadecimal,
 * random numbers, the captured log, files. No function returns an error: a function that fails
 * ends the test.
 */

/*
 * ck_assert_msg() for conditions that are checked very often: Check writes to a file at each of its
 * assertions, also at those that hold. The file that uses this must include check.h.
 */
#define unit_assert(condition, ...) do {							\
	if (!(condition))									\
		ck_abort_msg(__VA_ARGS__);							\
} while (0)

/*
 * Memory between two pages that cannot be accessed: a read or write one byte too far ends the
 * test with a signal.
 */
struct unit_guard {
	uint8_t	*map;
	size_t	 room, page;
};

/* unit_guard_open() maps memory for at least size bytes; unit_guard_close() unmaps it. */
void	 unit_guard_open(struct unit_guard *g, size_t size);
void	 unit_guard_close(struct unit_guard *g);

/*
 * Copies len bytes into the guarded memory; if data is NULL, fills len bytes with 0xa5. With
 * unit_guard_end() the guard page follows the last byte; with unit_guard_begin() a guard page
 * precedes the first byte. The copy is valid until the next call for the same guard.
 */
uint8_t	*unit_guard_end(struct unit_guard *g, const void *data, size_t len);
uint8_t	*unit_guard_begin(struct unit_guard *g, const void *data, size_t len);

/* Like unit_guard_end(), for a string: the guard page follows its NUL. */
char	*unit_guard_string(struct unit_guard *g, const char *text);

/*
 * Passes len bytes to an incremental reader: whole, then byte by byte, then cut in two at each
 * place with an empty piece between the two. A guard page follows each piece. begin() is called
 * before each of these passes and end() after it; `how` describes the pass in messages.
 */
struct unit_feeder {
	void	(*begin)(void *arg);
	void	(*feed)(void *arg, const uint8_t *piece, size_t len);
	void	(*end)(void *arg, const char *how);
	void	*arg;
};
void	 unit_feed(const struct unit_feeder *f, const void *data, size_t len);

/*
 * Returns the first 64 bytes in hexadecimal, for messages; valid until the eighth call after this
 * one.
 */
const char *unit_hex(const void *data, size_t len);

/* Converts hexadecimal digits to bytes in out; blanks are ignored. Returns the number of bytes. */
size_t	 unit_unhex(void *out, size_t size, const char *hex);

/*
 * Returns the next number of a random sequence that is the same in every run. *state is the seed.
 */
uint64_t unit_random(uint64_t *state);

/*
 * Returns the step of a loop over all inputs of a kind, or over many random inputs: 1, or 29 if
 * WS_SHORT is in the environment. `make check-valgrind` sets it: such loops take about fifty times
 * as long there, and run in full in the other builds.
 */
unsigned unit_stride(void);

/* Returns the next number of the sequence of unit_random(), reduced to 0 up to limit - 1. */
size_t	unit_random_below(uint64_t *state, size_t limit);

/*
 * unit_log_capture() sends the log to an empty file, and a second call empties the file.
 * unit_log_text() returns the text logged since then. unit_log_release() sends the log to
 * standard error again. A checked fixture can use the first function as its setup and the last as
 * its teardown.
 */
void	 unit_log_capture(void);
void	 unit_log_release(void);
const char *unit_log_text(void);

/*
 * For a child process: as the user `attacker`, creates symbolic and hard links to the file
 * `other` at the n paths, in turn, and removes them, until the process is killed.
 */
void	 unit_put_links(const char *other, const char *const *paths, unsigned n, uid_t attacker)
	    __attribute__((noreturn));

/*
 * Exits from a child process with this status, after closing all its descriptors, which valgrind
 * would report.
 */
void	 unit_leave(int status) __attribute__((noreturn));

/* Waits for a child process, which must exit, and returns its exit status. */
int	 unit_exit_status(pid_t pid);

/* Returns the number of captured log lines that contain text; of all lines if text is NULL. */
unsigned unit_log_count(const char *text);

/* Returns the lowest free descriptor: a leak changes this number. */
int	 unit_lowest_free(void);

/*
 * A directory for files of the test program. unit_files_setup() and unit_files_remove() are the
 * two functions of an unchecked fixture: they run in the parent process, so a failed test leaves
 * nothing. unit_path() returns a path in the directory; unit_file() also creates or replaces the
 * file. The path is valid until the fourth call after this one.
 */
void	 unit_files_setup(void);
void	 unit_files_remove(void);
const char *unit_path(const char *name);
const char *unit_file(const char *name, const void *data, size_t len);

#endif
