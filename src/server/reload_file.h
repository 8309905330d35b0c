/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef RELOAD_FILE_H
#define RELOAD_FILE_H

#include <stdio.h>

/*
 * The unnamed file through which a master hands its state to the program that it executes.  The
 * environment variable WEBSOCKSY_STATE contains the number of its descriptor.
 */

/*
 * Makes the file with this text, and sets the environment variable.  The program that this process
 * executes inherits the descriptor.  Returns the descriptor, or -1 after a message.
 */
int	reload_file_make(const char *text, size_t len);

/* If the program could not be executed: unsets the variable and closes the descriptor. */
void	reload_file_drop(int fd);

/*
 * Opens the file that the variable names, for reading from its start, and unsets the variable.  A
 * file of another user, with a name or with rights for others is refused: it would choose the
 * descriptors and the processes that this master uses.  Returns 1, 0 if the variable is not set, or
 * -1 after a message.
 */
int	reload_file_open(FILE **f);

#endif
