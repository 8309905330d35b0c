/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef ABSOLUTE_NAME_H
#define ABSOLUTE_NAME_H

/*
 * Returns a copy of a file name, made absolute with the working directory unless it begins with
 * / or is empty: the server may change its working directory later.  The caller frees the copy.
 * Returns NULL after a message.
 */
char	*absolute_name(const char *name);

#endif
