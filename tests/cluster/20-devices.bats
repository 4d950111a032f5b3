#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Devices that die, registries that are broken, programs that are missing or replaced: what runs goes on.

# shellcheck disable=SC2154 # bats sets status, output and lines
load helper

setup() {
	fresh
}

# d1_on_alder [NAME=VALUE...]: runs there, with 0000:02:00.0.
d1_on_alder() {
	domain d1 npu
	location d1-there d1 alder 100
	resource d1 "$@"
	eventually runs_on d1 alder
	[ "$(device_of d1 alder)" = 0000:02:00.0 ]
}

@test "a free device dies: the number falls, nothing stops" {
	d1_on_alder
	inject "a free device does not answer"
	kernel alder set 0000:03:00.0 dead
	eventually has_number alder npu 1
	monitored alder d1 2
	nothing_stopped
	[ -z "$(failures)" ]
	domain d2 npu
	location d2-there d2 alder 50
	resource d2
	eventually runs_on d2 birch
	[ -z "$(failures)" ]
	nothing_stopped_of d1
}

# nothing_stopped_of DOMAIN: it is the same process as at the last inject.
nothing_stopped_of() {
	diff <(grep " $1 " "$WORK/running") <(running | grep " $1 ")
}

@test "a free device is unplugged, and one that is degraded counts" {
	d1_on_alder
	inject "a free device is unplugged"
	kernel alder remove 0000:03:00.0
	eventually has_number alder npu 1
	inject "a free device counts errors"
	kernel birch set 0000:12:00.0 aer=0:3
	publish
	monitored alder d1 2
	has_number birch npu 2
	nothing_stopped
	[ -z "$(failures)" ]
}

@test "a device in use dies: with on_device_loss = keep it is counted, and nothing stops" {
	d1_on_alder
	inject "a device in use does not answer"
	kernel alder set 0000:02:00.0 dead
	publish
	monitored alder d1 3
	has_number alder npu 2
	nothing_stopped
	[ -z "$(failures)" ]
}

@test "a device in use dies: with on_device_loss = recover the domain gets another one" {
	d1_on_alder on_device_loss=recover
	kernel alder set 0000:02:00.0 dead
	eventually fails_with "d1_monitor_3000 alder domain 'd1' has lost a device: 0000:02:00.0 does not answer"
	eventually has_other_device d1 alder 0000:02:00.0
	eventually has_number alder npu 1
}

# has_other_device DOMAIN NODE ADDRESS
has_other_device() {
	local now
	now=$(device_of "$1" "$2")
	[[ -n $now && $now != "$3" ]] || runs_on "$1" birch
}

@test "a registry is broken on one node: the numbers stay with the reason, nothing stops, nothing new starts there" {
	d1_on_alder
	inject "the registry of the node has a mistake"
	registry alder <<<'[edu'
	publish || true
	eventually says alder 'old: /etc/pcitag/registry.ini:1: *'
	says birch ok
	has_number alder npu 2
	domain d2 npu
	location d2-there d2 alder 50
	resource d2
	eventually runs_on d2 birch
	fails_with 'd2_start_0 alder pcitag: /etc/pcitag/registry.ini:1: '
	nothing_stopped_of d1
	monitored alder d1 2
	nothing_stopped_of d1
	usual_registry | registry alder
	eventually says alder ok
	nothing_stopped_of d1
}

@test "after the grace the capacity agent fails with the reason, and still nothing stops" {
	d1_on_alder
	any_node crm_resource --resource capacity --set-parameter grace --parameter-value 1
	eventually settled
	inject "the registry of the node has a mistake, for longer than the grace"
	registry alder <<<'[edu'
	eventually fails_with 'capacity_monitor_3000 alder the numbers of PCI devices are old: /etc/pcitag/registry.ini:1: '
	monitored alder d1 2
	has_number alder npu 2
	nothing_stopped
	any_node crm_resource --resource capacity --delete-parameter grace
}

@test "a device hangs: the numbers stay, nothing stops" {
	d1_on_alder
	inject "a device hangs"
	kernel alder stall any '*/0000:03:00.0/*' 1
	monitored alder capacity 2
	[ "$(number alder npu)" -ge 1 ]
	monitored alder d1 2
	nothing_stopped
	kernel alder release
	[ -z "$(failures)" ]
}

@test "the package is upgraded under running domains: nothing stops" {
	d1_on_alder
	inject "the package is replaced, and its programs are missing for a while"
	on alder mv /usr/sbin/pcitag "$WORK/alder/pcitag"
	monitored alder capacity 2
	eventually says alder 'old: *'
	has_number alder npu 2
	monitored alder d1 2
	nothing_stopped
	# As dpkg does: each file is a new one with the old name.
	on alder mv "$WORK/alder/pcitag" /usr/sbin/pcitag
	for file in /usr/sbin/pcitag-engine /usr/sbin/pcitag-hook "$AGENTS/Domain.real" "$AGENTS/capacity.real"; do
		on alder sh -c "cp -p $file $file.new && mv $file.new $file"
	done
	on alder touch /usr/bin/qemu-system-x86_64
	eventually says alder ok
	monitored alder d1 2
	nothing_stopped
	[ -z "$(failures)" ]
}
