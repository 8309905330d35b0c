/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Fuzz target of handshake.h, from the bytes of a request to those of the answer. An accepted
 * request fulfils RFC 6455, and no byte of the client begins a line of the answer. Input: the
 * lengths of pieces, an Origin policy with a NUL after it, the request.
 */

#include "config.h"

#include "fuzz.h"
#include "proto/handshake.h"
#include "proto/origin.h"

#define MOST_COMPARED	64	/* names that are compared with each other, for speed */

static enum http_verdict
parse(struct http *h, const char *head, size_t len, struct fuzz_cuts *cuts)
{
	enum http_verdict verdict;
	size_t known = 0;

	http_init(h);
	do {
		known += fuzz_cut(cuts, len - known);
		verdict = http_parse(h, head, known);
	} while (verdict == HTTP_MORE && known < len);
	return verdict;
}

/* An answer must have lines of printable ASCII that end in CRLF, an empty line, and a body. */
static void
check_answer(const char *answer, size_t len, int status)
{
	char start[32], *length;
	const char *end, *p;

	snprintf(start, sizeof(start), "HTTP/1.1 %d ", status);
	FUZZ_CHECK(len > strlen(start) && memcmp(answer, start, strlen(start)) == 0);
	end = strstr(answer, "\r\n\r\n");
	FUZZ_CHECK(end != NULL && strlen(answer) == len);
	for (p = answer; p < end; p++) {
		if (p[0] == '\r' && p[1] == '\n') {
			p++;
			FUZZ_CHECK(p[1] != '\r' && p[1] != ' ' && p[1] != '\t');
			continue;
		}
		FUZZ_CHECK((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f);
	}
	length = strstr(answer, "\r\nContent-Length: ");
	if (status == 101) {
		FUZZ_CHECK(length == NULL && end[4] == '\0');
		return;
	}
	FUZZ_CHECK(length != NULL && length < end);
	FUZZ_CHECK(strtoul(length + 18, NULL, 10) == strlen(end + 4));
	FUZZ_CHECK(strstr(answer, "\r\nConnection: close\r\n") != NULL || status == 426);
}

static void
check_refusal(int status, const char *reason)
{
	char *out = malloc(HANDSHAKE_ANSWER_SIZE + 1);
	size_t len;

	FUZZ_CHECK(out != NULL);
	FUZZ_CHECK(status >= 400 && status <= 599);
	FUZZ_CHECK(reason != NULL && reason[0] != '\0');
	len = handshake_refuse(out, HANDSHAKE_ANSWER_SIZE, status, reason, 0);
	FUZZ_CHECK(len > 0 && len <= HANDSHAKE_ANSWER_SIZE);
	out[len] = '\0';
	check_answer(out, len, status);
	free(out);
}

static unsigned
lines(const char *text)
{
	unsigned n = 0;

	while ((text = strstr(text, "\r\n")) != NULL) {
		text += 2;
		n++;
	}
	return n;
}

/*
 * Writes the answer with status 101 to a buffer of the exact size, and to buffers of all smaller
 * sizes.
 */
static void
check_acceptance(const struct handshake *hs, const char *protocol)
{
	char *out = malloc(HANDSHAKE_ANSWER_SIZE + 1), *small;
	size_t len, size;

	FUZZ_CHECK(out != NULL);
	len = handshake_accept(out, HANDSHAKE_ANSWER_SIZE, hs, protocol);
	FUZZ_CHECK(len > 0);
	out[len] = '\0';
	check_answer(out, len, 101);
	FUZZ_CHECK(lines(out) == (protocol == NULL ? 5 : 6));
	for (size = len > 2 ? len - 2 : 0; size <= len + 1; size++) {
		small = malloc(size > 0 ? size : 1);
		FUZZ_CHECK(small != NULL);
		if (handshake_accept(small, size, hs, protocol) == len)
			FUZZ_CHECK(size >= len && memcmp(small, out, len) == 0);
		else
			FUZZ_CHECK(size <= len);
		free(small);
	}
	free(out);
}

static void
check_accepted(const struct handshake *hs)
{
	const char *p;
	size_t i, k;

	FUZZ_CHECK(hs->target[0] == '/');
	for (p = hs->target; *p != '\0'; p++)
		FUZZ_CHECK((unsigned char)*p > ' ' && (unsigned char)*p < 0x7f && *p != '#');
	FUZZ_CHECK(hs->host != NULL);
	FUZZ_CHECK(strlen(hs->accept) == HANDSHAKE_ACCEPT_SIZE - 1);
	FUZZ_CHECK(hs->accept[HANDSHAKE_ACCEPT_SIZE - 2] == '=');
	FUZZ_CHECK(hs->protocols <= hs->offered && hs->offered <= HANDSHAKE_PROTOCOLS);
	for (i = 0; i < hs->offered; i++) {
		FUZZ_CHECK(http_is_token(hs->protocol[i], strlen(hs->protocol[i])));
		FUZZ_CHECK((i < hs->protocols) ==
		    (strlen(hs->protocol[i]) < HANDSHAKE_PROTOCOL_SIZE));
		if (i >= MOST_COMPARED)
			continue;
		for (k = 0; k < i; k++)
			FUZZ_CHECK(strcmp(hs->protocol[i], hs->protocol[k]) != 0);
		if (i < hs->protocols)
			check_acceptance(hs, hs->protocol[i]);
	}
	check_acceptance(hs, NULL);
}

static void
check_origin(const struct handshake *hs, const char *policy)
{
	const struct origin_request r = {
		.origin = hs->origin, .host = hs->host, .forwarded_host = hs->host
	};
	char out[ORIGIN_REASON_SIZE];
	const char *why = NULL;

	FUZZ_CHECK(origin_allows("any", &r));
	FUZZ_CHECK(!origin_allows("same-origin", &r) || origin_allows("same-host", &r));
	if (hs->origin == NULL)
		FUZZ_CHECK(origin_allows("same-host", &r));
	else if (origin_allows("same-host", &r))
		FUZZ_CHECK(strstr(hs->origin, "://") != NULL);
	if (!origin_is_policy(policy, &why)) {
		FUZZ_CHECK(why != NULL && why[0] != '\0');
	} else if (hs->origin == NULL) {
		FUZZ_CHECK(origin_allows(policy, &r));
	} else if (!origin_allows(policy, &r)) {
		(void)origin_explain(out, policy, &r);
		FUZZ_CHECK(strstr(out, "(setting: origin)") != NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *protocols[HANDSHAKE_PROTOCOLS];
	struct handshake hs;
	struct fuzz_cuts cuts;
	struct http h;
	const uint8_t *nul;
	char *policy, *head;
	int status;

	if (!fuzz_cuts_take(&cuts, &data, &size))
		return 0;
	nul = memchr(data, 0, size);
	if (nul == NULL)
		return 0;
	policy = fuzz_string(data, (size_t)(nul - data));
	size -= (size_t)(nul + 1 - data);
	head = fuzz_copy(nul + 1, size);

	switch (parse(&h, head, size, &cuts)) {
	case HTTP_MORE:
		break;
	case HTTP_BAD:
		check_refusal(h.status, h.reason);
		break;
	case HTTP_DONE:
		status = handshake_check(&hs, &h, head, protocols);
		FUZZ_CHECK(memcmp(head + h.scanned, nul + 1 + h.scanned, size - h.scanned) == 0);
		if (status != 0) {
			FUZZ_CHECK(status == hs.status);
			check_refusal(hs.status, hs.reason);
		} else {
			check_accepted(&hs);
			check_origin(&hs, policy);
		}
	}
	free(policy);
	free(head);
	return 0;
}
