/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef TESTDATA_H
#define TESTDATA_H

#include <stddef.h>
#include <stdint.h>

/*
 * Test data: a periodic sequence of bytes that consists of messages of one size.  One period is
 * made in advance, so that sending is a write from memory, checking is a memcmp(), and the load
 * generator and the peer need little processor time themselves.
 */
#define TESTDATA_BINARY	'b'
#define TESTDATA_LINES	'l'	/* letters; each message ends with a newline */

#define TESTDATA_OK	"ok\n"	/* the peer's answer to a command and to complete, correct data */
#define TESTDATA_OK_SIZE	3

struct testdata {
	uint8_t	*bytes;		/* one period */
	size_t	 period;	/* bytes; no power of two, so that a lost block is noticed */
	size_t	 size;		/* bytes in a message */
};

/*
 * Makes test data of messages of size bytes.  chunk is a multiple or a divisor of size; the
 * period is a multiple of both, so that no chunk is split by the end of the period.  Exits if out
 * of memory.
 */
void	testdata_make(struct testdata *t, char kind, size_t size, size_t chunk);

/* Makes test data that consists of TESTDATA_OK. */
void	testdata_make_ok(struct testdata *t);

/*
 * Makes the frames in which a client sends t: each message is one masked frame of frames->size
 * bytes.
 */
void	testdata_mask(struct testdata *frames, const struct testdata *t);

void	testdata_free(struct testdata *t);

/*
 * Returns the bytes from offset at to the end of the chunk that contains at; sets *len to their
 * number.
 */
const uint8_t *testdata_piece(const struct testdata *t, uint64_t at, size_t chunk, size_t *len);

/* Returns 1 if data is equal to the len bytes from offset at. */
int	testdata_matches(const struct testdata *t, uint64_t at, const uint8_t *data, size_t len);

#endif
