#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A guest with an NPU that starts anew without an end between: its devices stay its own.

load tagged

setup_file() {
	lab_clean
	lab_registry
	lab_snapshot_devices >"$BATS_FILE_TMPDIR/before"
	tagged_xml vm npu >"$BATS_FILE_TMPDIR/vm.xml"
	lab_define "$BATS_FILE_TMPDIR/vm.xml"
	lab virsh start vm
}

teardown_file() {
	lab_clean
}

# A boot takes minutes on an emulated CPU that is emulated itself. The kernel lists the devices on its buses long
# before it has booted: a reset need not wait for more, and after the reboot there is no more to see.
@test "virsh reset, virsh reboot: the guest comes up again with its devices" {
	lab_serial_wait vm '\[1234:11e8\]'
	lab virsh reset vm
	lab_serial_wait vm '\[1234:11e8\]' 2
	# A kernel that is still booting ignores the power button.
	lab_serial_wait vm '^GUEST READY'
	[ "$(lab_serial vm | grep -c '^PCI .* 1234:11e8 ')" -eq 1 ]
	[ "$(lab pcitag leases | grep -c '^vm .* bound ')" -eq 1 ]

	lab virsh reboot vm
	lab_serial_wait vm '\[1234:11e8\]' 3
	[ "$(lab pcitag leases | grep -c '^vm .* bound ')" -eq 1 ]
}

@test "its end returns everything" {
	lab virsh destroy vm
	diff "$BATS_FILE_TMPDIR/before" <(lab_snapshot_devices)
	[ "$(lab pcitag leases)" = "no domain holds a device" ]
}
