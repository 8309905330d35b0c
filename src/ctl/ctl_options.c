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

#define INTERVAL	2000	/* ms */
#define TIMEOUT		30000	/* ms: more than a check, a start and a stop may take */

/* The commands that take an option, as bits. */
#define BIT(command)	(1U << (command))
#define ALL		(BIT(CTL_HELP) - 1)
#define STATUS		BIT(CTL_STATUS)
#define CHOOSES		(STATUS | BIT(CTL_CLOSE))
#define WAITS		(BIT(CTL_RELOAD) | BIT(CTL_STOP))

static const struct {
	const char		*name, *help;
	enum ctl_command	 command;
} commands[] = {
	{ "status", "show the server and its connections (the default)", CTL_STATUS },
	{ "check", "say whether it lives and has room, for monitoring", CTL_CHECK },
	{ "close", "close connections: ID, --client or --peer", CTL_CLOSE },
	{ "drain", "take no more clients, and stop after the last one", CTL_DRAIN },
	{ "reload", "read the configuration anew, and wait for the outcome", CTL_RELOAD },
	{ "stop", "stop at once, and wait for the end", CTL_STOP }
};

enum option {
	FILE_OF, CONF, WATCH, EVERY, JSON, PROMETHEUS, SORT, CLIENT, PEER, WAIT, HELP, VERSION
};

/* Those with a value name it. */
static const struct {
	char		 letter;
	const char	*name, *value, *help;
	unsigned	 commands;
	enum option	 option;
} options[] = {
	{ 's', "status-file", "file", "the server's status file (" SCOREBOARD_FILE ")",
	    ALL, FILE_OF },
	{ 'f', "config", "file", "the server's configuration file, which names it", ALL, CONF },
	{ 'w', "watch", NULL, "status: show it again and again, until ^C", STATUS, WATCH },
	{ 'i', "interval", "time", "status -w: how often (2s)", STATUS, EVERY },
	{ 'j', "json", NULL, "status: as JSON", STATUS, JSON },
	{ 'm', "prometheus", NULL, "status: in the text format of Prometheus", STATUS, PROMETHEUS },
	{ 'o', "sort", "key", "status: ", STATUS, SORT },
	{ 'c', "client", "address", "only of this client: an address, address:port or network",
	    CHOOSES, CLIENT },
	{ 'p', "peer", "peer", "only those to this peer", CHOOSES, PEER },
	{ 't', "timeout", "time", "reload, stop: how long to wait (30s)", WAITS, WAIT },
	{ 'h', "help", NULL, "this help", ALL, HELP },
	{ 'V', "version", NULL, "the version", ALL, VERSION }
};

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

void
ctl_options_complain(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)fputs("websocksyctl: ", stderr);
	(void)vfprintf(stderr, format, ap);
	(void)fputc('\n', stderr);
	va_end(ap);
}

static int
wrong(const char *what, const char *which, const char *mend)
{
	ctl_options_complain("%s%s%s (websocksyctl -h helps)", what, which, mend);
	return -1;
}

static int
set_value(struct ctl_options *o, enum option option, const char *value)
{
	switch (option) {
	case FILE_OF:
		o->status_file = value;
		return 0;
	case CONF:
		o->conf_file = value;
		return 0;
	case EVERY:
		if (scan_duration(value, 100, 3600000, &o->interval) == 0)
			return 0;
		return wrong("-i: not a time such as 2, 500ms or 1m: ", value, "");
	case WAIT:
		if (scan_duration(value, 1, 86400000, &o->timeout) == 0)
			return 0;
		return wrong("-t: not a time such as 30, 500ms or 2m: ", value, "");
	case SORT:
		o->sort = value;
		if (status_sort(NULL, value) == 0)
			return 0;
		return wrong("--sort: there is no such key: ", value, "");
	case CLIENT:
		o->filter.client = value;
		if (status_is_client(value))
			return 0;
		return wrong("--client: not an address such as 192.0.2.1 or [::1]:5000, nor a "
		    "network: ", value, "");
	default:
		o->filter.peer = value;
		return 0;
	}
}

static void
set_flag(struct ctl_options *o, enum option option)
{
	if (option == WATCH)
		o->watch = 1;
	else if (option == JSON)
		o->json = 1;
	else if (option == PROMETHEUS)
		o->prometheus = 1;
	else if (o->command != CTL_VERSION && option == HELP)
		o->command = CTL_HELP;
	else if (o->command != CTL_HELP)
		o->command = CTL_VERSION;
}

/*
 * What the arguments say while they are walked: an option's value stands behind it, in the same
 * argument or the next.
 */
struct walk {
	int		 argc, at;
	char		**argv;
	unsigned	 taken;		/* bits of options[] that were given */
};

