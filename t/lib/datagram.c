/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "datagram.h"
#include "expect.h"
#include "sock.h"

void
datagram_expect(struct datagram_peer *p, const void *data, size_t len)
{
	static uint8_t received[256 * 1024];	/* larger than any datagram of the tests */
	ssize_t n;

	if (!sock_readable(p->fd, EXPECT_MS))
		expect_fail("no datagram came (%zu bytes)", len);
	p->size = sizeof(p->bridge);
	n = recvfrom(p->fd, received, sizeof(received), 0, &p->bridge.sa, &p->size);
	if (n == -1)
		expect_fail("recvfrom: %s", strerror(errno));
	if ((size_t)n != len || (len > 0 && memcmp(received, data, len) != 0))
		expect_fail("a datagram of %zd bytes, should be another of %zu", n, len);
}

void
datagram_send(const struct datagram_peer *p, const void *data, size_t len)
{
	if (!sock_writable(p->fd, EXPECT_MS) ||
	    sendto(p->fd, data, len, 0, &p->bridge.sa, p->size) != (ssize_t)len)
		expect_fail("sendto: %zu bytes: %s", len, strerror(errno));
}
