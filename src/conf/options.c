/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/version.h"
#include "conf/conf_names.h"
#include "conf/options.h"

#define LETTERS	":p:l:k:b:c:m:f:o:ditThV"

/* The settings that also have an option letter. */
static const struct {
	int		 letter;
	const char	*name, *place;
} letters[] = {
	{ 'p', "port", "-p" }, { 'l', "listen", "-l" }, { 'k', "ping", "-k" },
	{ 'b', "backend", "-b" }
};

static const char usage[] =
    "usage: websocksy [-ditT] [-p port] [-l host] [-k seconds] [-b backend]\n"
    "                 [-c option=value]... [-m directory]... [-o setting=value]...\n"
    "                 [-f file]\n"
    "       websocksy file\n"
    "       websocksy -h | -V\n";

int
options_inetd(int argc, char **argv)
{
	int letter, inetd = 0, other = 0;

	opterr = 0;
	optind = 1;
	while ((letter = getopt(argc, argv, LETTERS)) != -1) {
		inetd |= letter == 'i';
		other |= strchr("tThV", letter) != NULL;
	}
	return inetd && !other;
}

static int
set_letter(struct conf *c, int letter, const char *value)
{
	size_t i;

	for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (letters[i].letter == letter)
			return conf_set(c, letters[i].name, value, letters[i].place);
	return 0;
}

/*
 * Applies the options that are settings, in order.  Returns 0; -1 after messages if an option is
 * invalid.
 */
static int
apply_options(struct conf *c, int argc, char **argv)
{
	int letter, faults = 0;

	optind = 1;
	while ((letter = getopt(argc, argv, LETTERS)) != -1) {
		if (letter == 'd')
			c->daemon = 1;
		else if (letter == 'c')
			faults += conf_add_option_pair(c, optarg, "-c") == -1;
		else if (letter == 'o')
			faults += conf_set_pair(c, optarg, "-o") == -1;
		else if (letter == 'm')
			faults += conf_add_directory(c, optarg, "-m") == -1;
		else
			faults += set_letter(c, letter, optarg) == -1;
	}
	return faults > 0 ? -1 : 0;
}

/* Applies only the options that name directories of modules, for the help. */
static void
apply_directories(struct conf *c, int argc, char **argv)
{
	static const char name[] = "module-directory=";
	int letter;

	optind = 1;
	while ((letter = getopt(argc, argv, LETTERS)) != -1) {
		if (letter == 'm')
			(void)conf_add_directory(c, optarg, "-m");
		else if (letter == 'o' && strncmp(optarg, name, sizeof(name) - 1) == 0)
			(void)conf_set_pair(c, optarg, "-o");
	}
}

static enum options_mode
options_wrong(const char *what, int letter)
{
	if (letter != 0)
		log_errorx("%s -%c (websocksy -h lists all options)", what, letter);
	else
		log_errorx("%s", what);
	return OPTIONS_WRONG;
}

/*
 * Finds the mode and the name of the configuration file in the arguments.  apply_options() handles
 * all other options after the file has been read, so that they override the file even if they come
 * before the option -f.
 */
static enum options_mode
find_mode(int argc, char **argv, const char **file)
{
	enum options_mode mode = OPTIONS_SERVE;
	int letter;

	opterr = 0;
	optind = 1;
	while ((letter = getopt(argc, argv, LETTERS)) != -1) {
		switch (letter) {
		case 'f':
			*file = optarg;
			break;
		case 'i':
			mode = mode == OPTIONS_SERVE ? OPTIONS_INETD : mode;
			break;
		case 't':
			mode = mode == OPTIONS_DUMP ? mode : OPTIONS_CHECK;
			break;
		case 'T':
			mode = OPTIONS_DUMP;
			break;
		case 'h':
			return OPTIONS_HELP;
		case 'V':
			return OPTIONS_VERSION;
		case ':':
			return options_wrong("a value is missing after the option", optopt);
		case '?':
			return options_wrong("there is no option", optopt);
		default:
			break;
		}
	}
	if (optind < argc) {
		log_errorx("'%s' is not an option (give a configuration file after -f, or alone)",
		    argv[optind]);
		return OPTIONS_WRONG;
	}
	return mode;
}

