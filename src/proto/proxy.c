/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/scan.h"
#include "proto/network.h"
#include "proto/proxy.h"

#define FIXED_SIZE	16	/* bytes of version 2 before the body: signature, 2 bytes, length */
#define COMMAND_LOCAL	0x20	/* LOCAL or PROXY, with the version (2) in the high 4 bits */
#define COMMAND_PROXY	0x21
#define TLV_SIZE	3	/* bytes of the type and the length of a TLV */
#define TLV_CRC32C	3
#define TLV_UNIQUE_ID	5
#define IPV4_BODY	12
#define IPV6_BODY	36
#define UNIX_BODY	216
#define WORD_SIZE	NETWORK_TEXT_SIZE	/* bytes of a word: the longest address fits */

static const char line_start[] = "PROXY ";
static const uint8_t signature[12] = {
	0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
};

static enum proxy_verdict
proxy_bad(struct proxy *p, const char *why)
{
	p->family = PROXY_UNKNOWN;
	memset(&p->source, 0, sizeof(p->source));
	memset(&p->destination, 0, sizeof(p->destination));
	p->why = why;
	return PROXY_BAD;
}

static enum proxy_verdict
proxy_done(struct proxy *p, size_t size)
{
	p->size = size;
	return PROXY_DONE;
}

/*
 * Copies the next word of a line.  *line is at the blank before the word, and is moved to the blank
 * after the word, or to end.  Returns 0; -1 if there is no word or if it is too long.
 */
static int
next_word(const char **line, const char *end, char word[WORD_SIZE])
{
	const char *text = *line + 1, *stop;
	size_t len;

	if (*line == end)
		return -1;
	stop = memchr(text, ' ', (size_t)(end - text));
	if (stop == NULL)
		stop = end;
	len = (size_t)(stop - text);
	if (len >= WORD_SIZE || memchr(text, '\0', len) != NULL)
		return -1;
	memcpy(word, text, len);
	word[len] = '\0';
	*line = stop;
	return 0;
}

static int
line_address(struct proxy_end *e, const char **line, const char *end, int bits)
{
	char word[WORD_SIZE];

	if (next_word(line, end, word) == -1)
		return -1;
	return network_address(e->address, word) == bits ? 0 : -1;
}

static int
line_port(struct proxy_end *e, const char **line, const char *end)
{
	char word[WORD_SIZE];
	uint64_t port;

	if (next_word(line, end, word) == -1 || (word[0] == '0' && word[1] != '\0') ||
	    scan_number(word, 0, 65535, &port) == -1)
		return -1;
	e->port = (uint16_t)port;
	return 0;
}

/*
 * Reads a complete header of version 1: line is the text after the word PROXY, end is at its CRLF.
 */
static enum proxy_verdict
read_words(struct proxy *p, const char *line, const char *end)
{
	static const char unknown[] = " UNKNOWN";
	char word[WORD_SIZE];
	size_t len = strlen(unknown);
	int bits;

	/*
	 * Do not split the text after UNKNOWN into words: the text must be ignored, even if it is
	 * invalid.
	 */
	if ((size_t)(end - line) >= len && memcmp(line, unknown, len) == 0 &&
	    (line + len == end || line[len] == ' '))
		return PROXY_DONE;
	if (next_word(&line, end, word) == -1)
		word[0] = '\0';
	if (strcmp(word, "TCP4") == 0)
		bits = 32;
	else if (strcmp(word, "TCP6") == 0)
		bits = 128;
	else
		return proxy_bad(p, "the PROXY line says neither TCP4 nor TCP6 nor UNKNOWN");
	if (line_address(&p->source, &line, end, bits) == -1 ||
	    line_address(&p->destination, &line, end, bits) == -1)
		return proxy_bad(p, "the PROXY line has an address that is not of its family");
	if (line_port(&p->source, &line, end) == -1 || line_port(&p->destination, &line, end) == -1)
		return proxy_bad(p, "the PROXY line has a port that is not a number of 0 to 65535");
	if (line != end)
		return proxy_bad(p, "the PROXY line does not end after its second port");
	p->family = PROXY_INET;
	return PROXY_DONE;
}

