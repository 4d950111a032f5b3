#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# One card, one owner, also where the IOMMU tells its functions apart.

load helper

GPU1=0000:0a:00.0 SOUND1=0000:0a:00.1 GPU2=0000:44:00.0 SOUND2=0000:44:00.1

setup_file() {
	pretend_host split
	settings <<<''
}

teardown_file() { pretend_end; }

# card_registry FUNCTIONS: pictures and sounds of two equal cards.
card_registry() {
	registry <<-EOF
		[Navi]
		type = gpu
		vendor = 1002
		device = 731f
		functions = $1

		[Navi-sound]
		type = sound
		vendor = 1002
		device = ab38
	EOF
}

setup() {
	pretend_reset "$PRETEND_DIR/hosts/split.desc"
	card_registry one
	remember_host
}

teardown() {
	local name
	for name in one two n; do release $name; done
}

# own_resets ADDR...: a function-level reset each.
own_resets() {
	local addr
	for addr in "$@"; do ctl set "$addr" reset=flr,bus; done
}

# native_start NAME ADDR: a domain with a native <hostdev> and no tag.
native_start() { EMULATOR=/usr/bin/qemu-system-x86_64 CONTAINER='' DEVICES=$(native "$2") prepare "$1"; }

@test "picture and sound of one card do not go to two domains" {
	prepare one gpu
	prepare two sound
	[ "$(placeholder one/gpu)" = "/dev/pcitag/device/$GPU1" ]
	[ "$(placeholder two/sound)" = "/dev/pcitag/device/$SOUND2" ]
	run prepare three gpu
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: domain 'three': request gpu: 2 devices of this host, none free: $GPU1: its group 30 belongs to domain one; $GPU2: $SOUND2 of the same card belongs to domain two, and not both have a reset of their own" ]
	[ "$(driver_of $GPU2)" = amdgpu ]
	release two
	prepare three gpu
	[ "$(driver_of $GPU2)" = vfio-pci ]
	release three
	release one
	nothing_touched
}

@test "what the host does with the sound does not keep the picture from a domain" {
	prepare one gpu
	[ "$(driver_of $GPU1)" = vfio-pci ]
	[ "$(driver_of $SOUND1)" = snd_hda_intel ]
	release one
	nothing_touched
}

@test "one domain gets picture and sound of a card by two requests" {
	prepare one gpu sound
	[ "$(placeholder one/gpu)" = "/dev/pcitag/device/$GPU1" ]
	[ "$(placeholder one/sound)" = "/dev/pcitag/device/$SOUND1" ]
	[ "$(placeholder "device/$GPU1")" = /dev/vfio/30 ]
	[ "$(placeholder "device/$SOUND1")" = /dev/vfio/31 ]
	release one
	nothing_touched
}

@test "functions with resets of their own go to two domains" {
	own_resets $GPU1 $SOUND1
	prepare one gpu
	prepare two sound
	[ "$(placeholder two/sound)" = "/dev/pcitag/device/$SOUND1" ]
}

@test "a reset of its own for one of the two is not enough, and a kernel that says nothing has none" {
	own_resets $GPU1
	ctl remove $GPU2
	ctl remove $SOUND2
	prepare one gpu
	run prepare two sound
	[ "$status" -eq 1 ]
	[[ $output == *"$SOUND1: $GPU1 of the same card belongs to domain one, and not both have a reset of their own"* ]]
	release one
	ctl set $GPU1 reset=
	ctl set $SOUND1 reset=
	prepare one gpu
	run prepare two sound
	[ "$status" -eq 1 ]
	[[ $output == *"$SOUND1: $GPU1 of the same card belongs to domain one, and not both have a reset of their own"* ]]
}

@test "virtual functions of one slot go to two domains, whatever resets they have" {
	pretend_reset "$PRETEND_DIR/hosts/sriov.desc"
	for addr in 0000:02:10.0 0000:02:10.2; do ctl set $addr reset=bus; done
	registry <<-EOF
		[Vf]
		type = vf
		vendor = 8086
		device = 10ca
	EOF
	prepare one vf
	prepare two vf
	[ "$(placeholder one/vf)" = /dev/pcitag/device/0000:02:10.0 ]
	[ "$(placeholder two/vf)" = /dev/pcitag/device/0000:02:10.2 ]
}

@test "a native hostdev of the sound is refused while another domain has the picture" {
	prepare one gpu
	run native_start n $SOUND1
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: domain 'n': hostdev $SOUND1: $GPU1 of the same card belongs to domain one, and not both have a reset of their own; stop that domain first" ]
	native_start n $SOUND2
	release n
	release one
	native_start n $SOUND1
}

@test "a native hostdev of the sound goes its way where each has a reset of its own" {
	own_resets $GPU1 $SOUND1
	prepare one gpu
	native_start n $SOUND1
}

