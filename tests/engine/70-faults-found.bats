#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the enumeration of faults (tests/faults) found, as single stories.

load helper

setup_file() { pretend_host lab; }
teardown_file() { pretend_end; }

setup() {
	pretend_reset
	lab_registry
	remember_host
}

@test "a device whose file says ENODEV once has not gone: it is returned all the same" {
	prepare vm nic
	ctl fail read "*/$NIC1/vendor" 1 ENODEV
	release vm
	[ "$(driver_of $NIC1)" = e1000e ]
	nothing_touched
}

@test "a group whose node cannot be asked is not taken, whatever else is free" {
	ctl set $NIC1 driver=vfio-pci override=vfio-pci
	remember_host
	ctl fail open "/dev/vfio/$(group_of $NIC1)" '*' EIO
	prepare vm nic
	[ "$(driver_of $NIC2)" = vfio-pci ]
	release vm
	nothing_touched
}

@test "any one write of a release may fail: the device is returned all the same, without another's help" {
	for ((n = 1; ; n++)); do
		prepare vm nic npu
		ctl clear
		ctl fail write '*' $n EIO
		release vm
		[ "$(pcitag leases)" = "no domain holds a device" ]
		nothing_touched
		[[ $(ctl log) == *EIO* || $(ctl log) == *-5* ]] || break
		ctl clear
	done
	[ $n -ge 6 ]
}

@test "a write of a release that fails twice in a row is tried once more" {
	prepare vm nic
	ctl clear
	ctl fail write '*/drivers_probe' 1 EIO
	ctl fail write '*/drivers_probe' 1 EIO
	release vm
	[ "$(pcitag leases)" = "no domain holds a device" ]
	nothing_touched
}

@test "a node that goes while it is opened is one that is not there" {
	ctl set $NIC1 driver=vfio-pci
	ctl fail open "/dev/vfio/$(group_of $NIC1)" 1 ENODEV
	prepare vm nic
	[ "$(placeholder vm/nic)" = "/dev/pcitag/device/$NIC1" ]
	release vm
	[ "$(driver_of $NIC1)" = vfio-pci ]
}
