# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# calls.sh: counts the system calls or instructions of a relay. In each turn the client sends a chunk and waits for the
# answer, so the count does not depend on the timing. Each case runs twice, with fewer and with more turns; the
# difference is the cost of the turns alone, without the start, the connection and the exit. To be sourced after lib.sh.
# shellcheck shell=bash

# Each case: its name, the framing of the peer's bytes, and the arguments of t/bench/load. -s is the number of bytes
# in a message of the client, -k in a turn (default: -s), -a in the answer. A direction that does not matter has 4
# bytes.
calls_cases=(
	"roundtrip binary -s 32 -a 32 exchange"
	"up1 binary -s 64 -a 4 exchange"
	"up16 binary -s 64 -k 1024 -a 4 exchange"
	"up64k binary -s 65536 -a 4 exchange"
	"down1 binary -s 4 -a 64 exchange"
	"down64k binary -s 4 -a 65536 exchange"
	"text1 auto -s 4 -a 64 -m 64 -l exchange"
	"lines1 newline -s 4 -a 64 -m 64 -l exchange"
	"lines16 newline -s 4 -a 1024 -m 64 -l exchange"
	"connection binary -c 1 connections"
)

# calls_run TARGET FRAMING TURNS ARG...: starts a relay under the command in $tool, runs load on it once, and stops it.
calls_run()
{
	local kind=$1 framing=$2 turns=$3 given=()
	shift 3
	# With a fixed number of workers none is forked or retired during the run, and no refusing process is forked.
	[ "$kind" != websocksy ] || given=(-c framing="$framing" -o start-workers=4 -o min-spare=1 -o max-spare=4
		-o max-workers=4 -o max-connections-per-worker=0)
	[ "$framing" != newline ] || [ "$kind" != websocksy ] || given+=(-c framing-config=lf)
	start_relay counted "$kind" "${given[@]}"
	load counted -n "$turns" "$@" >/dev/null || die "$kind failed under ${tool[0]}"
	stop_relay counted
}

# calls_count, calls_instructions TARGET FRAMING TURNS ARG...: set $count to the number of all system calls, or of all
# instructions in user mode.
calls_count()
{
	local tool=(strace -f -q -c -o "$dir/strace")
	calls_run "$@"
	count=$(awk '$NF == "total" { print $4 }' "$dir/strace")
}

calls_instructions()
{
	local tool=(valgrind -q --tool=callgrind --callgrind-out-file="$dir/callgrind.%p")
	rm -f "$dir"/callgrind.*
	calls_run "$@"
	count=$(awk '$1 == "totals:" { n += $2 } END { printf "%.0f", n }' "$dir"/callgrind.*)
}

# calls_least HOW TARGET FRAMING TURNS ARG...: sets $count to the least of $calls_repeat runs, since the number of scans
# by the master depends on chance. HOW is calls_count or calls_instructions.
calls_repeat=1
calls_least()
{
	local i least=
	for ((i = 0; i < calls_repeat; i++)); do
		"$@"
		[ -n "$least" ] && [ "$least" -le "$count" ] || least=$count
	done
	count=$least
}

# calls_of HOW TARGET: writes a line for each case to the file $dir/calls: its name and the cost of a turn, as counted
# by HOW.
calls_of()
{
	local case words less
	: >"$dir/calls"
	for case in "${calls_cases[@]}"; do
		read -ra words <<<"$case"
		calls_least "$1" "$2" "${words[1]}" 100 "${words[@]:2}"
		less=$count
		calls_least "$1" "$2" "${words[1]}" 600 "${words[@]:2}"
		awk -v name="${words[0]}" -v less="$less" -v more="$count" \
			'BEGIN { printf "%s %.2f\n", name, (more - less) / 500 }' >>"$dir/calls"
	done
}
