/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * old_master: acts as the master of an older websocksy up to its upgrade, for the tests of
 * upgrades. It makes the objects of that version (listener, status file, pid file, pipes, lock
 * file, a worker with a session) and prints its port. On SIGHUP it runs the new program to check
 * the configuration, and then executes it with a recorded hand-over. It uses no code of the
 * program, so that it cannot get the present layout of a structure.
 *
 * The argument is that of the server: the configuration file. Environment variables:
 *	OLD_PROGRAM	the new program, an absolute path
 *	OLD_VERSION	the version of the hand-over: 2 or 3
 *	OLD_HANDOVER	the recorded text, in which %p, %s and %c are replaced by the pid file, the
 *			status file and the pid of the worker
 *	OLD_PID_FILE	the path of the pid file
 *	OLD_STATUS_FILE	the path of the status file
 *
 * The worker accepts one connection and echoes all bytes; after each read it writes its slot. It
 * exits at end of file of the connection, with status 0 if it has received SIGQUIT, with which a
 * master retires its workers.
 */

#include "config.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Descriptors, with their numbers in the recorded texts. */
enum { PID_FILE = 10, STATUS_FILE, LIFE, WAKE_READ, WAKE_WRITE, LOCK, LISTENER, OTHER };

#define LIFE_READ	20
#define SLOTS		69
#define SLOT		1	/* number of the slot of the worker */
#define OPEN		4	/* the state of a worker with a session */
#define GENERATION	7

/* The layouts of the status file in these versions. The states are bytes from offset 4096 on. */
static const struct layout {
	uint32_t	version, slot_size;
	size_t		first;		/* offset of the first slot */
} layouts[] = {
	{ 2, 448, 4096 + 69632 },
	{ 3, 2048, 4096 + 69632 + 4 * 528384 },
};

static const struct layout *layout;
static uint8_t *board;
static volatile sig_atomic_t quit;

static _Noreturn void
fail(const char *what)
{
	perror(what);
	exit(1);
}

static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	if (value == NULL)
		fail(name);
	return value;
}

/* Moves a descriptor to the given number. */
static void
place(int fd, int to)
{
	if (fd == -1 || dup2(fd, to) == -1)
		fail("descriptor");
	if (fd != to)
		close(fd);
}

static void
lock(int fd)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_SETLK, &l) == -1)
		fail("lock");
}

static void
make_listener(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t size = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1 || bind(fd, (struct sockaddr *)&a, sizeof(a)) == -1 || listen(fd, 100) == -1 ||
	    getsockname(fd, (struct sockaddr *)&a, &size) == -1 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		fail("listener");
	place(fd, LISTENER);
	printf("%u\n", ntohs(a.sin_port));
	fflush(stdout);
	fprintf(stderr, "listening on 127.0.0.1:%u\n", ntohs(a.sin_port));
}

/* All versions so far have this layout of the head. */
static void
make_board(void)
{
	struct {
		char		magic[16];
		uint32_t	version, slot_size, slots, woken;
		int64_t		master;
		uint64_t	started, reloaded, refused;
		uint32_t	generation, max_workers, used, ending, looks;
	} head = { .magic = { 'w', 'e', 'b', 's', 'o', 'c', 'k', 's', 'y', ' ', 's', 't', 'a', 't',
	    'u', 's' }, .slots = SLOTS, .started = 1, .generation = GENERATION, .max_workers = 4,
	    .used = SLOT + 1 };
	size_t size = layout->first + SLOTS * layout->slot_size;

	head.version = layout->version;
	head.slot_size = layout->slot_size;
	head.master = getpid();
	place(open(variable("OLD_STATUS_FILE"), O_RDWR | O_CREAT | O_EXCL, 0640), STATUS_FILE);
	if (ftruncate(STATUS_FILE, (off_t)size) == -1)
		fail("status file");
	board = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, STATUS_FILE, 0);
	if (board == MAP_FAILED)
		fail("status file");
	memcpy(board, &head, sizeof(head));
	lock(STATUS_FILE);
}

static void
make_pid_file(void)
{
	place(open(variable("OLD_PID_FILE"), O_RDWR | O_CREAT | O_EXCL, 0640), PID_FILE);
	lock(PID_FILE);
	dprintf(PID_FILE, "%ld\n", (long)getpid());
}

