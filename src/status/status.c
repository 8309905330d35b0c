/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "base/scan.h"
#include "proto/network.h"
#include "status/status.h"

const char *
status_state(uint32_t state)
{
	static const char *const words[SCOREBOARD_STATES] = {
		"free", "starting", "idle", "handshake", "open", "closing", "refusing"
	};

	return words[state];
}

char *
status_id(char out[STATUS_ID_SIZE], const struct status_row *r)
{
	return status_id_of(out, (uint64_t)r->copy.pid, r->copy.served);
}

char *
status_id_of(char out[STATUS_ID_SIZE], uint64_t pid, uint64_t number)
{
	(void)snprintf(out, STATUS_ID_SIZE, "%llu.%llu", (unsigned long long)pid,
	    (unsigned long long)number);
	return out;
}

/* -- filtering -- */

int
status_is_id(const char *text)
{
	char pid[STATUS_ID_SIZE];
	const char *dot = strchr(text, '.');
	uint64_t number;

	if (dot == NULL || (size_t)(dot - text) >= sizeof(pid))
		return 0;
	memcpy(pid, text, (size_t)(dot - text));
	pid[dot - text] = '\0';
	return scan_number(pid, 2, INT64_MAX, &number) == 0 &&
	    scan_number(dot + 1, 1, UINT64_MAX, &number) == 0;
}

/*
 * Splits the text of a client address into host and port, and copies the host without brackets.
 * *port points to the colon before the port, or to the end of text if there is no port.  Returns
 * 0, or -1 if the host is too long for an address.
 */
static int
split_client(char host[SCOREBOARD_TEXT], const char *text, const char **port)
{
	const char *end = strrchr(text, ':');
	int brackets = *text == '[';

	if (brackets) {
		text++;
		end = strchr(text, ']');
	} else if (end == NULL || strchr(text, ':') != end) {
		/*
		 * There is no port if the text has no colon, or has several, as in an IPv6
		 * address.
		 */
		end = text + strlen(text);
	}
	if (end == NULL || (size_t)(end - text) >= SCOREBOARD_TEXT)
		return -1;
	memcpy(host, text, (size_t)(end - text));
	host[end - text] = '\0';
	*port = end + brackets;
	return 0;
}

/* Like network_parse(), but also accepts [address] and [address]/bits. */
static int
parse_network(struct network *n, const char *text)
{
	char plain[SCOREBOARD_TEXT * 2], host[SCOREBOARD_TEXT];
	const char *rest, *why;

	if (*text != '[')
		return network_parse(n, text, &why);
	if (split_client(host, text, &rest) == -1 || (*rest != '/' && *rest != '\0') ||
	    snprintf(plain, sizeof(plain), "%s%s", host, rest) >= (int)sizeof(plain))
		return -1;
	return network_parse(n, plain, &why);
}

int
status_is_client(const char *text)
{
	char host[SCOREBOARD_TEXT];
	struct network n;
	uint8_t address[16];
	const char *port;
	uint64_t number;

	if (parse_network(&n, text) == 0 || strcmp(text, "unix") == 0)
		return 1;
	return split_client(host, text, &port) == 0 && network_address(address, host) != -1 &&
	    *port == ':' && scan_number(port + 1, 0, 65535, &number) == 0;
}

static int
matches_client(const char *client, const char *wanted)
{
	char host[SCOREBOARD_TEXT];
	uint8_t address[16];
	struct network n;
	const char *port;

	if (strcmp(client, wanted) == 0)
		return 1;
	return parse_network(&n, wanted) == 0 && split_client(host, client, &port) == 0 &&
	    network_address(address, host) != -1 && network_has(&n, address);
}

/*
 * Compares a peer of the scoreboard with the wanted one.  A peer that fills the field of the
 * scoreboard may have been cut, so only its part there is compared.
 */
static int
matches_peer(const char *peer, const char *wanted)
{
	size_t len = strlen(peer);

	return strncmp(peer, wanted, len + (len < SCOREBOARD_TEXT - 1)) == 0;
}

int
status_matches(const struct status_row *r, const struct status_filter *f)
{
	char id[STATUS_ID_SIZE];

	return (f->id == NULL || strcmp(status_id(id, r), f->id) == 0) &&
	    (f->client == NULL || matches_client(r->copy.client, f->client)) &&
	    (f->peer == NULL || matches_peer(r->copy.peer, f->peer));
}

void
status_reduce(struct status *status, const struct status_filter *f)
{
	size_t i, kept = 0;

	for (i = 0; i < status->count; i++)
		if (status_matches(&status->row[i], f))
			status->row[kept++] = status->row[i];
	status->count = kept;
}
