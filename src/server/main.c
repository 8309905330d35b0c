/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "conf/conf.h"
#include "conf/options.h"
#include "module/backend.h"
#include "module/framer.h"
#include "module/module.h"
#include "module/module_path.h"
#include "posix/daemon.h"
#include "posix/listen.h"
#include "posix/listen_mend.h"
#include "posix/notify.h"
#include "posix/privileges.h"
#include "posix/service_user.h"
#include "posix/title.h"
#include "posix/trust.h"
#include "proto/allow.h"
#include "server/inetd.h"
#include "server/master.h"
#include "server/option_files.h"
#include "server/reload.h"
#include "server/start_check.h"
#include "session/server_context.h"

#define READ_TRIES	20	/* to read an invalid configuration again after a reload */
#define READ_PAUSE	250	/* ms between two tries to read the configuration */

/*
 * The state in which the process was started, and the listeners and the scoreboard of the
 * server. It is not static, since it is large: static variables to which workers write would be
 * on more pages.
 */
struct start {
	int		client;		/* inetd mode: connection or listener; -1: none */
	unsigned	inherited;	/* number of listeners received from systemd */
	int		reloaded;	/* 1: the program was executed by a reload */
	struct reload	before;		/* the state handed over by the reload */
	struct listeners listeners;
	struct scoreboard board;
};

/* -- descriptors that the process was started with -- */

/*
 * Takes over the descriptors that a previous master, systemd or inetd has passed to this
 * process. Returns 0, or -1 after a message.
 */
static int
take_over(struct start *s, int argc, char **argv)
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
	if (options_inetd(argc, argv) && inetd_has_socket()) {
		s->client = inetd_take_socket();
		if (s->client == -1)
			return -1;
	}
	return 0;
}

/* Reads the options and the configuration file.  options_parse() reports the errors. */
static enum options_mode
read_configuration(const struct start *s, struct conf *conf, int argc, char **argv)
{
	enum options_mode mode;
	unsigned tries;

	conf_init(conf);
	mode = options_parse(conf, argc, argv);
	/*
	 * The check before this reload found the file valid.  If it is invalid now, it is
	 * probably being written: try again.
	 */
	for (tries = 0; s->reloaded && mode == OPTIONS_WRONG && tries < READ_TRIES; tries++) {
		conf_free(conf);
		(void)poll(NULL, 0, READ_PAUSE);
		conf_init(conf);
		mode = options_parse(conf, argc, argv);
	}
	return mode;
}

/* -- set-up with the configuration -- */

/*
 * Sends the output of modules to standard error, so that it is not mixed with the port or the
 * settings on standard output.  Returns the descriptor for restore_output().
 */
static int
redirect_output(void)
{
	int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	(void)fflush(stdout);
	(void)dup2(STDERR_FILENO, STDOUT_FILENO);
	return out;
}

static void
restore_output(int out)
{
	(void)fflush(stdout);
	if (out != -1)
		(void)dup2(out, STDOUT_FILENO);
	io_close(&out);
}

/*
 * Checks who can change the configuration file, before anything that it names is loaded.  For a
 * daemon a fault is an error, otherwise a warning.  Returns 0, or -1 after a message.
 */
static int
check_file(const struct conf *conf)
{
	static const char what[] = "the configuration";
	int result;

	if (conf->file == NULL)
		return 0;
	result = trust_check(what, conf->file);
	/* In a directory like /tmp, another file may have been there when it was read. */
	if (result == 0)
		result = trust_check_opened(what, conf->file, &conf->file_status);
	return result == -1 ? -1 : 0;
}

/*
 * Loads the framings, and the backend unless it is NULL, and starts the backend.  Returns 0, or -1
 * after a message.
 */
static int
start_modules(const struct conf *conf, struct backend *backend)
{
	int out = redirect_output();
	int result = framer_register_builtin() == -1 ||
	    module_load_framings(conf->module_directory) == -1 ||
	    (backend != NULL && backend_start(backend, conf) == -1) ? -1 : 0;

	restore_output(out);
	return result;
}

