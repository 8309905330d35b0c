/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/http.h"
#include "proto/origin.h"

#define LISTED_SIZE	512	/* bytes of one origin in a policy, with the NUL */
#define ORIGIN_SHOWN	120	/* bytes of an Origin in a sentence, after escaping */
#define HOST_SHOWN	80	/* the same for a Host */
#define LETTERS		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS		"0123456789"

/*
 * Returns the length of the host name in host[:port], including the brackets of an IPv6 address; 0
 * if a bracket is missing.
 */
static size_t
host_length(const char *host)
{
	const char *end;

	if (*host != '[')
		return strcspn(host, ":");
	end = strchr(host, ']');
	return end == NULL ? 0 : (size_t)(end - host) + 1;
}

/*
 * Returns the host name in an origin, with the length of the name in *len; NULL if the origin is
 * not scheme://host[:port] (RFC 6454 section 7.1).
 */
static const char *
origin_host(const char *origin, size_t *len)
{
	const char *host = strstr(origin, "://");

	if (host == NULL || host == origin || !http_is_token(origin, (size_t)(host - origin)))
		return NULL;
	host += 3;
	if (host[strspn(host, LETTERS DIGITS "-._:[]")] != '\0')
		return NULL;
	*len = host_length(host);
	if (*len == 0 || (host[*len] != '\0' && host[*len] != ':') ||
	    (host[*len] == ':' && host[*len + 1 + strspn(host + *len + 1, DIGITS)] != '\0'))
		return NULL;
	return host;
}

/* Returns the length of a host name without a final dot: "host." and "host" are the same host. */
static size_t
without_dot(const char *host, size_t len)
{
	return len > 1 && host[len - 1] == '.' ? len - 1 : len;
}

static int
same_host(const char *origin, const char *host)
{
	const char *from;
	size_t from_len, host_len;

	if (host == NULL || (from = origin_host(origin, &from_len)) == NULL)
		return 0;
	from_len = without_dot(from, from_len);
	host_len = without_dot(host, host_length(host));
	return host_len == from_len && host_len > 0 && strncasecmp(from, host, host_len) == 0;
}

/*
 * Returns the port in the text after a host name, ":port", or the default port if the text is empty
 * or has no digits; -1 if the text is invalid.
 */
static long
port_after(const char *text, int is_https)
{
	size_t digits = *text == ':' ? strspn(text + 1, DIGITS) : 0;

	if (*text == '\0' || (*text == ':' && text[1] == '\0'))
		return is_https ? 443 : 80;
	if (digits == 0 || digits > 5 || text[1 + digits] != '\0')
		return -1;
	return strtol(text + 1, NULL, 10);
}

static int
same_scheme(const struct origin_request *r)
{
	return http_same(r->origin, strcspn(r->origin, ":"), r->is_https ? "https" : "http");
}

static int
same_origin(const struct origin_request *r)
{
	const char *from;
	size_t len;
	long port;

	if (!same_host(r->origin, r->host) || !same_scheme(r))
		return 0;
	from = origin_host(r->origin, &len);
	port = from == NULL ? -1 : port_after(from + len, r->is_https);
	return port != -1 && port == port_after(r->host + host_length(r->host), r->is_https);
}

/*
 * Returns 1 if an origin has the scheme, the last labels and the port of a listed origin with a
 * wildcard, and at least one label before these.
 */
static int
matches_wildcard(const char *listed, size_t len, const char *origin)
{
	size_t scheme = strcspn(listed, "*"), suffix = len - scheme - 1, size, label;
	const char *host = origin_host(origin, &size), *end;

	if (host == NULL || (size_t)(host - origin) != scheme ||
	    strncasecmp(origin, listed, scheme) != 0 || strlen(host) <= suffix)
		return 0;
	end = host + strlen(host) - suffix;
	if (strncasecmp(end, listed + scheme + 1, suffix) != 0)
		return 0;
	/* The suffix begins with a dot, so each label is followed by one. */
	for (; host < end; host += label + 1) {
		label = strspn(host, LETTERS DIGITS "-_");
		if (label == 0 || host[label] != '.')
			return 0;
	}
	return host == end + 1;
}

