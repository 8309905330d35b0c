/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/io.h"
#include "base/log.h"
#include "posix/notify.h"

static const char variable[] = "NOTIFY_SOCKET";

/* The address of the service manager's socket; "": there is no service manager. */
static char place[sizeof(((struct sockaddr_un *)NULL)->sun_path)];

/*
 * The first character of an abstract name, which is outside the file system.  Only Linux has such
 * names; elsewhere only a path is valid.
 */
#if defined(__linux__)
#define ABSTRACT	'@'
#else
#define ABSTRACT	'/'
#endif

static int
is_usable(const char *text)
{
	return (*text == '/' || *text == ABSTRACT) && text[1] != '\0' &&
	    strlen(text) < sizeof(place);
}

void
notify_init(void)
{
	const char *text = getenv(variable);

	place[0] = '\0';
	if (text == NULL || *text == '\0')
		return;
	if (is_usable(text))
		strcpy(place, text);
	else
		log_warnx("%s is '%s', which is not a usable address of a Unix socket", variable,
		    text);
	(void)unsetenv(variable);
}

void
notify_send(const char *text)
{
	struct sockaddr_un address;
	socklen_t size;
	int fd, saved = errno;

	if (place[0] == '\0')
		return;
	memset(&address, 0, sizeof(address));
	address.sun_family = AF_UNIX;
	strcpy(address.sun_path, place);
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(place));
	/* An abstract name begins with a NUL and has no final NUL. */
	if (place[0] != '/')
		address.sun_path[0] = '\0';
	else
		size++;
	fd = io_socket(AF_UNIX, SOCK_DGRAM);
	if (fd == -1 || connect(fd, (struct sockaddr *)&address, size) == -1 ||
	    io_send(fd, text, strlen(text)) < 0)
		log_debug("cannot notify the service manager of '%s'", text);
	io_close(&fd);
	errno = saved;
}

void
notify_export(void)
{
	if (place[0] != '\0')
		(void)setenv(variable, place, 1);
}
