/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* The version of t/tools/websocksy-next, the newer program for the tests of upgrades. */

#include "config.h"

#include "base/version.h"

const char version[] = PACKAGE_VERSION "-next";
