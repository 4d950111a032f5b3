#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # status, output and lines are set by bats
#
# Starts and ends that meet: they wait for each other only where they must, and never for ever.

load helper

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

@test "four domains that start together take as long as one" {
	for addr in $NPU1 $NPU2 $NPU3 $NPU4; do
		ctl set "$addr" probe-ms=1500
	done
	start=$(milliseconds)
	prepare one npu
	alone=$(($(milliseconds) - start))
	release one

	start=$(milliseconds)
	for name in one two three four; do
		prepare $name npu 3>&- &
	done
	wait
	# One after the other they would take four times as long.
	[ $(($(milliseconds) - start)) -lt $((alone * 5 / 2)) ]
	for name in one two three four; do
		lease_says $name bound
	done
	[ "$(readlink "/proc/$PRETEND_PID/root/dev/pcitag"/*/npu | sort -u | wc -l)" -eq 4 ]

	for name in one two three four; do
		release $name 3>&- &
	done
	wait
	nothing_touched
}

@test "the functions of one group move together" {
	ctl set $BEHIND1 unbind-ms=1500
	ctl set $BEHIND2 unbind-ms=1500
	start=$EPOCHREALTIME
	prepare vm old-nic
	within 2800 "$start"
	release vm
	nothing_touched
}

@test "a start that binds does not hold up another" {
	ctl set $NPU1 probe-ms=4000
	prepare slow npu 3>&- &
	soon lease_says slow binding
	start=$EPOCHREALTIME
	prepare fast npu
	within 1000 "$start"
	lease_says slow binding
	wait
	release slow
	release fast
	nothing_touched
}

@test "a release waits for the start of the same domain to end" {
	ctl set $NPU1 probe-ms=700
	prepare vm npu 3>&- &
	soon lease_says vm binding
	release vm
	wait
	nothing_touched
}

@test "a release does not wait for ever for a start that hangs, and what that leaves is returned" {
	settings <<<$'[pcitag]\nrelease_timeout = 1\nbind_timeout = 12'
	ctl stall write '*/unbind' 1
	prepare vm nic 3>&- &
	soon lease_says vm binding
	start=$EPOCHREALTIME
	release vm
	within 2500 "$start"
	lease_says vm binding
	run -0 pcitag reconcile
	[[ ${lines[1]} == "$(uuid_of vm)"*"in use "*"process "*" of pcitag is still moving the devices of this domain; wait for it" ]]

	wait
	ctl release
	soon pcitag reconcile
	nothing_touched
}

@test "a second start of a domain waits for the first, and only then takes its devices over" {
	settings <<<$'[pcitag]\nrelease_timeout = 3'
	ctl stall write '*/drivers_probe' 1
	prepare vm npu 3>&- &
	first=$!
	soon eval '[[ $(ctl log) == *drivers_probe* ]]'
	prepare vm npu 3>&- &
	second=$!
	# Longer than it would wait for the device alone.
	sleep 2.5
	kill -0 $second
	lease_says vm binding
	[ "$(ctl log | grep -c ' write ')" -eq 2 ]
	ctl release
	wait $first
	wait $second
	lease_says vm bound
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU1" ]
	release vm
	nothing_touched
}

# uuids_alike: from now on the UUIDs of domains differ in their last digit alone.
uuids_alike() {
	uuid_of() {
		printf '11111111-1111-1111-8000-00000000000%x' $(($(printf %d "'$1") % 16))
	}
}

@test "domains whose UUIDs are nearly the same do not drop each other's lock, nor wait for each other" {
	uuids_alike
	[ "$(uuid_of a)" != "$(uuid_of b)" ]
	prepare b npu
	ctl stall write '*/drivers_probe' 1
	prepare a npu 3>&- &
	soon lease_says a binding
	soon eval '[[ $(ctl log) == *drivers_probe* ]]'
	# The start of a has looked at the lease of b on its way, with the lock of that domain, too.
	run -0 pcitag reconcile
	[[ $output == *"$(uuid_of a)"*"in use "*"process "*" of pcitag is still moving the devices of this domain; wait for it"* ]]
	[[ $output == *"b "*"in use "*"will release it"* ]]
	release b
	[ -z "$(lease b)" ]
	# libvirt's daemon died and the next one ends the domain: that waits for the start.
	release a 3>&- &
	soon in_pretend pgrep -xf 'pcitag-engine hook a release end -'
	sleep 0.3
	lease_says a binding
	ctl release
	wait
	nothing_touched
}

@test "a lock that a process left behind when it was killed is taken away" {
	ctl stall write '*/drivers_probe' 1
	prepare vm npu 3>&- &
	soon eval '[[ $(ctl log) == *drivers_probe* ]]'
	in_pretend pkill -KILL -xf 'pcitag-engine hook vm prepare begin -'
	ctl release
	wait || true
	release vm
	nothing_touched
}

has_no_lease() { [ -z "$(lease "$1")" ]; }

@test "a prepare whose daemon dies undoes what it did" {
	ctl stall write '*/drivers_probe' 1
	prepare vm npu 3>&- &
	waiting=$!
	soon lease_says vm binding
	daemon_kill
	ctl release
	soon has_no_lease vm
	nothing_touched
	kill $waiting 2>/dev/null || true
}

@test "the store's lock is waited for with a limit, and its holder is named" {
	prepare other npu
	release other
	hold_lock 0
	start=$SECONDS
	run -1 prepare vm npu
	[ $((SECONDS - start)) -le 22 ]
	[ "$output" = "pcitag: domain 'vm': waited 10000 ms for the lock /run/pcitag/lock, which process $HOLDER holds; see what hangs there, or end it" ]
	kill "$HOLDER"
	nothing_touched
}

@test "a device that an earlier worker still moves is not touched" {
	prepare other npu
	release other
	ctl clear
	ctl stall write '*/unbind' 1
	prepare vm nic 3>&- &
	soon lease_says vm binding
	soon eval '[[ $(ctl log) == *unbind* ]]'
	in_pretend pkill -KILL -xf 'pcitag-engine hook vm prepare begin -'
	wait || true
	rm "/proc/$PRETEND_PID/root/run/pcitag/leases"/*.json
	run -1 prepare other nic
	[[ $output == "pcitag: domain 'other': "*"$NIC1"*"locked by process "*"" ]]
	[ "$(ctl log | grep -c unbind)" -eq 1 ]
	ctl release
	soon pcitag reconcile
}
