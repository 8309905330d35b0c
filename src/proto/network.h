/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef NETWORK_H
#define NETWORK_H

#include <stdint.h>

/*
 * Addresses, networks and lists of networks.  An address has 16 bytes, as in IPv6.  An IPv4 address
 * is mapped into IPv6 (::ffff:a.b.c.d, RFC 4291 section 2.5.5.2), so that both notations give the
 * same bytes.
 */
#define NETWORK_TEXT_SIZE	46	/* bytes of an address as text, with its NUL */

struct network {
	uint8_t		address[16];
	unsigned	bits;		/* length of the prefix in bits, 0 to 128 */
	int		all;		/* 1: "*", IPv4 and IPv6 */
};

/*
 * Reads an address without brackets or zone.  Returns 32 for IPv4 notation and 128 for IPv6
 * notation; or -1 if text is not an address, and address is unchanged.
 */
int	network_address(uint8_t address[16], const char *text);

/* Converts the 4 bytes of an IPv4 address, in network byte order, to an address. */
void	network_from_ipv4(uint8_t address[16], const void *ipv4);

/*
 * Write an address as text without brackets.  network_format() writes an IPv4 address as a.b.c.d;
 * network_format_ipv6() writes every address as IPv6, only with groups of hexadecimal digits.  Both
 * return out.
 */
char	*network_format(char out[NETWORK_TEXT_SIZE], const uint8_t address[16]);
char	*network_format_ipv6(char out[NETWORK_TEXT_SIZE], const uint8_t address[16]);

/* Returns 1 if an address is a mapped IPv4 address. */
int	network_is_ipv4(const uint8_t address[16]);

/*
 * Reads a network without brackets: "*", which contains all addresses; an address; or address/bits.
 * Returns 0, or -1 with a sentence in *why.
 */
int	network_parse(struct network *n, const char *text, const char **why);

/*
 * Returns 1 if the address is in the network n.  IPv4 addresses are in "*", in IPv4 networks, and in
 * networks of mapped addresses (::ffff:10.0.0.0/104), but in no other IPv6 network, such as ::/0.
 */
int	network_has(const struct network *n, const uint8_t address[16]);

/*
 * A list of clients: the word none, the word any, or networks and the word unix, separated by
 * commas or blanks.  The word unix means every client of a Unix socket.  IPv6 networks may be in
 * brackets: [fd00::/8].
 */

/* Returns 1 if text is a valid list of clients; otherwise 0, with a sentence in *why. */
int	network_is_list(const char *text, const char **why);

/* Returns 1 if an address is in one of the networks of a list of clients. */
int	network_list_has(const char *list, const uint8_t address[16]);

/* Returns 1 if a list of clients contains the clients of Unix sockets. */
int	network_list_has_unix(const char *list);

#endif
