#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# libvirt's own use of iommufd (12.1 and later), on a kernel without it, as Debian builds them (CONFIG_IOMMUFD is not
# set): libvirt refuses it for its own devices, placeholders need none. How a device is seen that is in use by its
# own node, /dev/vfio/devices/vfioN, is in tests/engine/46-release-verb.bats.

load bare

PORTS="<controller type='pci' index='0' model='pcie-root'/>"
for index in 1 2 3; do
	PORTS+="<controller type='pci' index='$index' model='pcie-root-port'/>"
done

setup_file() {
	lab_clean
	lab_registry
}

setup() {
	remember_host
}

teardown() {
	lab_clean
}

# define_with_iommufd NAME [REQUEST...]: a domain whose native devices all use iommufd.
define_with_iommufd() {
	EXTRA=$PORTS bare_xml "$@" | sed "s|<devices>|<iommufd enabled='yes'/><devices>|" |
		lab 'cat >/tmp/domain.xml && virsh --quiet define /tmp/domain.xml'
	[[ $(lab virsh dumpxml "$1") == *"<iommufd enabled='yes'/>"* ]]
}

# iommufd_offered EMULATOR: whether libvirt offers iommufd with it, as "no" or "yes no".
iommufd_offered() {
	lab "virsh domcapabilities --emulatorbin /usr/bin/$1" |
		sed -n "/<enum name='iommufd'>/,/<.enum>/s|.*<value>\(.*\)</value>.*|\1|p" | xargs
}

@test "check: no iommufd, which does not matter; libvirt offers none with the wrapper, as with QEMU" {
	lab 'test ! -e /dev/iommu'
	run lab pcitag check
	echo "$output"
	[[ $output =~ PASS\ +iommufd\ +"/dev/iommu is not there: no <hostdev> with iommufd starts; placeholders need none" ]]
	[[ $output == *" 0 failed: this host is ready" ]]
	[ "$(iommufd_offered qemu-system-x86_64)" = no ]
	[ "$(iommufd_offered pcitag-qemu-system-x86_64)" = no ]
}

@test "a native device by iommufd is refused by libvirt, beside a tag as well; its place on the host is kept" {
	with=$(hostdev_xml $NIC1 | sed "s|<source>|<driver name='vfio' iommufd='yes'/><source>|")
	[[ $with == *"<driver name='vfio' iommufd='yes'/>"* ]]
	for requests in '' npu; do
		EXTRA=$with run bare_define vm $requests
		echo "$output"
		[ "$status" -eq 1 ]
		[[ $output == *"IOMMUFD is not supported by host kernel"* ]]
	done
	nothing_touched
}

@test "a domain whose native devices would use iommufd gets its tagged ones" {
	define_with_iommufd vm npu nic
	lab virsh --quiet start --paused vm
	[ "$(guest_devices vm | cut -d' ' -f2 | sort | xargs)" = "$NPU1 $NIC1" ]
	[ "$(lab pcitag leases | grep -c '^vm .* bound .* given ')" -eq 2 ]

	# By their groups.
	run lab 'find /proc/$(cat /run/libvirt/qemu/vm.pid)/fd -lname "/dev/vfio/*" -printf "%l\n"'
	diff <(printf '/dev/vfio/%s\n' "$(lab_group $NPU1)" "$(lab_group $NIC1)" vfio | sort) <(sort -u <<<"$output")
	lab virsh --quiet destroy vm
	nothing_touched
}

@test "an attached device is a native one: libvirt refuses it in that domain, and everything is undone" {
	define_with_iommufd vm npu
	lab virsh --quiet start --paused vm
	run lab pcitag attach vm nic
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: domain 'vm': request nic: libvirt: "*/dev/vfio/devices/vfio* ]]
	[ "$(lab_driver $NIC1)" = e1000e ]
	[ "$(guest_devices vm | cut -d' ' -f2)" = "$NPU1" ]
	[ "$(lab pcitag leases | grep -c '^vm ')" -eq 1 ]
	lab virsh --quiet destroy vm
	nothing_touched
}
