/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "conf/conf.h"
#include "ctl/ctl_commands.h"
#include "ctl/ctl_options.h"
#include "ctl/ctl_server.h"
#include "ctl/ctl_watch.h"
#include "status/scoreboard.h"
#include "status/status.h"

/* The path of the status file, or NULL after a message. */
static const char *
find_file(const struct ctl_options *o, struct conf *conf)
{
	if (o->status_file != NULL)
		return o->status_file;
	if (o->conf_file == NULL)
		return SCOREBOARD_FILE;
	if (conf_read(conf, o->conf_file) == -1)
		return NULL;
	if (strcmp(conf->status_file, "none") == 0) {
		ctl_options_complain("the server of %s has no status file (setting: status-file)",
		    o->conf_file);
		return NULL;
	}
	return strcmp(conf->status_file, "auto") == 0 ? SCOREBOARD_FILE : conf->status_file;
}

static uint64_t
realtime(void)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int
show_status(const struct ctl_server *s, const struct ctl_options *o)
{
	struct status status;

	if (status_take(&status, &s->board, clock_now()) == -1) {
		ctl_options_complain("out of memory");
		return CTL_EXIT_UNKNOWN;
	}
	if (o->prometheus) {
		status_print_prometheus(stdout, &status, realtime());
	} else {
		status_reduce(&status, &o->filter);
		(void)status_sort(&status, o->sort);
		if (o->json) {
			status_print_json(stdout, &status, realtime());
		} else {
			status_print_head(stdout, &status);
			(void)fputs(status.count > 0 ? "\n" : "", stdout);
			status_print_table(stdout, &status);
		}
	}
	status_free(&status);
	return CTL_EXIT_DONE;
}

static int
obey(const struct ctl_server *s, const struct ctl_options *o)
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
		return show_status(s, o);
	}
}

/* A server that cannot be shown or told anything: programs learn it in their own form. */
static int
give_up(const struct ctl_options *o, enum ctl_server_state life, const char *path, const char *why)
{
	if (life == CTL_SERVER_DEAD && o->json)
		status_print_json(stdout, NULL, 0);
	if (life == CTL_SERVER_DEAD && o->prometheus)
		status_print_prometheus(stdout, NULL, 0);
	ctl_options_complain("%s: %s", path, why);
	return life == CTL_SERVER_DEAD ? CTL_EXIT_DEAD : CTL_EXIT_UNKNOWN;
}

static int
run(const struct ctl_options *o)
{
	enum ctl_server_state life;
	struct ctl_server s;
	struct conf conf;
	const char *path, *why;
	int status;

	conf_init(&conf);
	path = find_file(o, &conf);
	if (path == NULL) {
		status = CTL_EXIT_UNKNOWN;
	} else if (o->watch) {
		status = ctl_watch_run(path, o);
	} else {
		life = ctl_server_open(&s, path, &why);
		/* To look at it its pid is not needed. */
		if (life == CTL_SERVER_ALIVE ||
		    (life == CTL_SERVER_HIDDEN && o->command <= CTL_CHECK))
			status = obey(&s, o);
		else
			status = give_up(o, life, path, why);
		ctl_server_close(&s);
	}
	conf_free(&conf);
	return status;
}

int
main(int argc, char **argv)
{
	struct ctl_options options;
	int status = CTL_EXIT_DONE;

	if (io_open_standard() == -1)
		return CTL_EXIT_UNKNOWN;
	ctl_watch_init();
	log_set_plain();
	ctl_options_parse(&options, argc, argv);
	if (options.command == CTL_HELP)
		ctl_options_help();
	else if (options.command == CTL_VERSION)
		(void)printf("websocksyctl %s\n", PACKAGE_VERSION);
	else if (options.command == CTL_WRONG)
		status = CTL_EXIT_UNKNOWN;
	else
		status = run(&options);
	return fflush(stdout) == 0 ? status : CTL_EXIT_UNKNOWN;
}
