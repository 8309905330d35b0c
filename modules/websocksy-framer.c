/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * websocksy-framer: passes its standard input to one framing, as the relay passes the bytes of a
 * peer, and prints the messages that the framing makes.  It is for developers of a framing and
 * for administrators who choose its configuration.
 */

#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/scan.h"
#include "module/framer.h"
#include "module/framer_name.h"
#include "module/guard.h"
#include "module/module.h"

#define CUTS_MAX	1024
#define TIME_LIMIT	10000	/* ms of processor time that one call may take */
#define SHOWN_MAX	10	/* different runs that are printed, at most */

/* A growing sequence of bytes.  A NUL follows the last byte. */
struct bytes {
	uint8_t	*data;
	size_t	 len, room;
};

/* One run: the input is passed through a framing once. */
struct run {
	const struct framer	*framer;
	ws_type			 type;		/* the forced type of all messages */
	const char		*config;
	int			 verbose;	/* 1: print discarded bytes, too */
	struct framing		 framing;
	struct bytes		 held;		/* bytes that are not part of a message yet */
	struct bytes		 lines;		/* the output: a line for each message */
	int			 failed;
};

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "websocksy-framer: %s: %s\n", what, why);
	exit(2);
}

static void
bytes_reserve(struct bytes *b, size_t more)
{
	if (b->data != NULL && b->room - b->len > more)
		return;
	b->room = (b->len + more) * 2 + 4096;
	b->data = realloc(b->data, b->room);
	if (b->data == NULL)
		die("out of memory", strerror(ENOMEM));
}

