/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Fuzz target of endpoint.h. In any list each part fits its field, reading the list comes to an
 * end, and each endpoint that is written as text gives the same endpoint when it is read.
 */

#include "config.h"

#include "fuzz.h"
#include "proto/endpoint.h"

static void
check_fields(const struct endpoint *e)
{
	FUZZ_CHECK(memchr(e->host, '\0', sizeof(e->host)) != NULL);
	FUZZ_CHECK(memchr(e->port, '\0', sizeof(e->port)) != NULL);
	FUZZ_CHECK(memchr(e->path, '\0', sizeof(e->path)) != NULL);
	FUZZ_CHECK((e->host[0] != '\0') != (e->path[0] != '\0'));
	FUZZ_CHECK(e->path[0] == '\0' || (e->path[0] == '/' && e->port[0] == '\0'));
	FUZZ_CHECK(e->proxy == 0 || e->proxy == 1);
	FUZZ_CHECK(strpbrk(e->host, ", \t") == NULL && strpbrk(e->path, ", \t") == NULL);
}

static void
check_again(const struct endpoint *e)
{
	char text[2 * ENDPOINT_HOST_SIZE];
	const char *list = text, *why = NULL, *more = e->proxy ? " proxy" : "";
	struct endpoint again;

	if (e->path[0] != '\0')
		snprintf(text, sizeof(text), "unix://%s%s", e->path, more);
	else if (strchr(e->host, ']') != NULL || e->host[0] == '[')
		return;		/* not a valid host between brackets */
	else
		snprintf(text, sizeof(text), "[%s]%s%s%s", e->host, e->port[0] != '\0' ? ":" : "",
		    e->port, more);
	FUZZ_CHECK(endpoint_next(&list, &again, &why) == 1);
	FUZZ_CHECK(strcmp(again.host, e->host) == 0 && strcmp(again.port, e->port) == 0 &&
	    strcmp(again.path, e->path) == 0 && again.proxy == e->proxy);
	FUZZ_CHECK(endpoint_next(&list, &again, &why) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	const char *list = text, *before, *why = NULL;
	struct endpoint e;
	unsigned count = 0;
	int result, is_list;

	for (;;) {
		before = list;
		why = NULL;
		result = endpoint_next(&list, &e, &why);
		FUZZ_CHECK(list >= before && list <= text + size);
		if (result != 1)
			break;
		FUZZ_CHECK(list > before);
		count++;
		check_fields(&e);
		check_again(&e);
	}
	FUZZ_CHECK(result == 0 || (result == -1 && why != NULL && why[0] != '\0'));
	why = NULL;
	is_list = endpoint_is_list(text, &why);
	FUZZ_CHECK(is_list == (result == 0 && count > 0));
	FUZZ_CHECK(is_list || why != NULL);
	free(text);
	return 0;
}
