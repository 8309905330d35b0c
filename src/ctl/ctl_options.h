/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CTL_OPTIONS_H
#define CTL_OPTIONS_H

#include <stdint.h>

#include "status/status.h"

/* What the command line of websocksyctl asks for. */
enum ctl_command {
	CTL_STATUS,
	CTL_CHECK,
	CTL_CLOSE,
	CTL_DRAIN,
	CTL_RELOAD,
	CTL_STOP,
	CTL_HELP,
	CTL_VERSION,
	CTL_WRONG		/* after a message */
};

struct ctl_options {
	enum ctl_command	 command;
	const char		*status_file, *conf_file;	/* NULL: not given */
	struct status_filter	 filter;
	const char		*sort;
	int			 watch, json, prometheus;
	uint64_t		 interval;	/* ms between two looks */
	uint64_t		 timeout;	/* ms to wait for an outcome */
};

void	ctl_options_parse(struct ctl_options *o, int argc, char **argv);

/* Prints on standard output. */
void	ctl_options_help(void);

/* A message on standard error, behind the program's name. */
#if defined(__GNUC__)
#define CTL_OPTIONS_PRINTF	__attribute__((format(printf, 1, 2)))
#else
#define CTL_OPTIONS_PRINTF
#endif
void	ctl_options_complain(const char *format, ...)	CTL_OPTIONS_PRINTF;

#endif
