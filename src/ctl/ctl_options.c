/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/scan.h"
#include "ctl/ctl_options.h"

#define DEFAULT_INTERVAL	2000	/* ms */
#define DEFAULT_TIMEOUT		30000	/* ms: more than a reload or a stop should need */

/* Sets of commands, one bit for each command. */
#define BIT(command)	(1U << (command))
#define ALL		(BIT(CTL_HELP) - 1)
#define STATUS		BIT(CTL_STATUS)
#define SELECTING	(STATUS | BIT(CTL_CLOSE))
#define WAITING		(BIT(CTL_RELOAD) | BIT(CTL_STOP))

static const struct {
	const char		*name, *help;
	enum ctl_command	 command;
} commands[] = {
	{ "status", "show the server and its connections (the default)", CTL_STATUS },
	{ "check", "report whether the server accepts clients, for monitoring", CTL_CHECK },
	{ "close", "close connections: an id, --client or --peer", CTL_CLOSE },
	{ "drain", "accept no more clients, and stop after the last one", CTL_DRAIN },
	{ "reload", "read the configuration again, and wait for the outcome", CTL_RELOAD },
	{ "stop", "close all connections, and wait until the server has exited", CTL_STOP }
};

enum option {
	OPTION_STATUS_FILE, OPTION_CONFIG, OPTION_WATCH, OPTION_INTERVAL, OPTION_JSON,
	OPTION_PROMETHEUS, OPTION_SORT, OPTION_CLIENT, OPTION_PEER, OPTION_TIMEOUT, OPTION_HELP,
	OPTION_VERSION
};

static const struct {
	char		 letter;
	const char	*name;
	const char	*value;		/* name of the value in the help; NULL: no value */
	const char	*help;
	unsigned	 commands;	/* the set of commands that allow the option */
	enum option	 option;
} options[] = {
	{ 's', "status-file", "file", "the server's status file (" SCOREBOARD_FILE " or "
	    SCOREBOARD_FILE_UNIT ")", ALL, OPTION_STATUS_FILE },
	{ 'f', "config", "file", "the server's configuration file, which names that file",
	    ALL, OPTION_CONFIG },
	{ 'w', "watch", NULL, "status: show it repeatedly, until ^C", STATUS, OPTION_WATCH },
	{ 'i', "interval", "time", "status -w: time between two updates (2s)",
	    STATUS, OPTION_INTERVAL },
	{ 'j', "json", NULL, "status: print it as JSON", STATUS, OPTION_JSON },
	{ 'm', "prometheus", NULL, "status: print it in the text format of Prometheus",
	    STATUS, OPTION_PROMETHEUS },
	/* ctl_options_help() appends the list of sort keys to "sort by ". */
	{ 'o', "sort", "key", "status: sort by ", STATUS, OPTION_SORT },
	{ 'c', "client", "address", "select by client: an address, address:port, network or unix",
	    SELECTING, OPTION_CLIENT },
	{ 'p', "peer", "peer", "select by peer", SELECTING, OPTION_PEER },
	{ 't', "timeout", "time", "reload, stop: longest time to wait (30s)",
	    WAITING, OPTION_TIMEOUT },
	{ 'h', "help", NULL, "print this help", ALL, OPTION_HELP },
	{ 'V', "version", NULL, "print the version", ALL, OPTION_VERSION }
};

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

void
ctl_options_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)fputs("websocksyctl: ", stderr);
	(void)vfprintf(stderr, format, ap);
	(void)fputc('\n', stderr);
	va_end(ap);
}

/* Prints an error in the command line, with the argument that is invalid.  Returns -1. */
static int
usage_error(const char *before, const char *word, const char *after)
{
	ctl_options_error("%s%s%s (see websocksyctl -h)", before, word, after);
	return -1;
}

static int
set_value(struct ctl_options *o, enum option option, const char *value)
{
	switch (option) {
	case OPTION_STATUS_FILE:
		o->status_file = value;
		return 0;
	case OPTION_CONFIG:
		o->conf_file = value;
		return 0;
	case OPTION_INTERVAL:
		if (scan_duration(value, 100, 3600000, &o->interval) == 0)
			return 0;
		return usage_error("--interval: not a time from 100ms to 1h, such as 2 or 500ms: ",
		    value, "");
	case OPTION_TIMEOUT:
		if (scan_duration(value, 1, 86400000, &o->timeout) == 0)
			return 0;
		return usage_error("--timeout: not a time from 1ms to 1d, such as 30 or 2m: ",
		    value, "");
	case OPTION_SORT:
		o->sort = value;
		if (status_sort(NULL, value) == 0)
			return 0;
		return usage_error("--sort: there is no such key: ", value, "");
	case OPTION_CLIENT:
		o->filter.client = value;
		if (status_is_client(value))
			return 0;
		return usage_error("--client: not an address such as 192.0.2.1 or [::1]:5000, nor "
		    "a network: ", value, "");
	default:
		o->filter.peer = value;
		return 0;
	}
}

static void
set_flag(struct ctl_options *o, enum option option)
{
	if (option == OPTION_WATCH)
		o->watch = 1;
	else if (option == OPTION_JSON)
		o->json = 1;
	else if (option == OPTION_PROMETHEUS)
		o->prometheus = 1;
	else if (o->command != CTL_VERSION && option == OPTION_HELP)
		o->command = CTL_HELP;
	else if (o->command != CTL_HELP)
		o->command = CTL_VERSION;
}

