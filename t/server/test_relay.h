/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef TEST_RELAY_H
#define TEST_RELAY_H

#include <check.h>

/* The parts of the program test_relay: each adds its test cases. */
void	test_relay_end(Suite *s);

#endif
