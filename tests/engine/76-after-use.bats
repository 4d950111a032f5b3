#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # status, output and lines are set by bats
#
# after_use: what a guest has used is not given to the next one, until an administrator says so.

load helper

setup_file() {
	pretend_host lab
}

setup() {
	pretend_reset
	lab_registry
	after_use hold
	remember_host
	emulators_end
}

teardown() {
	end_log
	emulators_end
	drop_holder
}

teardown_file() {
	pretend_end
}

# after_use VALUE: the key of the model of the NPUs.
after_use() {
	local REPLY
	host_root
	sed -i -e '/^after_use/d' -e "/^type *= *npu/a after_use = $1" "$REPLY/etc/pcitag/registry.ini"
}

# used ADDRESS: prints the file about this device; nothing when there is none.
used() {
	local REPLY
	host_root
	put "$REPLY/var/lib/pcitag/used/$1.json" 2>/dev/null || true
}

# reboot_host: leases, links, bindings and overrides end; what is on disk stays.
reboot_host() {
	local REPLY saved=$BATS_TEST_TMPDIR/used
	host_root
	cp -r "$REPLY/var/lib/pcitag" "$saved"
	# Leases and marks of another boot.
	sed -i 's/"boot_id":"[^"]*"/"boot_id":"00000000-0000-0000-0000-000000000000"/' "$saved"/used/*
	pretend_reset
	cp -r "$saved" "$REPLY/var/lib/pcitag"
}

@test "hold: the device stays with vfio-pci, the next guest gets another one, and list says why" {
	prepare one npu
	release one
	[ "$(driver_of $NPU1)" = vfio-pci ]
	[ -z "$(lease one)" ]
	[[ "$(used $NPU1)" == *'"state":"held"'* ]]
	[ ! -e "/proc/$PRETEND_PID/root/dev/pcitag/one" ]

	run -0 pcitag show $NPU1
	[[ $output == *"its group $(group_of $NPU1) was used by domain one until "????-??-??' '??:??", and is held since"* ]]
	[[ $output == *"clean it, then free it with pcitag clean --as-is and its address"* ]]
	run -0 pcitag list --json
	[ "$(jq -r ".devices[] | select(.address == \"$NPU1\") | .state" <<<"$output")" = held ]
	run -0 pcitag metrics
	[[ $output == *'pcitag_devices{type="npu",model="Edu",state="held"} 1'* ]]

	prepare two npu
	[ "$(placeholder two/npu)" = "/dev/pcitag/device/$NPU2" ]
}

@test "its own domain does not get it back either, and starts with another one" {
	prepare one npu
	release one
	prepare one npu
	[ "$(placeholder one/npu)" = "/dev/pcitag/device/$NPU2" ]
	release one
	[[ "$(used $NPU2)" == *'"state":"held"'* ]]
}

@test "clean --as-is frees it: back with the host, and the next guest gets it" {
	prepare one npu
	release one
	run -0 pcitag clean $NPU1 --as-is
	[[ $output == "$NPU1: used by one until "????-??-??' '??:??": returned" ]]
	[ -z "$(used $NPU1)" ]
	nothing_touched
	prepare two npu
	[ "$(placeholder two/npu)" = "/dev/pcitag/device/$NPU1" ]
}

@test "clean without --as-is is refused; an address that is not held, likewise" {
	prepare one npu
	release one
	run -1 pcitag clean $NPU1
	[ "$output" = "pcitag: $NPU1 was used by domain one, and its model Edu has no clean_units; clean it, then free it with pcitag clean --as-is" ]
	[[ "$(used $NPU1)" == *'"state":"held"'* ]]
	run -1 pcitag clean $NPU2 --as-is
	[ "$output" = "pcitag: $NPU2 is not held after its use; pcitag list shows what is" ]
	run -2 pcitag clean 1:2 --as-is
	[ "$output" = "pcitag: clean: invalid PCI address 1:2; write it as lspci -D shows it" ]
}

@test "a reboot does not free it; its driver has it again, and clean has nothing to return" {
	prepare one npu
	release one
	reboot_host
	prepare two npu
	[ "$(placeholder two/npu)" = "/dev/pcitag/device/$NPU2" ]
	release two
	run -0 pcitag clean $NPU1 --as-is
	[[ $output == "$NPU1: used by one until "*": returned" ]]
	prepare three npu
	[ "$(placeholder three/npu)" = "/dev/pcitag/device/$NPU1" ]
}

@test "another card in its slot is not held" {
	prepare one npu
	release one
	local REPLY
	host_root
	sed -i 's/"subsystem_device":"[^"]*"/"subsystem_device":"4711"/' "$REPLY/var/lib/pcitag/used/$NPU1.json"
	pretend_reset_but_used
	prepare two npu
	[ "$(placeholder two/npu)" = "/dev/pcitag/device/$NPU1" ]
}

# pretend_reset_but_used: as reboot_host, in the same boot.
pretend_reset_but_used() {
	local REPLY saved=$BATS_TEST_TMPDIR/used
	host_root
	cp -r "$REPLY/var/lib/pcitag" "$saved"
	pretend_reset
	cp -r "$saved" "$REPLY/var/lib/pcitag"
}

@test "a start that fails has used nothing" {
	ctl fail write '*/drivers_probe' 1 EIO
	run prepare one npu nic
	[ "$status" -ne 0 ]
	[ -z "$(used $NPU1)" ]
	nothing_touched
}

