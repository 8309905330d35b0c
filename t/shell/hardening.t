#!/bin/sh
# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# Tests that the linked program has the hardening that configure has found: reads the ELF file.

. "${top_srcdir:-.}/t/shell/tap.sh"

program=${top_builddir:-.}/websocksy

[ "${WS_HARDENING:-yes}" = yes ] || skip_all 'built without hardening (--disable-hardening or --enable-sanitize)'
command -v readelf >/dev/null 2>&1 || skip_all 'readelf not found: install binutils'
readelf -h "$program" >/dev/null 2>&1 || skip_all 'not an ELF file'

# promised FLAG: true if configure has found that the tool chain supports the flag.
promised()
{
	case " $WS_HARDENING_FLAGS " in
	*" $1 "*) ;;
	*) return 1 ;;
	esac
}

# shows OPTION PATTERN: true if readelf OPTION prints a line that matches.
shows()
{
	shows_output=$(readelf -W "$1" "$program")
	printf '%s\n' "$shows_output" | grep -E "$2" && return
	printf '%s\n' "$shows_output"
	return 1
}

# expect FLAG NAME OPTION PATTERN: if the tool chain supports the flag, readelf OPTION must print a matching line.
expect()
{
	if promised "$1"; then
		ok "$2" shows "$3" "$4"
	else
		skip "$2" "the tool chain does not know $1"
	fi
}

expect -pie 'a position independent program' -h 'Type:[[:space:]]+DYN'
expect -pie 'marked as a program, not a library' -d 'FLAGS_1.*PIE'
expect -Wl,-z,relro 'relocations read-only' -l 'GNU_RELRO'
expect -Wl,-z,now 'all symbols bound at start' -d 'BIND_NOW|FLAGS_1.*NOW'
expect -Wl,-z,noexecstack 'no executable stack' -l 'GNU_STACK[[:space:]].*[[:space:]]RW[[:space:]]'
expect -fstack-protector-strong 'stack protector' --symbols '__stack_chk_(fail|guard)'
expect -D_FORTIFY_SOURCE=2 'checked versions of the C library' --symbols '__[a-z]+_chk@'
if shows -l '[[:space:]]RWE[[:space:]]' >/dev/null; then
	tap_result 1 'no segment both writable and executable'
else
	tap_result 0 'no segment both writable and executable'
fi
done_testing
