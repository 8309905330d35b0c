/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/pages.h"
#include "status/scoreboard.h"

#define LINE	64	/* bytes of a cache line: one writer's fields do not share one with another's */

/* Where things are in the file. */
#define STATES	4096
#define FIRST	(STATES + (SCOREBOARD_SLOTS + 4095) / 4096 * 4096)
#define STRIDE	((sizeof(struct scoreboard_slot) + LINE - 1) / LINE * LINE)

_Static_assert(sizeof(struct scoreboard_head) <= STATES, "the head has its page");
_Static_assert(sizeof(struct scoreboard_slot) % LINE == 0, "slots are whole cache lines");

static size_t
total_size(unsigned slots)
{
	return FIRST + slots * STRIDE;
}

/* Maps the file of b->fd. */
static int
map(struct scoreboard *b, unsigned slots, int to_look)
{
	uint8_t *memory = to_look ? pages_get_readonly(total_size(slots), b->fd) :
	    pages_get_shared(total_size(slots), b->fd);

	if (memory == NULL)
		return -1;
	b->slots = slots;
	b->head = (struct scoreboard_head *)(void *)memory;
	b->state = (_Atomic uint8_t *)(void *)(memory + STATES);
	b->slot = (struct scoreboard_slot *)(void *)(memory + FIRST);
	return 0;
}

/*
 * Makes the file so long, and has the system find room for all of it now: a worker that
 * wrote into a hole for which there is none would be killed.
 */
static int
reserve(int fd, size_t size)
{
	static const char zeros[4096];
	struct stat st;
	off_t at;
	ssize_t n;

	if (fstat(fd, &st) == -1)
		return -1;
	for (at = st.st_size; at < (off_t)size; at += n) {
		n = pwrite(fd, zeros, sizeof(zeros), at);
		if (n <= 0) {
			errno = n == 0 ? ENOSPC : errno;
			return -1;
		}
	}
	return 0;
}

