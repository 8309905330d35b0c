/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Fuzz target of allow.h. A text is a valid list, or there is a reason; two joined lists allow
 * all that either of them allows; a list whose only target is an address allows this address.
 * Input: an address (16 bytes), a port (2 bytes), a text.
 */

#include "config.h"

#include <arpa/inet.h>

#include "fuzz.h"
#include "proto/allow.h"

#define HEAD	18

static int
is_list(const char *text)
{
	const char *why = NULL;
	int result = allow_is_list(text, &why);

	FUZZ_CHECK(result == 0 || result == 1);
	FUZZ_CHECK(result == 1 || (why != NULL && why[0] != '\0'));
	return result;
}

static void
check_itself(const uint8_t *address, unsigned port)
{
	char name[INET6_ADDRSTRLEN], list[100];

	FUZZ_CHECK(inet_ntop(AF_INET6, address, name, sizeof(name)) != NULL);
	snprintf(list, sizeof(list), "udp://[%s]:%u", name, port);
	if (port == 0) {
		FUZZ_CHECK(!is_list(list));
		return;
	}
	FUZZ_CHECK(is_list(list));
	FUZZ_CHECK(allow_inet(list, peer_udp_client, address, port));
	FUZZ_CHECK(!allow_inet(list, peer_tcp_client, address, port));
	FUZZ_CHECK(!allow_inet(list, peer_udp_client, address, port - 1));
}

/* A list joined with another target must allow all that either of them allows. */
static void
check_joined(const char *text, const uint8_t *address, unsigned port)
{
	static const char more[] = ", tcp://10.0.0.0/9:1-1023";
	char *joined = malloc(strlen(text) + sizeof(more));
	int alone = allow_inet(text, peer_tcp_client, address, port);

	FUZZ_CHECK(joined != NULL);
	strcpy(joined, text);
	strcat(joined, more);
	FUZZ_CHECK(is_list(joined));
	FUZZ_CHECK(allow_inet(joined, peer_tcp_client, address, port) ==
	    (alone || allow_inet(more + 2, peer_tcp_client, address, port)));
	free(joined);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *address;
	unsigned port;
	char *text;

	if (size < HEAD)
		return 0;
	address = fuzz_copy(data, 16);
	port = (unsigned)data[16] << 8 | data[17];
	text = fuzz_string(data + HEAD, size - HEAD);
	check_itself(address, port);
	if (is_list(text) && strcmp(text, "any") != 0)
		check_joined(text, address, port);
	/*
	 * Any text can be used as a list without harm, and a list of a path must allow this path.
	 */
	(void)allow_inet(text, peer_tcp_client, address, port);
	(void)allow_unix(text, peer_unix_dgram, "/run/x");
	if (strncmp(text, "unix:///", 8) == 0 && is_list(text) && strpbrk(text, ", \t") == NULL) {
		FUZZ_CHECK(allow_unix(text, peer_unix_stream, text + 7));
		FUZZ_CHECK(!allow_unix(text, peer_unix_dgram, text + 7));
	}
	free(address);
	free(text);
	return 0;
}
