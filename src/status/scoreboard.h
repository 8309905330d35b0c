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
 * Memory that all processes share, in which each worker says what it is doing: a file, so that
 * others can look.  Every field has one writer: the worker of that slot; the master
 * writes it only while the slot has no worker.  There are no locks and no pointers.  What stands
 * here is hearsay: the master counts states, and keeps pids in a table of its own.  What is not
 * is the lock that the master holds on the file: the kernel says who that is.
 *
 * The places of things do not depend on the number of slots, so that the file can grow while
 * workers of an older configuration use it.
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
#define SCOREBOARD_VERSION	2
#define SCOREBOARD_FILE		"/run/websocksy.status"	/* a daemon's, unless set otherwise */
#define SCOREBOARD_SLOTS	65664	/* at most */
#define SCOREBOARD_TEXT		64	/* bytes kept of an address, with the NUL */
#define SCOREBOARD_PATH		184	/* of a request's path */

/* The beginning of the file; times are milliseconds of clock_now(). */
struct scoreboard_head {
	char			magic[16];
	uint32_t		version;
	uint32_t		slot_size;	/* sizeof(struct scoreboard_slot) */
	_Atomic uint32_t	slots;
	atomic_uint		woken;		/* 1: somebody has written to the wake pipe */
	_Atomic int64_t		master;		/* its pid */
	_Atomic uint64_t	started;
	_Atomic uint64_t	reloaded;	/* when a reload was last done, 0: never */
	_Atomic uint64_t	refused;	/* the same of one that was refused */
	_Atomic uint32_t	generation;
	_Atomic uint32_t	max_workers;
	_Atomic uint32_t	used;		/* slots behind these have no worker */
	_Atomic uint32_t	ending;		/* 1: no more clients are taken */
	atomic_uint		looks;		/* 1: the master looks soon, whoever is idle then */
};

/* What passes in a connection: to the peer, and from it. */
enum scoreboard_count {
	SCOREBOARD_IN_BYTES,
	SCOREBOARD_IN_MESSAGES,
	SCOREBOARD_OUT_BYTES,
	SCOREBOARD_OUT_MESSAGES,
	SCOREBOARD_COUNTS
};

/* What is told of a worker and of the connection that it serves. */
struct scoreboard_slot {
	_Atomic int64_t		pid;
	_Atomic uint32_t	generation;
	_Atomic uint32_t	rtt;		/* of the last ping, in microseconds; 0: unknown */
	_Atomic uint64_t	served;		/* clients taken since its start */
	_Atomic uint64_t	since;		/* when the state last changed */
	_Atomic uint64_t	begun;		/* when the client came */
	_Atomic uint64_t	data;		/* when data last passed */
	/* Of all that were ever in this slot: these only grow, whoever is killed or replaced. */
	_Atomic uint64_t	clients, opened, refused;
	_Atomic uint64_t	passed[SCOREBOARD_COUNTS];
	/* What that was when the present connection began. */
	_Atomic uint64_t	before[SCOREBOARD_COUNTS];
	char			client[SCOREBOARD_TEXT];
	char			peer[SCOREBOARD_TEXT];
	char			path[SCOREBOARD_PATH];
};

struct scoreboard {
	int			 fd;
	unsigned		 slots;
	struct scoreboard_head	*head;
	_Atomic uint8_t		*state;		/* one byte a slot, together: counting is cheap */
	struct scoreboard_slot	*slot;
};

/*
 * Makes one of that many slots, all free, in a file of that path, or without a name if it is
 * NULL, and locks it: until this process ends, or closes a descriptor of it.  An exec that keeps
 * the descriptor keeps the lock.  0, or -1 with errno.
 */
int	scoreboard_create(struct scoreboard *b, const char *path, unsigned slots);

/* Uses the one that fd holds, with that many slots or as many as it has, if that is more. */
int	scoreboard_adopt(struct scoreboard *b, int fd, unsigned slots);

/* Maps one to look at; 0, or -1 with errno and a sentence in *why. */
int	scoreboard_open(struct scoreboard *b, const char *path, const char **why);

void	scoreboard_destroy(struct scoreboard *b);

/* A state of a slot; anything that is none reads as SCOREBOARD_FREE. */
enum scoreboard_state scoreboard_get(const struct scoreboard *b, unsigned slot);
void	scoreboard_set(struct scoreboard *b, unsigned slot, enum scoreboard_state state);

/* How many of the first slots are in each state. */
void	scoreboard_count(const struct scoreboard *b, unsigned slots,
    unsigned count[SCOREBOARD_STATES]);

/* Whether fewer than so many workers, and whether more than so many, wait for a client. */
int	scoreboard_is_short(const struct scoreboard *b, unsigned spare);
int	scoreboard_has_surplus(const struct scoreboard *b, unsigned spare);

/* Clears what a slot tells of a connection; what it has counted stays. */
void	scoreboard_clear(struct scoreboard *b, unsigned slot);

/* So much of it has passed in the present connection.  Here, since it is told in every turn. */
static inline void
scoreboard_pass(struct scoreboard_slot *s, enum scoreboard_count what, uint64_t n)
{
	atomic_store_explicit(&s->passed[what],
	    atomic_load_explicit(&s->before[what], memory_order_relaxed) + n,
	    memory_order_relaxed);
}

/*
 * Who holds the lock on the file of a scoreboard: the master, while it lives.  0: nobody; -1:
 * somebody whose pid cannot be told, as from within another container.
 */
pid_t	scoreboard_holder(int fd);

#endif
