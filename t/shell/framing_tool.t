#!/bin/sh
# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# Tests websocksy-framer with the framing modules of the build tree, and the examples of the manual pages about
# framings: each must print what its page shows.

. "${top_srcdir:-.}/t/shell/tap.sh"

top=${top_srcdir:-.}
[ -n "${WEBSOCKSY:-}" ] || bail_out 'run it through make check'
tap_tmpdir

# The program with the modules of the build, unless -l or -m names others.
tool=$tap_directory/websocksy-framer
cat >"$tool" <<END
#!/bin/sh
case " \$* " in
*' -l '* | *' -m '*) exec '${top_builddir:-.}/websocksy-framer' "\$@" ;;
esac
exec '${top_builddir:-.}/websocksy-framer' ${WS_MODULES:+-m "$WS_MODULES"} "\$@"
END
chmod +x "$tool"

# prints WANTED STATUS NAME ARGUMENT...: the program prints WANTED for $input and exits with STATUS.
prints()
{
	wanted=$1 status=$2 name=$3
	shift 3
	# $input is a printf format, so that it can have any byte.
	# shellcheck disable=SC2059
	got=$(printf "$input" | "$tool" "$@" 2>"$tap_directory/errors")
	is "status $? $got" "status $status $wanted" "$name"
}

# reports WORDS: standard error of the last run must contain WORDS.
reports()
{
	case $(cat "$tap_directory/errors") in
	*"$1"*) tap_result 0 "and reports: $1" ;;
	*) tap_result 1 "and reports: $1"; diag "$(cat "$tap_directory/errors")" ;;
	esac
}

# --- options

input='a\nb\n'
prints 'text 2 "a\x0a"
text 2 "b\x0a"' 0 'a built-in framing' -c lf newline
prints 'text 1 "a"
text 1 "b"' 0 'a module' line
prints 'text 1 "a"
text 1 "b"' 0 'a module of a directory' -m "$WS_MODULES" line
prints 'text 1 "a"
text 1 "b"' 0 'a module by its file' -l "$WS_MODULES/framing_line.so" line
prints 'binary 1 "a"
binary 2 "\x0ab"
binary 1 "\x0a"' 0 'the input is cut' -s 1,3 binary
prints 'binary 4 "a\x0ab\x0a"' 0 'a cut after the end of the input is ignored' -s 4,5,99 binary
prints 'text 1 "a"
text 1 "b"
# 4 ways to cut it: the messages are the same' 0 'cut everywhere' -e line
prints 'binary 4 "a\x0ab\x0a"' 0 'one message' -c 4 fixedlength
input='[1] "\\\\" \377"'
prints 'text 3 "[1]"
text 4 "\"\\\\\""
binary 2 "\xff\""' 0 'quotes and backslashes' json
prints 'text 3 "[1]"
discard 1 " "
text 4 "\"\\\\\""
discard 1 " "
binary 2 "\xff\""' 0 'discarded bytes' -v json
input='1:a,'
prints 'error: the peer ended within a message' 1 'an exact framing, and an incomplete message' \
	-c size=1 -s 2 length
input='1:a;'
prints 'error: the framing function failed' 1 'a broken message' netstring
reports 'framing_netstring: there is no comma after a netstring'
input='a'
prints 'a' 0 'a message for the peer' -w text line
prints 'a' 0 'and a binary one' -w binary line
input=''
prints '' 0 'no input' line
prints '0:,' 0 'an empty message for the peer' -w text netstring

# --- refusals

prints '' 2 'an unknown framing' nosuch
reports "there is no framing 'nosuch'. The framings are auto, binary, separator, newline, content-length, "
input='caf\351\n\303\251\n'
prints 'text 4 "caf?"
text 2 "\xc3\xa9"' 0 'forced text' line/text
prints 'binary 4 "caf\xe9"
binary 2 "\xc3\xa9"' 0 'forced binary' line/binary
prints 'text 4 "caf?"
text 2 "\xc3\xa9"
# 8 ways to cut it: the messages are the same' 0 'forced text, cut everywhere' -e line/text
input='\000\005ab\303'
prints 'binary 5 "\x00\x05ab\xc3"' 0 'the start of a character at the end is no reason to cut' auto/binary
prints 'text 4 "\x00\x05ab"
text 1 "?" (the peer ended)' 0 'the start of a character waits for its other bytes' auto/text
prints '' 2 'a type that is none' line/txt
reports 'write line, line/text or line/binary'
prints '' 2 'a type after an unknown framing' lines/text
reports "is 'line/text' meant?"
prints '' 2 'only the directory of -m is searched' -m "$tap_directory" line
prints '' 2 'no such file' -l "$tap_directory/framing_none.so" none
reports framing_none.so
prints '' 2 'cuts that do not increase' -s 3,3 line
prints '' 2 'a cut that is no number' -s 3,x line
prints '' 2 'no framing'
prints '' 2 'two framings' line json
prints '' 2 'an unknown type of message' -w discard line
reports usage
while IFS='|' read -r framing config words; do
	prints '' 2 "$framing refuses $config" -c "$config" "$framing"
	reports "$words"
done <<-'END'
	separator|\q|escapes
	fixedlength|12k|number of bytes
	dynamic32|offset=1,size=4|offset=, static= and endian=
	json|strict|no options
	line|cr|lf, crlf or any
	line|CRLF|is 'crlf' meant?
	newline|\n|the line end is crlf, lf, cr or lfcr; is 'lf' meant?
	auto/text|utf8|the configuration 'utf8' of the framing auto is invalid
	length|size=5|1, 2, 3, 4, 8 or varint
	length|typed,text|exclude each other
	netstring|text|binary
	content-length|x|no options
END
input='abc'
prints '' 1 'a message that is too long for its field' -w text -c size=1,max=2 length
reports 'close code 1009'

# --- the manual describes each framing module

for file in "${WS_MODULES:-}"/framing_*.so; do
	name=${file##*/framing_}
	name=${name%.so}
	ok "websocksy-framings.7 lists $name" grep -q "^\.It Cm $name Ta" "$top/man/websocksy-framings.7"
	ok "websocksy-framings.7 has a section about $name" grep -q "^\.Ss $name\$" "$top/man/websocksy-framings.7"
done

# --- the examples of the manual pages

# examples PAGE: writes each command of a page, and the output that the page shows, to files.
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
		# od pads its columns differently on different systems.
		is "$(tool=$tool sh "$tap_directory/script" 2>"$tap_directory/errors" | tr -s ' ')" \
			"$(tr -s ' ' <"${file%.command}.output")" "example: $command"
	done
done
sed -n '/^\.Sh EXAMPLES/,/^\.Ed/s/^websocksy //p' "$top/man/websocksy-framings.7" >"$tap_directory/commands"
ok 'there are examples of connections' test "$(wc -l <"$tap_directory/commands")" -ge 3
while read -r arguments; do
	# shellcheck disable=SC2086
	ok "example: websocksy $arguments" websocksy -t $arguments
done <"$tap_directory/commands"
done_testing
