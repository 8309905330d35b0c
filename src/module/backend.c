/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "conf/conf_names.h"
#include "conf/conf_value.h"
#include "module/api.h"
#include "module/backend.h"
#include "module/guard.h"
#include "module/module.h"

static int
is_listed(const char *const *names, const char *name)
{
	while (*names != NULL && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

/* Passes an option to the backend.  Returns 0, or -1 after a message. */
static int
configure_option(const struct backend *b, const struct conf *c, const struct conf_option *o)
{
	char name[128] = "the built-in backend";
	const char *habit;
	struct guard before;
	uint64_t result = 1;

	if (b->module != NULL)
		(void)snprintf(name, sizeof(name), "backend %s", c->backend);
	if (b->options != NULL && !is_listed(b->options, o->name)) {
		conf_names_report_option(o->name, name, b->options, o->place);
		return -1;
	}
	if (b->configure != NULL) {
		api_set_place(o->place);
		guard_enter(&before, b->module, "configure()");
		result = b->configure(o->name, o->value);
		guard_leave(&before);
		api_set_place(NULL);
	}
	if (result == 0)
		return 0;
	habit = conf_value_habit(o->value);
	log_errorx("%s: %s does not accept the option %s = %s%s%s", o->place, name, o->name,
	    o->value, habit != NULL ? ": " : "", habit != NULL ? habit : "");
	if (b->options == NULL)
		conf_names_report_section(o->name, o->place);
	return -1;
}

static int
backend_configure(const struct backend *b, const struct conf *c)
{
	const struct conf_option *o;
	int faults = 0;

	for (o = c->options; o != NULL; o = o->next)
		faults += configure_option(b, c, o) == -1;
	return faults > 0 ? -1 : 0;
}

/*
 * Calls configured() of the backend, which reports missing and conflicting options before the first
 * client connects.
 */
static int
backend_check(const struct backend *b, const struct conf *c)
{
	struct guard before;
	int result;

	/* If options are missing because of other faults, a module would only complain of that. */
	if (b->configured == NULL || (c->known != CONF_COMPLETE && b->module != NULL))
		return 0;
	guard_enter(&before, b->module, "configured()");
	result = b->configured();
	guard_leave(&before);
	if (result == 0)
		return 0;
	/* The built-in backend has logged the reason; a module may not have logged one. */
	if (b->module != NULL)
		log_errorx("%s: backend %s cannot work with the options that it has",
		    conf_place(c, "backend"), c->backend);
	if (c->dropped != NULL)
		log_warnx("%s", c->dropped);
	return -1;
}

/*
 * Passes all options to the backend and checks them together.  Returns 0, or -1 after a message for
 * each fault.
 */
static int
backend_set_options(const struct backend *b, const struct conf *c)
{
	int result = backend_configure(b, c);

	/* A module whose options were refused would complain that they are missing. */
	if (result == -1 && b->module != NULL)
		return -1;
	return backend_check(b, c) == -1 ? -1 : result;
}

static int
find_functions(struct backend *b, const struct module *m)
{
	b->module = m->name;
	module_function(m, "init", &b->init, sizeof(b->init));
	module_function(m, "configure", &b->configure, sizeof(b->configure));
	module_function(m, "query", &b->query, sizeof(b->query));
	module_function(m, "cleanup", &b->cleanup, sizeof(b->cleanup));
	if (b->init != NULL && b->query != NULL)
		return 0;
	log_errorx("module %s is not a backend: it does not export %s()", m->name,
	    b->init == NULL ? "init" : "query");
	return -1;
}

static int
backend_init(struct backend *b, const struct module *m)
{
	struct guard before;

	(void)api_take_options();
	guard_enter(&before, b->module, "init()");
	b->version = b->init();
	guard_leave(&before);
	if (m != NULL)
		b->options = api_take_options();
	/* In a module of version 1, an exported function configured() may have another purpose. */
	if (m != NULL && b->version == 2)
		module_function(m, "configured", &b->configured, sizeof(b->configured));
	if (b->version == 1 || b->version == 2)
		return 0;
	log_errorx("module %s is written for version %llu of the interface; this program "
	    "supports 1 and 2", b->module, (unsigned long long)b->version);
	return -1;
}

int
backend_start(struct backend *b, const struct conf *c)
{
	const struct module *m = NULL;

	memset(b, 0, sizeof(*b));
	(void)api_faulted();
	if (strcmp(c->backend, "internal") == 0) {
		*b = *backend_default();
	} else {
		m = module_load_backend(c->module_directory, c->backend, conf_place(c, "backend"));
		if (m == NULL || find_functions(b, m) == -1) {
			memset(b, 0, sizeof(*b));
			return -1;
		}
	}
	if (backend_init(b, m) == 0 && backend_set_options(b, c) == 0 &&
	    !api_faulted() && (m == NULL || !module_is_threaded(m)))
		return 0;
	backend_stop(b);
	return -1;
}

void
backend_stop(struct backend *b)
{
	struct guard before;

	if (b->cleanup != NULL) {
		guard_enter(&before, b->module, "cleanup()");
		b->cleanup();
		guard_leave(&before);
	}
	memset(b, 0, sizeof(*b));
}

ws_peer_info
backend_query(const struct backend *b, uint64_t timeout, char *endpoint, size_t protocols,
    char **protocol, size_t headers, ws_http_header *header, websocket *ws)
{
	struct guard before;
	ws_peer_info info;

	if (b->module == NULL)
		return b->query(endpoint, protocols, protocol, headers, header, ws);
	api_set_request(ws);
	guard_enter(&before, b->module, "query()");
	guard_deadline(timeout);
	info = b->query(endpoint, protocols, protocol, headers, header, ws);
	guard_deadline(0);
	guard_leave(&before);
	api_set_request(NULL);
	/* A module of version 1 does not know the last members, and has not set them. */
	if (b->version == 1) {
		info.status = 0;
		info.reason = NULL;
		info.type = ws_type_of_framing;
	}
	return info;
}

void
backend_free_info(const struct backend *b, ws_peer_info *info)
{
	if (b->module != NULL) {
		free(info->host);
		free(info->port);
		free(info->framing_config);
		free(info->reason);
	}
	info->host = info->port = info->framing_config = info->reason = NULL;
}