static void
make_pipes(void)
{
	char name[] = "/tmp/old_master.XXXXXX";
	int fd[2];

	if (pipe(fd) == -1)
		fail("pipe");
	place(fd[0], LIFE_READ);
	place(fd[1], LIFE);
	if (pipe(fd) == -1)
		fail("pipe");
	if (fcntl(fd[0], F_SETFL, O_NONBLOCK) == -1 || fcntl(fd[1], F_SETFL, O_NONBLOCK) == -1)
		fail("pipe");
	place(fd[0], WAKE_READ);
	place(fd[1], WAKE_WRITE);
	place(mkstemp(name), LOCK);
	unlink(name);
	/*
	 * A descriptor as a later version may hand over: the new program does not know it and
	 * must close it.
	 */
	place(open("/dev/null", O_RDWR), OTHER);
}

/* -- the worker -- */

static void
on_quit(int number)
{
	(void)number;
	quit = 1;
}

/* Writes all fields of the slot that these versions have. */
static void
write_slot(void)
{
	uint8_t *slot = board + layout->first + SLOT * layout->slot_size;
	struct {
		int64_t		pid;
		uint32_t	generation, rtt;
		uint64_t	served, since, begun, data;
		uint64_t	clients, opened, refused, passed[4], before[4];
		char		client[64], peer[64], path[184];
	} known = { .generation = GENERATION, .served = 3, .clients = 5, .opened = 4,
	    .client = "192.0.2.7:7777" };

	known.pid = getpid();
	memcpy(slot, &known, sizeof(known));
	board[4096 + SLOT] = OPEN;
}

static _Noreturn void
work(void)
{
	struct sigaction action = { .sa_handler = on_quit, .sa_flags = SA_RESTART };
	char bytes[512];
	ssize_t n;
	int fd;

	close(LIFE);
	close(STATUS_FILE);
	close(PID_FILE);
	sigaction(SIGQUIT, &action, NULL);
	signal(SIGHUP, SIG_IGN);
	fcntl(LISTENER, F_SETFL, 0);
	fd = accept(LISTENER, NULL, NULL);
	close(LISTENER);
	if (fd == -1)
		_exit(1);
	while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
		write_slot();
		if (write(fd, bytes, (size_t)n) != n)
			_exit(1);
	}
	_exit(quit ? 0 : 1);
}

static pid_t
start_worker(void)
{
	pid_t pid = fork();

	if (pid == -1)
		fail("fork");
	if (pid == 0)
		work();
	return pid;
}

/* -- the upgrade -- */

/*
 * Writes the recorded text, with its replacements, to an unlinked file and returns the
 * descriptor.
 */
static int
write_handover(pid_t worker)
{
	FILE *from = fopen(variable("OLD_HANDOVER"), "r"), *to = tmpfile();
	int c;

	if (from == NULL || to == NULL)
		fail("hand-over");
	while ((c = getc(from)) != EOF) {
		if (c != '%') {
			putc(c, to);
			continue;
		}
		switch (getc(from)) {
		case 'p':
			fputs(variable("OLD_PID_FILE"), to);
			break;
		case 's':
			fputs(variable("OLD_STATUS_FILE"), to);
			break;
		case 'c':
			fprintf(to, "%ld", (long)worker);
			break;
		}
	}
	fflush(to);
	lseek(fileno(to), 0, SEEK_SET);
	return fileno(to);
}

static int
check(const char *program, char *configuration)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		setenv("WEBSOCKSY_RELOAD", variable("OLD_VERSION"), 1);
		execl(program, program, "-t", "-f", configuration, (char *)NULL);
		_exit(127);
	}
	return pid != -1 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
	    WEXITSTATUS(status) : -1;
}

int
main(int argc, char **argv)
{
	static char program[4096];
	sigset_t all;
	char number[16];
	pid_t worker;
	int got;

	if (argc != 2)
		fail("arguments");
	snprintf(program, sizeof(program), "%s", variable("OLD_PROGRAM"));
	layout = strcmp(variable("OLD_VERSION"), "2") == 0 ? &layouts[0] : &layouts[1];
	make_pid_file();
	make_board();
	make_pipes();
	make_listener();
	worker = start_worker();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	sigemptyset(&all);
	sigaddset(&all, SIGHUP);
	while (sigwait(&all, &got) != 0)
		;
	got = check(program, argv[1]);
	if (got != 0) {
		fprintf(stderr, "old_master: the check has ended with status %d\n", got);
		return 1;
	}
	close(LIFE_READ);
	snprintf(number, sizeof(number), "%d", write_handover(worker));
	setenv("WEBSOCKSY_STATE", number, 1);
	argv[0] = program;
	execv(program, argv);
	fail(program);
}
