# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016 # what is in single quotes is for the shell of the lab
#
# Functions for tests of tagged domains in the lab, in addition to helper.bash. The devices are those of
# devices.txt.

load helper

load machine

# lab_registry: installs the registry with the types that the tests request.
lab_registry() {
	lab 'cat >/etc/pcitag/registry.ini; : >/etc/pcitag/pcitag.ini' < <(machine_registry)
}

# tagged_xml NAME [REQUEST...]: prints the plain nested guest with placeholders. PLAIN=plain-pc selects an
# i440fx machine, EXTRA is added to <devices>, TAIL after it.
tagged_xml() {
	local name=$1 plain=${PLAIN-plain} request inputs=''
	shift
	for request in "$@"; do
		inputs+="<input type='passthrough' bus='virtio'><source evdev='/dev/pcitag/$name/$request'/></input>"
	done
	inputs+="<input type='evdev'><source dev='/dev/vfio/vfio'/></input>${EXTRA-}"
	sed -e "s|<name>$plain</name>|<name>$name</name>|" -e "s|/$plain-serial|/$name-serial|" \
		-e 's|/usr/bin/qemu-system|/usr/bin/pcitag-qemu-system|' \
		-e "s|  </devices>|    $inputs\n  </devices>${TAIL-}|" \
		"$LAB_DIR/domains/$plain.xml"
}

# tagged_define NAME [REQUEST...]
tagged_define() {
	tagged_xml "$@" >"$BATS_TEST_TMPDIR/$1.xml"
	lab_define "$BATS_TEST_TMPDIR/$1.xml"
}

# qemu_pid DOMAIN: prints the pid of the real emulator.
qemu_pid() {
	lab "cat /run/libvirt/qemu/$1.pid"
}

# guest_devices DOMAIN: prints "ID HOST-ADDRESS GUEST-SLOT.FUNCTION" of each VFIO device as QEMU itself
# reports it.
guest_devices() {
	lab "virsh qemu-monitor-command $1 --hmp 'info qtree'" | tr -d '\r' | awk '
		/dev: / { device = $2; id = $4; gsub(/[",]/, "", id); gsub(/,/, "", device) }
		device == "vfio-pci" && /^ *addr = / { addr[id] = $3 }
		device == "vfio-pci" && /^ *sysfsdev = / {
			gsub(/"/, "", $3); sub(/.*\//, "", $3)
			host[id] = $3
		}
		END { for (id in host) print id, host[id], addr[id] }' | LC_ALL=C sort
}

# host_state, remember_host, nothing_touched: compare drivers, overrides, links and leases before and after.
host_state() {
	lab_snapshot_devices
	lab 'find /dev/pcitag -type l 2>/dev/null; ls /run/pcitag/leases 2>/dev/null; true'
}

remember_host() {
	before=$(host_state)
}

nothing_touched() {
	diff <(echo "$before") <(host_state)
}
