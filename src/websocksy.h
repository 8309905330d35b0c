/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The interface between websocksy and its modules.  This file is the contract;
 * websocksy-module(7) explains how to write a module, with examples.
 *
 * A module is a shared object: a backend, which finds the peer for a client, or a framing module,
 * which registers framing functions.  The master loads the module once, before it forks the
 * workers; each worker then has its own copy of the module's memory.  A worker serves one
 * connection at a time.  The functions of a module are called from one thread only, and never while
 * another call to the module is running.  A module must not start threads in the master.
 *
 * If a module crashes, calls exit() or exceeds the setting module-timeout, the process that called
 * the module exits: a worker, which ends one connection, or the master, which does not start.
 *
 * Version 1 is the interface of the first websocksy; modules written for it compile unchanged.
 * A module written for version 2 defines the version before it includes this file:
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

/*
 * The version of the interface for which the module is written.  The module's init() returns this
 * number.
 */
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
 * The type of a message: the opcodes of RFC 6455 section 5.2, and ws_frame_discard for bytes that
 * are dropped instead of being sent.  A framing function uses only ws_frame_text, ws_frame_binary
 * and ws_frame_discard.
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
 * A framing function decides how many of the bytes received from the peer make the next message to
 * the client.  The server calls the function after each read from the peer, and calls it again as
 * long as the function returns messages and bytes are left.  Each datagram of a datagram peer is
 * cut as a separate stream.
 *
 * data		the bytes that have not been sent yet, followed by a NUL.
 * length	the number of bytes at data.
 * last_read	the number of bytes, at the end of data, that are new since the previous call.
 *		After a message was cut off, all bytes that are left count as new.
 * opcode	*opcode is ws_frame_binary at the call.  The function sets *opcode to the type of
 *		the message: text, binary or discard.  Text that is not valid UTF-8 is sent as
 *		binary.
 * framing_data	the address of a pointer that belongs to the connection and is NULL at first.  The
 *		function may set the pointer.  If the pointer is not NULL when the connection ends,
 *		the function is called a last time, to free the memory to which it points: data
 *		and opcode are then NULL, and length and last_read are 0.
 * config	the configuration text that the backend chose for the connection, or NULL.
 *
 * Returns the number of bytes, from the start of data, that make the message; 0 if more bytes are
 * needed; a negative number to end the connection (close code 1011).  A number above length also
 * ends the connection (1011).  The function must not block.
 *
 * If the backend forces the type of the messages (ws_type below), the type that the function sets
 * has no effect, except ws_frame_discard.
 *
 * As long as more bytes are needed, the server keeps up to max-message bytes (a setting); a longer
 * message ends the connection (1009).  At end of file from the peer, the bytes that are left are
 * sent as the last message; its type is the value of *opcode after the last return of 0.
 */
typedef int64_t (*ws_framing)(uint8_t *data, size_t length, size_t last_read,
    ws_operation *opcode, void **framing_data, const char *config);

/*
 * Returns the framing function of the framing with this name; name NULL means "auto".  A name that
 * is not registered is logged as an error.  If init(), configure() or configured() has made the
 * call, the server then does not start.  If query() has made the call and chooses the returned
 * function, which is not a registered one, the client is refused (status 500).
 *
 * A name that forces the type of the messages, such as "line/text", is an error in the same way,
 * since a function cannot carry a type: call core_framing_type().
 */
WS_EXPORT ws_framing core_framing(const char *name);

/*
 * Version 2: the type of all messages of a connection to the client.  A name of a framing in a
 * configuration may end in "/text" or "/binary", which forces the type.  In text, each byte that is
 * not part of valid UTF-8 is sent as a question mark.  The values are such that a member that a
 * module has left uninitialized does not force a type.
 */
typedef enum {
	ws_type_of_framing = 0,		/* as the framing function sets it for each message */
	ws_type_text = 0x74787401,
	ws_type_binary = 0x74786202
} ws_type;

/*
 * Version 2: like core_framing(), for a name that may end in "/text" or "/binary".  Sets *type to
 * the type that the name forces, or to ws_type_of_framing.
 */
WS_EXPORT ws_framing core_framing_type(const char *name, ws_type *type);

