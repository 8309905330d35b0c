/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/scan.h"
#include "posix/signals.h"
#include "server/reload.h"
#include "server/reload_file.h"

#define CHECK_VARIABLE	"WEBSOCKSY_RELOAD"	/* for a check: version of the running program */
#define CHILDREN_MAX	1000000
#define BOARD_VERSION	2	/* SCOREBOARD_VERSION of a hand-over without that number */

static struct {
	int	  argc;
	char	**argv;
	char	 *program;	/* a path, or a name to search for in $PATH */
	char	 *directory;	/* where the program was started; NULL: unknown */
} start;

/* Names of the descriptors in the hand-over.  A later version must not change them. */
static const char *const fd_names[RELOAD_FDS] = {
	[RELOAD_PID_FILE] = "pid-file",
	[RELOAD_BOARD] = "status-file",
	[RELOAD_LIFE] = "life",
	[RELOAD_WAKE_READ] = "wake-read",
	[RELOAD_WAKE_WRITE] = "wake-write",
	[RELOAD_LOCK] = "lock",
	[RELOAD_LOG] = "log",
	[RELOAD_SOCKETS] = "socket-directory",
};

void
reload_init(int argc, char **argv)
{
	size_t size = 256;
	char *path;

	start.argc = argc;
	start.argv = argv;
	start.directory = malloc(size);
	while (start.directory != NULL && getcwd(start.directory, size) == NULL) {
		path = errno == ERANGE ? realloc(start.directory, size *= 2) : NULL;
		if (path == NULL)
			free(start.directory);
		start.directory = path;
	}
	start.program = argc > 0 ? argv[0] : NULL;
}

void
reload_clear(struct reload *r)
{
	unsigned i;

	memset(r, 0, sizeof(*r));
	r->board_version = BOARD_VERSION;
	for (i = 0; i < RELOAD_FDS; i++)
		r->fd[i] = -1;
}

/*
 * Returns to the start directory, so that relative paths mean the same again.  Returns 0, or -1
 * with errno.
 */
static int
return_to_start(void)
{
	if (start.program != NULL && start.directory != NULL && chdir(start.directory) == 0)
		return 0;
	if (start.program == NULL || start.directory == NULL)
		errno = ENOENT;
	return -1;
}

/* Returns the arguments of the start, preceded by -t, from malloc(); NULL if there is no memory. */
static char **
check_arguments(void)
{
	static char dash_t[] = "-t", dash_f[] = "-f";
	char **argv = calloc((size_t)start.argc + 3, sizeof(*argv));
	int n = 0, i;

	if (argv == NULL)
		return NULL;
	argv[n++] = start.program;
	argv[n++] = dash_t;
	/*
	 * A single argument that is not an option is the configuration file.  With -t it is not
	 * the only argument any more, and needs -f.
	 */
	if (start.argc == 2 && start.argv[1][0] != '-')
		argv[n++] = dash_f;
	for (i = 1; i < start.argc; i++)
		argv[n++] = start.argv[i];
	return argv;
}

/* Executes the program with -t, in the checking process.  out is the pipe for its messages. */
static _Noreturn void
run_check(int out)
{
	char **argv = check_arguments(), version[16];

	signals_default();
	/* Only stderr goes to the pipe: on success there is nothing to report. */
	if (dup2(out, STDERR_FILENO) == -1)
		_exit(EXIT_FAILURE);
	log_to_fd(STDERR_FILENO);
	log_set_plain();
	io_close_from(STDERR_FILENO + 1);
	(void)snprintf(version, sizeof(version), "%d", RELOAD_VERSION);
	if (return_to_start() == -1)
		log_error("cannot go to the directory where the server was started, %s",
		    start.directory != NULL ? start.directory : "which is unknown");
	else if (argv == NULL || setenv(CHECK_VARIABLE, version, 1) == -1)
		log_error("cannot check the configuration");
	else if (execvp(start.program, argv) == -1)
		log_error("cannot execute %s", start.program);
	_exit(EXIT_FAILURE);
}

