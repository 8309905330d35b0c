# Copyright (c) The websocksy authors
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# For the tests of etc/: its files as after make install, in a directory that is used instead of /.

etc_source=${top_srcdir:-.}/etc

# etc_begin DIRECTORY: uses DIRECTORY instead of /, and makes the directories below it.
etc_begin()
{
	etc_root=$1
	mkdir -p "$etc_root/etc/default" "$etc_root/etc/ssl/private" "$etc_root/run" "$etc_root/var/log" \
		"$etc_root/sbin" &&
	    ln -sf "$WEBSOCKSY" "$etc_root/sbin/websocksy"
}

# etc_fill FILE: prints etc/FILE with all its paths changed to paths below that directory.
etc_fill()
{
	if [ -f "$etc_source/$1.in" ]; then
		etc_file=$etc_source/$1.in
	else
		etc_file=$etc_source/$1
	fi
	etc_paths='/etc/default/\|/etc/ssl/\|/etc/websocksy\|/run/\|/var/log/\|/sbin/websocksy'
	sed -e 's,@sysconfdir@,/etc,g' -e 's,@sbindir@,/sbin,g' \
		-e "s,unix:///run/,unix://$etc_root/run/,g" \
		-e "s,\(^\|[^/a-z]\)\($etc_paths\),\1$etc_root\2,g" "$etc_file"
}

# etc_files: prints the names of the files in etc, without .in. A file that the build has made from a .in file is
# printed once.
etc_files()
{
	(cd "$etc_source" && find . -type f | sed -e 's|^\./||' -e 's|\.in$||' | LC_ALL=C sort -u)
}
