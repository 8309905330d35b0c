/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef ORIGIN_CHECK_H
#define ORIGIN_CHECK_H

#include "conf/conf_values.h"
#include "module/request.h"
#include "proto/origin.h"

/*
 * Checks the origin of the web page from which a request comes against the setting origin.
 * is_trusted: the request comes from a trusted proxy, which reports the scheme that the client
 * used. Returns 1 if the setting allows the origin; otherwise 0, with the reason in why, as
 * origin_explain() writes it.
 */
int	origin_check(struct websocket *r, const struct conf *conf, int is_trusted,
	    char why[ORIGIN_REASON_SIZE]);

#endif
