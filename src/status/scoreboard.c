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
#include "base/temporary.h"
#include "status/scoreboard.h"

#define PAGE		4096
#define PAGES(bytes)	(((bytes) + PAGE - 1) / PAGE * PAGE)

/*
 * Offsets in the file.  The arrays have 8 bytes for each slot.  None of the arrays is used yet,
 * so their part of the file is a hole: code that begins to use an array must first make
 * reserve() allocate that part.
 */
#define STATES		PAGE
#define ARRAYS		(STATES + PAGES(SCOREBOARD_SLOTS))
#define ARRAYS_COUNT	4
#define FIRST		(ARRAYS + ARRAYS_COUNT * PAGES(SCOREBOARD_SLOTS * 8))

/* The layout of version 2, the oldest version from which this program can take over. */
#define FIRST_2		(STATES + PAGES(SCOREBOARD_SLOTS))
#define SLOT_SIZE_2	448

_Static_assert(sizeof(struct scoreboard_head) <= PAGE, "the head has its page");
_Static_assert(sizeof(struct scoreboard_slot) == SCOREBOARD_SLOT_SIZE, "slots keep their size");

static size_t
total_size(unsigned slots)
{
	return FIRST + (size_t)slots * SCOREBOARD_SLOT_SIZE;
}

/* Maps the file of b->fd, which has the given number of slots.  Returns 0, or -1 with errno. */
static int
map_file(struct scoreboard *b, unsigned slots, int readonly)
{
	uint8_t *memory = readonly ? pages_get_readonly(total_size(slots), b->fd) :
	    pages_get_shared(total_size(slots), b->fd);

	if (memory == NULL)
		return -1;
	b->slots = slots;
	b->head = (struct scoreboard_head *)(void *)memory;
	b->state = (_Atomic uint8_t *)(void *)(memory + STATES);
	b->slot = (struct scoreboard_slot *)(void *)(memory + FIRST);
	return 0;
}

static int
write_zeros(int fd, off_t from, off_t to)
{
	static const char zeros[PAGE];
	ssize_t n;

	for (; from < to; from += n) {
		n = pwrite(fd, zeros, sizeof(zeros), from);
		if (n <= 0) {
			errno = n == 0 ? ENOSPC : errno;
			return -1;
		}
	}
	return 0;
}

/*
 * Extends the file to the given number of slots, and allocates disk space for all parts that are
 * in use: a worker that wrote to a hole on a full disk would be killed.  Returns 0, or -1 with
 * errno.
 */
static int
reserve_file(int fd, unsigned slots)
{
	struct stat st;

	if (fstat(fd, &st) == -1 || write_zeros(fd, st.st_size, ARRAYS) == -1)
		return -1;
	return write_zeros(fd, st.st_size > FIRST ? st.st_size : FIRST, (off_t)total_size(slots));
}

/* For temporary_make(): reserves the space for a number of slots. */
static int
fill_slots(int fd, void *slots)
{
	return reserve_file(fd, *(const unsigned *)slots);
}

/* Writes those fields of the head by which a reader finds the slots. */
static void
describe(struct scoreboard *b)
{
	memcpy(b->head->magic, SCOREBOARD_MAGIC, sizeof(b->head->magic));
	b->head->version = SCOREBOARD_VERSION;
	b->head->slot_size = SCOREBOARD_SLOT_SIZE;
	b->head->slots = b->slots;
}

/* Makes a scoreboard of the file b->fd, which has the space for it.  Returns 0, or -1 with errno. */
static int
begin_file(struct scoreboard *b, unsigned slots)
{
	if (b->fd == -1 || map_file(b, slots, 0) == -1)
		return -1;
	describe(b);
	b->head->started = clock_now();
	return 0;
}

