/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/sha1.h"
#include "wsclient.h"

#define HEAD_SIZE	32768

void
wsclient_die(int status, const char *format, ...)
{
	va_list ap;

	fputs("wsclient: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(status);
}

void
wsclient_random(void *out, size_t len)
{
	static int fd = -2;

	if (fd == -2)
		fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	if (fd == -1 || read(fd, out, len) != (ssize_t)len)
		wsclient_die(WSCLIENT_UNCLEAN, "/dev/urandom: %s", strerror(errno));
}

int
wsclient_url(struct wsclient *w, const char *url)
{
	const char *host, *end, *port;
	size_t len;

	if (strncasecmp(url, "ws://", 5) != 0)
		return -1;
	host = url + 5;
	len = strcspn(host, "/?#");
	if (len == 0 || len >= sizeof(w->authority))
		return -1;
	snprintf(w->authority, sizeof(w->authority), "%.*s", (int)len, host);
	snprintf(w->path, sizeof(w->path), "%s%s", host[len] == '/' ? "" : "/", host + len);
	w->path[strcspn(w->path, "#")] = '\0';
	if (w->authority[0] == '[') {
		end = strchr(w->authority, ']');
		if (end == NULL)
			return -1;
		snprintf(w->host, sizeof(w->host), "%.*s", (int)(end - w->authority - 1),
		    w->authority + 1);
		port = end[1] == ':' ? end + 2 : "80";
	} else {
		len = strcspn(w->authority, ":");
		snprintf(w->host, sizeof(w->host), "%.*s", (int)len, w->authority);
		port = w->authority[len] == ':' ? w->authority + len + 1 : "80";
	}
	snprintf(w->port, sizeof(w->port), "%s", port);
	return w->host[0] == '\0' || w->port[0] == '\0' ? -1 : 0;
}

/* Waits until fd is readable or writable; exits at the deadline. */
static void
wait_for(int fd, int writing, uint64_t deadline, const char *what)
{
	struct timeval tv;
	uint64_t now;
	fd_set set;
	int n;

	do {
		now = clock_now();
		if (now >= deadline)
			wsclient_die(WSCLIENT_UNCLEAN, "%s: no answer in time", what);
		tv.tv_sec = (time_t)((deadline - now) / 1000);
		tv.tv_usec = (suseconds_t)((deadline - now) % 1000 * 1000);
		FD_ZERO(&set);
		io_fd_set(fd, &set);
		n = select(fd + 1, writing ? NULL : &set, writing ? &set : NULL, NULL, &tv);
	} while (n == 0 || (n == -1 && errno == EINTR));
	if (n == -1)
		wsclient_die(WSCLIENT_UNCLEAN, "select: %s", strerror(errno));
}

/* Connects, and returns the socket, or -1 with errno set. */
static int
try_address(int family, const struct sockaddr *address, socklen_t len, uint64_t deadline)
{
	int one = 1, error = 0, fd = socket(family, SOCK_STREAM, 0);
	socklen_t size = sizeof(error);

	if (fd == -1)
		return -1;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1 || fd >= FD_SETSIZE)
		wsclient_die(WSCLIENT_UNCLEAN, "cannot use a socket");
	if (connect(fd, address, len) == -1)
		error = errno;
	if (error == EINPROGRESS) {
		wait_for(fd, 1, deadline, "connect");
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	}
	if (error != 0) {
		close(fd);
		errno = error;
		return -1;
	}
	if (family != AF_UNIX)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static int
connect_unix(const char *path, uint64_t deadline)
{
	struct sockaddr_un a;

	memset(&a, 0, sizeof(a));
	a.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(a.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(a.sun_path, path);
	return try_address(AF_UNIX, (struct sockaddr *)&a, sizeof(a), deadline);
}

static int
connect_tcp(const struct wsclient *w, uint64_t deadline)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list, *a;
	int fd = -1, error = getaddrinfo(w->host, w->port, &hints, &list);

	if (error != 0)
		wsclient_die(WSCLIENT_UNCLEAN, "%s: %s", w->authority, gai_strerror(error));
	for (a = list; a != NULL && fd == -1; a = a->ai_next)
		fd = try_address(a->ai_family, a->ai_addr, a->ai_addrlen, deadline);
	error = errno;
	freeaddrinfo(list);
	errno = error;
	return fd;
}

static size_t
format_request(const struct wsclient *w, char *out, size_t size, const char *key)
{
	size_t len;
	unsigned i;

	len = (size_t)snprintf(out, size, "GET %s HTTP/1.1\r\nHost: %s\r\n"
	    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n",
	    w->path, w->authority, key);
	if (w->origin != NULL && len < size)
		len += (size_t)snprintf(out + len, size - len, "Origin: %s\r\n", w->origin);
	if (w->protocols != NULL && len < size)
		len += (size_t)snprintf(out + len, size - len, "Sec-WebSocket-Protocol: %s\r\n",
		    w->protocols);
	for (i = 0; i < w->header_count && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s\r\n", w->headers[i]);
	if (len < size)
		len += (size_t)snprintf(out + len, size - len, "\r\n");
	if (len >= size)
		wsclient_die(WSCLIENT_UNCLEAN, "the request is too long");
	return len;
}

static void
send_all(int fd, const char *text, size_t len, uint64_t deadline)
{
	ssize_t n;

	while (len > 0) {
		n = send(fd, text, len, MSG_NOSIGNAL);
		if (n == -1 && errno != EAGAIN && errno != EINTR)
			return;		/* the server may have sent a refusal: read it */
		if (n == -1) {
			wait_for(fd, 1, deadline, "handshake");
			continue;
		}
		text += n;
		len -= (size_t)n;
	}
}

/*
 * Reads until text contains mark, or up to end of file if mark is NULL. Returns the length of
 * text.
 */
static size_t
receive(int fd, char *text, size_t size, size_t len, const char *mark, uint64_t deadline)
{
	ssize_t n;

	text[len] = '\0';
	while (len < size - 1 && (mark == NULL || strstr(text, mark) == NULL)) {
		wait_for(fd, 0, deadline, "handshake");
		n = recv(fd, text + len, size - 1 - len, 0);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
		text[len] = '\0';
	}
	return len;
}

/*
 * Copies the value of a field of the response to out. Returns 1, or 0 if the response does not
 * have the field.
 */
static int
field(const char *head, const char *name, char *out, size_t size)
{
	size_t len = strlen(name);
	const char *line = head;

	while ((line = strstr(line, "\r\n")) != NULL && strncmp(line, "\r\n\r\n", 4) != 0) {
		line += 2;
		if (strncasecmp(line, name, len) != 0 || line[len] != ':')
			continue;
		line += len + 1;
		line += strspn(line, " \t");
		snprintf(out, size, "%.*s", (int)strcspn(line, "\r"), line);
		return 1;
	}
	return 0;
}

static void
check_answer(struct wsclient *w, const char *head, const char *key)
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	char want[BASE64_SIZE(SHA1_SIZE)], got[256];
	uint8_t digest[SHA1_SIZE];
	struct sha1 s;

	sha1_init(&s);
	sha1_update(&s, key, strlen(key));
	sha1_update(&s, guid, strlen(guid));
	sha1_final(&s, digest);
	base64_encode(want, digest, sizeof(digest));
	if (!field(head, "Sec-WebSocket-Accept", got, sizeof(got)) || strcmp(got, want) != 0)
		wsclient_die(WSCLIENT_UNCLEAN, "the server's Sec-WebSocket-Accept is wrong");
	if (!field(head, "Upgrade", got, sizeof(got)) || strcasecmp(got, "websocket") != 0)
		wsclient_die(WSCLIENT_UNCLEAN, "the server did not upgrade to websocket");
	if (field(head, "Sec-WebSocket-Extensions", got, sizeof(got)))
		wsclient_die(WSCLIENT_UNCLEAN, "the server uses an extension: %s", got);
	if (field(head, "Sec-WebSocket-Protocol", w->chosen, sizeof(w->chosen)) &&
	    w->protocols == NULL)
		wsclient_die(WSCLIENT_UNCLEAN, "the server chose a subprotocol: %s", w->chosen);
}

int
wsclient_open(struct wsclient *w, uint8_t *rest, size_t size, size_t *len)
{
	static char text[HEAD_SIZE];
	char key[BASE64_SIZE(16)], nonce[16], *end;
	uint64_t deadline = clock_now() + (uint64_t)w->seconds * 1000;
	int fd;

	fd = w->unix_path != NULL ? connect_unix(w->unix_path, deadline) :
	    connect_tcp(w, deadline);
	if (fd == -1)
		wsclient_die(WSCLIENT_UNCLEAN, "%s: %s", w->unix_path != NULL ? w->unix_path :
		    w->authority, strerror(errno));
	wsclient_random(nonce, sizeof(nonce));
	base64_encode(key, nonce, sizeof(nonce));
	send_all(fd, text, format_request(w, text, sizeof(text), key), deadline);
	*len = receive(fd, text, sizeof(text), 0, "\r\n\r\n", deadline);
	end = strstr(text, "\r\n\r\n");
	if (end == NULL || strncmp(text, "HTTP/1.1 ", 9) != 0)
		wsclient_die(WSCLIENT_UNCLEAN, "no HTTP answer");
	if (strncmp(text + 9, "101", 3) != 0) {
		receive(fd, text, sizeof(text), *len, NULL, deadline);
		wsclient_die(WSCLIENT_REFUSED, "refused: %.*s\n%s", (int)strcspn(text, "\r"), text,
		    end + 4);
	}
	end[2] = '\0';
	check_answer(w, text, key);
	end += 4;
	*len -= (size_t)(end - text);
	if (*len > size)
		wsclient_die(WSCLIENT_UNCLEAN, "too much came with the answer");
	memcpy(rest, end, *len);
	return fd;
}
