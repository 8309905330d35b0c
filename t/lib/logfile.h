/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef LOGFILE_H
#define LOGFILE_H

/* Reads files that the program writes, such as its log. A failure ends the test. */

/* Returns the whole file as a string; the caller frees it. */
char	*logfile_text(const char *path);

/* Returns the number of lines of text that contain these words. */
unsigned logfile_count(const char *text, const char *words);

/*
 * Waits until at least n lines of a file contain these words. Returns the whole file as a string;
 * the caller frees it.
 */
char	*logfile_expect(const char *path, const char *words, unsigned n);

#endif
