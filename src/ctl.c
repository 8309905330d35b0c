/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "command.h"
#include "conf.h"
#include "io.h"
#include "log.h"
#include "order.h"
#include "scoreboard.h"
#include "screen.h"
#include "server.h"
#include "survey.h"

/* The path of the status file, or NULL after a message. */
static const char *
find_file(const struct order *o, struct conf *conf)
{
	if (o->status_file != NULL)
		return o->status_file;
	if (o->conf_file == NULL)
		return SCOREBOARD_FILE;
	if (conf_read(conf, o->conf_file) == -1)
		return NULL;
	if (strcmp(conf->status_file, "none") == 0) {
		order_complain("the server of %s has no status file (setting: status-file)",
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
show_status(const struct server *s, const struct order *o)
{
	long master = (long)server_master(s);
	struct survey v;

	if (survey_take(&v, &s->board, clock_now()) == -1) {
		order_complain("out of memory");
		return COMMAND_UNKNOWN;
	}
	if (o->prometheus) {
		survey_print_prometheus(stdout, &v, master, realtime());
	} else {
		survey_reduce(&v, &o->filter);
		(void)survey_sort(&v, o->sort);
		if (o->json) {
			survey_print_json(stdout, &v, master, realtime());
		} else {
			survey_print_head(stdout, &v, master);
			(void)fputs(v.count > 0 ? "\n" : "", stdout);
			survey_print_table(stdout, &v);
		}
	}
	survey_free(&v);
	return COMMAND_DONE;
}

static int
obey(const struct server *s, const struct order *o)
{
	switch (o->command) {
	case ORDER_CHECK:
		return command_check(s);
	case ORDER_CLOSE:
		return command_close(s, o);
	case ORDER_DRAIN:
		return command_drain(s);
	case ORDER_RELOAD:
		return command_reload(s, o);
	case ORDER_STOP:
		return command_stop(s, o);
	default:
		return show_status(s, o);
	}
}

/* A server that cannot be shown or told anything: programs learn it in their own form. */
static int
give_up(const struct order *o, enum server_life life, const char *path, const char *why)
{
	if (life == SERVER_DEAD && o->json)
		survey_print_json(stdout, NULL, 0, 0);
	if (life == SERVER_DEAD && o->prometheus)
		survey_print_prometheus(stdout, NULL, 0, 0);
	order_complain("%s: %s", path, why);
	return life == SERVER_DEAD ? COMMAND_DEAD : COMMAND_UNKNOWN;
}

static int
run(const struct order *o)
{
	enum server_life life;
	struct server s;
	struct conf conf;
	const char *path, *why;
	int status;

	conf_init(&conf);
	path = find_file(o, &conf);
	if (path == NULL) {
		status = COMMAND_UNKNOWN;
	} else if (o->watch) {
		status = screen_run(path, o);
	} else {
		life = server_open(&s, path, &why);
		/* To look at it its pid is not needed. */
		if (life == SERVER_ALIVE ||
		    (life == SERVER_HIDDEN && o->command <= ORDER_CHECK))
			status = obey(&s, o);
		else
			status = give_up(o, life, path, why);
		server_close(&s);
	}
	conf_free(&conf);
	return status;
}

int
main(int argc, char **argv)
{
	struct order order;
	int status = COMMAND_DONE;

	if (io_open_standard() == -1)
		return COMMAND_UNKNOWN;
	screen_init();
	log_set_plain();
	order_parse(&order, argc, argv);
	if (order.command == ORDER_HELP)
		order_help();
	else if (order.command == ORDER_VERSION)
		(void)printf("websocksyctl %s\n", PACKAGE_VERSION);
	else if (order.command == ORDER_WRONG)
		status = COMMAND_UNKNOWN;
	else
		status = run(&order);
	return fflush(stdout) == 0 ? status : COMMAND_UNKNOWN;
}
