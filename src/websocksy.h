/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What modules and websocksy say to each other.  websocksy-module(7) tells
 * the story; this is the contract.
 *
 * A module is a shared object.  It is loaded once, in the master, before workers are
 * forked; each worker then has a copy of its memory.  A worker serves one
 * connection at a time and calls a module from one thread, never from two places at
 * once.  A module must not start threads in the master.
 *
 * Version 1 is the interface of the first websocksy: modules that were written
 * for it compile unchanged.  A module that is written for version 2 says so before
 * it includes this file:
 *
 *	#define WEBSOCKSY_API_VERSION 2
 *	#include <websocksy.h>
 */
#ifndef WEBSOCKSY_H
#define WEBSOCKSY_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a backend's init() returns: the version that it is written for. */
#ifndef WEBSOCKSY_API_VERSION
#define WEBSOCKSY_API_VERSION	1
#endif

#if defined(__GNUC__)
#define WS_EXPORT		__attribute__((visibility("default")))
#define WS_PRINTF(text, from)	__attribute__((format(printf, text, from)))
#else
#define WS_EXPORT
#define WS_PRINTF(text, from)
#endif

/* Opcodes of RFC 6455 section 5.2; ws_frame_discard drops the bytes instead of sending them. */
typedef enum {
	ws_frame_continuation = 0,
	ws_frame_text = 1,
	ws_frame_binary = 2,
	ws_frame_close = 8,
	ws_frame_ping = 9,
	ws_frame_pong = 10,
	ws_frame_discard = 11
} ws_operation;

/* A field of the client's request; both are strings. */
typedef struct {
	char	*tag;
	char	*value;
} ws_http_header;

/* A connection; opaque to modules.  Valid while query() runs and no longer. */
typedef struct websocket websocket;

/*
 * Framing functions
 *
 * A framing function decides how many of the bytes that came from the peer make
 * the next message.
 *
 * data		length bytes that have not been sent yet; a NUL follows them.
 * last_read	how many of them are new since the last call.  Right after a
 *		message was cut off that is all that is left.
 * opcode	ws_frame_binary at the call; set it to the type of the message:
 *		text, which must be UTF-8, binary, or discard.
 * framing_data	a pointer of the connection's own, NULL at first.  If it is not
 *		NULL when the connection ends, there is one last call with data
 *		and opcode NULL and both lengths 0, to free what it points to.
 * config	the configuration text of the connection, or NULL.
 *
 * Returns the number of bytes to send, 0 when more are needed, or a negative
 * number to end the connection (close code 1011).  So does a number above length.  Must
 * not block.  Bytes for which more are needed are kept up to the setting max-message, beyond
 * which the connection ends (1009).  When the peer ends, what is left is sent as a last message, of
 * the type that opcode had when the function last asked for more.
 */
typedef int64_t (*ws_framing)(uint8_t *data, size_t length, size_t last_read,
    ws_operation *opcode, void **framing_data, const char *config);

/*
 * The framing function of this name; that of "auto" for NULL.  For a name that
 * is not registered, a function that refuses every connection for which it is chosen: an
 * error in init() or configure(), which stops the start.
 */
WS_EXPORT ws_framing core_framing(const char *name);

/*
 * Registers a framing function.  The name is copied; one that is registered already
 * is replaced, with a message.  Returns 0, or another number after a message.
 *
 * Every *.so of the module directory whose name does not begin with backend_ is a
 * framing module, and is loaded at the start.  It registers its functions from
 *
 *	uint64_t	init(void);
 *
 * which returns WEBSOCKSY_API_VERSION (any other number stops the start), or, as
 * modules of version 1 do, from a constructor.
 */
WS_EXPORT int core_register_framing(const char *name, ws_framing frame);

/*
 * Version 2: framings that work in both directions.
 */

/* Bytes for the peer before and behind the payload of a message. */
#define WS_WRAP_SIZE	256
typedef struct {
	size_t	before_length, after_length;	/* 0 at the call; WS_WRAP_SIZE at most */
	uint8_t	before[WS_WRAP_SIZE], after[WS_WRAP_SIZE];
} ws_envelope;

typedef struct {
	uint64_t	 version;	/* 2 */
	const char	*name;
	ws_framing	 frame;

	/*
	 * Says how many of the length bytes that frame() returned, at their beginning and at
	 * their end, are not part of the message (0 at the call).  NULL: all are.  This
	 * is how a message can be empty.  Not called for bytes to discard.
	 */
	void		(*unwrap)(const uint8_t *data, size_t length, size_t *before, size_t *after,
			    void **framing_data, const char *config);

	/*
	 * Says what to put around a message of the client, of length bytes and type opcode (text
	 * or binary).  NULL: nothing.  Returns 0, or the close code with which to end the
	 * connection: 1003 if this type cannot be sent, 1009 if this length cannot.  Must
	 * not block.  framing_data is that of frame().
	 */
	int		(*wrap)(uint64_t length, ws_operation opcode, ws_envelope *envelope,
			    void **framing_data, const char *config);

	/*
	 * Says before any connection whether a configuration text (or NULL) will do: 0, or another
	 * number with a sentence in *why that stays valid.  NULL: any will.
	 */
	int		(*check)(const char *config, const char **why);

	unsigned	 flags;
} ws_framer;

