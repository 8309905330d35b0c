/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef LOGFILE_H
#define LOGFILE_H

/* Files that the program writes, such as its log, read by the test. A failure ends the test. */

/* The whole file as a string; the caller frees it. */
char	*logfile_text(const char *path);

/* The number of lines of text that contain these words. */
unsigned logfile_count(const char *text, const char *words);

/*
 * Waits until at least n lines of a file contain these words. Returns the whole file, which the
 * caller frees.
 */
char	*logfile_expect(const char *path, const char *words, unsigned n);

#endif
