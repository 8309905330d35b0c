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
 * Sockets that the test itself uses: those of peers, and raw sockets of clients. All of them are
 * on 127.0.0.1 or in the file system, non-blocking and close-on-exec. ms is a deadline in
 * milliseconds, stretched (expect.h). An error, or an event that does not happen in time, fails
 * the test, unless the comment of the function names a return value for it. The caller closes the
 * descriptors.
 */

/* Return a listening stream socket; *port is set to the port that the system has chosen. */
int	sock_listen(int *port);
int	sock_listen_unix(const char *path);

/*
 * Like sock_listen(), with this backlog, and with receive and send buffers of `receive` and
 * `send` bytes in accepted sockets (0: the system's default).
 */
int	sock_listen_with(int *port, int backlog, int receive, int send);

/*
 * Returns a socket that is bound but does not listen: while it is open, connections to *port are
 * refused.
 */
int	sock_reserve(int *port);

/*
 * Fills the backlog of a listening socket of any family, so that further connections hang. Stores
 * the connections that it makes, at most max, in fill, and returns their number.
 */
unsigned sock_fill(int listener, int *fill, unsigned max);

/* Return a bound datagram socket. */
int	sock_udp(int *port);
int	sock_unix_datagram(const char *path);

/* Accepts the next connection of a listening socket and returns it. */
int	sock_accept(int listener, int ms);

/* Fails if the backlog of a listening socket has a connection. */
void	sock_expect_nobody(int listener);

/*
 * Connects to a port of 127.0.0.1. `receive` is the size of the receive buffer in bytes, 0: the
 * system's default.
 */
int	sock_connect(int port, int receive);
int	sock_connect_unix(const char *path);

/*
 * Connects to a numeric IPv4 address, and blocks meanwhile; returns the socket, or -1 with errno
 * set.
 */
int	sock_try(const char *address, int port);

/*
 * sock_try_v6() is like sock_try(), for an IPv6 address. sock_has_v6() returns 1 if the machine
 * has the address ::1.
 */
int	sock_try_v6(const char *address, int port);
int	sock_has_v6(void);

/* Returns 1 if connections to the port are refused: no socket listens on it. */
int	sock_is_refused(int port);

/* Returns 1 if the socket becomes readable (writable) within ms, otherwise 0. */
int	sock_readable(int fd, int ms);
int	sock_writable(int fd, int ms);

/*
 * Waits for data and reads the bytes that have arrived. Returns their number, 0 at end of file,
 * or SOCK_RESET if the connection was reset.
 */
#define SOCK_RESET	(-1)
#define SOCK_AGAIN	(-2)
ssize_t	sock_read(int fd, void *data, size_t size, int ms);

/*
 * Calls read() or write() once, without waiting. Returns the number of bytes, SOCK_RESET (also
 * for EPIPE), or SOCK_AGAIN if the call would have blocked.
 */
ssize_t	sock_read_now(int fd, void *data, size_t size);
ssize_t	sock_write_now(int fd, const void *data, size_t len);

/* Reads exactly len bytes. */
void	sock_read_all(int fd, void *data, size_t len, int ms);

/* Reads len bytes, and fails unless they are equal to data. */
void	sock_expect(int fd, const void *data, size_t len, int ms);

/* Reads len bytes, and fails unless they are the pattern (pattern.h) from offset `at` on. */
void	sock_expect_pattern(int fd, uint64_t at, uint64_t len, unsigned seed, int ms);

/* Reads until end of file; returns the number of bytes. More than size bytes fail the test. */
size_t	sock_read_to_end(int fd, void *data, size_t size, int ms);

/* Fails unless end of file comes next, without another byte and without a reset. */
void	sock_expect_end(int fd, int ms);

/* Reads and discards bytes until end of file or a reset, within ms. */
void	sock_expect_gone(int fd, int ms);

/* Writes all len bytes. */
void	sock_write(int fd, const void *data, size_t len, int ms);

/* Writes len bytes of the pattern, from offset `at` on. */
void	sock_write_pattern(int fd, uint64_t at, uint64_t len, unsigned seed, int ms);

/* Closes a TCP connection with a reset. */
void	sock_reset(int fd);

/* Closes *fd, unless it is -1, and sets it to -1. */
void	sock_close(int *fd);

#endif
