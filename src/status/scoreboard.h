/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef SCOREBOARD_H
#define SCOREBOARD_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The scoreboard: memory that the master and all workers share, in which each worker shows what it
 * is doing.  It is a file, so that websocksyctl can map and read it.  Each field has one writer:
 * the worker that has the slot, and the master while the slot has no worker; so there are no locks.
 * There are no pointers either.
 *
 * A worker, which may be compromised, can write anything to this memory.  Therefore the master
 * reads only the states and counts from this memory, and keeps pids in a table of its own.  A
 * worker cannot forge the lock on the file: the master holds it, and the kernel reports the pid of
 * the holder.
 *
 * Offsets in the file do not depend on the number of slots, so that a reload can make the file
 * longer while workers of the previous generation use it.
 *
 * A reload can also replace an older program by a newer one.  Then workers of both programs write
 * to this memory, and a websocksyctl of either version reads it.  Therefore:
 *
 * - A field keeps its offset, size and meaning forever.  A state keeps its number.
 * - A new field is placed in the first reserved bytes at the end of a slot, or at the end of the
 *   head, which has a page of its own.  Older programs leave the field zero, so zero must mean
 *   "unknown".  A field that must be packed (a few bytes for each slot, to be scanned) is placed in
 *   one of the reserved arrays.
 * - When a field is added, RELOAD_VERSION (server/reload.h) is incremented, and the field is added
 *   to the table of t/unit/check_scoreboard.c.
 * - SCOREBOARD_VERSION is incremented only if these rules cannot be kept.  A program that takes
 *   over from a program with another SCOREBOARD_VERSION creates a new file; workers of the older
 *   program write to their own file until they exit, and their sessions are not shown.
 */
enum scoreboard_state {
	SCOREBOARD_FREE,	/* no worker */
	SCOREBOARD_STARTING,
	SCOREBOARD_IDLE,	/* waits for a client */
	SCOREBOARD_HANDSHAKE,	/* reads the request, finds the peer and connects to it */
	SCOREBOARD_OPEN,	/* relays */
	SCOREBOARD_CLOSING,	/* waits until the client closes the connection */
	SCOREBOARD_REFUSING,	/* answers 503 */
	SCOREBOARD_STATES
};

#define SCOREBOARD_MAGIC	"websocksy status"	/* 16 bytes */
#define SCOREBOARD_VERSION	3	/* version of the layout */
#define SCOREBOARD_FILE		"/run/websocksy.status"	/* the default of a daemon */
#define SCOREBOARD_FILE_UNIT	"/run/websocksy/status"	/* that of the systemd service */
#define SCOREBOARD_SLOTS	65664	/* at most */
#define SCOREBOARD_SLOT_SIZE	2048	/* bytes of a slot, including the reserved ones */
#define SCOREBOARD_TEXT		64	/* bytes stored of an address, with the NUL */
#define SCOREBOARD_REFUSAL	1024	/* bytes stored of the reason of a refusal, with the NUL */
#define SCOREBOARD_PATH		184	/* bytes stored of a request's path, with the NUL */

/* The start of the file.  Times are in milliseconds of clock_now(). */
struct scoreboard_head {
	char			magic[16];
	uint32_t		version;
	uint32_t		slot_size;	/* SCOREBOARD_SLOT_SIZE */
	_Atomic uint32_t	slots;
	atomic_uint		woken;		/* 1: a byte was written to the wake pipe */
	_Atomic int64_t		master;		/* its pid */
	_Atomic uint64_t	started;
	_Atomic uint64_t	reloaded;	/* time of the last reload; 0: no reload yet */
	_Atomic uint64_t	reload_refused;	/* time of the last refused reload; 0: none yet */
	_Atomic uint32_t	generation;
	_Atomic uint32_t	max_workers;
	_Atomic uint32_t	used;		/* number of slots up to the last used one */
	_Atomic uint32_t	ending;		/* 1: the server accepts no more clients */
	atomic_uint		rescans;	/* 1: the master has set a timer for a rescan */
	char			refusal[SCOREBOARD_REFUSAL];	/* why the last reload was refused */
};

/*
 * Counters of the payload of a connection.  IN: from the client to the peer; OUT: from the peer
 * to the client.
 */
enum scoreboard_traffic {
	SCOREBOARD_IN_BYTES,
	SCOREBOARD_IN_MESSAGES,
	SCOREBOARD_OUT_BYTES,
	SCOREBOARD_OUT_MESSAGES,
	SCOREBOARD_TRAFFIC
};

/*
 * A worker and the connection that it serves.  Only the functions below write to a slot.  Times
 * are in milliseconds of clock_now().  status_fields.c describes how the fields are shown.
 */
