/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Tests origin.h: the policies, what they allow, and the sentences of refusals. */

#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/log_format.h"
#include "lib/countof.h"
#include "proto/origin.h"

static int
allows(const char *policy, const char *origin, const char *host, int is_https)
{
	const struct origin_request r = {
		.origin = origin, .host = host, .is_https = is_https
	};

	return origin_allows(policy, &r);
}

START_TEST(origin_rows)
{
	static const struct {
		const char	*policy, *origin, *host;
		int		 pass;
	} rows[] = {
		/* no Origin: the client is not a browser */
		{ "same-host", NULL, "good.example", 1 },
		{ "https://good.example", NULL, "x", 1 },
		{ "any", NULL, "x", 1 },
		/* same-host: the same host name with any scheme, port and case */
		{ "same-host", "https://good.example", "good.example", 1 },
		{ "same-host", "http://good.example", "good.example", 1 },
		{ "same-host", "https://good.example:8443", "good.example", 1 },
		{ "same-host", "https://good.example", "good.example:8001", 1 },
		{ "same-host", "https://good.example:443", "good.example:8001", 1 },
		{ "same-host", "https://GOOD.example", "good.EXAMPLE", 1 },
		{ "same-host", "HTTPS://good.example", "good.example", 1 },
		{ "same-host", "https://good.example", "good.example.", 1 },
		{ "same-host", "https://good.example.", "good.example", 1 },
		{ "same-host", "moz-extension://good.example", "good.example", 1 },
		{ "same-host", "http://127.0.0.1:3000", "127.0.0.1:8001", 1 },
		{ "same-host", "http://localhost", "localhost:8001", 1 },
		{ "same-host", "http://[::1]:3000", "[::1]:8001", 1 },
		{ "same-host", "http://[::1]", "[::1]", 1 },
		{ "same-host", "http://[FE80::a]", "[fe80::A]:80", 1 },
		{ "same-host", "https://xn--4ca.example", "xn--4ca.example", 1 },
		/* same-host: other host names, also similar ones */
		{ "same-host", "https://evil.example", "good.example", 0 },
		{ "same-host", "https://good.example.evil", "good.example", 0 },
		{ "same-host", "https://good.example", "good.example.evil", 0 },
		{ "same-host", "https://sub.good.example", "good.example", 0 },
		{ "same-host", "https://good.example", "sub.good.example", 0 },
		{ "same-host", "https://notgood.example", "good.example", 0 },
		{ "same-host", "https://good.exampl", "good.example", 0 },
		{ "same-host", "https://good.example..", "good.example", 0 },
		{ "same-host", "https://good.example@evil.example", "good.example", 0 },
		{ "same-host", "https://good.example:80@evil.example", "good.example", 0 },
		{ "same-host", "https://evil.example@good.example", "good.example", 0 },
		{ "same-host", "https://good.example/", "good.example", 0 },
		{ "same-host", "https://good.example/evil", "good.example", 0 },
		{ "same-host", "https://good.example?evil", "good.example", 0 },
		{ "same-host", "https://good.example#evil", "good.example", 0 },
		{ "same-host", "https://good.example:80x", "good.example", 0 },
		{ "same-host", "https://good.example:80:80", "good.example", 0 },
		{ "same-host", "https://evil.example https://good.example", "good.example", 0 },
		{ "same-host", "https://good.example https://evil.example", "good.example", 0 },
		{ "same-host", "https://good.example, https://evil.example", "good.example", 0 },
		{ "same-host", "https:good.example", "good.example", 0 },
		{ "same-host", "https:/good.example", "good.example", 0 },
		{ "same-host", "https:///good.example", "good.example", 0 },
		{ "same-host", "//good.example", "good.example", 0 },
		{ "same-host", "://good.example", "good.example", 0 },
		{ "same-host", "good.example", "good.example", 0 },
		{ "same-host", "ht(tp://good.example", "good.example", 0 },
		{ "same-host", "evil http://good.example", "good.example", 0 },
		{ "same-host", "https://good.example", NULL, 0 },
		{ "same-host", "null", "good.example", 0 },
		{ "same-host", "null", "null", 0 },
		{ "same-host", "", "good.example", 0 },
		{ "same-host", "https://", "good.example", 0 },
		{ "same-host", "https://", "", 0 },
		{ "same-host", "https://:80", "", 0 },
		{ "same-host", "https://:80", ":80", 0 },
		{ "same-host", "https://good.example", "", 0 },
		{ "same-host", "http://[::1]", "[::2]", 0 },
		{ "same-host", "http://[::1]evil", "[::1]", 0 },
		{ "same-host", "http://[::1", "[::1", 0 },
		{ "same-host", "http://[", "[", 0 },
		{ "same-host", "http://[:80", "[:80", 0 },
		{ "same-host", "http://[::1].evil.example", "[::1]", 0 },
		{ "same-host", "http://::1", "[::1]", 0 },
		{ "same-host", "http://127.0.0.1", "127.0.0.2", 0 },
		{ "same-host", "http://127.0.0.1", "localhost", 0 },
		{ "same-host", "https://g\303\266\303\266d.example", "good.example", 0 },
		/* any: every origin */
		{ "any", "https://evil.example", "good.example", 1 },
		{ "any", "null", "good.example", 1 },
		{ "any", "", "good.example", 1 },
		{ "any", "rubbish", "", 1 },
		{ "Any", "https://evil.example", "good.example", 1 },
		/* a list: exactly the listed origins, in upper or lower case */
		{ "https://good.example", "https://good.example", "x", 1 },
		{ "https://good.example", "HTTPS://Good.Example", "x", 1 },
		{ "https://good.example", "http://good.example", "x", 0 },
		{ "https://good.example", "https://good.example:8443", "x", 0 },
		{ "https://good.example:8443", "https://good.example", "good.example", 0 },
		{ "https://good.example", "https://good.example.evil", "x", 0 },
		{ "https://good.example", "https://good.exampl", "x", 0 },
		{ "https://good.example", "https://sub.good.example", "x", 0 },
		{ "https://good.example", "https://good.example/", "x", 0 },
		{ "https://good.example", "https://a@good.example", "x", 0 },
		{ "https://good.example", "null", "x", 0 },
		{ "https://good.example", "", "x", 0 },
		{ "https://good.example", "good.example", "good.example", 0 },
		{ "https://a.example, https://b.example", "https://a.example", "x", 1 },
		{ "https://a.example, https://b.example", "https://b.example", "x", 1 },
		{ "https://a.example,https://b.example", "https://b.example", "x", 1 },
		{ "https://a.example https://b.example", "https://b.example", "x", 1 },
		{ "https://a.example\t,  https://b.example,", "https://b.example", "x", 1 },
		{ "https://a.example, https://b.example", "https://c.example", "c.example", 0 },
		{ "https://a, https://b", "https://a, https://b", "x", 0 },
		{ "https://a https://b", "https://a https://b", "x", 0 },
		{ "https://a.example, null", "null", "x", 1 },
		{ "null", "null", "x", 1 },
		{ "null", "https://good.example", "good.example", 0 },
		{ "http://[::1]:8080", "http://[::1]:8080", "x", 1 },
		{ "https://any", "https://evil.example", "x", 0 },
		{ "", "https://good.example", "good.example", 0 },
		{ "", "", "", 0 }
	};
	size_t i;

	ck_assert_uint_ge(COUNTOF(rows), 40);
	for (i = 0; i < COUNTOF(rows); i++)
		if (!allows(rows[i].policy, rows[i].origin, rows[i].host, 0) != !rows[i].pass)
			ck_abort_msg("policy '%s', origin '%s', host '%s'", rows[i].policy,
			    rows[i].origin == NULL ? "(none)" : rows[i].origin,
			    rows[i].host == NULL ? "(none)" : rows[i].host);
}
END_TEST

