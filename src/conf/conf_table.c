/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stddef.h>
#include <string.h>

#include "base/log.h"
#include "base/scan.h"
#include "conf/conf_table.h"
#include "conf/conf_values.h"
#include "proto/allow.h"
#include "proto/endpoint.h"
#include "proto/handshake.h"
#include "proto/network.h"

#define MINUTE	(UINT64_C(60) * 1000)
#define DAY	(UINT64_C(24) * 60 * MINUTE)

#define AT(member)	offsetof(struct conf, member)

static const char *const levels[] = {
	[LOG_LEVEL_ERROR] = "error", [LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_INFO] = "info", [LOG_LEVEL_DEBUG] = "debug", NULL
};

/* By enum client_address_field. */
static const char *const fields[] = { "socket", "x-forwarded-for", "forwarded", NULL };

static const char *const formats[] = { "text", "json", NULL };

static int
check_port(const char *text, const char **why)
{
	uint64_t port;

	*why = "it is a number from 0 to 65535 or the name of a service";
	return scan_number(text, 0, 65535, &port) == 0 || scan_service(text) == 0;
}

static int
check_mode(const char *text, const char **why)
{
	*why = "it is an octal number up to 0777, such as 0660";
	return strspn(text, "01234567") == strlen(text) && (strlen(text) == 3 || *text == '0');
}

static int
check_absolute(const char *text, const char **why)
{
	*why = "it is an absolute path";
	return *text == '/' || *text == '\0';
}

static int
check_place(const char *text, const char **why)
{
	*why = "it is an absolute path, none or auto";
	return *text == '/' || strcmp(text, "none") == 0 || strcmp(text, "auto") == 0;
}

static int
check_log(const char *text, const char **why)
{
	*why = "it is an absolute path, stderr, syslog or auto";
	return *text == '/' || strcmp(text, "stderr") == 0 || strcmp(text, "syslog") == 0 ||
	    strcmp(text, "auto") == 0;
}

static int
check_backend(const char *text, const char **why)
{
	*why = "it is the bare name of a backend, such as 'file' for backend_file.so";
	return strchr(text, '/') == NULL && *text != '.';
}

