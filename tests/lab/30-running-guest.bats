#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# One q35 guest with an NPU, a NIC and a two-function card by their tags, looked at while it runs
# and led through its life. The tests follow each other: the guest boots once.

load tagged

setup_file() {
	lab_clean
	lab_registry
	lab_snapshot_devices >"$BATS_FILE_TMPDIR/before"
	tagged_xml vm npu nic card >"$BATS_FILE_TMPDIR/vm.xml"
	lab_define "$BATS_FILE_TMPDIR/vm.xml"
	lab virsh start vm
}

teardown_file() {
	lab_clean
}

@test "the guest sees exactly what it asked for" {
	lab_serial_wait vm '^GUEST READY'
	run lab_serial vm
	[ "$(grep -c '^PCI .* 1234:11e8 class 00ff00' <<<"$output")" -eq 1 ]
	# One single NIC, and the card as one device with two functions.
	[ "$(grep -c '^PCI .* 8086:10d3 class 020000' <<<"$output")" -eq 3 ]
	card=$(sed -n 's/^PCI \(.*\)\.1 8086:10d3 .*/\1/p' <<<"$output")
	[ -n "$card" ]
	grep "^PCI $card\.0 8086:10d3 " <<<"$output"
}

@test "the guest drives the NIC: it gets a DHCP lease over it" {
	lab_serial_wait vm '^DHCP 10\.77\.0\.'
}

@test "the host has given the groups away, whole" {
	for address in $NPU1 $NIC1 $DUAL0 $DUAL1; do
		[ "$(lab_driver "$address")" = vfio-pci ]
	done
	run lab pcitag leases
	[ "$(grep -c '^vm .* bound .* given ' <<<"$output")" -eq 4 ]
	[ "$(lab_driver $NIC2)" = e1000e ]
	[ "$(lab_driver $NPU2)" = none ]
}

@test "the guest's AppArmor profile names exactly our groups" {
	expected=$(for address in $NPU1 $NIC1 $DUAL0; do echo "/dev/vfio/$(lab_group "$address")"; done; echo /dev/vfio/vfio)
	run lab 'sed -n "s|.*\"\(/dev/vfio/[^\"]*\)\".*|\1|p" /etc/apparmor.d/libvirt/libvirt-$(virsh domuuid vm | head -n 1).files'
	diff <(sort <<<"$expected") <(sort <<<"$output")
	lab 'cat /proc/$(cat /run/libvirt/qemu/vm.pid)/attr/current' | grep -x 'libvirt-.* (enforce)'
}

@test "the guest's private /dev holds exactly our groups" {
	expected=$(for address in $NPU1 $NIC1 $DUAL0; do lab_group "$address"; done; echo vfio)
	run lab 'nsenter --mount --target $(cat /run/libvirt/qemu/vm.pid) ls /dev/vfio'
	diff <(sort <<<"$expected") <(sort <<<"$output")
}

@test "QEMU runs as the unprivileged user, and may lock what libvirt itself would allow" {
	[ "$(lab 'ps -o user= -p $(cat /run/libvirt/qemu/vm.pid)')" = libvirt-qemu ] ||
		[ "$(lab 'ps -o uid= -p $(cat /run/libvirt/qemu/vm.pid) | tr -d " "')" = 64055 ]
	# 128 MiB and 1 GiB.
	lab 'grep "Max locked memory" /proc/$(cat /run/libvirt/qemu/vm.pid)/limits' |
		grep -E "$(((128 + 1024) * 1024 * 1024)) +$(((128 + 1024) * 1024 * 1024)) "
}

@test "suspend and resume keep everything" {
	lab virsh suspend vm
	lab_wait_state vm paused 10
	[ "$(lab_driver $NIC1)" = vfio-pci ]
	lab virsh resume vm
	lab_wait_state vm running 10
	[ "$(lab pcitag leases | grep -c '^vm .* bound ')" -eq 4 ]
}

@test "libvirtd restarts under the running guest: the guest and its lease stay" {
	pid=$(qemu_pid vm)
	lab systemctl restart libvirtd
	[ "$(lab virsh domstate vm | head -n 1)" = running ]
	[ "$(qemu_pid vm)" = "$pid" ]
	[ "$(lab pcitag leases | grep -c '^vm .* bound ')" -eq 4 ]
}

@test "virsh detach-device --live: the guest loses the device, which stays the domain's until that ends" {
	lab 'cat >/tmp/element.xml' <<<"<input type='passthrough' bus='virtio'><source evdev='/dev/pcitag/vm/npu'/></input>"
	run lab virsh attach-device vm /tmp/element.xml --live
	[ "$status" -eq 1 ]
	lab virsh detach-device vm /tmp/element.xml --live
	# The guest is asked, and takes its time.
	for _ in {1..60}; do
		devices=$(guest_devices vm)
		[[ $devices == *" $NPU1 "* ]] || break
		sleep 0.5
	done
	[ "$(wc -l <<<"$devices")" -eq 3 ]
	[ "$(lab_driver $NPU1)" = vfio-pci ]
	[ "$(lab pcitag leases | grep -c '^vm .* bound ')" -eq 4 ]
	run lab virsh attach-device vm /tmp/element.xml --live
	[ "$status" -eq 1 ]
	[ "$(guest_devices vm)" = "$devices" ]
}

@test "the guest switches itself off: everything is returned" {
	lab_type vm poweroff
	lab_wait_state vm 'shut off' 180
	diff "$BATS_FILE_TMPDIR/before" <(lab_snapshot_devices)
	[ "$(lab pcitag leases)" = "no domain holds a device" ]
	[ -z "$(lab 'find /dev/pcitag -type l')" ]
}
