/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/scan.h"
#include "proto/network.h"

#define SEPARATORS	", \t"
#define ENTRY_SIZE	64	/* bytes of a list entry: the longest network in brackets fits */

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

int
network_address(uint8_t address[16], const char *text)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1) {
		network_from_ipv4(address, bytes);
		return 32;
	}
	if (inet_pton(AF_INET6, text, bytes) == 1) {
		memcpy(address, bytes, 16);
		return 128;
	}
	return -1;
}

void
network_from_ipv4(uint8_t address[16], const void *ipv4)
{
	memcpy(address, mapped, sizeof(mapped));
	memcpy(address + 12, ipv4, 4);
}

char *
network_format(char out[NETWORK_TEXT_SIZE], const uint8_t address[16])
{
	if (network_is_ipv4(address))
		(void)inet_ntop(AF_INET, address + 12, out, NETWORK_TEXT_SIZE);
	else
		(void)inet_ntop(AF_INET6, address, out, NETWORK_TEXT_SIZE);
	return out;
}

char *
network_format_ipv6(char out[NETWORK_TEXT_SIZE], const uint8_t address[16])
{
	const uint8_t *last = address + 12;
	char *dotted;

	(void)inet_ntop(AF_INET6, address, out, NETWORK_TEXT_SIZE);
	dotted = strchr(out, '.') != NULL ? strrchr(out, ':') + 1 : NULL;
	if (dotted != NULL)
		(void)snprintf(dotted, 10, "%x:%x", (unsigned)last[0] << 8 | last[1],
		    (unsigned)last[2] << 8 | last[3]);
	return out;
}

int
network_is_ipv4(const uint8_t address[16])
{
	return memcmp(address, mapped, sizeof(mapped)) == 0;
}

int
network_parse(struct network *n, const char *text, const char **why)
{
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	char address[ENTRY_SIZE];
	uint64_t bits;
	int size = -1;

	memset(n, 0, sizeof(*n));
	n->all = strcmp(text, "*") == 0;
	if (n->all)
		return 0;
	if (len < sizeof(address)) {
		memcpy(address, text, len);
		address[len] = '\0';
		size = network_address(n->address, address);
	}
	if (size == -1)
		return scan_fault(why, "a network is *, an address, or address/bits "
		    "(IPv6 in brackets); names are not looked up");
	bits = (unsigned)size;
	if (slash != NULL && scan_number(slash + 1, 0, (unsigned)size, &bits) == -1)
		return scan_fault(why, "the bits of a network are 0 to 32, or 0 to 128 with IPv6");
	n->bits = 128 - (unsigned)size + (unsigned)bits;
	/*
	 * ::ffff:10.0.0.0/8 would contain all IPv4 addresses: it is surely a mistake for
	 * 10.0.0.0/8.
	 */
	if (n->bits < 96 && network_is_ipv4(n->address))
		return scan_fault(why, "the bits of an IPv4 network in IPv6 form are 96 to 128; "
		    "write it as IPv4");
	return 0;
}

int
network_has(const struct network *n, const uint8_t address[16])
{
	unsigned whole = n->bits / 8, rest = n->bits % 8;

	if (n->all)
		return 1;
	if (network_is_ipv4(address) && n->bits < 96)
		return 0;
	return memcmp(n->address, address, whole) == 0 &&
	    (rest == 0 || ((n->address[whole] ^ address[whole]) & (0xff00 >> rest) & 0xff) == 0);
}

/*
 * Copies the next entry of a list to entry and moves *list after it.  Returns 1; 0 at the end of
 * the list; -1 if the entry is too long.
 */
static int
next_entry(const char **list, char entry[ENTRY_SIZE])
{
	const char *text = *list + strspn(*list, SEPARATORS);
	size_t len = strcspn(text, SEPARATORS);

	*list = text + len;
	if (len >= ENTRY_SIZE)
		return -1;
	memcpy(entry, text, len);
	entry[len] = '\0';
	return len > 0;
}

/* Returns 1 if text is a list whose only entry is word. */
static int
is_word(const char *text, const char *word)
{
	char entry[ENTRY_SIZE];

	return next_entry(&text, entry) == 1 && strcmp(entry, word) == 0 &&
	    text[strspn(text, SEPARATORS)] == '\0';
}

/*
 * Reads a list entry as a network.  Brackets around an IPv6 network are removed in place.  Returns
 * 0, or -1 with a sentence in *why.
 */
static int
parse_entry(struct network *n, char *entry, const char **why)
{
	size_t len = strlen(entry);

	if (*entry != '[')
		return network_parse(n, entry, why);
	if (entry[len - 1] != ']' || strchr(entry, ':') == NULL)
		return scan_fault(why, "brackets are for IPv6 networks: [fd00::/8]");
	entry[len - 1] = '\0';
	return network_parse(n, entry + 1, why);
}

int
network_is_list(const char *text, const char **why)
{
	char entry[ENTRY_SIZE];
	struct network n;
	int more, count;

	if (is_word(text, "none") || is_word(text, "any"))
		return 1;
	for (count = 0; (more = next_entry(&text, entry)) == 1; count++) {
		if (strcmp(entry, "unix") == 0)
			continue;
		if (strcmp(entry, "none") == 0 || strcmp(entry, "any") == 0) {
			*why = "none and any stand alone";
			return 0;
		}
		if (parse_entry(&n, entry, why) == -1)
			return 0;
	}
	*why = more == -1 ? "a network is too long" : "the list is empty; write none or any";
	return more == 0 && count > 0;
}

int
network_list_has(const char *list, const uint8_t address[16])
{
	char entry[ENTRY_SIZE];
	struct network n;
	const char *why;
	int more;

	if (is_word(list, "any"))
		return 1;
	while ((more = next_entry(&list, entry)) != 0)
		if (more == 1 && parse_entry(&n, entry, &why) == 0 && network_has(&n, address))
			return 1;
	return 0;
}

int
network_list_has_unix(const char *list)
{
	char entry[ENTRY_SIZE];
	int more;

	if (is_word(list, "any"))
		return 1;
	while ((more = next_entry(&list, entry)) != 0)
		if (more == 1 && strcmp(entry, "unix") == 0)
			return 1;
	return 0;
}
