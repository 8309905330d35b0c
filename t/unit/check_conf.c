/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "conf/conf.h"
#include "lib/countof.h"
#include "lib/unit.h"

#define VALUE_SIZE	8192

static struct conf conf;

static void
setup(void)
{
	unit_log_capture();
	conf_init(&conf);
}

static void
teardown(void)
{
	conf_free(&conf);
	unit_log_release();
}

/* Writes text to a configuration file and reads it with conf_read(). */
static int
read_text(struct conf *c, const char *text)
{
	return conf_read(c, unit_file("conf", text, strlen(text)));
}

static uint64_t
number(size_t offset)
{
	uint64_t n;

	memcpy(&n, (char *)&conf + offset, sizeof(n));
	return n;
}

/*
 * Returns the value of a setting as conf_setting() reports it; NULL if there is no such setting.
 * Valid until the second call after this one.
 */
static const char *
setting_value(const struct conf *c, const char *wanted)
{
	static char values[2][VALUE_SIZE];
	static unsigned turn;
	char *value = values[turn++ % 2];
	const char *name, *help;
	unsigned i;

	for (i = 0; conf_setting(c, i, &name, &help, value, VALUE_SIZE); i++)
		if (strcmp(name, wanted) == 0)
			return value;
	return NULL;
}

#define AT(member)	offsetof(struct conf, member)
#define HUGE_NUMBER	"99999999999999999999999"

/* Every setting that is a number: its default, a valid value, and invalid ones. */
static const struct {
	const char	*name;
	size_t		 offset;
	uint64_t	 initial;
	const char	*good;
	uint64_t	 value;
	const char	*bad[6];
} numbers[] = {
	{ "backlog", AT(backlog), 1024, "5", 5, { "0", "5000000000" } },
	{ "start-workers", AT(start_workers), 8, "1", 1, { "0", "5000000000" } },
	{ "min-spare", AT(min_spare), 4, "2", 2, { "0", "5000000000" } },
	{ "max-spare", AT(max_spare), 32, "9", 9, { "0", "5000000000" } },
	{ "max-workers", AT(max_workers), 1024, "77", 77, { "0", "5000000000", "1k" } },
	{ "max-connections-per-worker", AT(max_connections_per_worker), 1000, "0", 0, { "1k" } },
	{ "max-message", AT(max_message), 16777216, "64k", 65536, { "0", "1kb", "17179869184g" } },
	{ "ping", AT(ping), 30000, "1.5m", 90000, { "1000000d", "1e3", "5 s" } },
	{ "ping", AT(ping), 30000, "0", 0, { "" } },
	{ "ping", AT(ping), 30000, "1", 1000, { "" } },
	{ "pong-timeout", AT(pong_timeout), 20000, "100ms", 100, { "0", "0s", "1000000d" } },
	{ "idle-timeout", AT(idle_timeout), 0, "1h", 3600000, { "10000000d" } },
	{ "handshake-timeout", AT(handshake_timeout), 10000, "0.5", 500, { "0", "1000000d" } },
	{ "connect-timeout", AT(connect_timeout), 10000, "2s", 2000, { "0", "1000000d" } },
	{ "stall-timeout", AT(stall_timeout), 60000, "1d", 86400000, { "0", "1000000d" } },
	{ "close-timeout", AT(close_timeout), 5000, "250ms", 250, { "0", "1000000d" } },
	{ "drain-timeout", AT(drain_timeout), 0, "0.25s", 250, { "10000000d" } },
	{ "log-level", AT(log_level), LOG_LEVEL_INFO, "debug", LOG_LEVEL_DEBUG, { "4", "loud" } },
	{ "log-level", AT(log_level), LOG_LEVEL_INFO, "error", LOG_LEVEL_ERROR, { "err" } },
	{ "log-level", AT(log_level), LOG_LEVEL_INFO, "warn", LOG_LEVEL_WARN, { "inf" } }
};

