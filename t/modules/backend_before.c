/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A backend of version 2 as it was compiled before the last member was added to ws_peer_info, so
 * it does not include websocksy.h.  The option peer is the address of the peer.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ws_peer_info as it was. */
struct peer_info {
	int	 transport;
	char	*host, *port;
	void	(*framing)(void);
	char	*framing_config;
	size_t	 protocol;
	int	 status;
	char	*reason;
};

uint64_t init(void);
uint64_t configure(char *key, char *value);
struct peer_info query(char *endpoint, size_t protocols, char **protocol, size_t headers,
    void *header, void *ws);

static char *peer;

uint64_t
init(void)
{
	return 2;
}

uint64_t
configure(char *key, char *value)
{
	if (strcmp(key, "peer") != 0)
		return 1;
	free(peer);
	peer = strdup(value);
	return peer == NULL;
}

struct peer_info
query(char *endpoint, size_t protocols, char **protocol, size_t headers, void *header, void *ws)
{
	struct peer_info info = { 0 };

	(void)endpoint, (void)protocol, (void)headers, (void)header, (void)ws;
	info.host = strdup(peer);
	info.protocol = protocols;
	return info;
}
