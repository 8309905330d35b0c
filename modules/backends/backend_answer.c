/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#define _XOPEN_SOURCE		700
#define WEBSOCKSY_API_VERSION	2

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend_answer.h"

#define CWD_SIZE	4096

ws_peer_info
backend_answer_refuse(int status, const char *reason)
{
	ws_peer_info info;

	memset(&info, 0, sizeof(info));
	info.status = status;
	info.reason = strdup(reason);
	return info;
}

int
backend_answer_check(const struct peer_line *e, const char **why)
{
	return core_check_peer(e->peer, why) == 0 &&
	    core_check_framing(e->framing, e->config, why) == 0 ? 0 : -1;
}

ws_peer_info
backend_answer_peer(const struct peer_line *e, size_t protocol)
{
	ws_peer_info info;

	memset(&info, 0, sizeof(info));
	info.transport = peer_transport_detect;
	info.host = strdup(e->peer);
	info.framing = core_framing(e->framing);
	info.framing_config = e->config == NULL ? NULL : strdup(e->config);
	info.protocol = protocol;
	/* Half an answer would be another one. */
	if (info.host == NULL || (e->config != NULL && info.framing_config == NULL)) {
		free(info.host);
		free(info.framing_config);
		return backend_answer_refuse(503, "out of memory");
	}
	return info;
}

int
backend_answer_host(const websocket *ws, char *out, size_t size)
{
	const char *host = core_header(ws, "Host"), *end;
	size_t i, len;

	if (host == NULL)
		return -1;
	if (*host == '[') {
		host++;
		end = strchr(host, ']');
	} else {
		end = host + strcspn(host, ":");
	}
	if (end == NULL || end == host)
		return -1;
	len = (size_t)(end - host);
	if (len >= size)
		return -1;
	for (i = 0; i < len; i++)
		out[i] = host[i] >= 'A' && host[i] <= 'Z' ? (char)(host[i] - 'A' + 'a') : host[i];
	out[len] = '\0';
	return 0;
}

static int
digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *found = c == '\0' ? NULL : strchr(digits, c);

	return found == NULL ? -1 : (int)((found - digits) % 16);
}

int
backend_answer_path(const char *target, char *out, size_t size)
{
	const char *end = target + strcspn(target, "?");
	size_t len = 0;
	int c;

	for (; target < end; target++) {
		c = (unsigned char)*target;
		if (c == '%') {
			if (digit(target[1]) == -1 || digit(target[2]) == -1)
				return -1;
			c = digit(target[1]) * 16 + digit(target[2]);
			target += 2;
		}
		if (c == '\0' || len + 1 >= size)
			return -1;
		out[len++] = (char)c;
	}
	if (size == 0)
		return -1;
	out[len] = '\0';
	return 0;
}

char *
backend_answer_absolute(const char *name)
{
	char cwd[CWD_SIZE], *path;
	size_t size;

	if (*name == '/' || *name == '\0')
		return strdup(name);
	if (getcwd(cwd, sizeof(cwd)) == NULL) {
		core_log(ws_log_error, "%s: the working directory: %s", name, strerror(errno));
		return NULL;
	}
	size = strlen(cwd) + 1 + strlen(name) + 1;
	path = malloc(size);
	if (path == NULL)
		return NULL;
	strcpy(path, cwd);
	strcat(path, "/");
	return strcat(path, name);
}
