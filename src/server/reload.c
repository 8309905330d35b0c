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
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/scan.h"
#include "posix/signals.h"
#include "server/reload.h"

#define STATE_VARIABLE	"WEBSOCKSY_STATE"
#define STATE_VERSION	2
#define CHECK_VARIABLE	"WEBSOCKSY_RELOAD"	/* in a checking process: the version that asks */
#define CHILDREN_MAX	1000000

static struct {
	int	  argc;
	char	**argv;
	char	 *program;	/* with its whole path, or a name to be searched for */
	char	 *directory;	/* where it was started; NULL: it could not be told */
} start;

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

/* Back to where names of files meant what they meant. */
static int
return_to_start(void)
{
	if (start.program != NULL && start.directory != NULL && chdir(start.directory) == 0)
		return 0;
	if (start.program == NULL || start.directory == NULL)
		errno = ENOENT;
	return -1;
}

/* The arguments, with -t before them; NULL without memory. */
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
	/* A single word that is no option is a file, but only if it is alone. */
	if (start.argc == 2 && start.argv[1][0] != '-')
		argv[n++] = dash_f;
	for (i = 1; i < start.argc; i++)
		argv[n++] = start.argv[i];
	return argv;
}

/* The checking process. */
static _Noreturn void
check(int out)
{
	char **argv = check_arguments(), version[16];

	signals_default();
	/* Standard output is /dev/null: that all is well need not be told. */
	if (argv == NULL || return_to_start() == -1 || dup2(out, STDERR_FILENO) == -1)
		_exit(EXIT_FAILURE);
	log_to_fd(STDERR_FILENO);
	io_close_from(STDERR_FILENO + 1);
	(void)snprintf(version, sizeof(version), "%d", STATE_VERSION);
	if (setenv(CHECK_VARIABLE, version, 1) == 0)
		(void)execvp(start.program, argv);
	log_set_plain();
	log_error("cannot execute %s", start.program);
	_exit(EXIT_FAILURE);
}

int
reload_is_possible(void)
{
	const char *variable = getenv(CHECK_VARIABLE);
	uint64_t version;

	if (variable == NULL)
		return 0;
	/* The lines go to the log of the one that asks, which puts its own beginning before them. */
	log_set_plain();
	if (scan_number(variable, STATE_VERSION, STATE_VERSION, &version) == 0)
		return 0;
	log_errorx("this version of the program cannot take over from the one that runs: stop "
	    "that and start this");
	return -1;
}

pid_t
reload_check(int *out)
{
	int fd[2];
	pid_t pid;

	if (io_pipe(fd) == -1) {
		log_error("cannot check the configuration");
		return -1;
	}
	pid = fork();
	if (pid == 0)
		check(fd[1]);
	if (pid == -1) {
		log_error("cannot check the configuration");
		io_close(&fd[0]);
	}
	io_close(&fd[1]);
	*out = fd[0];
	return pid;
}

/* -- what is handed over: a file without a name, of lines -- */

