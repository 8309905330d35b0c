/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "module/guard.h"
#include "module/module.h"
#include "posix/lifecycle.h"
#include "posix/privileges.h"
#include "posix/signals.h"
#include "posix/sockopt.h"
#include "proto/handshake.h"
#include "server/inetd.h"
#include "session/linger.h"
#include "session/session.h"

int
inetd_has_socket(void)
{
	struct stat st;

	return fstat(STDIN_FILENO, &st) == 0 && S_ISSOCK(st.st_mode);
}

int
inetd_take_socket(void)
{
	int client, null;

	if (io_same(STDIN_FILENO, STDERR_FILENO))
		log_to_syslog("websocksy");
	client = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (client == -1 || null == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1 ||
	    (io_same(client, STDERR_FILENO) && dup2(null, STDERR_FILENO) == -1)) {
		log_error("-i: cannot move the connection away from standard input");
		return -1;
	}
	close(null);
	return client;
}

int
inetd_is_listener(int fd)
{
	socklen_t size = sizeof(int);
	int listening = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening;
}

int
inetd_refuse(const struct conf *conf, int client)
{
	char text[HANDSHAKE_ANSWER_SIZE];
	size_t len = handshake_refuse(text, sizeof(text), 500,
	    "the server's configuration is invalid; its log says where", 0);

	signals_init(SIGNALS_SINGLE);
	lifecycle_init(-1, 0, 0, NULL);
	if (io_set_nonblocking(client) == 0 && io_write(client, text, len) == (ssize_t)len)
		linger(client, -1, 0, conf, CLOCK_NEVER);
	return EXIT_FAILURE;
}

int
inetd_serve(const struct server_context *context, int client)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	enum session_result result;
	int known;

	signals_init(SIGNALS_SINGLE);
	lifecycle_init(-1, 0, 0, NULL);
	memset(&address, 0, sizeof(address));
	known = getpeername(client, (struct sockaddr *)&address, &size) == 0;
	if (io_set_nonblocking(client) == -1) {
		log_error("-i: cannot set up the connection");
		return EXIT_FAILURE;
	}
	sockopt_accepted(client, known ? address.ss_family : AF_UNSPEC, 0);
	if (privileges_drop(context->privileges) == -1)
		return inetd_refuse(context->conf, client);
	guard_watch(context->conf->module_timeout);
	if (module_enter_worker() == -1)
		return inetd_refuse(context->conf, client);
	result = session_serve(context, 0, client, known ? &address : NULL, 0);
	module_leave_worker();
	return result == SESSION_SHORT ? EXIT_FAILURE : EXIT_SUCCESS;
}