static void
bytes_add(struct bytes *b, const void *data, size_t len)
{
	bytes_reserve(b, len);
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

static void
bytes_add_text(struct bytes *b, const char *text)
{
	bytes_add(b, text, strlen(text));
}

static void
bytes_read(struct bytes *b)
{
	ssize_t n;

	do {
		bytes_reserve(b, 65536);
		n = read(STDIN_FILENO, b->data + b->len, 65536);
		if (n > 0)
			b->len += (size_t)n;
	} while (n > 0 || (n == -1 && errno == EINTR));
	if (n == -1)
		die("standard input", strerror(errno));
}

static void
add_message(struct run *r, ws_operation opcode, uint8_t *data, size_t len, const char *remark)
{
	const char *type = opcode == ws_frame_text ? "text" :
	    opcode == ws_frame_discard ? "discard" : "binary";
	char head[64];

	if (opcode != ws_frame_discard)
		framer_repair(&r->framing, data, len);

	(void)snprintf(head, sizeof(head), "%s %zu \"", type, len);
	bytes_add_text(&r->lines, head);
	/*
	 * \xHH needs four bytes for each byte; log_format_escape() also needs space for three
	 * dots and a NUL.
	 */
	bytes_reserve(&r->lines, 4 * len + 5);
	(void)log_format_escape((char *)r->lines.data + r->lines.len, 4 * len + 5, data, len);
	r->lines.len += strlen((char *)r->lines.data + r->lines.len);
	bytes_add_text(&r->lines, "\"");
	bytes_add_text(&r->lines, remark);
	bytes_add_text(&r->lines, "\n");
}

static void
add_failure(struct run *r, const char *why)
{
	bytes_add_text(&r->lines, "error: ");
	bytes_add_text(&r->lines, why);
	bytes_add_text(&r->lines, "\n");
	r->failed = 1;
}

/*
 * Adds the next message, if there is one, to the output.  fresh is the number of new bytes.
 * Returns the size of the message in the input, with the bytes of the framing, or 0.
 */
static size_t
next_message(struct run *r, size_t fresh)
{
	size_t before = 0, after = 0;
	const char *why = NULL;
	ws_operation opcode;
	int64_t n;

	n = framer_next(&r->framing, r->held.data, r->held.len, fresh, &opcode, &why);
	if (n > 0 && opcode == ws_frame_discard && !r->verbose)
		return (size_t)n;
	if (n > 0 && opcode != ws_frame_discard &&
	    framer_unwrap(&r->framing, r->held.data, (size_t)n, &before, &after, &why) == -1)
		n = -1;
	if (n == -1)
		add_failure(r, why);
	if (n <= 0)
		return 0;
	n -= (int64_t)(before + after);
	if (opcode != ws_frame_discard)
		opcode = framer_settle(&r->framing, opcode, r->held.data + before, (size_t)n);
	add_message(r, opcode, r->held.data + before, (size_t)n, "");
	return (size_t)n + before + after;
}

static void
feed(struct run *r, const uint8_t *data, size_t len)
{
	size_t n = 1, fresh = len;

	bytes_add(&r->held, data, len);
	while (n > 0 && fresh > 0 && !r->failed) {
		n = next_message(r, fresh);
		r->held.len -= n;
		memmove(r->held.data, r->held.data + n, r->held.len);
		fresh = r->held.len;
	}
}

/*
 * Passes the whole input to the framing in pieces.  cuts has count offsets in the input, in
 * ascending order; each is the end of a piece.
 */
static void
run_once(struct run *r, const struct bytes *in, const uint64_t *cuts, size_t count)
{
	size_t at = 0, end, i;

	r->held.len = r->lines.len = 0;
	r->failed = 0;
	bytes_add_text(&r->lines, "");
	framer_start(&r->framing, r->framer, r->config);
	framer_force(&r->framing, r->type);
	for (i = 0; i <= count && !r->failed; i++) {
		end = i < count && cuts[i] < in->len ? (size_t)cuts[i] : in->len;
		feed(r, in->data + at, end - at);
		at = end;
	}
	if (!r->failed && r->held.len > 0) {
		if (r->framer->api.flags & WS_FRAMER_EXACT)
			add_failure(r, "the peer ended within a message");
		else
			add_message(r, framer_type(&r->framing, r->held.data, r->held.len),
			    r->held.data, r->held.len, " (the peer ended)");
	}
	framer_stop(&r->framing);
}

static int
show(const struct run *r)
{
	(void)fwrite(r->lines.data, 1, r->lines.len, stdout);
	return r->failed;
}

/*
 * Returns 1 if run r made the same messages as run whole.  Otherwise returns 0 and, if fewer
 * than SHOWN_MAX runs have been printed, prints how the input was cut and the messages of r.
 */
static int
is_same(const struct run *whole, const struct run *r, const char *how, size_t shown)
{
	if (whole->lines.len == r->lines.len &&
	    memcmp(whole->lines.data, r->lines.data, r->lines.len) == 0)
		return 1;
	if (shown < SHOWN_MAX) {
		printf("%s:\n", how);
		(void)show(r);
	}
	return 0;
}

/*
 * Passes the input through the framing uncut, then cut in two at each offset, then byte by byte,
 * and compares the messages of all runs with those of the first.
 */
static int
run_everywhere(struct run *whole, const struct bytes *in)
{
	struct run r = *whole;
	uint64_t cut, *all;
	size_t different = 0;
	char how[64];

	run_once(whole, in, NULL, 0);
	(void)show(whole);
	memset(&r.held, 0, sizeof(r.held));
	memset(&r.lines, 0, sizeof(r.lines));
	all = calloc(in->len + 1, sizeof(*all));
	if (all == NULL)
		die("out of memory", strerror(ENOMEM));
	for (cut = 1; cut < in->len; cut++) {
		all[cut - 1] = cut;
		run_once(&r, in, &cut, 1);
		(void)snprintf(how, sizeof(how), "cut after %" PRIu64 " bytes", cut);
		different += !is_same(whole, &r, how, different);
	}
	run_once(&r, in, all, in->len > 0 ? in->len - 1 : 0);
	different += !is_same(whole, &r, "byte by byte", different);
	printf("# %" PRIu64 " ways to cut it: ", (uint64_t)(in->len > 0 ? in->len : 1));
	if (different == 0)
		printf("the messages are the same\n");
	else
		printf("the messages differ in %zu of them\n", different);
	free(all);
	free(r.held.data);
	free(r.lines.data);
	return different > 0 || whole->failed;
}

/*
 * Prints the bytes that the framing makes of a message of the client, which are sent to the
 * peer.
 */
static int
wrap_message(struct run *r, const struct bytes *in, ws_operation opcode)
{
	const uint64_t len = r->framer->api.flags & WS_FRAMER_STREAMS ? 0 : in->len;
	const char *why = NULL;
	ws_envelope envelope;
	unsigned code;

	framer_start(&r->framing, r->framer, r->config);
	code = framer_wrap(&r->framing, len, opcode, &envelope, &why);
	if (code == 0) {
		(void)fwrite(envelope.before, 1, envelope.before_length, stdout);
		(void)fwrite(in->data, 1, in->len, stdout);
		(void)fwrite(envelope.after, 1, envelope.after_length, stdout);
	} else {
		fprintf(stderr, "websocksy-framer: %s (close code %u)\n", why, code);
	}
	framer_stop(&r->framing);
	return code != 0;
}

static size_t
read_cuts(char *text, uint64_t cuts[CUTS_MAX])
{
	uint64_t least = 1;
	size_t count = 0;
	char *word, *rest;

	for (word = strtok_r(text, ",", &rest); word != NULL;
	    word = strtok_r(NULL, ",", &rest)) {
		if (count == CUTS_MAX || scan_number(word, least, INT64_MAX, &cuts[count]) == -1)
			die("-s", "needs numbers of bytes, each larger than the previous one");
		least = cuts[count++] + 1;
	}
	return count;
}

static void
usage(FILE *out)
{
	fprintf(out, "usage: websocksy-framer [-ev] [-c config] [-l module] [-m directory]... "
	    "[-s n,...] framing\n"
	    "       websocksy-framer -w text|binary [-c config] [-l module] [-m directory]... "
	    "framing\n"
	    "  framing       NAME; or NAME/text, NAME/binary: all messages have this type\n"
	    "  -c config     the framing's configuration\n"
	    "  -e            cut the input at every place, and compare the messages\n"
	    "  -l module     load this module file, too\n"
	    "  -m directory  load the framings of this directory after the installed ones\n"
	    "  -s n,...      cut the input after these numbers of bytes\n"
	    "  -v            print discarded bytes, too\n"
	    "  -w type       the input is a message of the client: print what the peer gets\n");
}

/*
 * Sets the framing of this name.  First loads modules: those in the directories or, if there are
 * none and the framing is not built in, the installed ones.  Exits if there is no such framing.
 */
static void
find_framing(struct run *r, const char *directories, const char *name)
{
	struct framer_name f;
	const char *why;

	if (directories == NULL && framer_name_find(&f, name, &why) == -1)
		directories = MODULE_DIRECTORY;
	if (directories != NULL && module_load_framings(directories) == -1)
		exit(2);
	if (framer_name_find(&f, name, &why) == -1)
		die("the framing", why);
	r->framer = f.framer;
	r->type = f.type;
}

/* Adds a directory to a list, which begins with the installed directory.  Returns the list. */
static char *
add_directory(char *list, const char *directory)
{
	const char *before = list != NULL ? list : MODULE_DIRECTORY;
	size_t size = strlen(before) + strlen(directory) + 2;
	char *longer = malloc(size);

	if (longer == NULL)
		die("out of memory", strerror(ENOMEM));
	(void)snprintf(longer, size, "%s:%s", before, directory);
	free(list);
	return longer;
}

struct options {
	int		 everywhere;
	ws_operation	 wrap;		/* type of the message; ws_frame_discard: no option -w */
	uint64_t	 cuts[CUTS_MAX];
	size_t		 count;
	char		*directories;	/* as for module_load_framings(); NULL: no option -m */
};

static void
read_options(struct options *o, struct run *r, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "c:ehl:m:s:vw:")) != -1) {
		if (option == 'c')
			r->config = optarg;
		else if (option == 'e')
			o->everywhere = 1;
		else if (option == 'l' && module_load_framing(optarg) == -1)
			exit(2);
		else if (option == 'm')
			o->directories = add_directory(o->directories, optarg);
		else if (option == 's')
			o->count = read_cuts(optarg, o->cuts);
		else if (option == 'v')
			r->verbose = 1;
		else if (option == 'w' && strcmp(optarg, "text") == 0)
			o->wrap = ws_frame_text;
		else if (option == 'w' && strcmp(optarg, "binary") == 0)
			o->wrap = ws_frame_binary;
		else if (option == 'h' || option == '?' || option == 'w') {
			usage(option == 'h' ? stdout : stderr);
			exit(option == 'h' ? 0 : 2);
		}
	}
	if (argc - optind != 1 || (o->everywhere && o->count > 0)) {
		usage(stderr);
		exit(2);
	}
	/*
	 * Where discarded bytes are cut depends on the cuts of the input, so they would always
	 * differ.
	 */
	if (o->everywhere)
		r->verbose = 0;
}

int
main(int argc, char **argv)
{
	static struct options o = { .wrap = ws_frame_discard };
	struct bytes in = { NULL, 0, 0 };
	struct run r;
	const char *why = NULL;
	int result;

	memset(&r, 0, sizeof(r));
	guard_init();
	if (framer_register_builtin() == -1)
		return 2;
	read_options(&o, &r, argc, argv);
	find_framing(&r, o.directories, argv[optind]);
	guard_watch(TIME_LIMIT);
	if (framer_name_check(r.framer, r.config, &why) == -1)
		die("-c", why);
	bytes_read(&in);
	if (o.wrap != ws_frame_discard) {
		result = wrap_message(&r, &in, o.wrap);
	} else if (o.everywhere) {
		result = run_everywhere(&r, &in);
	} else {
		run_once(&r, &in, o.cuts, o.count);
		result = show(&r);
	}
	free(o.directories);
	free(in.data);
	free(r.held.data);
	free(r.lines.data);
	if (fflush(stdout) != 0 || ferror(stdout))
		die("standard output", strerror(errno));
	return result;
}