static int
put(FILE *f, const struct reload *r)
{
	const struct listener *l;
	unsigned i;

	(void)fprintf(f, "version %d\ngeneration %u\n", STATE_VERSION, r->generation);
	(void)fprintf(f, "files %d %d %d %d %d %d %d\n", r->pid_file, r->board, r->life,
	    r->wake[0], r->wake[1], r->lock, r->log);
	(void)fprintf(f, "pid-file %s\nstatus-file %s\n", r->pid_path, r->board_path);
	for (i = 0; i < r->listeners.count; i++) {
		l = &r->listeners.at[i];
		(void)fprintf(f, "listener %d %d %d %lld %lld %s\n", l->fd, l->given, l->proxy,
		    (long long)l->dev, (long long)l->ino, l->asked);
	}
	for (i = 0; i < r->children; i++)
		(void)fprintf(f, "child %ld %u %u\n", (long)r->child[i].pid, r->child[i].slot,
		    r->child[i].generation);
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

/* All that goes over, or stays behind after all. */
static void
set_all(const struct reload *r, int state, int cloexec)
{
	unsigned i;

	set_cloexec(state, cloexec);
	set_cloexec(r->pid_file, cloexec);
	set_cloexec(r->board, cloexec);
	set_cloexec(r->life, cloexec);
	set_cloexec(r->wake[0], cloexec);
	set_cloexec(r->wake[1], cloexec);
	set_cloexec(r->lock, cloexec);
	set_cloexec(r->log, cloexec);
	for (i = 0; i < r->listeners.count; i++)
		set_cloexec(r->listeners.at[i].fd, cloexec);
}

void
reload_exec(const struct reload *r)
{
	int fd = io_temporary();
	FILE *f = fd == -1 ? NULL : fdopen(fd, "r+");
	char number[16];

	if (f == NULL || put(f, r) == -1) {
		log_error("cannot reload: no file to hand the state over (in $TMPDIR or /tmp)");
		if (f != NULL)
			(void)fclose(f);
		else
			io_close(&fd);
		return;
	}
	(void)snprintf(number, sizeof(number), "%d", fd);
	(void)lseek(fd, 0, SEEK_SET);
	set_all(r, fd, 0);
	if (setenv(STATE_VARIABLE, number, 1) == 0 && return_to_start() == 0)
		(void)execvp(start.program, start.argv);
	log_error("cannot reload: cannot execute %s", start.program);
	(void)unsetenv(STATE_VARIABLE);
	set_all(r, fd, 1);
	(void)fclose(f);
}

/* Takes the next number off a line; 0, or -1 if there is none between min and max. */
static int
get_number(const char **line, long long min, long long max, long long *out)
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
get_fd(const char **line, int *fd)
{
	long long number;

	if (get_number(line, -1, INT_MAX, &number) == -1)
		return -1;
	*fd = (int)number;
	return 0;
}

static int
get_unsigned(const char **line, unsigned *out)
{
	long long number;

	if (get_number(line, 0, UINT_MAX, &number) == -1)
		return -1;
	*out = (unsigned)number;
	return 0;
}

static int
get_listener(struct reload *r, const char *line)
{
	struct listeners *l = &r->listeners;
	struct listener *one = &l->at[l->count];
	long long dev, ino;
	int given, proxied, fd;

	if (l->count == LISTEN_MAX || get_fd(&line, &fd) == -1 || get_fd(&line, &given) == -1 ||
	    get_fd(&line, &proxied) == -1 ||
	    get_number(&line, LLONG_MIN, LLONG_MAX, &dev) == -1 ||
	    get_number(&line, LLONG_MIN, LLONG_MAX, &ino) == -1 ||
	    strlen(line) >= sizeof(one->asked) || listen_adopt(l, fd) == -1)
		return -1;
	one->given = given;
	one->proxy = proxied;
	one->dev = (dev_t)dev;
	one->ino = (ino_t)ino;
	(void)snprintf(one->asked, sizeof(one->asked), "%s", line);
	listen_name_unix(one);
	return 0;
}

static int
get_child(struct reload *r, const char *line)
{
	struct reload_child *child, c;
	long long pid;

	if (get_number(&line, 2, LONG_MAX, &pid) == -1 || get_unsigned(&line, &c.slot) == -1 ||
	    get_unsigned(&line, &c.generation) == -1 || r->children == CHILDREN_MAX)
		return -1;
	/* Doubled at each power of two. */
	if ((r->children & (r->children - 1)) == 0) {
		child = realloc(r->child, (r->children == 0 ? 1 : r->children * 2) * sizeof(*child));
		if (child == NULL)
			return -1;
		r->child = child;
	}
	c.pid = (pid_t)pid;
	r->child[r->children++] = c;
	return 0;
}

static int
get_path(char out[RELOAD_PATH_SIZE], const char *path)
{
	if (strlen(path) >= RELOAD_PATH_SIZE)
		return -1;
	strcpy(out, path);
	return 0;
}

static int
get_files(struct reload *r, const char *line)
{
	int *const fd[] = {
		&r->pid_file, &r->board, &r->life, &r->wake[0], &r->wake[1], &r->lock, &r->log
	};
	size_t i;

	for (i = 0; i < sizeof(fd) / sizeof(fd[0]); i++)
		if (get_fd(&line, fd[i]) == -1)
			return -1;
	return 0;
}

/* What stands behind the first word of a line, if that is key. */
static const char *
behind(const char *line, const char *key)
{
	size_t len = strlen(key);

	return strncmp(line, key, len) == 0 && line[len] == ' ' ? line + len + 1 : NULL;
}

/* One line; 1 for the last, -1 if it is not understood. */
static int
get_line(struct reload *r, char *line)
{
	const char *rest;
	unsigned version;

	line[strcspn(line, "\n")] = '\0';
	if (strcmp(line, "end") == 0)
		return 1;
	if ((rest = behind(line, "version")) != NULL)
		return get_unsigned(&rest, &version) == 0 && version == STATE_VERSION ? 0 : -1;
	if ((rest = behind(line, "generation")) != NULL)
		return get_unsigned(&rest, &r->generation);
	if ((rest = behind(line, "files")) != NULL)
		return get_files(r, rest);
	if ((rest = behind(line, "pid-file")) != NULL)
		return get_path(r->pid_path, rest);
	if ((rest = behind(line, "status-file")) != NULL)
		return get_path(r->board_path, rest);
	if ((rest = behind(line, "listener")) != NULL)
		return get_listener(r, rest);
	if ((rest = behind(line, "child")) != NULL)
		return get_child(r, rest);
	return -1;
}

/*
 * Modules of the program before may have left descriptors open, of which nobody knows any more:
 * they would become more with each reload.
 */
static void
close_the_rest(const struct reload *r)
{
	int keep[7 + LISTEN_MAX] = {
		r->pid_file, r->board, r->life, r->wake[0], r->wake[1], r->lock, r->log
	};
	size_t count = 7;
	unsigned i;

	for (i = 0; i < r->listeners.count; i++)
		keep[count++] = r->listeners.at[i].fd;
	io_close_others(STDERR_FILENO + 1, keep, count);
}

int
reload_inherit(struct reload *r)
{
	const char *variable = getenv(STATE_VARIABLE);
	char line[RELOAD_PATH_SIZE + 64];
	uint64_t fd;
	int result = 0;
	FILE *f;

	memset(r, 0, sizeof(*r));
	r->pid_file = r->board = r->life = r->wake[0] = r->wake[1] = r->lock = r->log = -1;
	if (variable == NULL)
		return 0;
	f = scan_number(variable, 3, 1000000, &fd) == 0 ? fdopen((int)fd, "r") : NULL;
	(void)unsetenv(STATE_VARIABLE);
	if (f == NULL) {
		log_errorx("the environment variable " STATE_VARIABLE " is for reloads alone");
		return -1;
	}
	while (result == 0 && fgets(line, sizeof(line), f) != NULL)
		result = get_line(r, line);
	(void)fclose(f);
	if (result != 1) {
		log_errorx("what was handed over by the program before cannot be used");
		return -1;
	}
	set_all(r, -1, 1);
	close_the_rest(r);
	return 1;
}
