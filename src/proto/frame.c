/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "base/utf8.h"
#include "proto/close_code.h"
#include "proto/frame.h"

#define WORDS	2	/* words of 8 bytes that are unmasked in one step */

int
frame_decode(struct frame *f, const uint8_t *data, size_t len)
{
	size_t bytes = 0, size, i;	/* bytes: size of the extended payload length */
	uint64_t length;

	if (len < 2)
		return 0;
	f->fin = data[0] >> 7;
	f->rsv = data[0] >> 4 & 7;
	f->opcode = data[0] & 15;
	f->masked = data[1] >> 7;
	length = data[1] & 127;
	if (length == 126)
		bytes = 2;
	else if (length == 127)
		bytes = 8;
	size = 2 + bytes + (f->masked ? 4 : 0);
	if (bytes > 0 && len >= 2 + bytes) {
		for (length = 0, i = 0; i < bytes; i++)
			length = length << 8 | data[2 + i];
		if (length < (bytes == 2 ? 126U : 65536U) || length >> 63)
			return -1;
	}
	if (len < size)
		return 0;
	f->length = length;
	if (f->masked)
		memcpy(f->mask, data + size - 4, 4);
	return (int)size;
}

size_t
frame_header_size(uint64_t length)
{
	return length < 126 ? 2 : length < 65536 ? 4 : 10;
}

size_t
frame_encode(uint8_t *out, int fin, int opcode, uint64_t length)
{
	size_t size = frame_header_size(length), i;

	out[0] = (uint8_t)((fin ? 0x80 : 0) | opcode);
	out[1] = (uint8_t)(size == 2 ? length : size == 4 ? 126 : 127);
	for (i = 2; i < size; i++)
		out[i] = (uint8_t)(length >> 8 * (size - 1 - i));
	return size;
}

void
frame_mask(uint8_t *data, size_t len, const uint8_t mask[4], uint64_t offset)
{
	uint8_t twice[8];
	uint32_t turned;
	uint64_t key, word[WORDS];
	size_t i, j;

	/* Rotate the mask, so that it begins with the mask byte for this offset. */
	memcpy(twice, mask, 4);
	memcpy(twice + 4, mask, 4);
	memcpy(&turned, twice + offset % 4, sizeof(turned));
	key = (uint64_t)turned << 32 | turned;
	/* Unmask two words in each step: compilers use one vector register for both. */
	for (i = 0; len - i >= sizeof(word); i += sizeof(word)) {
		memcpy(word, data + i, sizeof(word));
		for (j = 0; j < WORDS; j++)
			word[j] ^= key;
		memcpy(data + i, word, sizeof(word));
	}
	for (; i < len; i++)
		data[i] ^= twice[(offset + i) % 4];
}

int
frame_close_code(unsigned code)
{
	if (code >= 3000 && code <= 4999)
		return 1;
	return code >= CLOSE_NORMAL && code <= CLOSE_BAD_GATEWAY && code != CLOSE_RESERVED &&
	    code != CLOSE_NO_STATUS && code != CLOSE_ABNORMAL;
}

size_t
frame_control(uint8_t *out, int opcode, const void *payload, size_t len)
{
	size_t size = frame_encode(out, 1, opcode, len);

	if (len > 0)
		memcpy(out + size, payload, len);
	return size + len;
}

size_t
frame_close(uint8_t *out, unsigned code, const char *reason)
{
	uint8_t payload[FRAME_CONTROL_SIZE];
	enum utf8_rest rest;
	size_t len = strlen(reason);

	if (code == CLOSE_NO_STATUS)
		return frame_control(out, FRAME_CLOSE, NULL, 0);
	if (len > sizeof(payload) - 2)
		len = sizeof(payload) - 2;
	len = utf8_prefix(reason, len, &rest);
	payload[0] = (uint8_t)(code >> 8);
	payload[1] = (uint8_t)code;
	memcpy(payload + 2, reason, len);
	return frame_control(out, FRAME_CLOSE, payload, len + 2);
}
