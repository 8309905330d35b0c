/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * framers: measures the processor time that each framing needs to find messages in the data of a
 * peer, without sockets.  The data is given to the framing in reads of 64 KiB, and each message
 * is handled as in the relay.
 *
 * 	framers [module-directory [milliseconds-each]]
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/scan.h"
#include "module/framer.h"
#include "module/module.h"

#define READ_SIZE	65536
#define INPUT_SIZE	(1024 * 1024)	/* bytes of data from a peer, which are used repeatedly */

/* A row of the result: a framing, and the kind of messages that the peer sends. */
struct shape {
	const char	*framing, *config, *label;
	/*
	 * writes message number i; size is about its length in bytes; NULL: the framing wraps a
	 * text
	 */
	size_t		(*write)(char *out, unsigned i, size_t size);
	size_t		 size;
};

static const char letters[] =
    "the quick brown fox jumps over the lazy dog while nobody looks at it ";

static size_t
fill(char *out, size_t size, unsigned i)
{
	size_t n, at = 0, from = i % 16;

	while (at < size) {
		n = sizeof(letters) - 1 - from;
		n = n < size - at ? n : size - at;
		memcpy(out + at, letters + from, n);
		at += n;
		from = 0;
	}
	return size;
}

static size_t
write_lines(char *out, unsigned i, size_t size)
{
	size_t n = fill(out, size - 2 - i % 16, i);

	memcpy(out + n, "\r\n", 2);
	return n + 2;
}

static size_t
write_cyrillic(char *out, unsigned i, size_t size)
{
	size_t n;

	for (n = 0; n + 14 < size; n += 13)
		memcpy(out + n, "\xd1\x81\xd0\xbb\xd0\xbe\xd0\xb2\xd0\xbe\xd1\x8b ", 13);
	out[n++] = i % 2 ? 'a' : 'b';
	out[n++] = '\n';
	return n;
}

static size_t
write_rpc(char *out, unsigned i, size_t size)
{
	(void)size;
	return (size_t)sprintf(out, "{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"position.update\","
	    "\"params\":{\"x\":%u.25,\"y\":-%u,\"on\":true,\"name\":\"unit %u\"}}\n", i, i % 997,
	    i % 83, i % 11);
}

static size_t
write_record(char *out, unsigned i, size_t size)
{
	size_t n = (size_t)sprintf(out, "{\n    \"items\": [\n");

	for (; n + 400 < size; i++)
		n += (size_t)sprintf(out + n, "        {\n            \"id\": %u,\n"
		    "            \"created\": \"2024-03-%02uT12:30:00Z\",\n"
		    "            \"text\": \"The quick brown fox jumps over the lazy dog.\",\n"
		    "            \"tags\": [ \"first\", \"second\" ],\n"
		    "            \"seen\": false\n        },\n", i, i % 28 + 1);
	return n + (size_t)sprintf(out + n, "        null\n    ]\n}\n");
}

static size_t
write_numbers(char *out, unsigned i, size_t size)
{
	size_t n = 0;

	out[n++] = '[';
	for (; n + 30 < size; i++)
		n += (size_t)sprintf(out + n, "%u.%u,", i * 7919 % 10007, i % 1000);
	return n + (size_t)sprintf(out + n, "0]\n");
}

static size_t
write_string(char *out, unsigned i, size_t size)
{
	out[0] = '"';
	(void)fill(out + 1, size - 3, i);
	memcpy(out + size - 2, "\"\n", 2);
	return size;
}

static size_t
write_cyrillic_string(char *out, unsigned i, size_t size)
{
	size_t n;

	out[0] = '"';
	n = write_cyrillic(out + 1, i, size - 2);
	memcpy(out + n, "\"\n", 2);
	return n + 2;
}

static size_t
write_plain(char *out, unsigned i, size_t size)
{
	return fill(out, size, i);
}

static size_t
write_dynamic32(char *out, unsigned i, size_t size)
{
	out[0] = (char)(size & 0xff);
	out[1] = (char)(size >> 8);
	out[2] = out[3] = 0;
	return 4 + fill(out + 4, size, i);
}

static const struct shape shapes[] = {
	{ "binary", NULL, "64 KiB", write_plain, 4096 },
	{ "auto", NULL, "text", write_lines, 64 },
	{ "separator", "\\r\\n", "lines of 64", write_lines, 64 },
	{ "separator", "\\r\\n", "lines of 1000", write_lines, 1000 },
	{ "newline", "crlf", "lines of 64", write_lines, 64 },
	{ "newline", "crlf", "lines of 1000", write_lines, 1000 },
	{ "fixedlength", "64", "64", write_plain, 64 },
	{ "dynamic32", NULL, "64", write_dynamic32, 64 },
	{ "dynamic32", NULL, "1000", write_dynamic32, 1000 },
	{ "line", "lf", "lines of 64", write_lines, 64 },
	{ "line", "crlf", "lines of 64", write_lines, 64 },
	{ "line", "lf", "lines of 1000", write_lines, 1000 },
	{ "line", "lf", "Cyrillic, 1000", write_cyrillic, 1000 },
	{ "json", NULL, "JSON-RPC, 120", write_rpc, 160 },
	{ "json", NULL, "indented, 10000", write_record, 10000 },
	{ "json", NULL, "indented, 200000", write_record, 200000 },
	{ "json", NULL, "numbers, 1000", write_numbers, 1000 },
	{ "json", NULL, "a string, 1000", write_string, 1000 },
	{ "json", NULL, "Cyrillic, 1000", write_cyrillic_string, 1000 },
	{ "length", NULL, "64", NULL, 64 },
	{ "length", "size=varint", "64", NULL, 64 },
	{ "length", "typed", "64", NULL, 64 },
	{ "length", "typed", "1000", NULL, 1000 },
	{ "netstring", NULL, "64", NULL, 64 },
	{ "netstring", "binary", "64", NULL, 64 },
	{ "netstring", NULL, "1000", NULL, 1000 },
	{ "content-length", NULL, "120", NULL, 120 },
	{ "content-length", NULL, "1000", NULL, 1000 }
};

