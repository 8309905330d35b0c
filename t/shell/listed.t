#!/bin/sh
# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# Tests that the Makefile names each source file and each test: otherwise a file would not be built, run or distributed.
# t/README must name each helper of t/lib. If the Check programs cannot be built here, the test is reported as skipped.

. "${top_srcdir:-.}/t/shell/tap.sh"

top=${top_srcdir:-.}

[ -n "$WS_LISTED" ] || bail_out 'run it through make check'

# listed FILE: true if the Makefile names the file. Called through ok.
# shellcheck disable=SC2317
listed()
{
	case " $WS_LISTED " in
	*" $1 "*) ;;
	*) echo 'named in no build.am'; return 1 ;;
	esac
}

files=$(cd "$top" && find src modules t \( -name '*.[ch]' -o -name '*.t' \) ! -path 'modules/template/*' \
	! -path 't/fuzz/corpus/*' ! -path 't/interop/*' | sort)
for file in $files; do
	ok "$file" listed "$file"
done
# t/README must have a line for each helper of t/lib, and no other lines about helpers.
is "$(sed -n '/^The helpers in lib/,/^Running/s/^  \([a-z_]*\) .*/\1/p' "$top/t/README" | grep -v '^valgrind$' | sort)" \
	"$(cd "$top/t/lib" && find . -name '*.h' | sed 's,^\./,,; s/\.h$//' | sort)" 't/README names the helpers of t/lib'

if [ -z "$WS_HAVE_CHECK" ]; then
	skip 'the programs of the Check library' 'Check was not found by configure: install it and configure again'
fi
done_testing