START_TEST(origin_policies)
{
	static const char *const good[] = {
		"any", "same-host", "null", "https://good.example", "http://good.example:8080",
		"https://a.example, https://b.example", "https://a.example https://b.example null",
		"http://[::1]:8080", "chrome-extension://abcdefgh", "ANY", "Same-Host",
		"same-origin", "SAME-ORIGIN, null", "same-host https://good.example", "file://",
		"file://, null", "https://*.good.example", "http://*.good.example:8080",
		"https://*.good.example, https://good.example", "https://*.a.b.c.example",
		"capacitor://localhost", "https://*.local", "https://*.4you.example"
	};
	static const char *const bad[] = {
		"", " ", ",", "good.example", "https://good.example/", "https://good.example/path",
		"https://", "://good.example", "https://a@good.example", "https://good.example:x",
		"https://good.example#a", "*", "https://a.example, *", "any, https://good.example",
		"nul", "https//good.example", "same_origin", "https://*", "https://*:8443",
		"*.good.example", "https://*good.example", "https://a*.good.example",
		"https://a.*.example", "https://*.*.example", "*://good.example",
		"https://good.example:*", "https://*.", "https://*..example", "https://*.[::1]",
		"https://*.1.1", "https://*.0.0.1:8080", "https://*.good.example/",
		"https://*.good.example:443", "http://*.good.example:80", "file:///",
		"file:///srv/page.html", "file://localhost", "file:", "wss://good.example",
		"ws://good.example", "https://good.example:443", "http://good.example:80",
		/* invalid origins, which no browser can send */
		"https://g\303\266od.example", "https://good\x01.example",
		"https://good.example\\", "https://a:80:80", "https://[::1", "https://[::1]x"
	};
	char longest[4096];
	const char *why;
	size_t i;

	for (i = 0; i < COUNTOF(good); i++) {
		why = "";
		ck_assert_msg(origin_is_policy(good[i], &why), "'%s': %s", good[i], why);
	}
	for (i = 0; i < COUNTOF(bad); i++) {
		why = NULL;
		ck_assert_msg(!origin_is_policy(bad[i], &why), "'%s' passes", bad[i]);
		ck_assert_msg(why != NULL && why[0] != '\0', "'%s': no reason", bad[i]);
	}
	/*
	 * An origin of this length is no valid policy, but origin_is_policy() must have space
	 * for it.
	 */
	snprintf(longest, sizeof(longest), "https://%04000d", 0);
	ck_assert(!origin_is_policy(longest, &why));
}
END_TEST

