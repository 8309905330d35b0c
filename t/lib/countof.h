/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef COUNTOF_H
#define COUNTOF_H

/* The number of elements of an array, such as a table of test rows. */
#define COUNTOF(a)	(sizeof(a) / sizeof((a)[0]))

#endif
