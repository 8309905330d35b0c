/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "conf/conf.h"
#include "posix/service_user.h"

/*
 * nobody is not among them: other daemons run as nobody, and could signal the workers and read
 * their memory.
 */
static const char *const automatic[] = { "websocksy", "_websocksy" };

/* The advice to a person who has no such user. */
#define ADVICE	"useradd --system websocksy"

/*
 * Returns whether an error of getpwnam() means that the user database could not be read.  Other
 * errors mean, depending on the system, that the user does not exist.
 */
static int
is_failure(int error)
{
	return error == EIO || error == EMFILE || error == ENFILE || error == ENOMEM ||
	    error == EINTR || error == ERANGE;
}

/*
 * Finds the user for the value auto; sets *user to NULL if the user is not changed.  Returns 0, or
 * -1 after a message: a database that cannot be read must not make the workers run as root.
 */
static int
find_automatic(const char **user)
{
	struct passwd *entry;
	size_t i;

	*user = NULL;
	if (geteuid() != 0 || !privileges_can_drop())
		return 0;
	for (i = 0; i < sizeof(automatic) / sizeof(automatic[0]); i++) {
		errno = 0;
		entry = getpwnam(automatic[i]);
		if (entry == NULL && is_failure(errno)) {
			log_error("user = auto: cannot look up the user %s", automatic[i]);
			return -1;
		}
		if (entry != NULL && entry->pw_uid != 0) {
			*user = automatic[i];
			return 0;
		}
	}
	return 0;
}

static void
report_daemon(const char *setting)
{
	if (!privileges_can_drop())
		log_errorx("root's daemon needs a user for its workers, but this build cannot "
		    "change users: start it as that user (or set user = root if you mean that)");
	else
		log_errorx("root's daemon needs a user for its workers, and %s: create the user "
		    "websocksy (" ADVICE ") and set user = auto, or set user to another user that "
		    "no other service has (user = root if you mean root)",
		    strcmp(setting, "auto") == 0 ? "there is no user websocksy or _websocksy" :
		    "the setting user is empty");
}

/* Logs the places of the settings that privileges_find() has refused, with their values. */
static void
report_places(const struct conf *conf)
{
	const struct {
		const char	*name, *value;
	} settings[] = { { "user", conf->user }, { "group", conf->group }, { "chroot", conf->root } };
	const char *place;
	size_t i;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		place = conf_place(conf, settings[i].name);
		if (strcmp(place, "default") != 0 && *settings[i].value != '\0')
			log_errorx("%s: %s = %s cannot be used here", place, settings[i].name,
			    settings[i].value);
	}
}

int
service_user_find(struct privileges *p, const struct conf *conf, int say)
{
	int is_auto = strcmp(conf->user, "auto") == 0;
	const char *user = *conf->user != '\0' ? conf->user : NULL;
	const char *missing;

	if (is_auto && find_automatic(&user) == -1)
		return -1;
	if (privileges_find(p, user, *conf->group != '\0' ? conf->group : NULL,
	    *conf->root != '\0' ? conf->root : NULL) == -1) {
		report_places(conf);
		return -1;
	}
	if (user == NULL && geteuid() == 0 && conf->daemon) {
		report_daemon(conf->user);
		return -1;
	}
	if (say && user == NULL && geteuid() == 0)
		log_warnx("workers run as root%s", privileges_can_drop() ?
		    "; a user websocksy (" ADVICE ") or the setting user would change that" : "");
	if (say && user != NULL && is_auto)
		log_info("workers run as user %s", user);
	missing = *conf->root != '\0' ? privileges_missing(conf->root) : NULL;
	if (missing != NULL)
		log_warnx("chroot: %s", missing);
	return 0;
}