START_TEST(origin_same_origin)
{
	static const struct {
		int		 is_https;
		const char	*origin, *host;
		int		 pass;
	} rows[] = {
		{ 0, NULL, "good.example", 1 },
		{ 0, "http://good.example", "good.example", 1 },
		{ 0, "HTTP://Good.Example", "good.example", 1 },
		{ 0, "http://good.example", "good.example:80", 1 },
		{ 0, "http://good.example", "good.example:", 1 },
		{ 0, "http://good.example:8001", "good.example:8001", 1 },
		{ 0, "http://good.example.:8001", "good.example:8001", 1 },
		{ 0, "http://[::1]:8001", "[::1]:8001", 1 },
		{ 0, "http://[::1]", "[::1]", 1 },
		{ 1, "https://good.example", "good.example", 1 },
		{ 1, "https://good.example", "good.example:443", 1 },
		{ 1, "https://good.example:8443", "good.example:8443", 1 },
		{ 0, "https://good.example", "good.example", 0 },
		{ 1, "http://good.example", "good.example", 0 },
		{ 0, "http://good.example", "good.example:8001", 0 },
		{ 0, "http://good.example:8001", "good.example", 0 },
		{ 0, "http://good.example:8001", "good.example:8002", 0 },
		{ 0, "http://good.example", "good.example:443", 0 },
		{ 1, "https://good.example", "good.example:80", 0 },
		{ 0, "http://evil.example", "good.example", 0 },
		{ 0, "http://www.good.example", "good.example", 0 },
		{ 0, "httpx://good.example", "good.example", 0 },
		{ 0, "http://good.example", "good.example:x", 0 },
		{ 0, "http://good.example:65536", "good.example:0", 0 },
		{ 0, "http://good.example:100000", "good.example:100000", 0 },
		{ 0, "http://[::1]:8001", "[::1]:8002", 0 },
		{ 0, "http://good.example", NULL, 0 },
		{ 0, "null", "good.example", 0 },
		{ 0, "null", "null", 0 },
		{ 0, "", "", 0 }
	};
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++)
		ck_assert_msg(allows("same-origin", rows[i].origin, rows[i].host,
		    rows[i].is_https) == rows[i].pass, "%s at %s, https %d", rows[i].origin,
		    rows[i].host, rows[i].is_https);
	/* As an element of a list. */
	ck_assert(allows("https://a, same-origin", "http://b", "b", 0));
	ck_assert(allows("https://a, same-origin", "https://a", "b", 0));
	ck_assert(!allows("https://a, same-origin", "https://b", "b", 0));
	ck_assert(allows("null same-host", "https://b:99", "b", 0));
	ck_assert(!allows("null same-host", "https://c", "b", 0));
}
END_TEST

