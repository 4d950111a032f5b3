#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # status, output and lines are set by bats
#
# An administrator returns what a domain holds: only what nobody else will, and nothing that is in use.

load helper

setup_file() {
	pretend_host lab
}

setup() {
	pretend_reset
	lab_registry
	remember_host
}

teardown() {
	emulators_end
	drop_holder
}

teardown_file() {
	pretend_end
}

# daemon_pid: the one that runs the hooks.
daemon_pid() {
	cat "$BATS_FILE_TMPDIR/daemon.pid"
}

@test "the daemon died: everything is returned, device by device" {
	prepare vm nic npu
	daemon_kill
	run -0 pcitag release vm
	[ "${lines[0]}" = "ADDRESS       GROUP  ROLE   OUTCOME   DRIVER NOW" ]
	[[ $output == *"$NIC1 "*" given  returned  e1000e"* ]]
	[[ $output == *"$NPU1 "*" given  returned  -"* ]]
	[[ ${lines[-1]} == "vm: returned: libvirt's daemon (process "*") is gone and no emulator runs" ]]
	nothing_touched
}

@test "by UUID, and only this domain" {
	prepare one npu
	prepare two npu
	daemon_kill
	run -0 pcitag release "$(uuid_of two)"
	[ "$(driver_of $NPU2)" = - ]
	[ "$(driver_of $NPU1)" = vfio-pci ]
	release one
	nothing_touched
}

@test "the daemon lives: refused, and --force goes past that" {
	prepare vm npu nic
	state=$(host_state)
	run -1 pcitag release vm
	[ "$output" = "pcitag: domain 'vm': libvirt's daemon (process $(daemon_pid)) will release it; use --force if neither a start nor a stop of it is going on" ]
	[ "$(host_state)" = "$state" ]

	run -0 pcitag release vm --force
	[ "${lines[-1]}" = "vm: returned: by force" ]
	nothing_touched
	release vm
	nothing_touched
}

@test "a guest runs: never, whatever is asked for" {
	prepare vm npu nic
	emulator vm
	state=$(host_state)
	run -1 pcitag release vm --force
	[ "$output" = "pcitag: domain 'vm': its emulator runs (process $EMULATOR_PID); end the domain with virsh destroy" ]
	daemon_kill
	run -1 pcitag release vm
	[ "$output" = "pcitag: domain 'vm': its emulator runs (process $EMULATOR_PID); end the domain with virsh destroy" ]
	run -1 pcitag release vm --force
	[ "$(host_state)" = "$state" ]
	emulators_end
	release vm
	nothing_touched
}

@test "a start is on its way: what the daemon has forked may become the emulator, and everything stays" {
	prepare vm npu nic
	state=$(host_state)
	daemon_fork
	run -1 pcitag release vm --force
	[ "$output" = "pcitag: domain 'vm': process $EMULATOR_PID, a child of libvirt's daemon, may be about to become its emulator; wait for it" ]
	[ "$(host_state)" = "$state" ]
	emulators_end
	release vm
	nothing_touched
}

@test "somebody has a group open: refused with the holder's name, nothing touched" {
	prepare vm npu nic
	group=$(group_of $NPU1)
	hold_group "$group"
	daemon_kill
	state=$(host_state)
	run -1 pcitag release vm
	[ "$output" = "pcitag: domain 'vm': $NPU1 cannot be returned: process $HOLDER_PID (holder) has /dev/vfio/$group open; end it, then run pcitag reconcile" ]
	[ "$(host_state)" = "$state" ]
	drop_holder
	run -0 pcitag release vm
	nothing_touched
}

@test "somebody uses a device through iommufd: refused with the holder's name, and the node that is open" {
	# While it is bound to an iommufd, its group's node is busy and nobody has that open. 1:7 is /dev/full.
	ctl set $NPU1 vfio-node=1:7
	prepare vm npu
	ctl hold "$(group_of $NPU1)"
	sleep 60 9</dev/full 3>&- &
	holder=$!
	until grep -qx sleep "/proc/$holder/comm"; do sleep 0.05; done
	daemon_kill
	state=$(host_state)
	run -1 pcitag release vm
	[[ $output == "pcitag: domain 'vm': $NPU1 cannot be returned: process $holder (sleep) has /dev/vfio/devices/vfio"+([0-9])" open; end it, then run pcitag reconcile" ]]
	[ "$(host_state)" = "$state" ]
	kill $holder
	ctl unhold "$(group_of $NPU1)"
	run -0 pcitag release vm
	ctl set $NPU1 vfio-node=
	nothing_touched
}

