#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # status, output and lines are set by bats
#
# Leases that earlier versions wrote, as they wrote them (../leases/VERSION): this version reads, shows and returns
# them. Only what differs between hosts and runs is put in: the boot, the daemon, the uuid.

load helper

LEASES=$ENGINE_DIR/../leases

setup_file() {
	pretend_host lab
}

setup() {
	pretend_reset
	lab_registry
	remember_host
}

teardown_file() {
	pretend_end
}

# replace_lease NAME FILE: puts the file of an earlier version in the place of the lease of this domain.
replace_lease() {
	local REPLY lease field value
	host_root
	lease=$REPLY/run/pcitag/leases/$(uuid_of "$1").json
	cp "$2" "$BATS_TEST_TMPDIR/lease"
	for field in uuid boot_id daemon_pid daemon_start_time since since_boottime_ms; do
		value=$(jq --compact-output ".$field" "$lease")
		sed -i "s/\"$field\":[^,]*,/\"$field\":$value,/" "$BATS_TEST_TMPDIR/lease"
	done
	cp "$BATS_TEST_TMPDIR/lease" "$lease"
}

@test "every version has left its leases here" {
	[ "$(find "$LEASES" -mindepth 1 -maxdepth 1 -type d | wc -l)" -ge 1 ]
	for directory in "$LEASES"/*; do
		[ -e "$directory/bound.json" ] && [ -e "$directory/native.json" ]
	done
}

@test "a lease of a domain with devices is shown as its own version showed it, and returned" {
	for directory in "$LEASES"/*; do
		prepare win11 npu nic
		pcitag leases >"$BATS_TEST_TMPDIR/shown"
		replace_lease win11 "$directory/bound.json"
		pcitag leases | diff "$BATS_TEST_TMPDIR/shown" -
		release win11
		nothing_touched
	done
}

@test "a crash: what such a lease names is returned by reconcile" {
	for directory in "$LEASES"/*; do
		prepare win11 npu nic
		replace_lease win11 "$directory/bound.json"
		daemon_kill
		run -0 pcitag reconcile
		nothing_touched
	done
}

@test "a lease of a domain with host devices by address keeps them from others" {
	for directory in "$LEASES"/*; do
		DEVICES=$(native $NPU1) CONTAINER='' prepare native
		replace_lease native "$directory/native.json"
		run -0 prepare other npu
		[ "$(driver_of $NPU1)" = - ]
		[ "$(driver_of $NPU2)" = vfio-pci ]
		release other
		DEVICES=$(native $NPU1) CONTAINER='' domain_xml native | in_daemon "$HOOK" native release end -
		nothing_touched
	done
}
