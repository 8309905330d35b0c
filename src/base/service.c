/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "base/scan.h"
#include "base/service.h"

int
service_is_port(const char *text, unsigned least, int datagram, const char **why)
{
	static char unknown[160];
	uint64_t port;

	if (scan_number(text, least, 65535, &port) == 0)
		return 1;
	*why = least == 0 ? "it must be a number from 0 to 65535 or the name of a service" :
	    "it must be a number from 1 to 65535 or the name of a service";
	if (scan_service(text) == -1)
		return 0;
	if (getservbyname(text, datagram ? "udp" : "tcp") != NULL)
		return 1;
	(void)snprintf(unknown, sizeof(unknown), "port %.40s is neither a number nor a service "
	    "that this system knows (/etc/services)", text);
	*why = unknown;
	return 0;
}
