#!/bin/sh
# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# Tests the manual pages: they must be valid mdoc, have the same options and commands as the programs, and examples that
# the programs accept. The sample configuration is compared with the program, too; websocksy.conf(5) is compared by
# t/unit/check_manual.c.

. "${top_srcdir:-.}/t/shell/tap.sh"

top=${top_srcdir:-.}
page=$top/man/websocksy.8
settings_page=$top/man/websocksy.conf.5
sample=$top/etc/websocksy.conf
[ -n "${WEBSOCKSY:-}" ] || bail_out 'run it through make check'
tap_tmpdir

# --- mandoc's own check

if command -v mandoc >/dev/null 2>&1; then
	for file in "$top"/man/*.[1-9]; do
		ok "${file##*/} passes mandoc" mandoc -T lint -W warning "$file"
	done
else
	skip 'mandoc -T lint' 'mandoc not found'
fi

# --- options: in the synopsis of -h, in the list of -h, and in the list of the page

synopsis=$("$WEBSOCKSY" -h | sed -n '/^usage/,/^$/p' | tr -c 'a-zA-Z-' '\n' | sed -n 's/^-\([a-zA-Z]*\)$/\1/p' |
	fold -w 1 | LC_ALL=C sort -u | tr -d '\n')
listed=$("$WEBSOCKSY" -h | sed -n 's/^  -\([a-zA-Z]\) .*/\1/p' | LC_ALL=C sort -u | tr -d '\n')
manual=$(sed -n '/^The options are/,/^\.El/s/^\.It Fl \([a-zA-Z]\).*/\1/p' "$page" | LC_ALL=C sort -u | tr -d '\n')
is "$listed" "$synopsis" 'the options of the synopsis are explained by -h'
is "$manual" "$synopsis" 'and by the manual page'

# --- settings of the sample: -T prints them all

# The sample shows the module directory of a default installation, which is not that of this program.
"$WEBSOCKSY" -o module-directory=/usr/local/lib/websocksy -T | sed -n '/^\[core\]/,/^$/s/^\([a-z-]*\) = \(.*\)$/\1 \2/p' >"$tap_directory/settings"
sed -n "/^\[core\]/,/^\[backend\]/p" "$sample" | sed -n "s/^#\([a-z-]*\) =  *\(.*\)$/\1 \2/p; s/^#\([a-z-]*\) =$/\1 /p" >"$tap_directory/sample"
ok 'the program has settings' test -s "$tap_directory/settings"

# value FILE NAME: prints the value of a setting in FILE, as the program reads it.
value()
{
	grep -q "^$2 " "$1" || { echo 'not there'; return; }
	said=$(sed -n "s/^$2 //p" "$1")
	"$WEBSOCKSY" -o "$2=$said" -T | sed -n "s/^$2 = //p"
}

while read -r name default; do
	is "$(value "$tap_directory/sample" "$name")" "$default" "the sample configuration has $name and its default"
done <"$tap_directory/settings"
is "$(wc -l <"$tap_directory/sample" | tr -d ' ')" "$(wc -l <"$tap_directory/settings" | tr -d ' ')" \
	'the sample configuration has no other settings'

# The comment of a setting is its help text.
"$WEBSOCKSY" -h | sed -n '/^settings/,$p' |
	awk '/^  [a-z]/ { name = $1; next } /^      / { sub(/^ +/, ""); print name ": " $0 }' >"$tap_directory/help_texts"
sed -n '/^\[core\]/,/^\[backend\]/p' "$sample" |
	awk '/^# / { text = substr($0, 3); next } /^#[a-z]/ { print substr($1, 2) ": " text }' >"$tap_directory/comments"
ok 'and says the same of each as websocksy -h' diff "$tap_directory/help_texts" "$tap_directory/comments"

ok 'the sample configuration is accepted' websocksy -t -f "$sample"
sed 's/^#\([a-z-]* = .\)/\1/' "$sample" >"$tap_directory/all.conf"
ok 'and so is it with every line in force' websocksy -t -f "$tap_directory/all.conf"

