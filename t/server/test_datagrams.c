/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Datagram peers, over UDP and over Unix sockets: one message is one datagram in both directions,
 * and the bridge removes its own socket files.
 */

#include "config.h"

#include <sys/socket.h>

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/datagram.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/pattern.h"
#include "lib/sock.h"

#define DATAGRAM_MAX	65507	/* bytes; largest payload over IPv4 */

static struct harness h;

/* -- for UDP and Unix sockets -- */

/* Opens a session; its first datagram gives the test the address of the bridge's socket. */
static void
open_session(struct client *c, struct datagram_peer *remote)
{
	client_open(c, h.port, "/");
	client_text(c, "hello");
	datagram_expect(remote, "hello", 5);
}

static void
both_ways(struct client *c, struct datagram_peer *remote, const void *data, size_t len)
{
	expect_context("%zu bytes", len);
	client_binary(c, data, len);
	datagram_expect(remote, data, len);
	datagram_send(remote, data, len);
	client_expect(c, CLIENT_BINARY, data, len);
	expect_context("%s", "");
}

/* Messages are neither joined nor split, and an empty message is an empty datagram. */
static void
check_boundaries(struct client *c, struct datagram_peer *remote)
{
	static const char *const texts[] = { "one", "", "three", "", "", "six" };
	size_t i;

	for (i = 0; i < COUNTOF(texts); i++)
		client_text(c, texts[i]);
	for (i = 0; i < COUNTOF(texts); i++)
		datagram_expect(remote, texts[i], strlen(texts[i]));
	for (i = 0; i < COUNTOF(texts); i++)
		datagram_send(remote, texts[i], strlen(texts[i]));
	for (i = 0; i < COUNTOF(texts); i++)
		client_expect(c, CLIENT_BINARY, texts[i], strlen(texts[i]));
}

/* A message in five frames, of which one is empty, with a ping between them, is one datagram. */
static void
check_fragments(struct client *c, struct datagram_peer *remote)
{
	client_send_frame(c, CLIENT_BINARY, "in ", 3);
	client_send_frame(c, CLIENT_CONTINUATION, "", 0);
	client_send_frame(c, CLIENT_CONTINUATION, "sev", 3);
	client_ping(c, "here?");
	client_expect(c, CLIENT_PONG, "here?", 5);
	if (sock_readable(remote->fd, 0))
		expect_fail("a datagram before its message was complete");
	client_send_frame(c, CLIENT_CONTINUATION, "er", 2);
	client_send_frame(c, CLIENT_FIN | CLIENT_CONTINUATION, "al", 2);
	datagram_expect(remote, "in several", 10);
}

#define WINDOW	50	/* datagrams that are sent and not yet read; any system queues that many */
#define BURST	10000

/* Many small datagrams, with at most WINDOW of them unread: each arrives once and in order. */
static void
check_burst(struct client *c, struct datagram_peer *remote)
{
	char text[32];
	int i, j;

	for (i = 0; i < BURST; i += WINDOW) {
		for (j = i; j < i + WINDOW; j++)
			client_binary(c, text, (size_t)snprintf(text, sizeof(text), "up %d", j));
		for (j = i; j < i + WINDOW; j++)
			datagram_expect(remote, text,
			    (size_t)snprintf(text, sizeof(text), "up %d", j));
	}
	for (i = 0; i < BURST; i += WINDOW) {
		for (j = i; j < i + WINDOW; j++)
			datagram_send(remote, text,
			    (size_t)snprintf(text, sizeof(text), "down %d", j));
		for (j = i; j < i + WINDOW; j++)
			client_expect(c, CLIENT_BINARY, text,
			    (size_t)snprintf(text, sizeof(text), "down %d", j));
	}
}

/* -- udp -- */

static void
start_udp(struct datagram_peer *remote, struct client *c)
{
	char peer[64];
	int port;

	memset(remote, 0, sizeof(*remote));
	remote->fd = sock_udp(&port);
	snprintf(peer, sizeof(peer), "udp://127.0.0.1:%d", port);
	harness_bridge_to(&h, peer, "-c", "framing=binary", "-o", "ping=0", NULL);
	open_session(c, remote);
}

static void
stop_session(struct datagram_peer *remote, struct client *c)
{
	client_finish(c);
	harness_stop(&h);
	sock_close(&remote->fd);
}

START_TEST(udp_message_is_datagram)
{
	struct client c;
	struct datagram_peer remote;

	start_udp(&remote, &c);
	check_boundaries(&c, &remote);
	check_fragments(&c, &remote);
	stop_session(&remote, &c);
}
END_TEST

START_TEST(udp_sizes)
{
	static const size_t sizes[] = {
		0, 1, 125, 126, 127, 1472, 1473, 4096, 8192, 16383, 16384, 16385, 32768, 65500,
		65506, DATAGRAM_MAX
	};
	static uint8_t data[DATAGRAM_MAX];
	struct client c;
	struct datagram_peer remote;
	size_t i;

	start_udp(&remote, &c);
	pattern_fill(data, sizeof(data), 0, 1);
	for (i = 0; i < COUNTOF(sizes); i++)
		both_ways(&c, &remote, data, sizes[i]);
	stop_session(&remote, &c);
}
END_TEST

