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
struct network {
	uint8_t		address[16];
	unsigned	bits;		/* of it that count, of 128 */
};

/* Reads an address, without brackets.  Returns its size in bits as written, 32 or 128, or -1. */
int	network_address(uint8_t address[16], const char *text);

/* Whether an address is an IPv4 one. */
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
