#!/bin/sh
# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# Each source file is named in the Makefile, and so is each test: what it does not name is not built, not run, not
# distributed, and nobody would notice. Says aloud when the Check programs cannot be built here.

. "${top_srcdir:-.}/t/shell/tap.sh"

top=${top_srcdir:-.}

[ -n "$WS_LISTED" ] || bail_out 'run it through make check'

# listed FILE: the Makefile names it. Called through ok.
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
if [ -z "$WS_HAVE_CHECK" ]; then
	skip 'the programs of the Check library' 'Check was not found by configure: install it and configure again'
fi
done_testing
