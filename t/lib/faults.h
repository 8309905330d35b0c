/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef FAULTS_H
#define FAULTS_H

/*
 * Fault injection: the library t/modules/preload_faults.c, loaded with LD_PRELOAD, makes system
 * calls of the program fail from faults_begin() to faults_end().
 *
 *	if (!faults_wrap("WS_ACCEPT", ""))
 *		skip, because valgrind would load the library too;
 *	... start the program, harness_unwrap() ...
 *	faults_begin(EMFILE);
 *	... faults_end() ...
 */

/*
 * Makes system calls of this kind fail, from faults_begin() on, in the next program that is
 * started; preload_faults.c lists the kinds. For WS_WRITE, `file` is the file whose writes fail.
 * With WS_THREAD nothing fails; the program has one more thread from its start on. Returns 1;
 * under valgrind returns 0 and does nothing.
 */
int	faults_wrap(const char *kind, const char *file);

/* From this call on until faults_end(), the system calls fail with this errno. */
void	faults_begin(int number);
void	faults_end(void);

#endif
