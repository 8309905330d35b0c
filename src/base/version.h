/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef VERSION_H
#define VERSION_H

/* The version that -V prints, in a file of its own so that a test can link another version. */
extern const char version[];

#endif
