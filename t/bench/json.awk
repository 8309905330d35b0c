# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# Prints all results of t/bench/run as JSON, with the values of all rounds. The input is the same as for report.awk.

function quoted(text)
{
	gsub(/[\\"]/, "\\\\&", text)
	gsub(/\n/, "\\n", text)
	return "\"" text "\""
}

{
	key = $1 " " $4 " " $2
	if (!(key in values))
		order[++rows] = key
	else
		values[key] = values[key] ", "
	values[key] = values[key] $5
}

END {
	printf "{\n  \"machine\": %s,\n  \"results\": [\n", quoted(machine)
	for (r = 1; r <= rows; r++) {
		split(order[r], part, " ")
		printf "    {\"scenario\": %s, \"name\": %s, \"target\": %s, \"values\": [%s]}%s\n", quoted(part[1]),
		    quoted(part[2]), quoted(part[3]), values[order[r]], r < rows ? "," : ""
	}
	print "  ]\n}"
}
