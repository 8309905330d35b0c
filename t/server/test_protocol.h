/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef TEST_PROTOCOL_H
#define TEST_PROTOCOL_H

#include <check.h>

/* The parts of the program test_protocol: each adds its test cases. */
void	test_protocol_close(Suite *s);
void	test_protocol_flood(Suite *s);

#endif
