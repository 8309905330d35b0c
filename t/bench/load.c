/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * load: runs one scenario against websocksy (with WebSocket clients), or against a relay of TCP
 * or the peer itself (with clients of plain TCP), and compares all bytes that are received with
 * the expected ones.  The peer is t/bench/peer.
 */

#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "load.h"
#include "testdata.h"

static const struct {
	const char	*name;
	void		(*run)(const struct load *);
} scenarios[] = {
	{ "rtt", load_rtt },
	{ "exchange", load_exchange },
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
	    "  -p  port on 127.0.0.1            -w  use WebSocket, not plain TCP\n"
	    "  -r  process to measure           -T  seconds until the program gives up [60]\n"
	    "  rtt                round trips: -s bytes [32], -n number [5000]\n"
	    "  exchange           messages of -s bytes, answered with -a bytes: -n number,\n"
	    "                     -k bytes in a write, -m (with -l) bytes of a line in the answer\n"
	    "  echo, up, down     -s bytes of a message, -b bytes in all, -c connections [1],\n"
	    "                     -k bytes in a write, -l (down) messages are lines\n"
	    "  slow               a slow peer, then a slow client: -b bytes to each\n"
	    "  connections        -n number, -c at once, -H close none before all are open\n"
	    "  idle               -n number, -t seconds during which pings are answered\n");
	exit(2);
}

static void
on_alarm(int number)
{
	static const char text[] = "bench: the time limit is over\n";

	(void)number;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) == -1)
		_exit(2);
	_exit(1);
}

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

void
load_sort(double *values, unsigned n)
{
	qsort(values, n, sizeof(*values), compare_doubles);
}

double
load_percentile(const double *sorted, unsigned n, double fraction)
{
	unsigned i = (unsigned)((double)n * fraction);

	return n == 0 ? 0 : sorted[i < n ? i : n - 1];
}

void
load_print(const char *name, double value)
{
	printf("%s=%.6g\n", name, value);
}

static unsigned
parse_small(const char *text)
{
	uint64_t n = bench_parse_number(text);

	if (n > 1000000000)
		bench_die("too large: %s", text);
	return (unsigned)n;
}

static void
parse_options(struct load *l, int argc, char **argv)
{
	unsigned time_limit = 60;
	int option;

	while ((option = getopt(argc, argv, "p:wr:T:s:a:m:n:b:c:k:lt:H")) != -1) {
		switch (option) {
		case 'p': l->port = (int)parse_small(optarg); break;
		case 'w': l->raw = 0; break;
		case 'r': l->relay = (pid_t)parse_small(optarg); break;
		case 'T': time_limit = parse_small(optarg); break;
		case 's': l->size = parse_small(optarg); break;
		case 'a': l->answer_size = parse_small(optarg); break;
		case 'm': l->answer_message = parse_small(optarg); break;
		case 'n': l->count = parse_small(optarg); break;
		case 'b': l->bytes = bench_parse_number(optarg); break;
		case 'c': l->concurrency = parse_small(optarg); break;
		case 'k': l->chunk = parse_small(optarg); break;
		case 'l': l->kind = TESTDATA_LINES; break;
		case 't': l->seconds = parse_small(optarg); break;
		case 'H': l->hold = 1; break;
		default: usage();
		}
	}
	if (l->port == 0 || l->size == 0 || l->concurrency == 0 || optind + 1 != argc)
		usage();
	(void)signal(SIGALRM, on_alarm);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)alarm(time_limit);
}

int
main(int argc, char **argv)
{
	struct load l;
	size_t i;

	memset(&l, 0, sizeof(l));
	l.raw = 1;
	l.kind = TESTDATA_BINARY;
	l.size = 32;
	l.count = 5000;
	l.concurrency = 1;
	l.bytes = 16 * 1024 * 1024;
	parse_options(&l, argc, argv);
	bench_raise_nofile(l.count + l.concurrency + 64);
	for (i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++) {
		if (strcmp(scenarios[i].name, argv[optind]) == 0) {
			scenarios[i].run(&l);
			return fflush(stdout) == 0 ? 0 : 1;
		}
	}
	usage();
}