/*
 * Sets an invalid value. It must be refused: one log line names the place, the setting and the
 * value, and no setting changes.
 */
static void
refuse(const char *name, const char *value)
{
	char before[VALUE_SIZE], quoted[64];

	unit_log_capture();
	strcpy(before, setting_value(&conf, name));
	ck_assert_msg(conf_set(&conf, name, value, "here:12") == -1, "%s = '%s'", name, value);
	ck_assert_msg(unit_log_count(NULL) == 1 && unit_log_count("here:12: ") == 1 &&
	    unit_log_count(name) == 1, "%s = '%s': %s", name, value, unit_log_text());
	snprintf(quoted, sizeof(quoted), "'%s'", value);
	ck_assert_msg(unit_log_count(quoted) == 1 || strpbrk(value, "\n\xff") != NULL, "%s: %s",
	    quoted, unit_log_text());
	ck_assert_str_eq(setting_value(&conf, name), before);
}

START_TEST(conf_numbers)
{
	static const char *const bad[] = {
		"", " ", "-1", "-", "x", "1x", "0x10", "1 ", " 1", "1\n", "+1", "1.5.5", "1,5",
		"one", "1 2", "\xff", "yes", HUGE_NUMBER
	};
	const char *name = numbers[_i].name;
	size_t i;

	ck_assert_uint_eq(number(numbers[_i].offset), numbers[_i].initial);
	for (i = 0; i < COUNTOF(bad); i++)
		refuse(name, bad[i]);
	for (i = 0; numbers[_i].bad[i] != NULL; i++)
		refuse(name, numbers[_i].bad[i]);
	ck_assert_uint_eq(number(numbers[_i].offset), numbers[_i].initial);
	unit_log_capture();
	ck_assert_int_eq(conf_set(&conf, name, numbers[_i].good, "-o"), 0);
	ck_assert_uint_eq(number(numbers[_i].offset), numbers[_i].value);
	ck_assert_str_eq(unit_log_text(), "");
}
END_TEST

/*
 * The message about an invalid number must contain the range of valid numbers. The test then sets
 * the ends of this range.
 */
START_TEST(conf_message_has_the_range)
{
	const char *name = numbers[_i].name, *at;
	unsigned long long least, most;
	char value[64], unit[2][8] = { "", "" };

	ck_assert_int_eq(conf_set(&conf, name, "x", "-o"), -1);
	if (numbers[_i].offset == AT(log_level)) {
		ck_assert_ptr_nonnull(strstr(unit_log_text(), "error, warn, info or debug"));
		return;
	}
	at = strstr(unit_log_text(), " from ");
	ck_assert_msg(at != NULL, "%s", unit_log_text());
	ck_assert_msg(sscanf(at, " from %llu%7[a-z] to %llu%7[a-z]", &least, unit[0], &most,
	    unit[1]) == 4 || sscanf(at, " from %llu to %llu", &least, &most) == 2, "%s", at);
	snprintf(value, sizeof(value), "%llu%s", least, unit[0]);
	ck_assert_int_eq(conf_set(&conf, name, value, "-o"), 0);
	snprintf(value, sizeof(value), "%llu%s", most, unit[1]);
	ck_assert_int_eq(conf_set(&conf, name, value, "-o"), 0);
	snprintf(value, sizeof(value), "%llu%s", most + 1, unit[1]);
	refuse(name, value);
	snprintf(value, sizeof(value), "%llu%s", least - 1, unit[0]);
	if (least > 0)
		refuse(name, value);
}
END_TEST