/* A new file takes the place of one that an earlier master has left. */
static int
create_file(const char *path)
{
	char made[1100];
	int fd, saved;

	if (path == NULL)
		return io_temporary();
	if (snprintf(made, sizeof(made), "%s.new", path) >= (int)sizeof(made)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	(void)unlink(made);
	fd = open(made, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	/* Locked before it has its name: who sees it sees that its master lives. */
	if (fd != -1 && (io_lock(fd) == -1 || rename(made, path) == -1)) {
		saved = errno;
		(void)unlink(made);
		io_close(&fd);
		errno = saved;
	}
	return fd;
}

/* What those who look must know. */
static void
describe(struct scoreboard *b)
{
	memcpy(b->head->magic, SCOREBOARD_MAGIC, sizeof(b->head->magic));
	b->head->version = SCOREBOARD_VERSION;
	b->head->slot_size = sizeof(struct scoreboard_slot);
	b->head->slots = b->slots;
}

int
scoreboard_create(struct scoreboard *b, const char *path, unsigned slots)
{
	memset(b, 0, sizeof(*b));
	b->fd = create_file(path);
	if (b->fd == -1)
		return -1;
	if (reserve(b->fd, total_size(slots)) == -1 || map(b, slots, 0) == -1) {
		io_close(&b->fd);
		b->head = NULL;
		return -1;
	}
	describe(b);
	b->head->started = clock_now();
	return 0;
}

/* Whether a file is one of these, and how many slots it has. */
static unsigned
look(int fd)
{
	struct scoreboard_head head;
	struct stat st;

	if (fstat(fd, &st) == -1 || st.st_size < (off_t)total_size(1) ||
	    pread(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
	    memcmp(head.magic, SCOREBOARD_MAGIC, sizeof(head.magic)) != 0 ||
	    head.version != SCOREBOARD_VERSION || head.slot_size != sizeof(struct scoreboard_slot) ||
	    head.slots == 0 || head.slots > SCOREBOARD_SLOTS ||
	    st.st_size < (off_t)total_size(head.slots))
		return 0;
	return head.slots;
}

int
scoreboard_adopt(struct scoreboard *b, int fd, unsigned slots)
{
	struct stat st;
	size_t have = 0;

	memset(b, 0, sizeof(*b));
	b->fd = fd;
	/* Not what stands in it: any worker can write that.  None can change its size. */
	if (fstat(fd, &st) == 0 && st.st_size >= (off_t)total_size(1))
		have = ((size_t)st.st_size - FIRST) / STRIDE;
	if (have > SCOREBOARD_SLOTS)
		have = SCOREBOARD_SLOTS;
	if (have == 0) {
		errno = EINVAL;
		return -1;
	}
	if (slots < have)
		slots = (unsigned)have;
	if (reserve(fd, total_size(slots)) == -1 || map(b, slots, 0) == -1)
		return -1;
	describe(b);
	return 0;
}

int
scoreboard_open(struct scoreboard *b, const char *path, const char **why)
{
	unsigned slots;

	memset(b, 0, sizeof(*b));
	/* Not to wait for the other end of a pipe. */
	b->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (b->fd == -1) {
		*why = strerror(errno);
		return -1;
	}
	slots = look(b->fd);
	if (slots != 0 && map(b, slots, 1) == 0)
		return 0;
	*why = slots == 0 ? "it is no status file of this version" : strerror(errno);
	if (slots == 0)
		errno = EINVAL;
	io_close(&b->fd);
	return -1;
}

void
scoreboard_destroy(struct scoreboard *b)
{
	pages_put(b->head, total_size(b->slots));
	io_close(&b->fd);
	memset(b, 0, sizeof(*b));
}

void
scoreboard_set_master(struct scoreboard *b, pid_t master, uint32_t generation,
    uint32_t max_workers)
{
	b->head->master = master;
	b->head->generation = generation;
	b->head->max_workers = max_workers;
}

void
scoreboard_set_used(struct scoreboard *b, uint32_t used)
{
	b->head->used = used;
}

void
scoreboard_set_ending(struct scoreboard *b)
{
	b->head->ending = 1;
}

void
scoreboard_set_reloaded(struct scoreboard *b)
{
	b->head->reloaded = clock_now();
}

void
scoreboard_set_reload_refused(struct scoreboard *b)
{
	b->head->reload_refused = clock_now();
}

enum scoreboard_state
scoreboard_get(const struct scoreboard *b, unsigned slot)
{
	/* Not before the store of scoreboard_clear_wake(): see there. */
	unsigned state = atomic_load(&b->state[slot]);

	return state < SCOREBOARD_STATES ? (enum scoreboard_state)state : SCOREBOARD_FREE;
}

void
scoreboard_set(struct scoreboard *b, unsigned slot, enum scoreboard_state state)
{
	atomic_store_explicit(&b->slot[slot].state_since, clock_now(), memory_order_relaxed);
	atomic_store(&b->state[slot], (uint8_t)state);
}

void
scoreboard_count(const struct scoreboard *b, unsigned slots, unsigned count[SCOREBOARD_STATES])
{
	unsigned i;

	memset(count, 0, SCOREBOARD_STATES * sizeof(count[0]));
	for (i = 0; i < slots && i < b->slots; i++)
		count[scoreboard_get(b, i)]++;
}

/* How many wait for a client; counting ends at most. */
static unsigned
count_idle(const struct scoreboard *b, unsigned most)
{
	unsigned i, used = b->head->used, n = 0;

	for (i = 0; i < used && i < b->slots && n < most; i++)
		n += scoreboard_get(b, i) == SCOREBOARD_IDLE;
	return n;
}

int
scoreboard_is_short(const struct scoreboard *b, unsigned spare)
{
	return count_idle(b, spare) < spare;
}

int
scoreboard_has_surplus(const struct scoreboard *b, unsigned spare)
{
	return count_idle(b, spare + 1) > spare;
}

void
scoreboard_assign(struct scoreboard *b, unsigned slot, enum scoreboard_state state)
{
	scoreboard_clear(b, slot);
	scoreboard_set_served(&b->slot[slot], 0);
	scoreboard_set(b, slot, state);
}

void
scoreboard_clear(struct scoreboard *b, unsigned slot)
{
	struct scoreboard_slot *s = &b->slot[slot];
	unsigned i;

	for (i = 0; i < SCOREBOARD_TRAFFIC; i++)
		atomic_store_explicit(&s->traffic_before[i],
		    atomic_load_explicit(&s->traffic[i], memory_order_relaxed),
		    memory_order_relaxed);
	scoreboard_set_rtt(s, 0);
	s->client[0] = s->peer[0] = s->path[0] = '\0';
}

/* Copies as much of a text as there is room for, with a NUL. */
static void
copy_text(char *out, size_t size, const char *text)
{
	size_t len = strnlen(text, size - 1);

	memcpy(out, text, len);
	out[len] = '\0';
}

void
scoreboard_set_client(struct scoreboard_slot *s, const char *client)
{
	copy_text(s->client, sizeof(s->client), client);
}

void
scoreboard_set_peer(struct scoreboard_slot *s, const char *peer, const char *path)
{
	copy_text(s->peer, sizeof(s->peer), peer);
	copy_text(s->path, sizeof(s->path), path);
}

pid_t
scoreboard_holder(int fd)
{
	/* A user who may only read the file must not be taken for the master. */
	return io_lock_holder(fd, F_RDLCK);
}
