/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef TEST_LIMITS_H
#define TEST_LIMITS_H

#include <check.h>

/* The part of the program test_limits about limits of the server: adds its test cases. */
void	test_limits_server(Suite *s);

#endif
