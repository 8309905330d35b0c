/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef TEST_HANDSHAKE_H
#define TEST_HANDSHAKE_H

#include <check.h>

#include "lib/pair.h"

/*
 * The part of the program test_handshake about how the bytes of a request arrive: adds its test
 * case.
 */
void	test_handshake_arrival(Suite *s);

/*
 * For an accepted client: accepts the peer's connection, sends data in both directions, and
 * closes.
 */
void	test_handshake_use(struct pair *p, struct client *c);

#endif
