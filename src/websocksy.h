/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The interface between websocksy and its modules.  This file is the contract;
 * websocksy-module(7) explains how to write a module, with examples.
 *
 * A module is a shared object: a backend, which finds the peer for a client, or a framing
 * module, which registers framing functions.  The master loads it once, before it forks the
 * workers; each worker then has its own copy of the module's memory.  A worker serves one
 * connection at a time.  Modules are called from one thread only, and never while another call
 * to them is running.  A module must not start threads in the master.
 *
 * A module that crashes, calls exit() or exceeds the setting module-timeout ends its own
 * process: in a worker that is one connection, in the master the start.
 *
 * Version 1 is the interface of the first websocksy; modules written for it compile unchanged.
 * A module written for version 2 defines the version before it includes this file:
 *
 * #define WEBSOCKSY_API_VERSION 2 #include <websocksy.h>
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

/* The version that the module is written for; its init() returns this number. */
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

/*
 * The type of a message: the opcodes of RFC 6455 section 5.2, and ws_frame_discard for bytes
 * that are dropped instead of being sent.  A framing function uses text, binary and discard
 * only.
 */
typedef enum {
	ws_frame_continuation = 0,
	ws_frame_text = 1,
	ws_frame_binary = 2,
	ws_frame_close = 8,
	ws_frame_ping = 9,
	ws_frame_pong = 10,
	ws_frame_discard = 11
} ws_operation;

/* One header field of the client's request: its name and its value, as strings. */
typedef struct {
	char	*tag;
	char	*value;
} ws_http_header;

/* A client's connection, opaque to modules.  The pointer is valid until query() returns. */
typedef struct websocket websocket;

/*
 * Framing functions
 *
 * A framing function decides how many of the bytes received from the peer make the next message
 * to the client.  It is called after each read from the peer, and again while it returns
 * messages and bytes are left.  Each datagram of a datagram peer is cut as a stream of its own.
 *
 * data		the bytes that have not been sent yet.  A NUL follows them.
 * length	the number of these bytes.
 * last_read	how many of them, at the end of data, the previous call has not seen.  After a
 *		message has been cut off, that is all bytes that are left.
 * opcode	ws_frame_binary at the call.  The function sets it to the type of the message:
 *		text, binary or discard.  Text that is not valid UTF-8 is sent as binary.
 * framing_data	points to a pointer that belongs to the connection and is NULL at first.  If the
 *		function has set it and it is not NULL when the connection ends, there is one
 *		last call, to free what it points to: data and opcode are NULL then, and length and
 *		last_read are 0.
 * config	the configuration text that the backend chose for the connection, or NULL.
 *
 * Returns the number of bytes, from the start of data, that make the message; 0 if more bytes
 * are needed; a negative number to end the connection (close code 1011).  A number above length
 * ends it, too (1011).  The function must not block.
 *
 * While more bytes are needed, up to the setting max-message are kept; a longer message ends
 * the connection (1009).  At the end of file from the peer, the bytes that are left are sent as
 * the last message, of the type that opcode had when the function last asked for more.
 */
typedef int64_t (*ws_framing)(uint8_t *data, size_t length, size_t last_read,
    ws_operation *opcode, void **framing_data, const char *config);

/*
 * Returns the framing function of this name; for NULL, that of "auto".  A name that is not
 * registered is logged as an error, which stops the start in init(), configure() and
 * configured().  In query() a function is returned that is no registered framing: the client
 * for which query() chooses it is refused (500).
 */
WS_EXPORT ws_framing core_framing(const char *name);

/*
 * Registers a framing function.  The name is copied.  A framing that already has this name is
 * replaced, with a warning in the log.  Returns 0; or, after a message in the log, another
 * number, which also stops the start.
 *
 * Every *.so file of the module directory whose name does not begin with backend_ is a framing
 * module and is loaded at the start.  It registers its functions in
 *
 *	uint64_t	init(void);
 *
 * which returns WEBSOCKSY_API_VERSION (any other number stops the start).  Modules of version 1
 * may register them in a constructor instead; their init() is then not called.
 */
WS_EXPORT int core_register_framing(const char *name, ws_framing frame);

/* Version 2: framings for both directions */

/* The bytes that are sent to the peer before and after the payload of a client's message. */
#define WS_WRAP_SIZE	256
typedef struct {
	size_t	before_length, after_length;	/* 0 at the call; at most WS_WRAP_SIZE */
	uint8_t	before[WS_WRAP_SIZE], after[WS_WRAP_SIZE];
} ws_envelope;

typedef struct {
	uint64_t	 version;	/* of this struct: 2 */
	const char	*name;
	ws_framing	 frame;

	/*
	 * Called with each message that frame() has cut off (length bytes at data), except
	 * those to discard.  Sets *before and *after, 0 at the call, to the number of bytes at
	 * its beginning and at its end that are not part of the message; nothing may be left,
	 * which makes an empty message.  NULL: all bytes are part of the message.
	 */
	void		(*unwrap)(const uint8_t *data, size_t length, size_t *before, size_t *after,
			    void **framing_data, const char *config);

	/*
	 * Called before a message of the client, of length bytes and type opcode (text or
	 * binary), is sent to the peer.  Sets in *envelope the bytes to send before and after
	 * its payload.  Returns 0, or the close code that ends the connection: 1003 if the
	 * peer's protocol has no messages of this type, 1009 if it has none of this length; any
	 * other number ends it with 1011.  framing_data is the one of frame().  The function
	 * must not block.  NULL: nothing is sent around messages.
	 */
	int		(*wrap)(uint64_t length, ws_operation opcode, ws_envelope *envelope,
			    void **framing_data, const char *config);

	/*
	 * Called at the start, or whenever a configuration text is read: returns 0 if config,
	 * which may be NULL, is valid for this framing; otherwise another number, with *why set
	 * to a sentence in static memory that says what is wrong.  NULL: any text is valid.
	 */
	int		(*check)(const char *config, const char **why);

	unsigned	 flags;		/* WS_FRAMER_*, or 0 */
} ws_framer;

