# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# calls.sh: counting what a relay does for messages that arrive one at a time, so that the count is always the same:
# the next is sent when the last has been answered. Each case runs twice, with fewer and with more turns; the difference
# is what the turns cost, without the start, the connection and the end. To be sourced after lib.sh.
# shellcheck shell=bash

# Name, how the peer's bytes are framed, and what makes a turn: bytes of the client that the peer answers with as many
# as -a says. What is counted in one direction has four bytes in the other.
calls_cases=(
	"roundtrip binary -s 32 -a 32 swap"
	"up1 binary -s 64 -a 4 swap"
	"up16 binary -s 64 -k 1024 -a 4 swap"
	"up64k binary -s 65536 -a 4 swap"
	"down1 binary -s 4 -a 64 swap"
	"down64k binary -s 4 -a 65536 swap"
	"text1 auto -s 4 -a 64 -m 64 -l swap"
	"lines1 newline -s 4 -a 64 -m 64 -l swap"
	"lines16 newline -s 4 -a 1024 -m 64 -l swap"
	"connection binary -c 1 connections"
)

# calls_run TARGET FRAMING TURNS ARG...: a relay, run by the command in $tool, that does this and nothing else.
calls_run()
{
	local kind=$1 framing=$2 turns=$3 given=()
	shift 3
	# No worker is started or ended meanwhile, and not the one either that refuses clients when all are busy.
	[ "$kind" != websocksy ] || given=(-c framing="$framing" -o start-workers=4 -o min-spare=1 -o max-spare=4
		-o max-workers=4 -o max-connections-per-worker=0)
	[ "$framing" != newline ] || [ "$kind" != websocksy ] || given+=(-c framing-config=lf)
	start_relay counted "$kind" "${given[@]}"
	load counted -n "$turns" "$@" >/dev/null || die "$kind failed under ${tool[0]}"
	stop_relay counted
}

# calls_count, calls_instructions TARGET FRAMING TURNS ARG...: $count is all system calls, or instructions in user mode.
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

# calls_least HOW TARGET FRAMING TURNS ARG...: $count is the least of $calls_repeat attempts, since it is up to chance
# how often the master looks.
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

# calls_of HOW TARGET: a line for each case with its name and the cost of a turn as HOW counts it, in the file
# $dir/calls.
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