START_TEST(udp_too_large)
{
	static uint8_t data[DATAGRAM_MAX + 1];
	struct client c;
	struct datagram_peer remote;

	start_udp(&remote, &c);
	client_binary(&c, data, sizeof(data));
	client_expect_end(&c, 1009);
	if (sock_readable(remote.fd, 0))
		expect_fail("a part of it was sent");
	harness_log(&h, "code=1009", EXPECT_MS);
	harness_stop(&h);
	sock_close(&remote.fd);
}
END_TEST

START_TEST(udp_burst)
{
	struct client c;
	struct datagram_peer remote;

	start_udp(&remote, &c);
	check_burst(&c, &remote);
	stop_session(&remote, &c);
}
END_TEST

/* Datagrams from an address other than the peer's are never passed on. */
START_TEST(udp_takes_only_from_its_peer)
{
	int port, stranger = sock_udp(&port);
	struct client c;
	struct datagram_peer remote, other;

	start_udp(&remote, &c);
	other = remote;
	other.fd = stranger;
	datagram_send(&other, "forged", 6);
	datagram_send(&remote, "real", 4);
	client_expect(&c, CLIENT_BINARY, "real", 4);
	stop_session(&remote, &c);
	sock_close(&stranger);
}
END_TEST

/* -- unix-dgram -- */

static char directory[200];	/* directory for the bridge's socket files */

/* Returns the number of sockets in the directories that servers have made below `directory`. */
static unsigned
socket_files(void)
{
	struct dirent *e, *file;
	char path[500];
	unsigned n = 0;
	DIR *d = opendir(directory), *inner;

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL) {
		if (strncmp(e->d_name, "websocksy.", 10) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, e->d_name);
		inner = opendir(path);
		while (inner != NULL && (file = readdir(inner)) != NULL)
			n += file->d_name[0] != '.' && strcmp(file->d_name, "lock") != 0;
		if (inner != NULL)
			closedir(inner);
	}
	closedir(d);
	return n;
}

static void
expect_socket_files(unsigned n)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);

	while (socket_files() != n)
		if (!expect_again(deadline))
			expect_fail("%u sockets in socket-directory, should be %u",
			    socket_files(), n);
}

static const char *
start_dgram(struct datagram_peer *remote, const char *more)
{
	const char *path = harness_scratch("peer");
	char peer[300], setting[300];

	memset(remote, 0, sizeof(*remote));
	remote->fd = sock_unix_datagram(path);
	snprintf(directory, sizeof(directory), "%s", path);
	*strrchr(directory, '/') = '\0';
	snprintf(setting, sizeof(setting), "socket-directory=%s", directory);
	snprintf(peer, sizeof(peer), "unix-dgram://%s", path);
	harness_bridge_to(&h, peer, "-c", "framing=binary", "-o", setting, "-o", more, NULL);
	return path;
}

START_TEST(dgram_answers_arrive)
{
	struct client c;
	struct datagram_peer remote;

	start_dgram(&remote, "ping=0");
	open_session(&c, &remote);
	/* The bridge's socket file is in the directory that socket-directory names. */
	ck_assert_int_eq(strncmp(remote.bridge.un.sun_path, directory, strlen(directory)), 0);
	ck_assert_uint_eq(socket_files(), 1);
	check_boundaries(&c, &remote);
	check_fragments(&c, &remote);
	client_finish(&c);
	expect_socket_files(0);
	harness_stop(&h);
	sock_close(&remote.fd);
}
END_TEST

START_TEST(dgram_sizes)
{
	static const size_t sizes[] = { 0, 1, 126, 16384, 65507, 65536, 100000, 131072 };
	static uint8_t data[131072];
	struct client c;
	struct datagram_peer remote;
	size_t i;

	start_dgram(&remote, "ping=0");
	open_session(&c, &remote);
	pattern_fill(data, sizeof(data), 0, 1);
	for (i = 0; i < COUNTOF(sizes); i++)
		both_ways(&c, &remote, data, sizes[i]);
	stop_session(&remote, &c);
	ck_assert_uint_eq(socket_files(), 0);
}
END_TEST

START_TEST(dgram_too_large)
{
	static uint8_t data[5001];
	struct client c;
	struct datagram_peer remote;

	start_dgram(&remote, "max-message=5000");
	open_session(&c, &remote);
	client_binary(&c, data, 5000);
	datagram_expect(&remote, data, 5000);
	client_binary(&c, data, 5001);
	client_expect_end(&c, 1009);
	expect_socket_files(0);
	harness_stop(&h);
	sock_close(&remote.fd);
}
END_TEST

START_TEST(dgram_burst)
{
	struct client c;
	struct datagram_peer remote;

	start_dgram(&remote, "ping=0");
	open_session(&c, &remote);
	check_burst(&c, &remote);
	stop_session(&remote, &c);
}
END_TEST

