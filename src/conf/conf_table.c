/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stddef.h>
#include <string.h>

#include "base/log.h"
#include "base/service.h"
#include "conf/conf_table.h"
#include "conf/conf_values.h"
#include "proto/allow.h"
#include "proto/endpoint.h"
#include "proto/network.h"
#include "proto/origin.h"

#define MINUTE	(UINT64_C(60) * 1000)
#define DAY	(UINT64_C(24) * 60 * MINUTE)

#define AT(member)	offsetof(struct conf, member)

static const char *const levels[] = {
	[LOG_LEVEL_ERROR] = "error", [LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_INFO] = "info", [LOG_LEVEL_DEBUG] = "debug", NULL
};

/* Values of the setting client-address, in the order of enum client_address_field. */
static const char *const fields[] = { "socket", "x-forwarded-for", "forwarded", NULL };

static const char *const no_yes[] = { "no", "yes", NULL };

static const char *const formats[] = { "text", "json", NULL };

static int
check_port(const char *text, const char **why)
{
	*why = "listen names several ports, as in listen = [::]:8000, [::]:8001";
	return strpbrk(text, ", ") == NULL && service_is_port(text, 0, 0, why);
}

/* Checks the form of the list first, and then the names of services in it. */
static int
check_listen(const char *text, const char **why)
{
	struct endpoint e;

	if (!endpoint_is_list(text, why))
		return 0;
	while (endpoint_next(&text, &e, why) == 1)
		if (e.port[0] != '\0' && !service_is_port(e.port, 0, 0, why))
			return 0;
	return 1;
}

/* Checks the form only: whether the user exists is known when the program starts. */
static int
check_user(const char *text, const char **why)
{
	*why = "it must be the name or the number of one user; the setting group names a group";
	return strpbrk(text, ",:") == NULL;
}

static int
check_group(const char *text, const char **why)
{
	*why = "it must be the name or the number of one group";
	return strpbrk(text, ",:") == NULL;
}

static int
check_mode(const char *text, const char **why)
{
	*why = "it must be an octal number up to 0777, such as 0660";
	return strspn(text, "01234567") == strlen(text) && (strlen(text) == 3 || *text == '0');
}

static int
check_absolute(const char *text, const char **why)
{
	*why = "it must be an absolute path";
	return *text == '/' || *text == '\0';
}

static int
check_directory(const char *text, const char **why)
{
	*why = "it must be the absolute path of a directory";
	return *text == '/';
}

static int
check_directories(const char *text, const char **why)
{
	*why = "a directory is missing before or after a colon";
	return *text != ':' && strstr(text, "::") == NULL && text[strlen(text) - 1] != ':';
}

static int
check_place(const char *text, const char **why)
{
	*why = "it must be an absolute path, none or auto";
	return *text == '/' || strcmp(text, "none") == 0 || strcmp(text, "auto") == 0;
}

static int
check_log(const char *text, const char **why)
{
	*why = "it must be an absolute path, stderr, syslog or auto";
	return *text == '/' || strcmp(text, "stderr") == 0 || strcmp(text, "syslog") == 0 ||
	    strcmp(text, "auto") == 0;
}

static int
check_backend(const char *text, const char **why)
{
	*why = "it must be the name of a backend without a path, such as 'file' for backend_file.so";
	return strpbrk(text, "/ ,\t") == NULL && *text != '.';
}

