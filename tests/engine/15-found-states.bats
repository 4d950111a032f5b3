#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Hosts as one finds them: devices and drivers in states that only a pretend kernel can be put
# into at will.

load helper

setup_file() { pretend_host lab; }
teardown_file() { pretend_end; }

setup() {
	pretend_reset
	lab_registry
	remember_host
}

@test "a member without a driver that nobody asked for is left alone" {
	ctl set $DUAL1 driver=-
	registry <<-'EOF'
		[First]
		type = dual
		vendor = 8086
		device = 10d3
		address = 0000:07:00.0
	EOF
	prepare vm dual
	[ "$(driver_of $DUAL0)" = vfio-pci ]
	[ "$(driver_of $DUAL1)" = - ]
	[ "$(override_of $DUAL1)" = "(null)" ]
	release vm
	[ "$(driver_of $DUAL0)" = e1000e ]
}

@test "a device that was on vfio-pci stays there" {
	ctl set $NPU1 driver=vfio-pci override=vfio-pci
	prepare vm npu
	release vm
	[ "$(driver_of $NPU1)" = vfio-pci ]
	[ "$(override_of $NPU1)" = vfio-pci ]
}

@test "an override of the administrator comes back" {
	ctl set $NIC1 override=e1000e
	prepare vm nic
	[ "$(override_of $NIC1)" = vfio-pci ]
	release vm
	[ "$(driver_of $NIC1)" = e1000e ]
	[ "$(override_of $NIC1)" = e1000e ]
}

@test "the lease is on disk before the first write to sysfs" {
	ctl stall write '*driver_override' 1
	prepare vm npu &
	for _ in {1..100}; do
		pcitag leases | grep -q "vm .* binding .*$NPU1" && break
		sleep 0.02
	done
	[ "$(pcitag leases --json | grep -c '"state":"binding"')" -eq 1 ]
	[ "$(driver_of $NPU1)" = - ]
	ctl release
	wait $!
	release vm
	nothing_touched
}

@test "no vfio-pci module" {
	ctl driver vfio-pci absent
	run prepare vm npu
	refused "domain 'vm': request npu: $NPU1 needs the driver vfio-pci, which this kernel has not loaded; try modprobe vfio-pci"
}

@test "a vfio-pci module that is not loaded yet is loaded" {
	ctl driver vfio-pci loadable
	prepare vm npu
	[ "$(driver_of $NPU1)" = vfio-pci ]
	release vm
}

@test "a device whose group somebody has open is not free" {
	for npu in $NPU1 $NPU2 $NPU3 $NPU4; do
		ctl set $npu driver=vfio-pci
	done
	ctl hold "$(group_of $NPU1)"
	remember_host
	prepare vm npu
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU2" ]
	[ "$(override_of $NPU1)" = "(null)" ]
	release vm
	nothing_touched
}
