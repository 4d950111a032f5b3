#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # status, output and lines are set by bats
#
# reset = METHODS: the reset methods of a device while a guest has it.

load helper

setup_file() {
	pretend_host lab
}

setup() {
	pretend_reset
	lab_registry
	root=/proc/$PRETEND_PID/root
	ctl set $NPU1 reset=flr,pm,bus
	ctl set $NPU2 reset=flr,pm,bus
	remember_host
}

teardown() {
	drop_holder
}

teardown_file() {
	pretend_end
}

# resets METHODS: the key of the model of the NPUs.
resets() {
	sed -i "/^type *= *npu/a reset = $1" "$root/etc/pcitag/registry.ini"
}

methods() {
	cat "$root/sys/bus/pci/devices/$1/reset_method"
}

@test "the methods are written before the driver is bound, and are as before afterwards" {
	resets 'bus, flr'
	prepare vm npu
	[ "$(methods $NPU1)" = 'bus flr' ]
	[ "$(methods $NPU2)" = 'flr pm bus' ]
	[[ "$(lease vm)" == *'"resets":"bus flr"'* && "$(lease vm)" == *'"previous_resets":"flr pm bus"'* ]]
	run writes
	echo "$output"
	[[ "${lines[0]}" == "devices/$NPU1/reset_method "*"bus flr"* ]]
	release vm
	[ "$(methods $NPU1)" = 'flr pm bus' ]
	nothing_touched
}

@test "the device does not support a method: refused, nothing is bound" {
	resets cxl_bus
	run prepare vm npu
	[ "$status" -eq 1 ]
	[[ $output == *"cannot bind $NPU1: reset = cxl_bus: "*"Invalid argument"* ]]
	[ "$(methods $NPU1)" = 'flr pm bus' ]
	nothing_touched
}

@test "what the kernel has already is not written, and without the key nothing is read" {
	resets 'flr pm bus'
	prepare vm npu
	run writes
	[[ $output != *reset_method* ]]
	[[ "$(lease vm)" != *resets* ]]
	release vm
	lab_registry
	ctl reset
	ctl set $NPU1 reset=flr,pm,bus
	prepare vm npu
	[[ "$(ctl log)" != *reset_method* ]]
	release vm
}

@test "a kernel without the file, or a device without a reset" {
	resets flr
	ctl set $NPU1 reset=
	ctl set $NPU2 reset=
	run prepare vm npu
	[ "$status" -eq 1 ]
	[[ $output == *"request npu: the kernel has no known list of reset methods for $NPU1; delete the key reset of its model" ]]
	nothing_touched
}

@test "a crash: reconcile writes the methods back as well" {
	resets bus
	prepare vm npu
	daemon_kill
	run -0 pcitag reconcile
	[ "$(methods $NPU1)" = 'flr pm bus' ]
	nothing_touched
}

@test "the methods cannot be written back: quarantined, although its driver has it again; reconcile tries once more" {
	resets bus
	prepare vm npu
	ctl fail write '*/reset_method' '*' EIO
	run release vm
	lease_says vm quarantined
	[ "$(driver_of $NPU1)" = - ]
	ctl clear
	run -0 pcitag reconcile
	[ "$(methods $NPU1)" = 'flr pm bus' ]
	nothing_touched
}

@test "a name that is no method" {
	resets 'flr pci'
	run prepare vm npu
	[ "$status" -eq 1 ]
	[[ $output == *"reset: invalid list of reset methods flr pci; write some of device_specific, acpi, flr, "* ]]
	nothing_touched
}
