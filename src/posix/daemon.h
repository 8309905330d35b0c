/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef DAEMON_H
#define DAEMON_H

/*
 * Becoming a daemon.  The starter, the process that was started from the command line, waits in
 * the foreground until the daemon serves.  So its exit status is correct, and startup errors
 * appear on the terminal:
 *
 *	daemon_begin()		after the checks of the configuration, with all sockets bound
 *	  pid file, workers	errors still go to the starter's standard error
 *	daemon_ready()		the starter exits
 */

/*
 * Forks the daemon.  Returns 0 in the daemon: it is in a session of its own, of which it is not
 * the leader, so that it never gets a controlling terminal; its directory is "/", its umask
 * 027, and SIGPIPE is ignored.  Locks and children of the starter do not belong to it.
 *
 * Returns -1 in the starter, after a message, if the fork failed.  Otherwise it does not return
 * in the starter, which closes all descriptors but 0, 1 and 2 and waits: it exits with 0 once
 * the daemon is ready, and with 1 if the daemon ends before that.
 */
int	daemon_begin(void);

/*
 * Startup is complete: redirects descriptors 0, 1 and, unless keep_stderr, 2 to /dev/null, and
 * makes the starter exit with 0.  Does nothing without daemon_begin(), and nothing at a second
 * call.
 */
void	daemon_ready(int keep_stderr);

/*
 * Redirects descriptors as daemon_ready() does, but sends nothing to the starter.  A child that
 * the daemon has forked before daemon_ready() calls it when its further messages belong in the
 * log only.  A child that does not call it keeps the starter's terminal open, and keeps the
 * starter waiting if the daemon dies.
 */
void	daemon_release(int keep_stderr);

#endif
