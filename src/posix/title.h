/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef TITLE_H
#define TITLE_H

/*
 * The process title: the text that ps(1) shows in place of the arguments.  Where a process
 * cannot set it, and in a build without extensions, the functions do nothing.
 */

/*
 * Reserves the memory of the arguments for titles, and as much of the environment's memory as a
 * title needs.  The strings there are copied, and argv and environ then point to the copies, so
 * no pointer to one of the strings may have been stored before.
 */
void	title_init(int argc, char **argv);

#if defined(__GNUC__)
#define TITLE_PRINTF	__attribute__((format(printf, 1, 2)))
#else
#define TITLE_PRINTF
#endif

/*
 * Sets the title to "websocksy: " and the formatted text, cut to the space there is, with a '?'
 * for each byte that is not printable ASCII.  May take a system call: not to be used for each
 * message.
 */
void	title_set(const char *format, ...)	TITLE_PRINTF;

#endif
