#!/bin/sh
# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# Tests the files for authors of modules: the installed header, the pkg-config file and the manual. With these alone the
# template and modules of version 1 must build outside of the tree, and work. The code in the manual must be that of the
# template.

. "${top_srcdir:-.}/t/shell/tap.sh"

top=${top_srcdir:-.}
build=${top_builddir:-.}
page=$top/man/websocksy-module.7
# The compiler without the option for the C dialect that this build uses.
CC=$(printf '%s' "${WS_CC:-cc}" | sed 's/ -std=[^ ]*//')
[ -n "${WEBSOCKSY:-}" ] || bail_out 'run it through make check'
server=
peer=
tap_tmpdir
dir=$tap_directory

# Stops the programs that were started, also if the test is interrupted.
stop_programs()
{
	for pid in $server $peer; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	server=
	peer=
}
trap 'stop_programs; rm -rf "$dir"' EXIT

# --- the manual shows the files unchanged

# shown FILE: prints the code in the manual. shipped FILE: prints the file without its licence.
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
	ok "the manual shows $file unchanged" diff "$dir/shipped" "$dir/shown"
done

# --- what is installed

# other_make ARG...: runs make without the options and variables of the make that runs the tests. Called by ok.
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
# By default pkg-config leaves out directories that the compiler searches anyway; here they are below $dir/root.
PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR PKG_CONFIG_ALLOW_SYSTEM_CFLAGS
flags=$(pkg-config --cflags websocksy)
place=$(printf '%s' "$flags" | sed 's/^-I//; s/ *$//')
ok 'pkg-config names the directory of the header' cmp "$place/websocksy.h" "$top/src/websocksy.h"
ok 'and that of the modules' test -n "$(pkg-config --variable=moduledir websocksy)"
is "$(pkg-config --modversion websocksy)" "$("$WEBSOCKSY" -V | sed 's/^[^0-9]*\([0-9.]*\).*/\1/;q')" \
	'and the version'

# --- the template, out of the tree

cp -R "$top/modules/template" "$dir/template"
chmod -R u+w "$dir/template"
cd "$dir/template" || bail_out 'no template'
for file in framing_nul backend_rooms; do
	# $flags is a list of words, and CC may be one.
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

# written FILE: waits until a file is not empty. Fails if one of the processes has exited.
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
		'a name that is not valid for a room is refused with a reason'
	is "$(printf '' | "$WSCLIENT" "$url/?room=cellar" >/dev/null 2>&1; echo $?)" 1 'so is a room without a server'
else
	tap_result 1 'the server with the template starts'
	diag "$(cat "$dir/log")"
fi
stop_programs
ok 'an unknown option is refused' \
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
ok 'the header is valid C99, and needs no other header before it' $CC -std=c99 -pedantic -Wall -Wextra -Werror $flags -c \
	-o "$dir/use.o" "$dir/use.c"
# shellcheck disable=SC2086
ok 'it is valid C11, too' $CC -std=c11 -pedantic -Wall -Wextra -Werror $flags -c -o "$dir/use.o" "$dir/use.c"
cp "$dir/use.c" "$dir/use.cc"
if command -v c++ >/dev/null 2>&1; then
	for standard in c++98 c++17; do
		# shellcheck disable=SC2086
		ok "it is valid $standard, too" c++ -std=$standard -Wall -Wextra -Werror $flags -c -o "$dir/use.o" "$dir/use.cc"
	done
else
	skip 'the header in C++' 'c++ not found'
fi
done_testing