enum options_mode
options_parse(struct conf *c, int argc, char **argv)
{
	enum options_mode mode;
	const char *file = NULL;
	int faults = 0;

	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return OPTIONS_HELP;
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return OPTIONS_VERSION;
	/* A single argument that is not an option is the name of a configuration file. */
	if (argc == 2 && argv[1][0] != '-') {
		faults += conf_read(c, argv[1]) == -1;
		faults += conf_check(c) == -1;
		return faults > 0 ? OPTIONS_WRONG : OPTIONS_SERVE;
	}
	mode = find_mode(argc, argv, &file);
	if (mode == OPTIONS_HELP)
		apply_directories(c, argc, argv);
	if (mode == OPTIONS_HELP || mode == OPTIONS_VERSION)
		return mode;
	if (mode == OPTIONS_WRONG) {
		(void)fputs(usage, stderr);
		conf_lose(c, CONF_NOTHING);
		return mode;
	}
	if (file != NULL)
		faults += conf_read(c, file) == -1;
	faults += apply_options(c, argc, argv) == -1;
	faults += conf_check(c) == -1;
	return faults > 0 ? OPTIONS_WRONG : mode;
}

/* Prints the options of the backends that come with the program. */
static void
print_backend_options(void)
{
	const struct conf_names_option *o, *before = NULL;
	size_t i;

	(void)printf("\noptions of the backends, for -c and for the [backend] section of a file:\n");
	for (i = 0; i < conf_names_count; i++) {
		o = &conf_names_options[i];
		if (before == NULL || strcmp(before->backend, o->backend) != 0)
			(void)printf("  backend %s%s\n", o->backend,
			    before == NULL ? " (the default)" : "");
		(void)printf("    %-16s %s\n", o->name, o->help);
		before = o;
	}
}

void
options_help(void)
{
	static const char *const lines[] = {
		"  -p port            port to listen on; 0: a free one, printed to stdout",
		"  -l host            host name or address to listen on (setting listen)",
		"  -k seconds         time of silence after which a client is pinged; 0: never",
		"  -b backend         backend that finds the peer; drops backend options before it",
		"  -c option=value    an option for the backend, such as host, port or framing",
		"  -m directory       a further directory of modules; the last one that has a",
		"                     module of some name is used",
		"  -o setting=value   any setting of the list below",
		"  -f file            configuration file; all other options override it",
		"  -d                 daemon: go into the background",
		"  -i                 inetd mode: serve the one connection on standard input",
		"  -t                 check the configuration and exit",
		"  -T                 check the configuration, print all settings and exit",
		"  -h                 print this help",
		"  -V                 print the version"
	};
	const char *name, *help;
	struct conf c;
	char value[4200];
	size_t i;
	unsigned n;

	(void)printf("websocksy: bridges WebSocket clients to TCP, UDP and Unix sockets\n\n%s\n",
	    usage);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		(void)printf("%s\n", lines[i]);
	print_backend_options();
	(void)printf("\nsettings for -o and for the [core] section of a file, with their defaults:\n");
	conf_init(&c);
	for (n = 0; conf_setting(&c, n, &name, &help, value, sizeof(value)); n++)
		(void)printf("  %s = %s\n      %s\n", name, value, help);
	conf_free(&c);
}

void
options_version(void)
{
	(void)printf("websocksy %s\n", version);
}

void
options_dump(const struct conf *c)
{
	const struct conf_option *o;
	const char *name, *help;
	char value[4200];
	unsigned n;

	(void)printf("[core]\n");
	for (n = 0; conf_setting(c, n, &name, &help, value, sizeof(value)); n++)
		(void)printf("%s = %s\n", name, value);
	(void)printf("\n[backend]\n");
	for (o = c->options; o != NULL; o = o->next)
		(void)printf("%s = %s\n", o->name, o->value);
}