static const struct {
	const char	*name, *value;
	int		 result;
} texts[] = {
	{ "listen", "127.0.0.1", 0 }, { "listen", "::1", 0 }, { "listen", "host.example", 0 },
	{ "listen", "", -1 },
	{ "port", "0", 0 }, { "port", "1", 0 }, { "port", "65535", 0 }, { "port", "http", 0 },
	{ "port", "", -1 }, { "port", "65536", -1 }, { "port", "-1", -1 }, { "port", "+1", -1 },
	{ "port", "80 ", -1 }, { "port", "8 0", -1 }, { "port", "99999999999", -1 },
	{ "port", "8001/tcp", -1 }, { "port", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", -1 },
	{ "port", "80x", -1 }, { "port", "8000,8001", -1 }, { "port", "0x50", -1 },
	{ "port", "any", -1 }, { "port", "\"80\"", -1 }, { "port", "80 # web", -1 },
	{ "port", "80;", -1 }, { "port", ":80", -1 }, { "port", "8000-8010", -1 },
	{ "listen-mode", "0660 # group", -1 }, { "port", "8001\t# x", -1 },
	{ "listen", "/run/x.sock", -1 }, { "listen", "::1:8001", -1 },
	{ "listen", "localhost:80x", -1 }, { "listen", "localhost 8001", -1 },
	{ "listen", "localhost:http", 0 }, { "listen", "8001", -1 },
	{ "listen", "'::'", -1 }, { "listen", ":: # all", -1 }, { "listen", "[::]:80x", -1 },
	{ "user", "nobody", 0 }, { "user", "1000", 0 }, { "user", "nobody:nogroup", -1 },
	{ "user", "nobody,root", -1 }, { "user", "nobody # x", -1 }, { "user", "'nobody'", -1 },
	{ "group", "domain users", 0 }, { "group", "a:b", -1 }, { "group", "\"a\"", -1 },
	{ "listen-owner", "a:b", -1 }, { "listen-group", "a,b", -1 },
	{ "listen-owner", "1000", 0 }, { "listen-mode", "660", 0 }, { "listen-mode", "0o66", -1 },
	{ "listen-mode", "rwx", -1 }, { "listen-mode", "1777", -1 }, { "listen-mode", "08", -1 },
	{ "chroot", "/srv", 0 }, { "chroot", "srv", -1 }, { "chroot", "none", -1 },
	{ "pid-file", "/run/x.pid", 0 }, { "pid-file", "x.pid", -1 }, { "pid-file", "yes", -1 },
	{ "pid-file", "none", 0 }, { "pid-file", "/run/x.pid # x", -1 }, { "pid-file", "", -1 },
	{ "status-file", "no", -1 }, { "status-file", "\"/run/x\"", -1 },
	{ "status-file", "/run/x;", -1 }, { "log", "/var/log/x # main", -1 },
	{ "log", "/var/log/x;", -1 }, { "log", "~/x", -1 }, { "log", "x.log", -1 },
	{ "log", "stdout", -1 }, { "log", "syslog:daemon", -1 }, { "log", "/var/log/x#1", 0 },
	{ "log", "/var/log/x ; y", -1 }, { "log", "/var/log/a b", 0 },
	{ "log-format", "JSON", 0 }, { "log-format", "xml", -1 }, { "log-format", "true", -1 },
	{ "log-level", "warning", -1 }, { "log-level", "notice", -1 },
	{ "client-address", "X-Forwarded-For", 0 }, { "client-address", "x-real-ip", -1 },
	{ "client-address", "yes", -1 }, { "allow-peers", "localhost:5900", -1 },
	{ "allow-peers", "*", -1 }, { "allow-peers", "tcp://localhost", -1 },
	{ "allow-peers", "any # x", -1 }, { "allow-peers", "tcp://10.0.0.0/8:5900;", -1 },
	{ "trusted-proxies", "localhost", -1 }, { "trusted-proxies", "yes", -1 },
	{ "trusted-proxies", "10.0.0.0/255.0.0.0", -1 }, { "trusted-proxies", "10.0.0.1:80", -1 },
	{ "backend", "map file", -1 }, { "backend", "map,file", -1 }, { "backend", "\"map\"", -1 },
	{ "module-directory", "\"/lib\"", -1 }, { "module-directory", "/lib # x", -1 },
	{ "backend", "file", 0 }, { "backend", "", -1 }, { "backend", "../file", -1 },
	{ "backend", "/lib/file", -1 },
	{ "origin", "any", 0 }, { "origin", "same-host", 0 }, { "origin", "null", 0 },
	{ "origin", "https://example.com", 0 },
	{ "origin", "https://a.example http://b.example:8080", 0 }, { "origin", "", -1 },
	{ "socket-directory", "/run/websocksy", 0 }, { "socket-directory", "", -1 },
	{ "socket-directory", "tmp", -1 }, { "socket-directory", "./tmp", -1 },
	{ "socket-directory", "/tmp # x", -1 }, { "socket-directory", "'/tmp'", -1 },
	/*
	 * these values cannot be written in a line of a file, so they are refused from all
	 * sources
	 */
	{ "listen", "a\nb", -1 }, { "socket-directory", "/tmp\nport = 1", -1 },
	{ "socket-directory", " /tmp", -1 }, { "socket-directory", "/tmp ", -1 }
};

START_TEST(conf_texts)
{
	const char *name = texts[_i].name, *value = texts[_i].value;

	ck_assert_msg(conf_set(&conf, name, value, "-x") == texts[_i].result, "%s = '%s'", name,
	    value);
	ck_assert_msg(unit_log_count(NULL) == (texts[_i].result == 0 ? 0 : 1) &&
	    unit_log_count("-x: ") == unit_log_count(name), "%s = '%s': %s", name, value,
	    unit_log_text());
	/* Words are shown in lower case. */
	if (texts[_i].result == 0)
		ck_assert_msg(strcasecmp(setting_value(&conf, name), value) == 0, "%s",
		    setting_value(&conf, name));
}
END_TEST

/* A value of another kind of file: the message says so, whatever else is wrong with the value. */
START_TEST(conf_habits)
{
	static const struct {
		const char	*name, *value, *says;
	} rows[] = {
		{ "listen-mode", "0660 # group", "a comment is a line of its own" },
		{ "port", "8001 # the port of the WebSocket server", "a comment is a line of" },
		{ "port", "8001\t# x", "a comment is a line of its own" },
		{ "ping", "30s # often", "a comment is a line of its own" },
		{ "max-message", "1m ; big", "a comment is a line of its own" },
		{ "max-workers", "'10'", "a value is not put in quotes" },
		{ "log-level", "\"debug\"", "a value is not put in quotes" },
		{ "log", "/var/log/x;", "a value does not end with a semicolon" },
		{ "user", "\"nobody\"", "a value is not put in quotes" }
	};
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		unit_log_capture();
		ck_assert_int_eq(conf_set(&conf, rows[i].name, rows[i].value, "f:7"), -1);
		ck_assert_msg(unit_log_count(rows[i].says) == 1 && unit_log_count("f:7: ") == 1,
		    "%s: %s", rows[i].name, unit_log_text());
	}
}
END_TEST

