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
 * The life cycle of a process that serves clients: whether it may accept clients, must end its
 * session, or has to exit; and the only function in which such a process waits.
 *
 * The master holds the only write end of the life pipe, of which each worker has the read end.
 * End of file there starts the drain: the master has closed its end, or is gone.  If the master
 * is gone, the workers stop at once.  SIGQUIT starts the drain of a single process, without a
 * deadline; SIGTERM stops it.
 */
enum lifecycle {
	LIFECYCLE_ON,
	LIFECYCLE_DRAIN,	/* accept no clients; the session in progress continues */
	LIFECYCLE_STOP		/* end the session in progress now */
};

/*
 * pipe: the read end of the life pipe; -1 in a process without a master.  master: its pid.
 * drain: the milliseconds from the end of file until LIFECYCLE_DRAIN becomes LIFECYCLE_STOP, to
 * which a random part of up to a quarter is added; 0: no limit.  on_drain, unless NULL, is
 * called once, when the process leaves LIFECYCLE_ON.
 */
void	lifecycle_init(int pipe, pid_t master, uint64_t drain, void (*on_drain)(void));

/* Returns the state as of the last wait or signal; makes no system call. */
enum lifecycle lifecycle_state(void);

/*
 * Waits until a descriptor of the sets (either may be NULL) is ready, until the deadline
 * (clock.h), or until lifecycle_state() may have changed.  No descriptor in the sets is above
 * highest.  Returns the number of ready descriptors, with the sets reduced to these; or 0, with
 * the sets empty.
 */
int	lifecycle_wait(int highest, fd_set *readable, fd_set *writable, uint64_t deadline);

/*
 * Wait until one descriptor is ready.  Return 1 then; 0 at the deadline, when lifecycle_state()
 * is LIFECYCLE_STOP, or if fd is not below FD_SETSIZE.
 */
int	lifecycle_wait_readable(int fd, uint64_t deadline);
int	lifecycle_wait_writable(int fd, uint64_t deadline);

/*
 * Writes len bytes to a non-blocking socket, waiting where necessary.  Returns 0; -1 on an
 * error, at the deadline, or when lifecycle_state() is LIFECYCLE_STOP.
 */
int	lifecycle_write(int fd, const void *data, size_t len, uint64_t deadline);

#endif
