#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# The host is reset while domains have their devices; they start by themselves when it is up again.

load bare

setup_file() {
	lab_clean
	lab_registry
}

teardown_file() {
	lab_clean
}

@test "a host that is reset with its devices assigned starts the domains anew, each with its own device" {
	remember_host
	for n in 1 2 3 4; do
		bare_define "auto$n" npu
		lab virsh --quiet autostart "auto$n"
	done
	bare_define nic nic
	lab 'for domain in auto1 auto2 auto3 auto4 nic; do virsh --quiet start --paused $domain; done'
	[ "$(lab pcitag leases | grep -c ' bound ')" -eq 5 ]

	lab_reset 900
	# What was not started by itself holds nothing: leases end with the host, as bindings do.
	for n in 1 2 3 4; do
		lab_wait_state "auto$n" running 180
	done
	run lab pcitag leases
	echo "$output"
	[ "$(grep -c '^auto. .* bound .* given ' <<<"$output")" -eq 4 ]
	[ "$(grep -o '0000:0.:00.0' <<<"$output" | sort -u | wc -l)" -eq 4 ]
	[ "$(grep -c '^nic ' <<<"$output")" -eq 0 ]
	[ "$(lab_driver $NIC1)" = e1000e ]
	lab pcitag reconcile
	[ "$(lab pcitag leases | grep -c '^auto. .* bound .* given ')" -eq 4 ]

	lab virsh --quiet start --paused nic
	lab 'for domain in auto1 auto2 auto3 auto4 nic; do virsh --quiet destroy $domain; done'
	nothing_touched
}