START_TEST(conf_defaults_of_texts)
{
	ck_assert_str_eq(conf.listen, "::");
	ck_assert_str_eq(conf.port, "8001");
	ck_assert_str_eq(conf.backend, "internal");
	ck_assert_str_eq(conf.origin, "same-host");
	ck_assert_ptr_null(conf.options);
}
END_TEST

START_TEST(conf_suggests_the_nearest)
{
	static const struct {
		const char	*name, *suggestion;
	} rows[] = {
		{ "pign", "ping" }, { "Ping", "ping" }, { "prot", "port" }, { "listn", "listen" },
		{ "min_spare", "min-spare" }, { "max_spare", "max-spare" },
		{ "max-worker", "max-workers" }, { "log_level", "log-level" },
		{ "pongtimeout", "pong-timeout" }, { "origins", "origin" },
		{ "max-connection-per-worker", "max-connections-per-worker" },
		{ "backends", "backend" }, { "", NULL }, { "x", NULL }, { "colour", NULL },
		{ "xxxxxxxxxxxx", NULL }, { "PORT", "port" }, { "Max_Workers", "max-workers" },
		{ "max_connections_per_worker", "max-connections-per-worker" },
		/* similar names have at most two changes */
		{ "lisn", "listen" }, { "lis", NULL }, { "log-levels", "log-level" },
		{ "log-leveling", NULL }, { "idle", NULL }, { "orgn", "origin" }, { "rgn", NULL },
		{ "user-name", NULL }, { "users", "user" }, { "username", NULL }
	};
	char quoted[64];
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		unit_log_capture();
		ck_assert_int_eq(conf_set(&conf, rows[i].name, "1", "f:3"), -1);
		ck_assert_uint_eq(unit_log_count(NULL), 1);
		snprintf(quoted, sizeof(quoted), "'%s'", rows[i].name);
		ck_assert_msg(unit_log_count(quoted) == 1 && unit_log_count("f:3: ") == 1, "%s",
		    unit_log_text());
		snprintf(quoted, sizeof(quoted), "'%s'", rows[i].suggestion);
		ck_assert_msg(rows[i].suggestion == NULL ?
		    strstr(unit_log_text(), "meant") == NULL : unit_log_count(quoted) == 1,
		    "%s: %s", rows[i].name, unit_log_text());
	}
}
END_TEST

