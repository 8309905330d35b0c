/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef LINE_END_H
#define LINE_END_H

/*
 * Returns the word for a line end (lf, crlf, cr or lfcr) that text means in another spelling, such
 * as LF, \n or unix; or the word itself with blanks around it.  Returns NULL if text means none.
 * The result is a suggestion for a message: only the words themselves are valid.
 */
const char *line_end_meant(const char *text);

#endif