static enum proxy_verdict
read_line(struct proxy *p, const char *head, size_t len)
{
	size_t known = strlen(line_start), i;

	p->version = 1;
	if (memcmp(head, line_start, len < known ? len : known) != 0)
		return proxy_bad(p, "the connection does not begin with a PROXY header");
	for (i = known; i < len && i < PROXY_LINE_SIZE; i++) {
		if (head[i - 1] != '\r' && head[i] != '\n')
			continue;
		if (head[i - 1] != '\r' || head[i] != '\n')
			return proxy_bad(p, "the PROXY line does not end in CRLF");
		if (read_words(p, head + known - 1, head + i - 1) == PROXY_BAD)
			return PROXY_BAD;
		return proxy_done(p, i + 1);
	}
	if (i == PROXY_LINE_SIZE)
		return proxy_bad(p, "the PROXY line is too long (107 bytes at most)");
	return PROXY_MORE;
}

/*
 * Returns the CRC-32C (RFC 9260 appendix A) crc, continued over len more bytes.  The caller starts
 * with all ones and inverts the final result.
 */
static uint32_t
crc32c(uint32_t crc, const uint8_t *data, size_t len)
{
	int bit;

	while (len-- > 0) {
		crc ^= *data++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
	}
	return crc;
}

/*
 * Returns 1 if the 4 bytes at offset at are the checksum of the header, computed with zeros in
 * place of these 4 bytes.
 */
static int
crc_is_right(const uint8_t *head, size_t size, size_t at)
{
	static const uint8_t zeros[4];
	const uint8_t *sum = head + at;
	uint32_t crc;

	crc = crc32c(0xffffffff, head, at);
	crc = crc32c(crc, zeros, 4);
	crc = ~crc32c(crc, head + at + 4, size - at - 4);
	return crc == ((uint32_t)sum[0] << 24 | (uint32_t)sum[1] << 16 | (uint32_t)sum[2] << 8 |
	    sum[3]);
}

static enum proxy_verdict
read_tlvs(struct proxy *p, const uint8_t *head, size_t size, size_t at)
{
	int summed = 0;
	size_t len;

	for (; at < size; at += TLV_SIZE + len) {
		if (size - at < TLV_SIZE)
			return proxy_bad(p, "the PROXY header ends within a TLV");
		len = (size_t)head[at + 1] << 8 | head[at + 2];
		if (len > size - at - TLV_SIZE)
			return proxy_bad(p, "a TLV of the PROXY header is longer than the header");
		if (head[at] != TLV_CRC32C)
			continue;
		if (len != 4 || summed++)
			return proxy_bad(p, "the PROXY header's checksum does not have 4 bytes");
		if (!crc_is_right(head, size, at + TLV_SIZE))
			return proxy_bad(p, "the PROXY header's checksum is wrong");
	}
	return proxy_done(p, size);
}

static uint16_t
number16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void
read_ends(struct proxy *p, const uint8_t *body, size_t address_size)
{
	if (address_size == 4) {
		network_from_ipv4(p->source.address, body);
		network_from_ipv4(p->destination.address, body + 4);
	} else {
		memcpy(p->source.address, body, 16);
		memcpy(p->destination.address, body + 16, 16);
	}
	p->source.port = number16(body + 2 * address_size);
	p->destination.port = number16(body + 2 * address_size + 2);
	p->family = PROXY_INET;
}

static enum proxy_verdict
read_binary(struct proxy *p, const uint8_t *head, size_t len)
{
	static const size_t bodies[] = { 0, IPV4_BODY, IPV6_BODY, UNIX_BODY };
	unsigned family = 0, protocol = 0;
	size_t size, needed = 0;

	p->version = 2;
	if (memcmp(head, signature, len < sizeof(signature) ? len : sizeof(signature)) != 0)
		return proxy_bad(p, "the connection does not begin with a PROXY header");
	if (len > 12 && head[12] != COMMAND_LOCAL && head[12] != COMMAND_PROXY)
		return proxy_bad(p,
		    "the PROXY header's version is not 2, or it has an unknown command");
	p->local = len > 12 && head[12] == COMMAND_LOCAL;
	/* With the command LOCAL the family must be ignored, so it is not checked. */
	if (len > 13 && head[12] == COMMAND_PROXY) {
		family = head[13] >> 4;
		protocol = head[13] & 15;
		if (family > 3 || protocol > 2)
			return proxy_bad(p, "the PROXY header has an unknown family or protocol");
		if (protocol != 0)
			needed = bodies[family];
	}
	if (len < FIXED_SIZE)
		return PROXY_MORE;
	size = FIXED_SIZE + (size_t)number16(head + 14);
	if (size > PROXY_SIZE)
		return proxy_bad(p, "the PROXY header is too long (2064 bytes at most)");
	if (size < FIXED_SIZE + needed)
		return proxy_bad(p, "the PROXY header is too short for its addresses");
	if (len < size)
		return PROXY_MORE;
	if (needed == 0)
		return proxy_done(p, size);
	if (family == 3)
		p->family = PROXY_UNIX;
	else
		read_ends(p, head + FIXED_SIZE, family == 1 ? 4 : 16);
	return read_tlvs(p, head, size, FIXED_SIZE + needed);
}

