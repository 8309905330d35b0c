/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A framing of lines, in both directions, that misbehaves when it is told to: the configuration is
 * POINT:DEED, and a line that begins with an exclamation mark the moment.
 */

#define WEBSOCKSY_API_VERSION 2

#include "deeds.h"

WS_EXPORT uint64_t init(void);
WS_EXPORT int worker_init(void);
WS_EXPORT void worker_exit(void);

static void __attribute__((constructor))
constructor(void)
{
	deeds_do(deeds_at("framing constructor"));
}

/* What the configuration says is to be done at this point, or "". */
static const char *
told(const char *config, const char *point)
{
	size_t len = strlen(point);

	if (config == NULL || strncmp(config, point, len) != 0 || config[len] != ':')
		return "";
	return config + len + 1;
}

static int
remember(void **state)
{
	if (*state != NULL)
		return 0;
	*state = malloc(100);
	deeds_trace("taken");
	return *state == NULL ? -1 : 0;
}

static int64_t
frame(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode, void **state,
    const char *config)
{
	const char *deed = told(config, "frame");
	uint8_t *newline;

	if (data == NULL) {
		deeds_do(told(config, "last"));
		deeds_trace("freed");
		free(*state);
		return 0;
	}
	if (remember(state) == -1)
		return -1;
	if (data[0] == '!') {
		deeds_do(deed);
		if (strcmp(deed, "negative") == 0)
			return -1;
		if (strcmp(deed, "more") == 0)
			return (int64_t)length + 1;
		if (strcmp(deed, "hungry") == 0)
			return 0;
	}
	newline = memchr(data + length - last_read, '\n', last_read);
	if (newline == NULL)
		return 0;
	*opcode = strcmp(deed, "type") == 0 && data[0] == '!' ? ws_frame_ping : ws_frame_text;
	return newline + 1 - data;
}

static void
unwrap(const uint8_t *data, size_t length, size_t *before, size_t *after, void **state,
    const char *config)
{
	const char *deed = told(config, "unwrap");

	(void)state;
	*after = 1;
	if (data[0] != '!')
		return;
	deeds_do(deed);
	if (strcmp(deed, "before") == 0)
		*before = length;
	else if (strcmp(deed, "after") == 0)
		*after = length + 1;
	else if (strcmp(deed, "sum") == 0)
		*before = (size_t)-1;
	else if (strcmp(deed, "all") == 0)
		*before = length - 1;
}

static int
wrap(uint64_t length, ws_operation opcode, ws_envelope *envelope, void **state, const char *config)
{
	const char *deed = told(config, "wrap");

	if (remember(state) == -1)
		return 1011;
	envelope->after_length = 1;
	envelope->after[0] = '\n';
	/* The length is the moment here, since the payload is not shown. */
	if (length != 1)
		return 0;
	deeds_do(deed);
	if (strcmp(deed, "before") == 0)
		envelope->before_length = WS_WRAP_SIZE + 1;
	else if (strcmp(deed, "after") == 0)
		envelope->after_length = (size_t)-1;
	else if (strcmp(deed, "refuse") == 0)
		return opcode == ws_frame_text ? 1003 : 1009;
	else if (strcmp(deed, "nonsense") == 0)
		return 42;
	return 0;
}

static int
check(const char *config, const char **why)
{
	deeds_do(told(config, "check"));
	*why = "such a text is refused by the test's framing";
	return strcmp(told(config, "check"), "refuse") == 0;
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
	const char *deed = deeds_at("framing init");

	deeds_do(deed);
	/* What comes of it is for the core to see. */
	(void)core_register_framer(&framer);
	if (strcmp(deed, "same") == 0)
		(void)core_register_framer(&same);
	if (strcmp(deed, "later") == 0)
		(void)core_register_framer(&later);
	if (strcmp(deed, "nameless") == 0)
		(void)core_register_framer(&nameless);
	if (strcmp(deed, "again") == 0)
		(void)core_register_framer(&framer);
	return strcmp(deed, "version") == 0 ? 77 : WEBSOCKSY_API_VERSION;
}

int
worker_init(void)
{
	deeds_trace("framing worker_init");
	deeds_do(deeds_at("framing worker_init"));
	return 0;
}

void
worker_exit(void)
{
	deeds_trace("framing worker_exit");
}
