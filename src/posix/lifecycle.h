/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef LIFECYCLE_H
#define LIFECYCLE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/select.h>
#include <sys/types.h>

/*
 * The life cycle of a process that serves clients: its state, and the only function in which such a
 * process waits.  The state determines whether the process may accept clients, must end its
 * session, or must exit.
 *
 * The master holds the only write end of the life pipe; each worker has the read end.  End of file
 * on the pipe starts the drain: the master has closed the write end, or has exited.  If the master
 * has exited, the workers stop at once.  SIGQUIT starts the drain of a single process, without a
 * deadline; SIGTERM stops the process.
 */
enum lifecycle {
	LIFECYCLE_ON,
	LIFECYCLE_DRAIN,	/* accept no clients; the current session continues */
	LIFECYCLE_STOP		/* end the current session now */
};

/*
 * pipe is the read end of the life pipe, -1 in a process without a master; master is the pid of the
 * master.  drain is the time in milliseconds from end of file until the state LIFECYCLE_DRAIN
 * becomes LIFECYCLE_STOP, to which up to a quarter is added at random; 0: no limit.  on_drain, if
 * not NULL, is called once, when the process leaves the state LIFECYCLE_ON.
 */
void	lifecycle_init(int pipe, pid_t master, uint64_t drain, void (*on_drain)(void));

/* Returns the state after the last wait or signal.  Makes no system call. */
enum lifecycle lifecycle_state(void);

/* Returns a sentence, for the client, that says why the state is LIFECYCLE_STOP. */
const char *lifecycle_reason(void);

/*
 * Waits until a descriptor in one of the sets is ready, until the deadline (clock.h), or until
 * lifecycle_state() may have changed.  Either set may be NULL; no descriptor in a set is above
 * `highest`.  Returns the number of ready descriptors, and leaves only these in the sets; or
 * returns 0 and leaves the sets empty.
 */
int	lifecycle_wait(int highest, fd_set *readable, fd_set *writable, uint64_t deadline);

/*
 * Wait until fd is ready to be read or written.  Return 1 if it is ready; 0 at the deadline, if
 * lifecycle_state() is LIFECYCLE_STOP, or if fd is not below FD_SETSIZE.
 */
int	lifecycle_wait_readable(int fd, uint64_t deadline);
int	lifecycle_wait_writable(int fd, uint64_t deadline);

/*
 * Like poll(), for descriptors below FD_SETSIZE, but ends as lifecycle_wait() does.  A descriptor
 * that is closed or broken is reported as ready for what it was to be ready for.  Returns the
 * number of ready descriptors, 0 at the deadline or earlier, or -1 if lifecycle_state() is
 * LIFECYCLE_STOP.
 */
struct pollfd;
int	lifecycle_poll(struct pollfd *fds, size_t count, uint64_t deadline);

/*
 * Writes len bytes to a non-blocking socket, and waits when the socket is not ready.  Returns 0; -1
 * on an error, at the deadline, or if lifecycle_state() is LIFECYCLE_STOP.
 */
int	lifecycle_write(int fd, const void *data, size_t len, uint64_t deadline);

#endif
