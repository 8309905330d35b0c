#!/bin/sh
# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# Tests the init script with a server from the first start to the last stop: the effect of each action, its messages,
# and its exit status as defined by LSB.
# shellcheck disable=SC2317 # functions are called by ok

. "${top_srcdir:-.}/t/shell/tap.sh"
. "${top_srcdir:-.}/t/shell/etc.sh"

[ -n "${WEBSOCKSY:-}" ] || bail_out 'run it through make check'
[ "$(id -u)" -eq 0 ] || skip_all 'NOT RUN: only root can start services'
for program in ps sed; do
	command -v "$program" >/dev/null 2>&1 || skip_all "NOT RUN: there is no $program"
done
tap_tmpdir
# Other users must be able to reach the directory, but not to write to it, or the pid file would be refused.
chmod 755 "$tap_directory"
etc_begin "$tap_directory/root"
script=$etc_root/websocksy
config=$etc_root/etc/websocksy.conf
pid_file=$etc_root/run/websocksy.pid
log=$etc_root/var/log/websocksy.log
etc_fill init.d/websocksy >"$script"
etc_fill default/websocksy >"$etc_root/etc/default/websocksy"
chmod 755 "$script"
cat >>"$etc_root/etc/default/websocksy" <<END
OPTIONS='-o status-file=$etc_root/run/websocksy.status -o log=$log'
END

# A build without extensions cannot give up root, so its configuration must have user=root.
user=nobody
if "$WEBSOCKSY" -t -o user=nobody 2>&1 | grep -q 'this build cannot give up root'; then
	diag 'this build cannot give up root: the workers stay root'
	user=root
fi

# Kills the servers that still run, also if the test is interrupted.
finish()
{
	if [ -s "$pid_file" ]; then
		read -r last <"$pid_file"
		[ "$(ps -p "$last" -o comm= 2>/dev/null)" != websocksy ] || kill -KILL "$last"
	fi
	[ -z "${other:-}" ] || kill -KILL "$other" 2>/dev/null
	rm -rf "$tap_directory"
}
trap finish EXIT

# script ACTION STATUS NAME: runs the script, which must exit with STATUS; its output is stored in $said.
script()
{
	said=$(sh "$script" ${1:+"$1"} 2>&1 </dev/null)
	script_status=$?
	if [ "$script_status" -eq "$2" ]; then
		tap_result 0 "$1: $3"
	else
		tap_result 1 "$1: $3"
		diag "status $script_status instead of $2: $said"
	fi
}

# says TEXT: the output of the last run must contain TEXT.
says()
{
	case $said in
	*"$1"*) tap_result 0 "and says: $1" ;;
	*) tap_result 1 "and says: $1"; diag "$said" ;;
	esac
}

# configure PORT [LINE]: writes the configuration of a server on this port.
configure()
{
	printf '[core]\nlisten = 127.0.0.1\nport = %s\nuser = %s\nstart-workers = 2\n%s\n' \
		"$1" "$user" "${2:-}" >"$config"
}

# within SECONDS COMMAND...: repeats the command until it succeeds; returns 1 if it does not succeed in that time.
within()
{
	within_left=$(($1 * 20))
	shift
	until "$@"; do
		[ "$within_left" -gt 0 ] || return 1
		within_left=$((within_left - 1))
		sleep 0.05
	done
}

# workers_are MASTER USER: true if all children of the master belong to the user.
workers_are()
{
	[ "$(ps -A -o ppid=,user= | awk -v of="$1" '$1 == of { print $2 }' | sort -u)" = "$2" ]
}

logged()
{
	grep -q "$1" "$log" 2>/dev/null
}

# serves: true if the running server answers. Its port is in the line "listening on" of the log.
serves()
{
	[ -f "$log" ] || return
	port=$(sed -n 's/^.*listening on 127\.0\.0\.1:\([0-9]*\).*/\1/p' "$log" | tail -n 1)
	[ -n "$port" ] && [ -x "${WSCLIENT:-}" ] || return
	# There is no peer, so a working server answers with 502.
	"$WSCLIENT" "ws://127.0.0.1:$port/" </dev/null 2>&1 | grep -q 502
}

# gone PID: true if the server has exited.
gone()
{
	[ "$(ps -p "$1" -o comm=)" != websocksy ]
}

pid()
{
	cat "$pid_file" 2>/dev/null
}

# --- before the first start

