/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A framing with a state, for version 1 of the interface.  Each line is a message, but the lines
 * from one that begins with { up to one that begins with } are discarded.  The configuration is
 * the path of a file: when a connection ends, its number of lines is added to the file.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <websocksy.h>

struct memory {
	int	lines;
	int	hidden;		/* 1: between the two lines with braces */
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
