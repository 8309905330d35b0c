/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CTL_H
#define CTL_H

#include "server.h"

/*
 * websocksyctl beside a server.  Its path is in WEBSOCKSYCTL (else ./websocksyctl).
 *
 *	static struct ctl s;
 *
 *	ctl_start(&s, "max-workers = 4\n");
 *	ck_assert_int_eq(ctl_run(&s, "close", "--peer", peer, NULL), 0);
 *	ctl_stop(&s);
 */
struct ctl {
	struct server	 server;
	char		 file[600];		/* the status file */
	char		 out[256 * 1024];	/* what the last one printed */
	char		 err[16 * 1024];	/* the same on standard error */
};

/* All that it may print. */
#define CTL_PRINTABLE	" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_" \
	"`abcdefghijklmnopqrstuvwxyz{|}~\n"

/* The server, with a status file and these lines of configuration. */
void	ctl_start(struct ctl *s, const char *lines);
void	ctl_stop(struct ctl *s);

/* Writes the configuration anew, as ctl_start() does. */
void	ctl_write(struct ctl *s, const char *lines);

/*
 * Runs it with -s and these arguments, NULL behind the last, to its end; its exit status.  One
 * that a signal ends fails the test.
 */
int	ctl_run(struct ctl *s, ...) __attribute__((sentinel));

/* The same with no other arguments than these. */
int	ctl_run_bare(struct ctl *s, ...) __attribute__((sentinel));

/* From now on as this user, who has no more rights than others; 0 for nobody else than us. */
void	ctl_become(uid_t uid);

/* What the last one printed has this text. */
void	ctl_expect_out(const struct ctl *s, const char *text);
void	ctl_expect_err(const struct ctl *s, const char *text);

/* The program's whole path. */
const char *ctl_path(void);

/* The part on the master: adds its test case. */
void	ctl_master_cases(Suite *suite);

#endif
