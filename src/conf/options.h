/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef OPTIONS_H
#define OPTIONS_H

#include "conf/conf.h"

/* The mode that the command line selects. */
enum options_mode {
	OPTIONS_SERVE,
	OPTIONS_INETD,		/* -i */
	OPTIONS_CHECK,		/* -t */
	OPTIONS_DUMP,		/* -T */
	OPTIONS_HELP,		/* -h */
	OPTIONS_VERSION,	/* -V */
	OPTIONS_WRONG		/* the command line or the file is invalid; messages were logged */
};

/*
 * Returns whether the arguments select inetd mode.  This function must be called first: in inetd
 * mode standard error may be the client's connection, so nothing may be printed there.
 */
int	options_inetd(int argc, char **argv);

/*
 * Reads the command line into *c, which must hold the defaults: first the configuration file, if
 * the command line names one, then the other options in order.
 */
enum options_mode options_parse(struct conf *c, int argc, char **argv);

/* Print the help, the version, or the configuration on standard output. */
void	options_help(void);
void	options_version(void);
void	options_dump(const struct conf *c);

#endif
