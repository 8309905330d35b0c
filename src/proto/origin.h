/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef ORIGIN_H
#define ORIGIN_H

#include <stddef.h>

/*
 * The setting origin, the policy: which web pages may connect.  A browser sends the origin of the
 * page, scheme://host[:port], in the field Origin (RFC 6454 section 7, RFC 6455 section 10.2).
 *
 * The policy is "any", or a list with commas or blanks between its elements:
 *
 *	same-host		the host names in Origin and Host are equal
 *	same-origin		scheme and port are equal, too
 *	scheme://host[:port]	this origin; after the wildcard "*." in place of the first labels,
 *				each host below this one, but not the host itself
 *	null, file://		these values of Origin, which pages without a host have
 *
 * Upper and lower case are the same.
 */
#define ORIGIN_REASON_SIZE	448	/* bytes of a sentence of origin_explain(), with the NUL */

/* What the request says; a string is NULL if the request does not have the field. */
struct origin_request {
	const char	*origin, *host;		/* the fields Origin and Host */
	const char	*forwarded_host;	/* the field X-Forwarded-Host */
	int		 is_proxied;		/* 1: it has a field that proxies add */
	int		 is_https;		/* 1: the client used TLS, as a trusted proxy says */
};

/*
 * Returns 1 if the policy allows the request.  A request without Origin is always allowed, because
 * it does not come from a browser.
 */
int	origin_allows(const char *policy, const struct origin_request *r);

/* Returns 1 if text is a valid policy; otherwise 0, with a sentence in *why. */
int	origin_is_policy(const char *text, const char **why);

/*
 * Writes why the policy does not allow the request: the origin, the name of the setting, and advice
 * if there is a likely cause, such as a proxy that has replaced Host.  The values of Origin and
 * Host are cut; their bytes are not escaped.  If each byte that is not printable ASCII becomes four
 * bytes, the sentence still has at most ORIGIN_REASON_SIZE bytes.  Returns out.
 */
char	*origin_explain(char out[ORIGIN_REASON_SIZE], const char *policy,
	    const struct origin_request *r);

#endif
