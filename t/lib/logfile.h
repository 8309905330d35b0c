/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef LOGFILE_H
#define LOGFILE_H

/* Files that the program writes to, read by the test.  Failures end the test (expect.h). */

/* All of a file, as a string to be freed. */
char	*logfile_text(const char *path);

/* How many of its lines have these words. */
unsigned logfile_count(const char *text, const char *words);

/* Waits until a file has n lines with these words; all of it, to be freed. */
char	*logfile_expect(const char *path, const char *words, unsigned n);

#endif
