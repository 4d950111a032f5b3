#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Tagged domains get their devices at `prepare`; here QEMU cannot open them, so each start
# fails late, and everything must be returned before `virsh start` returns.

load helper

setup() {
	fresh
	remember
}

teardown() {
	umount /usr/bin/pcitag-qemu 2>/dev/null || true
}

# What was written to sysfs between prepare and release of one driverless device.
bound_and_given_back() {
	[ "$(writes | grep -c "drivers_probe \"$1")" -eq 1 ]
	[ "$(writes | grep -c "drivers/vfio-pci/unbind \"$1")" -eq 1 ]
}

# The wrapper's place is taken by QEMU itself: nobody swaps the placeholder for the device.
without_wrapper() {
	mount --bind "$EMULATOR" /usr/bin/pcitag-qemu
}

@test "a guest whose memory cannot be locked is refused by the wrapper, and everything is returned" {
	define d1 "$(placeholder d1/npu)" "$CONTAINER"
	run virsh start d1
	[ "$status" -ne 0 ]
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[1]} == *": pcitag-qemu: the guest's memory cannot be locked for its devices: "*LimitMEMLOCK* ]]
	bound_and_given_back 0000:02:00.0
	nothing_held
}

@test "a placeholder that nobody swapped stops QEMU, and everything is returned" {
	without_wrapper
	define d1 "$(placeholder d1/npu)" "$CONTAINER"
	run virsh start d1
	[ "$status" -ne 0 ]
	[[ $output == *"is not an evdev device"* ]]
	bound_and_given_back 0000:02:00.0
	nothing_held
}

@test "libvirt resolves the placeholder into the guest's own /dev: one group, and the container" {
	# In the emulator's place something that looks around and ends.
	cat >/usr/bin/look <<-'LOOK'
		#!/bin/bash
		case "$*" in
		*guest=d1*) find /dev/pcitag /dev/vfio -mindepth 1 -printf '%p %y %l\n' | sort >&2 ;;
		*) exec /usr/bin/qemu-system-x86_64 "$@" ;;
		esac
	LOOK
	chmod 755 /usr/bin/look
	mount --bind /usr/bin/look /usr/bin/pcitag-qemu
	define d1 "$(placeholder d1/npu)" "$CONTAINER"
	run virsh start d1
	[ "$status" -ne 0 ]
	diff <(grep -E '^/dev/' /var/log/libvirt/qemu/d1.log | sed 's/ \([fc]\) $/ node/; s/ $//') - <<-'SEEN'
		/dev/pcitag/d1 d
		/dev/pcitag/d1/npu l /dev/pcitag/device/0000:02:00.0
		/dev/pcitag/device d
		/dev/pcitag/device/0000:02:00.0 l /dev/vfio/14
		/dev/vfio/14 node
		/dev/vfio/vfio node
	SEEN
	nothing_held
}

@test "two requests get a device each, and both are returned" {
	define d1 "$(placeholder d1/npu.0)" "$(placeholder d1/npu.1)" "$CONTAINER"
	run virsh start d1
	[ "$status" -ne 0 ]
	bound_and_given_back 0000:02:00.0
	bound_and_given_back 0000:03:00.0
	nothing_held
}

@test "a device is returned to the driver that it had" {
	printf '[net]\ntype = nic\nvendor = 8086\ndevice = 10d3\naddress = 0000:06:00.0\n' >/etc/pcitag/registry.ini
	[ "$(driver_of 0000:06:00.0)" = e1000e ]
	define d1 "$(placeholder d1/nic)" "$CONTAINER"
	run virsh start d1
	[ "$status" -ne 0 ]
	writes | grep -q '^drivers/e1000e/unbind "0000:06:00.0'
	[ "$(driver_of 0000:06:00.0)" = e1000e ]
	nothing_held
}

@test "the start can be tried again and again" {
	define d1 "$(placeholder d1/npu)" "$CONTAINER"
	rm -f /var/log/libvirt/qemu/d1.log
	for _ in 1 2 3 4 5; do
		run virsh start d1
		[ "$status" -ne 0 ]
	done
	# libvirt shows the line, unless it finds the monitor's socket closed before it reads it.
	[ "$(grep -c "cannot be locked" /var/log/libvirt/qemu/d1.log)" -eq 5 ]
	nothing_held
}

@test "three domains that start at once do not get in each other's way" {
	local d
	for d in d1 d2 d3; do
		define "$d" "$(placeholder "$d/npu")" "$CONTAINER"
	done
	for d in d1 d2 d3; do
		virsh start "$d" >"$BATS_TEST_TMPDIR/$d" 2>&1 &
	done
	wait
	for d in d1 d2 d3; do
		grep -q "cannot be locked" "/var/log/libvirt/qemu/$d.log"
	done
	nothing_held
}

@test "a native hostdev of a device that is free for us is none of our business" {
	define native "<hostdev mode='subsystem' type='pci' managed='no'><source><address domain='0' bus='2' slot='0' function='0'/></source></hostdev>"
	run virsh start native
	[[ $output != *pcitag:* ]]
	[ -z "$(writes)" ]
	nothing_held
}
