#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What vanishes together is not assigned apart: physical and virtual functions, controllers and what is below.

load helper

PF=0000:02:00.0 VF1=0000:02:10.0 VF2=0000:02:10.2 VMD=0000:d7:05.5 DISK=10000:01:00.0

setup_file() { pretend_host sriov; }

teardown_file() { pretend_end; }

# on_host NAME: the host of that description, and what is assigned of it.
on_host() {
	pretend_reset "$PRETEND_DIR/hosts/$1.desc"
	settings <<<''
	registry <<-EOF
		[Vf]
		type = vf
		vendor = 8086
		device = 10ca

		[Vmd]
		type = hba
		vendor = 8086
		device = 201d

		[Disk]
		type = disk
		vendor = 8086
		device = 0a54
	EOF
	remember_host
}

# native_start NAME ADDR: a domain with a native <hostdev> and no tag.
native_start() { EMULATOR=/usr/bin/qemu-system-x86_64 CONTAINER='' DEVICES=$(native "$2") prepare "$1"; }

@test "a native hostdev of the physical function of an assigned one is refused" {
	on_host sriov
	prepare a vf
	run native_start n $PF
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: domain 'n': hostdev $PF: its virtual function $VF1 belongs to domain a; stop that domain first" ]
	release a
	native_start n $PF
}

@test "a native hostdev of another virtual function goes its way" {
	on_host sriov
	prepare a vf
	native_start n $VF2
}

@test "a virtual function is not assigned while a native domain has the physical one" {
	on_host sriov
	native_start n $PF
	run prepare a vf
	[ "$status" -eq 1 ]
	[[ $output == *"$VF1: its physical function $PF is used by domain n;"* ]]
	[ "$(writes)" = '' ]
}

@test "a domain that names the physical function by address gets no virtual one of it" {
	on_host sriov
	DEVICES=$(native $PF) run prepare a vf
	[ "$status" -eq 1 ]
	[[ $output == *"$VF1: the domain itself names its physical function $PF in a hostdev;"* ]]
	nothing_touched
}

@test "virtual functions of one slot go to two domains" {
	on_host sriov
	prepare a vf
	prepare b vf
	[ "$(placeholder a/vf)" = "/dev/pcitag/device/$VF1" ]
	[ "$(placeholder b/vf)" = "/dev/pcitag/device/$VF2" ]
}

@test "a controller is not taken away from the devices below it" {
	on_host vmd
	run prepare w disk
	[ "$status" -eq 1 ]
	[[ $output == *"$DISK: $VMD of its group 33 is the controller of other PCI devices, which would vanish with its driver"* ]]
	nothing_touched
	run prepare w hba
	[ "$status" -eq 1 ]
	[[ $output == *"$VMD: is the controller of other PCI devices, which would vanish with its driver" ]]
	nothing_touched
}

@test "a controller without devices below it is assigned" {
	on_host vmd
	for device in 10000:02:00.0 $DISK 10000:00:03.0 10000:00:02.0; do ctl remove $device; done
	prepare w hba
	[ "$(driver_of $VMD)" = vfio-pci ]
}
