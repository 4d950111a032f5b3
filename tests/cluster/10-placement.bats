#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Where domains start: where a device is, with the reason where they cannot; the last device; a race; standby.

# shellcheck disable=SC2154 # bats sets status, output and lines
load helper

setup() {
	fresh
}

# one_device_each: of the npu, only 0000:03:00.0 of alder and 0000:13:00.0 of birch are left.
one_device_each() {
	kernel alder remove 0000:02:00.0
	kernel birch remove 0000:12:00.0
	publish
	eventually has_number alder npu 1
	eventually has_number birch npu 1
}

# only_on_birch: alder has no npu.
only_on_birch() {
	kernel alder remove 0000:02:00.0
	kernel alder remove 0000:03:00.0
	kernel birch remove 0000:12:00.0
	publish
	eventually has_number alder npu 0
	eventually has_number birch npu 1
}

@test "a domain starts where a device is" {
	only_on_birch
	domain d1 npu
	resource d1
	eventually runs_on d1 birch
	[ "$(device_of d1 birch)" = 0000:13:00.0 ]
	[ "$(leases alder)" -eq 0 ]
	[ "$(number birch npu)" -eq 1 ]
	[ -z "$(failures)" ]
}

@test "the third of three waits, and nothing is tried in vain" {
	one_device_each
	for d in d1 d2 d3; do
		domain $d npu
		resource $d
	done
	eventually runs d1
	eventually runs d2
	settled
	runs_nowhere d3
	[ -z "$(failures)" ]
	[ "$(calls alder d3 start)" -eq 0 ]
	[ "$(calls birch d3 start)" -eq 0 ]
	# A device that comes back is found by the next monitor.
	kernel alder add 0000:02:00.0
	eventually runs_on d3 alder
	[ -z "$(failures)" ]
}

@test "without a utilization it is tried, and crm_mon shows pcitag's reason for each node" {
	one_device_each
	for d in d1 d2; do
		domain $d npu
		resource $d
		eventually runs $d
	done
	domain d3 npu
	resource d3 utilization=
	eventually fails_with 'd3_start_0 alder pcitag: request npu: 1 device of this host, none free: 0000:03:00.0: its group 15 belongs to domain d'
	eventually fails_with 'd3_start_0 birch pcitag: request npu: 1 device of this host, none free: 0000:13:00.0: its group 15 belongs to domain d'
	eventually runs_nowhere d3
	runs d1
	runs d2
}

@test "two domains race for the last device of the cluster: one gets it, the other waits" {
	only_on_birch
	domain d1 npu
	domain d2 npu
	resource d1 &
	resource d2 &
	wait
	eventually settled
	[ "$(locate d1)$(locate d2)" = birch ]
	[ "$(leases birch)" -eq 1 ]
	[ "$(leases alder)" -eq 0 ]
	[ -z "$(failures)" ]
}

@test "the more important domain keeps the last device when a node dies" {
	one_device_each
	domain low npu
	domain high npu
	location low-there low alder 10
	location high-there high birch 10
	resource low meta:priority=1
	resource high meta:priority=10
	eventually runs_on low alder
	eventually runs_on high birch
	"$CLUSTER_DIR/nodes" kill birch
	eventually runs_on high alder
	eventually runs_nowhere low
	[ "$(leases alder)" -eq 1 ]
	[ -z "$(failures)" ]
}

@test "a node is killed: the domain starts on the other one, with another address" {
	domain d1 npu
	location at-first d1 alder 100
	resource d1
	eventually runs_on d1 alder
	[ "$(device_of d1 alder)" = 0000:02:00.0 ]
	"$CLUSTER_DIR/nodes" kill alder
	eventually runs_on d1 birch
	[ "$(device_of d1 birch)" = 0000:12:00.0 ]
	# The node that comes back reconciles before its numbers are there.
	"$CLUSTER_DIR/nodes" start alder
	usual_registry | registry alder
	eventually has_number alder npu 2
}

@test "standby drains a node, and it takes part again afterwards" {
	domain d1 npu
	domain d2 npu
	location d1-there d1 alder 100
	resource d1
	resource d2
	eventually runs_on d1 alder
	eventually runs d2
	any_node crm_standby --node alder --update on
	eventually runs_on d1 birch
	eventually runs_on d2 birch
	[ "$(leases alder)" -eq 0 ]
	[ -z "$(failures)" ]
	any_node crm_standby --node alder --update off
	eventually runs_on d1 alder
	[ "$(device_of d1 alder)" = 0000:02:00.0 ]
	[ -z "$(failures)" ]
}

@test "maintenance mode touches nothing" {
	domain d1 npu
	resource d1
	eventually runs d1
	at=$(locate d1)
	inject "libvirt's daemon stops in maintenance mode"
	property maintenance-mode=true
	on "$at" sh -c 'kill "$(cat /run/libvirtd.pid)"'
	kernel "$at" set 0000:04:00.0 dead
	publish
	nothing_stopped
	"$CLUSTER_DIR/nodes" libvirtd "$at"
	property maintenance-mode=false
	eventually settled
	nothing_stopped
}
