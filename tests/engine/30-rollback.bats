#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Starts that fail half way: everything already done is undone, the first cause is told.

load helper

setup_file() { pretend_host lab; }
teardown_file() { pretend_end; }

setup() {
	pretend_reset
	lab_registry
	remember_host
}

@test "a device that vfio-pci refuses: the others go back, the kernel's reason is told" {
	ctl set $NIC1 probe-fails=vfio-pci:EINVAL
	remember_host
	run prepare vm npu nic
	refused "domain 'vm': cannot bind $NIC1: driver vfio-pci refused it: Invalid argument"
}

@test "a driver that does not let go by an error" {
	ctl fail write '*/e1000e/unbind' '*' EBUSY
	run prepare vm npu nic
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: domain 'vm': cannot bind $NIC1: "*"Device or resource busy" ]]
	ctl clear
	release vm
	nothing_touched
}

@test "every single write to sysfs may fail: all or nothing" {
	for n in 1 2 3 4 5; do
		pretend_reset
		ctl fail write '*' $n EIO
		run prepare vm npu nic
		ctl clear
		[ "$status" -eq 1 ]
		[[ $output == "pcitag: domain 'vm': cannot bind "* ]]
		release vm
		nothing_touched
	done
}

@test "a group still open at release is waited for, then quarantined, and given back later" {
	prepare vm npu
	ctl hold "$(group_of $NPU1)"
	start=$SECONDS
	release vm
	[ $((SECONDS - start)) -le 12 ]
	pcitag list | grep -q "$NPU1 .* quarantined "
	pcitag leases | grep -q "vm: $NPU1 cannot go back: somebody has /dev/vfio/$(group_of $NPU1) open; end that process, then run pcitag reconcile"

	ctl unhold "$(group_of $NPU1)"
	release vm
	nothing_touched
}

@test "a quarantined device is not given to another domain" {
	prepare vm npu
	ctl hold "$(group_of $NPU1)"
	release vm
	prepare other npu
	[ "$(placeholder other/npu)" = "/dev/pcitag/device/$NPU2" ]
	ctl unhold "$(group_of $NPU1)"
	release vm
	release other
	nothing_touched
}

@test "a driver that does not take its device back: the override is cleared all the same" {
	prepare vm nic
	ctl set $NIC1 probe-fails=e1000e:ENODEV
	release vm
	[ "$(driver_of $NIC1)" = - ]
	[ "$(override_of $NIC1)" = "(null)" ]
	[ "$(pcitag leases)" = "no domain holds a device" ]
}

@test "a device that was unplugged meanwhile does not keep the rest from going back" {
	prepare vm npu nic
	ctl remove $NPU1
	release vm
	[ "$(driver_of $NIC1)" = e1000e ]
	[ "$(pcitag leases)" = "no domain holds a device" ]
	ctl add $NPU1
}

@test "another card in the slot by the time of the release is left alone" {
	prepare vm nic
	ctl remove $NIC1
	ctl add $NIC1
	ctl set $NIC1 device=1533
	release vm
	[ "$(pcitag leases)" = "no domain holds a device" ]
}

@test "one group still open does not keep the others from going back" {
	prepare vm npu nic
	ctl hold "$(group_of $NPU1)"
	release vm
	[ "$(driver_of $NIC1)" = e1000e ]
	[ "$(driver_of $NPU1)" = vfio-pci ]
	# The NIC is free for others, although the lease still stands for the NPU.
	prepare other nic
	[ "$(placeholder other/nic)" = "/dev/pcitag/device/$NIC1" ]

	ctl unhold "$(group_of $NPU1)"
	release vm
	release other
	nothing_touched
}