/*
 * Registers a framing function.  The name is copied.  A framing that already has this name is
 * replaced, with a warning in the log.  Returns 0; on an error logs a message and returns another
 * number, and the server does not start.
 *
 * Every *.so file of the module directory whose name does not begin with backend_ is a framing
 * module and is loaded at startup.  The module registers its framing functions in
 *
 *	uint64_t	init(void);
 *
 * which returns WEBSOCKSY_API_VERSION; with any other number the server does not start.  A module
 * of version 1 may register its functions in a constructor instead; its init() is then not called.
 */
WS_EXPORT int core_register_framing(const char *name, ws_framing frame);

/* Version 2: functions for framings that work in both directions */

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
	 * Called with the length bytes at data that frame() has cut off for a message, except for
	 * messages to discard.  Sets *before and *after, which are 0 at the call, to the number of
	 * bytes at the start and at the end of data that are not part of the message.  If no bytes
	 * are left, the message is empty.  NULL: all bytes are part of the message.
	 */
	void		(*unwrap)(const uint8_t *data, size_t length, size_t *before, size_t *after,
			    void **framing_data, const char *config);

	/*
	 * Called before a message of the client is sent to the peer; length is the number of bytes
	 * of the message, opcode its type (text or binary).  Sets in *envelope the bytes to send
	 * before and after the payload.  Returns 0, or the close code that ends the connection:
	 * 1003 if the peer's protocol has no messages of this type, 1009 if the protocol does not
	 * allow this length; any other number ends the connection with 1011.  framing_data is the
	 * same as in frame().  The function must not block.  NULL: only the payload is sent.
	 */
	int		(*wrap)(uint64_t length, ws_operation opcode, ws_envelope *envelope,
			    void **framing_data, const char *config);

	/*
	 * Called at startup, whenever a configuration text is read, and for each connection with
	 * the text that the backend chose.  Returns 0 if config, which may be NULL, is valid for
	 * this framing.  Otherwise returns another number and sets *why to a sentence in static
	 * memory that explains the error.  NULL: any text is valid.
	 */
	int		(*check)(const char *config, const char **why);

	unsigned	 flags;		/* WS_FRAMER_*, or 0 */
} ws_framer;

/*
 * Flag: wrap() does not use length.  A message in several frames is sent on as it arrives, and
 * length is 0 at the call.  Without this flag the server first collects such a message, up to
 * max-message bytes.
 */
#define WS_FRAMER_STREAMS	1u

/*
 * Flag: bytes that are left at end of file from the peer are an incomplete message, which is not
 * sent; the connection ends with close code 1011.
 */
#define WS_FRAMER_EXACT		2u

/*
 * Flag: an empty datagram from the peer, for which frame() is not called, is an empty text message.
 * Without this flag it is an empty binary message.
 */
#define WS_FRAMER_TEXT		4u

/*
 * Registers a framing, like core_register_framing().  *framer and the name are copied.  Each
 * framing must have its own function frame(), since backends choose a framing by this function.
 */
WS_EXPORT int core_register_framer(const ws_framer *framer);

/*
 * Returns 0 if a framing with this name (NULL: "auto"), which may end in "/text" or "/binary", is
 * registered and config, which may be NULL, is valid for this framing.  Otherwise returns another
 * number and sets *why to a sentence that explains the error; the sentence is valid until the next
 * call.
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
 * In the master, at startup:
 *
 * init()	is called first, once.  Returns WEBSOCKSY_API_VERSION.
 * configure()	is called for each option of the configuration, in order.  Returns 0 if the option
 *		is valid; with another number the server does not start.
 * configured()	(version 2) is called after the last option.  Returns 0; or another number if an
 *		option is missing or if two options contradict each other, and the server does not
 *		start.
 * cleanup()	is called when the master exits.
 *
 * Before a function returns an error, it should log the reason with core_log().  A line that
 * configure() logs begins with the place of the option, such as its file and line.
 *
 * In each worker (framing modules may also export these two functions):
 *
 * worker_init()	is called before the first client, after root's privileges have been given
 *		up.  Returns 0, or another number if the worker cannot work.  For example, this
 *		function opens a connection to a database.
 * worker_exit()	is called when the worker exits normally.
 *
 * query() is called in a worker, once for each connection, before the client's handshake is
 * accepted.  The function returns the peer, or refuses the client.
 *
 * endpoint	the target of the request, with its query.
 * protocols	the number of subprotocols that the client offers, whose names are in protocol.
 *		There can be thousands.  Names for which an answer has no room are left out.
 * headers	the number of header fields in header.  The fields of the WebSocket handshake are
 *		left out.
 * ws		the connection, as an argument for the functions below.
 *
 * All strings are valid until query() returns and may be written to.  query() may block, but not
 * longer than the setting module-timeout; it should wait with core_wait().
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
 * The answer of query().  host, port, framing_config and reason are NULL or were allocated with
 * malloc(); websocksy frees these strings.
 */
