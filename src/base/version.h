/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef VERSION_H
#define VERSION_H

/* What -V prints; a file of its own, so that a test can link a program of another version. */
extern const char version[];

#endif