const struct conf_setting conf_table[] = {
	{ "listen", TEXT, AT(listen), 1, 4096, "::",
	    "where to listen: host, host:port, unix:///path, or a comma-separated list",
	    check_listen, NULL },
	{ "port", TEXT, AT(port), 1, 31, "8001",
	    "port of the addresses in listen that have none; 0 picks a free port", check_port, NULL },
	{ "listen-owner", TEXT, AT(listen_owner), 0, 64, "",
	    "owner of the Unix sockets in listen; empty: the user of the master", check_user, NULL },
	{ "listen-group", TEXT, AT(listen_group), 0, 64, "",
	    "group of the Unix sockets in listen; empty: the group of the master", check_group, NULL },
	{ "listen-mode", TEXT, AT(listen_mode), 3, 4, "0660",
	    "permissions of the Unix sockets in listen, in octal", check_mode, NULL },
	{ "backlog", NUMBER, AT(backlog), 1, 65535, "1024",
	    "connections that may wait to be accepted on each socket", NULL, NULL },
	{ "user", TEXT, AT(user), 0, 64, "auto",
	    "user that workers run as if root starts websocksy; auto: websocksy, if it exists",
	    check_user, NULL },
	{ "group", TEXT, AT(group), 0, 64, "",
	    "group that workers run as; empty: the primary group of that user", check_group, NULL },
	{ "chroot", TEXT, AT(root), 0, 1024, "",
	    "root directory of workers; empty: not changed", check_absolute, NULL },
	{ "worker-files", NUMBER, AT(worker_files), 0, 1024, "0",
	    "limit on the open descriptors of a worker; 0: the inherited limit", NULL, NULL },
	{ "pid-file", TEXT, AT(pid_file), 1, 1024, "auto",
	    "path, none, or auto: /run/websocksy.pid for a daemon, otherwise none", check_place, NULL },
	{ "status-file", TEXT, AT(status_file), 1, 1024, "auto",
	    "path, none, or auto: /run/websocksy.status for a daemon, otherwise none", check_place, NULL },
	{ "backend", TEXT, AT(backend), 1, 64, "internal",
	    "what finds the peer: internal, or NAME for the module backend_NAME.so", check_backend, NULL },
	{ "origin", TEXT, AT(origin), 1, 4096, "same-host",
	    "browser pages that may connect: any, or a list of same-host, same-origin and origins",
	    origin_is_policy, NULL },
	{ "trusted-proxies", TEXT, AT(trusted_proxies), 1, 4096, "none",
	    "proxies trusted to report a client's address: networks, unix, any, none",
	    network_is_list, NULL },
	{ "client-address", CHOICE, AT(client_address), 0, 0, "socket",
	    "field that names the client: x-forwarded-for or forwarded; socket: no field", NULL, fields },
	{ "allow-peers", TEXT, AT(allow_peers), 1, 4096, "any",
	    "peers that may be connected: any, or a list such as tcp://10.0.0.0/8:5900",
	    allow_is_list, NULL },
	{ "ping", DURATION, AT(ping), 0, DAY, "30s",
	    "time of silence after which a client is pinged; 0: never", NULL, NULL },
	{ "pong-timeout", DURATION, AT(pong_timeout), 1, DAY, "20s",
	    "time in which a pinged client must send something", NULL, NULL },
	{ "idle-timeout", DURATION, AT(idle_timeout), 0, 365 * DAY, "0",
	    "time without data both ways after which a connection is closed; 0: never",
	    NULL, NULL },
	{ "handshake-timeout", DURATION, AT(handshake_timeout), 1, 60 * MINUTE, "10s",
	    "time in which a client must send its whole request", NULL, NULL },
	{ "connect-timeout", DURATION, AT(connect_timeout), 1, 60 * MINUTE, "10s",
	    "time in which a peer's name must be resolved and the peer connected", NULL, NULL },
	{ "stall-timeout", DURATION, AT(stall_timeout), 1, DAY, "60s",
	    "time after which a side that takes no data, or a message that does not go on, is given up",
	    NULL, NULL },
	{ "keepalive", DURATION, AT(keepalive), 0, DAY, "60s",
	    "time of silence after which TCP asks whether a client or peer still exists; 0: never",
	    NULL, NULL },
	{ "close-timeout", DURATION, AT(close_timeout), 1, 10 * MINUTE, "5s",
	    "time for a client's close frame, and then for the end of the connections", NULL, NULL },
	{ "drain-timeout", DURATION, AT(drain_timeout), 0, 365 * DAY, "0",
	    "time after SIGQUIT or a reload until old sessions are closed; 0: no limit", NULL, NULL },
	{ "max-message", SIZE, AT(max_message), 125, UINT64_C(1) << 30, "16m",
	    "largest message, in bytes, that is held whole (framings, datagram peers)", NULL, NULL },
	{ "start-workers", NUMBER, AT(start_workers), 1, 65536, "8",
	    "workers to start with", NULL, NULL },
	{ "min-spare", NUMBER, AT(min_spare), 1, 65536, "4",
	    "minimum of idle workers", NULL, NULL },
	{ "max-spare", NUMBER, AT(max_spare), 1, 65536, "32",
	    "maximum of idle workers", NULL, NULL },
	{ "max-workers", NUMBER, AT(max_workers), 1, 65536, "1024",
	    "maximum of workers, and so of connections; more clients get status 503", NULL, NULL },
	{ "max-connections-per-worker", NUMBER, AT(max_connections_per_worker), 0,
	    UINT64_C(1) << 32, "1000",
	    "connections after which a worker is replaced; 0: no limit",
	    NULL, NULL },
	{ "socket-directory", TEXT, AT(socket_directory), 1, 64, "/tmp",
	    "directory of websocksy's own sockets for unix-dgram peers", check_directory, NULL },
	{ "module-directory", TEXT, AT(module_directory), 1, 4096, MODULE_DIRECTORY,
	    "directory of the modules, or several with colons between them",
	    check_directories, NULL },
	{ "module-timeout", DURATION, AT(module_timeout), 0, 60 * MINUTE, "10s",
	    "time that one call of a module may take; 0: no limit", NULL, NULL },
	{ "wait-timeout", DURATION, AT(wait_idle), 1, DAY, "60s",
	    "time without clients after which inetd gets its listener back (-i, wait)",
	    NULL, NULL },
	{ "log", TEXT, AT(log), 1, 1024, "auto",
	    "stderr, syslog, a path, or auto: syslog for a daemon, otherwise stderr", check_log, NULL },
	{ "log-format", CHOICE, AT(log_json), 0, 0, "text",
	    "format of the log: text or json", NULL, formats },
	{ "log-query", CHOICE, AT(log_query), 0, 0, "no",
	    "show the query of requests in the log and the status: yes or no", NULL, no_yes },
	{ "log-level", CHOICE, AT(log_level), 0, 0, "info",
	    "lowest level that is logged: error, warn, info or debug", NULL, levels }
};

const size_t conf_table_size = sizeof(conf_table) / sizeof(conf_table[0]);
