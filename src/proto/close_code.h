/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CLOSE_CODE_H
#define CLOSE_CODE_H

/*
 * Close codes, the status codes of RFC 6455 section 7.4.1, with the names of IANA's registry.  A
 * client may also send other codes, up to 4999, so variables that hold a close code are unsigned.
 */
enum close_code {
	CLOSE_NORMAL = 1000,
	CLOSE_GOING_AWAY = 1001,
	CLOSE_PROTOCOL_ERROR = 1002,
	CLOSE_UNSUPPORTED_DATA = 1003,
	CLOSE_RESERVED = 1004,		/* never in a frame */
	CLOSE_NO_STATUS = 1005,		/* never in a frame: means a close frame without a code */
	CLOSE_ABNORMAL = 1006,		/* never in a frame: means an end without a close frame */
	CLOSE_INVALID_DATA = 1007,	/* for example text that is not UTF-8 */
	CLOSE_POLICY_VIOLATION = 1008,
	CLOSE_TOO_BIG = 1009,
	CLOSE_INTERNAL_ERROR = 1011,
	CLOSE_BAD_GATEWAY = 1014,	/* the highest code below 3000 that a frame may contain */
	CLOSE_TLS_HANDSHAKE = 1015	/* never in a frame */
};

#endif
