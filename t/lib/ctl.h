/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CTL_H
#define CTL_H

#include "server.h"

/*
 * Runs websocksyctl for a server. The program's path is in the environment variable WEBSOCKSYCTL
 * (otherwise ./websocksyctl).
 *
 *	static struct ctl s;
 *
 *	ctl_start(&s, "max-workers = 4\n");
 *	ck_assert_int_eq(ctl_run(&s, "close", "--peer", peer, NULL), 0);
 *	ctl_stop(&s);
 */
struct ctl {
	struct server	 server;
	char		 file[600];		/* path of the status file */
	char		 out[256 * 1024];	/* standard output of the last run */
	char		 err[16 * 1024];	/* standard error of the last run */
};

/* Fails if the text has characters other than those that websocksyctl may print. */
#define CTL_PRINTABLE	" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_" \
	"`abcdefghijklmnopqrstuvwxyz{|}~\n"

/* Starts a server whose configuration has a status file and these lines. */
void	ctl_start(struct ctl *s, const char *lines);
void	ctl_stop(struct ctl *s);

/* Writes the configuration file again, with the status file and these lines. */
void	ctl_write(struct ctl *s, const char *lines);

/*
 * Runs websocksyctl with -s, the path of the status file and these arguments, the last one NULL.
 * Returns its exit status; if a signal ends websocksyctl, the test fails.
 */
int	ctl_run(struct ctl *s, ...) __attribute__((sentinel));

/* Like ctl_run(), but without -s and the path of the status file. */
int	ctl_run_bare(struct ctl *s, ...) __attribute__((sentinel));

/*
 * Sets the user id and group id of websocksyctl until the next ctl_start(); 0: those of the test.
 */
void	ctl_become(uid_t uid);

/* Checks that standard output (error) of the last run contains this text. */
void	ctl_expect_out(const struct ctl *s, const char *text);
void	ctl_expect_err(const struct ctl *s, const char *text);

/* Returns the path of websocksyctl. */
const char *ctl_path(void);

/* The part of the program test_ctl about the master: adds its test case. */
void	ctl_master_cases(Suite *suite);

#endif
