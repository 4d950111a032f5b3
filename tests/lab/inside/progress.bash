# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034 # seconds is for those who use this
#
# Words for scripts that wait in the lab for a domain: "lab_waits" puts them in front of such a script.
# No process is started while one waits: on an emulated CPU that would take much of what the guest needs.

# cpu_seconds DOMAIN: sets seconds to what its QEMU has used, user and system; fails when there is none.
# Fields 14 and 15 of proc_pid_stat(5), the 12th and 13th behind the command's name in brackets.
cpu_seconds() {
	local pid='' text fields
	# libvirt writes no newline.
	{ read -r pid <"/run/libvirt/qemu/$1.pid" || [[ -n $pid ]]; } 2>/dev/null || return 1
	{ read -r text <"/proc/$pid/stat"; } 2>/dev/null || return 1
	read -ra fields <<<"${text##*) }"
	seconds=$(((fields[11] + fields[12]) / 100))
}

# pause SECONDS
exec 4<> <(:)
pause() {
	read -r -t "$1" -u 4 || true
}