/* The names of one section in the other: the message says where they belong. */
START_TEST(conf_names_of_the_other_section)
{
	static const struct {
		const char	*name, *backend, *place, *says;
	} rows[] = {
		{ "host", "internal", "f:3", "host is an option of the backend: "
		    "it belongs in [backend]" },
		{ "framing", "internal", "f:3", "framing is an option of the backend: "
		    "it belongs in [backend]" },
		{ "framing-config", "map", "f:3", "it belongs in [backend]" },
		{ "protocol", "internal", "-o", "give it as -c protocol=VALUE" },
		{ "expression", "file", "f:3", "expression is an option of the backend: "
		    "it belongs in [backend]" },
		{ "tokens", "map", "-o", "give it as -c tokens=VALUE" },
		{ "expression", "internal", "f:3", "the backend file has such an option" },
		{ "timeout", "internal", "f:3", "the backend exec has such an option" },
		{ "hosts", "internal", "f:3", "is 'host' meant, an option of the backend" },
		{ "protocols", "internal", "f:3", "is 'protocol' meant, an option of the backend" },
		{ "prot", "internal", "f:3", "is 'port' meant?" }
	};
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		ck_assert_int_eq(conf_set(&conf, "backend", rows[i].backend, "-b"), 0);
		unit_log_capture();
		ck_assert_int_eq(conf_set(&conf, rows[i].name, "1", rows[i].place), -1);
		ck_assert_msg(unit_log_count(NULL) == 1 && unit_log_count(rows[i].place) == 1 &&
		    unit_log_count(rows[i].says) == 1, "%s: %s", rows[i].name, unit_log_text());
	}
}
END_TEST