enum proxy_verdict
proxy_read(struct proxy *p, const void *head, size_t len)
{
	memset(p, 0, sizeof(*p));
	if (len == 0)
		return PROXY_MORE;
	if (*(const uint8_t *)head == signature[0])
		return read_binary(p, head, len);
	return read_line(p, head, len);
}

/* Returns 1 if the source and the destination can both be written as IPv4. */
static int
is_ipv4(const struct proxy *p)
{
	static const struct proxy_end none;

	return network_is_ipv4(p->source.address) && (network_is_ipv4(p->destination.address) ||
	    memcmp(p->destination.address, none.address, 16) == 0);
}

static void
write_address(char out[WORD_SIZE], const uint8_t address[16], int ipv4)
{
	uint8_t mapped[16];

	if (!ipv4) {
		/*
		 * The specification allows only groups of hexadecimal digits, not ::ffff:a.b.c.d.
		 */
		(void)network_format_ipv6(out, address);
		return;
	}
	/* An unknown destination is all zeros, not a mapped address: it is written as 0.0.0.0. */
	network_from_ipv4(mapped, address + 12);
	(void)network_format(out, mapped);
}

static size_t
write_line(uint8_t *out, const struct proxy *p)
{
	char source[WORD_SIZE], destination[WORD_SIZE], line[PROXY_LINE_SIZE + 1];
	int ipv4 = is_ipv4(p), n;

	if (p->family == PROXY_INET) {
		write_address(source, p->source.address, ipv4);
		write_address(destination, p->destination.address, ipv4);
		n = snprintf(line, sizeof(line), "PROXY TCP%c %s %s %u %u\r\n", ipv4 ? '4' : '6',
		    source, destination, (unsigned)p->source.port, (unsigned)p->destination.port);
	} else {
		n = snprintf(line, sizeof(line), "PROXY UNKNOWN\r\n");
	}
	memcpy(out, line, (size_t)n);
	return (size_t)n;
}

static void
write_number(uint8_t *out, size_t number)
{
	out[0] = (uint8_t)(number >> 8);
	out[1] = (uint8_t)number;
}

/*
 * Writes the body of version 2: the source and the destination, each with address_size bytes and a
 * port.  Returns the length of the body.
 */
static size_t
write_ends(uint8_t *body, const struct proxy *p, size_t address_size)
{
	size_t skip = 16 - address_size;

	memcpy(body, p->source.address + skip, address_size);
	memcpy(body + address_size, p->destination.address + skip, address_size);
	write_number(body + 2 * address_size, p->source.port);
	write_number(body + 2 * address_size + 2, p->destination.port);
	return 2 * address_size + 4;
}

/* Writes a TLV with a value of at most PROXY_ID_SIZE bytes.  Returns its length. */
static size_t
write_tlv(uint8_t *out, uint8_t type, const void *value, size_t len)
{
	len = len < PROXY_ID_SIZE ? len : PROXY_ID_SIZE;
	out[0] = type;
	write_number(out + 1, len);
	memcpy(out + TLV_SIZE, value, len);
	return TLV_SIZE + len;
}

size_t
proxy_write(uint8_t out[PROXY_SEND_SIZE], const struct proxy *p, int version, const char *id)
{
	int is_inet = p->family == PROXY_INET, ipv4 = is_ipv4(p);
	size_t len = 0;

	if (version == 1)
		return write_line(out, p);
	memcpy(out, signature, sizeof(signature));
	out[12] = is_inet ? COMMAND_PROXY : COMMAND_LOCAL;
	out[13] = !is_inet ? 0 : ipv4 ? 0x11 : 0x21;
	if (is_inet)
		len = write_ends(out + FIXED_SIZE, p, ipv4 ? 4 : 16);
	if (id != NULL)
		len += write_tlv(out + FIXED_SIZE + len, TLV_UNIQUE_ID, id, strlen(id));
	write_number(out + 14, len);
	return FIXED_SIZE + len;
}
