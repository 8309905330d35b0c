/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#define WEBSOCKSY_API_VERSION	2

#include <string.h>

#include "backend_request.h"
#include "percent.h"

int
backend_request_host(const websocket *ws, char *out, size_t size)
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

int
backend_request_path(const char *target, char *out, size_t size)
{
	return percent_decode(out, size, target, strcspn(target, "?"));
}