/*
 * Returns the next element in the list of a policy, with its length in *len, and moves *policy
 * after it; NULL at the end of the list.
 */
static const char *
next_element(const char **policy, size_t *len)
{
	const char *begin = *policy + strspn(*policy, ", \t");

	*len = strcspn(begin, ", \t");
	*policy = begin + *len;
	return *len == 0 ? NULL : begin;
}

static int
matches(const char *listed, size_t len, const struct origin_request *r)
{
	if (http_same(listed, len, "same-host"))
		return same_host(r->origin, r->host);
	if (http_same(listed, len, "same-origin"))
		return same_origin(r);
	if (memchr(listed, '*', len) != NULL)
		return matches_wildcard(listed, len, r->origin);
	return http_same(listed, len, r->origin);
}

int
origin_allows(const char *policy, const struct origin_request *r)
{
	const char *listed;
	size_t len;

	if (r->origin == NULL || strcasecmp(policy, "any") == 0)
		return 1;
	while ((listed = next_element(&policy, &len)) != NULL)
		if (matches(listed, len, r))
			return 1;
	return 0;
}

/* -- checking a policy -- */

static int
has_default_port(const char *origin)
{
	const char *port = strrchr(origin, ':');

	return (strncasecmp(origin, "http://", 7) == 0 && strcmp(port, ":80") == 0) ||
	    (strncasecmp(origin, "https://", 8) == 0 && strcmp(port, ":443") == 0);
}

/*
 * Removes the "*." of an origin with a wildcard.  Returns 0; -1 if the asterisk is in another place
 * or the rest is no name.
 */
static int
remove_wildcard(char *origin)
{
	char *host = strstr(origin, "://*.");

	if (strchr(origin, '*') == NULL)
		return 0;
	if (host == NULL || strchr(host + 4, '*') != NULL)
		return -1;
	host += 3;
	memmove(host, host + 2, strlen(host + 2) + 1);
	return *host == '.' || *host == '[' || host[strspn(host, DIGITS ".")] == '\0' ||
	    host[strspn(host, DIGITS ".")] == ':' ? -1 : 0;
}

/* Returns what is wrong with an element of a list that is not a word, or NULL.  Changes the text. */
static const char *
fault_of(char *origin)
{
	const char *scheme = strstr(origin, "://");
	size_t len;

	if (strcmp(origin, "*") == 0 || strcasecmp(origin, "any") == 0 ||
	    (scheme != NULL && strcmp(scheme, "://*") == 0))
		return "the word that accepts all pages is 'any', which stands alone";
	if (strncasecmp(origin, "ws://", 5) == 0 || strncasecmp(origin, "wss://", 6) == 0)
		return "it is the origin of the page, which begins with http:// or https://";
	if (strncasecmp(origin, "file://", 7) == 0 && origin[7] != '\0')
		return "the origin of files is file://, without a path; most browsers send null";
	if (scheme == NULL)
		return "it is 'same-host', 'same-origin', 'any', or a list of origins such as "
		    "https://example.org or https://*.example.org";
	if (strchr(scheme + 3, '/') != NULL)
		return "an origin is scheme://host[:port], without a path or a final slash";
	if (remove_wildcard(origin) == -1)
		return "a wildcard is * in place of the first labels of a name, as in "
		    "https://*.example.org";
	if (origin_host(origin, &len) == NULL)
		return "an origin is scheme://host[:port], without a path, or 'null'";
	if (has_default_port(origin))
		return "leave out the default port: a browser does not send it";
	return NULL;
}

static int
is_word(const char *text)
{
	return strcasecmp(text, "same-host") == 0 || strcasecmp(text, "same-origin") == 0 ||
	    strcasecmp(text, "null") == 0 || strcasecmp(text, "file://") == 0;
}

int
origin_is_policy(const char *text, const char **why)
{
	const char *listed, *fault;
	char one[LISTED_SIZE];
	size_t len, count = 0;

	if (strcasecmp(text, "any") == 0)
		return 1;
	*why = "it names no origin, and is not 'any'";
	for (; (listed = next_element(&text, &len)) != NULL; count++) {
		if (len >= sizeof(one)) {
			*why = "an origin in it is too long";
			return 0;
		}
		memcpy(one, listed, len);
		one[len] = '\0';
		if (!is_word(one) && (fault = fault_of(one)) != NULL) {
			*why = fault;
			return 0;
		}
	}
	return count > 0;
}

