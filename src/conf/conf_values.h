/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CONF_VALUES_H
#define CONF_VALUES_H

#include <stdint.h>

/* The values of all settings, apart from the table that describes them. */

/* An option for the backend, kept until the backend is there. */
struct conf_option {
	struct conf_option	*next;
	char			*name, *value, *place;
};

struct conf {
	int		 daemon;		/* not a setting, but -d */
	char		*listen, *port;
	char		*listen_owner, *listen_group, *listen_mode;	/* of Unix sockets */
	char		*backend;		/* "internal": the built-in one */
	struct conf_option *options;		/* for the backend, in order */
	char		*user, *group, *root;		/* "": not changed */
	char		*pid_file, *status_file;	/* "auto", "none", or a path */
	char		*log;
	uint64_t	 log_json;
	uint64_t	 worker_files;			/* 0: as it is */
	uint64_t	 wait_idle;
	char		*origin;
	char		*trusted_proxies;
	uint64_t	 client_address;		/* enum client_address_field */
	char		*allow_peers;
	char		*socket_directory;
	char		*module_directory;
	uint64_t	 log_level;		/* enum log_level */
	uint64_t	 backlog;
	uint64_t	 start_workers, min_spare, max_spare, max_workers;
	uint64_t	 max_connections_per_worker;	/* 0: no limit */
	uint64_t	 max_message;		/* bytes */
	/* milliseconds; 0: off where the table allows it */
	uint64_t	 ping, pong_timeout, idle_timeout;
	uint64_t	 handshake_timeout, connect_timeout;
	uint64_t	 stall_timeout, close_timeout, drain_timeout;
	uint64_t	 module_timeout;
};

#endif
