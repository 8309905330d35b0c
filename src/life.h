/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef LIFE_H
#define LIFE_H

#include <stdint.h>
#include <sys/select.h>
#include <sys/types.h>

/*
 * How long this process may go on, and the one place where it waits.
 *
 * The master holds the only write end of the life pipe.  Its end of file
 * says that no new clients are wanted; if the master is no more, that
 * everything ends now.
 */
enum life {
	LIFE_ON,
	LIFE_DRAIN,	/* no new clients; the present one may go on */
	LIFE_STOP	/* the present one is told to go */
};

/*
 * pipe: the read end of the life pipe, -1 without a master.  drain: milliseconds
 * that a client may stay after LIFE_DRAIN until it becomes LIFE_STOP, 0: any time.
 * let_go, if not NULL, is called once as soon as no new clients are wanted.
 */
void	life_init(int pipe, pid_t master, uint64_t drain, void (*let_go)(void));

/* What is known at this moment; no system call. */
enum life life_state(void);

/*
 * Waits until a descriptor of the sets (NULL allowed), none above highest, is
 * ready, until the deadline, or until life_state() may have changed.  Returns how
 * many are ready, the sets telling which; or 0, the sets being empty then.
 */
int	life_wait(int highest, fd_set *readable, fd_set *writable, uint64_t deadline);

/*
 * The same for one descriptor.  Returns 1 when it is ready, 0 at the deadline or when
 * life_state() becomes LIFE_STOP.
 */
int	life_wait_readable(int fd, uint64_t deadline);
int	life_wait_writable(int fd, uint64_t deadline);

/* Writes all of it to a socket that may be slow; 0, or -1 if it does not get there in time. */
int	life_write(int fd, const void *data, size_t len, uint64_t deadline);

#endif
