/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A backend with an auxiliary process.  It refuses every client: the reason is what the process has
 * answered to the path of the request, or the result of a hostile action.
 */

#define _XOPEN_SOURCE		700
#define WEBSOCKSY_API_VERSION	2

#include <sys/socket.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <websocksy.h>

#define DESCRIPTORS	64	/* descriptors of a worker are below this number */

WS_EXPORT uint64_t init(void);
WS_EXPORT uint64_t configure(char *key, char *value);
WS_EXPORT int configured(void);
WS_EXPORT ws_peer_info query(char *endpoint, size_t protocols, char **protocol, size_t headers,
    ws_http_header *header, websocket *ws);

static int processes = 1;

uint64_t
init(void)
{
	return WEBSOCKSY_API_VERSION;
}

uint64_t
configure(char *key, char *value)
{
	if (strcmp(key, "processes") == 0)
		processes = atoi(value);
	return 0;
}

/* Answers a question with the pid of the process; not at all to "silent"; and exits at "exit". */
static void
answer_question(int fd, const char *question)
{
	char text[40];
	int n;

	if (strcmp(question, "/exit") == 0)
		_exit(3);
	if (strcmp(question, "/silent") == 0)
		return;
	n = snprintf(text, sizeof(text), "process %ld", (long)getpid());
	core_answer(fd, text, (size_t)n);
}

static int
run(int fd)
{
	struct pollfd wait = { fd, POLLIN, 0 };
	char question[1000];
	size_t length;
	pid_t asker;
	int answer = WS_QUESTION_NONE;

	while (answer != WS_QUESTION_END && core_poll(&wait, 1, -1) != -1) {
		answer = core_question(fd, question, sizeof(question) - 1, &length, &asker);
		if (answer < 0)
			continue;
		question[length] = '\0';
		answer_question(answer, question);
	}
	return 0;
}

int
configured(void)
{
	int i, result = 0;

	for (i = 0; i < processes && result == 0; i++)
		result = core_auxiliary(run);
	return result;
}

/*
 * Returns how many sockets of this worker could lead to the process; and shuts them down unless how
 * is -1.
 */
static int
find_sockets(int how)
{
	socklen_t size;
	int fd, type, found = 0;
	char byte;

	for (fd = 3; fd < DESCRIPTORS; fd++) {
		size = sizeof(type);
		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == -1 ||
		    type != SOCK_SEQPACKET)
			continue;
		/* Questions of other workers cannot be read from it. */
		if (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != -1)
			found += 100;
		if (how != -1 && shutdown(fd, how) == -1)
			continue;
		found++;
	}
	return found;
}

ws_peer_info
query(char *endpoint, size_t protocols, char **protocol, size_t headers, ws_http_header *header,
    websocket *ws)
{
	ws_peer_info info;
	char text[100] = "";
	ssize_t n;

	(void)protocols;
	(void)protocol;
	(void)headers;
	(void)header;
	(void)ws;
	memset(&info, 0, sizeof(info));
	info.status = 403;
	if (strcmp(endpoint, "/sockets") == 0 || strncmp(endpoint, "/shut", 5) == 0) {
		n = find_sockets(strcmp(endpoint, "/shut") == 0 ? SHUT_RDWR :
		    strcmp(endpoint, "/shut-sending") == 0 ? SHUT_WR : -1);
		(void)snprintf(text, sizeof(text), "sockets %d", (int)n);
	} else {
		n = core_ask(endpoint, strlen(endpoint), text, sizeof(text) - 1,
		    strcmp(endpoint, "/exit") == 0 ? 100 : 3600 * 1000);
		if (n < 0)
			(void)snprintf(text, sizeof(text), "result %d", (int)n);
	}
	info.reason = strdup(text);
	return info;
}
