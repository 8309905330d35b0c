/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CONF_VALUES_H
#define CONF_VALUES_H

#include <stdint.h>
#include <sys/stat.h>

/* The values of the settings; conf_table.c describes each setting. */

/* An option for the backend, stored until the backend is loaded. */
struct conf_option {
	struct conf_option	*next;
	char			*name, *value;
	char			*place;		/* the place of the option, such as "file:12" */
};

/* What is known of the backend and its options after the configuration was read. */
enum conf_knowledge {
	CONF_COMPLETE,
	CONF_INCOMPLETE,	/* faults may have hidden options from the list */
	CONF_NO_BACKEND,	/* the backend or its directory is not known */
	CONF_NOTHING		/* the command line or a file was not read */
};

struct conf {
	int		 daemon;		/* 1: the option -d was given; not a setting */
	char		*file;			/* the configuration file; NULL: none was read */
	struct stat	 file_status;		/* of the file that was read */
	char		**place;		/* place of each setting; NULL: the default */
	enum conf_knowledge known;
	char		*dropped;	/* a sentence about options dropped last; NULL: none */
	char		*listen, *port;
	char		*listen_owner, *listen_group, *listen_mode;	/* for Unix sockets */
	char		*backend;		/* "internal": the built-in backend */
	struct conf_option *options;		/* for the backend, in the configured order */
	char		*user;			/* "auto", a name or a number; "": not changed */
	char		*group, *root;			/* "": not changed */
	char		*pid_file, *status_file;	/* "auto", "none" or a path */
	char		*log;				/* "auto", "stderr", "syslog" or a path */
	uint64_t	 log_json;			/* 0: text, 1: JSON */
	uint64_t	 log_query;			/* 1: queries of requests are shown */
	uint64_t	 worker_files;			/* 0: the limit is inherited */
	uint64_t	 wait_idle;			/* milliseconds */
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
	/* All in milliseconds; 0 means off, where the table allows 0. */
	uint64_t	 ping, pong_timeout, idle_timeout;
	uint64_t	 handshake_timeout, connect_timeout;
	uint64_t	 stall_timeout, keepalive, close_timeout, drain_timeout;
	uint64_t	 module_timeout;
};

#endif