START_TEST(origin_wildcards)
{
	static const struct {
		const char	*policy, *origin;
		int		 pass;
	} rows[] = {
		{ "https://*.good.example", "https://a.good.example", 1 },
		{ "https://*.good.example", "https://a.b-c.d.good.example", 1 },
		{ "https://*.good.example", "HTTPS://A.Good.Example", 1 },
		{ "https://*.Good.Example", "https://a.good.example", 1 },
		{ "https://x, https://*.good.example", "https://a.good.example", 1 },
		{ "https://*.good.example:8443", "https://a.good.example:8443", 1 },
		{ "https://*.good.example", "https://good.example", 0 },
		{ "https://*.good.example", "https://.good.example", 0 },
		{ "https://*.good.example", "https://a..good.example", 0 },
		{ "https://*.good.example", "https://.a.good.example", 0 },
		{ "https://*.good.example", "https://agood.example", 0 },
		{ "https://*.good.example", "https://a.evilgood.example", 0 },
		{ "https://*.good.example", "https://a.good.example.evil", 0 },
		{ "https://*.good.example", "https://evil.example/.good.example", 0 },
		{ "https://*.good.example", "https://evil.example?.good.example", 0 },
		{ "https://*.good.example", "https://evil.example#.good.example", 0 },
		{ "https://*.good.example", "https://evil@a.good.example", 0 },
		{ "https://*.good.example", "https://evil:80.good.example", 0 },
		{ "https://*.good.example", "https://[::1].good.example", 0 },
		{ "https://*.good.example", "https://evil https://a.good.example", 0 },
		{ "https://*.good.example", "http://a.good.example", 0 },
		{ "https://*.good.example", "https://a.good.example:8443", 0 },
		{ "https://*.good.example:8443", "https://a.good.example", 0 },
		{ "https://*.good.example", "https://*.good.example", 0 },
		{ "https://*.good.example", "null", 0 },
		{ "https://*.good.example", "", 0 },
		{ "https://*.good.example", "https://", 0 },
		{ "http://*.good.example", "https://a.good.example", 0 },
		{ "file://", "file://", 1 },
		{ "file://", "null", 0 },
		{ "file://", "file:///srv", 0 },
		{ "file://, null", "null", 1 },
		{ "null", "file://", 0 },
		{ "same-host", "file://", 0 }
	};
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++)
		ck_assert_msg(allows(rows[i].policy, rows[i].origin, "good.example", 0) ==
		    rows[i].pass, "%s for %s", rows[i].origin, rows[i].policy);
}
END_TEST

/* What the message about an invalid policy names. */
START_TEST(origin_policy_messages)
{
	static const char *const rows[][2] = {
		{ "*", "'any'" }, { "https://*", "'any'" }, { "https://a, *", "'any'" },
		{ "good.example", "same-origin" }, { "https://good.example/", "final slash" },
		{ "*.good.example", "https://*.example.org" },
		{ "https://a.*.example", "https://*.example.org" },
		{ "wss://good.example", "origin of the page" }, { "file:///x", "file://" },
		{ "https://a:443", "default port" }, { "any, null", "stands alone" }
	};
	const char *why;
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		why = "";
		ck_assert(!origin_is_policy(rows[i][0], &why));
		ck_assert_msg(strstr(why, rows[i][1]) != NULL, "'%s': %s", rows[i][0], why);
	}
}
END_TEST

#define REPLACED	"replaced"

