/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef TITLE_H
#define TITLE_H

/*
 * The process title: the text that ps(1) shows in place of the arguments.  On a system where a
 * process cannot set its title, and in a build without extensions, the functions do nothing.
 */

/*
 * Reserves memory for titles: the memory of the arguments, and as much memory of the environment as
 * a title needs.  The strings in this memory are copied, and argv and environ are changed to point
 * to the copies.  So no other pointer to one of the strings may exist before the call.
 */
void	title_init(int argc, char **argv);

#if defined(__GNUC__)
#define TITLE_PRINTF	__attribute__((format(printf, 1, 2)))
#else
#define TITLE_PRINTF
#endif

/*
 * Sets the title to "websocksy: " and the formatted text.  The title is cut to the reserved memory,
 * and each byte that is not printable ASCII becomes a '?'.  May make a system call, so it should
 * not be called for each message.
 */
void	title_set(const char *format, ...)	TITLE_PRINTF;

#endif
