#!/bin/sh
# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# Each fuzz target runs over its whole corpus, t/fuzz/corpus/NAME, without an error. A target
# without a corpus fails.

. "${top_srcdir:-.}/t/shell/tap.sh"

corpora=${top_srcdir:-.}/t/fuzz/corpus
build=${top_builddir:-.}

[ -n "$WS_FUZZERS" ] || bail_out 'run it through make check'

# With --enable-fuzz the target's main() is libFuzzer's: -runs=0 makes it run the files and no
# other inputs. It ignores empty files, and does not print how many it ran.
replay()
{
	if [ -n "$WS_REPLAY" ]; then
		"$1" "$2" 2>&1
	else
		"$1" -runs=0 -timeout=10 "$2" 2>&1
	fi
}

for target in $WS_FUZZERS; do
	name=${target##*/fuzz_}
	count=0
	if [ -d "$corpora/$name" ]; then
		count=$(find "$corpora/$name" -type f ! -name '.*' | wc -l | tr -d ' ')
	fi
	if [ "$count" -eq 0 ]; then
		tap_result 1 "$name: no corpus in t/fuzz/corpus/$name"
	elif output=$(replay "$build/$target" "$corpora/$name"); then
		[ -n "$WS_REPLAY" ] || output=$count
		is "$output" "$count" "$name: $count inputs"
	else
		tap_result 1 "$name: $count inputs"
		diag "$output" | tail -n 40
		diag "to find the input: $build/$target -v $corpora/$name"
	fi
done
done_testing