@test "--force returns the rest and leaves what is open quarantined, with exit code 3" {
	prepare vm npu nic
	group=$(group_of $NPU1)
	hold_group "$group"
	run -3 pcitag release vm --force
	[[ $output == *"$NPU1 "*" quarantined  vfio-pci"* ]]
	[[ $output == *"$NIC1 "*" returned     e1000e"* ]]
	[[ ${lines[-1]} == "vm: quarantined: $NPU1 cannot be returned: process $HOLDER_PID (holder) has /dev/vfio/$group open; end it, then run pcitag reconcile" ]]
	[ "$(driver_of $NIC1)" = e1000e ]
	[ "$(driver_of $NPU1)" = vfio-pci ]
	ctl log >"$BATS_TEST_TMPDIR/log"
	run -1 grep -F "write /sys/bus/pci/devices/$NPU1/driver/unbind" "$BATS_TEST_TMPDIR/log"

	drop_holder
	run -0 pcitag release vm
	[ "${lines[-1]}" = "vm: returned: its release was not finished" ]
	nothing_touched
}

@test "another process of pcitag is at it: refused, named" {
	prepare vm npu nic
	ctl stall write '*/unbind' 1
	release vm 3>&- &
	soon lease_says vm releasing
	run -1 pcitag release vm --force
	[[ $output == "pcitag: domain 'vm': process "*" of pcitag is still moving the devices of this domain; wait for it" ]]
	ctl release
	wait || true
	nothing_touched
}

@test "a lease of an earlier boot is forgotten" {
	prepare vm nic
	local REPLY
	host_root
	sed -i 's/"boot_id":"[^"]*"/"boot_id":"00000000-0000-0000-0000-000000000000"/' \
		"$REPLY/run/pcitag/leases/$(uuid_of vm).json"
	ctl reset
	rm -rf "$REPLY/dev/pcitag"
	run -0 pcitag release vm
	[ "$output" = "vm: forgotten: the host was booted since" ]
	[ -z "$(writes)" ]
	nothing_touched
}

@test "a domain that holds nothing, and one whose lease nobody can read" {
	run -1 pcitag release vm
	[ "$output" = "pcitag: domain 'vm' holds nothing; pcitag leases lists who does" ]
	prepare vm npu
	lease vm >"$BATS_TEST_TMPDIR/whole"
	damage_lease vm
	run -1 pcitag release vm
	[[ $output == "pcitag: no lease that can be read is of domain 'vm': lease /run/pcitag/leases/$(uuid_of vm).json cannot be understood ("* ]]
	local REPLY
	host_root
	cp "$BATS_TEST_TMPDIR/whole" "$REPLY/run/pcitag/leases/$(uuid_of vm).json"
	release vm
	nothing_touched
}

@test "a domain with native host devices alone has a lease, and no device that would be returned" {
	DEVICES=$(native $NIC1) prepare vm
	daemon_kill
	run -0 pcitag release vm
	[[ $output == "vm: returned: libvirt's daemon (process "*") is gone and no emulator runs" ]]
	nothing_touched
}

@test "as JSON" {
	prepare vm npu nic
	hold_group "$(group_of $NPU1)"
	run -3 pcitag release vm --force --json
	[ "$(jq -c '[.version, .leases[0].domain, .leases[0].outcome]' <<<"$output")" = '[1,"vm","quarantined"]' ]
	[ "$(jq -c ".leases[0].devices[] | select(.address == \"$NIC1\") | [.role, .outcome, .present, .driver]" <<<"$output")" = \
		'["given","returned",true,"e1000e"]' ]
	[ "$(jq -r ".leases[0].devices[] | select(.address == \"$NPU1\") | .outcome" <<<"$output")" = quarantined ]
	drop_holder
	run -0 pcitag reconcile
	nothing_touched
}

@test "not as root" {
	run -1 in_pretend setpriv --reuid=nobody --regid=nogroup --clear-groups /usr/sbin/pcitag release vm
	[ "$output" = "pcitag: release moves devices between drivers: run it as root" ]
}

@test "leases of one domain, by name and UUID, and those that are quarantined" {
	prepare one npu
	prepare two npu nic
	run -0 pcitag leases two
	[ "${#lines[@]}" -eq 3 ]
	run -0 pcitag leases "$(uuid_of one)"
	[[ ${lines[1]} == "one "*"$NPU1"* ]]
	run -0 pcitag leases three
	[ "$output" = "domain 'three' holds no device" ]
	run -0 pcitag leases --quarantined
	[ "$output" = "no domain holds anything that is quarantined" ]
	[ "$(pcitag leases --json one | jq -r '.leases[].grants[].placeholder')" = /dev/pcitag/one/npu ]

	hold_group "$(group_of $NPU1)"
	run -3 pcitag release --force one
	[ "$(pcitag leases --quarantined --json | jq -r '.leases[].domain')" = one ]
	drop_holder
	run -0 pcitag reconcile
	release two
	nothing_touched
}