int
reload_is_check(void)
{
	return getenv(CHECK_VARIABLE) != NULL;
}

int
reload_is_possible(void)
{
	const char *variable = getenv(CHECK_VARIABLE);
	uint64_t version;

	if (variable == NULL)
		return 0;
	/* The running master logs these lines with its own prefix. */
	log_set_plain();
	if (scan_number(variable, RELOAD_OLDEST, RELOAD_VERSION, &version) == 0)
		return 0;
	log_errorx("this program cannot take over from the one that runs, which is %s: stop that "
	    "one and start this one",
	    scan_number(variable, 0, RELOAD_OLDEST, &version) == 0 ? "too old" : "newer");
	return -1;
}

pid_t
reload_start_check(int *out)
{
	int fd[2];
	pid_t pid;

	if (io_pipe(fd) == -1) {
		log_error("cannot check the configuration");
		return -1;
	}
	pid = fork();
	if (pid == 0)
		run_check(fd[1]);
	if (pid == -1) {
		log_error("cannot check the configuration");
		io_close(&fd[0]);
	}
	io_close(&fd[1]);
	*out = fd[0];
	return pid;
}

/* -- writing the hand-over -- */

static int
write_state(FILE *f, const struct reload *r)
{
	const struct listener *l;
	unsigned i;

	(void)fprintf(f, "version %d\ngeneration %u\n", RELOAD_VERSION, r->generation);
	for (i = 0; i < RELOAD_FDS; i++)
		(void)fprintf(f, "fd %d %s\n", r->fd[i], fd_names[i]);
	(void)fprintf(f, "pid-file %s\nstatus-file %s\n", r->pid_path, r->board_path);
	(void)fprintf(f, "status-version %u\n", r->board_version);
	(void)fprintf(f, "socket-directory %s\n", r->sockets_path);
#ifdef WEBSOCKSY_TEST_NEXT
	(void)fprintf(f, "next 1 2 3\n");
#endif
	for (i = 0; i < r->listeners.count; i++) {
		l = &r->listeners.at[i];
		(void)fprintf(f, "listener %d %d %d %lld %lld %s\n", l->fd, l->given, l->proxy,
		    (long long)l->dev, (long long)l->ino, l->asked);
	}
	for (i = 0; i < r->children; i++)
		(void)fprintf(f, "child %ld %u %u\n", (long)r->child[i].pid, r->child[i].slot,
		    r->child[i].generation);
	for (i = 0; i < r->auxiliaries; i++)
		(void)fprintf(f, "auxiliary %ld %u\n", (long)r->auxiliary[i].pid,
		    r->auxiliary[i].generation);
	(void)fprintf(f, "end\n");
	return fflush(f) == 0 && !ferror(f) ? 0 : -1;
}

static void
set_cloexec(int fd, int on)
{
	int flags = fd == -1 ? -1 : fcntl(fd, F_GETFD);

	if (flags != -1)
		(void)fcntl(fd, F_SETFD, on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC);
}

/* Sets (on is 1) or clears close-on-exec of all descriptors that are handed over. */
static void
set_all_cloexec(const struct reload *r, int on)
{
	unsigned i;

	for (i = 0; i < RELOAD_FDS; i++)
		set_cloexec(r->fd[i], on);
	for (i = 0; i < r->listeners.count; i++)
		set_cloexec(r->listeners.at[i].fd, on);
}

/* Makes the file with the state r.  Returns its descriptor, or -1 after a message. */
static int
make_file(const struct reload *r)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int fd = -1, failed = f == NULL || write_state(f, r) == -1;

	if (f != NULL && fclose(f) != 0)
		failed = 1;
	if (failed)
		log_error("cannot reload");
	else
		fd = reload_file_make(text, len);
	free(text);
	return fd;
}