typedef struct {
	peer_transport	 transport;

	/*
	 * The peer: a host or a path, and a port.  With peer_transport_detect, host is an address
	 * such as tcp://host:port.  If host is NULL, the client is refused.
	 */
	char		*host;
	char		*port;

	ws_framing	 framing;	/* NULL: the framing "auto" */
	char		*framing_config;
	size_t		 protocol;	/* index of the subprotocol to choose; >= protocols: none */

	/*
	 * Version 2: the HTTP status of a refusal (400 to 599; 0 means 404) and the reason, a
	 * sentence for the client and the log.
	 */
	int		 status;
	char		*reason;

	/* Version 2: the type of all messages to the client; 0: as the framing function sets it. */
	ws_type		 type;
} ws_peer_info;

/*
 * Version 2: functions with which query() reads the request of the client.  The strings that they
 * return are valid until query() returns.
 */

/*
 * Return the address of the client, and the local address to which the client has connected.  An
 * address is text, such as "192.0.2.7" or "2001:db8::1", and "" if unknown; a port is 0 if unknown.
 */
WS_EXPORT const char *core_client_address(const websocket *ws);
WS_EXPORT unsigned core_client_port(const websocket *ws);
WS_EXPORT const char *core_local_address(const websocket *ws);
WS_EXPORT unsigned core_local_port(const websocket *ws);

/*
 * Returns the value of the first header field with this name in the request, NULL if there is none.
 * Names are compared without regard to case.
 */
WS_EXPORT const char *core_header(const websocket *ws, const char *name);

/*
 * Copy the value of the first query parameter with this name, decoded (%XX and +), or of the first
 * cookie with this name, to out as a string.  Return the length of the string; -1 if no value has
 * this name, or if the value is malformed, contains a NUL, or does not fit into size bytes with
 * its final NUL.
 */
WS_EXPORT ssize_t core_query_parameter(const websocket *ws, const char *name, char *out,
    size_t size);
WS_EXPORT ssize_t core_cookie(const websocket *ws, const char *name, char *out, size_t size);

/*
 * Returns the id of the connection, which its lines in the log and websocksyctl(8) show.  It has
 * less than 48 bytes: letters, digits and dots.
 */
WS_EXPORT const char *core_connection_id(const websocket *ws);

/*
 * Functions that keep secrets out of the log, the status and the titles of processes, where the
 * path of each request is shown.
 *
 * core_hide(), called in query(), says that value is a secret, such as a token: each component of
 * the path that is equal to it is shown as "...", and so is a component that contains it if it has
 * at least 4 bytes.  It is not stored.  NULL has no effect.  Call it before you write to endpoint.
 *
 * core_path_has_token(), called in configure() or configured(), says that the last component of a
 * path may be a secret.  It is then shown as "..." for every client, also for one that is refused
 * before query() is called, until query() calls core_show_path() since the path is none.
 *
 * Other secrets in the messages of a backend need no call: before the server logs what query()
 * gives to core_log(), or the reason of a refusal, it replaces the values of cookies, of fields
 * such as Authorization and, unless the setting log-query is yes, of parameters that look like
 * secrets.
 */
WS_EXPORT void core_hide(websocket *ws, const char *value);
WS_EXPORT void core_path_has_token(void);
WS_EXPORT void core_show_path(websocket *ws);

