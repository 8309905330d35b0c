/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* The tables of test_protocol.c. */
#ifndef TEST_PROTOCOL_ROWS_H
#define TEST_PROTOCOL_ROWS_H

#include <stdint.h>

#include "lib/client.h"

/* Frames of a client that break a rule, in hexadecimal; the mask is mostly zero. */
static const struct bad_frame {
	const char	*name, *hex;
} bad_frames[] = {
	{ "length 0 in 16 bits", "82fe 0000 00000000" },
	{ "length 125 in 16 bits", "82fe 007d 00000000" },
	{ "length 0 in 64 bits", "82ff 0000000000000000 00000000" },
	{ "length 125 in 64 bits", "82ff 000000000000007d 00000000" },
	{ "length 126 in 64 bits", "82ff 000000000000007e 00000000" },
	{ "length 65535 in 64 bits", "82ff 000000000000ffff 00000000" },
	{ "length 2^63", "82ff 8000000000000000 00000000" },
	{ "length 2^63 + 1", "82ff 8000000000000001 00000000" },
	{ "length 2^64 - 1", "82ff ffffffffffffffff 12345678" },
	{ "length 2^64 - 2", "82ff fffffffffffffffe 12345678" },
	{ "length 2^64 - 10", "82ff fffffffffffffff6 12345678" },
	{ "length 2^64 - 13", "82ff fffffffffffffff3 12345678" },
	{ "length 2^64 - 14", "82ff fffffffffffffff2 12345678" },
	{ "length 2^64 - 15", "82ff fffffffffffffff1 12345678" },
	{ "length 2^64 - 16384", "82ff ffffffffffffc000 12345678" },
	{ "text of length 2^64 - 1", "81ff ffffffffffffffff 12345678" },
	{ "ping of 126 bytes", "89fe 007e 00000000" },
	{ "ping of 65536 bytes", "89ff 0000000000010000 00000000" },
	{ "ping of 2^63 - 1 bytes", "89ff 7fffffffffffffff 00000000" },
	{ "ping with its length in 16 bits", "89fe 0005 00000000" },
	{ "pong of 126 bytes", "8afe 007e 00000000" },
	{ "close of 126 bytes", "88fe 007e 00000000" },
	{ "close of one byte", "8881 00000000 03" },
	{ "ping, not final", "0980 00000000" },
	{ "pong, not final", "0a80 00000000" },
	{ "close, not final", "0880 00000000" },
	{ "not masked", "8202 6869" },
	{ "ping, not masked", "8900" },
	{ "close, not masked", "8802 03e8" },
	{ "continuation of nothing", "8080 00000000" },
	{ "continuation of nothing, not final", "0080 00000000" },
	{ "continuation of a finished message", "8180 00000000 8080 00000000" },
	{ "text inside a message", "0180 00000000 8180 00000000" },
	{ "binary inside a message", "0180 00000000 8280 00000000" },
	{ "text inside a binary message", "0280 00000000 0180 00000000" },
};

/* Text messages in fragments, valid UTF-8 or not. */
static const struct utf8_row {
	const char	*name;
	int		 good;
	const char	*fragments[8];	/* hexadecimal */
} utf8_rows[] = {
	{ "nothing", 1, { "" } },
	{ "ASCII", 1, { "68656c6c6f" } },
	{ "NUL is a character", 1, { "00" } },
	{ "two bytes", 1, { "c3bc" } },
	{ "two bytes in two fragments", 1, { "c3", "bc" } },
	{ "three bytes, a fragment each", 1, { "e2", "82", "ac" } },
	{ "four bytes, a fragment each", 1, { "f0", "9f", "98", "80" } },
	{ "four bytes with empty fragments", 1, { "f0", "", "9f", "", "9880", "" } },
	{ "first of two bytes", 1, { "c280" } },
	{ "first of three bytes", 1, { "e0a080" } },
	{ "first of four bytes", 1, { "f0908080" } },
	{ "last character", 1, { "f48fbfbf" } },
	{ "before the surrogates", 1, { "ed9fbf" } },
	{ "after the surrogates", 1, { "ee8080" } },
	{ "no characters, but allowed", 1, { "efbfbeefbfbf" } },
	{ "byte order mark", 1, { "efbbbf41" } },
	{ "a continuation alone", 0, { "80" } },
	{ "a continuation after text", 0, { "4180" } },
	{ "a continuation too many", 0, { "c3bcbc" } },
	{ "a continuation too many, in a fragment", 0, { "c3", "bc", "bc" } },
	{ "cut after one byte of two", 0, { "c3" } },
	{ "cut after two bytes of three", 0, { "e282" } },
	{ "cut after three bytes of four", 0, { "f09f98" } },
	{ "cut, in fragments", 0, { "41", "f0", "9f" } },
	{ "cut by an empty last fragment", 0, { "c3", "" } },
	{ "one byte missing, then ASCII", 0, { "c341" } },
	{ "one byte missing, then a character", 0, { "e282c3bc" } },
	{ "overlong two bytes", 0, { "c080" } },
	{ "overlong two bytes c1", 0, { "c1bf" } },
	{ "overlong three bytes", 0, { "e08080" } },
	{ "overlong three bytes, in fragments", 0, { "e0", "80", "80" } },
	{ "overlong four bytes", 0, { "f0808080" } },
	{ "first surrogate", 0, { "eda080" } },
	{ "last surrogate", 0, { "edbfbf" } },
	{ "a pair of surrogates", 0, { "eda0bdedb880" } },
	{ "surrogate in fragments", 0, { "ed", "a0", "80" } },
	{ "above U+10FFFF", 0, { "f4908080" } },
	{ "above U+10FFFF, in fragments", 0, { "f4", "90", "80", "80" } },
	{ "f5", 0, { "f5808080" } },
	{ "f8, five bytes", 0, { "f888808080" } },
	{ "fc, six bytes", 0, { "fc8480808080" } },
	{ "fe", 0, { "fe" } },
	{ "ff", 0, { "ff" } },
	{ "Latin-1", 0, { "66fc72" } },
	{ "UTF-16", 0, { "fffe4100" } },
	{ "good, then bad", 0, { "c3bc", "e282ac", "41", "ff" } },
};

/* First bytes of a text that no further bytes can make valid UTF-8, in hexadecimal. */
static const char *const utf8_hopeless[] = {
	"80", "c0", "c1", "c341", "e080", "eda0", "f080", "f490", "f5", "ff", "41ff",
	"e28241", "f09f9841", "c3bcc3bc80"
};

#endif