static int
take_option(struct ctl_options *o, struct walk *w, size_t i, const char *value, const char *shown)
{
	w->taken |= 1U << i;
	if (options[i].value == NULL) {
		set_flag(o, options[i].option);
		return 0;
	}
	if (value == NULL && ++w->at >= w->argc)
		return wrong("a value is missing behind the option ", shown, "");
	return set_value(o, options[i].option, value != NULL ? value : w->argv[w->at]);
}

static int
take_long(struct ctl_options *o, struct walk *w, const char *text)
{
	size_t len = strcspn(text, "="), i;
	const char *value = text[len] == '=' ? text + len + 1 : NULL;

	for (i = 0; i < COUNT(options); i++) {
		if (strlen(options[i].name) != len || strncmp(options[i].name, text, len) != 0)
			continue;
		if (value != NULL && options[i].value == NULL)
			return wrong("the option takes no value: --", text, "");
		return take_option(o, w, i, value, w->argv[w->at]);
	}
	return wrong("there is no option --", text, "");
}

static int
take_letters(struct ctl_options *o, struct walk *w, const char *text)
{
	char shown[3] = "-";
	size_t i;

	for (; *text != '\0'; text++) {
		shown[1] = *text;
		for (i = 0; i < COUNT(options) && options[i].letter != *text; i++)
			;
		if (i == COUNT(options))
			return wrong("there is no option ", shown, "");
		if (options[i].value != NULL)
			return take_option(o, w, i, text[1] != '\0' ? text + 1 : NULL, shown);
		(void)take_option(o, w, i, NULL, shown);
	}
	return 0;
}

/* The first word is the command, one behind close is an id. */
static int
take_word(struct ctl_options *o, const char *text, int *words)
{
	size_t i;

	if (++*words == 1) {
		for (i = 0; i < COUNT(commands) && strcmp(commands[i].name, text) != 0; i++)
			;
		if (i == COUNT(commands))
			return wrong("there is no command '", text, "'");
		if (o->command == CTL_STATUS)
			o->command = commands[i].command;
		return 0;
	}
	if (o->command != CTL_CLOSE || o->filter.id != NULL)
		return wrong("what is this for: '", text, "'?");
	o->filter.id = text;
	if (status_is_id(text))
		return 0;
	return wrong("not the id of a connection, such as 4711.3: '", text, "'");
}

/* What single arguments cannot show. */
static int
check(const struct ctl_options *o, const struct walk *w)
{
	size_t i;

	if (o->command >= CTL_HELP)
		return 0;
	for (i = 0; i < COUNT(options); i++)
		if ((w->taken & 1U << i) != 0 && (options[i].commands & BIT(o->command)) == 0)
			return wrong("the option is not for this command: --", options[i].name, "");
	if (o->status_file != NULL && o->conf_file != NULL)
		return wrong("either -s or -f says which server is meant", "", "");
	if (o->watch + o->json + o->prometheus > 1)
		return wrong("only one of --watch, --json and --prometheus", "", "");
	if (o->command == CTL_CLOSE && o->filter.id == NULL && o->filter.client == NULL &&
	    o->filter.peer == NULL)
		return wrong("close what? An id as status shows it, --client or --peer", "", "");
	return 0;
}

void
ctl_options_parse(struct ctl_options *o, int argc, char **argv)
{
	struct walk w = { argc, 1, argv, 0 };
	int words = 0, only_words = 0, result = 0;
	const char *text;

	memset(o, 0, sizeof(*o));
	o->command = CTL_STATUS;
	o->sort = "age";
	o->interval = INTERVAL;
	o->timeout = TIMEOUT;
	for (; result == 0 && w.at < argc; w.at++) {
		text = argv[w.at];
		if (only_words || text[0] != '-' || text[1] == '\0')
			result = take_word(o, text, &words);
		else if (strcmp(text, "--") == 0)
			only_words = 1;
		else if (text[1] == '-')
			result = take_long(o, &w, text + 2);
		else
			result = take_letters(o, &w, text + 1);
	}
	if (result == -1 || check(o, &w) == -1)
		o->command = CTL_WRONG;
}

void
ctl_options_help(void)
{
	char name[32];
	size_t i;

	(void)printf("websocksyctl: shows a websocksy server and its connections, and directs it\n"
	    "\nusage: websocksyctl [-s file | -f file] [command] [option...]\n\ncommands:\n");
	for (i = 0; i < COUNT(commands); i++)
		(void)printf("  %-8s  %s\n", commands[i].name, commands[i].help);
	(void)printf("\noptions:\n");
	for (i = 0; i < COUNT(options); i++) {
		(void)snprintf(name, sizeof(name), "--%s%s%s", options[i].name,
		    options[i].value != NULL ? " " : "",
		    options[i].value != NULL ? options[i].value : "");
		(void)printf("  -%c, %-18s  %s%s\n", options[i].letter, name, options[i].help,
		    options[i].option == SORT ? status_sort_keys() : "");
	}
}
