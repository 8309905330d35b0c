/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef ABSOLUTE_NAME_H
#define ABSOLUTE_NAME_H

/*
 * Returns a copy of a file's name with the working directory before it, unless it begins with /
 * or is empty: the server may change its working directory later.  The caller frees it.  NULL
 * after a message.
 */
char	*absolute_name(const char *name);

#endif
