/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

/*
 * Socket addresses.  All conversions of a socket address to and from bytes or text are here.  The
 * bytes are those of proto/network.h: 16, for IPv6 and for IPv4.
 */
#define ADDRESS_HOST_SIZE	48	/* bytes of an IPv4 or IPv6 address with zone and NUL */
#define ADDRESS_TEXT_SIZE	128	/* bytes of [host]:port or unix:///path, with the NUL */

/*
 * Sets bytes and *port (host byte order) from an IPv4 or IPv6 address.  Returns 0; -1 for any other
 * family.
 */
int	address_bytes(const struct sockaddr_storage *a, uint8_t bytes[16], uint16_t *port);

/* Get and set the port, in host byte order, of an IPv4 or IPv6 address. */
unsigned address_port(const struct sockaddr_storage *a);
void	address_set_port(struct sockaddr_storage *a, unsigned port);

/*
 * Makes a socket address from a numeric IPv4 or IPv6 host without zone or brackets.  Returns the
 * size of the address, or 0 if host is not numeric.
 */
socklen_t address_parse(struct sockaddr_storage *a, const char *host, unsigned port);

/*
 * Makes the socket address of the Unix socket at path.  Returns 0, or -1 with errno if the path is
 * too long for this system.
 */
int	address_unix(struct sockaddr_un *un, const char *path);

/* Writes host:port; or [host]:port if the host contains a colon.  Returns out. */
char	*address_join(char out[ADDRESS_TEXT_SIZE], const char *host, unsigned port);

/*
 * Writes an address in the form of address_join(); an IPv4 address mapped into IPv6 is written as
 * IPv4.  For a Unix socket writes "unix", for any other family "unknown".  Returns out.
 */
char	*address_format(char out[ADDRESS_TEXT_SIZE], const struct sockaddr_storage *a);

#endif
