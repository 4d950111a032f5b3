#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Optional requests that get no device: the domain starts, with the real wrapper and the real QEMU.

# shellcheck disable=SC2154 # status, output and lines are set by bats
bats_require_minimum_version 1.5.0
load helper

setup() {
	fresh
	cat >>/etc/pcitag/registry.ini <<-INI
		[absent]
		type   = gpu
		vendor = 10de
		device = 20b0
		[spare]
		any      = gpu
		optional = yes
	INI
	remember
}

teardown() {
	local name
	for name in $(virsh -q list --uuid); do
		virsh -q destroy "$name"
	done
}

# words NAME: the command line of its QEMU, a word a line.
words() {
	tr '\0' '\n' <"/proc/$(<"/run/libvirt/qemu/$1.pid")/cmdline"
}

@test "a domain whose only request is optional starts without the device, again and again" {
	local before
	before=$(stat -c '%U %G %a %t:%T %i' /dev/null)
	define d1 "$(placeholder d1/spare)" "$CONTAINER"
	for _ in 1 2; do
		virsh start d1
		[ "$(virsh domstate d1)" = running ]
		[ "$(readlink /dev/pcitag/d1/spare)" = /dev/null ]
		# Neither the placeholder nor the container reaches QEMU.
		run -1 grep -E 'virtio-input-host|input-linux|/dev/vfio|pcitag' <(words d1)
		# In the guest's own /dev only the link is new, and the host's node is as it was.
		[ "$(readlink "/proc/$(</run/libvirt/qemu/d1.pid)/root/dev/pcitag/d1/spare")" = /dev/null ]
		[ "$(stat -c '%U %G %a %t:%T %i' /dev/null)" = "$before" ]
		run -0 pcitag leases d1
		[[ ${lines[1]} == "d1 "*"without "*"spare "* ]]
		virsh destroy d1
		nothing_held
		[ "$(stat -c '%U %G %a %t:%T %i' /dev/null)" = "$before" ]
	done
}

@test "two domains are without a device at the same time" {
	define d1 "$(placeholder d1/spare)" "$CONTAINER"
	define d2 "$(placeholder d2/spare.0)" "$(placeholder d2/spare.1)" "$CONTAINER"
	virsh start d1
	virsh start d2
	virsh destroy d1
	[ "$(virsh domstate d2)" = running ]
	[ "$(readlink /dev/pcitag/d2/spare.1)" = /dev/null ]
	virsh destroy d2
	nothing_held
}

@test "the guest's slot stays for the device of a later start" {
	define d1 "$(placeholder d1/spare)" "$CONTAINER"
	virsh start d1
	run -0 virsh dumpxml d1
	[[ $output == *"<source evdev='/dev/pcitag/d1/spare'/>"*"<address type='pci' "* ]]
	virsh destroy d1
	nothing_held
}
