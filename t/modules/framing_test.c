/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A framing of lines for both directions, with harmful actions.  The configuration is
 * POINT:ACTION: the action is done in the function POINT for a line that begins with an
 * exclamation mark.
 */

#define WEBSOCKSY_API_VERSION 2

#include "actions.h"

WS_EXPORT uint64_t init(void);
WS_EXPORT int worker_init(void);
WS_EXPORT void worker_exit(void);

static void __attribute__((constructor))
constructor(void)
{
	actions_do(actions_at("framing constructor"));
}

/* Returns the action of the configuration for this point, or "" if there is none. */
static const char *
action_at(const char *config, const char *point)
{
	size_t len = strlen(point);

	if (config == NULL || strncmp(config, point, len) != 0 || config[len] != ':')
		return "";
	return config + len + 1;
}

static int
take_state(void **state)
{
	if (*state != NULL)
		return 0;
	*state = malloc(100);
	actions_trace("taken");
	return *state == NULL ? -1 : 0;
}

static int64_t
frame(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode, void **state,
    const char *config)
{
	const char *action = action_at(config, "frame");
	uint8_t *newline;

	if (data == NULL) {
		actions_do(action_at(config, "last"));
		actions_trace("freed");
		free(*state);
		return 0;
	}
	if (take_state(state) == -1)
		return -1;
	if (data[0] == '!') {
		actions_do(action);
		if (strcmp(action, "negative") == 0)
			return -1;
		if (strcmp(action, "more") == 0)
			return (int64_t)length + 1;
		if (strcmp(action, "hungry") == 0)
			return 0;
	}
	newline = memchr(data + length - last_read, '\n', last_read);
	if (newline == NULL)
		return 0;
	*opcode = strcmp(action, "type") == 0 && data[0] == '!' ? ws_frame_ping : ws_frame_text;
	return newline + 1 - data;
}

static void
unwrap(const uint8_t *data, size_t length, size_t *before, size_t *after, void **state,
    const char *config)
{
	const char *action = action_at(config, "unwrap");

	(void)state;
	*after = 1;
	if (data[0] != '!')
		return;
	actions_do(action);
	if (strcmp(action, "before") == 0)
		*before = length;
	else if (strcmp(action, "after") == 0)
		*after = length + 1;
	else if (strcmp(action, "sum") == 0)
		*before = (size_t)-1;
	else if (strcmp(action, "all") == 0)
		*before = length - 1;
}

static int
wrap(uint64_t length, ws_operation opcode, ws_envelope *envelope, void **state, const char *config)
{
	const char *action = action_at(config, "wrap");

	if (take_state(state) == -1)
		return 1011;
	envelope->after_length = 1;
	envelope->after[0] = '\n';
	/* wrap() does not get the payload, so its action is done for a message of one byte. */
	if (length != 1)
		return 0;
	actions_do(action);
	if (strcmp(action, "before") == 0)
		envelope->before_length = WS_WRAP_SIZE + 1;
	else if (strcmp(action, "after") == 0)
		envelope->after_length = (size_t)-1;
	else if (strcmp(action, "refuse") == 0)
		return opcode == ws_frame_text ? 1003 : 1009;
	else if (strcmp(action, "nonsense") == 0)
		return 42;
	return 0;
}

static int
check(const char *config, const char **why)
{
	actions_do(action_at(config, "check"));
	*why = "the test framing refuses this configuration";
	return strcmp(action_at(config, "check"), "refuse") == 0;
}

uint64_t
init(void)
{
	static const ws_framer framer = {
		.version = 2, .name = "test", .frame = frame, .unwrap = unwrap, .wrap = wrap,
		.check = check
	};
	static const ws_framer same = { .version = 2, .name = "same", .frame = frame };
	static const ws_framer later = { .version = 3, .name = "later", .frame = frame };
	static const ws_framer nameless = { .version = 2, .name = "", .frame = frame };
	const char *action = actions_at("framing init");

	actions_do(action);
	/* The results are ignored: the server itself must refuse to start. */
	(void)core_register_framer(&framer);
	if (strcmp(action, "same") == 0)
		(void)core_register_framer(&same);
	if (strcmp(action, "later") == 0)
		(void)core_register_framer(&later);
	if (strcmp(action, "nameless") == 0)
		(void)core_register_framer(&nameless);
	if (strcmp(action, "again") == 0)
		(void)core_register_framer(&framer);
	return strcmp(action, "version") == 0 ? 77 : WEBSOCKSY_API_VERSION;
}

int
worker_init(void)
{
	actions_trace("framing worker_init");
	actions_do(actions_at("framing worker_init"));
	return 0;
}

void
worker_exit(void)
{
	actions_trace("framing worker_exit");
}
