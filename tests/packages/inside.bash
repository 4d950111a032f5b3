# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034 # the stories use what is set here
# Functions for the stories that the tests run in a chroot.

LINK=/etc/libvirt/hooks/qemu.d/pcitag
PROGRAM=/usr/sbin/pcitag-hook
RULES=/etc/apparmor.d/local/abstractions/libvirt-qemu
export DEBIAN_FRONTEND=noninteractive

# A host without PCI devices: what a lease names must not be found on the machine that runs the tests.
mkdir -p /sys/bus/pci/{devices,drivers} /sys/kernel/iommu_groups

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

# every_file: every file of the chroot with its kind, mode, owner and target, plain files with their time and hash as
# well. Left out is what others write while packages come and go: the kernel, the tests, man-db its index, and of dpkg
# and apt the state of all packages, its copies, locks and logs, and what apt keeps of its sources.
every_file() {
	local found=(/ -xdev '(' -false) path
	for path in /proc /dev /sys /new /old /story /leases /tmp \
		/var/lib/dpkg/{status,status-old,available,available-old,lock,lock-frontend,triggers/{Lock,Unincorp}} \
		/var/lib/apt/{extended_states,lists} /var/log/{dpkg.log,apt} /var/cache/{apt,man}; do
		found+=(-o -path "$path")
	done
	found+=(')' -prune -o)
	{
		# Time is no matter where a part that comes and goes is in a file of others: the block for AppArmor, triggers.
		find "${found[@]}" -type f ! -path '/etc/apparmor.d/local/*' ! -path /var/lib/dpkg/triggers/File \
			-printf '%p %y %m %U:%G %T@\n' -o -printf '%p %y %m %U:%G %l\n'
		find "${found[@]}" -type f -exec sha256sum {} + | sed -E 's/^([^ ]*)  (.*)/\2 \1/'
	} | sort
}

# runs DOMAIN UUID: libvirt's files of a running domain, whose emulator is a process that sleeps.
runs() {
	sleep 600 &
	mkdir -p /run/libvirt/qemu
	printf %d $! >"/run/libvirt/qemu/$1.pid"
	cat >"/run/libvirt/qemu/$1.xml" <<-END
		<domstatus state='running' reason='booted' pid='$!'>
		  <domain type='qemu'><name>$1</name><uuid>$2</uuid>
		    <seclabel type='dynamic' model='dac' relabel='yes'><label>+0:+0</label></seclabel></domain>
		</domstatus>
	END
}

# ends DOMAIN: it ends without libvirt, and the daemon that started it is gone.
ends() {
	kill "$daemon" "$(<"/run/libvirt/qemu/$1.pid")"
	rm "/run/libvirt/qemu/$1".*
}

# assigned DOMAIN [KIND]: a domain that runs, and its lease, which is as version 0.1.0 wrote it, but from now.
assigned() {
	local uuid file=/leases/${2-bound}.json
	uuid=$(sed -n 's/.*"uuid":"\([^"]*\)".*/\1/p' "$file")
	runs "$1" "$uuid"
	sleep 600 &
	daemon=$!
	lease=/run/pcitag/leases/$uuid.json
	mkdir -p "${lease%/*}"
	sed -e "s/\"boot_id\":[^,]*/\"boot_id\":\"$(</proc/sys/kernel/random/boot_id)\"/" \
		-e "s/\"daemon_pid\":[^,]*/\"daemon_pid\":$daemon/" \
		-e "s/\"daemon_start_time\":[^,]*/\"daemon_start_time\":$(cut -d' ' -f22 "/proc/$daemon/stat")/" \
		-e "s/\"since\":[^,]*/\"since\":$(date +%s)/" \
		-e "s/\"since_boottime_ms\":[^,]*/\"since_boottime_ms\":$(awk '{ printf "%d", $1 * 1000 }' /proc/uptime)/" \
		-e "s/\"domain\":[^,]*/\"domain\":\"$1\"/" "$file" >"$lease"
}
