/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* The settings for proxies: on the command line, and in a configuration that is reloaded. */

#include "config.h"

#include <sys/types.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/sock.h"
#include "test_proxy.h"

#define WORKERS		64
#define BEHIND		"127.0.0.1 proxy"
#define V4		"PROXY TCP4 198.51.100.7 203.0.113.9 4711 443\r\n"
#define V4_CLIENT	"198.51.100.7:4711"
#define V6		"PROXY TCP6 2001:db8::7 2001:db8::9 4711 443\r\n"
#define V6_CLIENT	"[2001:db8::7]:4711"

static struct harness h;
static struct client c;
static int listener;

/* -- the command line -- */

static char output[65536];

static const struct {
	const char	*args[4];
	const char	*why;		/* words of the message; NULL: valid */
} lines[] = {
	{ { "-c", "host=tcp://localhost:5900?send-proxy" }, NULL },
	{ { "-c", "host=unix:///run/x?send-proxy-v2" }, NULL },
	{ { "-c", "host=localhost?send-proxy", "-c", "port=5900" }, NULL },
	{ { "-c", "host=udp://localhost:53?send-proxy" }, "send-proxy is for stream peers" },
	{ { "-c", "host=udp://localhost?send-proxy-v2", "-c", "port=53" },
	    "send-proxy is for stream peers" },
	{ { "-c", "host=unix-dgram:///run/x?send-proxy" }, "send-proxy is for stream peers" },
	{ { "-c", "host=tcp://localhost:5900?send-proxy-v3" }, "port" },
	{ { "-o", "listen=127.0.0.1 proxy, [::1]:8002 proxy,unix:///run/x  proxy" }, NULL },
	{ { "-l", ":: proxy" }, NULL },
	{ { "-o", "listen=127.0.0.1 proxies" }, "the word proxy" },
	{ { "-o", "listen=127.0.0.1 PROXY" }, "the word proxy" },
	{ { "-o", "listen=proxy 127.0.0.1" }, "the word proxy" },
	{ { "-o", "trusted-proxies=any" }, NULL },
	{ { "-o", "trusted-proxies=none" }, NULL },
	{ { "-o", "trusted-proxies=10.0.0.0/8 [fd00::/8], ::1,unix" }, NULL },
	{ { "-o", "trusted-proxies=10.0.0.0/33" }, "bits of a network" },
	{ { "-o", "trusted-proxies=example.org" }, "names are not looked up" },
	{ { "-o", "trusted-proxies=any, 10.0.0.1" }, "stand alone" },
	{ { "-o", "trusted-proxies=" }, "trusted-proxies" },
	{ { "-o", "client-address=socket" }, NULL },
	{ { "-o", "client-address=x-forwarded-for" }, NULL },
	{ { "-o", "client-address=forwarded" }, NULL },
	{ { "-o", "client-address=x-real-ip" }, "x-forwarded-for" },
	{ { "-o", "client-address=" }, "client-address" }
};

/* Each command line is checked with -t, or with -T, which prints the setting. */
START_TEST(command_lines)
{
	const char *args[6] = { _i == 0 ? "-t" : "-T" };
	char shown[300];
	size_t i;
	int status;

	for (i = 0; i < COUNTOF(lines); i++) {
		memcpy(args + 1, lines[i].args, sizeof(lines[i].args));
		expect_context("%s %s", args[1], args[2]);
		status = harness_output(&h, args, output, sizeof(output));
		if (status != (lines[i].why == NULL ? 0 : 1))
			expect_fail("status %d: %s", status, harness_log_text(&h));
		if (lines[i].why != NULL)
			harness_log(&h, lines[i].why, EXPECT_MS);
		if (_i == 1 && lines[i].why == NULL && strcmp(args[1], "-l") != 0) {
			snprintf(shown, sizeof(shown), "\n%.*s = %s\n",
			    (int)strcspn(args[2], "="), args[2], strchr(args[2], '=') + 1);
			if (strstr(output, shown) == NULL)
				expect_fail("should have %s: %s", shown, output);
		}
		harness_clean(&h);
	}
	expect_context("%s", "");
}
END_TEST

/* A server does not start with send-proxy for a datagram peer. */
START_TEST(no_start)
{
	const char *args[] = { "-l", "127.0.0.1", "-p", "0", "-c",
	    "host=udp://127.0.0.1:53?send-proxy", NULL };

	ck_assert_int_eq(harness_output(&h, args, output, sizeof(output)), 1);
	ck_assert_str_eq(output, "");
	harness_log(&h, "send-proxy is for stream peers", EXPECT_MS);
	harness_clean(&h);
}
END_TEST

/* -- a reload -- */

static void
configure(const char *path, const char *listen, const char *trusted, int peer)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fprintf(f, "listen = %s\nport = 0\ntrusted-proxies = %s\n", listen, trusted);
	if (geteuid() == 0)
		fprintf(f, "user = root\n");
	fprintf(f, "[backend]\nhost = tcp://127.0.0.1:%d\n", peer);
	ck_assert_int_eq(fclose(f), 0);
}

/* Sends HUP, and waits until the previous workers have exited. */
static void
reload(const char *line)
{
	pid_t old[WORKERS];
	unsigned n = harness_children(h.pid, old, WORKERS);

	harness_log_mark(&h);
	harness_signal(&h, SIGHUP);
	harness_log(&h, line, EXPECT_MS);
	while (n > 0)
		harness_expect_gone(old[--n], EXPECT_MS);
}

/*
 * The listening socket stays the same, but the new configuration decides whether a header is
 * expected.
 */
START_TEST(with_a_reload)
{
	const char *path = harness_scratch("conf");
	const char *args[] = { "-f", path, NULL };
	char line[64];
	int peer;

	listener = sock_listen(&peer);
	configure(path, "127.0.0.1", "none", peer);
	harness_start(&h, args);
	client_open(&c, h.port, "/plain");
	test_proxy_use(&c, listener);
	snprintf(line, sizeof(line), "listening on 127.0.0.1:%d behind a proxy", h.port);

	configure(path, BEHIND, "127.0.0.1", peer);
	reload(line);
	test_proxy_open(&c, sock_connect(h.port, 0), V4, "/behind", NULL);
	test_proxy_use(&c, listener);
	test_proxy_logged(&h, V4_CLIENT, 0, "/behind");
	reload(line);
	test_proxy_open(&c, sock_connect(h.port, 0), V6, "/still", NULL);
	test_proxy_use(&c, listener);
	test_proxy_logged(&h, V6_CLIENT, 0, "/still");

	configure(path, "127.0.0.1", "127.0.0.1", peer);
	reload("listening on ");
	client_open(&c, h.port, "/again");
	test_proxy_use(&c, listener);
	harness_stop(&h);
	sock_close(&listener);
}
END_TEST

void
test_proxy_config(Suite *s)
{
	TCase *tc = harness_case(s, "settings of proxies", 60);

	tcase_add_loop_test(tc, command_lines, 0, 2);
	tcase_add_test(tc, no_start);
	tcase_add_test(tc, with_a_reload);
}
