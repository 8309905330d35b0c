/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef TITLE_H
#define TITLE_H

/*
 * What ps(1) shows of this process in place of its arguments, where a process can say that.
 * Elsewhere, and in a build without extensions, all of this does nothing.
 */

/*
 * Takes the memory of the arguments, and as much of the environment's as a title needs.  What was
 * there is copied, and argv and environ name the copies; so this comes before anybody keeps a
 * pointer to one of those strings.
 */
void	title_init(int argc, char **argv);

#if defined(__GNUC__)
#define TITLE_PRINTF	__attribute__((format(printf, 1, 2)))
#else
#define TITLE_PRINTF
#endif

/*
 * Shows "websocksy: " and this text, cut to what there is room for, a '?' for each byte
 * that is not printable ASCII.  For once in a connection: some systems take a call for it.
 */
void	title_set(const char *format, ...)	TITLE_PRINTF;

#endif
