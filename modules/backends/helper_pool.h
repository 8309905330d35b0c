/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef HELPER_POOL_H
#define HELPER_POOL_H

/*
 * The helpers of all workers, which the auxiliary process keeps.  The first question starts a
 * helper.  Another one is started when a question has waited for 100 ms, up to a limit.  A question
 * that has waited for the timeout without getting a helper is refused; a helper that does not
 * answer within the timeout is killed and replaced.  So helpers that hang make a question wait for
 * the timeout, but not longer.
 */
#define HELPER_POOL_MAX	64	/* helpers, at most */

struct helper_pool_options {
	const char	*command;	/* for the shell */
	unsigned	 helpers;	/* the number of helpers, at most */
	unsigned	 timeout;	/* ms */
};

/*
 * Runs the helpers and answers the questions from the socket fd, until no worker is left or the
 * process must exit.  Returns the exit status of the process.
 */
int	helper_pool_run(const struct helper_pool_options *options, int fd);

#endif