struct scoreboard_slot {
	_Atomic int64_t		pid;
	_Atomic uint32_t	generation;
	_Atomic uint32_t	rtt;		/* microseconds, round trip of a ping; 0: unknown */
	_Atomic uint64_t	served;		/* clients that this worker has accepted */
	_Atomic uint64_t	state_since;	/* when the state last changed */
	_Atomic uint64_t	accepted_at;	/* when the client was accepted */
	_Atomic uint64_t	last_data;	/* when data was last relayed */
	/* Sums over all workers that have had this slot, so the values never decrease. */
	_Atomic uint64_t	clients;	/* connections accepted */
	_Atomic uint64_t	opened;		/* handshakes completed (status 101) */
	_Atomic uint64_t	refused;	/* clients refused, or gone before an answer */
	_Atomic uint64_t	traffic[SCOREBOARD_TRAFFIC];
	/* The values of traffic[] at the start of the present connection. */
	_Atomic uint64_t	traffic_before[SCOREBOARD_TRAFFIC];
	char			client[SCOREBOARD_TEXT];
	char			peer[SCOREBOARD_TEXT];
	char			path[SCOREBOARD_PATH];
#ifdef WEBSOCKSY_TEST_NEXT	/* a later version, to which the tests upgrade (t/build.am) */
	_Atomic uint64_t	test_field;
	uint8_t			reserved[1592];
#else
	uint8_t			reserved[1600];	/* zero; for fields of later versions */
#endif
};

struct scoreboard {
	int			 fd;
	unsigned		 slots;
	struct scoreboard_head	*head;
	_Atomic uint8_t		*state;		/* one byte for each slot: counting is cheap */
	struct scoreboard_slot	*slot;
};

/*
 * Creates a scoreboard with the given number of slots, all free, in a new file at path, or in an
 * unnamed file if path is NULL, and locks the file.  The lock is held until this process exits
 * or closes a descriptor of the file; it is kept across an exec that keeps the descriptor.
 * Returns 0, or -1 with errno.
 */
int	scoreboard_create(struct scoreboard *b, const char *path, unsigned slots);

/*
 * Maps the scoreboard in the file of fd for writing.  If the file has fewer than the given
 * number of slots, it is extended; if it has more, all of them are used.  b->slots is the
 * resulting number.  Returns 0, or -1 with errno and fd left open.
 */
int	scoreboard_adopt(struct scoreboard *b, int fd, unsigned slots);

/*
 * Adds the sums of the slots in the file of fd to the slots of b, and copies the start time of
 * the server, so that counters do not decrease.  version is the older SCOREBOARD_VERSION of that
 * file.  Does nothing if the layout of that version is unknown.
 */
void	scoreboard_take_sums(struct scoreboard *b, int fd, unsigned version);

/*
 * Maps the scoreboard at path for reading.  Returns 0, or -1 with errno and a sentence in *why
 * (static, or from strerror()).
 */
int	scoreboard_open(struct scoreboard *b, const char *path, const char **why);

/* Unmaps a scoreboard and closes its file. */
void	scoreboard_destroy(struct scoreboard *b);

/*
 * Returns the pid of the process that holds the lock on a scoreboard's file: a running master.
 * Returns 0 if no process holds the lock, or -1 if the pid of the holder is unknown, for example
 * because the holder is in another container.
 */
pid_t	scoreboard_holder(int fd);

/* -- the head, which only the master writes -- */

/*
 * Set fields of the head: the master's pid, generation and limit of workers; the number of slots
 * up to the last used one; the flag that the server accepts no more clients.
 */
void	scoreboard_set_master(struct scoreboard *b, pid_t master, uint32_t generation,
    uint32_t max_workers);
void	scoreboard_set_used(struct scoreboard *b, uint32_t used);
void	scoreboard_set_ending(struct scoreboard *b);

/* Store the present time as that of a reload that is done, or that was refused. */
void	scoreboard_set_reloaded(struct scoreboard *b);
void	scoreboard_set_reload_refused(struct scoreboard *b);

/*
 * Clear the reason of the last refused reload, and add a line to it; a line that does not fit is
 * left out.  To be called before scoreboard_set_reload_refused().
 */
void	scoreboard_clear_refusal(struct scoreboard *b);
void	scoreboard_add_refusal(struct scoreboard *b, const char *line);

/*
 * Copies the reason of the last refused reload, lines that end with a newline, to out.  Bytes that
 * are not printable ASCII become question marks: a worker could have written them.
 */
void	scoreboard_copy_refusal(char out[SCOREBOARD_REFUSAL], const struct scoreboard *b);

/* -- the state of a slot -- */

/* Returns the state of a slot; SCOREBOARD_FREE for a value that is not a state. */
enum scoreboard_state scoreboard_get(const struct scoreboard *b, unsigned slot);

/* Sets the state of a slot, and the present time as that of the change. */
void	scoreboard_set(struct scoreboard *b, unsigned slot, enum scoreboard_state state);

/*
 * Counts the states of the first `slots` slots: count[state] is the number of slots in that
 * state.
 */
void	scoreboard_count(const struct scoreboard *b, unsigned slots,
    unsigned count[SCOREBOARD_STATES]);

