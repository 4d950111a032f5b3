#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the lab's nested guests can do without us: the measure for what they do with a tag.

load helper

@test "a NIC that libvirt itself hands out works in the nested guest and comes back" {
	before=$(lab_snapshot_devices)
	lab_define "$LAB_DIR/domains/native.xml"
	lab virsh start native
	lab_serial_wait native '^GUEST READY'
	lab_serial native | grep -E '^PCI 0000:..:..\.. 8086:10d3 class 020000'
	lab_serial_wait native '^DHCP 10\.77\.0\.'
	[ "$(lab_driver 0000:05:00.0)" = vfio-pci ]

	lab_type native poweroff
	lab_wait_state native 'shut off' 180
	diff <(echo "$before") <(lab_snapshot_devices)
	lab_clean
}