/* The state of the parser. */
struct parser {
	int		  argc, at;	/* argv[at] is the argument being parsed */
	char		**argv;
	unsigned	  given;	/* bit i: options[i] was given */
};

static int
take_option(struct ctl_options *o, struct parser *p, size_t i, const char *value, const char *shown)
{
	p->given |= 1U << i;
	if (options[i].value == NULL) {
		set_flag(o, options[i].option);
		return 0;
	}
	if (value == NULL && ++p->at >= p->argc)
		return usage_error("there is no value after the option ", shown, "");
	return set_value(o, options[i].option, value != NULL ? value : p->argv[p->at]);
}

static int
take_long(struct ctl_options *o, struct parser *p, const char *text)
{
	size_t len = strcspn(text, "="), i;
	const char *value = text[len] == '=' ? text + len + 1 : NULL;

	for (i = 0; i < COUNT(options); i++) {
		if (strlen(options[i].name) != len || strncmp(options[i].name, text, len) != 0)
			continue;
		if (value != NULL && options[i].value == NULL)
			return usage_error("the option has no value: --", text, "");
		return take_option(o, p, i, value, p->argv[p->at]);
	}
	return usage_error("there is no option --", text, "");
}

static int
take_letters(struct ctl_options *o, struct parser *p, const char *text)
{
	char shown[3] = "-";
	size_t i;

	for (; *text != '\0'; text++) {
		shown[1] = *text;
		for (i = 0; i < COUNT(options) && options[i].letter != *text; i++)
			;
		if (i == COUNT(options))
			return usage_error("there is no option ", shown, "");
		if (options[i].value != NULL)
			return take_option(o, p, i, text[1] != '\0' ? text + 1 : NULL, shown);
		(void)take_option(o, p, i, NULL, shown);
	}
	return 0;
}

/* Parses an argument that is not an option: the command, or the id after close. */
static int
take_word(struct ctl_options *o, const char *text, int *words)
{
	size_t i;

	if (++*words == 1) {
		for (i = 0; i < COUNT(commands) && strcmp(commands[i].name, text) != 0; i++)
			;
		if (i == COUNT(commands))
			return usage_error("there is no command '", text, "'");
		if (o->command == CTL_STATUS)
			o->command = commands[i].command;
		return 0;
	}
	if (o->command != CTL_CLOSE || o->filter.id != NULL)
		return usage_error("one argument too many: '", text, "'");
	o->filter.id = text;
	if (status_is_id(text))
		return 0;
	return usage_error("not the id of a connection, such as 4711.3: '", text, "'");
}

/* Checks that each option is allowed for the command and together with the other options. */
static int
check_options(const struct ctl_options *o, const struct parser *p)
{
	size_t i;

	if (o->command >= CTL_HELP)
		return 0;
	for (i = 0; i < COUNT(options); i++)
		if ((p->given & 1U << i) != 0 && (options[i].commands & BIT(o->command)) == 0)
			return usage_error("this command does not take the option --",
			    options[i].name, "");
	if (o->status_file != NULL && o->conf_file != NULL)
		return usage_error("only one of --status-file and --config can be given", "", "");
	if (o->watch + o->json + o->prometheus > 1)
		return usage_error("only one of --watch, --json and --prometheus can be given",
		    "", "");
	if (o->command == CTL_CLOSE && o->filter.id == NULL && o->filter.client == NULL &&
	    o->filter.peer == NULL)
		return usage_error("close needs the id of a connection, --client or --peer",
		    "", "");
	return 0;
}

void
ctl_options_parse(struct ctl_options *o, int argc, char **argv)
{
	struct parser p = { argc, 1, argv, 0 };
	int words = 0, only_words = 0, result = 0;
	const char *text;

	memset(o, 0, sizeof(*o));
	o->command = CTL_STATUS;
	o->sort = "age";
	o->interval = DEFAULT_INTERVAL;
	o->timeout = DEFAULT_TIMEOUT;
	for (; result == 0 && p.at < argc; p.at++) {
		text = argv[p.at];
		if (only_words || text[0] != '-' || text[1] == '\0')
			result = take_word(o, text, &words);
		else if (strcmp(text, "--") == 0)
			only_words = 1;
		else if (text[1] == '-')
			result = take_long(o, &p, text + 2);
		else
			result = take_letters(o, &p, text + 1);
	}
	if (result == -1 || check_options(o, &p) == -1)
		o->command = CTL_INVALID;
}

void
ctl_options_help(void)
{
	char name[32];
	size_t i;

	(void)printf("websocksyctl: show and control a websocksy server and its connections\n"
	    "\nusage: websocksyctl [-s file | -f file] [command] [option...]\n\ncommands:\n");
	for (i = 0; i < COUNT(commands); i++)
		(void)printf("  %-8s  %s\n", commands[i].name, commands[i].help);
	(void)printf("\noptions:\n");
	for (i = 0; i < COUNT(options); i++) {
		(void)snprintf(name, sizeof(name), "--%s%s%s", options[i].name,
		    options[i].value != NULL ? " " : "",
		    options[i].value != NULL ? options[i].value : "");
		(void)printf("  -%c, %-18s  %s%s\n", options[i].letter, name, options[i].help,
		    options[i].option == OPTION_SORT ? status_sort_keys() : "");
	}
}