/* Returns whether fewer (more) than `spare` workers are idle. */
int	scoreboard_is_short(const struct scoreboard *b, unsigned spare);
int	scoreboard_has_surplus(const struct scoreboard *b, unsigned spare);

/* -- the worker and the connection of a slot -- */

/*
 * Prepares a slot for a new worker: sets the state, clears the connection, and sets the number
 * of clients that the worker has accepted to 0.
 */
void	scoreboard_assign(struct scoreboard *b, unsigned slot, enum scoreboard_state state);

/* Clears the fields of the present connection, but not the sums. */
void	scoreboard_clear(struct scoreboard *b, unsigned slot);

/*
 * Set the addresses of the client and of the peer, and the path of the request.  A text that is
 * too long is cut.
 */
void	scoreboard_set_client(struct scoreboard_slot *s, const char *client);
void	scoreboard_set_peer(struct scoreboard_slot *s, const char *peer, const char *path);

/*
 * The functions for the other fields are inline, since a relay calls some of them at every
 * wakeup. Readers read each field separately, so the order of the stores does not matter.
 */

/* Sets the pid and the generation of the worker. */
static inline void
scoreboard_set_worker(struct scoreboard_slot *s, pid_t pid, uint32_t generation)
{
	atomic_store_explicit(&s->pid, pid, memory_order_relaxed);
	atomic_store_explicit(&s->generation, generation, memory_order_relaxed);
}

/* Sets the number of clients that this worker has accepted, including the present one. */
static inline void
scoreboard_set_served(struct scoreboard_slot *s, uint64_t served)
{
	atomic_store_explicit(&s->served, served, memory_order_relaxed);
}

/*
 * Sets the time at which the client was accepted, as returned by clock_now(), also as the time
 * of the last data.
 */
static inline void
scoreboard_set_accepted_at(struct scoreboard_slot *s, uint64_t when)
{
	atomic_store_explicit(&s->accepted_at, when, memory_order_relaxed);
	atomic_store_explicit(&s->last_data, when, memory_order_relaxed);
}

/* Records the time at which data was last relayed, as returned by clock_now(). */
static inline void
scoreboard_set_last_data(struct scoreboard_slot *s, uint64_t when)
{
	atomic_store_explicit(&s->last_data, when, memory_order_relaxed);
}

/* Sets the round-trip time of the last ping, in microseconds; 0: unknown. */
static inline void
scoreboard_set_rtt(struct scoreboard_slot *s, uint32_t microseconds)
{
	atomic_store_explicit(&s->rtt, microseconds, memory_order_relaxed);
}

/* Count a client that was accepted, whose handshake is complete, or who was refused. */
static inline void
scoreboard_add_client(struct scoreboard_slot *s)
{
	atomic_fetch_add_explicit(&s->clients, 1, memory_order_relaxed);
}

static inline void
scoreboard_add_opened(struct scoreboard_slot *s)
{
	atomic_fetch_add_explicit(&s->opened, 1, memory_order_relaxed);
}

static inline void
scoreboard_add_refused(struct scoreboard_slot *s)
{
	atomic_fetch_add_explicit(&s->refused, 1, memory_order_relaxed);
}

/* Sets one traffic counter of the present connection: n bytes or messages since its start. */
static inline void
scoreboard_set_traffic(struct scoreboard_slot *s, enum scoreboard_traffic which, uint64_t n)
{
	atomic_store_explicit(&s->traffic[which],
	    atomic_load_explicit(&s->traffic_before[which], memory_order_relaxed) + n,
	    memory_order_relaxed);
}

/*
 * Return the number that scoreboard_set_served() has set, and the number of calls of
 * scoreboard_add_client().
 */
static inline uint64_t
scoreboard_served(const struct scoreboard_slot *s)
{
	return atomic_load_explicit(&s->served, memory_order_relaxed);
}

static inline uint64_t
scoreboard_clients(const struct scoreboard_slot *s)
{
	return atomic_load_explicit(&s->clients, memory_order_relaxed);
}

/* -- waking the master -- */

/*
 * Claims the right to wake the master.  Returns 1 if the caller must write a byte to the wake
 * pipe, or 0 if another process has claimed the right since the last scoreboard_clear_wake().  A
 * worker sets its state before it claims the right; the master clears the flag before it counts
 * the states. All of these accesses are sequentially consistent, so the master misses no change
 * of a state.
 */
static inline int
scoreboard_claim_wake(struct scoreboard *b)
{
	return atomic_exchange(&b->head->woken, 1) == 0;
}

static inline void
scoreboard_clear_wake(struct scoreboard *b)
{
	atomic_store(&b->head->woken, 0);
}

/*
 * Set and return whether the master has set a timer for a rescan.  If it has, an idle worker
 * need not wake the master.
 */
static inline void
scoreboard_set_rescans(struct scoreboard *b, unsigned rescans)
{
	atomic_store(&b->head->rescans, rescans);
}

static inline unsigned
scoreboard_rescans(const struct scoreboard *b)
{
	return atomic_load(&b->head->rescans);
}

#endif
