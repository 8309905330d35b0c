/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include "base/version.h"

const char version[] = PACKAGE_VERSION;
