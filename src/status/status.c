/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/scan.h"
#include "proto/network.h"
#include "status/status.h"

const char *
status_state(enum scoreboard_state state)
{
	static const char *const words[SCOREBOARD_STATES] = {
		"free", "starting", "idle", "handshake", "open", "closing", "refusing"
	};

	return words[state];
}

static uint64_t
get(const _Atomic uint64_t *number)
{
	return atomic_load_explicit(number, memory_order_relaxed);
}

/* How long ago; an instant to come is one that somebody has made up. */
static uint64_t
since(uint64_t now, uint64_t when)
{
	return when < now ? now - when : 0;
}

/* The same of what may never have been. */
static uint64_t
since_if(uint64_t now, uint64_t when)
{
	return when == 0 ? STATUS_NEVER : since(now, when);
}

/* Whoever can write there may write what a terminal obeys, and leave out the NUL. */
static void
copy(char *out, const char *text, size_t size)
{
	size_t i;
	char c;

	for (i = 0; i < size - 1 && (c = ((const volatile char *)text)[i]) != '\0'; i++)
		out[i] = (char)(c < ' ' || c > '~' ? '?' : c);
	out[i] = '\0';
}

static void
take_row(struct status_row *r, const struct scoreboard_slot *s, uint64_t now)
{
	uint64_t before, passed;
	unsigned i;

	r->pid = (uint64_t)atomic_load_explicit(&s->pid, memory_order_relaxed);
	r->number = get(&s->served);
	r->generation = atomic_load_explicit(&s->generation, memory_order_relaxed);
	r->rtt = atomic_load_explicit(&s->rtt, memory_order_relaxed);
	r->age = since(now, get(&s->accepted_at));
	r->idle = since(now, get(&s->last_data));
	for (i = 0; i < SCOREBOARD_TRAFFIC; i++) {
		before = get(&s->traffic_before[i]);
		passed = get(&s->traffic[i]);
		r->traffic[i] = passed > before ? passed - before : 0;
	}
	copy(r->client, s->client, sizeof(r->client));
	copy(r->peer, s->peer, sizeof(r->peer));
	copy(r->path, s->path, sizeof(r->path));
}

static void
take_slot(struct status *v, const struct scoreboard *b, unsigned slot, uint64_t now)
{
	const struct scoreboard_slot *s = &b->slot[slot];
	enum scoreboard_state state = scoreboard_get(b, slot);
	unsigned i;

	v->state[state]++;
	v->clients += get(&s->clients);
	v->opened += get(&s->opened);
	v->refused += get(&s->refused);
	for (i = 0; i < SCOREBOARD_TRAFFIC; i++)
		v->traffic[i] += get(&s->traffic[i]);
	if (state < SCOREBOARD_HANDSHAKE || state > SCOREBOARD_CLOSING)
		return;
	v->row[v->count].slot = slot;
	v->row[v->count].state = state;
	take_row(&v->row[v->count++], s, now);
}

int
status_take(struct status *v, const struct scoreboard *b, uint64_t now)
{
	const struct scoreboard_head *head = b->head;
	unsigned slot;
	size_t i;

	memset(v, 0, sizeof(*v));
	v->row = calloc(b->slots, sizeof(*v->row));
	if (v->row == NULL)
		return -1;
	v->started = since(now, get(&head->started));
	v->reloaded = since_if(now, get(&head->reloaded));
	v->reload_refused = since_if(now, get(&head->reload_refused));
	v->generation = atomic_load_explicit(&head->generation, memory_order_relaxed);
	v->max_workers = atomic_load_explicit(&head->max_workers, memory_order_relaxed);
	v->ending = atomic_load_explicit(&head->ending, memory_order_relaxed) != 0;
	for (slot = 0; slot < b->slots; slot++)
		take_slot(v, b, slot, now);
	v->busy = (unsigned)v->count;
	for (i = 0; i < v->count; i++)
		v->old += v->row[i].generation != v->generation;
	return 0;
}

void
status_free(struct status *v)
{
	free(v->row);
	memset(v, 0, sizeof(*v));
}

char *
status_id(char out[STATUS_ID_SIZE], const struct status_row *r)
{
	(void)snprintf(out, STATUS_ID_SIZE, "%llu.%llu", (unsigned long long)r->pid,
	    (unsigned long long)r->number);
	return out;
}

/* -- which -- */

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
 * The host of a client's text, out of its brackets and without its port; port: where that begins,
 * or the end.  -1 if it is too long for an address.
 */
static int
split(char host[SCOREBOARD_TEXT], const char *text, const char **port)
{
	const char *end = strrchr(text, ':');
	int brackets = *text == '[';

	if (brackets) {
		text++;
		end = strchr(text, ']');
	} else if (end == NULL || strchr(text, ':') != end) {
		/* Several: an IPv6 address alone. */
		end = text + strlen(text);
	}
	if (end == NULL || (size_t)(end - text) >= SCOREBOARD_TEXT)
		return -1;
	memcpy(host, text, (size_t)(end - text));
	host[end - text] = '\0';
	*port = end + brackets;
	return 0;
}

/* Takes [address]/bits for address/bits. */
static int
parse(struct network *n, const char *text)
{
	char plain[SCOREBOARD_TEXT * 2], host[SCOREBOARD_TEXT];
	const char *rest, *why;

	if (*text != '[')
		return network_parse(n, text, &why);
	if (split(host, text, &rest) == -1 || (*rest != '/' && *rest != '\0') ||
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

	if (parse(&n, text) == 0 || strcmp(text, "unix") == 0)
		return 1;
	return split(host, text, &port) == 0 && network_address(address, host) != -1 &&
	    *port == ':' && scan_number(port + 1, 0, 65535, &number) == 0;
}

static int
is_client(const char *client, const char *wanted)
{
	char host[SCOREBOARD_TEXT];
	uint8_t address[16];
	struct network n;
	const char *port;

	if (strcmp(client, wanted) == 0)
		return 1;
	return parse(&n, wanted) == 0 && split(host, client, &port) == 0 &&
	    network_address(address, host) != -1 && network_has(&n, address);
}

/* A long one is not there to its end. */
static int
is_peer(const char *peer, const char *wanted)
{
	size_t len = strlen(peer);

	return strncmp(peer, wanted, len + (len < SCOREBOARD_TEXT - 1)) == 0;
}

int
status_matches(const struct status_row *r, const struct status_filter *f)
{
	char id[STATUS_ID_SIZE];

	return (f->id == NULL || strcmp(status_id(id, r), f->id) == 0) &&
	    (f->client == NULL || is_client(r->client, f->client)) &&
	    (f->peer == NULL || is_peer(r->peer, f->peer));
}

void
status_reduce(struct status *v, const struct status_filter *f)
{
	size_t i, kept = 0;

	for (i = 0; i < v->count; i++)
		if (status_matches(&v->row[i], f))
			v->row[kept++] = v->row[i];
	v->count = kept;
}
