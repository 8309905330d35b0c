/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef SERVICE_H
#define SERVICE_H

/*
 * Returns 1 if text is a port: a number from `least` to 65535, or the name of a service that the
 * system's database of services has for TCP (datagram 0) or UDP (datagram 1).  Otherwise returns 0
 * with a sentence in *why, which is valid until the next call.
 */
int	service_is_port(const char *text, unsigned least, int datagram, const char **why);

#endif