START_TEST(conf_pairs)
{
	ck_assert_int_eq(conf_set_pair(&conf, "ping=5", "-o"), 0);
	ck_assert_uint_eq(conf.ping, 5000);
	ck_assert_int_eq(conf_set_pair(&conf, "ping", "-o"), -1);
	ck_assert_int_eq(conf_set_pair(&conf, "", "-o"), -1);
	ck_assert_int_eq(conf_set_pair(&conf, "=5", "-o"), -1);
	ck_assert_int_eq(conf_set_pair(&conf, "ping=", "-o"), -1);
	ck_assert_int_eq(conf_set_pair(&conf, "ping==5", "-o"), -1);
	ck_assert_uint_eq(unit_log_count(NULL), 5);
	/* written as in a file */
	ck_assert_int_eq(conf_set_pair(&conf, "ping = 6", "-o"), 0);
	ck_assert_uint_eq(conf.ping, 6000);
	ck_assert_int_eq(conf_set_pair(&conf, "ping \t=5", "-o"), 0);
	ck_assert_uint_eq(unit_log_count("-o: "), 5);
	ck_assert_uint_eq(conf.ping, 5000);
	unit_log_capture();
	ck_assert_int_eq(conf_add_option_pair(&conf, "framing-config=a=b=", "-c"), 0);
	ck_assert_str_eq(conf.options->name, "framing-config");
	ck_assert_str_eq(conf.options->value, "a=b=");
	ck_assert_str_eq(conf.options->place, "-c");
	ck_assert_int_eq(conf_add_option_pair(&conf, "empty=", "-c"), 0);
	ck_assert_str_eq(conf.options->next->value, "");
	ck_assert_int_eq(conf_add_option_pair(&conf, "nothing", "-c"), -1);
	ck_assert_int_eq(conf_add_option_pair(&conf, "=x", "-c"), -1);
	ck_assert_int_eq(conf_add_option_pair(&conf, "", "-c"), -1);
	ck_assert_uint_eq(unit_log_count("-c: "), 3);
	ck_assert_ptr_null(conf.options->next->next);
	/* A blank may be the value. */
	ck_assert_int_eq(conf_add_option_pair(&conf, "blank= ", "-c"), 0);
	ck_assert_str_eq(conf.options->next->next->value, " ");
}
END_TEST

/*
 * An option belongs to the backend that is set when the option is read. Setting another backend
 * drops it.
 */
START_TEST(conf_backend_drops_options)
{
	static const char text[] =
	    "\n\n[core]\nbackend = file\n"
	    "[backend]\npath = /p\npath = /q\n[core]\nport = 1\n[backend]\nlast =\n";

	ck_assert_int_eq(conf_add_option(&conf, "host", "dropped", "-c"), 0);
	ck_assert_ptr_nonnull(conf.options);
	ck_assert_int_eq(conf_set(&conf, "backend", "other", "-b"), 0);
	ck_assert_ptr_null(conf.options);
	ck_assert_int_eq(read_text(&conf, text), 0);
	ck_assert_str_eq(conf.backend, "file");
	ck_assert_str_eq(conf.options->name, "path");
	ck_assert_str_eq(conf.options->value, "/p");
	ck_assert_ptr_nonnull(strstr(conf.options->place, "conf:6"));
	ck_assert_str_eq(conf.options->next->value, "/q");
	ck_assert_str_eq(conf.options->next->next->name, "last");
	ck_assert_str_eq(conf.options->next->next->value, "");
	ck_assert_ptr_null(conf.options->next->next->next);
	/* Options of a file are dropped by an option of the command line. */
	ck_assert_ptr_nonnull(strstr(conf.dropped, "such as host (-c)"));
	/* A backend name that is refused drops no options. */
	ck_assert_int_eq(conf_set(&conf, "backend", "", "-b"), -1);
	ck_assert_ptr_nonnull(conf.options);
}
END_TEST

/* In one file, options before their backend are an error with both places; they are kept. */
START_TEST(conf_backend_after_options)
{
	static const char text[] = "[backend]\nfile = /m\n\n[core]\nbackend = map\n";

	ck_assert_int_eq(read_text(&conf, text), -1);
	ck_assert_uint_eq(unit_log_count(NULL), 1);
	ck_assert_uint_eq(unit_log_count("conf:5: backend comes after"), 1);
	ck_assert_uint_eq(unit_log_count("conf:2: file)"), 1);
	ck_assert_str_eq(conf.options->name, "file");
	ck_assert_str_eq(conf.backend, "map");
	ck_assert_int_eq(conf.known, CONF_COMPLETE);
	unit_log_capture();
	ck_assert_int_eq(conf_set(&conf, "backend", "file", "-b"), 0);
	ck_assert_ptr_null(conf.options);
	ck_assert_ptr_nonnull(strstr(conf.dropped, "-b: "));
	ck_assert_str_eq(unit_log_text(), "");
}
END_TEST

