/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "posix/keepalive.h"

#define IDLE_MAX	32767	/* seconds; the largest value that Linux accepts */
#define USER_MAX	(900 * 1000)	/* ms; systems give up data after about 15 minutes */
#define AGAIN		1000	/* ms until an end is asked again that is silent for too long */

/* macOS has another name for this option. */
#if !defined(TCP_KEEPIDLE) && defined(TCP_KEEPALIVE)
#define TCP_KEEPIDLE	TCP_KEEPALIVE
#endif

/* Returns the idle time in whole seconds. */
static uint64_t
idle_seconds(uint64_t idle)
{
	uint64_t seconds = idle / 1000 + (idle % 1000 != 0);

	return seconds < IDLE_MAX ? seconds : IDLE_MAX;
}

/* Returns the time in seconds between two probes. */
static uint64_t
interval_seconds(uint64_t idle)
{
	return (idle_seconds(idle) + KEEPALIVE_PROBES - 1) / KEEPALIVE_PROBES;
}

/* Returns the time in milliseconds after which a silent end has not acknowledged any probe. */
static uint64_t
silence_max(uint64_t idle)
{
	return (idle_seconds(idle) + KEEPALIVE_PROBES * interval_seconds(idle)) * 1000;
}

static int
set(int fd, int level, int option, uint64_t value)
{
	int number = (int)value;

	return setsockopt(fd, level, option, &number, sizeof(number));
}

/*
 * Limits the time for which data is not acknowledged: no probe is sent meanwhile.  A time that is
 * longer than that of the system would not be a limit.
 */
static void
set_user_timeout(int fd, uint64_t time)
{
#if defined(TCP_USER_TIMEOUT)
	if (time < USER_MAX)
		(void)set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, time);
#else
	(void)fd;
	(void)time;
#endif
}

int
keepalive_start(int fd, uint64_t idle, uint64_t stall)
{
	int is_tcp = 0;

	if (set(fd, SOL_SOCKET, SO_KEEPALIVE, 1) == -1)
		return 0;
#if defined(TCP_KEEPIDLE)
	is_tcp = set(fd, IPPROTO_TCP, TCP_KEEPIDLE, idle_seconds(idle)) == 0;
#endif
	if (!is_tcp)
		return 0;
#if defined(TCP_KEEPINTVL) && defined(TCP_KEEPCNT)
	(void)set(fd, IPPROTO_TCP, TCP_KEEPINTVL, interval_seconds(idle));
	(void)set(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
#endif
	set_user_timeout(fd, clock_max(silence_max(idle), stall));
	return is_tcp;
}

#if defined(HAVE_STRUCT_TCP_INFO_TCPI_LAST_ACK_RECV)
uint64_t
keepalive_left(int fd, uint64_t idle)
{
	uint64_t max = silence_max(idle), silent;
	struct tcp_info info;
	socklen_t size = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == -1)
		return CLOCK_NEVER;
	silent = clock_min(info.tcpi_last_ack_recv, info.tcpi_last_data_recv);
	if (silent < max)
		return max - silent;
	/*
	 * Silence is not enough: minutes pass between two probes of a window that has been closed
	 * for long.  These are the attempts that were not answered yet.
	 */
	if (info.tcpi_retransmits >= KEEPALIVE_PROBES || info.tcpi_probes >= KEEPALIVE_PROBES)
		return 0;
	return AGAIN;
}
#else
uint64_t
keepalive_left(int fd, uint64_t idle)
{
	(void)fd;
	(void)idle;
	return CLOCK_NEVER;
}
#endif

int
keepalive_is_vanished(int error)
{
	switch (error) {
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case ENETDOWN:
#if defined(EHOSTDOWN)
	case EHOSTDOWN:
#endif
		return 1;
	default:
		return 0;
	}
}
