#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# A domain starts and ends: who gets what, and everything is returned to where it was.

load helper

setup_file() { host_start; }
teardown_file() { host_end; }

setup() {
	host_reset
	lab_registry
	remember_host
}

@test "one request: a driverless device is given, and left driverless again" {
	prepare vm npu
	[ "$(driver_of $NPU1)" = vfio-pci ]
	[ "$(override_of $NPU1)" = vfio-pci ]
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU1" ]
	[ "$(placeholder device/$NPU1)" = "/dev/vfio/$(group_of $NPU1)" ]

	release vm
	[ "$(driver_of $NPU1)" = - ]
	nothing_touched
}

@test "a NIC leaves its driver and gets it back" {
	prepare vm nic
	[ "$(driver_of $NIC1)" = vfio-pci ]
	[ "$(driver_of $NIC2)" = e1000e ]

	release vm
	[ "$(driver_of $NIC1)" = e1000e ]
	nothing_touched
}

@test "two requests of one domain" {
	prepare vm npu nic
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU1" ]
	[ "$(placeholder vm/nic)" = "/dev/pcitag/device/$NIC1" ]

	release vm
	nothing_touched
}

@test "twins are told apart by an index" {
	prepare vm npu.0 npu.1
	[ "$(placeholder vm/npu.0)" = "/dev/pcitag/device/$NPU1" ]
	[ "$(placeholder vm/npu.1)" = "/dev/pcitag/device/$NPU2" ]

	release vm
	nothing_touched
}

@test "a request may name the model" {
	prepare vm Intel-82574L
	[ "$(placeholder vm/Intel-82574L)" = "/dev/pcitag/device/$NIC1" ]

	release vm
	nothing_touched
}

@test "two domains get different devices" {
	prepare one npu
	prepare two npu
	[ "$(placeholder one/npu)" = "/dev/pcitag/device/$NPU1" ]
	[ "$(placeholder two/npu)" = "/dev/pcitag/device/$NPU2" ]

	release one
	[ "$(driver_of $NPU2)" = vfio-pci ]
	release two
	nothing_touched
}

@test "two functions of one slot as two requests" {
	prepare vm dual.0 dual.1
	[ "$(placeholder vm/dual.0)" = "/dev/pcitag/device/$DUAL0" ]
	[ "$(placeholder vm/dual.1)" = "/dev/pcitag/device/$DUAL1" ]
	# One link leads to the group, which libvirt can open only once, the other to the container.
	[ "$(placeholder device/$DUAL0)" = "/dev/vfio/$(group_of $DUAL0)" ]
	[ "$(placeholder device/$DUAL1)" = /dev/vfio/vfio ]

	release vm
	nothing_touched
}

@test "functions = all: one placeholder names the whole card" {
	registry <<-'EOF'
		[Card]
		type = dual
		vendor = 8086
		device = 10d3
		address = 0000:07:00.0
		functions = all
	EOF
	prepare vm dual
	[ "$(placeholder vm/dual)" = "/dev/pcitag/device/$DUAL0+1" ]

	release vm
	nothing_touched
}

@test "the function nobody asked for is held with its group" {
	registry <<-'EOF'
		[First]
		type = dual
		vendor = 8086
		device = 10d3
		address = 0000:07:00.0
	EOF
	prepare vm dual
	[ "$(placeholder vm/dual)" = "/dev/pcitag/device/$DUAL0" ]
	[ "$(driver_of $DUAL1)" = vfio-pci ]
	pcitag leases | grep -q "$DUAL1 .* held "

	release vm
	nothing_touched
}

@test "a bridge in the group keeps its place" {
	bridge_driver=$(driver_of $BRIDGE)
	prepare vm old-nic
	[ "$(driver_of $BEHIND1)" = vfio-pci ]
	[ "$(driver_of $BEHIND2)" = vfio-pci ]
	[ "$(driver_of $BRIDGE)" = "$bridge_driver" ]
	[ "$(override_of $BRIDGE)" = "(null)" ]

	release vm
	nothing_touched
}

@test "releasing twice, or what was never prepared, does nothing" {
	release vm
	prepare vm npu
	release vm
	release vm
	nothing_touched
}

@test "a start after a lost release begins anew" {
	prepare vm npu nic
	prepare vm npu
	[ "$(driver_of $NIC1)" = e1000e ]
	[ "$(driver_of $NPU1)" = vfio-pci ]

	release vm
	nothing_touched
}

@test "five starts race for four devices: four win, no group twice, the loser is told why" {
	for vm in a b c d e; do
		prepare $vm npu 2>"$BATS_TEST_TMPDIR/$vm" &
	done
	lost=0
	for job in $(jobs -p); do
		wait "$job" || lost=$((lost + 1))
	done
	[ $lost -eq 1 ]
	[ "$(pcitag list | grep -c ' npu .* leased ')" -eq 4 ]
	cat "$BATS_TEST_TMPDIR"/[a-e] | grep -q "request npu: 4 devices of this host, none free: "
	for vm in a b c d e; do
		release $vm
	done
	nothing_touched
}
