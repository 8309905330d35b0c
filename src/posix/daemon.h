/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef DAEMON_H
#define DAEMON_H

/*
 * The way into the background.  Whoever started the program waits for it in the foreground until
 * it serves, so that its exit status is the truth and its messages stand on the terminal:
 *
 *	daemon_begin()		everything that can be checked has been, sockets are bound
 *	  pid file, workers	what is still wrong is said on the caller's standard error
 *	daemon_ready()		the caller goes on
 */

/*
 * Goes on in a process of a session of its own that is not its leader and so never gets a
 * terminal, in the directory "/", with umask 027 and SIGPIPE ignored.  Returns 0 there; -1 after a
 * message, in the process that was started, if it could not be made.  Otherwise that process does
 * not return: it lets go of all descriptors but 0, 1 and 2 and waits.  It exits with 0 once the
 * daemon is ready, with 1 if it ends before.  Locks and children do not follow into the daemon.
 */
int	daemon_begin(void);

/*
 * The daemon serves: descriptors 0, 1 and, unless keep_stderr, 2 are /dev/null from now on, and the
 * process that was started exits with 0.  Does nothing without daemon_begin(), or a second time.
 */
void	daemon_ready(int keep_stderr);

/*
 * The same, without a word to the process that was started: for a child of the daemon that was
 * forked before it was ready, as soon as what the child has to say is for the log alone.  A
 * child that does not call it keeps the caller's terminal open, and the caller waiting if the
 * daemon dies.
 */
void	daemon_release(int keep_stderr);

#endif
