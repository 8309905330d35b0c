/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#define _XOPEN_SOURCE		700
#define WEBSOCKSY_API_VERSION	2

#include <stdlib.h>
#include <string.h>

#include "backend_answer.h"

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
backend_answer_check(const struct peer_line *line, const char **why)
{
	return core_check_peer(line->peer, why) == 0 &&
	    core_check_framing(line->framing, line->config, why) == 0 ? 0 : -1;
}

ws_peer_info
backend_answer_peer(const struct peer_line *line, size_t protocol)
{
	ws_peer_info info;

	memset(&info, 0, sizeof(info));
	info.transport = peer_transport_detect;
	info.host = strdup(line->peer);
	info.framing = core_framing_type(line->framing, &info.type);
	info.framing_config = line->config == NULL ? NULL : strdup(line->config);
	info.protocol = protocol;
	/*
	 * If the copy of the configuration failed, the framing would use its defaults: refuse
	 * instead.
	 */
	if (info.host == NULL || (line->config != NULL && info.framing_config == NULL)) {
		free(info.host);
		free(info.framing_config);
		return backend_answer_refuse(503, "out of memory");
	}
	return info;
}
