/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BACKEND_DEFAULT_H
#define BACKEND_DEFAULT_H

#include "backend.h"

/*
 * The built-in backend: the same peer for every client.  Options: host, port,
 * framing, framing-config, protocol.
 */
const struct backend *backend_default(void);

#endif
