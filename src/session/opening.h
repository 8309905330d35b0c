/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef OPENING_H
#define OPENING_H

#include "module/framer.h"
#include "module/request.h"
#include "posix/connect.h"
#include "proto/peer.h"
#include "session/client_address.h"
#include "session/server_context.h"
#include "session/session_log.h"
#include "session/upstream.h"

/*
 * The HTTP phase of a connection, from its first byte to the answer 101 (RFC 6455 section 4.2):
 * the PROXY header, the request, its checks, the backend's answer, and the connection to the
 * peer.  A client that is not accepted is sent an HTTP status and a sentence, and is logged as
 * refused.
 */
struct opening {
	const struct server_context *context;
	struct session_log	*log;
	int			 client;	/* socket of the client, owned by the caller */
	struct upstream		*up;		/* its buffer receives the request */

	struct client_address	 address;	/* the client's */
	struct websocket	 request;
	ws_peer_info		 info;		/* the answer of the backend */
	struct peer		 peer;		/* the peer's address */
	struct connected	 connected;	/* the peer's socket */
	struct framing		 framing;	/* started by opening_run() */
	int			 is_short;	/* 1: out of descriptors, the process should exit */
};

/*
 * Prepares for a client and sets log->client.  client is the client's socket; remote is the
 * address of that socket, or NULL if unknown.  up must be open.  All arguments except remote
 * must outlive o.
 */
void	opening_init(struct opening *o, const struct server_context *context,
    struct session_log *log, int client, const struct sockaddr_storage *remote,
    struct upstream *up);

/*
 * Reads and checks the request, asks the backend for a peer and connects to the peer.  proxied:
 * the connection begins with a PROXY header.  Returns 0, or -1 if the client was refused or has
 * disconnected.
 */
int	opening_run(struct opening *o, int proxied);

/*
 * Sends the answer 101; all further bytes of the client in up are frames.  Returns 0, or -1 if
 * the client was refused or has disconnected.
 */
int	opening_accept(struct opening *o);

/*
 * Refuses the client with an HTTP status and a sentence, and waits until the client has closed the
 * connection or close-timeout is over.  Always returns -1.
 */
int	opening_refuse(struct opening *o, int status, const char *reason);

/*
 * Refuses the client like opening_refuse(), but does not wait, so that a signal handler that
 * exits can call it.  Returns 0, or -1 if the answer could not be written.
 */
int	opening_send_refusal(struct opening *o, int status, const char *reason);

/* Frees the state of the framing and the backend's answer, and closes the peer's socket. */
void	opening_close(struct opening *o);

#endif
