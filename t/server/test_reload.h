/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef TEST_RELOAD_H
#define TEST_RELOAD_H

#include <check.h>
#include <sys/types.h>

#include "lib/server.h"

/* The parts of the program test_reload: each adds its test cases. */
void	reload_refused_cases(Suite *s);
void	reload_old_cases(Suite *s);
void	reload_upgrade_cases(Suite *s);
void	reload_listen_cases(Suite *s);
void	reload_descriptors_cases(Suite *s);
void	reload_state_cases(Suite *s);

/* -- a copy of the program, which can be replaced -- */

/*
 * reload_install() copies the program, and reload_install_next() the program of the next version,
 * to a path with rename(2), as an installation does. reload_run_installed() starts the program at
 * that path.
 */
void	reload_install(const char *to);
void	reload_install_next(const char *to);
void	reload_run_installed(struct server *site, const char *program);

/*
 * Installs a script instead of the program: the script waits until the file `go` exists, then
 * executes the program. reload_go() creates that file.
 */
void	reload_install_waiting(const char *to, const char *go);
void	reload_go(const char *go);

#endif
