/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef SERVICE_USER_H
#define SERVICE_USER_H

#include "conf/conf_values.h"
#include "posix/privileges.h"

/*
 * The user of the workers.  With user = auto, and if root starts the program, this is websocksy or
 * _websocksy, whichever exists first.  An account with the uid 0 is not taken.  Otherwise, and in a
 * build that cannot change users, auto means that the user is not changed.
 */

/*
 * Finds the user, the groups and the root directory of the workers (privileges_find()).  The
 * workers of a daemon run as root only if the configuration names root as their user.  If `say` is
 * 1, logs the user that auto has found, and a warning if workers run as root without such a
 * setting.  Returns 0, or -1 after a message.
 */
int	service_user_find(struct privileges *p, const struct conf *conf, int say);

#endif
