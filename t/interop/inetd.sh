# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Tests websocksy -i under real super-servers.

# The services: one that works, three with an invalid configuration, and one whose peer does not exist; with the answer
# that a client must get. Under openbsd-inetd and xinetd standard error is the connection as well, so nothing may be
# logged to it.
services=(good setting file framing dead)
declare -A answer=([setting]='500 configuration' [file]='500 configuration' [framing]='500 configuration'
	[dead]='502 refused')
declare -A service_port=()

free_port
printf '[backend]\nhost = %s\n' "$REDIS_TCP" >"$WORK/good.conf"
printf '[core]\nnonsense = 1\n' >"$WORK/setting.conf"
printf '[backend]\nframing = nonsense\n' >"$WORK/framing.conf"
printf '[backend]\nhost = tcp://127.0.0.1:%s\n' "$FREE" >"$WORK/dead.conf"

# Chooses a different port for each service.
choose_ports()
{
	local service
	service_port=()
	for service in "${services[@]}"; do
		free_port
		while [[ " ${service_port[*]} " == *" $FREE "* ]]; do
			free_port
		done
		service_port[$service]=$FREE
	done
}

all_listen()
{
	local service
	for service in "${services[@]}"; do
		connects "${service_port[$service]}" || return
	done
}

start_openbsd_inetd()
{
	local service
	for service in "${services[@]}"; do
		echo "127.0.0.1:${service_port[$service]} stream tcp nowait $(id -un) $WEBSOCKSY" \
			"websocksy -i -f $WORK/$service.conf"
	done >"$WORK/inetd.conf"
	start super inetd -i -E "$WORK/inetd.conf"
}

start_xinetd()
{
	local service
	{
		printf 'defaults\n{\n\tlog_type = FILE %s\n\tcps = 1000 1\n\tinstances = UNLIMITED\n}\n' "$WORK/xinetd.services"
		for service in "${services[@]}"; do
			cat <<END
service websocksy-$service
{
	type = UNLISTED
	socket_type = stream
	protocol = tcp
	wait = no
	user = $(id -un)
	bind = 127.0.0.1
	port = ${service_port[$service]}
	server = $WEBSOCKSY
	server_args = -i -f $WORK/$service.conf
}
END
		done
	} >"$WORK/xinetd.conf"
	start super xinetd -dontfork -f "$WORK/xinetd.conf" -pidfile "$WORK/xinetd.pid"
}

# Starts one tcpserver for each service. Each chooses a port and prints it.
start_tcpserver()
{
	local service
	for service in "${services[@]}"; do
		start "tcpserver_$service" tcpserver -1 -H -R -l 0 127.0.0.1 0 "$WEBSOCKSY" -i -f "$WORK/$service.conf"
	done
	for service in "${services[@]}"; do
		within 15 test -s "$WORK/tcpserver_$service.out"
		service_port[$service]=$(cat "$WORK/tcpserver_$service.out")
	done
}

stop_super()
{
	local service
	if [ "$1" != tcpserver ]; then
		stop super
		return
	fi
	for service in "${services[@]}"; do
		stop "tcpserver_$service"
	done
}

# The tests below use no bridge that this script starts, so there is no log to show.
bridge_none
for super in openbsd-inetd xinetd tcpserver; do
	program=${super#openbsd-}
	if [ -z "$(missing "$program")" ]; then
		choose_ports
		"start_${super//-/_}"
		if ! within 20 all_listen; then
			tap_result 1 "$super listens"
			diag "$(tail -n 12 "$WORK/super.log")"
		fi
	fi
	url=ws://127.0.0.1:${service_port[good]:-1}/
	check "$NODE redis-server $program" "$super: a whole session with redis" \
		talk redis "$url" 1048576
	check "$NODE redis-server $program" "$super: 12 sessions at once" \
		talk redis "$url" 65536 12
	check "$BROWSER redis-server python3 $program" "$super: a session of Chromium" \
		talk --page "$(page 127.0.0.1)" redis "$url" 1048576
	for service in "${services[@]:1}"; do
		read -r status word <<<"${answer[$service]}"
		check "$NODE $program" "$super: nothing but an answer in HTTP goes to the client ($service)" \
			talk --response "${service_port[$service]:-1}" "$status" "$word"
	done
	check "$program" "$super: no process is left after the sessions" within 10 none_left
	[ -n "$(missing "$program")" ] || stop_super "$super"
done