/* wrap() does not need length, which is 0 then: messages in many frames need not be collected. */
#define WS_FRAMER_STREAMS	1u
/* What is left when the peer ends is a broken message: it is not sent, the close code is 1011. */
#define WS_FRAMER_EXACT		2u

/* Registers one; framer and its name are copied.  As core_register_framing(). */
WS_EXPORT int core_register_framer(const ws_framer *framer);

/*
 * Whether there is a framing of this name (NULL: auto) and it takes config: 0, or
 * another number with a sentence in *why, valid until the next call.
 */
WS_EXPORT int core_check_framing(const char *name, const char *config, const char **why);

/*
 * Backends
 *
 * The shared object backend_NAME.so exports
 *
 *	uint64_t	init(void);
 *	ws_peer_info	query(char *endpoint, size_t protocols, char **protocol,
 *			    size_t headers, ws_http_header *header, websocket *ws);
 *
 * and may export
 *
 *	uint64_t	configure(char *key, char *value);
 *	int		configured(void);
 *	void		cleanup(void);
 *	int		worker_init(void);
 *	void		worker_exit(void);
 *
 * init() and configure() are called in the master, once and once for each option
 * in order; cleanup() at its end.  init() returns WEBSOCKSY_API_VERSION.
 * configure() returns 0, or another number if the option will not do, which stops the
 * start; a message that says why goes through core_log().  configured(), of version 2, is called
 * behind the last option: if it returns another number than 0, something that it needs is missing,
 * and that stops the start in the same way.  worker_init() is called in
 * each worker before its first client and returns 0, or another number if it cannot
 * work; worker_exit() when the worker ends in order.  They are where a
 * connection to a database belongs; framing modules may export them, too.
 *
 * query() is asked for the peer of a connection, in its worker, before the client is let in.
 * endpoint is the target of the request, with its query; header are the fields of the
 * request but for those of the handshake.  All strings may be written to, and are valid until
 * query() returns.
 * It may block, up to the setting module-timeout; core_wait() is the way to wait.
 */
typedef enum {
	peer_transport_detect,
	peer_tcp_client,
	peer_udp_client,
	peer_fifo_tx,
	peer_fifo_rx,
	peer_unix_stream,
	peer_unix_dgram
} peer_transport;

/*
 * A backend's answer.  host, port, framing_config and reason are NULL or come from
 * malloc() and are freed by the core.  host NULL: the client is refused.
 * With peer_transport_detect, host is a peer address such as tcp://host:port.
 * framing NULL means auto.  protocol is an index into the subprotocols that the client
 * offered; any larger number chooses none.
 */
typedef struct {
	peer_transport	 transport;
	char		*host;
	char		*port;
	ws_framing	 framing;
	char		*framing_config;
	size_t		 protocol;

	/* Version 2: of a refusal, the HTTP status (400 to 599; 0: 404) and a sentence for the client. */
	int		 status;
	char		*reason;
} ws_peer_info;

/*
 * Version 2: what query() may want to know of the client.
 */

/* Addresses as text, such as "192.0.2.7" or "2001:db8::1", and ports; "" and 0 if unknown. */
WS_EXPORT const char *core_client_address(const websocket *ws);
WS_EXPORT unsigned core_client_port(const websocket *ws);
WS_EXPORT const char *core_local_address(const websocket *ws);
WS_EXPORT unsigned core_local_port(const websocket *ws);

/* The value of the first field of this name, in any case; or NULL. */
WS_EXPORT const char *core_header(const websocket *ws, const char *name);

/*
 * Copies the first parameter of this name in the target's query, decoded (%XX and +), or the first
 * cookie, to out, as a string.  Returns its length, or -1 if there is none, it does not
 * fit into size bytes with its NUL, is not well formed, or holds a NUL.
 */
WS_EXPORT ssize_t core_query_parameter(const websocket *ws, const char *name, char *out,
    size_t size);
WS_EXPORT ssize_t core_cookie(const websocket *ws, const char *name, char *out, size_t size);

/*
 * Whether a peer address such as tcp://host:port is well formed: 0, or another number
 * with a sentence in *why.
 */
WS_EXPORT int core_check_peer(const char *address, const char **why);

/*
 * Version 2: for all modules.
 */

/*
 * Waits in query() or worker_init() until fd can be read (or, if write is not 0, written) without
 * blocking.  Returns 1, or 0 after milliseconds or when the server is being stopped.
 */
WS_EXPORT int core_wait(int fd, int write, unsigned milliseconds);

/* Writes a line to the log, with the module's name before it. */
typedef enum { ws_log_error, ws_log_warn, ws_log_info, ws_log_debug } ws_log_level;
WS_EXPORT void core_log(ws_log_level level, const char *format, ...) WS_PRINTF(2, 3);

#ifdef __cplusplus
}
#endif

#endif