const struct conf_setting conf_table[] = {
	{ "listen", TEXT, AT(listen), 1, 4096, "::",
	    "where to listen: host, host:port, unix:///path, or several with commas",
	    endpoint_is_list, NULL },
	{ "port", TEXT, AT(port), 1, 31, "8001",
	    "port to listen on, a number or a service; 0 picks a free one", check_port, NULL },
	{ "listen-owner", TEXT, AT(listen_owner), 0, 64, "",
	    "owner of Unix sockets to listen on; empty: whoever starts it", NULL, NULL },
	{ "listen-group", TEXT, AT(listen_group), 0, 64, "",
	    "their group; empty: that of whoever starts it", NULL, NULL },
	{ "listen-mode", TEXT, AT(listen_mode), 3, 4, "0660",
	    "their permissions, octal", check_mode, NULL },
	{ "backlog", NUMBER, AT(backlog), 1, 65535, "1024",
	    "connections that may wait to be accepted", NULL, NULL },
	{ "user", TEXT, AT(user), 0, 64, "",
	    "whom workers run as, if started by root", NULL, NULL },
	{ "group", TEXT, AT(group), 0, 64, "",
	    "their group; empty: the user's", NULL, NULL },
	{ "chroot", TEXT, AT(root), 0, 1024, "",
	    "their root directory; empty: not changed", check_absolute, NULL },
	{ "worker-files", NUMBER, AT(worker_files), 0, 1024, "0",
	    "descriptors that a worker may have; 0: as many as it inherits", NULL, NULL },
	{ "pid-file", TEXT, AT(pid_file), 1, 1024, "auto",
	    "path, none, or auto: /run/websocksy.pid for a daemon", check_place, NULL },
	{ "status-file", TEXT, AT(status_file), 1, 1024, "auto",
	    "path, none, or auto: /run/websocksy.status for a daemon", check_place, NULL },
	{ "backend", TEXT, AT(backend), 1, 64, "internal",
	    "name of the peer discovery backend", check_backend, NULL },
	{ "origin", TEXT, AT(origin), 1, 4096, "same-host",
	    "browser pages that are let in: same-host, any, or a list of origins",
	    handshake_is_policy, NULL },
	{ "trusted-proxies", TEXT, AT(trusted_proxies), 1, 4096, "none",
	    "networks of proxies that are believed who the client is; none, any, unix",
	    network_is_list, NULL },
	{ "client-address", CHOICE, AT(client_address), 0, 0, "socket",
	    "where a trusted proxy tells it: socket, x-forwarded-for or forwarded", NULL, fields },
	{ "allow-peers", TEXT, AT(allow_peers), 1, 4096, "any",
	    "peers that may be connected: any, or a list such as tcp://10.0.0.0/8:5900",
	    allow_is_list, NULL },
	{ "ping", DURATION, AT(ping), 0, DAY, "30s",
	    "silence of a client after which it is pinged; 0 turns pings off", NULL, NULL },
	{ "pong-timeout", DURATION, AT(pong_timeout), 1, DAY, "20s",
	    "time in which a pinged client must be heard of", NULL, NULL },
	{ "idle-timeout", DURATION, AT(idle_timeout), 0, 365 * DAY, "0",
	    "time without data in either direction after which a connection ends; 0: never",
	    NULL, NULL },
	{ "handshake-timeout", DURATION, AT(handshake_timeout), 1, 60 * MINUTE, "10s",
	    "time in which a client must have sent its whole request", NULL, NULL },
	{ "connect-timeout", DURATION, AT(connect_timeout), 1, 60 * MINUTE, "10s",
	    "time in which a peer must be found and connected", NULL, NULL },
	{ "stall-timeout", DURATION, AT(stall_timeout), 1, DAY, "60s",
	    "time for which a client or peer may take none of the data that waits for it",
	    NULL, NULL },
	{ "close-timeout", DURATION, AT(close_timeout), 1, 10 * MINUTE, "5s",
	    "time that a closing handshake and each side's last bytes may take", NULL, NULL },
	{ "drain-timeout", DURATION, AT(drain_timeout), 0, 365 * DAY, "0",
	    "time after QUIT in which sessions may end by themselves; 0: any", NULL, NULL },
	{ "max-message", SIZE, AT(max_message), 125, UINT64_C(1) << 30, "16m",
	    "bytes of a message that must be held whole (framing, datagrams)", NULL, NULL },
	{ "start-workers", NUMBER, AT(start_workers), 1, 65536, "8",
	    "workers at the start", NULL, NULL },
	{ "min-spare", NUMBER, AT(min_spare), 1, 65536, "4",
	    "idle workers at least", NULL, NULL },
	{ "max-spare", NUMBER, AT(max_spare), 1, 65536, "32",
	    "idle workers at most", NULL, NULL },
	{ "max-workers", NUMBER, AT(max_workers), 1, 65536, "1024",
	    "workers, and so connections, at most; more clients get 503", NULL, NULL },
	{ "max-connections-per-worker", NUMBER, AT(max_connections_per_worker), 0,
	    UINT64_C(1) << 32, "1000",
	    "connections that a worker serves before it makes room for a new one; 0: any",
	    NULL, NULL },
	{ "socket-directory", TEXT, AT(socket_directory), 1, 64, "/tmp",
	    "directory for our end of unix-dgram peers", NULL, NULL },
	{ "module-directory", TEXT, AT(module_directory), 1, 1024, MODULE_DIRECTORY,
	    "directory of backends and framings", NULL, NULL },
	{ "module-timeout", DURATION, AT(module_timeout), 0, 60 * MINUTE, "10s",
	    "time that one call of a module may take; 0: any", NULL, NULL },
	{ "wait-timeout", DURATION, AT(wait_idle), 1, DAY, "60s",
	    "time without clients after which a listener is given back to inetd (-i, wait)",
	    NULL, NULL },
	{ "log", TEXT, AT(log), 1, 1024, "auto",
	    "stderr, syslog, a path, or auto: syslog for a daemon, else stderr", check_log, NULL },
	{ "log-format", CHOICE, AT(log_json), 0, 0, "text",
	    "text or json", NULL, formats },
	{ "log-level", CHOICE, AT(log_level), 0, 0, "info",
	    "error, warn, info or debug", NULL, levels }
};

const size_t conf_table_size = sizeof(conf_table) / sizeof(conf_table[0]);