static void
die(const char *why)
{
	fprintf(stderr, "framers: %s\n", why);
	exit(1);
}

static double
cpu_time(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t
write_wrapped(char *out, const struct shape *s, unsigned i)
{
	const char *why = NULL;
	struct framing g;
	ws_envelope e;

	framer_start(&g, framer_find(s->framing), s->config);
	if (framer_wrap(&g, s->size, ws_frame_text, &e, &why) != 0)
		die(why);
	framer_stop(&g);
	memcpy(out, e.before, e.before_length);
	(void)fill(out + e.before_length, s->size, i);
	memcpy(out + e.before_length + s->size, e.after, e.after_length);
	return e.before_length + s->size + e.after_length;
}

/* Fills the input with whole messages, and returns its length. */
static size_t
write_input(char *input, const struct shape *s)
{
	size_t len = 0;
	unsigned i;

	for (i = 0; len + s->size + 1024 < INPUT_SIZE; i++)
		len += s->write != NULL ? s->write(input + len, i, s->size) :
		    write_wrapped(input + len, s, i);
	return len;
}

/*
 * Finds the messages in the len bytes at data, of which the last `fresh` ones are new, as the
 * relay does. Returns the number of bytes left.
 */
static size_t
cut(struct framing *g, uint8_t *data, size_t len, size_t fresh, uint64_t *messages)
{
	size_t before, after;
	const char *why = NULL;
	ws_operation opcode;
	int64_t n = 1;

	while (len > 0 && n > 0) {
		n = framer_next(g, data, len, fresh, &opcode, &why);
		if (n == -1)
			die(why);
		if (n > 0 && opcode != ws_frame_discard) {
			if (framer_unwrap(g, data, (size_t)n, &before, &after, &why) == -1)
				die(why);
			(void)framer_settle(g, opcode, data + before, (size_t)n - before - after);
			(*messages)++;
		}
		data += n;
		len -= (size_t)n;
		fresh = len;
	}
	return len;
}

/*
 * Passes the whole input to the framing in reads of READ_SIZE; held is memory for a message and a
 * read.
 */
static void
feed(struct framing *g, uint8_t *held, const char *input, size_t len, uint64_t *messages)
{
	size_t at, n, left = 0, all;

	for (at = 0; at < len; at += n) {
		n = len - at < READ_SIZE ? len - at : READ_SIZE;
		memcpy(held + left, input + at, n);
		all = left + n;
		left = cut(g, held, all, n, messages);
		memmove(held, held + all - left, left);
	}
	if (left > 0)
		die("the input does not end with a complete message");
}

static void
measure(const struct shape *s, double seconds)
{
	char *input = malloc(INPUT_SIZE);
	uint8_t *held = malloc(INPUT_SIZE + READ_SIZE);
	uint64_t messages = 0, bytes = 0;
	struct framing g;
	double begin, took;
	size_t len;

	if (input == NULL || held == NULL)
		die("out of memory");
	len = write_input(input, s);
	framer_start(&g, framer_find(s->framing), s->config);
	begin = cpu_time();
	do {
		feed(&g, held, input, len, &messages);
		bytes += len;
		took = cpu_time() - begin;
	} while (took < seconds);
	framer_stop(&g);
	printf("%-15s%-14s%-18s%9.0f%11.1f%10.0f\n", s->framing,
	    s->config != NULL ? s->config : "-",
	    s->label, (double)bytes / took / 1e6, took * 1e9 / (double)messages,
	    (double)bytes / (double)messages);
	free(input);
	free(held);
}

int
main(int argc, char **argv)
{
	uint64_t ms = 300;
	const char *directory = MODULE_DIRECTORY;
	size_t i;

	if (argc > 1)
		directory = argv[1];
	if (argc > 2 && scan_number(argv[2], 1, 60000, &ms) == -1)
		die("usage: framers [module-directory [milliseconds-each]]");
	if (framer_register_builtin() == -1 || module_load_framings(directory) == -1)
		return 1;
	printf("framing        configuration messages               MB/s ns/message bytes each\n");
	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (framer_find(shapes[i].framing) == NULL)
			die("a framing is missing: give the module directory");
		measure(&shapes[i], (double)ms / 1e3);
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
