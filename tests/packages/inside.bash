# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Functions for the stories that the tests run in a chroot.

LINK=/etc/libvirt/hooks/qemu.d/pcitag
PROGRAM=/usr/sbin/pcitag-hook
RULES=/etc/apparmor.d/local/abstractions/libvirt-qemu
export DEBIAN_FRONTEND=noninteractive

# install_package [old]: prints what dpkg prints.
install_package() {
	dpkg --install /"${1-new}"/pcitag_*.deb 2>&1
}

# run_for_output COMMAND...: sets status and output.
run_for_output() {
	status=0
	output=$("$@" 2>&1) || status=$?
}

is_installed() {
	[[ $(dpkg-query --show --showformat='${db:Status-Status}' pcitag) == installed ]]
}

# every_file: every file of the chroot with its kind, mode, owner, target, size and time, without what dpkg, the
# caches and the tests write.
every_file() {
	local left_out=(-false) path
	for path in /proc /dev /new /old /story /leases /tmp /var/lib/dpkg /var/log /var/cache /etc/ld.so.cache; do
		left_out+=(-o -path "$path")
	done
	find / -xdev \( "${left_out[@]}" \) -prune -o -type f -printf '%p %y %m %U:%G %s %T@\n' -o \
		-printf '%p %y %m %U:%G %l\n' | sort
}

# assigned DOMAIN [KIND]: the lease of a domain, as version 0.1.0 wrote it, from this boot. libvirt's daemon, which it
# names, runs: the lease is not one that a crash has left.
assigned() {
	if [[ -z ${daemon-} ]]; then
		sleep 600 &
		daemon=$!
	fi
	mkdir -p /run/pcitag/leases
	sed -e "s/\"boot_id\":[^,]*/\"boot_id\":\"$(</proc/sys/kernel/random/boot_id)\"/" \
		-e "s/\"daemon_pid\":[^,]*/\"daemon_pid\":$daemon/" \
		-e "s/\"daemon_start_time\":[^,]*/\"daemon_start_time\":$(cut -d' ' -f22 "/proc/$daemon/stat")/" \
		-e "s/\"domain\":[^,]*/\"domain\":\"$1\"/" "/leases/${2-bound}.json" \
		>"/run/pcitag/leases/$(sed -n 's/.*"uuid":"\([^"]*\)".*/\1/p' "/leases/${2-bound}.json").json"
}
