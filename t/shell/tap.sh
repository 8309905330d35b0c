# tap.sh: functions for shell tests whose output is TAP. To be sourced by a POSIX sh.
#
#	. "${top_srcdir:-.}/t/shell/tap.sh"
#	ok 'the file is there' test -e "$file"
#	is "$(program -V)" 'program 1.0' 'it knows its version'
#	done_testing
#
# The output of a command that `ok` runs is printed only if the command fails, as comments.
# shellcheck shell=sh

tap_count=0
tap_failed=0
tap_directory=

# diag TEXT...: prints the text as comments of TAP.
diag()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

# tap_result STATUS NAME: prints the result of a test: passed if STATUS is 0, otherwise failed.
tap_result()
{
	tap_count=$((tap_count + 1))
	if [ "$1" -eq 0 ]; then
		printf 'ok %d - %s\n' "$tap_count" "$2"
	else
		tap_failed=$((tap_failed + 1))
		printf 'not ok %d - %s\n' "$tap_count" "$2"
	fi
}

# ok NAME COMMAND [ARG...]: a test that passes if the command exits with 0.
ok()
{
	tap_name=$1
	shift
	if tap_output=$("$@" 2>&1); then
		tap_result 0 "$tap_name"
	else
		tap_status=$?
		tap_result 1 "$tap_name"
		diag "status $tap_status from: $*"
		[ -z "$tap_output" ] || diag "$tap_output"
	fi
}

# is GOT WANTED NAME: a test that passes if the two strings are equal.
is()
{
	if [ "$1" = "$2" ]; then
		tap_result 0 "$3"
	else
		tap_result 1 "$3"
		diag "got:    $1"
		diag "wanted: $2"
	fi
}

# skip NAME REASON: reports a test that cannot run here.
skip()
{
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$1" "$2"
}

# skip_all REASON: reports that no test of this program can run here, and exits.
skip_all()
{
	printf '1..0 # SKIP %s\n' "$1"
	exit 0
}

# bail_out REASON: reports that the test itself cannot work, and exits.
bail_out()
{
	printf 'Bail out! %s\n' "$1"
	exit 1
}

# tap_tmpdir: makes a directory and stores its path in $tap_directory. It is removed at exit.
tap_tmpdir()
{
	tap_directory=$(mktemp -d "${TMPDIR:-/tmp}/websocksy-t.XXXXXX") || bail_out 'no temporary directory'
	trap 'rm -rf "$tap_directory"' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

# WS_MODULES is the directory of the modules: by default that of the build. If it is empty, the program uses its
# default.
if [ -z "${WS_MODULES+set}" ]; then
	for WS_MODULES in "${top_builddir:-.}/modules/.libs" "${top_builddir:-.}/modules/_libs"; do
		[ ! -d "$WS_MODULES" ] || break
	done
fi

# websocksy ARGUMENTS...: runs the program with these modules.
websocksy()
{
	"$WEBSOCKSY" ${WS_MODULES:+-m "$WS_MODULES"} "$@"
}

# done_testing: prints the plan and exits. Output without a plan is incomplete, which is reported as an error.
done_testing()
{
	printf '1..%d\n' "$tap_count"
	[ "$tap_failed" -eq 0 ] || diag "$tap_failed of $tap_count failed"
	exit 0
}
