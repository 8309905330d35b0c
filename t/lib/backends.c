/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends.h"
#include "client.h"
#include "expect.h"
#include "sock.h"

#define PATH_SIZE	1024
#define ARGS		48

static char tree[256];
static int listeners[BACKENDS_PEERS], ports[BACKENDS_PEERS];

static void
setup(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(tree, sizeof(tree), "%s/websocksy-t.XXXXXX",
	    tmp == NULL || tmp[0] != '/' ? "/tmp" : tmp);
	/*
	 * Check does not report an assertion that fails in an unchecked fixture, so call abort().
	 */
	if (mkdtemp(tree) == NULL) {
		perror(tree);
		abort();
	}
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	/* teardown() removes the root of the tree. */
	if (where->level > 0)
		(void)remove(path);
	return 0;
}

static void
clear(void)
{
	(void)nftw(tree, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void
teardown(void)
{
	clear();
	(void)rmdir(tree);
}

TCase *
backends_case(Suite *s, const char *name, double seconds)
{
	TCase *tc = harness_case(s, name, seconds);

	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_add_checked_fixture(tc, clear, NULL);
	return tc;
}

const char *
backends_path(const char *name)
{
	static char paths[8][PATH_SIZE];
	static unsigned turn;
	char *path = paths[turn++ % 8];

	snprintf(path, PATH_SIZE, "%s/%s", tree, name);
	return path;
}

static void write_file(const char *name, const char *format, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void
write_file(const char *name, const char *format, va_list ap)
{
	char path[PATH_SIZE], *slash;
	FILE *f;

	snprintf(path, sizeof(path), "%s", backends_path(name));
	for (slash = strchr(path + strlen(tree) + 1, '/'); slash != NULL;
	    slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0700) == -1 && errno != EEXIST)
			expect_fail("%s: %s", path, strerror(errno));
		*slash = '/';
	}
	f = fopen(path, "w");
	if (f == NULL || vfprintf(f, format, ap) < 0 || fclose(f) != 0)
		expect_fail("%s: %s", path, strerror(errno));
}

void
backends_write(const char *name, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_file(name, format, ap);
	va_end(ap);
}

void
backends_replace(const char *name, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_file(".new", format, ap);
	va_end(ap);
	if (rename(backends_path(".new"), backends_path(name)) == -1)
		expect_fail("%s: %s", name, strerror(errno));
}

void
backends_remove(const char *name)
{
	if (remove(backends_path(name)) == -1)
		expect_fail("%s: %s", name, strerror(errno));
}

int
backends_port(int peer)
{
	int i;

	for (i = 0; i < BACKENDS_PEERS && ports[i] == 0; i++)
		listeners[i] = sock_listen(&ports[i]);
	return ports[peer];
}

int
backends_accept(int peer)
{
	return sock_accept(listeners[peer], EXPECT_MS);
}

void
backends_expect_nobody(int peer)
{
	sock_expect_nobody(listeners[peer]);
}

static void
collect(const char **args, const char *backend, va_list ap)
{
	unsigned n = 0;

	args[n++] = "-l";
	args[n++] = "127.0.0.1";
	args[n++] = "-p";
	args[n++] = "0";
	args[n++] = "-b";
	args[n++] = backend;
	harness_add_args(args, n, ARGS, ap);
}

void
backends_start(struct harness *h, const char *backend, ...)
{
	const char *args[ARGS];
	va_list ap;

	va_start(ap, backend);
	collect(args, backend, ap);
	va_end(ap);
	harness_start(h, args);
}

void
backends_refuse_start(const char *text, const char *backend, ...)
{
	const char *args[ARGS];
	struct harness h;
	va_list ap;
	int status;

	va_start(ap, backend);
	collect(args, backend, ap);
	va_end(ap);
	harness_spawn(&h, args, NULL);
	status = harness_wait(&h, EXPECT_MS);
	if (status != 1)
		expect_fail("status %d of a program that should not start", status);
	(void)harness_log(&h, text, EXPECT_MS);
	harness_clean(&h);
}

void
backends_ask(const struct harness *h, const struct backends_row *r)
{
	struct request request = { .target = r->target, .protocol = r->protocol, .host = r->host,
	    .extra = r->extra };
	struct client c;
	int peer;

	expect_context("%s, offered %s", r->target, r->protocol == NULL ? "none" : r->protocol);
	client_connect(&c, h->port);
	client_request(&c, &request);
	client_answer(&c);
	if (r->peer >= 400) {
		client_expect_refused(&c, r->peer);
		client_end(&c);
	} else {
		if (c.status != 101)
			expect_fail("refused: %s%s", c.head, c.body);
		client_expect_accepted(&c, REQUEST_KEY, r->chosen);
		peer = backends_accept(r->peer);
		client_finish(&c);
		sock_expect_end(peer, EXPECT_MS);
		sock_close(&peer);
	}
	expect_context("%s", "");
}

void
backends_expect(const struct harness *h, const char *target, int peer)
{
	struct backends_row r = { .target = target, .peer = peer };

	backends_ask(h, &r);
}

void
backends_expect_lines(struct client *c, int peer)
{
	sock_write(peer, "a\nb\n", 4, EXPECT_MS);
	client_expect_text(c, "a\n");
	client_expect_text(c, "b\n");
	client_finish(c);
	sock_close(&peer);
}