# --- examples in the pages: the program must accept each command line and each file

# The arguments of each command line, without other commands before it and redirections after it.
sed -n '/^\.Sh EXAMPLES/,/^\.Sh COMP/p' "$page" |
	awk '/\\e$/ { sub(/ *\\e$/, ""); sub(/^ +/, ""); line = line $0 " "; next } { sub(/^ +/, ""); print line $0; line = "" }' |
	sed -n 's/^\(\.Dl \)\{0,1\}\(.* \)\{0,1\}websocksy \(-.*\)$/\3/p' | sed 's/ *>.*$//' >"$tap_directory/commands"
awk '/^\[core\]/ { on = 1 } /^\.Ed/ { on = 0 } on' "$page" >"$tap_directory/websocksy.conf"
ok 'the manual page has examples' test "$(wc -l <"$tap_directory/commands")" -ge 6
while read -r arguments; do
	# Replace the configuration file by the one in the page, and -i, which needs a connection, by -t.
	arguments=$(printf '%s' "$arguments" | sed "s|-f [^ ]*|-f $tap_directory/websocksy.conf|; s/^-i //")
	# The arguments are a list of words, without other syntax of the shell.
	# shellcheck disable=SC2086
	ok "example: websocksy $arguments" websocksy -t $arguments
done <"$tap_directory/commands"
ok 'the file of the examples is accepted' websocksy -t -f "$tap_directory/websocksy.conf"

# Writes each file of the other page to its own file. The sample map replaces the map that the page names.
sed "s|/usr/local/etc/websocksy.map|$top/etc/websocksy.map|" "$settings_page" |
	awk -v to="$tap_directory/example" '/^\.Bd/ { n++; next } /^\.Ed/ { on = 0 } /^\[core\]/ { on = 1 } on { print >to n }'
ok 'websocksy.conf(5) has examples' test -s "$tap_directory/example2"
for file in "$tap_directory"/example*; do
	ok "and ${file##*/} is accepted" websocksy -t -f "$file"
done

# --- websocksyctl: its commands, its options, and its examples

page=$top/man/websocksyctl.8
"$WEBSOCKSYCTL" -h >"$tap_directory/help"
is "$(sed -n '/^The commands are/,/^\.El/s/^\.It Cm \([a-z]*\).*/\1/p' "$page" | LC_ALL=C sort -u | tr '\n' ' ')" \
	"$(sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' "$tap_directory/help" | LC_ALL=C sort | tr '\n' ' ')" \
	'the manual page of websocksyctl has its commands'
sed -n 's/^  -\([a-zA-Z]\), --\([a-z-]*\) .*/\1 \2/p' "$tap_directory/help" | LC_ALL=C sort >"$tap_directory/listed"
ok 'websocksyctl has options' test -s "$tap_directory/listed"
is "$(sed -n 's/^\.It Fl \([a-zA-Z]\) , Fl -\([a-z-]*\).*/\1 \2/p' "$page" | LC_ALL=C sort)" \
	"$(cat "$tap_directory/listed")" 'and its options'

# There is no server, so a valid command exits with 2; an invalid one exits with 3.
echo "status-file = $tap_directory/status" >"$tap_directory/ctl.conf"
sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/s/^\(\.Dl \)\{0,1\}websocksyctl \(.*\)$/\2/p' "$page" | sed 's/ *>.*$//' >"$tap_directory/commands"
ok 'the manual page of websocksyctl has examples' test "$(wc -l <"$tap_directory/commands")" -ge 6
while read -r arguments; do
	called=$(printf '%s' "$arguments" |
		sed "s|-f [^ ]*|-f $tap_directory/ctl.conf|; s|-s [^ ]*|-s $tap_directory/status|")
	# shellcheck disable=SC2086
	"$WEBSOCKSYCTL" $called >/dev/null 2>&1
	is $? 2 "example: websocksyctl $arguments"
done <"$tap_directory/commands"
done_testing
