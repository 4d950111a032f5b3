#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What `virsh start` shows when a tagged domain cannot start: one line with the request and
# the reason; and nothing was touched.

load helper

setup() {
	fresh
	remember
}

teardown() {
	nothing_held
	[ -z "$(writes)" ]
}

# start_refused TEXT: starts d1.
start_refused() {
	run virsh start d1
	refused "$1"
}

@test "a type that the registry does not know" {
	define d1 "$(placeholder d1/tpu)" "$CONTAINER"
	start_refused "domain 'd1': request tpu: the registry has no type or model tpu; its types are: npu"
}

@test "more devices than there are" {
	define d1 "$(placeholder d1/npu.0)" "$(placeholder d1/npu.1)" "$(placeholder d1/npu.2)" \
		"$(placeholder d1/npu.3)" "$(placeholder d1/npu.4)" "$CONTAINER"
	start_refused "domain 'd1': requests npu.0, npu.1, npu.2, npu.3, npu.4 cannot all be met at once; *"
}

@test "a registry without entries" {
	: >/etc/pcitag/registry.ini
	define d1 "$(placeholder d1/npu)" "$CONTAINER"
	start_refused "domain 'd1': request npu: the registry is empty; describe the device with pcitag define, or in /etc/pcitag/registry.ini"
}

@test "a registry with a mistake" {
	printf '[edu]\ntype = npu\nvendor = 1234\ndevice = 11e8\ncolour = red\n' >/etc/pcitag/registry.ini
	define d1 "$(placeholder d1/npu)" "$CONTAINER"
	start_refused "domain 'd1': /etc/pcitag/registry.ini:5: unknown key colour; the keys are *"
}

@test "pcitag switched off" {
	printf '[pcitag]\nenabled = no\n' >/etc/pcitag/pcitag.ini
	define d1 "$(placeholder d1/npu)" "$CONTAINER"
	run virsh start d1
	: >/etc/pcitag/pcitag.ini
	refused "domain 'd1': request npu: pcitag is switched off; write enabled = yes in /etc/pcitag/pcitag.ini"
}

@test "no VFIO container" {
	define d1 "$(placeholder d1/npu)"
	start_refused "domain 'd1' requests 'npu' but does not have the VFIO container: add <input type='evdev'><source dev='/dev/vfio/vfio'/></input> to <devices>"
}

@test "an emulator that is not the wrapper" {
	EMU=$EMULATOR define d1 "$(placeholder d1/npu)" "$CONTAINER"
	start_refused "domain 'd1' requests 'npu' but its emulator /usr/bin/qemu-system-x86_64 does not know placeholders: write <emulator>/usr/bin/pcitag-qemu-system-x86_64</emulator>"
}

@test "the same placeholder twice" {
	define d1 "$(placeholder d1/npu)" "$(placeholder d1/npu)" "$CONTAINER"
	start_refused "domain 'd1' has the placeholder /dev/pcitag/d1/npu twice: each stands for one device; write /dev/pcitag/d1/npu.0 and /dev/pcitag/d1/npu.1"
}

@test "a placeholder without an owner" {
	define d1 "$(placeholder npu)" "$CONTAINER"
	start_refused "domain 'd1': line *: placeholder '/dev/pcitag/npu' is not of the form /dev/pcitag/OWNER/REQUEST: write the owner (the domain's name, say) and the type or model you want, such as /dev/pcitag/win11/npu"
}

@test "the reserved owner" {
	define d1 "$(placeholder device/npu)" "$CONTAINER"
	start_refused "domain 'd1': line *: placeholder '/dev/pcitag/device/npu': the owner 'device' is reserved: write another, such as the domain's name"
}

@test "a placeholder in the wrong element" {
	define d1 "<input type='evdev'><source dev='/dev/pcitag/d1/npu'/></input>"
	start_refused "domain 'd1': line *: '/dev/pcitag/d1/npu' in <source> is not where a placeholder can be: write <input type='passthrough' bus='virtio'><source evdev='/dev/pcitag/OWNER/REQUEST'/></input> in <devices>"
}

@test "a placeholder as the source of a disk" {
	define d1 "<disk type='block'><source dev='/dev/pcitag/d1/npu'/><target dev='vda' bus='virtio'/></disk>"
	start_refused "domain 'd1': line *: '/dev/pcitag/d1/npu' in <source> is not where a placeholder can be: *"
}

@test "a placeholder among QEMU's own arguments" {
	virsh -q define <(domain_xml d1 | sed 's|</domain>|<q:commandline xmlns:q="http://libvirt.org/schemas/domain/qemu/1.0"><q:arg value="-device"/><q:arg value="virtio-input-host-pci,evdev=/dev/pcitag/d1/npu"/></q:commandline>&|')
	start_refused "domain 'd1': line *: 'virtio-input-host-pci,evdev=/dev/pcitag/d1/npu' in <arg> is not where a placeholder can be: *"
}

@test "a transient domain is refused in the same words" {
	run virsh create <(domain_xml d1 "$(placeholder d1/npu)")
	refused "domain 'd1' requests 'npu' but does not have the VFIO container: *"
}

@test "no vfio-pci module" {
	ctl rmmod vfio-pci
	define d1 "$(placeholder d1/npu)" "$CONTAINER"
	start_refused "domain 'd1': request npu: 0000:02:00.0 needs the driver vfio-pci, *; try modprobe vfio-pci"
}
