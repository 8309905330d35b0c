/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "countof.h"
#include "expect.h"
#include "harness.h"
#include "posix/trust.h"
#include "sock.h"

#define ARGS		64
#define CHILDREN	1024

/* -- starting -- */

/*
 * Returns the absolute path of a program: the value of an environment variable, or the usual
 * path.
 */
static const char *
program_path(const char *variable, const char *usual)
{
	static char path[4096];
	const char *name = getenv(variable);
	size_t len;

	if (name == NULL || name[0] == '\0')
		name = usual;
	if (name[0] == '/')
		return name;
	if (getcwd(path, sizeof(path) / 2) == NULL)
		expect_fail("getcwd: %s", strerror(errno));
	len = strlen(path);
	snprintf(path + len, sizeof(path) - len, "/%s", name);
	return path;
}

/* -- programs that a shell starts -- */

static char unwrapped[4096];

void
harness_wrap(const char *lines, const char *words, const char *redirections)
{
	const char *script = harness_scratch("wrapper");
	FILE *f = fopen(script, "w");

	if (f == NULL)
		expect_fail("%s: %s", script, strerror(errno));
	snprintf(unwrapped, sizeof(unwrapped), "%s", program_path("WEBSOCKSY", "websocksy"));
	fprintf(f, "#!/bin/sh\n%s\nexec %s '%s' \"$@\" %s\n", lines, words, unwrapped,
	    redirections);
	if (fclose(f) != 0 || chmod(script, 0700) == -1 || setenv("WEBSOCKSY", script, 1) == -1)
		expect_fail("%s: %s", script, strerror(errno));
}

void
harness_unwrap(void)
{
	if (setenv("WEBSOCKSY", unwrapped, 1) == -1)
		expect_fail("setenv: %s", strerror(errno));
}

int
harness_wrap_hosts(const char *text)
{
	const char *path = harness_scratch("hosts");
	FILE *f = fopen(path, "w");
	char words[1024];

	if (f == NULL || fputs(text, f) == EOF || fclose(f) != 0)
		expect_fail("%s: %s", path, strerror(errno));
	if (system("unshare -rm mount --bind /etc/hosts /etc/hosts 2>/dev/null") != 0)
		return 0;
	snprintf(words, sizeof(words),
	    "unshare -rm sh -c 'mount --bind %s /etc/hosts && exec \"$@\"' sh", path);
	harness_wrap(":", words, "");
	return 1;
}

