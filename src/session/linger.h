/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef LINGER_H
#define LINGER_H

#include <stdint.h>

#include "conf/conf.h"

/*
 * Ends two sockets so that their last bytes are not lost: no more is sent, and what
 * still comes is read away until the other side has ended too, for close-timeout
 * at most and not beyond limit, a clock value.  Either may be -1.
 */
void	linger(int client, int peer, const struct conf *conf, uint64_t limit);

#endif
