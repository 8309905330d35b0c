#!/bin/sh
# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# Tests that the program accepts each command line, option and setting in the files of etc/, also in their comments.
# t/shell/etc_init.t and t/interop run these files.

. "${top_srcdir:-.}/t/shell/tap.sh"
. "${top_srcdir:-.}/t/shell/etc.sh"

[ -n "${WEBSOCKSY:-}" ] || bail_out 'run it through make check'
tap_tmpdir
etc_begin "$tap_directory/root"
cp "${top_srcdir:-.}/etc/websocksy.conf" "$etc_root/etc/websocksy.conf"
# The sample configuration is tested by manual.t.
etc_files | grep -v '^websocksy\.' >"$tap_directory/files"
ok 'there are files' test "$(wc -l <"$tap_directory/files")" -gt 10

# commands: prints the arguments of each command line of websocksy in the input.
commands()
{
	awk '
	/\\$/ { sub(/\\$/, ""); line = line $0; next }
	{ print line $0; line = "" }' |
		sed -n -e 's/^server_args *= *//' -e 's/^[	 ]*server_args *= /websocksy /' \
			-e 's/^.*websocksy \(-[^#]*\)$/\1/p'
}

while read -r file; do
	etc_fill "$file" >"$tap_directory/filled"
	if grep -n '@[a-z]*dir@' "$tap_directory/filled"; then
		tap_result 1 "$file: every directory is filled in"
	else
		tap_result 0 "$file: every directory is filled in"
	fi
	# Command lines with -i, for one connection, are checked without it.
	commands <"$tap_directory/filled" | sed -e 's/^-[it] //' -e 's/ -o log=[^ ]*//' >"$tap_directory/commands"
	while read -r arguments; do
		# The arguments are a list of words.
		# shellcheck disable=SC2086
		ok "$file: websocksy $arguments" websocksy -t $arguments
	done <"$tap_directory/commands"
	# Settings of websocksy that the comments in the file of another program show.
	sed -n 's/^[;#]	\([a-z-]* = .*\)$/\1/p' "$tap_directory/filled" >"$tap_directory/settings"
	while read -r setting; do
		name=${setting%% = *}
		ok "$file: $setting" websocksy -t -o "$name=${setting#* = }"
	done <"$tap_directory/settings"
done <"$tap_directory/files"

# --- shell scripts

for file in init.d/websocksy default/websocksy tcpserver/run; do
	etc_fill "$file" >"$tap_directory/script"
	ok "$file is a valid script" sh -n "$tap_directory/script"
done
for file in init.d/websocksy tcpserver/run; do
	ok "$file can be run" test -x "$etc_source/$file.in"
done
etc_fill default/websocksy | sed -n 's/^#*\([A-Z]*\)=.*/\1/p' >"$tap_directory/variables"
ok 'default/websocksy has variables' test -s "$tap_directory/variables"
while read -r variable; do
	ok "the init script knows $variable" grep -q "^$variable=" "$etc_source/init.d/websocksy.in"
done <"$tap_directory/variables"

# --- the header that LSB requires in an init script

etc_fill init.d/websocksy | sed -n '/^### BEGIN INIT INFO$/,/^### END INIT INFO$/p' >"$tap_directory/info"
for keyword in Provides Required-Start Required-Stop Default-Start Default-Stop Short-Description Description; do
	ok "the init script has $keyword" grep -q "^# $keyword: *[^ ]" "$tap_directory/info"
done
done_testing
