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

@test "a device whose file says ENODEV once has not gone: it is given back all the same" {
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
