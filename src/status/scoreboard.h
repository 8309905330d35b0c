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
 * There are no pointers either.  A worker can write anything to this memory, and may be in an
 * intruder's hands.  Therefore the master takes only the states and counts from it, and keeps pids
 * in a table of its own.  What a worker cannot forge is the lock on the file: the master holds it,
 * and the kernel says which process that is.
 *
 * Offsets in the file do not depend on the number of slots, so that a reload can make the file
 * longer while workers of the previous generation use it.
 *
 * A reload can also put a newer program in the place of an older one: then workers of both write to
 * this memory, and a websocksyctl of either version reads it.  Therefore:
 *
 * - A field keeps its offset, size and meaning forever.  A state keeps its number.
 * - A new field takes the first bytes of what is reserved at the end of a slot, or goes to the end
 *   of the head, which has a page.  Older programs leave it zero, so zero must mean "unknown".  A
 *   field that must be packed (a few bytes for each slot, to be scanned) takes one of the reserved
 *   arrays.
 * - With a new field RELOAD_VERSION (server/reload.h) is raised by one, and the field is entered in
 *   the table of t/unit/check_scoreboard.c.
 * - SCOREBOARD_VERSION is raised only if these rules cannot be kept.  A program that takes over
 *   from one with another SCOREBOARD_VERSION creates a new file; workers of the older program write
 *   to their own file until they exit, and their sessions are not shown.
 */
enum scoreboard_state {
	SCOREBOARD_FREE,	/* no worker */
	SCOREBOARD_STARTING,
	SCOREBOARD_IDLE,	/* waits for a client */
	SCOREBOARD_HANDSHAKE,	/* reads the request, finds and connects the peer */
	SCOREBOARD_OPEN,	/* relays */
	SCOREBOARD_CLOSING,	/* after a close frame */
	SCOREBOARD_REFUSING,	/* answers 503 */
	SCOREBOARD_STATES
};

#define SCOREBOARD_MAGIC	"websocksy status"	/* 16 bytes */
#define SCOREBOARD_VERSION	3	/* of the layout */
#define SCOREBOARD_FILE		"/run/websocksy.status"	/* a daemon's, unless set otherwise */
#define SCOREBOARD_SLOTS	65664	/* at most */
#define SCOREBOARD_SLOT_SIZE	2048	/* bytes of a slot, those that are reserved included */
#define SCOREBOARD_TEXT		64	/* bytes kept of an address, with the NUL */
#define SCOREBOARD_PATH		184	/* bytes kept of a request's path, with the NUL */

/* The start of the file.  Times are milliseconds of clock_now(). */
struct scoreboard_head {
	char			magic[16];
	uint32_t		version;
	uint32_t		slot_size;	/* SCOREBOARD_SLOT_SIZE */
	_Atomic uint32_t	slots;
	atomic_uint		woken;		/* 1: a byte has been written to the wake pipe */
	_Atomic int64_t		master;		/* its pid */
	_Atomic uint64_t	started;
	_Atomic uint64_t	reloaded;	/* time of the last reload; 0: none yet */
	_Atomic uint64_t	reload_refused;	/* time of the last refused reload; 0: none yet */
	_Atomic uint32_t	generation;
	_Atomic uint32_t	max_workers;
	_Atomic uint32_t	used;		/* slots from this one on have no worker */
	_Atomic uint32_t	ending;		/* 1: the server accepts no more clients */
	atomic_uint		rescans;	/* 1: the master has set a timer and rescans */
};

/* Payload that a connection carries.  IN: from the client to the peer; OUT: the other way. */
enum scoreboard_traffic {
	SCOREBOARD_IN_BYTES,
	SCOREBOARD_IN_MESSAGES,
	SCOREBOARD_OUT_BYTES,
	SCOREBOARD_OUT_MESSAGES,
	SCOREBOARD_TRAFFIC
};

/*
 * A worker and the connection that it serves.  Only the functions below write to a slot.  How the
 * fields are shown is described in status_fields.c.
 */
struct scoreboard_slot {
	_Atomic int64_t		pid;
	_Atomic uint32_t	generation;
	_Atomic uint32_t	rtt;		/* of the last ping, in microseconds; 0: unknown */
	_Atomic uint64_t	served;		/* clients that this worker has accepted */
	_Atomic uint64_t	state_since;	/* when the state last changed */
	_Atomic uint64_t	accepted_at;	/* when the client was accepted */
	_Atomic uint64_t	last_data;	/* when data last passed */
	/* Sums over all workers that ever had this slot; so they never decrease. */
	_Atomic uint64_t	clients;	/* connections accepted */
	_Atomic uint64_t	opened;		/* of these, handshakes completed (status 101) */
	_Atomic uint64_t	refused;	/* of these, refused, or left before an answer */
	_Atomic uint64_t	traffic[SCOREBOARD_TRAFFIC];
	/* The values of traffic[] when the present connection began. */
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
	_Atomic uint8_t		*state;		/* one byte a slot, together: counting is cheap */
	struct scoreboard_slot	*slot;
};

/*
 * Creates a scoreboard with the given number of slots, all free, in a new file at path, or in an
 * unnamed file if path is NULL, and locks the file.  The lock lasts until this process ends or
 * closes a descriptor of the file; an exec that keeps the descriptor keeps the lock.  Returns 0, or
 * -1 with errno.
 */
int	scoreboard_create(struct scoreboard *b, const char *path, unsigned slots);

/*
 * Maps the scoreboard in the file of fd for writing, and makes the file longer if it has fewer than
 * the given number of slots; b->slots is then the larger number.  Returns 0, or -1 with errno
 * and fd left open.
 */
