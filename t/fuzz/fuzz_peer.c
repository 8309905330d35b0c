/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Fuzz target of peer.h. The parts of an accepted address fit their fields, and an address that
 * is written and read again is unchanged. Input: a byte that selects how the address is read,
 * then a text, or two texts with a NUL between them.
 */

#include "config.h"

#include "fuzz.h"
#include "proto/peer.h"

static void
check_fields(const struct peer *p)
{
	FUZZ_CHECK(p->transport == peer_tcp_client || p->transport == peer_udp_client ||
	    p->transport == peer_unix_stream || p->transport == peer_unix_dgram);
	FUZZ_CHECK(memchr(p->host, '\0', PEER_HOST_SIZE) != NULL && p->host[0] != '\0');
	FUZZ_CHECK(memchr(p->port, '\0', PEER_PORT_SIZE) != NULL);
	if (p->transport == peer_tcp_client || p->transport == peer_udp_client)
		FUZZ_CHECK(p->port[0] != '\0');
	else
		FUZZ_CHECK(p->port[0] == '\0');
	FUZZ_CHECK(!peer_is_datagram(p) ==
	    (p->transport == peer_tcp_client || p->transport == peer_unix_stream));
}

static void
check_fixpoint(const struct peer *p)
{
	char *text = malloc(PEER_TEXT_SIZE), *again = malloc(PEER_TEXT_SIZE);
	const char *why = NULL;
	struct peer q;

	FUZZ_CHECK(text != NULL && again != NULL);
	FUZZ_CHECK(peer_format(text, p) == text);
	FUZZ_CHECK(strlen(text) < PEER_TEXT_SIZE);
	FUZZ_CHECK(peer_parse(&q, text, NULL, &why) == 0);
	FUZZ_CHECK(q.transport == p->transport);
	FUZZ_CHECK(strcmp(q.host, p->host) == 0 && strcmp(q.port, p->port) == 0);
	FUZZ_CHECK(strcmp(peer_format(again, &q), text) == 0);
	free(text);
	free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ws_peer_info info = { 0 };
	const uint8_t *nul;
	const char *why = NULL;
	char *host, *port = NULL;
	struct peer p;
	int verdict;

	if (size < 1)
		return 0;
	nul = memchr(data + 1, 0, size - 1);
	host = fuzz_string(data + 1, nul == NULL ? size - 1 : (size_t)(nul - data - 1));
	if (nul != NULL)
		port = fuzz_string(nul + 1, (size_t)(data + size - nul - 1));

	if (data[0] % 16 >= 8) {
		/*
		 * There are seven transports: the eighth value is one that a module can give by mistake.
		 */
		info.transport = (peer_transport)(data[0] % 8);
		info.host = host;
		info.port = port;
		verdict = peer_from_info(&p, &info, &why);
	} else {
		verdict = peer_parse(&p, host, port, &why);
	}
	FUZZ_CHECK(verdict == 0 || verdict == -1);
	if (verdict == 0) {
		check_fields(&p);
		check_fixpoint(&p);
	} else {
		FUZZ_CHECK(why != NULL && why[0] != '\0');
	}
	free(host);
	free(port);
	return 0;
}
