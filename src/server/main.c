/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "conf/conf.h"
#include "conf/options.h"
#include "module/backend.h"
#include "module/framer.h"
#include "module/guard.h"
#include "module/module.h"
#include "posix/daemon.h"
#include "posix/lifecycle.h"
#include "posix/listen.h"
#include "posix/notify.h"
#include "posix/privileges.h"
#include "posix/signals.h"
#include "posix/title.h"
#include "proto/allow.h"
#include "proto/handshake.h"
#include "server/master.h"
#include "server/reload.h"
#include "session/linger.h"
#include "session/session.h"

#define READ_TRIES	20	/* to read the configuration again after a reload, */
#define READ_PAUSE	250	/* ms apart */

/*
 * What the process was given beside its arguments.  It is large, so it has no place in static
 * memory, where it would spread what a worker writes to over more pages.
 */
struct start {
	int		client;		/* inetd mode: the connection, or listener; -1: none */
	unsigned	inherited;	/* listeners from systemd */
	int		reloaded;	/* the program was executed anew: */
	struct reload	before;		/* what was handed over */
	struct listeners listeners;	/* what it listens on */
};

/*
 * In inetd mode standard input is the connection, and output and error may be it
 * too: they are taken away from everybody who might print before anything does.
 * Returns the connection, or -1 after a message.
 */
static int
take_connection(void)
{
	int client, null;

	if (io_same(STDIN_FILENO, STDERR_FILENO))
		log_to_syslog("websocksy");
	client = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (client == -1 || null == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1 ||
	    (io_same(client, STDERR_FILENO) && dup2(null, STDERR_FILENO) == -1)) {
		log_error("-i: cannot put the connection in place");
		return -1;
	}
	close(null);
	return client;
}

/* A client that inetd has already accepted is told, too, that nothing is set up for it. */
static int
apologize(const struct conf *conf, int client)
{
	char text[HANDSHAKE_ANSWER_SIZE];
	size_t len = handshake_refuse(text, sizeof(text), 500,
	    "the server's configuration is faulty; its log says where", 0);

	signals_init(SIGNALS_SINGLE);
	lifecycle_init(-1, 0, 0, NULL);
	if (io_set_nonblocking(client) == 0 && io_write(client, text, len) == (ssize_t)len)
		linger(client, -1, conf, CLOCK_NEVER);
	return EXIT_FAILURE;
}