/* -- explaining a refusal -- */

/* Returns 1 if the policy has this word. */
static int
lists(const char *policy, const char *word)
{
	const char *listed;
	size_t len;

	while ((listed = next_element(&policy, &len)) != NULL)
		if (http_same(listed, len, word))
			return 1;
	return 0;
}

/* Returns 1 if a host is an address or a name without a dot, as between the machines of a site. */
static int
is_local(const char *host, size_t len)
{
	return *host == '[' || strspn(host, DIGITS ".") >= len || memchr(host, '.', len) == NULL;
}

/*
 * Returns how sure it is that a proxy has replaced Host by its own address for this server, in
 * words; NULL if nothing suggests it.
 */
static const char *
host_replaced(const struct origin_request *r)
{
	const char *from, *list = r->forwarded_host, *first;
	size_t len, first_len, host_len;

	if (r->host == NULL || (from = origin_host(r->origin, &len)) == NULL ||
	    same_host(r->origin, r->host))
		return NULL;
	host_len = host_length(r->host);
	if (list != NULL && (first = http_element(&list, &first_len)) != NULL) {
		if (host_length(first) < first_len)
			first_len = host_length(first);
		return first_len == host_len && strncasecmp(first, r->host, host_len) == 0 ?
		    NULL : "has";
	}
	return r->is_proxied || (is_local(r->host, host_len) && !is_local(from, len)) ?
	    "may have" : NULL;
}

/*
 * Copies text to out, at most as many bytes as have size bytes after escaping, with the NUL; "..."
 * replaces the rest.
 */
static char *
cut(char *out, size_t size, const char *text)
{
	size_t len, escaped = 0;

	for (len = 0; text[len] != '\0'; len++) {
		escaped += text[len] < ' ' || text[len] >= 0x7f || text[len] == '"' ||
		    text[len] == '\\' ? 4 : 1;
		if (escaped > size - sizeof("..."))
			break;
	}
	(void)snprintf(out, size, "%.*s%s", (int)len, text, text[len] != '\0' ? "..." : "");
	return out;
}

/* Writes the cause of a refusal to out, with "; " before it; "" if there is no likely one. */
static void
write_advice(char *out, size_t size, const char *policy, const struct origin_request *r)
{
	const char *replaced = host_replaced(r);
	char host[HOST_SHOWN];

	(void)cut(host, sizeof(host), r->host != NULL ? r->host : "");
	*out = '\0';
	if (strcmp(r->origin, "null") == 0)
		(void)snprintf(out, size, "; null is sent for files and for sandboxed frames, and "
		    "is accepted if the setting lists null");
	else if (!lists(policy, "same-host") && !lists(policy, "same-origin"))
		return;
	else if (replaced != NULL)
		(void)snprintf(out, size, "; Host is %s, which a proxy %s replaced: Apache does so "
		    "without ProxyPreserveHost On, and nginx without proxy_set_header Host "
		    "$http_host", host, replaced);
	else if (same_host(r->origin, r->host) && !same_scheme(r))
		(void)snprintf(out, size, "; the request came by %s: if a proxy ends TLS, it must "
		    "send X-Forwarded-Proto and be one of trusted-proxies",
		    r->is_https ? "https" : "http");
	else if (same_host(r->origin, r->host))
		(void)snprintf(out, size, "; Host is %s: the port differs, which a proxy must pass "
		    "on (nginx: $http_host, not $host)", host);
	else
		(void)snprintf(out, size, "; Host is %s", host);
}

char *
origin_explain(char out[ORIGIN_REASON_SIZE], const char *policy, const struct origin_request *r)
{
	char origin[ORIGIN_SHOWN], advice[ORIGIN_REASON_SIZE / 2 + HOST_SHOWN];

	write_advice(advice, sizeof(advice), policy, r);
	(void)snprintf(out, ORIGIN_REASON_SIZE,
	    "pages of the origin %s are not accepted (setting: origin)%s",
	    *r->origin == '\0' ? "(empty)" : cut(origin, sizeof(origin), r->origin), advice);
	return out;
}
