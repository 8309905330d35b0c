/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* The version of the program t/websocksy-next, to which tests upgrade. */

#include "config.h"

#include "base/version.h"

const char version[] = PACKAGE_VERSION "-next";
