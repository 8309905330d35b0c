# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Installs the missing programs that the tests of t/interop use, from Debian and npm.

# Lines of COMMAND PACKAGE SERVICE. SERVICE is started by the package by default; the installation prevents this.
install_table()
{
	cat <<'END'
redis-server	redis-server	redis-server
nginx		nginx		nginx
inetd		openbsd-inetd	openbsd-inetd
sshd		openssh-server	ssh
tcpserver	ucspi-tcp	-
dnsmasq		dnsmasq-base	-
haproxy		haproxy		haproxy
stunnel4	stunnel4	-
openssl		openssl		-
logrotate	logrotate	-
systemd-analyze	systemd		-
clangd		clangd		-
socat		socat		-
chromium	chromium	-
curl		curl		-
python3		python3		-
node		nodejs		-
npm		npm		-
ps		procps		-
END
}

# While this file exists no package starts a service.
install_policy=/usr/sbin/policy-rc.d

install_debian()
{
	local command package service packages=() services=() made=''
	while read -r command package service; do
		if ! command -v "$command" >/dev/null; then
			packages+=("$package")
			[ "$service" = - ] || services+=("$service")
		fi
	done < <(install_table)
	[ "${#packages[@]}" -gt 0 ] || return 0
	install_root "${packages[@]}" || return
	if [ ! -e "$install_policy" ]; then
		printf '#!/bin/sh\nexit 101\n' >"$install_policy" && chmod 755 "$install_policy" || return
		made=$install_policy
	fi
	apt-get -q update &&
	    DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "${packages[@]}"
	local status=$?
	[ -z "$made" ] || rm -f "$made"
	[ "$status" -eq 0 ] || return
	# The services must not start at the next boot either.
	for service in "${services[@]}"; do
		update-rc.d "$service" disable || return
	done
}

install_root()
{
	[ "$(id -u)" -ne 0 ] || return 0
	echo "missing: $*; install them as root"
	return 1
}

# Debian allows only one installed super-server, so xinetd is unpacked outside of the system directories.
install_xinetd()
{
	! command -v xinetd >/dev/null || return 0
	rm -rf "$CACHE/deb" && mkdir -p "$CACHE/deb" &&
	    (cd "$CACHE/deb" && { apt-get -q download xinetd || { apt-get -q update && apt-get -q download xinetd; }; }) &&
	    dpkg-deb -x "$CACHE"/deb/xinetd_*.deb "$CACHE/root"
}

install_npm()
{
	[ ! -d "$NODE_PATH/ws" ] || [ ! -d "$NODE_PATH/playwright-core" ] || [ ! -d "$NODE_PATH/jayson" ] || return 0
	mkdir -p "$CACHE" &&
	    npm install --prefix "$CACHE" --no-save --no-audit --no-fund --ignore-scripts ws@8 playwright-core@1 \
		jayson@4
}

install_all()
{
	install_debian && install_xinetd && install_npm
}
