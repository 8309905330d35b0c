#!/bin/sh
# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# What somebody has who writes a module: the installed header, the pkg-config file and the manual. The template builds
# with these alone, out of the tree, and works; so do modules of version 1. The manual's code is the template's.

. "${top_srcdir:-.}/t/shell/tap.sh"

top=${top_srcdir:-.}
build=${top_builddir:-.}
page=$top/man/websocksy-module.7
# The compiler as somebody else would call it: not with the dialect of this build.
CC=$(printf '%s' "${WS_CC:-cc}" | sed 's/ -std=[^ ]*//')
[ -n "${WEBSOCKSY:-}" ] || bail_out 'run it through make check'
server=
peer=
tap_tmpdir
dir=$tap_directory

# Programs are ended by their numbers, whatever happens.
end()
{
	for pid in $server $peer; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	server=
	peer=
}
trap 'end; rm -rf "$dir"' EXIT

# --- the manual shows the files as they are

# shown FILE: the code in the manual; shipped FILE: the file below its licence.
shown()
{
	awk -v file="modules/template/$1" '
	$0 == ".\\\" file: " file { on = 1; next }
	on && $0 == ".Ed" { exit }
	on == 2 { gsub(/\\e/, "\\"); sub(/^\\&/, ""); print }
	on == 1 && /^\.Bd/ { on = 2 }' "$page"
}

shipped()
{
	awk 'on { if (started || $0 != "") { started = 1; print } } / \*\// { on = 1 }' "$top/modules/template/$1"
}

for file in framing_nul.c backend_rooms.c; do
	shown "$file" >"$dir/shown"
	shipped "$file" >"$dir/shipped"
	ok "the manual shows $file" test -s "$dir/shown"
	ok "the manual shows $file as it is" diff "$dir/shipped" "$dir/shown"
done

# --- what is installed

# other_make ARG...: a make of its own, into which the one that runs the tests does not reach. Called through ok.
# shellcheck disable=SC2317
other_make()
{
	( unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
	exec "${MAKE:-make}" "$@" )
}

ok 'make install of the header and the pkg-config file' \
	other_make -C "$build" install-includeHEADERS install-pkgconfigDATA DESTDIR="$dir/root"
pc=$(find "$dir/root" -name websocksy.pc)
header=$(find "$dir/root" -name websocksy.h)
ok 'both are there' test -f "$pc" -a -f "$header"
if ! command -v pkg-config >/dev/null 2>&1; then
	skip 'the template' 'pkg-config not found'
	done_testing
fi
PKG_CONFIG_PATH=${pc%/*}
PKG_CONFIG_SYSROOT_DIR=$dir/root
# A header in a place that compilers know is to be found in ours.
PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR PKG_CONFIG_ALLOW_SYSTEM_CFLAGS
flags=$(pkg-config --cflags websocksy)
place=$(printf '%s' "$flags" | sed 's/^-I//; s/ *$//')
ok 'pkg-config knows where the header is' cmp "$place/websocksy.h" "$top/src/websocksy.h"
ok 'and where modules go' test -n "$(pkg-config --variable=moduledir websocksy)"
is "$(pkg-config --modversion websocksy)" "$("$WEBSOCKSY" -V | sed 's/^[^0-9]*\([0-9.]*\).*/\1/;q')" \
	'and which version it is'

# --- the template, out of the tree

cp -R "$top/modules/template" "$dir/template"
chmod -R u+w "$dir/template"
cd "$dir/template" || bail_out 'no template'
for file in framing_nul backend_rooms; do
	# The flags are words, and CC may be more than one.
	# shellcheck disable=SC2086
	ok "$file compiles with cc and pkg-config alone" $CC -fPIC -shared $flags -o "$file.so" "$file.c"
done
rm -f ./*.so
ok 'so does the Makefile' other_make CC="$CC" CFLAGS='-O2 -Wall -Werror'

mkdir "$dir/rooms"
"$ECHO" -U "$dir/rooms/kitchen" >"$dir/peer" &
peer=$!
"$WEBSOCKSY" -l 127.0.0.1 -p 0 -m "$dir/template" -b rooms -c "directory=$dir/rooms" \
	-o allow-peers="unix://$(cd "$dir/rooms" && pwd -P)/" >"$dir/port" 2>"$dir/log" &
server=$!

# written FILE: waits for its first line, as long as the processes live.
written()
{
	while [ ! -s "$1" ]; do
		kill -0 "$server" 2>/dev/null && kill -0 "$peer" 2>/dev/null || return 1
	done
}

if written "$dir/peer" && written "$dir/port"; then
	url=ws://127.0.0.1:$(cat "$dir/port")
	is "$(printf 'hello\nworld\n' | "$WSCLIENT" -n 2 "$url/?room=kitchen")" 'hello
world' 'a message goes through both to the peer and back'
	is "$(printf '' | "$WSCLIENT" "$url/?room=../kitchen" 2>&1 | grep -c 'no such room')" 1 \
		'a room that is none is refused, and says so'
	is "$(printf '' | "$WSCLIENT" "$url/?room=cellar" >/dev/null 2>&1; echo $?)" 1 'so is one where nobody is'
else
	tap_result 1 'the server with the template starts'
	diag "$(cat "$dir/log")"
fi
end
ok 'an option that the template does not have is refused' \
	test "$("$WEBSOCKSY" -t -m "$dir/template" -b rooms -c color=red 2>&1 | grep -c 'the only option is directory')" -eq 1
ok 'the manual has a command line that works' "$WEBSOCKSY" -t -m . -b rooms -c directory=/tmp/rooms
rm -f framing_nul.so
ok 'without its framing the backend does not start' \
	test "$("$WEBSOCKSY" -t -m "$dir/template" -b rooms 2>&1 | grep -c "there is no framing 'nul'")" -eq 1

# --- modules of version 1, and the header alone

mkdir "$dir/old"
for file in backend_old framing_old framing_memory; do
	# shellcheck disable=SC2086
	ok "$file, which is of version 1, compiles" $CC -Wall -Wextra -Werror -fPIC -shared $flags \
		-o "$dir/old/$file.so" "$top/t/modules/$file.c"
done
ok 'they are loaded' "$WEBSOCKSY" -t -m "$dir/old" -b old -c host=localhost -c port=1

printf '#include <websocksy.h>\nint use(void);\nint use(void) { return WEBSOCKSY_API_VERSION; }\n' >"$dir/use.c"
# shellcheck disable=SC2086
ok 'the header is C99, and needs no other before it' $CC -std=c99 -pedantic -Wall -Wextra -Werror $flags -c \
	-o "$dir/use.o" "$dir/use.c"
# shellcheck disable=SC2086
ok 'it is C11, too' $CC -std=c11 -pedantic -Wall -Wextra -Werror $flags -c -o "$dir/use.o" "$dir/use.c"
cp "$dir/use.c" "$dir/use.cc"
if command -v c++ >/dev/null 2>&1; then
	for standard in c++98 c++17; do
		# shellcheck disable=SC2086
		ok "it is $standard, too" c++ -std=$standard -Wall -Wextra -Werror $flags -c -o "$dir/use.o" "$dir/use.cc"
	done
else
	skip 'the header in C++' 'c++ not found'
fi
done_testing
