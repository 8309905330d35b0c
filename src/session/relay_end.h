/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef RELAY_END_H
#define RELAY_END_H

#include <stddef.h>

#include "session/relay_state.h"

/* How an open connection ends: each function notes one cause, and what follows from it. */

#define RELAY_END_CLIENT_VANISHED	"the client does not answer any more"
#define RELAY_END_PEER_VANISHED		"the peer does not answer any more"

/* Records the cause of the end of the connection.  Only the first call has an effect. */
void	relay_end_note(struct relay *r, enum ended_by by, unsigned code, const char *reason,
    size_t len);

/* Ends the connection with a close frame; the arguments are those of downstream_ask_close(). */
void	relay_end_close(struct relay *r, enum ended_by by, unsigned code, const char *reason,
    int discard);

/*
 * Stops writing to the client; the bytes that wait for the client are lost.  Bytes that the
 * client has sent are not lost: the client is read for as long as it would have to answer a
 * close frame.
 */
void	relay_end_writing(struct relay *r);

/* Handles the end of the client's connection; how is a sentence. */
void	relay_end_client(struct relay *r, const char *how);

/*
 * Handles the end of file from the peer (failure NULL), or a failure, which is a sentence.  All
 * data that was read is delivered first.
 */
void	relay_end_peer(struct relay *r, const char *failure);

/* Return a sentence for an error of the client's (the peer's) connection. */
const char *relay_end_client_why(int error);
const char *relay_end_peer_why(int error);

#endif
