#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Groups as boards of every day have them, and devices that are not easily given back.

load helper

XHCI=0000:00:14.0
SRAM=0000:00:14.2
GPU=0000:08:00.0
GPU_SOUND=0000:08:00.1
DUMMY=0000:00:03.0
BOARD_SOUND=0000:00:1f.3
SMBUS=0000:00:1f.4
WIFI=0000:04:00.0

setup_file() { pretend_host chipset; }

teardown_file() { pretend_end; }

setup() {
	pretend_reset
	settings <<<''
	remember_host
}

teardown() { end_log; }

# model NAME TYPE VENDOR DEVICE [LINE...]: a section of the registry.
model() {
	printf '[%s]\ntype = %s\nvendor = %s\ndevice = %s\n' "${@:1:4}"
	[[ $# -lt 5 ]] || printf '%s\n' "${@:5}"
}

# ---- members without a driver ----------------------------------------------------------------------

@test "memory of the chipset in the group, without a driver, stays where it is" {
	model xHCI usb 8086 a36d | registry
	prepare vm usb
	[ "$(driver_of $XHCI)" = vfio-pci ]
	[ "$(driver_of $SRAM)" = - ]
	[ "$(override_of $SRAM)" = "(null)" ]
	[ "$(pcitag leases --json | jq -c '[.leases[0].members[].address]')" = "[\"$XHCI\"]" ]
	release vm
	nothing_touched
}

@test "so it does when it is the slot of the card and all functions are asked for" {
	model xHCI usb 8086 a36d "functions = all" | registry
	prepare vm usb
	[ "$(placeholder vm/usb)" = /dev/pcitag/device/$XHCI ]
	[ "$(driver_of $SRAM)" = - ]
	release vm
	nothing_touched
}

@test "the dummy host bridge of a slot does not keep its card" {
	model GTX-1080 gpu 10de 1b80 "functions = all" | registry
	run -0 pcitag show $GPU
	[[ $output == *"verdict      is free"* ]]
	prepare vm gpu
	[ "$(driver_of $GPU) $(driver_of $GPU_SOUND) $(driver_of $DUMMY)" = "vfio-pci vfio-pci -" ]
	release vm
	nothing_touched
}

@test "probe proposes what shares its group with such members" {
	registry <<<''
	run -0 pcitag probe --registry
	[[ $output == *"device = a36d"* ]]
	[[ $output == *"device = 1b80"* ]]
	[[ $output != *"device = a36f"* ]]
}

@test "a member of the chipset with a driver refuses, and show says which addresses force has to name" {
	model Sound sound 8086 a348 | registry
	run prepare vm sound
	[ "$status" -eq 1 ]
	[[ $output == *"$SMBUS of its group 4 has class 0c05, which belongs to the host"* ]]
	run -0 pcitag show $BOARD_SOUND
	[[ $output == *"write force = $SMBUS into the section of its model"* ]]
	model Sound sound 8086 a348 "force = $SMBUS" | registry
	prepare vm sound
	[ "$(driver_of $SMBUS)" = vfio-pci ]
	[ "$(driver_of 0000:00:1f.0)" = - ]
	release vm
	nothing_touched
}

@test "without its driver the same member stands in nobody's way" {
	model Sound sound 8086 a348 | registry
	ctl set $SMBUS driver=-
	prepare vm sound
	[ "$(driver_of $SMBUS)" = - ]
	release vm
	[ "$(driver_of $SMBUS) $(driver_of $BOARD_SOUND)" = "- snd_hda_intel" ]
}

@test "force of a member that is left alone is not logged as if something were taken" {
	model xHCI usb 8086 a36d "force = $SRAM" | registry
	start_log
	prepare vm usb
	release vm
	soon grep -q "$XHCI is back" "$BATS_TEST_TMPDIR/log"
	run -1 grep "by force" "$BATS_TEST_TMPDIR/log"
	nothing_touched
}

@test "of several reasons the one is told that can be dealt with" {
	model QCA9880 wifi 168c 003c | registry
	run prepare vm wifi
	[ "$status" -eq 1 ]
	[[ $output == *"$WIFI: 0000:01:00.0 of its group 1 is used by the host: interface lo has the address"* ]]
	run -0 pcitag show $WIFI
	[[ $output == *"to do        end that use, or write force = 0000:01:00.0 into the section"* ]]
	[ "$(driver_of $WIFI)" = ath10k_pci ]
	nothing_touched
}
