#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Hosts unlike the lab: GPUs with their audio functions, SR-IOV, no IOMMU.

load helper

teardown() { pretend_end; }

gpu_registry() {
	registry <<-EOF
		[RTX]
		type = gpu
		vendor = 10de
		device = 2204
		functions = $1

		[Intel-UHD]
		type = console
		vendor = 8086
		device = 3e98
	EOF
}

@test "a GPU with its audio function is one device of two functions" {
	pretend_host gpu
	gpu_registry all
	remember_host
	prepare vm gpu
	[ "$(placeholder vm/gpu)" = /dev/pcitag/device/0000:01:00.0+1 ]
	[ "$(driver_of 0000:01:00.1)" = vfio-pci ]
	[ "$(driver_of 0000:02:00.0)" = nouveau ]

	release vm
	[ "$(driver_of 0000:01:00.0)" = nouveau ]
	[ "$(driver_of 0000:01:00.1)" = snd_hda_intel ]
	nothing_touched
}

@test "the console the host was booted on is not given away" {
	pretend_host gpu
	gpu_registry one
	remember_host
	run prepare vm console
	refused "domain 'vm': request console: 1 device of this host, none free: 0000:00:02.0: is the host's boot console"
}

@test "a physical function with virtual functions enabled is not given away" {
	pretend_host sriov
	registry <<-'EOF'
		[Intel-82576]
		type = nic
		vendor = 8086
		device = 10c9
		address = 0000:02:00.0
	EOF
	remember_host
	run prepare vm nic
	refused "domain 'vm': request nic: 1 device of this host, none free: 0000:02:00.0: is a physical function with 4 virtual functions enabled"
}

@test "its virtual functions are given away one by one" {
	pretend_host sriov
	registry <<-'EOF'
		[Intel-82576-VF]
		type = vf
		vendor = 8086
		device = 10ca
	EOF
	remember_host
	prepare vm vf.0 vf.1
	[ "$(placeholder vm/vf.0)" = /dev/pcitag/device/0000:02:10.0 ]
	[ "$(placeholder vm/vf.1)" = /dev/pcitag/device/0000:02:10.2 ]
	[ "$(driver_of 0000:02:00.0)" = igb ]
	release vm
	nothing_touched
}

@test "a host without an IOMMU" {
	pretend_host noiommu
	registry <<<$'[Edu]\ntype = npu\nvendor = 1234\ndevice = 11e8'
	remember_host
	run prepare vm npu
	refused "domain 'vm': request npu: this host has no IOMMU group; switch VT-d or AMD-Vi on in its firmware and boot it with intel_iommu=on"
	run pcitag list
	[[ $output == *"unavailable  has no IOMMU group (pcitag check says what this host needs)"* ]]
}

@test "a device that does not answer is not given away" {
	pretend_host lab
	lab_registry
	for npu in $NPU1 $NPU2 $NPU3 $NPU4; do
		ctl set "$npu" dead=1
	done
	remember_host
	run prepare vm npu
	[ "$status" -eq 1 ]
	[[ $output == *"$NPU1: does not answer (its configuration space reads all ones)"* ]]
	nothing_touched
}
