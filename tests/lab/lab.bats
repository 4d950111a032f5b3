#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The lab itself: what the other tests build on is really there.

load helper

# devices: the functions of the lab in the form of devices.txt.
devices() {
	lab 'cd /sys/bus/pci/devices && for address in *; do
		driver=$(readlink "$address/driver" || echo none)
		members=$(ls "$address/iommu_group/devices")
		printf "%s %s:%s %s %-14s %s\n" "$address" \
			"$(cut -c3- "$address/vendor")" "$(cut -c3- "$address/device")" \
			"$(cut -c3- "$address/class")" "${driver##*/}" "$(echo $members)"
	done'
}

# Both ways: what the table has and is missing, and what is there and not in the table. Not in it are the random
# numbers, the root ports and the chipset.
@test "the devices, drivers and IOMMU groups are those of devices.txt" {
	expected=$(grep -v '^#' "$LAB_DIR/devices.txt" | tr -s ' ')
	[ "$(wc -l <<<"$expected")" -ge 16 ]
	actual=$(devices | tr -s ' ' | grep -vE '^0000:00:(00\.0|04\.0|1[0-8]\.0|1f\..) ')
	diff <(echo "$expected") <(echo "$actual")
}

@test "AppArmor enforces, cgroups are v2, libvirt is confined" {
	[ "$(lab cat /sys/module/apparmor/parameters/enabled)" = Y ]
	[ "$(lab stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]
	lab virsh version
	lab 'cat /proc/$(pidof libvirtd)/attr/current' | grep -x 'libvirtd (enforce)'
}
