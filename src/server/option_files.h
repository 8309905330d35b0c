/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef OPTION_FILES_H
#define OPTION_FILES_H

#include "conf/conf_values.h"
#include "posix/privileges.h"

/*
 * If root starts the server: logs a warning for each file that the backend's options name, such as
 * a helper program, a map or a directory of tokens, if a user other than root and the user of the
 * workers can change it.  Such a user chooses the peers of all clients.  Only absolute paths are
 * found in the options.
 */
void	option_files_warn(const struct conf *conf, const struct privileges *p);

#endif