@test "a domain that has the sound by its address keeps the picture from the others" {
	native_start n $SOUND1
	prepare one gpu
	[ "$(placeholder one/gpu)" = "/dev/pcitag/device/$GPU2" ]
	run prepare two gpu
	[ "$status" -eq 1 ]
	[[ $output == *"$GPU1: $SOUND1 of the same card is used by domain n, and not both have a reset of their own"* ]]
}

@test "plan and show say of the sound whose card it is" {
	prepare one gpu
	pcitag show $SOUND1 >"$BATS_TEST_TMPDIR/show"
	grep -q "$GPU1 of the same card belongs to domain one" "$BATS_TEST_TMPDIR/show"
	domain_xml two sound >"$BATS_TEST_TMPDIR/two.xml"
	pcitag plan "$BATS_TEST_TMPDIR/two.xml" >"$BATS_TEST_TMPDIR/plan"
	grep -q "^sound *$SOUND1 .*$GPU1 of the same card belongs to domain one" "$BATS_TEST_TMPDIR/plan"
	grep -q "^sound *$SOUND2 .*chosen" "$BATS_TEST_TMPDIR/plan"
}

# ---- which functions of a card ---------------------------------------------------------------------

# on_processor FUNCTIONS: a processor with graphics, of which those functions are for guests.
on_processor() {
	pretend_reset "$PRETEND_DIR/hosts/apu.desc"
	registry <<-EOF
		[Raphael]
		type = gpu
		vendor = 1002
		device = 164e
		functions = $1
	EOF
	remember_host
}

# roles DOMAIN: function and role of each member of its lease.
roles() {
	pcitag leases --json | jq -r --arg d "$1" '[.leases[] | select(.domain == $d) | .members[] | .address[11:] + " " + .role] | join(", ")'
}

@test "functions = 0 1 6: these go to the guest, and the rest of the group is held" {
	on_processor "0 1 6"
	prepare one gpu
	[ "$(placeholder one/gpu)" = /dev/pcitag/device/0000:11:00.0+1+6 ]
	[ "$(roles one)" = "0 given, 1 given, 2 held, 3 held, 6 given" ]
	release one
	nothing_touched
}

@test "functions = all: the security processor and the host's USB are held, not given" {
	on_processor all
	prepare one gpu
	[ "$(placeholder one/gpu)" = /dev/pcitag/device/0000:11:00.0+1+6 ]
	[ "$(roles one)" = "0 given, 1 given, 2 held, 3 held, 6 given" ]
	release one
	nothing_touched
}

@test "functions = all: what of the host is in groups of its own stays with the host" {
	on_processor all
	ctl set 0000:11:00.2 group=6
	ctl set 0000:11:00.3 group=7
	prepare one gpu
	[ "$(placeholder one/gpu)" = /dev/pcitag/device/0000:11:00.0+1+6 ]
	[ "$(driver_of 0000:11:00.2) $(driver_of 0000:11:00.3)" = "ccp xhci_hcd" ]
	release one
}

@test "functions = all of a card in several groups is refused with what to write" {
	card_registry all
	run prepare one gpu
	[ "$status" -eq 1 ]
	[[ $output == *": $GPU1: $SOUND1 of the same card is in group 31, and a guest's device is of one group: write functions = one, a section for each function, and a request for each; $GPU2: "* ]]
	nothing_touched
	card_registry "0 1"
	run prepare one gpu
	[ "$status" -eq 1 ]
	[[ $output == *": $GPU1: $SOUND1 of the same card is in group 31, and a guest's device is of one group: "* ]]
	card_registry "0 2"
	prepare one gpu
	[ "$(placeholder one/gpu)" = "/dev/pcitag/device/$GPU1" ]
}

@test "probe: sections for a card in several groups say so, and can be asked for as they are" {
	registry <<<''
	run -0 pcitag probe --registry
	[[ $output == *"; $SOUND1 (group 31) is of the same card as $GPU1: both go to one domain, by a request each"* ]]
	[[ $output != *"functions ="* ]]
	registry <<<"$output"
	prepare one gpu audio
	[ "$(placeholder one/gpu)" = "/dev/pcitag/device/$GPU1" ]
	[ "$(placeholder one/audio)" = "/dev/pcitag/device/$SOUND1" ]
}

@test "probe: what functions = all leaves with the host does not go with the picture" {
	on_processor one
	registry <<<''
	[ "$(pcitag probe --all --json | jq -c '[.devices[] | select(.address | startswith("0000:11:00")) | .no_section]')" = \
		'[null,"goes with 0000:11:00.0","is part of the chipset (class 1080 of vendor 1022, driver ccp)",null,"goes with 0000:11:00.0"]' ]
}