/*
 * Returns 0 if a peer address such as tcp://host:port is well formed.  Otherwise returns another
 * number and sets *why to a sentence that explains the error.
 */
WS_EXPORT int core_check_peer(const char *address, const char **why);

/*
 * For init(): names the options that configure() accepts.  names has NULL after the last name; the
 * array and the strings must stay valid.  The server then refuses other options by itself, with a
 * message that names a similar option or, for a setting of the server, where it belongs.
 */
WS_EXPORT void core_backend_options(const char *const *names);

/* Version 2: functions for all modules */

/*
 * For query() and worker_init(): waits until fd can be read without blocking, or written if write
 * is not 0.  Returns 1 if fd is ready; 0 after the given number of milliseconds, if the server is
 * being stopped, or if fd is not below FD_SETSIZE.
 */
WS_EXPORT int core_wait(int fd, int write, unsigned milliseconds);

/*
 * Version 2: an auxiliary process
 *
 * A module may have one process beside the workers, for example to keep programs or connections
 * that all workers share.  The master starts the process before the workers, with the rights of a
 * worker, and starts it again if it exits.  Workers ask it questions.  Each reload starts another
 * such process, and the previous one is stopped.  In inetd mode there is no such process.
 */

/*
 * For init(), configure() and configured(): asks for an auxiliary process that calls run(fd) and
 * then exits.  run() must return when core_poll() returns -1 or core_question() returns
 * WS_QUESTION_END.  Returns 0; or -1 after a message, and the server does not start, if a module
 * has already asked for one.
 */
WS_EXPORT int core_auxiliary(int (*run)(int fd));

/*
 * For query(): sends a question of 1 to 65536 bytes to the auxiliary process and waits for the
 * answer, for at most the given number of milliseconds and not longer than module-timeout allows.
 * If the process exits before it has answered, its successor gets the question.  Returns the
 * length of the answer, of which the first size bytes are stored, or a negative number.
 */
#define WS_ASK_NOBODY	(-1)	/* there is no auxiliary process */
#define WS_ASK_LATE	(-2)	/* there was no answer in time */
#define WS_ASK_FAILED	(-3)	/* the process has exited repeatedly, or the question is too long */
#define WS_ASK_STOP	(-4)	/* the server is being stopped */
WS_EXPORT ssize_t core_ask(const void *question, size_t length, void *answer, size_t size,
    unsigned milliseconds);

/*
 * For run(): takes the next question from fd, the argument of run(), without waiting.  Stores at
 * most size bytes; a longer question is discarded.  Sets *asker to the pid of the worker, 0 if
 * unknown.  Returns a descriptor, which must be passed to core_answer() or closed; it can be read
 * as soon as the worker waits for the answer no more.  Or returns a negative number.
 *
 * A worker that an intruder has taken over can send any question, as often as it likes.  Therefore
 * take only as many questions at a time as you can keep, and answer each process in turn.
 */
#define WS_QUESTION_NONE (-1)	/* no question is queued: wait until fd can be read */
#define WS_QUESTION_END	 (-2)	/* no worker is left */
WS_EXPORT int core_question(int fd, void *question, size_t size, size_t *length, pid_t *asker);

/* For run(): sends an answer of at most 8192 bytes, without waiting, and closes the descriptor. */
WS_EXPORT void core_answer(int fd, const void *answer, size_t length);

/*
 * For run(), which must wait with no other function: waits like poll(), but without limit if
 * milliseconds is negative, for POLLIN and POLLOUT.  Descriptors must be below FD_SETSIZE.  An
 * end or an error is reported as POLLIN or POLLOUT.  Returns the number of ready descriptors,
 * which can be 0 early; or -1 if the process must exit.
 */
struct pollfd;
WS_EXPORT int core_poll(struct pollfd *fds, size_t count, int milliseconds);

/* Logs one line: the name of the module and the text.  format is a format of printf(). */
typedef enum { ws_log_error, ws_log_warn, ws_log_info, ws_log_debug } ws_log_level;
WS_EXPORT void core_log(ws_log_level level, const char *format, ...) WS_PRINTF(2, 3);

#ifdef __cplusplus
}
#endif

#endif
