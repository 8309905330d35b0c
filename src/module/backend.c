/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "module/api.h"
#include "module/backend.h"
#include "module/guard.h"
#include "module/module.h"

static int
backend_configure(const struct backend *b, const struct conf *c)
{
	struct conf_option *o;
	struct guard before;
	uint64_t result;
	int faults = 0;

	for (o = c->options; o != NULL; o = o->next) {
		result = 1;
		if (b->configure != NULL) {
			guard_enter(&before, b->module, "configure()");
			result = b->configure(o->name, o->value);
			guard_leave(&before);
		}
		if (result != 0) {
			log_errorx("%s: backend %s does not accept the option %s = %s", o->place,
			    c->backend, o->name, o->value);
			faults++;
		}
	}
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

	if (b->configured == NULL)
		return 0;
	guard_enter(&before, b->module, "configured()");
	result = b->configured();
	guard_leave(&before);
	if (result == 0)
		return 0;
	/* The built-in backend has logged the reason; a module may not have logged one. */
	if (b->module != NULL)
		log_errorx("backend %s cannot work with the options that it has", c->backend);
	return -1;
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

	guard_enter(&before, b->module, "init()");
	b->version = b->init();
	guard_leave(&before);
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
		m = module_load_backend(c->module_directory, c->backend);
		if (m == NULL || find_functions(b, m) == -1) {
			memset(b, 0, sizeof(*b));
			return -1;
		}
	}
	if (backend_init(b, m) == 0 && backend_configure(b, c) == 0 && backend_check(b, c) == 0 &&
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
	guard_enter(&before, b->module, "query()");
	guard_deadline(timeout);
	info = b->query(endpoint, protocols, protocol, headers, header, ws);
	guard_deadline(0);
	guard_leave(&before);
	/* A module of version 1 does not know status and reason, and has not set them. */
	if (b->version == 1) {
		info.status = 0;
		info.reason = NULL;
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