void
reload_exec(const struct reload *r)
{
	int fd = make_file(r);

	if (fd == -1)
		return;
	set_all_cloexec(r, 0);
	if (return_to_start() == 0)
		(void)execvp(start.program, start.argv);
	log_error("cannot reload: cannot execute %s", start.program);
	set_all_cloexec(r, 1);
	reload_file_drop(fd);
}

/* -- reading the hand-over: each function parses a line after its first word; -1 if invalid -- */

/*
 * Parses the next number of a line and moves *line after it.  Returns 0, or -1 if there is no
 * number between min and max.
 */
static int
read_number(const char **line, long long min, long long max, long long *out)
{
	char *end;

	errno = 0;
	*out = strtoll(*line, &end, 10);
	if (end == *line || errno != 0 || *out < min || *out > max)
		return -1;
	*line = end + (*end == ' ');
	return 0;
}

static int
read_int(const char **line, int *out)
{
	long long number;

	if (read_number(line, -1, INT_MAX, &number) == -1)
		return -1;
	*out = (int)number;
	return 0;
}

static int
read_unsigned(const char **line, unsigned *out)
{
	long long number;

	if (read_number(line, 0, UINT_MAX, &number) == -1)
		return -1;
	*out = (unsigned)number;
	return 0;
}

static int
read_version(struct reload *r, const char *line)
{
	if (read_unsigned(&line, &r->version) == -1)
		return -1;
	return r->version >= RELOAD_OLDEST && r->version <= RELOAD_VERSION ? 0 : -1;
}

static int
read_generation(struct reload *r, const char *line)
{
	return read_unsigned(&line, &r->generation);
}

/*
 * Parses a descriptor and its name.  A descriptor with an unknown name is not stored;
 * close_others() closes it.
 */
static int
read_fd(struct reload *r, const char *line)
{
	unsigned i;
	int fd;

	if (read_int(&line, &fd) == -1)
		return -1;
	for (i = 0; i < RELOAD_FDS; i++)
		if (strcmp(line, fd_names[i]) == 0)
			r->fd[i] = fd;
	return 0;
}

/*
 * Parses the line of a hand-over of version 2 that lists all descriptors: in a fixed order, without
 * their names.
 */
static int
read_files(struct reload *r, const char *line)
{
	unsigned i;

	for (i = 0; i <= RELOAD_LOG; i++)
		if (read_int(&line, &r->fd[i]) == -1)
			return -1;
	return 0;
}

static int
read_path(char out[RELOAD_PATH_SIZE], const char *path)
{
	if (strlen(path) >= RELOAD_PATH_SIZE)
		return -1;
	strcpy(out, path);
	return 0;
}

static int
read_pid_path(struct reload *r, const char *line)
{
	return read_path(r->pid_path, line);
}

static int
read_board_path(struct reload *r, const char *line)
{
	return read_path(r->board_path, line);
}

static int
read_sockets_path(struct reload *r, const char *line)
{
	return read_path(r->sockets_path, line);
}

static int
read_board_version(struct reload *r, const char *line)
{
	return read_unsigned(&line, &r->board_version);
}

static int
read_listener(struct reload *r, const char *line)
{
	struct listeners *l = &r->listeners;
	struct listener *one = &l->at[l->count];
	long long dev, ino;
	int given, proxied, fd;

	if (l->count == LISTEN_MAX || read_int(&line, &fd) == -1 ||
	    read_int(&line, &given) == -1 || read_int(&line, &proxied) == -1 ||
	    read_number(&line, LLONG_MIN, LLONG_MAX, &dev) == -1 ||
	    read_number(&line, LLONG_MIN, LLONG_MAX, &ino) == -1 ||
	    strlen(line) >= sizeof(one->asked) || listen_take_back(l, fd) == -1)
		return -1;
	one->given = given;
	one->proxy = proxied;
	one->dev = (dev_t)dev;
	one->ino = (ino_t)ino;
	(void)snprintf(one->asked, sizeof(one->asked), "%s", line);
	listen_name_unix(one);
	return 0;
}

/*
 * Returns whether the process is a child of this one, so that signals reach no other; otherwise
 * logs that.  The status of a dead child is not taken.
 */