/*
 * wrap() does not use length: a message in several frames is sent on as it arrives, and its
 * length is given as 0.  Without this flag such a message is collected first, up to
 * max-message.
 */
#define WS_FRAMER_STREAMS	1u

/*
 * Bytes that are left at the end of file from the peer are a broken message: they are not sent,
 * and the connection ends with 1011.
 */
#define WS_FRAMER_EXACT		2u

/*
 * Registers a framing, as core_register_framing() does.  *framer and its name are copied.  Each
 * framing must have a frame function of its own, since backends choose a framing by its
 * function.
 */
WS_EXPORT int core_register_framer(const ws_framer *framer);

/*
 * Returns 0 if a framing of this name (NULL: "auto") is registered and config, which may be
 * NULL, is valid for it; otherwise another number, with *why set to a sentence that says what
 * is wrong and is valid until the next call.
 */
WS_EXPORT int core_check_framing(const char *name, const char *config, const char **why);

/*
 * Backends
 *
 * The backend NAME is the shared object backend_NAME.so in the module directory.  It exports
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
 * In the master, at the start:
 *
 * init()	is called first, once.  Returns WEBSOCKSY_API_VERSION.
 * configure()	is called for each option of the configuration, in order.  Returns 0 if the option
 *		is valid; another number stops the start.
 * configured()	(version 2) is called after the last option.  Returns 0; another number, if an
 *		option is missing or two contradict each other, stops the start.
 * cleanup()	is called when the master exits.
 *
 * Before a function refuses something, it should log the reason with core_log().
 *
 * In each worker (framing modules may export these two as well):
 *
 * worker_init()	is called before the first client, after root's privileges have been given
 *		up.  Returns 0, or another number if the worker cannot work.  A connection to a
 *		database, for example, is opened here.
 * worker_exit()	is called when the worker exits normally.
 *
 * query() is called in a worker, once for each connection, before the client's handshake is
 * accepted.  It returns the peer, or refuses the client.
 *
 * endpoint	the target of the request, with its query.
 * protocols	the number of subprotocols that the client offers; protocol has their names.
 * headers	the number of header fields in header, which are those of the request except the
 *		ones of the WebSocket handshake.
 * ws		the connection, for the functions below.
 *
 * All strings are valid until query() returns and may be written to.  query() may block, at
 * most for the setting module-timeout; it should wait with core_wait().
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
 * The answer of query().  host, port, framing_config and reason are NULL or come from malloc();
 * websocksy frees them.
 */
typedef struct {
	peer_transport	 transport;

	/*
	 * The peer: a host or a path, and a port.  With peer_transport_detect, host is an
	 * address such as tcp://host:port.  host NULL: the client is refused.
	 */
	char		*host;
	char		*port;

	ws_framing	 framing;	/* NULL: that of "auto" */
	char		*framing_config;
	size_t		 protocol;	/* index of the subprotocol to choose; >= protocols: none */

	/*
	 * Version 2: the HTTP status of a refusal (400 to 599; 0 means 404) and the reason, a
	 * sentence for the client and the log.
	 */
	int		 status;
	char		*reason;
} ws_peer_info;

/*
 * Version 2: what query() can find out about the client.  Strings returned here are valid until
 * query() returns.
 */

/*
 * The address of the client, and the local address to which it connected: as text, such as
 * "192.0.2.7" or "2001:db8::1", with the port.  "" and 0 if unknown.
 */
WS_EXPORT const char *core_client_address(const websocket *ws);
WS_EXPORT unsigned core_client_port(const websocket *ws);
WS_EXPORT const char *core_local_address(const websocket *ws);
WS_EXPORT unsigned core_local_port(const websocket *ws);

/*
 * Returns the value of the request's first header field of this name, NULL if there is none.
 * Upper and lower case in names are the same.
 */
WS_EXPORT const char *core_header(const websocket *ws, const char *name);

/*
 * Copy the value of the first parameter of this name in the target's query, decoded (%XX and
 * +), or of the first cookie of this name, to out as a string.  Return its length; -1 if there
 * is none, or if the value is malformed, contains a NUL, or does not fit into size bytes with
 * its final NUL.
 */
WS_EXPORT ssize_t core_query_parameter(const websocket *ws, const char *name, char *out,
    size_t size);
WS_EXPORT ssize_t core_cookie(const websocket *ws, const char *name, char *out, size_t size);

/*
 * Returns 0 if a peer address such as tcp://host:port is well formed; otherwise another number,
 * with *why set to a sentence that says what is wrong.
 */
WS_EXPORT int core_check_peer(const char *address, const char **why);

/* Version 2: for all modules */

/*
 * For query() and worker_init(): waits until fd can be read (if write is not 0: written)
 * without blocking.  Returns 1 then; 0 when the time is over, when the server is being stopped,
 * or if fd is not below FD_SETSIZE.
 */
WS_EXPORT int core_wait(int fd, int write, unsigned milliseconds);

/* Writes one line to the log, with the module's name before the text.  format as for printf(). */
typedef enum { ws_log_error, ws_log_warn, ws_log_info, ws_log_debug } ws_log_level;
WS_EXPORT void core_log(ws_log_level level, const char *format, ...) WS_PRINTF(2, 3);

#ifdef __cplusplus
}
#endif

#endif
