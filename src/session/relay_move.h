/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef RELAY_MOVE_H
#define RELAY_MOVE_H

#include "session/relay_state.h"

/* Moves the data of an open connection, in both directions. */

/*
 * Decodes the bytes of the client and writes the payload to the peer, until the peer accepts no
 * more.
 */
void	relay_move_up(struct relay *r);

/*
 * Makes batches of the peer's messages and writes them to the client, until the client accepts
 * no more.
 */
void	relay_move_down(struct relay *r);

/* Read from the client (the peer) once, and handle what came, end of file and errors. */
void	relay_move_from_client(struct relay *r);
void	relay_move_from_peer(struct relay *r);

/* Returns whether data of the peer can no longer be delivered to the client. */
int	relay_move_discards_peer(const struct relay *r);

#endif