START_TEST(conf_places)
{
	ck_assert_str_eq(conf_place(&conf, "port"), "default");
	ck_assert_int_eq(read_text(&conf, "\nport = 1\nport = x y\nmin-spare = 99\n"), -1);
	ck_assert_ptr_nonnull(strstr(conf_place(&conf, "port"), "conf:2"));
	ck_assert_int_eq(conf_set(&conf, "port", "2", "-p"), 0);
	ck_assert_str_eq(conf_place(&conf, "port"), "-p");
	ck_assert_str_eq(conf_place(&conf, "nonsense"), "default");
	unit_log_capture();
	ck_assert_int_eq(conf_check(&conf), -1);
	ck_assert_uint_eq(unit_log_count("conf:4: min-spare (99)"), 1);
}
END_TEST

/* What the faults of a configuration mean for the check of the backend. */
START_TEST(conf_knowledge)
{
	static const struct {
		const char		*text;
		enum conf_knowledge	 known;
	} rows[] = {
		{ "port = 1\n", CONF_COMPLETE }, { "ping = x\n", CONF_COMPLETE },
		{ "host = x\n", CONF_INCOMPLETE }, { "[bakend]\nx = y\n", CONF_INCOMPLETE },
		{ "[backend]\nx\n", CONF_INCOMPLETE }, { "[backend]\n= x\n", CONF_INCOMPLETE },
		{ "backend = ../x\nhost = x\n", CONF_NO_BACKEND },
		{ "module-directory =\n", CONF_NO_BACKEND }
	};
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		conf_free(&conf);
		conf_init(&conf);
		(void)read_text(&conf, rows[i].text);
		ck_assert_msg(conf.known == rows[i].known, "%s", rows[i].text);
	}
	ck_assert_int_eq(conf_read(&conf, "/nonexistent"), -1);
	ck_assert_int_eq(conf.known, CONF_NOTHING);
}
END_TEST

START_TEST(conf_checks_together)
{
	static const struct {
		uint64_t	start, min_spare, max_spare, max;
		const char	*names[2];	/* settings in the message; NULL: valid */
	} rows[] = {
		{ 8, 4, 32, 1024, { NULL, NULL } }, { 1, 1, 1, 1, { NULL, NULL } },
		{ 4, 4, 4, 4, { NULL, NULL } }, { 10, 4, 32, 10, { NULL, NULL } },
		{ 8, 5, 4, 1024, { "min-spare", "max-spare" } },
		{ 11, 4, 32, 10, { "start-workers", "max-workers" } }
	};
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		unit_log_capture();
		conf.start_workers = rows[i].start;
		conf.min_spare = rows[i].min_spare;
		conf.max_spare = rows[i].max_spare;
		conf.max_workers = rows[i].max;
		ck_assert_msg(conf_check(&conf) == (rows[i].names[0] == NULL ? 0 : -1), "row %zu",
		    i);
		if (rows[i].names[0] == NULL)
			ck_assert_str_eq(unit_log_text(), "");
		else
			ck_assert_msg(unit_log_count(rows[i].names[0]) == 1 &&
			    unit_log_count(rows[i].names[1]) == 1, "row %zu: %s", i,
			    unit_log_text());
	}
}
END_TEST

/* Two configurations must have the same settings, as text and as numbers. */
static void
assert_same(const struct conf *a, const struct conf *b)
{
	static char one[VALUE_SIZE], other[VALUE_SIZE];
	const char *name, *help;
	unsigned i;

	for (i = 0; conf_setting(a, i, &name, &help, one, sizeof(one)); i++) {
		ck_assert_int_eq(conf_setting(b, i, &name, &help, other, sizeof(other)), 1);
		ck_assert_msg(strcmp(one, other) == 0, "%s: '%s' and '%s'", name, one, other);
	}
	ck_assert_int_eq(memcmp(&a->log_level, &b->log_level,
	    sizeof(*a) - offsetof(struct conf, log_level)), 0);
}