/* Prints the names of the backends and framings, for -h. */
static void
print_modules(const struct conf *conf)
{
	char *names[MODULE_PATH_BACKENDS + 1];
	const struct framer *f;
	unsigned i;

	module_path_backends(conf->module_directory, names);
	(void)printf("\nbackends: internal");
	for (i = 0; names[i] != NULL; i++)
		(void)printf(", %s", names[i]);
	module_path_free(names);
	/* A module that cannot be loaded, and ends the process, must not take the help with it. */
	(void)printf("\nframings: ");
	(void)fflush(stdout);
	log_set_level(LOG_LEVEL_ERROR);
	(void)start_modules(conf, NULL);
	for (i = 0; (f = framer_at(i)) != NULL; i++)
		(void)printf("%s%s", i > 0 ? ", " : "", f->api.name);
	(void)printf("\n");
}

/*
 * Reports further faults after some were found in the configuration, so that all are reported at
 * once: an unknown user, and those of the backend's options.
 */
static void
report_other_faults(const struct start *s, const struct conf *conf)
{
	struct privileges privileges;
	struct backend backend;

	memset(&backend, 0, sizeof(backend));
	if (conf->known == CONF_NOTHING)
		return;
	if (strcmp(conf_place(conf, "user"), "default") != 0 ||
	    strcmp(conf_place(conf, "group"), "default") != 0 || *conf->root != '\0')
		(void)service_user_find(&privileges, conf, 0);
	if (s->client == -1 && !s->reloaded && !reload_is_check())
		(void)start_check(conf);
	if (conf->known != CONF_NO_BACKEND && check_file(conf) == 0 &&
	    start_modules(conf, &backend) == 0)
		backend_stop(&backend);
}

/*
 * Warns about paths in allow-peers that match no peer because they contain a symbolic link (such
 * as /var/run).
 */
static void
warn_of_links(const struct conf *conf)
{
	const char *list = conf->allow_peers;
	char target[ALLOW_TARGET_SIZE], *real;

	/* Skip the check if a root directory is set: links below it lead to other files. */
	while (*conf->root == '\0' && (real = allow_next_link(&list, target)) != NULL) {
		log_warnx("allow-peers: %s matches no peer, since it is a link to %s: write that "
		    "path instead", target, real);
		free(real);
	}
}

/* Opens the log that the configuration selects.  Returns 0, or -1 after a message. */
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
			log_error("cannot write the log %s%s", conf->log, errno == EPERM ?
			    " (it must belong to root or the user of the server, and have one "
			    "name)" : "");
			return -1;
		}
	} else if (strcmp(conf->log, "stderr") == 0 && !log_uses_stderr()) {
		/* Bytes of the log among those of HTTP would break the connection. */
		log_warnx("log = stderr: standard error is the connection (-i): the log goes to "
		    "syslog instead");
	}
	return 0;
}

/*
 * Opens the log.  If it cannot be opened after a reload, the inherited log stays in use.
 * Returns 0, or -1 after a message.
 */
static int
start_log(struct start *s, const struct server_context *context)
{
	int *inherited = &s->before.fd[RELOAD_LOG], result;

	if (!s->reloaded)
		return open_log(context->conf, context->privileges);
	log_to_fd(STDERR_FILENO);
	result = open_log(context->conf, context->privileges);
	if (result == -1 && *inherited != -1) {
		/* Try again with the previous log, so that it contains the reason. */
		log_to_fd(*inherited);
		result = open_log(context->conf, context->privileges);
		if (result == -1)
			log_errorx("cannot open the log %s: the previous log stays in use",
			    context->conf->log);
	}
	if (result == 0)
		io_close(inherited);
	log_set_watched(0);
	return 0;
}

/*
 * Opens the listeners: sockets of the previous master, of systemd or of inetd, or new ones.
 * Returns 0, or -1 after a message.
 */
static int
open_listeners(const struct start *s, const struct conf *conf, struct listeners *l)
{
	struct listeners rest;
	int given;

	l->count = 0;
	if (s->client != -1)
		return listen_adopt(l, s->client);
	if (s->inherited > 0)
		return listen_inherit(l, s->inherited);
	if (!s->reloaded)
		return listen_open(l, conf, NULL);
	rest = s->before.listeners;
	given = rest.count > 0 && rest.at[0].given;
	/* A worker can shut down a listener, which must not end the server. */
	if (listen_mend_count(&rest) > 0)
		listen_mend(&rest, conf);
	if (given) {
		*l = rest;
		return 0;
	}
	if (listen_open(l, conf, &rest) == -1)
		return -1;
	/* Close the previous listeners that the configuration does not name any more. */
	listen_remove(&rest);
	listen_close(&rest);
	return 0;
}

