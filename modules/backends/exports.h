/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef EXPORTS_H
#define EXPORTS_H

#include <websocksy.h>

/*
 * The functions that the server calls in a backend module.  websocksy.h describes when it calls
 * them.
 */
WS_EXPORT uint64_t init(void);
WS_EXPORT uint64_t configure(char *key, char *value);
WS_EXPORT int configured(void);
WS_EXPORT ws_peer_info query(char *endpoint, size_t protocols, char **protocol, size_t headers,
    ws_http_header *header, websocket *ws);
WS_EXPORT void cleanup(void);
WS_EXPORT int worker_init(void);
WS_EXPORT void worker_exit(void);

#endif
