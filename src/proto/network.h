/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef NETWORK_H
#define NETWORK_H

#include <stdint.h>

/*
 * Addresses, networks and lists of them.  An address is 16 bytes as in IPv6; an IPv4 one is
 * mapped into it (::ffff:a.b.c.d, RFC 4291 section 2.5.5.2) and is the same address whichever
 * way it was written.
 */
#define NETWORK_TEXT_SIZE	46	/* an address as text, with its NUL */

struct network {
	uint8_t		address[16];
	unsigned	bits;		/* of it that count, of 128 */
};

/* Reads an address, without brackets.  Returns its size in bits as written, 32 or 128, or -1. */
int	network_address(uint8_t address[16], const char *text);

/* Makes an address of the 4 bytes of an IPv4 one, in network byte order. */
void	network_from_ipv4(uint8_t address[16], const uint8_t ipv4[4]);

/*
 * Writes an address without brackets; an IPv4 one in its own form.  network_format_ipv6() writes
 * any address as IPv6, in groups of hexadecimal digits only.  Both return out.
 */
char	*network_format(char out[NETWORK_TEXT_SIZE], const uint8_t address[16]);
char	*network_format_ipv6(char out[NETWORK_TEXT_SIZE], const uint8_t address[16]);

/* Returns 1 if an address is an IPv4 one. */
int	network_is_ipv4(const uint8_t address[16]);

/*
 * Reads a network: *, which has all addresses, an address, or address/bits, without brackets.
 * Returns 0, or -1 with a sentence in *why.
 */
int	network_parse(struct network *n, const char *text, const char **why);

/* Whether an address is in a network. */
int	network_has(const struct network *n, const uint8_t address[16]);

/*
 * A list of clients: networks (IPv6 ones may stand in brackets, [fd00::/8]) and the word unix,
 * which is any client of a Unix socket, separated by commas or blanks.  Or one of the words
 * none and any, alone.
 */

/* Whether text can be such a list; if not, *why says what is wrong. */
int	network_is_list(const char *text, const char **why);

/* Whether an address is in one of the networks of a list. */
int	network_list_has(const char *list, const uint8_t address[16]);

/* Whether clients of Unix sockets are in a list. */
int	network_list_has_unix(const char *list);

#endif