/* The settings, written as lines of a file and read back, must give the same configuration. */
static void
assert_dump(const struct conf *c)
{
	static char text[4 * VALUE_SIZE], value[VALUE_SIZE];
	const char *name, *help;
	struct conf again;
	size_t at = 0;
	unsigned i;

	for (i = 0; conf_setting(c, i, &name, &help, value, sizeof(value)); i++) {
		ck_assert(*help != '\0' && strchr(help, '\n') == NULL);
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s = %s\n", name, value);
		ck_assert_uint_lt(at, sizeof(text));
	}
	ck_assert_uint_ge(i, 21);
	conf_init(&again);
	unit_log_capture();
	ck_assert_msg(read_text(&again, text) == 0, "%s", unit_log_text());
	assert_same(c, &again);
	conf_free(&again);
}

START_TEST(conf_dump_reads_back)
{
	char value[32];
	uint64_t random = 7;
	int turn;
	size_t i;

	assert_dump(&conf);
	ck_assert_int_eq(conf_set(&conf, "origin", "https://a.example null", "-o"), 0);
	ck_assert_int_eq(conf_set(&conf, "socket-directory", "/run/a = b#c ;d", "-o"), 0);
	ck_assert_int_eq(conf_set(&conf, "backend", "file", "-o"), 0);
	for (i = 0; i < COUNTOF(numbers); i++) {
		ck_assert_int_eq(conf_set(&conf, numbers[i].name, numbers[i].good, "-o"), 0);
		assert_dump(&conf);
	}
	for (turn = 0; turn < 200; turn++) {
		snprintf(value, sizeof(value), "%u%s",
		    1 + (unsigned)(unit_random(&random) % 100000), turn % 2 ? "ms" : "");
		(void)conf_set(&conf, numbers[(size_t)turn % COUNTOF(numbers)].name, value, "-o");
		assert_dump(&conf);
	}
	/* A value that does not fit is truncated, and no byte after the buffer is written. */
	conf_setting(&conf, 0, &(const char *){ NULL }, &(const char *){ NULL }, value, 1);
	ck_assert_str_eq(value, "");
}
END_TEST

START_TEST(conf_free_frees)
{
	conf_set(&conf, "listen", "a", "-l");
	conf_set(&conf, "listen", "b", "-l");
	conf_add_option(&conf, "a", "b", "-c");
	conf_free(&conf);
	conf_init(&conf);
	ck_assert_str_eq(conf.listen, "::");
	ck_assert_ptr_null(conf.options);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("conf");
	TCase *tc = tcase_create("conf");

	tcase_add_unchecked_fixture(tc, unit_files_setup, unit_files_remove);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, conf_numbers, 0, COUNTOF(numbers));
	tcase_add_loop_test(tc, conf_message_has_the_range, 0, COUNTOF(numbers));
	tcase_add_loop_test(tc, conf_texts, 0, COUNTOF(texts));
	tcase_add_test(tc, conf_habits);
	tcase_add_test(tc, conf_defaults_of_texts);
	tcase_add_test(tc, conf_suggests_the_nearest);
	tcase_add_test(tc, conf_names_of_the_other_section);
	tcase_add_test(tc, conf_pairs);
	tcase_add_test(tc, conf_backend_drops_options);
	tcase_add_test(tc, conf_backend_after_options);
	tcase_add_test(tc, conf_places);
	tcase_add_test(tc, conf_knowledge);
	tcase_add_test(tc, conf_checks_together);
	tcase_add_test(tc, conf_dump_reads_back);
	tcase_add_test(tc, conf_free_frees);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"