static int
serve_inetd(const struct conf *conf, const struct backend *backend,
    const struct privileges *privileges, int client)
{
	struct session_place place = { conf, backend, NULL, 0 };
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
	if (privileges_drop(privileges) == -1)
		return apologize(conf, client);
	guard_watch(conf->module_timeout);
	if (module_enter_worker() == -1)
		return apologize(conf, client);
	result = session_serve(&place, client, known ? &address : NULL, 0);
	module_leave_worker();
	return result == SESSION_SHORT ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int
is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* A listening socket stands where a connection was expected: the service is one of "wait". */
static int
is_listener(int fd)
{
	socklen_t size = sizeof(int);
	int listening = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening;
}

/* The sockets of the master before, of systemd, of inetd, or new ones. */
static int
open_listeners(const struct start *s, const struct conf *conf, struct listeners *l)
{
	struct listeners rest;

	l->count = 0;
	if (s->client != -1)
		return listen_adopt(l, s->client);
	if (s->inherited > 0)
		return listen_inherit(l, s->inherited);
	if (!s->reloaded)
		return listen_open(l, conf, NULL);
	rest = s->before.listeners;
	if (rest.count > 0 && rest.at[0].given) {
		*l = rest;
		return 0;
	}
	if (listen_open(l, conf, &rest) == -1)
		return -1;
	/* What is not wanted any more. */
	listen_remove(&rest);
	listen_close(&rest);
	return 0;
}

static int
serve(struct start *s, const struct conf *conf, const struct backend *backend,
    const struct privileges *privileges)
{
	struct master m = { conf, backend, privileges, NULL, NULL, 0, 0 };

	if (open_listeners(s, conf, &s->listeners) == -1)
		return EXIT_FAILURE;
	m.listeners = &s->listeners;
	m.before = s->reloaded ? &s->before : NULL;
	m.daemon = conf->daemon && !s->reloaded;
	m.wait = s->client != -1;
	if (m.daemon && daemon_begin() == -1)
		return EXIT_FAILURE;
	if (conf->daemon && s->reloaded && chdir("/") == -1)
		log_warn("cannot go to the directory /");
	return master_run(&m);
}

/* From now on messages go where the configuration says. */
static int
open_log(const struct conf *conf, const struct privileges *privileges)
{
	log_set_watched(conf->daemon);
	log_set_json((int)conf->log_json);
	if (strcmp(conf->log, "syslog") == 0 ||
	    (strcmp(conf->log, "auto") == 0 && conf->daemon)) {
		log_to_syslog("websocksy");
	} else if (*conf->log == '/') {
		if (log_to_file(conf->log, privileges->drop ? privileges->uid : (uid_t)-1,
		    privileges->drop ? privileges->gid : (gid_t)-1) == -1) {
			log_error("cannot write the log %s", conf->log);
			return -1;
		}
	}
	return 0;
}

/* A server that runs keeps the log that it has if there is no other. */
static int
open_log_again(struct start *s, const struct conf *conf, const struct privileges *privileges)
{
	if (!s->reloaded)
		return open_log(conf, privileges);
	log_to_fd(STDERR_FILENO);
	if (open_log(conf, privileges) == 0) {
		io_close(&s->before.log);
	} else if (s->before.log != -1) {
		log_to_fd(s->before.log);
		log_errorx("the log %s cannot be opened: the one of before goes on", conf->log);
	}
	log_set_watched(0);
	return 0;
}

/* Who the workers will be.  Root may be kept, but a daemon must be told so. */
static int
find_privileges(struct privileges *p, const struct conf *conf, enum options_mode mode)
{
	const char *user = *conf->user != '\0' ? conf->user : NULL;
	const char *missing;

	if (privileges_find(p, user, *conf->group != '\0' ? conf->group : NULL,
	    *conf->root != '\0' ? conf->root : NULL) == -1)
		return -1;
	if (user == NULL && geteuid() == 0 && conf->daemon) {
		log_errorx("root's daemon needs a user for its workers: user = nobody, or another "
		    "(user = root if that is really meant)");
		return -1;
	}
	if (user == NULL && geteuid() == 0 && (mode == OPTIONS_SERVE || mode == OPTIONS_INETD))
		log_warnx("workers run as root; the setting user would change that");
	missing = *conf->root != '\0' ? privileges_missing(conf->root) : NULL;
	if (missing != NULL)
		log_warnx("chroot: %s", missing);
	return 0;
}

/* A path such as /var/run, which is a link, looks right and lets nobody through. */
static void
warn_of_links(const struct conf *conf)
{
	const char *list = conf->allow_peers;
	char target[ALLOW_TARGET_SIZE], *real;

	/* Below another root links lead elsewhere. */
	while (*conf->root == '\0' && (real = allow_next_link(&list, target)) != NULL) {
		log_warnx("allow-peers: %s lets no peer through, since it leads to %s: write that "
		    "path", target, real);
		free(real);
	}
}

/*
 * Loads the modules and starts the backend.  What they print goes where the log does, and neither
 * before the port nor between the settings.
 */
static int
start_modules(const struct conf *conf, struct backend *backend)
{
	int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1), result;

	(void)dup2(STDERR_FILENO, STDOUT_FILENO);
	result = framer_register_builtin() == -1 ||
	    module_load_framings(conf->module_directory) == -1 ||
	    backend_start(backend, conf) == -1 ? -1 : 0;
	(void)fflush(stdout);
	if (out != -1)
		(void)dup2(out, STDOUT_FILENO);
	io_close(&out);
	return result;
}

