# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
#
# Prints the table of t/bench/run: a line for each kind of result, with medians and ratios. Each line of the input is
#
#	SCENARIO TARGET ROUND NAME VALUE

# Returns the median of a list of numbers, which are separated by blanks.
function median(list,    v, n, i, j, t)
{
	n = split(list, v, " ")
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && v[j - 1] + 0 > v[j] + 0; j--) {
			t = v[j]
			v[j] = v[j - 1]
			v[j - 1] = t
		}
	if (n == 0)
		return ""
	return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}

function show(x)
{
	if (x == "")
		return "-"
	return sprintf(x >= 1000 ? "%.0f" : x >= 10 ? "%.1f" : x >= 0.1 ? "%.2f" : "%.4f", x)
}

function ratio(a, b)
{
	return a == "" || b == "" || a + 0 <= 0 || b + 0 <= 0 ? "-" : sprintf("%.2f", a / b)
}

BEGIN {
	n = split("websocksy haproxy socat socat64k prefork direct", target, " ")
	# The results that are shown, and whether more or less is better. Other results are in the JSON file only.
	title["p50_us"] = "p50, us,less"
	title["p99_us"] = "p99, us,less"
	title["MB_s"] = "MB/s,more"
	title["cpu_s_GiB"] = "CPU s/GiB,less"
	title["kmsg_s"] = "1000 messages/s,more"
	title["cpu_us_msg"] = "CPU us/message,less"
	title["conn_s"] = "connections/s,more"
	title["open_ms"] = "until all were open, ms,less"
	title["cpu_us"] = "CPU us/connection,less"
	title["failures"] = "failures,less"
	title["checked_MiB"] = "MiB checked,"
	title["open_s"] = "until all were open, s,less"
	title["pss_KiB"] = "PSS KiB/connection,less"
	title["dirty_KiB"] = "private dirty KiB/worker,less"
	title["available_KiB"] = "MemAvailable KiB/connection,less"
	title["empty_p50_us"] = "round trip when empty p50, us,less"
	title["conn_us"] = "one more connection p50, us,less"
	title["empty_conn_us"] = "the same when empty, us,less"
	title["ping_cpu_percent"] = "CPU of pings, % of a core,less"
	title["pings_s"] = "pings/s,"
}

{
	key = $1 " " $4
	if (!(key in known)) {
		known[key] = 1
		order[++rows] = key
	}
	values[key, $2] = values[key, $2] " " $5
	took_part[$2] = 1
}

# Returns whether a result of a scenario is shown. Streams show either bytes or messages, not both.
function shown(scenario, name)
{
	if (scenario ~ /^(small|one)/)
		return name == "kmsg_s" || name == "cpu_us_msg"
	if (scenario ~ /^(echo|eight|up|down)/)
		return name == "MB_s" || name == "cpu_s_GiB"
	if (scenario == "burst")
		return name == "open_ms" || name == "failures"
	if (scenario ~ /^(conn|row)/ && name == "open_ms")
		return scenario == "row"
	return (name in title) || scenario == "calls"
}

END {
	printf "%-12s %-34s %4s", "scenario", "", ""
	for (i = 1; i <= n; i++)
		if (target[i] in took_part)
			printf " %10s", target[i]
	for (i = 2; i < n; i++)
		if (target[i] in took_part)
			printf " %9s", "/" target[i]
	print ""
	for (r = 1; r <= rows; r++) {
		split(order[r], part, " ")
		if (!shown(part[1], part[2]))
			continue
		text = part[2] in title ? title[part[2]] : part[2] " calls/turn,less"
		if (part[1] ~ /^chunk/)
			sub(/connection/, "turn", text)
		better = text
		sub(/.*,/, "", better)
		sub(/,[a-z]*$/, "", text)
		printf "%-12s %-34s %4s", part[1] == last ? "" : part[1], text, better
		last = part[1]
		for (i = 1; i <= n; i++) {
			m[i] = median(values[order[r], target[i]])
			if (target[i] in took_part)
				printf " %10s", show(m[i])
		}
		for (i = 2; i < n; i++)
			if (target[i] in took_part)
				printf " %9s", ratio(m[1], m[i])
		print ""
	}
}
