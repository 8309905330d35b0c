/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef OPTIONS_H
#define OPTIONS_H

#include "conf/conf.h"

/* What the command line asks for. */
enum options_mode {
	OPTIONS_SERVE,
	OPTIONS_INETD,		/* -i */
	OPTIONS_CHECK,		/* -t */
	OPTIONS_DUMP,		/* -T */
	OPTIONS_HELP,		/* -h */
	OPTIONS_VERSION,	/* -V */
	OPTIONS_WRONG		/* after messages */
};

/* Whether the arguments ask for inetd mode; looked at before anything may be printed. */
int	options_inetd(int argc, char **argv);

/*
 * Reads the command line into a configuration that has its defaults: the
 * file first, then what stands beside it, in order.
 */
enum options_mode options_parse(struct conf *c, int argc, char **argv);

/* Print on standard output. */
void	options_help(void);
void	options_version(void);
void	options_dump(const struct conf *c);

#endif
