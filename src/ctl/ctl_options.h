/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CTL_OPTIONS_H
#define CTL_OPTIONS_H

#include <stdint.h>

#include "status/status.h"

/* The command line of websocksyctl. */
enum ctl_command {
	CTL_STATUS,
	CTL_CHECK,
	CTL_CLOSE,
	CTL_DRAIN,
	CTL_RELOAD,
	CTL_STOP,
	CTL_HELP,
	CTL_VERSION,
	CTL_INVALID		/* the command line is invalid */
};

struct ctl_options {
	enum ctl_command	 command;
	const char		*status_file, *conf_file;	/* NULL: not given */
	struct status_filter	 filter;
	const char		*sort;				/* a key of status_sort() */
	int			 watch, json, prometheus;
	uint64_t		 interval;	/* ms between two updates of status -w */
	uint64_t		 timeout;	/* ms that reload and stop wait */
};

/*
 * Parses a command line.  The strings of o are static or point into argv.  After an error a
 * message has been printed, and o->command is CTL_INVALID.
 */
void	ctl_options_parse(struct ctl_options *o, int argc, char **argv);

/* Prints the commands and options on standard output. */
void	ctl_options_help(void);

/* Prints an error message on standard error, preceded by the name of the program. */
#if defined(__GNUC__)
#define CTL_OPTIONS_FORMAT	__attribute__((format(printf, 1, 2)))
#else
#define CTL_OPTIONS_FORMAT
#endif
void	ctl_options_error(const char *format, ...)	CTL_OPTIONS_FORMAT;

#endif
