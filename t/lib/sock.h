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
 * Sockets that the test itself reads and writes: those of peers, and the raw sockets of clients.
 * All are on 127.0.0.1 or in the file system, non-blocking and close-on-exec. ms is a deadline in
 * milliseconds, stretched (expect.h). An error, and an event that does not happen in time, fails
 * the test, unless the function is said to return it. The caller closes the descriptors.
 */

/* Listening stream sockets; *port is set to the port that the system chose. */
int	sock_listen(int *port);
int	sock_listen_unix(const char *path);

/*
 * Like sock_listen(), with this backlog, and with receive and send buffers of that many bytes in
 * accepted sockets (0: the system's default).
 */
int	sock_listen_with(int *port, int backlog, int receive, int send);

/* A socket that is bound but does not listen: connecting to *port is refused while it is open. */
int	sock_reserve(int *port);

/*
 * Fills the backlog of a listening socket of any family, so that further connections hang. Stores
 * the connections made, at most max, in fill and returns their number.
 */
unsigned sock_fill(int listener, int *fill, unsigned max);

/* Bound datagram sockets. */
int	sock_udp(int *port);
int	sock_unix_datagram(const char *path);

/* Accepts the next connection of a listening socket. */
int	sock_accept(int listener, int ms);

/* Fails if a connection waits to be accepted. */
void	sock_expect_nobody(int listener);

/* Connects. receive is the size of the receive buffer in bytes, 0: the system's default. */
int	sock_connect(int port, int receive);
int	sock_connect_unix(const char *path);

/* Connects, blocking, to an IPv4 address in text; returns -1 with errno set if that fails. */
int	sock_try(const char *address, int port);

/* Like sock_try(), for an IPv6 address. sock_has_v6() returns 1 if the machine has ::1. */
int	sock_try_v6(const char *address, int port);
int	sock_has_v6(void);

/* Returns 1 if connecting to the port is refused: no socket listens on it. */
int	sock_is_refused(int port);

/* Returns 1 if there is something to read (room to write) within ms, otherwise 0. */
int	sock_readable(int fd, int ms);
int	sock_writable(int fd, int ms);

/*
 * Reads what is there, after waiting for the first byte. Returns the number of bytes, 0 at end of
 * file, or SOCK_RESET if the connection was reset.
 */
#define SOCK_RESET	(-1)
#define SOCK_AGAIN	(-2)
ssize_t	sock_read(int fd, void *data, size_t size, int ms);

/*
 * One read or write without waiting. Returns the number of bytes, SOCK_RESET (also for EPIPE), or
 * SOCK_AGAIN if the call would have blocked.
 */
ssize_t	sock_read_now(int fd, void *data, size_t size);
ssize_t	sock_write_now(int fd, const void *data, size_t len);

/* Reads exactly len bytes. */
void	sock_read_all(int fd, void *data, size_t len, int ms);

/* Reads len bytes, which must be these. */
void	sock_expect(int fd, const void *data, size_t len, int ms);

/* Reads len bytes, which must be the pattern (pattern.h) from place `at` on. */
void	sock_expect_pattern(int fd, uint64_t at, uint64_t len, unsigned seed, int ms);

/* Reads up to end of file; returns the number of bytes. More than size bytes fail the test. */
size_t	sock_read_to_end(int fd, void *data, size_t size, int ms);

/* The next is end of file: no byte, and no reset. */
void	sock_expect_end(int fd, int ms);

/* Reads and discards bytes until end of file or a reset, within ms. */
void	sock_expect_gone(int fd, int ms);

/* Writes all len bytes. */
void	sock_write(int fd, const void *data, size_t len, int ms);

/* Writes len bytes of the pattern, from place `at` on. */
void	sock_write_pattern(int fd, uint64_t at, uint64_t len, unsigned seed, int ms);

/* Closes a TCP connection with a reset. */
void	sock_reset(int fd);

/* Closes *fd, unless it is -1, and sets it to -1. */
void	sock_close(int *fd);

#endif
