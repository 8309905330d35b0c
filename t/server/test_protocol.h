/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef TEST_PROTOCOL_H
#define TEST_PROTOCOL_H

#include <check.h>
#include <stddef.h>
#include <stdint.h>

/* The parts of the program test_protocol: each adds its test cases. */
void	test_protocol_close(Suite *s);
void	test_protocol_flood(Suite *s);

/* Reads hexadecimal digits, blanks ignored, into out; returns the number of bytes. */
size_t	test_protocol_unhex(uint8_t *out, size_t size, const char *hex);

#endif