script '' 2 'a usage without an action'
script nonsense 2 'a usage for what it does not know'
says usage
script status 3 'not running'
script start 6 'there is no configuration'
says "cannot read $config"
configure 0 'nonsense = 1'
script start 6 'the configuration is invalid'
says "$config:6: there is no setting 'nonsense'"
script stop 0 'it does not run anyway'
script reload 7 'it does not run'
script force-reload 7 'it does not run'
script try-restart 0 'it does not run'
script status 3 'still not running'
configure 0
sed '/^user/d' "$config" >"$config.new" && mv "$config.new" "$config"
if id websocksy >/dev/null 2>&1 || id _websocksy >/dev/null 2>&1; then
	skip 'no user is given' 'the user websocksy exists'
else
	script start 6 'no user is given'
	says "root's daemon needs a user"
	script restart 6 'no user is given'
	ok 'no pid file is left' test ! -e "$pid_file"
fi
mv "$etc_root/sbin/websocksy" "$etc_root/sbin/gone"
for action in start restart reload; do
	script "$action" 5 'the program is not there'
done
script status 3 'without the program, too'
mv "$etc_root/sbin/gone" "$etc_root/sbin/websocksy"

# --- a port on which another server listens

other_out=$etc_root/other
"$WEBSOCKSY" -l 127.0.0.1 -p 0 -o user="$user" </dev/null >"$other_out" 2>/dev/null &
other=$!
within 20 test -s "$other_out"
configure "$(cat "$other_out")"
script start 1 'the port is taken'
says "cannot listen on 127.0.0.1:$(cat "$other_out"): "
ok 'no pid file is left' test ! -e "$pid_file"
kill -TERM "$other"
wait "$other"
other=

# --- start

configure 0
script start 0 'it starts'
first=$(pid)
ok 'the pid file is there' test -n "$first"
ok 'and when start is back, it serves' serves
script status 0 'running'
says "pid $first"
is "$(ps -o user= -p "$first")" root 'the master is root'
# A worker that has just been forked is still root, so wait.
ok "the workers are $user" within 10 workers_are "$first" "$user"
script start 0 'a second time'
says "already running (pid $first)"
is "$(pid)" "$first" 'nothing has changed'
said=$("$etc_root/sbin/websocksy" -d -f "$config" -o pid-file="$pid_file" -o status-file=none 2>&1)
is $? 1 'a second server without the script does not start'
says "already running as pid $first"
is "$(pid)" "$first" 'and has not touched the pid file'
for action in start stop restart reload; do
	said=$(cd / && su -s /bin/sh nobody -c "sh '$script' $action" 2>&1)
	is $? 4 "$action: only for root"
done
said=$(cd / && su -s /bin/sh nobody -c "sh '$script' status" 2>&1)
is $? 0 'status: every user may ask'
says "running (pid $first)"
script status 0 'still running'

# --- reload

configure 0 'max-message = 1m'
script reload 0 'it reads its configuration'
ok 'and says so in its log' within 20 logged 'reload'
is "$(pid)" "$first" 'the pid stays'
ok 'it serves' serves
configure 0 'max-message = nonsense'
for action in reload force-reload restart try-restart; do
	script "$action" 6 'the configuration is invalid'
	says "$config:6: max-message: 'nonsense'"
	is "$(pid)" "$first" 'the server is as it was'
done
script status 0 'still running'
configure 0
script force-reload 0 'as reload'
is "$(pid)" "$first" 'the pid stays'

# --- restart and stop

script restart 0 'a new server'
second=$(pid)
ok 'of another pid' test "$second" != "$first"
ok 'the old one is gone' gone "$first"
ok 'it serves' serves
script try-restart 0 'it runs, so it is restarted'
third=$(pid)
ok 'of another pid' test "$third" != "$second"
script stop 0 'it stops'
ok 'when stop is back, it is gone' gone "$third"
ok 'and so is the pid file' test ! -e "$pid_file"
script status 3 'not running'
script stop 0 'a second time'
script restart 0 'starts what does not run'
fourth=$(pid)
script status 0 'running'

# --- a server that was killed

kill -KILL "$fourth"
ok 'it is gone' within 10 gone "$fourth"
is "$(pid)" "$fourth" 'its pid file is not'
script status 1 'dead, but the pid file is there'
script reload 7 'it does not run'
# The pid file now has the pid of another process, which must not be signalled.
sleep 1000 &
other=$!
echo "$other" >"$pid_file"
script status 1 'the pid is not of a server'
script stop 0 'it does not run'
script reload 7 'it does not run'
ok 'the other process is well' kill -0 "$other"
script start 0 'it takes the pid file over'
ok 'and writes its own pid' test "$(pid)" != "$other"
ok 'it serves' serves
script stop 0 'it stops'
ok 'the other process is still well' kill -0 "$other"
kill "$other"
other=

# --- a pid file without a valid pid

for text in '' nonsense '-1' '1;true'; do
	printf '%s\n' "$text" >"$pid_file"
	script status 1 "a pid file with '$text'"
done
rm -f "$pid_file"
done_testing
