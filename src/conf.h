/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CONF_H
#define CONF_H

#include <stddef.h>
#include <stdint.h>

/*
 * The configuration: one table of settings, from which the file reader, -o,
 * -T and the tests all work.  Whatever is wrong is logged with its place and a
 * remedy, and counted; nothing stops at the first error.
 * Convention of this layer: 0, or -1 after a message.
 */

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
	uint64_t	 client_address;		/* enum identity_field */
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

/* All settings at their defaults. */
void	conf_init(struct conf *c);
void	conf_free(struct conf *c);

/* Sets one by name; place says in messages where it was written, such as "file:12" or "-o". */
int	conf_set(struct conf *c, const char *name, const char *value, const char *place);

/* Keeps an option for the backend that is chosen at this moment. */
int	conf_add_option(struct conf *c, const char *name, const char *value, const char *place);

/* "name=value" for either of them. */
int	conf_set_pair(struct conf *c, const char *pair, const char *place);
int	conf_add_option_pair(struct conf *c, const char *pair, const char *place);

/* Reads a file; -1 if anything in it is wrong, all of which has been logged. */
int	conf_read(struct conf *c, const char *path);

/* Checks what single settings cannot show, such as min-spare above max-spare. */
int	conf_check(const struct conf *c);

/*
 * Walks the table: the name, one-line help, and current value as it would stand
 * in a file (in out) of setting number i; 0 behind the last.
 */
int	conf_setting(const struct conf *c, unsigned i, const char **name, const char **help,
    char *out, size_t size);

#endif
