/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CLOSE_CODE_H
#define CLOSE_CODE_H

/*
 * Close codes, the status codes of a WebSocket's end (RFC 6455 section 7.4.1), by the names of the
 * registry at IANA.  A client may send others, up to 4999: codes are kept in an unsigned.
 */
enum close_code {
	CLOSE_NORMAL = 1000,
	CLOSE_GOING_AWAY = 1001,
	CLOSE_PROTOCOL_ERROR = 1002,
	CLOSE_UNSUPPORTED_DATA = 1003,
	CLOSE_RESERVED = 1004,		/* never in a frame */
	CLOSE_NO_STATUS = 1005,		/* a close frame without a code; never in a frame */
	CLOSE_ABNORMAL = 1006,		/* the connection ended without a close frame; never in one */
	CLOSE_INVALID_DATA = 1007,	/* text that is not UTF-8 */
	CLOSE_POLICY_VIOLATION = 1008,
	CLOSE_TOO_BIG = 1009,
	CLOSE_INTERNAL_ERROR = 1011,
	CLOSE_BAD_GATEWAY = 1014,	/* the last code of the registry that may stand in a frame */
	CLOSE_TLS_HANDSHAKE = 1015	/* never in a frame */
};

#endif