START_TEST(origin_explanations)
{
	static const struct {
		const char		*policy;
		struct origin_request	 r;
		const char		*words, *missing;
	} rows[] = {
		{ "same-host", { .origin = "https://evil.example", .host = "good.example" },
		    "the origin https://evil.example are not accepted (setting: origin); Host is "
		    "good.example", REPLACED },
		{ "https://a", { .origin = "https://evil.example", .host = "127.0.0.1:8001" },
		    "the origin https://evil.example are not", "Host" },
		{ "same-host", { .origin = "null", .host = "good.example" }, "lists null",
		    REPLACED },
		{ "file://", { .origin = "null", .host = "good.example" }, "lists null",
		    REPLACED },
		{ "same-host", { .origin = "", .host = "good.example" }, "origin (empty)",
		    REPLACED },
		/* Apache without ProxyPreserveHost, and nginx without proxy_set_header Host */
		{ "same-host", { .origin = "https://good.example", .host = "127.0.0.1:8001",
		    .forwarded_host = "good.example", .is_proxied = 1 }, "has replaced", NULL },
		{ "same-host", { .origin = "https://evil.example", .host = "127.0.0.1:8001",
		    .forwarded_host = "good.example:443, b" }, "has replaced", NULL },
		{ "same-host", { .origin = "https://evil.example", .host = "Good.example:443",
		    .forwarded_host = "good.example, b", .is_proxied = 1 },
		    "Host is Good.example:443", REPLACED },
		{ "same-host", { .origin = "https://good.example", .host = "b.example",
		    .is_proxied = 1 }, "may have replaced", NULL },
		{ "same-host", { .origin = "https://good.example", .host = "10.0.0.5:8001" },
		    "may have replaced", NULL },
		{ "same-host", { .origin = "https://good.example", .host = "backend" },
		    "may have replaced", NULL },
		{ "same-host", { .origin = "https://good.example", .host = "backend:8001",
		    .forwarded_host = "good.example" }, "ProxyPreserveHost", NULL },
		{ "same-host", { .origin = "https://good.example", .host = "127.0.0.1:8001" },
		    "Host is 127.0.0.1:8001, which a proxy may have replaced", NULL },
		{ "same-origin", { .origin = "https://good.example", .host = "localhost:8001" },
		    "proxy_set_header Host", NULL },
		{ "null, same-host", { .origin = "https://good.example", .host = "[::1]:8001" },
		    "may have replaced", NULL },
		{ "same-host", { .origin = "http://localhost:3000", .host = "127.0.0.1:8001" },
		    "Host is 127.0.0.1:8001", REPLACED },
		{ "same-host", { .origin = "rubbish", .host = "127.0.0.1:8001" },
		    "Host is 127.0.0.1:8001", REPLACED },
		/* same-origin: the scheme or the port differs */
		{ "same-origin", { .origin = "https://good.example", .host = "good.example" },
		    "came by http: if a proxy ends TLS, it must send X-Forwarded-Proto", REPLACED },
		{ "same-origin", { .origin = "http://good.example", .host = "good.example",
		    .is_https = 1 }, "came by https", REPLACED },
		{ "same-origin", { .origin = "http://good.example", .host = "good.example:99" },
		    "Host is good.example:99: the port differs", REPLACED },
		{ "same-origin", { .origin = "https://good.example:8443", .host = "good.example",
		    .is_https = 1 }, "not $host", REPLACED }
	};
	char out[ORIGIN_REASON_SIZE];
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		ck_assert(!origin_allows(rows[i].policy, &rows[i].r));
		origin_explain(out, rows[i].policy, &rows[i].r);
		ck_assert_msg(strstr(out, rows[i].words) != NULL, "row %zu: %s", i, out);
		ck_assert_msg(strstr(out, "(setting: origin)") != NULL, "row %zu: %s", i, out);
		ck_assert_msg(rows[i].missing == NULL || strstr(out, rows[i].missing) == NULL,
		    "row %zu: %s", i, out);
	}
}
END_TEST

/* Values of any length and any bytes: the sentence has room for its advice, escaped or not. */
START_TEST(origin_explanations_are_bounded)
{
	static const char bytes[] = "x\"\\\xff \t\x7f";
	char origin[2048], host[2048], out[ORIGIN_REASON_SIZE], escaped[ORIGIN_REASON_SIZE];
	const struct origin_request r = {
		.origin = origin, .host = host, .is_proxied = 1
	};
	size_t i, len;

	for (i = 0; i < sizeof(bytes) - 1; i++) {
		for (len = 1; len < 2000; len += len < 200 ? 1 : 599) {
			memcpy(origin, "https://", 8);
			memset(origin + 8, bytes[i], len);
			origin[8 + len] = '\0';
			memset(host, bytes[i], len);
			host[0] = 'h';
			host[len] = '\0';
			origin_explain(out, "same-host", &r);
			log_format_escape(escaped, sizeof(escaped), out, strlen(out));
			ck_assert_ptr_nonnull(strstr(escaped, "(setting: origin); Host is "));
			if (bytes[i] == 'x')
				ck_assert_msg(strcmp(out + strlen(out) - 10, "$http_host") == 0,
				    "%s", out);
			if (len > 130)
				ck_assert_ptr_nonnull(strstr(out, "... are not accepted"));
		}
	}
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("origin");
	TCase *tc = tcase_create("origin");

	tcase_add_test(tc, origin_rows);
	tcase_add_test(tc, origin_policies);
	tcase_add_test(tc, origin_same_origin);
	tcase_add_test(tc, origin_wildcards);
	tcase_add_test(tc, origin_policy_messages);
	tcase_add_test(tc, origin_explanations);
	tcase_add_test(tc, origin_explanations_are_bounded);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"