int
scoreboard_create(struct scoreboard *b, const char *path, unsigned slots)
{
	char made[1100];
	int saved;

	memset(b, 0, sizeof(*b));
	b->fd = -1;
	if (path != NULL && snprintf(made, sizeof(made), "%s.new", path) >= (int)sizeof(made)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (path != NULL) {
		(void)unlink(made);
		b->fd = open(made, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	} else {
		b->fd = temporary_make(fill_slots, &slots);
	}
	/*
	 * The file is renamed last, and replaces a file that an earlier master has left: thus a
	 * reader always finds a complete and locked file.
	 */
	if ((path == NULL || (b->fd != -1 && reserve_file(b->fd, slots) == 0)) &&
	    begin_file(b, slots) == 0 &&
	    (path == NULL || (io_lock(b->fd) == 0 && rename(made, path) == 0)))
		return 0;
	saved = errno;
	if (path != NULL && b->fd != -1)
		(void)unlink(made);
	if (b->head != NULL)
		scoreboard_destroy(b);
	else
		io_close(&b->fd);
	errno = saved;
	return -1;
}

/*
 * Reads the head of a file.  Returns the number of slots, or 0 with a sentence in *why if the
 * file is not a scoreboard with this layout.
 */
static unsigned
read_head(int fd, const char **why)
{
	static char other[128];
	struct scoreboard_head head;
	struct stat st;

	*why = "it is not a status file";
	if (fstat(fd, &st) == -1 || pread(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
	    memcmp(head.magic, SCOREBOARD_MAGIC, sizeof(head.magic)) != 0)
		return 0;
	if (head.version != SCOREBOARD_VERSION) {
		(void)snprintf(other, sizeof(other), "it is the status file of another version of "
		    "websocksy (layout %u, known here: %d)", (unsigned)head.version,
		    SCOREBOARD_VERSION);
		*why = other;
		return 0;
	}
	*why = "it is damaged";
	if (head.slot_size != SCOREBOARD_SLOT_SIZE || head.slots == 0 ||
	    head.slots > SCOREBOARD_SLOTS || st.st_size < (off_t)total_size(head.slots))
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
	/*
	 * Compute the number of slots from the size of the file: a worker can write a wrong
	 * number into the head, but cannot change the size.
	 */
	if (fstat(fd, &st) == 0 && st.st_size >= (off_t)total_size(1))
		have = ((size_t)st.st_size - FIRST) / SCOREBOARD_SLOT_SIZE;
	if (have > SCOREBOARD_SLOTS)
		have = SCOREBOARD_SLOTS;
	if (have == 0) {
		errno = EINVAL;
		return -1;
	}
	if (slots < have)
		slots = (unsigned)have;
	if (reserve_file(fd, slots) == -1 || map_file(b, slots, 0) == -1)
		return -1;
	describe(b);
	return 0;
}

void
scoreboard_take_sums(struct scoreboard *b, int fd, unsigned version)
{
	struct {
		uint64_t	clients, opened, refused, traffic[SCOREBOARD_TRAFFIC];
	} old;
	uint64_t started;
	unsigned slot, i;
	off_t at = FIRST_2 + (off_t)offsetof(struct scoreboard_slot, clients);

	if (version != 2)
		return;
	if (pread(fd, &started, sizeof(started), offsetof(struct scoreboard_head, started)) ==
	    (ssize_t)sizeof(started))
		b->head->started = started;
	for (slot = 0; slot < b->slots &&
	    pread(fd, &old, sizeof(old), at) == (ssize_t)sizeof(old); slot++, at += SLOT_SIZE_2) {
		b->slot[slot].clients += old.clients;
		b->slot[slot].opened += old.opened;
		b->slot[slot].refused += old.refused;
		for (i = 0; i < SCOREBOARD_TRAFFIC; i++)
			b->slot[slot].traffic[i] += old.traffic[i];
	}
}

int
scoreboard_open(struct scoreboard *b, const char *path, const char **why)
{
	unsigned slots;

	memset(b, 0, sizeof(*b));
	/* O_NONBLOCK: if path is a FIFO, do not wait for a writer. */
	b->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (b->fd == -1) {
		*why = strerror(errno);
		return -1;
	}
	slots = read_head(b->fd, why);
	if (slots != 0 && map_file(b, slots, 1) == 0)
		return 0;
	if (slots == 0)
		errno = EINVAL;
	else
		*why = strerror(errno);
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

void
scoreboard_clear_refusal(struct scoreboard *b)
{
	memset(b->head->refusal, 0, sizeof(b->head->refusal));
}

void
scoreboard_add_refusal(struct scoreboard *b, const char *line)
{
	char *text = b->head->refusal;
	size_t used = strnlen(text, SCOREBOARD_REFUSAL), len = strlen(line);

	if (used + len + 2 > SCOREBOARD_REFUSAL)
		return;
	memcpy(text + used, line, len);
	text[used + len] = '\n';
	text[used + len + 1] = '\0';
}

void
scoreboard_copy_refusal(char out[SCOREBOARD_REFUSAL], const struct scoreboard *b)
{
	size_t i;

	memcpy(out, b->head->refusal, SCOREBOARD_REFUSAL);
	out[SCOREBOARD_REFUSAL - 1] = '\0';
	for (i = 0; out[i] != '\0'; i++)
		if (out[i] != '\n' && (out[i] < ' ' || out[i] > '~'))
			out[i] = '?';
}

enum scoreboard_state
scoreboard_get(const struct scoreboard *b, unsigned slot)
{
	/*
	 * Sequentially consistent: the master must not read the state before it clears the wake
	 * flag.
	 */
	unsigned state = atomic_load(&b->state[slot]);

	return state < SCOREBOARD_STATES ? (enum scoreboard_state)state : SCOREBOARD_FREE;
}

void
scoreboard_set(struct scoreboard *b, unsigned slot, enum scoreboard_state state)
{
	atomic_store_explicit(&b->slot[slot].state_since, clock_now(), memory_order_relaxed);
	atomic_store(&b->state[slot], (uint8_t)state);
#ifdef WEBSOCKSY_TEST_NEXT
	b->slot[slot].test_field = UINT64_MAX;
#endif
}

void
scoreboard_count(const struct scoreboard *b, unsigned slots, unsigned count[SCOREBOARD_STATES])
{
	unsigned i;

	memset(count, 0, SCOREBOARD_STATES * sizeof(count[0]));
	for (i = 0; i < slots && i < b->slots; i++)
		count[scoreboard_get(b, i)]++;
}

/* Returns the number of idle workers; stops counting at `most`. */
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

/* Copies a text to out, cut to size - 1 bytes, with a NUL. */
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
	/*
	 * Ask for the holder of a write lock: a user who can only read the file can lock it for
	 * reading.
	 */
	return io_lock_holder(fd, F_RDLCK);
}
