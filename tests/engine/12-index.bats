#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# udev's index of PCI functions (etc/pcitag.rules): a start looks only at what it names, and believes none
# of it. The lab shows that udev makes it; here it is written by hand.

load helper

setup_file() { host_start; }
teardown_file() { host_end; }

setup() {
	host_reset
	lab_registry
	remember_host
}

teardown() {
	local REPLY
	host_root
	rm -rf "$REPLY/run/udev"
}

# index VENDOR DEVICE [ENTRY...]: what udev would know of these ids.
index() {
	local REPLY directory entry
	host_root
	directory=$REPLY/run/udev/tags/pcitag-0x$1-0x$2
	shift 2
	mkdir -p "$directory"
	for entry in "$@"; do
		: >"$directory/$entry"
	done
}

@test "a start looks only at what the index names" {
	index 1234 11e8 "+pci:$NPU2"
	prepare vm npu
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU2" ]
	release vm
	nothing_touched
}

@test "a section with a list or a family of devices: the index hides none of them" {
	registry <<-EOF
		[Several]
		type = npu
		vendor = 1234
		device = 1111, 11e8

		[Any-Intel-NIC]
		type = nic
		vendor = 8086
		device = *
		class = 0200
	EOF
	index 1234 11e8 "+pci:$NPU2"
	index 8086 10d3 "+pci:$NIC2"
	prepare vm npu nic
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU2" ] || [ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU1" ]
	[[ $(placeholder vm/nic) == /dev/pcitag/device/0000:0* ]]
	prepare one npu
	[ "$(placeholder one/npu)" = "/dev/pcitag/device/$NPU2" ] || [ "$(placeholder one/npu)" = "/dev/pcitag/device/$NPU1" ]
	release vm
	release one
	nothing_touched
}

@test "without an index every function is looked at" {
	prepare vm npu
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU1" ]
	release vm
}

@test "a device that the index does not know yet is found before a start is refused" {
	index 1234 11e8 "+pci:$NPU1"
	prepare first npu
	prepare second npu
	[ "$(placeholder first/npu)" = "/dev/pcitag/device/$NPU1" ]
	[ "$(placeholder second/npu)" = "/dev/pcitag/device/$NPU2" ]
	release first
	release second
	nothing_touched
}

@test "an index without this type does not hide it" {
	index 1234 11e8 "+pci:$NPU1"
	prepare vm npu nic
	[ "$(placeholder vm/nic)" = "/dev/pcitag/device/$NIC1" ]
	release vm
	nothing_touched
}

@test "an entry whose slot is empty, or holds another card by now, is nothing" {
	index 1234 11e8 "+pci:0000:7f:00.0" "+pci:$NIC1"
	prepare vm npu
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU1" ]
	[ "$(driver_of $NIC1)" = e1000e ]
	release vm
	nothing_touched
}

@test "what is no PCI function in the index is passed over" {
	index 1234 11e8 "+pci:..%2f" "+usb:1-1" "b8:0" "+pci:$NPU3"
	prepare vm npu
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU3" ]
	release vm
}

@test "the group is read from the kernel, whatever the index says" {
	index 8086 10d3 "+pci:$DUAL1"
	prepare vm dual.0
	[ "$(driver_of $DUAL0)" = vfio-pci ]
	[ "$(driver_of $DUAL1)" = vfio-pci ]
	release vm
	nothing_touched
}

@test "a domain with one request gets the lowest address, and the others are not read" {
	index 1234 11e8 "+pci:$NPU4" "+pci:$NPU2" "+pci:$NPU3"
	ctl fail read "*/$NPU3/*" '*' EIO
	ctl fail read "*/$NPU4/*" '*' EIO
	prepare vm npu
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU2" ]
	ctl clear
	release vm
	nothing_touched
}

@test "a domain with two requests gets the two lowest addresses, and the others are not read" {
	index 1234 11e8 "+pci:$NPU4" "+pci:$NPU1" "+pci:$NPU2" "+pci:$NPU3"
	ctl fail read "*/$NPU3/*" '*' EIO
	ctl fail read "*/$NPU4/*" '*' EIO
	prepare vm npu.1 npu.2
	[ "$(placeholder vm/npu.1)" = "/dev/pcitag/device/$NPU1" ]
	[ "$(placeholder vm/npu.2)" = "/dev/pcitag/device/$NPU2" ]
	ctl clear
	release vm
	nothing_touched
}

@test "a request that leaves the lowest address to another one: the others are read, for it need not" {
	index 1234 11e8 "+pci:$NPU1" "+pci:$NPU2" "+pci:$NPU3"
	registry <<-EOF
		[Special]
		type = npu
		vendor = 1234
		device = 11e8
		address = $NPU1 $NPU3

		[Plain]
		type = npu
		vendor = 1234
		device = 11e8
		exclude = $NPU1 $NPU3
	EOF
	# The first two would do as well, the other way round.
	prepare vm npu Special
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU1" ]
	[ "$(placeholder vm/Special)" = "/dev/pcitag/device/$NPU3" ]
	release vm
	nothing_touched
}

@test "where the lowest address will not do, the others are read" {
	index 1234 11e8 "+pci:$NPU2" "+pci:$NPU3"
	ctl set $NPU2 dead
	prepare vm npu
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU3" ]
	ctl set $NPU1 dead
	ctl set $NPU3 dead
	prepare other npu
	[ "$(placeholder other/npu)" = "/dev/pcitag/device/$NPU4" ]
	release vm
	release other
}

@test "what another domain has is not read at all" {
	index 1234 11e8 "+pci:$NPU1" "+pci:$NPU2"
	prepare first npu
	[ "$(placeholder first/npu)" = "/dev/pcitag/device/$NPU1" ]
	ctl fail read "*/$NPU1/*" '*' EIO
	prepare second npu
	[ "$(placeholder second/npu)" = "/dev/pcitag/device/$NPU2" ]
	ctl clear
	release first
	release second
	nothing_touched
}

@test "list and types always look at everything" {
	index 1234 11e8 "+pci:$NPU2"
	run pcitag list --json
	[ "$(jq '[.devices[] | select(.type == "npu")] | length' <<<"$output")" -eq 4 ]
}

@test "a refusal with an index is the one without" {
	run prepare vm npu.0 npu.1 npu.2 npu.3 npu.4
	without=$output
	index 1234 11e8 "+pci:$NPU2"
	run prepare vm npu.0 npu.1 npu.2 npu.3 npu.4
	[ "$output" = "$without" ]
	refused "${without#pcitag: }"
}