int	scoreboard_adopt(struct scoreboard *b, int fd, unsigned slots);

/*
 * Adds the sums of the slots in the file of fd, whose layout is that of an older
 * SCOREBOARD_VERSION, to the slots of b, and takes over the time of the start; so counters do not
 * go back.  Does nothing if that layout is unknown.
 */
void	scoreboard_take_sums(struct scoreboard *b, int fd, unsigned version);

/*
 * Maps the scoreboard at path for reading.  Returns 0, or -1 with errno and *why set to a sentence
 * (static, or of strerror()).
 */
int	scoreboard_open(struct scoreboard *b, const char *path, const char **why);

/* Unmaps a scoreboard and closes its file. */
void	scoreboard_destroy(struct scoreboard *b);

/*
 * Returns the pid of the process that holds the lock on a scoreboard's file: the master, while it
 * lives.  Returns 0 if no process holds it, -1 if the pid is unknown, as it is in another
 * container.
 */
pid_t	scoreboard_holder(int fd);

/* -- the head, which the master alone writes -- */

/* Set the master's pid, generation and limit; the first unused slot; that no client is accepted. */
void	scoreboard_set_master(struct scoreboard *b, pid_t master, uint32_t generation,
    uint32_t max_workers);
void	scoreboard_set_used(struct scoreboard *b, uint32_t used);
void	scoreboard_set_ending(struct scoreboard *b);

/* Note that a reload is done, or was refused, just now. */
void	scoreboard_set_reloaded(struct scoreboard *b);
void	scoreboard_set_reload_refused(struct scoreboard *b);

/* -- the state of a slot -- */

/* Returns the state of a slot; SCOREBOARD_FREE for a value that is not a state. */
enum scoreboard_state scoreboard_get(const struct scoreboard *b, unsigned slot);

/* Sets the state of a slot, and the time at which it changed. */
void	scoreboard_set(struct scoreboard *b, unsigned slot, enum scoreboard_state state);

/* Counts the states of the first slots: count[state] is the number of slots in that state. */
void	scoreboard_count(const struct scoreboard *b, unsigned slots,
    unsigned count[SCOREBOARD_STATES]);

/* Returns whether fewer (more) than spare workers are idle. */
int	scoreboard_is_short(const struct scoreboard *b, unsigned spare);
int	scoreboard_has_surplus(const struct scoreboard *b, unsigned spare);

/* -- the worker and the connection of a slot -- */

/* Prepares a slot for a new worker: sets its state, no connection, and no client served. */
void	scoreboard_assign(struct scoreboard *b, unsigned slot, enum scoreboard_state state);

/* Clears the fields of the present connection; the sums stay. */
void	scoreboard_clear(struct scoreboard *b, unsigned slot);

/*
 * Set the addresses of the client and of the peer, and the path of the request.  A text that is
 * too long is cut.
 */
void	scoreboard_set_client(struct scoreboard_slot *s, const char *client);
void	scoreboard_set_peer(struct scoreboard_slot *s, const char *peer, const char *path);

/*
 * The functions for the other fields are inline, since a relay calls some of them whenever it wakes
 * up.  Readers take each field by itself, so the order of the stores does not matter.
 */

/* Sets the pid and the generation of the worker. */
static inline void
scoreboard_set_worker(struct scoreboard_slot *s, pid_t pid, uint32_t generation)
{
	atomic_store_explicit(&s->pid, pid, memory_order_relaxed);
	atomic_store_explicit(&s->generation, generation, memory_order_relaxed);
}

/* Sets the number of clients that this worker has accepted, the present one included. */
static inline void
scoreboard_set_served(struct scoreboard_slot *s, uint64_t served)
{
	atomic_store_explicit(&s->served, served, memory_order_relaxed);
}

/* Sets when the client was accepted, a time of clock_now(); no data has passed since then. */
static inline void
scoreboard_set_accepted_at(struct scoreboard_slot *s, uint64_t when)
{
	atomic_store_explicit(&s->accepted_at, when, memory_order_relaxed);
	atomic_store_explicit(&s->last_data, when, memory_order_relaxed);
}

/* Sets when data last passed, a time of clock_now(). */
static inline void
scoreboard_set_last_data(struct scoreboard_slot *s, uint64_t when)
{
	atomic_store_explicit(&s->last_data, when, memory_order_relaxed);
}

/* Sets the round-trip time of the last ping; 0: unknown. */
static inline void
scoreboard_set_rtt(struct scoreboard_slot *s, uint32_t microseconds)
{
	atomic_store_explicit(&s->rtt, microseconds, memory_order_relaxed);
}

/* Count a client: accepted; its handshake completed; refused. */
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

/* Sets what the present connection has carried so far: n bytes or messages. */
static inline void
scoreboard_set_traffic(struct scoreboard_slot *s, enum scoreboard_traffic which, uint64_t n)
{
	atomic_store_explicit(&s->traffic[which],
	    atomic_load_explicit(&s->traffic_before[which], memory_order_relaxed) + n,
	    memory_order_relaxed);
}

/* Return what scoreboard_set_served() has set, and how often scoreboard_add_client() was called. */
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
 * Claims the right to wake the master.  Returns 1 if the caller must write a byte to the wake pipe,
 * 0 if another process has done so since the last scoreboard_clear_wake().  A worker sets its state
 * and then claims; the master clears and then counts the states.  All of these are sequentially
 * consistent, so the master misses no change of a state.
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

/* Set and return whether the master has set a timer and rescans: idle workers need not wake it. */
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
