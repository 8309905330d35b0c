/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * load: one scenario of load on a bridge (as WebSocket clients), or on a relay or
 * the peer itself (as clients of bare TCP), with everything checked that comes back.
 * The other end is t/bench/peer.
 */

#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "load.h"
#include "tape.h"

static const struct {
	const char	*name;
	void		(*run)(const struct load *);
} scenarios[] = {
	{ "rtt", load_rtt },
	{ "swap", load_swap },
	{ "echo", load_echo },
	{ "up", load_up },
	{ "down", load_down },
	{ "slow", load_slow },
	{ "connections", load_connections },
	{ "idle", load_idle },
};

static void
usage(void)
{
	fprintf(stderr,
	    "usage: load -p port [-w] [-r pid] [option...] scenario\n"
	    "  -p  port on 127.0.0.1            -w  it speaks WebSocket\n"
	    "  -r  the relay, to measure it     -T  seconds after which all has failed [60]\n"
	    "  rtt                round trips: -s bytes [32], -n number [5000]\n"
	    "  swap               -s bytes against -a bytes in turn: -n number,\n"
	    "                     -k bytes in a write, -m (with -l) bytes of a line in the answer\n"
	    "  echo, up, down     -s bytes of a message, -b bytes in all, -c connections [1],\n"
	    "                     -k bytes in a write, -l (down) messages are lines\n"
	    "  slow               up to and down to a slow reader: -b bytes each\n"
	    "  connections        -n number, -c at once, -H none is closed before all are open\n"
	    "  idle               -n number, -t seconds in which pings are answered\n");
	exit(2);
}

static void
too_long(int number)
{
	static const char text[] = "bench: no end in time\n";

	(void)number;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) == -1)
		_exit(2);
	_exit(1);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

void
load_sort(double *values, unsigned n)
{
	qsort(values, n, sizeof(*values), compare);
}

double
load_part(const double *sorted, unsigned n, double part)
{
	unsigned i = (unsigned)((double)n * part);

	return n == 0 ? 0 : sorted[i < n ? i : n - 1];
}

void
load_print(const char *name, double value)
{
	printf("%s=%.6g\n", name, value);
}

static unsigned
small(const char *text)
{
	uint64_t n = bench_number(text);

	if (n > 1000000000)
		bench_die("too large: %s", text);
	return (unsigned)n;
}

static void
parse(struct load *c, int argc, char **argv)
{
	unsigned limit = 60;
	int option;

	while ((option = getopt(argc, argv, "p:wr:T:s:a:m:n:b:c:k:lt:H")) != -1) {
		switch (option) {
		case 'p': c->port = (int)small(optarg); break;
		case 'w': c->raw = 0; break;
		case 'r': c->relay = (pid_t)small(optarg); break;
		case 'T': limit = small(optarg); break;
		case 's': c->size = small(optarg); break;
		case 'a': c->answer = small(optarg); break;
		case 'm': c->part = small(optarg); break;
		case 'n': c->number = small(optarg); break;
		case 'b': c->bytes = bench_number(optarg); break;
		case 'c': c->together = small(optarg); break;
		case 'k': c->chunk = small(optarg); break;
		case 'l': c->kind = TAPE_LINES; break;
		case 't': c->seconds = small(optarg); break;
		case 'H': c->hold = 1; break;
		default: usage();
		}
	}
	if (c->port == 0 || c->size == 0 || c->together == 0 || optind + 1 != argc)
		usage();
	(void)signal(SIGALRM, too_long);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)alarm(limit);
}

int
main(int argc, char **argv)
{
	struct load c;
	size_t i;

	memset(&c, 0, sizeof(c));
	c.raw = 1;
	c.kind = TAPE_BINARY;
	c.size = 32;
	c.number = 5000;
	c.together = 1;
	c.bytes = 16 * 1024 * 1024;
	parse(&c, argc, argv);
	bench_descriptors(c.number + c.together + 64);
	for (i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++) {
		if (strcmp(scenarios[i].name, argv[optind]) == 0) {
			scenarios[i].run(&c);
			return fflush(stdout) == 0 ? 0 : 1;
		}
	}
	usage();
}
