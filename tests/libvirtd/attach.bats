#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Devices for domains that run already: what libvirt is asked, and what it says. There is no VFIO here that a
# guest could use, so libvirt always refuses in the end.

load helper

setup() {
	fresh
	remember
}

teardown() {
	local name
	for name in $(virsh -q list --name); do
		virsh -q destroy "$name"
	done
	! mountpoint -q /usr/bin/pcitag-qemu || umount /usr/bin/pcitag-qemu
}

PORT="<controller type='pci' index='0' model='pcie-root'/><controller type='pci' index='1' model='pcie-root-port'/>"

# refused_by_libvirt NAME: one line that ends in libvirt's reason, and the domain is as it was.
refused_by_libvirt() {
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == "pcitag: domain '$1': request "*": libvirt: "* ]]
	[ "$(virsh domstate "$1" | head -n 1)" = running ]
	[[ $(virsh dumpxml "$1") != *"<hostdev"* ]]
}

@test "libvirt is asked for a host device, refuses it, and everything is undone" {
	define d1 "$PORT"
	virsh start d1
	run pcitag attach d1 npu
	refused_by_libvirt d1
	nothing_held
	run pcitag attach "$(uuid_of d1)" npu
	refused_by_libvirt d1
	nothing_held
	virsh destroy d1
}

@test "what a tagged domain has since its start stays with it" {
	mount --bind "$BATS_TEST_DIRNAME/stand-in" /usr/bin/pcitag-qemu
	define d1 "$(placeholder d1/npu)" "$CONTAINER" "$PORT"
	virsh start d1
	held=$(cat "/run/pcitag/leases/$(uuid_of d1).json")
	state=$(ctl state)
	run pcitag attach d1 npu.1
	refused_by_libvirt d1
	[ "$(cat "/run/pcitag/leases/$(uuid_of d1).json")" = "$held" ]
	[ "$(ctl state)" = "$state" ]
	run pcitag detach d1 npu
	[ "$output" = "pcitag: domain 'd1': request npu: 0000:02:00.0 came with its start and goes with its end; shut it down, and take the tag out of its XML if it is not to have it again" ]
	virsh destroy d1
	nothing_held
}

@test "domains that do not run, or that nobody knows" {
	define d1
	for verb in attach detach; do
		run pcitag $verb d1 npu
		[ "$status" -eq 1 ]
		[ "$output" = "pcitag: domain 'd1' does not run: pcitag add lets it have a device from its next start on" ]
		run pcitag $verb d2 npu
		[ "$status" -eq 1 ]
		[ "$output" = "pcitag: there is no domain 'd2' in qemu:///system: \`virsh list --all\` shows those there are" ]
	done
	nothing_held
}

@test "what the domain has not got cannot be taken out of it" {
	define d1 "$PORT"
	virsh start d1
	run pcitag detach d1 0000:02:00.0
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: domain 'd1': 0000:02:00.0 is not attached to it; attached is: nothing" ]
	run pcitag-domain detach-hostdev "$(uuid_of d1)" 0000:02:00.0
	[ "$status" -eq 0 ]
	run pcitag-domain attach-hostdev "$(uuid_of d1)" 0000:02:00.0,nonsense
	[ "$output" = "pcitag: invalid list of addresses of one slot 'nonsense'" ]
	nothing_held
}

@test "libvirt's daemon is away" {
	define d1 "$PORT"
	virsh start d1
	stop_libvirtd
	run pcitag attach d1 npu
	start_libvirtd
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: cannot connect to libvirt (qemu:///system): "* ]]
	nothing_held
}
