/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef LIFECYCLE_H
#define LIFECYCLE_H

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
enum lifecycle {
	LIFECYCLE_ON,
	LIFECYCLE_DRAIN,	/* no new clients; the present one may go on */
	LIFECYCLE_STOP	/* the present one is told to go */
};

/*
 * pipe: the read end of the life pipe, -1 without a master.  drain: milliseconds
 * that a client may stay after LIFECYCLE_DRAIN until it becomes LIFECYCLE_STOP, 0: any time.
 * let_go, if not NULL, is called once as soon as no new clients are wanted.
 */
void	lifecycle_init(int pipe, pid_t master, uint64_t drain, void (*let_go)(void));

/* What is known at this moment; no system call. */
enum lifecycle lifecycle_state(void);

/*
 * Waits until a descriptor of the sets (NULL allowed), none above highest, is
 * ready, until the deadline, or until lifecycle_state() may have changed.  Returns how
 * many are ready, the sets telling which; or 0, the sets being empty then.
 */
int	lifecycle_wait(int highest, fd_set *readable, fd_set *writable, uint64_t deadline);

/*
 * The same for one descriptor.  Returns 1 when it is ready, 0 at the deadline or when
 * lifecycle_state() becomes LIFECYCLE_STOP.
 */
int	lifecycle_wait_readable(int fd, uint64_t deadline);
int	lifecycle_wait_writable(int fd, uint64_t deadline);

/* Writes all of it to a socket that may be slow; 0, or -1 if it does not get there in time. */
int	lifecycle_write(int fd, const void *data, size_t len, uint64_t deadline);

#endif