START_TEST(dgram_sessions_do_not_mix)
{
	struct client c[5];
	struct datagram_peer remote[5], all;
	char text[32];
	size_t i;

	start_dgram(&all, "ping=0");
	for (i = 0; i < COUNTOF(c); i++) {
		open_session(&c[i], &all);
		remote[i] = all;
	}
	ck_assert_uint_eq(socket_files(), COUNTOF(c));
	for (i = COUNTOF(c); i-- > 0; ) {
		snprintf(text, sizeof(text), "for %zu", i);
		datagram_send(&remote[i], text, strlen(text));
	}
	for (i = 0; i < COUNTOF(c); i++) {
		snprintf(text, sizeof(text), "for %zu", i);
		client_expect(&c[i], CLIENT_BINARY, text, strlen(text));
		client_finish(&c[i]);
	}
	expect_socket_files(0);
	harness_stop(&h);
	sock_close(&all.fd);
}
END_TEST

/* Datagrams that another process sends to the bridge's socket are not passed on. */
START_TEST(dgram_takes_only_from_its_peer)
{
	int stranger = sock_unix_datagram(harness_scratch("stranger"));
	struct client c;
	struct datagram_peer remote;
	ssize_t n;

	start_dgram(&remote, "ping=0");
	open_session(&c, &remote);
	n = sendto(stranger, "forged", 6, 0, &remote.bridge.sa, remote.size);
	if (n != -1 || (errno != EPERM && errno != ECONNREFUSED))
		fprintf(stderr, "# this system lets other processes send: %zd\n", n);
	datagram_send(&remote, "real", 4);
	client_expect(&c, CLIENT_BINARY, "real", 4);
	stop_session(&remote, &c);
	sock_close(&stranger);
}
END_TEST

/* The socket file of a killed worker, which has the worker's pid in its name, is removed. */
START_TEST(dgram_unlinked_after_a_kill)
{
	struct client c;
	struct datagram_peer remote;
	const char *name;
	unsigned long worker;

	start_dgram(&remote, "ping=0");
	open_session(&c, &remote);
	name = strrchr(remote.bridge.un.sun_path, '/');
	ck_assert_int_eq(sscanf(name, "/%lx.", &worker), 1);
	h.deaths = 1;
	ck_assert_int_eq(kill((pid_t)worker, SIGKILL), 0);
	sock_expect_gone(c.fd, EXPECT_MS);
	client_end(&c);
	expect_socket_files(0);
	open_session(&c, &remote);
	stop_session(&remote, &c);
	ck_assert_uint_eq(socket_files(), 0);
}
END_TEST

START_TEST(dgram_unlinked_at_the_stop)
{
	struct client c;
	struct datagram_peer remote;

	start_dgram(&remote, "ping=0");
	open_session(&c, &remote);
	harness_signal(&h, SIGTERM);
	client_expect_end(&c, 1001);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 0);
	ck_assert_uint_eq(socket_files(), 0);
	harness_clean(&h);
	sock_close(&remote.fd);
}
END_TEST

START_TEST(dgram_peer_does_not_exist)
{
	struct client c;
	struct datagram_peer remote;
	const char *path = start_dgram(&remote, "connect-timeout=2s");

	open_session(&c, &remote);
	sock_close(&remote.fd);
	client_finish(&c);
	expect_socket_files(0);
	/* The peer's socket file still exists; then the test removes it. */
	client_expect_refusal(h.port, NULL, 502, "refused");
	ck_assert_int_eq(unlink(path), 0);
	client_expect_refusal(h.port, NULL, 502, "does not exist");
	ck_assert_uint_eq(socket_files(), 0);
	harness_stop(&h);
}
END_TEST

START_TEST(dgram_directory_that_does_not_exist)
{
	const char *path = harness_scratch("peer");
	int fd = sock_unix_datagram(path);
	char peer[300];

	snprintf(peer, sizeof(peer), "unix-dgram://%s", path);
	harness_bridge_to(&h, peer, "-o", "socket-directory=/nonexistent/directory", NULL);
	client_expect_refusal(h.port, NULL, 502, "socket-directory");
	harness_stop(&h);
	sock_close(&fd);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("datagrams");
	TCase *tc = harness_case(s, "udp", 60);

	tcase_add_test(tc, udp_message_is_datagram);
	tcase_add_test(tc, udp_sizes);
	tcase_add_test(tc, udp_too_large);
	tcase_add_test(tc, udp_burst);
	tcase_add_test(tc, udp_takes_only_from_its_peer);

	tc = harness_case(s, "unix", 60);
	tcase_add_test(tc, dgram_answers_arrive);
	tcase_add_test(tc, dgram_sizes);
	tcase_add_test(tc, dgram_too_large);
	tcase_add_test(tc, dgram_burst);
	tcase_add_test(tc, dgram_sessions_do_not_mix);
	tcase_add_test(tc, dgram_takes_only_from_its_peer);
	tcase_add_test(tc, dgram_unlinked_after_a_kill);
	tcase_add_test(tc, dgram_unlinked_at_the_stop);
	tcase_add_test(tc, dgram_peer_does_not_exist);
	tcase_add_test(tc, dgram_directory_that_does_not_exist);
	return s;
}

#include "lib/check_main.h"
