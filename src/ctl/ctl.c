/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "base/log.h"
#include "conf/conf.h"
#include "ctl/ctl_commands.h"
#include "ctl/ctl_options.h"
#include "ctl/ctl_server.h"
#include "ctl/ctl_watch.h"
#include "status/scoreboard.h"
#include "status/status.h"

/*
 * Returns the path of the status file, or NULL after an error message.  The string may belong to
 * conf: do not use it after conf_free().
 */
static const char *
find_file(const struct ctl_options *o, struct conf *conf)
{
	static const char *const automatic[] = { SCOREBOARD_FILE, SCOREBOARD_FILE_UNIT, NULL };

	if (o->status_file != NULL)
		return o->status_file;
	if (o->conf_file == NULL)
		return ctl_server_find(automatic);
	if (conf_read(conf, o->conf_file) == -1)
		return NULL;
	if (strcmp(conf->status_file, "none") == 0) {
		ctl_options_error("the server of %s has no status file (setting: status-file)",
		    o->conf_file);
		return NULL;
	}
	/* The service of systemd sets another file than a daemon has by default. */
	return strcmp(conf->status_file, "auto") == 0 ? ctl_server_find(automatic) :
	    conf->status_file;
}

static int
run_command(const struct ctl_server *s, const struct ctl_options *o)
{
	switch (o->command) {
	case CTL_CHECK:
		return ctl_commands_check(s);
	case CTL_CLOSE:
		return ctl_commands_close(s, o);
	case CTL_DRAIN:
		return ctl_commands_drain(s);
	case CTL_RELOAD:
		return ctl_commands_reload(s, o);
	case CTL_STOP:
		return ctl_commands_stop(s, o);
	default:
		return ctl_commands_status(s, o);
	}
}

/*
 * Reports that no server can be used: on standard error and, if the server does not run, also in
 * the output format that the options select.  Returns the exit status.
 */
static int
give_up(const struct ctl_options *o, enum ctl_server_state state, const char *path, const char *why)
{
	struct ctl_server unit;

	memset(&unit, 0, sizeof(unit));
	if (state == CTL_SERVER_DOWN && o->json)
		status_print_json(stdout, NULL, 0);
	if (state == CTL_SERVER_DOWN && o->prometheus)
		status_print_prometheus(stdout, NULL, 0);
	ctl_options_error("%s: %s", path, why);
	/* The service of systemd sets the status file on its command line. */
	if (state == CTL_SERVER_DOWN && o->conf_file != NULL &&
	    ctl_server_open(&unit, SCOREBOARD_FILE_UNIT, &why) == CTL_SERVER_RUNS)
		ctl_options_error("the service of systemd runs, and has the status file "
		    SCOREBOARD_FILE_UNIT " (-s)");
	if (unit.board.head != NULL)
		ctl_server_close(&unit);
	return state == CTL_SERVER_DOWN ? CTL_EXIT_DOWN : CTL_EXIT_ERROR;
}

static int
run(const struct ctl_options *o)
{
	enum ctl_server_state state;
	struct ctl_server s;
	struct conf conf;
	const char *path, *why;
	int status;

	conf_init(&conf);
	path = find_file(o, &conf);
	if (path == NULL) {
		status = CTL_EXIT_ERROR;
	} else if (o->watch) {
		status = ctl_watch_run(path, o);
	} else {
		state = ctl_server_open(&s, path, &why);
		/*
		 * The commands up to CTL_CHECK only read the status file, and do not need the
		 * pid.
		 */
		if (state == CTL_SERVER_RUNS ||
		    (state == CTL_SERVER_HIDDEN && o->command <= CTL_CHECK))
			status = run_command(&s, o);
		else
			status = give_up(o, state, path, why);
		ctl_server_close(&s);
	}
	conf_free(&conf);
	return status;
}

int
main(int argc, char **argv)
{
	struct ctl_options options;
	int status = CTL_EXIT_OK;

	if (io_open_standard() == -1)
		return CTL_EXIT_ERROR;
	ctl_watch_init();
	log_set_plain();
	ctl_options_parse(&options, argc, argv);
	if (options.command == CTL_HELP)
		ctl_options_help();
	else if (options.command == CTL_VERSION)
		(void)printf("websocksyctl %s\n", PACKAGE_VERSION);
	else if (options.command == CTL_INVALID)
		status = CTL_EXIT_ERROR;
	else
		status = run(&options);
	return fflush(stdout) == 0 ? status : CTL_EXIT_ERROR;
}