/* -- the modes -- */

static int
run_server(struct start *s, struct server_context *context)
{
	const struct conf *conf = context->conf;
	struct master m = { context, s->reloaded ? &s->before : NULL,
	    conf->daemon && !s->reloaded, s->client != -1 };

	if (start_log(s, context) == -1 || open_listeners(s, conf, &s->listeners) == -1)
		return EXIT_FAILURE;
	context->listeners = &s->listeners;
	context->board = &s->board;
	if (m.daemon && daemon_begin() == -1)
		return EXIT_FAILURE;
	if (conf->daemon && s->reloaded && chdir("/") == -1)
		log_warn("cannot go to the directory /");
	return master_run(&m);
}

static int
run_mode(struct start *s, struct server_context *context, enum options_mode mode)
{
	switch (mode) {
	case OPTIONS_CHECK:
		(void)printf("the configuration is valid\n");
		break;
	case OPTIONS_DUMP:
		options_dump(context->conf);
		break;
	case OPTIONS_INETD:
		return inetd_serve(context, s->client);
	case OPTIONS_SERVE:
		return run_server(s, context);
	case OPTIONS_HELP:
	case OPTIONS_VERSION:
	case OPTIONS_WRONG:
		break;
	}
	return EXIT_SUCCESS;
}

/* Runs a mode that needs a valid configuration and a backend.  Returns the exit status. */
static int
run_configured(struct start *s, const struct conf *conf, enum options_mode mode)
{
	struct privileges privileges;
	struct backend backend;
	struct server_context context = { conf, &backend, &privileges, NULL, NULL };
	int status, faults, say;

	memset(&backend, 0, sizeof(backend));
	log_set_level((enum log_level)conf->log_level);
	/* The new log is not open yet; use the one inherited from the previous program. */
	if (s->reloaded && s->before.fd[RELOAD_LOG] != -1)
		log_to_fd(s->before.fd[RELOAD_LOG]);
	if (mode == OPTIONS_INETD && s->client == -1) {
		log_errorx("-i: standard input is not a socket (inetd mode is for super-servers)");
		return EXIT_FAILURE;
	}
	if (mode == OPTIONS_INETD && inetd_is_listener(s->client))
		mode = OPTIONS_SERVE;
	/* Skip the warnings in inetd mode, where each connection would log them. */
	say = mode == OPTIONS_SERVE || mode == OPTIONS_CHECK;
	/* All checks are made, so that all faults are reported at once. */
	faults = service_user_find(&privileges, conf, say) == -1;
	if (mode == OPTIONS_INETD && faults == 0)
		faults += open_log(conf, &privileges) == -1;
	/* A reload goes on with the sockets and files that it has if it cannot open new ones. */
	if (mode == OPTIONS_CHECK && !reload_is_check())
		faults += start_check(conf) == -1;
	/* The user who can change the file must not choose the modules that root loads. */
	faults += check_file(conf) == -1 || start_modules(conf, &backend) == -1;
	if (faults > 0) {
		backend_stop(&backend);
		return s->client != -1 ? inetd_refuse(conf, s->client) : EXIT_FAILURE;
	}
	if (say) {
		warn_of_links(conf);
		option_files_warn(conf, &privileges);
	}
	status = run_mode(s, &context, mode);
	backend_stop(&backend);
	return status;
}

int
main(int argc, char **argv)
{
	struct start *s = calloc(1, sizeof(*s));
	struct conf conf;
	int status = EXIT_SUCCESS;
	enum options_mode mode;

	title_init(argc, argv);
	if (s == NULL || io_open_standard() == -1 || take_over(s, argc, argv) == -1) {
		free(s);
		return EXIT_FAILURE;
	}
	mode = read_configuration(s, &conf, argc, argv);
	trust_set_strict(conf.daemon);
	if (mode == OPTIONS_HELP) {
		options_help();
		print_modules(&conf);
	} else if (mode == OPTIONS_VERSION) {
		options_version();
	} else if (mode == OPTIONS_WRONG) {
		report_other_faults(s, &conf);
		status = s->client != -1 ? inetd_refuse(&conf, s->client) : EXIT_FAILURE;
	} else {
		status = run_configured(s, &conf, mode);
	}
	conf_free(&conf);
	free(s->before.child);
	free(s);
	return fflush(stdout) == 0 ? status : EXIT_FAILURE;
}
