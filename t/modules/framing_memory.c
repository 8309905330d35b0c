/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A framing for version 1 of the interface that has a state: each line is a message, except that
 * those from a line that begins with { to one that begins with } are discarded.  The
 * configuration names a file; the number of lines is added to it when a connection ends.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <websocksy.h>

struct memory {
	int	lines;
	int	hidden;		/* 1: within braces */
};

static void
end_connection(struct memory *m, const char *config)
{
	FILE *f;

	f = config != NULL ? fopen(config, "a") : NULL;
	if (f != NULL) {
		fprintf(f, "%d lines\n", m->lines);
		fclose(f);
	}
	free(m);
}

static int64_t
frame(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode, void **framing_data,
    const char *config)
{
	struct memory *m = *framing_data;
	uint8_t *newline;

	if (data == NULL) {
		end_connection(m, config);
		return 0;
	}
	if (m == NULL) {
		m = *framing_data = calloc(1, sizeof(*m));
		if (m == NULL)
			return -1;
	}
	newline = memchr(data + length - last_read, '\n', last_read);
	if (newline == NULL)
		return 0;
	m->lines++;
	if (data[0] == '{')
		m->hidden = 1;
	*opcode = m->hidden ? ws_frame_discard : ws_frame_text;
	if (data[0] == '}')
		m->hidden = 0;
	return newline + 1 - data;
}

static void __attribute__((constructor))
register_braces(void)
{
	core_register_framing("braces", frame);
}
