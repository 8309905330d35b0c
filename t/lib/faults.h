/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef FAULTS_H
#define FAULTS_H

/*
 * Calls of the program that fail at will, by t/modules/preload_faults.c.
 *
 *	if (!faults_wrap("WS_ACCEPT", ""))
 *		skip("valgrind would have the library too");
 *	... start the program, harness_unwrap() ...
 *	faults_begin(EMFILE);
 *	... faults_end() ...
 */

/*
 * The next program to be started can have this kind of call fail; file is what WS_WRITE is about.
 * 0, and nothing done, where that cannot be.
 */
int	faults_wrap(const char *kind, const char *file);

/* From now on it fails with this error; and no longer. */
void	faults_begin(int number);
void	faults_end(void);

#endif
