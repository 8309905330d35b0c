/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef SOCK_H
#define SOCK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Sockets that a test drives itself: the peers behind the bridge and the raw
 * side of its clients.  All are on loopback or in the file system, non-blocking
 * and close-on-exec.  What goes wrong, or does not happen within ms
 * milliseconds (stretched, see expect.h), fails the test; only the named
 * answers are returned.
 */

/* Listening sockets; *port is the one that the system chose. */
int	sock_listen(int *port);
int	sock_listen_unix(const char *path);

/*
 * The same with buffers of that many bytes in what it accepts (0: as the system
 * has it), and that backlog.
 */
int	sock_listen_with(int *port, int backlog, int receive, int send);

/* Bound, but nobody listens: connecting is refused as long as it is open. */
int	sock_reserve(int *port);

/*
 * Listening, but nobody gets through: connecting hangs.  fill takes the
 * connections that fill the backlog, at most max; returns how many these are.
 */
unsigned sock_fill(int port, int *fill, unsigned max);

/* Datagram sockets that a bridge can talk to. */
int	sock_udp(int *port);
int	sock_unix_datagram(const char *path);

/* The next connection of a listening socket. */
int	sock_accept(int listener, int ms);

/* Fails if somebody has connected. */
void	sock_expect_nobody(int listener);

/* Connects.  receive: size of the receive buffer, 0: as the system has it. */
int	sock_connect(int port, int receive);
int	sock_connect_unix(const char *path);

/* The same to an address of IPv4, where perhaps nobody listens: -1 with errno then. */
int	sock_try(const char *address, int port);

/* Whether nobody listens on the port: a connection is refused. */
int	sock_is_refused(int port);

/* Whether there is something to read (or room to write) within ms milliseconds. */
int	sock_readable(int fd, int ms);
int	sock_writable(int fd, int ms);

/*
 * Reads what is there, waiting for the first byte.  The count, 0 at
 * the end, or SOCK_RESET if the connection was reset.
 */
#define SOCK_RESET	(-1)
#define SOCK_AGAIN	(-2)
ssize_t	sock_read(int fd, void *data, size_t size, int ms);

/* One read or write without waiting: a count, SOCK_RESET (also for a broken pipe) or SOCK_AGAIN. */
ssize_t	sock_read_now(int fd, void *data, size_t size);
ssize_t	sock_write_now(int fd, const void *data, size_t len);

/* Reads exactly len bytes. */
void	sock_read_all(int fd, void *data, size_t len, int ms);

/* Reads exactly these bytes. */
void	sock_expect(int fd, const void *data, size_t len, int ms);

/* Reads len bytes of the pattern (see pattern.h) that starts at place at. */
void	sock_expect_pattern(int fd, uint64_t at, uint64_t len, unsigned seed, int ms);

/* Reads up to the end; returns how many bytes there were, at most size. */
size_t	sock_read_to_end(int fd, void *data, size_t size, int ms);

/* Nothing more comes, and the end is no reset. */
void	sock_expect_end(int fd, int ms);

/* The connection ends within ms, by reset or not; what still comes is thrown away. */
void	sock_expect_gone(int fd, int ms);

/* Writes all of it. */
void	sock_write(int fd, const void *data, size_t len, int ms);

/* Writes len bytes of the pattern. */
void	sock_write_pattern(int fd, uint64_t at, uint64_t len, unsigned seed, int ms);

/* Closes a TCP connection with a reset. */
void	sock_reset(int fd);

/* Closes *fd and makes it -1. */
void	sock_close(int *fd);

#endif