@test "hold waits until the emulator has closed the device, and reconcile holds it afterwards" {
	settings <<<$'[pcitag]\nrelease_timeout = 2'
	prepare one npu
	hold_group "$(group_of $NPU1)"
	run release one
	lease_says one quarantined
	[ -z "$(used $NPU1)" ]
	drop_holder
	run -0 pcitag reconcile
	[ -z "$(lease one)" ]
	[[ "$(used $NPU1)" == *'"state":"held"'* ]]
	[ "$(driver_of $NPU1)" = vfio-pci ]
}

@test "a crash of daemon and guest: reconcile holds it as well" {
	prepare one npu
	daemon_kill
	run -0 pcitag reconcile
	[[ "$(used $NPU1)" == *'"state":"held"'* ]]
	[ "$(driver_of $NPU1)" = vfio-pci ]
}

@test "what cannot be noted is not returned: quarantined, and assigned to no domain" {
	local REPLY
	host_root
	prepare one npu
	mkdir -p "$REPLY/var/lib/pcitag"
	echo >"$REPLY/var/lib/pcitag/used"
	run release one
	lease_says one quarantined
	[[ "$(lease one)" == *"cannot note what domain one has used"* ]]
	[ "$(driver_of $NPU1)" = vfio-pci ]
	run prepare two npu
	[ "$status" -ne 0 ]
	rm "$REPLY/var/lib/pcitag/used"
	run -0 pcitag reconcile
	[[ "$(used $NPU1)" == *'"state":"held"'* ]]
}

@test "a file that cannot be understood: no device of any type with such a key is given" {
	local REPLY
	host_root
	prepare one npu
	release one
	echo '{' >"$REPLY/var/lib/pcitag/used/$NPU1.json"
	run prepare two npu
	[ "$status" -ne 0 ]
	[[ $output == *"/var/lib/pcitag/used/$NPU1.json cannot be understood ("*"); remove it when that device may be given to a guest again"* ]]
}

@test "without the key no file is read or written" {
	after_use return
	prepare one npu
	release one
	[ ! -e "/proc/$PRETEND_PID/root/var/lib/pcitag" ]
	nothing_touched
}

@test "a value that is none" {
	after_use keep
	run prepare one npu
	[ "$status" -ne 0 ]
	[[ $output == *"after_use = keep is neither return nor hold nor clean; "* ]]
	nothing_touched
}
