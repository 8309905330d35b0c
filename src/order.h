/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef ORDER_H
#define ORDER_H

#include <stdint.h>

#include "survey.h"

/* What the command line of websocksyctl asks for. */
enum order_command {
	ORDER_STATUS,
	ORDER_CHECK,
	ORDER_CLOSE,
	ORDER_DRAIN,
	ORDER_RELOAD,
	ORDER_STOP,
	ORDER_HELP,
	ORDER_VERSION,
	ORDER_WRONG		/* after a message */
};

struct order {
	enum order_command	 command;
	const char		*status_file, *conf_file;	/* NULL: not given */
	struct survey_filter	 filter;
	const char		*sort;
	int			 watch, json, prometheus;
	uint64_t		 interval;	/* ms between two looks */
	uint64_t		 timeout;	/* ms to wait for an outcome */
};

void	order_parse(struct order *o, int argc, char **argv);

/* Prints on standard output. */
void	order_help(void);

/* A message on standard error, behind the program's name. */
#if defined(__GNUC__)
#define ORDER_PRINTF	__attribute__((format(printf, 1, 2)))
#else
#define ORDER_PRINTF
#endif
void	order_complain(const char *format, ...)	ORDER_PRINTF;

#endif
