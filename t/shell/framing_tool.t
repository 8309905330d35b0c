#!/bin/sh
# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# websocksy-framer, with the framing modules loaded from their files; and the examples of the manual pages about
# framings, each of which must print what its page says.

. "${top_srcdir:-.}/t/shell/tap.sh"

top=${top_srcdir:-.}
tool=${top_builddir:-.}/websocksy-framer
[ -n "${WEBSOCKSY:-}" ] || bail_out 'run it through make check'
for modules in "${top_builddir:-.}/modules/.libs" "${top_builddir:-.}/modules/_libs"; do
	[ ! -d "$modules" ] || break
done
tap_tmpdir

# says WANTED STATUS NAME ARGUMENT...: what the program prints of $input, and its exit status.
says()
{
	wanted=$1 status=$2 name=$3
	shift 3
	# The input is a printf format on purpose.
	# shellcheck disable=SC2059
	got=$(printf "$input" | "$tool" "$@" 2>"$tap_directory/said")
	is "status $? $got" "status $status $wanted" "$name"
}

# complains WORDS: what the last one has said on standard error.
complains()
{
	case $(cat "$tap_directory/said") in
	*"$1"*) tap_result 0 "and says: $1" ;;
	*) tap_result 1 "and says: $1"; diag "$(cat "$tap_directory/said")" ;;
	esac
}

# --- options

input='a\nb\n'
says 'text 2 "a\x0a"
text 2 "b\x0a"' 0 'a built-in framing' -c lf newline
says 'text 1 "a"
text 1 "b"' 0 'a module of the build tree' line
says 'text 1 "a"
text 1 "b"' 0 'a module of a directory' -m "$modules" line
says 'text 1 "a"
text 1 "b"' 0 'a module by its file' -l "$modules/framing_line.so" line
says 'binary 1 "a"
binary 2 "\x0ab"
binary 1 "\x0a"' 0 'the input is cut' -s 1,3 binary
says 'binary 4 "a\x0ab\x0a"' 0 'a cut behind the input is none' -s 4,5,99 binary
says 'text 1 "a"
text 1 "b"
# 4 ways to cut it: the messages are the same' 0 'cut everywhere' -e line
says 'binary 4 "a\x0ab\x0a"' 0 'one message' -c 4 fixedlength
input='[1] "\\\\" \377"'
says 'text 3 "[1]"
text 4 "\"\\\\\""
binary 2 "\xff\""' 0 'quotes and backslashes' json
says 'text 3 "[1]"
discard 1 " "
text 4 "\"\\\\\""
discard 1 " "
binary 2 "\xff\""' 0 'what is discarded' -v json
input='1:a,'
says 'error: the peer ended within a message' 1 'an exact framing, and a message that is not whole' \
	-c size=1 -s 2 length
input='1:a;'
says 'error: the framing function failed' 1 'a broken message' netstring
complains 'framing_netstring: there is no comma after a netstring'
input='a'
says 'a' 0 'a message for the peer' -w text line
says 'a' 0 'and a binary one' -w binary line
input=''
says '' 0 'no input' line
says '0:,' 0 'an empty message for the peer' -w text netstring

# --- refusals

says '' 2 'an unknown framing' nosuch
complains 'nosuch: there is no framing of this name'
says '' 2 'a module is looked for where -m says' -m "$tap_directory" line
says '' 2 'no such file' -l "$tap_directory/framing_none.so" none
complains framing_none.so
says '' 2 'cuts that do not grow' -s 3,3 line
says '' 2 'cuts that are no numbers' -s 3,x line
says '' 2 'no framing'
says '' 2 'two framings' line json
says '' 2 'a type that is none' -w discard line
complains usage
while IFS='|' read -r framing config words; do
	says '' 2 "$framing refuses $config" -c "$config" "$framing"
	complains "$words"
done <<-'END'
	separator|\q|escapes
	fixedlength|12k|number of bytes
	dynamic32|offset=1,size=4|offset=, static= and endian=
	json|strict|no options
	line|cr|lf, crlf or any
	length|size=5|1, 2, 3, 4, 8 or varint
	length|typed,text|exclude each other
	netstring|text|binary
	content-length|x|no options
END
input='abc'
says '' 1 'a message that is too long for its field' -w text -c size=1,max=2 length
complains 'close code 1009'

# --- the examples of the manual pages

# examples PAGE: writes the commands and what they print to files.
examples()
{
	rm -f "$tap_directory"/*.command "$tap_directory"/*.output
	sed -n '/^\.Bd -literal/,/^\.Ed/p' "$1" | sed 's/\\e/\\/g' >"$tap_directory/literal"
	awk -v directory="$tap_directory" '
	/^\.Bd/ || /^\.Ed/ { name = ""; next }
	/^\$ / { name = sprintf("%s/%03d", directory, ++n); print substr($0, 3) >(name ".command"); next }
	name != "" { print >(name ".output") }' "$tap_directory/literal"
}

for page in websocksy-framings.7 websocksy-framer.1; do
	examples "$top/man/$page"
	ok "$page has examples" test -f "$tap_directory/005.command"
	for file in "$tap_directory"/*.command; do
		command=$(cat "$file")
		# shellcheck disable=SC2016
		sed 's|websocksy-framer|"$tool"|' "$file" >"$tap_directory/script"
		# Programs differ in the blanks that they put between columns.
		is "$(tool=$tool sh "$tap_directory/script" 2>"$tap_directory/said" | tr -s ' ')" \
			"$(tr -s ' ' <"${file%.command}.output")" "example: $command"
	done
done
sed -n '/^\.Sh EXAMPLES/,/^\.Ed/s/^websocksy //p' "$top/man/websocksy-framings.7" >"$tap_directory/commands"
ok 'there are examples of connections' test "$(wc -l <"$tap_directory/commands")" -ge 3
while read -r arguments; do
	# shellcheck disable=SC2086
	ok "example: websocksy $arguments" "$WEBSOCKSY" -t $arguments
done <"$tap_directory/commands"
done_testing