/* The part that needs a configuration and a backend. */
static int
run(struct start *s, const struct conf *conf, enum options_mode mode)
{
	struct privileges privileges;
	struct backend backend;
	int status = EXIT_SUCCESS;

	log_set_level((enum log_level)conf->log_level);
	/* Until the log is open: who can be told is who reads the one of before. */
	if (s->reloaded && s->before.log != -1)
		log_to_fd(s->before.log);
	if (mode == OPTIONS_INETD && s->client == -1) {
		log_errorx("-i: standard input is not a socket (inetd mode is for super-servers)");
		return EXIT_FAILURE;
	}
	if (find_privileges(&privileges, conf, mode) == -1 || start_modules(conf, &backend) == -1)
		return s->client != -1 ? apologize(conf, s->client) : EXIT_FAILURE;
	if (mode == OPTIONS_INETD && is_listener(s->client))
		mode = OPTIONS_SERVE;
	/* Not for each connection of inetd mode. */
	if (mode == OPTIONS_SERVE || mode == OPTIONS_CHECK)
		warn_of_links(conf);
	switch (mode) {
	case OPTIONS_CHECK:
		(void)printf("the configuration is fine\n");
		break;
	case OPTIONS_DUMP:
		options_dump(conf);
		break;
	case OPTIONS_INETD:
		status = serve_inetd(conf, &backend, &privileges, s->client);
		break;
	case OPTIONS_SERVE:
		status = open_log_again(s, conf, &privileges) == 0 ?
		    serve(s, conf, &backend, &privileges) : EXIT_FAILURE;
		break;
	case OPTIONS_HELP:
	case OPTIONS_VERSION:
	case OPTIONS_WRONG:
		break;
	}
	backend_stop(&backend);
	return status;
}

/* What this process was given beside its arguments.  -1 after a message. */
static int
look_around(struct start *s, int argc, char **argv)
{
	s->client = -1;
	reload_init(argc, argv);
	s->reloaded = reload_inherit(&s->before);
	if (s->reloaded == -1)
		return -1;
	if (!s->reloaded) {
		s->inherited = listen_inherited();
		io_close_from(STDERR_FILENO + 1 + (int)s->inherited);
	}
	if (reload_is_possible() == -1)
		return -1;
	log_detect_journal();
	notify_init();
	if (options_inetd(argc, argv) && is_socket(STDIN_FILENO)) {
		s->client = take_connection();
		if (s->client == -1)
			return -1;
	}
	return 0;
}

static enum options_mode
read_configuration(struct conf *conf, int argc, char **argv)
{
	char modules[1100];

	conf_init(conf);
	if (argc > 0 && module_build_tree(argv[0], modules, sizeof(modules)))
		(void)conf_set(conf, "module-directory", modules, "the build tree");
	return options_parse(conf, argc, argv);
}

int
main(int argc, char **argv)
{
	enum options_mode mode;
	struct conf conf;
	struct start *s = calloc(1, sizeof(*s));
	unsigned tries;
	int status = EXIT_SUCCESS;

	title_init(argc, argv);
	if (s == NULL || io_open_standard() == -1 || look_around(s, argc, argv) == -1) {
		free(s);
		return EXIT_FAILURE;
	}
	mode = read_configuration(&conf, argc, argv);
	/* It was sound a moment ago: somebody is writing it, who will be done soon. */
	for (tries = 0; s->reloaded && mode == OPTIONS_WRONG && tries < READ_TRIES; tries++) {
		conf_free(&conf);
		(void)poll(NULL, 0, READ_PAUSE);
		mode = read_configuration(&conf, argc, argv);
	}
	if (mode == OPTIONS_HELP)
		options_help();
	else if (mode == OPTIONS_VERSION)
		options_version();
	else if (mode == OPTIONS_WRONG)
		status = s->client != -1 ? apologize(&conf, s->client) : EXIT_FAILURE;
	else
		status = run(s, &conf, mode);
	conf_free(&conf);
	free(s->before.child);
	free(s);
	return fflush(stdout) == 0 ? status : EXIT_FAILURE;
}