static int
set_cloexec(int fd)
{
	if (fd == -1 || fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		expect_fail("descriptor: %s", strerror(errno));
	return fd;
}

/* Executes the program in the child process. */
static void
harness_exec(const struct harness *h, const char *const *argv, const int fds[3])
{
	int i, copy[3];

	for (i = 0; i < 3; i++)
		if ((copy[i] = fcntl(fds[i], F_DUPFD, 3)) == -1)
			_exit(126);
	for (i = 0; i < 3; i++)
		if (dup2(copy[i], i) == -1)
			_exit(126);
	for (i = 3; i < 256; i++)
		close(i);
	signal(SIGPIPE, SIG_DFL);
	if (chdir(h->dir) == -1)
		_exit(126);
	/* execvp() does not write to the arguments; their type in POSIX lacks a const. */
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static void
harness_run(struct harness *h, const char *const *argv, const int fds[3])
{
	int use[3], end[2], i;

	use[0] = set_cloexec(open("/dev/null", O_RDWR));
	use[2] = set_cloexec(open(h->log, O_WRONLY | O_CREAT | O_APPEND, 0600));
	if (pipe(end) == -1)
		expect_fail("pipe: %s", strerror(errno));
	h->out = set_cloexec(end[0]);
	use[1] = set_cloexec(end[1]);
	harness_case_add(h);
	h->pid = fork();
	if (h->pid == -1)
		expect_fail("fork: %s", strerror(errno));
	if (h->pid == 0) {
		for (i = 0; i < 3 && fds != NULL; i++)
			if (fds[i] != -1)
				use[i] = fds[i];
		harness_exec(h, argv, use);
	}
	for (i = 0; i < 3; i++)
		close(use[i]);
}

static void
harness_init(struct harness *h)
{
	memset(h, 0, sizeof(*h));
	h->out = -1;
	harness_directory(h->dir, sizeof(h->dir));
	snprintf(h->log, sizeof(h->log), "%s/log", h->dir);
}

const char *
harness_build_directory(void)
{
	static char here[512];
	const char *top = getenv("top_builddir");

	if (top == NULL && (top = getcwd(here, sizeof(here))) == NULL)
		expect_fail("getcwd: %s", strerror(errno));
	return top;
}

int
harness_is_foreign(const char *path)
{
	struct trust_fault fault;

	return geteuid() == 0 && trust_find(path, (uid_t)-1, (gid_t)-1, &fault);
}

/* Copies the modules to a directory of root, since a daemon of root refuses those of others. */
static const char *
copied_modules(const char *from)
{
	static char to[300];
	char command[4096];

	if (to[0] != '\0')
		return to;
	harness_directory(to, sizeof(to));
	snprintf(command, sizeof(command), "cp -L '%s'/*.so '%s' && chown 0:0 '%s'/*.so && "
	    "chmod 755 '%s'/*.so", from, to, to, to);
	if (system(command) != 0)
		expect_fail("cannot copy the modules in %s", from);
	return to;
}

const char *
harness_modules(void)
{
	static char path[1024];
	const char *given = getenv("WS_MODULES");

	if (given != NULL)
		return *given != '\0' ? given : NULL;
	snprintf(path, sizeof(path), "%s/modules/" LT_OBJDIR, harness_build_directory());
	return harness_is_foreign(path) ? copied_modules(path) : path;
}

/* Writes the arguments that precede the arguments of the test. Returns their number. */
static unsigned
add_settings(const char **argv)
{
	static const char *const valgrind_settings[] = {
		"module-timeout=1h", "start-workers=1", "min-spare=1", "max-spare=2"
	};
	const char *modules = harness_modules();
	unsigned n = 0;
	size_t i;

	/*
	 * The log must be the same for every user: without this setting root gets a warning.
	 * Tests that set the user themselves remove these two arguments, which must be the first
	 * ones.
	 */
	if (geteuid() == 0) {
		argv[n++] = "-o";
		argv[n++] = "user=root";
	}
	if (modules != NULL) {
		argv[n++] = "-m";
		argv[n++] = modules;
	}
	if (getenv("VALGRIND_PROGRAM") != NULL) {
		/*
		 * Some versions of valgrind restart a pselect() that the timer of module-timeout
		 * interrupts, with wrong arguments. Few workers save time, because valgrind
		 * translates the machine code of the server again in each process.
		 */
		for (i = 0; i < COUNTOF(valgrind_settings); i++) {
			argv[n++] = "-o";
			argv[n++] = valgrind_settings[i];
		}
	}
	return n;
}

void
harness_spawn(struct harness *h, const char *const *args, const int fds[3])
{
	const char *argv[ARGS];
	unsigned n = 0;

	harness_init(h);
	argv[n++] = program_path("WEBSOCKSY", "websocksy");
	if (*args != NULL && args[0][0] == '-' && args[1] != NULL &&
	    strchr("tThV", args[0][1]) == NULL)
		n += add_settings(argv + n);
	for (; *args != NULL; args++) {
		if (n == ARGS - 1)
			expect_fail("too many arguments");
		argv[n++] = *args;
	}
	argv[n] = NULL;
	harness_run(h, argv, fds);
}

static void
read_port(struct harness *h)
{
	char line[64], *end;

	harness_line(h, line, sizeof(line));
	h->port = (int)strtol(line, &end, 10);
	if (end == line || *end != '\0' || h->port < 1 || h->port > 65535)
		expect_fail("no port number on standard output: %s", line);
}

void
harness_start(struct harness *h, const char *const *args)
{
	harness_spawn(h, args, NULL);
	read_port(h);
}

unsigned
harness_add_args(const char **args, unsigned n, unsigned max, va_list ap)
{
	while ((args[n] = va_arg(ap, const char *)) != NULL)
		if (++n == max)
			expect_fail("too many arguments");
	return n;
}

void
harness_vbridge(struct harness *h, int peer, va_list ap)
{
	char port[32];
	const char *args[ARGS] = { "-l", "127.0.0.1", "-p", "0",
	    "-c", "host=tcp://127.0.0.1", "-c", port };

	snprintf(port, sizeof(port), "port=%d", peer);
	harness_add_args(args, 8, ARGS, ap);
	harness_start(h, args);
}

void
harness_bridge(struct harness *h, int peer, ...)
{
	va_list ap;

	va_start(ap, peer);
	harness_vbridge(h, peer, ap);
	va_end(ap);
}

void
harness_bridge_to(struct harness *h, const char *peer, ...)
{
	char host[300];
	const char *args[ARGS] = { "-l", "127.0.0.1", "-p", "0", "-c", host };
	va_list ap;

	snprintf(host, sizeof(host), "host=%s", peer);
	va_start(ap, peer);
	harness_add_args(args, 6, ARGS, ap);
	va_end(ap);
	harness_start(h, args);
}

void
harness_echo(struct harness *h, ...)
{
	const char *argv[ARGS] = { NULL };
	va_list ap;

	harness_init(h);
	argv[0] = program_path("ECHO", "t/tools/echo");
	va_start(ap, h);
	harness_add_args(argv, 1, ARGS, ap);
	va_end(ap);
	harness_run(h, argv, NULL);
	read_port(h);
}

/* -- stopping -- */

void
harness_signal(struct harness *h, int signal)
{
	if (h->pid <= 0 || kill(h->pid, signal) == -1)
		expect_fail("kill: the program is gone");
}

int
harness_wait(struct harness *h, int ms)
{
	uint64_t deadline = expect_deadline(ms);
	pid_t pid;

	while ((pid = waitpid(h->pid, &h->status, WNOHANG)) == 0)
		if (!expect_again(deadline))
			expect_fail("process %ld still runs after %d ms", (long)h->pid, ms);
	if (pid == -1)
		expect_fail("waitpid: %s", strerror(errno));
	h->pid = 0;
	return WIFEXITED(h->status) ? WEXITSTATUS(h->status) : 128 + WTERMSIG(h->status);
}

void
harness_clean(struct harness *h)
{
	harness_case_forget(h);
	harness_remove(h->dir);
	sock_close(&h->out);
	free(h->text);
	h->text = NULL;
}

/* Fails if the log has lines that the test does not expect. */
static void
check_log(struct harness *h)
{
	static const char *const bad[] = { " was ended by signal ", " ended with status " };
	unsigned i;

	h->mark = 0;
	if (harness_log_count(h, "Sanitizer") > 0 || harness_log_count(h, "runtime error:") > 0)
		expect_fail("a sanitizer has found something: see the log");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]) && !h->deaths; i++)
		if (harness_log_count(h, bad[i]) > 0)
			expect_fail("a worker died, which the test did not announce (deaths)");
}

void
harness_stop(struct harness *h)
{
	pid_t pids[CHILDREN];
	unsigned n = harness_children(h->pid, pids, CHILDREN);
	int status;

	harness_signal(h, SIGTERM);
	status = harness_wait(h, EXPECT_MS);
	if (status != 0)
		expect_fail("stopped with status %d", status);
	while (n > 0)
		harness_expect_gone(pids[--n], 1000);
	check_log(h);
	harness_clean(h);
}