static int
is_child(long long pid)
{
	siginfo_t info;

	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
		return 1;
	log_warnx("process %lld is not a child of this server: it is left alone", pid);
	return 0;
}

static int
read_child(struct reload *r, const char *line)
{
	struct reload_child *child, one;
	long long pid;

	if (read_number(&line, 2, LONG_MAX, &pid) == -1 ||
	    read_unsigned(&line, &one.slot) == -1 ||
	    read_unsigned(&line, &one.generation) == -1 || r->children == CHILDREN_MAX)
		return -1;
	if (!is_child(pid))
		return 0;
	/* The size of the array is doubled whenever the number of children is a power of two. */
	if ((r->children & (r->children - 1)) == 0) {
		child = realloc(r->child,
		    (r->children == 0 ? 1 : r->children * 2) * sizeof(*child));
		if (child == NULL)
			return -1;
		r->child = child;
	}
	one.pid = (pid_t)pid;
	r->child[r->children++] = one;
	return 0;
}

static int
read_auxiliary(struct reload *r, const char *line)
{
	struct reload_auxiliary one;
	long long pid;

	if (read_number(&line, 2, LONG_MAX, &pid) == -1 ||
	    read_unsigned(&line, &one.generation) == -1 || r->auxiliaries == RELOAD_AUXILIARY)
		return -1;
	if (!is_child(pid))
		return 0;
	one.pid = (pid_t)pid;
	r->auxiliary[r->auxiliaries++] = one;
	return 0;
}

static const struct {
	const char	*word;
	int		(*read)(struct reload *r, const char *line);
} lines[] = {
	{ "version", read_version },
	{ "generation", read_generation },
	{ "fd", read_fd },
	{ "files", read_files },
	{ "pid-file", read_pid_path },
	{ "status-file", read_board_path },
	{ "status-version", read_board_version },
	{ "socket-directory", read_sockets_path },
	{ "listener", read_listener },
	{ "child", read_child },
	{ "auxiliary", read_auxiliary },
};

/*
 * Parses one line.  Returns 1 for the last line, 0 for another one, or -1 if the line is
 * invalid.
 */
static int
read_state_line(struct reload *r, char *line)
{
	size_t len = strcspn(line, " \n"), i;

	line[strcspn(line, "\n")] = '\0';
	if (strcmp(line, "end") == 0)
		/* The line "version" is required: each version of the program writes it. */
		return r->version != 0 ? 1 : -1;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (strlen(lines[i].word) == len && memcmp(line, lines[i].word, len) == 0)
			return lines[i].read(r, line + len + (line[len] == ' '));
	return 0;
}

static int
read_state(struct reload *r, FILE *f)
{
	char *line = NULL;
	size_t size = 0;
	int result = 0;

	while (result == 0 && getline(&line, &size, f) != -1)
		result = read_state_line(r, line);
	free(line);
	return result == 1 ? 0 : -1;
}

/*
 * Closes all descriptors that were not handed over.  Modules of the previous program may have
 * left descriptors open; their number would grow with each reload.
 */
static void
close_others(const struct reload *r)
{
	int keep[RELOAD_FDS + LISTEN_MAX];
	size_t count = 0;
	unsigned i;

	for (i = 0; i < RELOAD_FDS; i++)
		keep[count++] = r->fd[i];
	for (i = 0; i < r->listeners.count; i++)
		keep[count++] = r->listeners.at[i].fd;
	io_close_others(STDERR_FILENO + 1, keep, count);
}

int
reload_inherit(struct reload *r)
{
	FILE *f;
	int result;

	reload_clear(r);
	result = reload_file_open(&f);
	if (result != 1)
		return result;
	result = read_state(r, f);
	(void)fclose(f);
	if (result == -1) {
		log_errorx("the state that the previous program has handed over is invalid");
		return -1;
	}
	set_all_cloexec(r, 1);
	close_others(r);
	return 1;
}
