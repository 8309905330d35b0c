/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef RELAY_H
#define RELAY_H

#include "conf/conf.h"
#include "proto/transport.h"
#include "session/relay_state.h"

/*
 * An open connection: data of the client is sent to the peer, and data of the peer to the
 * client, until one of them ends the connection or a limit is reached.
 *
 * Back-pressure results from the set of sockets to wait for: while bytes wait for one side, the
 * other side is not read.
 */
/*
 * Allocates memory for the client's request and frames.  client is the client's socket; slot may
 * be NULL.  Returns 0, or -1 with errno.  relay_close() must be called in both cases.
 */
int	relay_init(struct relay *r, struct relay_memory *memory, const struct conf *conf,
    struct scoreboard_slot *slot, int client);

/*
 * Prepares for relay_run().  connected is the peer, and transport its type.  connected and framing
 * must outlive r; the caller closes connected->fd, which may change.  Returns 0, or -1 with errno.
 */
int	relay_open(struct relay *r, struct connected *connected,
    const struct transport *transport, struct framing *framing);

/*
 * Relays until the end of the connection.  On return, all data that was received has been
 * delivered or cannot be delivered, and the closing handshake is over.
 */
void	relay_run(struct relay *r);

/*
 * Ends the connection from a signal handler: records CLOSE_INTERNAL_ERROR and the reason for the
 * log, and sends both in a close frame, unless other bytes wait for the client.
 */
void	relay_abort(struct relay *r, const char *reason);

/*
 * Returns whether the client can have sent nothing more: each side has the close frame of the
 * other side, and our last ping was answered.
 */
int	relay_is_finished(const struct relay *r);

/* Releases the memory; does not close the sockets. */
void	relay_close(struct relay *r);

#endif
