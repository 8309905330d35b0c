/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef DAEMON_H
#define DAEMON_H

/*
 * Becoming a daemon.  The foreground process, which was started from the command line, waits until
 * the daemon accepts clients.  So its exit status shows whether the start has succeeded, and
 * startup errors appear on the terminal.  The sequence of calls is:
 *
 *	daemon_begin()		after the checks of the configuration, with all sockets bound
 *	  pid file, workers	errors still go to the terminal of the foreground process
 *	daemon_ready()		the foreground process exits
 */

/*
 * Forks the daemon and returns 0 in the daemon.  The daemon is in a new session but is not the
 * leader of the session, so that it never gets a controlling terminal.  The daemon's directory is
 * "/", its umask is 027, and SIGPIPE is ignored.  It has none of the locks and children of the
 * foreground process.
 *
 * In the foreground process, returns -1 after a message if no process could be forked.  Otherwise
 * the function does not return in this process: it closes all descriptors except 0, 1 and 2 and
 * waits for the daemon.  The foreground process exits with 0 when the daemon is ready, and with 1
 * if the daemon exits before it is ready.
 */
int	daemon_begin(void);

/*
 * Ends the startup: redirects the descriptors 0, 1 and, unless keep_stderr is 1, 2 to /dev/null,
 * and makes the foreground process exit with 0.  Does nothing if daemon_begin() was not called, or
 * at a second call.
 */
void	daemon_ready(int keep_stderr);

/*
 * Redirects the descriptors like daemon_ready(), but sends nothing to the foreground process.  For
 * a child that the daemon has forked before daemon_ready(), and whose further messages belong in
 * the log only.  A child that does not call this function keeps the terminal open, and keeps the
 * foreground process waiting if the daemon exits before it is ready.
 */
void	daemon_release(int keep_stderr);

#endif
