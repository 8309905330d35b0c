/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef TEST_HANDSHAKE_H
#define TEST_HANDSHAKE_H

#include <check.h>

#include "lib/pair.h"

/*
 * The parts of the program test_handshake: each adds its test cases.
 */
void	test_handshake_arrival(Suite *s);

/* An accepted client whose peer is there: data goes both ways, and all ends well. */
void	test_handshake_use(struct pair *p, struct client *c);

#endif
