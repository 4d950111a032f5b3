#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# Errors that the real kernel counts and recovers from, and a device that no longer answers when its guest has ended:
# degraded, out, and well again. The errors come from the kernel's own injector (Documentation/PCI/pcieaer-howto.rst),
# which needs a device and a port with Advanced Error Reporting: QEMU's e1000e and pcie-root-port have it. A device
# becomes mute when the port above it leads to another bus: the reads of its registers then end as they do where
# nothing is plugged in, with all ones.

# shellcheck disable=SC2154 # status, output and lines are set by bats
load bare

# The port above NPU1.
PORT=00:10.0

setup_file() {
	lab_clean
	lab_registry
	lab systemctl stop pcitag-reconcile.timer
	lab modprobe aer_inject
	lab 'test -c /dev/aer_inject'
}

teardown_file() {
	lab systemctl start pcitag-reconcile.timer
	lab 'modprobe -r aer_inject || true'
}

setup() {
	remember_host
}

teardown() {
	lab "rm -f /etc/libvirt/hooks/qemu.d/mute; setpci -s $PORT SECONDARY_BUS=01; rm -rf /var/lib/pcitag/unwell"
	lab_clean
}

# inject ADDRESS BITS: the injector makes the kernel see these bits of the register of uncorrectable errors. What it
# reads is three bytes for the address within the domain, one for nothing, the errors, four words of a header, and
# the domain (Linux: drivers/pci/pcie/aer_inject.c, struct aer_error_inj).
inject() {
	lab perl -e 'my ($domain, $bus, $slot, $function) = map { hex } split /[:.]/, $ARGV[0];
		open(my $injector, ">", "/dev/aer_inject") or die "$!";
		my $error = pack("C3 x L L L4 L", $bus, $slot, $function, hex $ARGV[1], 0, 0, 1, 2, 3, $domain);
		syswrite($injector, $error) == length $error or die "$!";' "$1" "$2"
}

# These are fatal, or not, by the register of severities as a device has it after a reset (PCI Express Base
# Specification, Uncorrectable Error Severity): a data link protocol error is, a completion timeout is not.
FATAL=10 NONFATAL=4000

# The kernel does not read the registers of an endpoint whose link cannot be trusted: its root port counts the fatal ones.
COUNT_OF_FATAL=../aer_rootport_total_err_fatal COUNT_OF_NONFATAL=aer_dev_nonfatal

# total ADDRESS FILE: prints how many the kernel has counted.
total() {
	lab "sed -n 's/^\\(TOTAL_ERR_[A-Z]* \\)\\?\\([0-9]*\\)\$/\\2/p' /sys/bus/pci/devices/$1/$2"
}

# counted ADDRESS FILE NUMBER: waits until the kernel has counted so many.
counted() {
	lab_until 60 "grep -qxE '(TOTAL_ERR_[A-Z]* )?$3' /sys/bus/pci/devices/$1/$2"
}

# state ADDRESS
state() {
	lab pcitag list --json | jq -r ".devices[] | select(.address == \"$1\") | .state"
}

reason() {
	lab pcitag list --json | jq -r ".devices[] | select(.address == \"$1\") | .reason"
}

given() {
	lab "pcitag leases --json" | jq -r ".leases[] | select(.domain == \"$1\") | .members[] | select(.role == \"given\") | .address"
}

@test "every device of the lab is well" {
	run lab pcitag list --json
	[ "$(jq '[.devices[] | select(.state == "free")] | length' <<<"$output")" -ge 7 ]
	[ "$(jq '[.devices[] | select(.state == "degraded" or .state == "out")] | length' <<<"$output")" -eq 0 ]
	lab 'test ! -e /var/lib/pcitag/unwell'
}

@test "a nonfatal error while a guest has it: degraded, and taken last; test clears it" {
	local so_far
	bare_define vm nic
	lab virsh --quiet start --paused vm
	[ "$(given vm)" = "$NIC1" ]
	so_far=$(total "$NIC1" $COUNT_OF_NONFATAL)
	inject "$NIC1" $NONFATAL
	counted "$NIC1" $COUNT_OF_NONFATAL $((so_far + 1))
	lab virsh --quiet destroy vm
	[ "$(state "$NIC1")" = degraded ]
	[[ "$(reason "$NIC1")" == "is degraded, and taken last: 1 nonfatal error (AER) while domain vm had it, "* ]]

	lab virsh --quiet start --paused vm
	[ "$(given vm)" = "$NIC2" ]
	lab virsh --quiet destroy vm
	run lab pcitag test "$NIC1"
	[ "$status" -eq 0 ]
	[ "$output" = "$NIC1: well (without a reset: a driver of the host has it)" ]
	[ "$(state "$NIC1")" = free ]
	# The kernel's count has not changed: it is known.
	lab virsh --quiet start --paused vm
	[ "$(given vm)" = "$NIC1" ]
	lab virsh --quiet destroy vm
	[ "$(state "$NIC1")" = free ]
	nothing_touched
}

@test "a fatal error while a guest has it: out, and taken by nobody, also after a reboot of the host" {
	local so_far
	bare_define vm nic
	lab virsh --quiet start --paused vm
	[ "$(given vm)" = "$NIC1" ]
	so_far=$(total "$NIC1" $COUNT_OF_FATAL)
	inject "$NIC1" $FATAL
	counted "$NIC1" $COUNT_OF_FATAL $((so_far + 1))
	lab virsh --quiet destroy vm
	[ "$(state "$NIC1")" = out ]
	[[ "$(reason "$NIC1")" == "is out: 1 fatal error (AER) while domain vm had it, "* ]]
	lab 'journalctl --boot --output cat' | grep -F "$NIC1 is out: 1 fatal error (AER) while domain vm had it; look at it again with pcitag test $NIC1"

	lab virsh --quiet start --paused vm
	[ "$(given vm)" = "$NIC2" ]
	bare_define second nic
	run lab virsh start second
	[ "$status" -ne 0 ]
	[[ $output == *"$NIC1: is out: 1 fatal error (AER) while domain vm had it"* ]]
	lab virsh --quiet destroy vm

	lab_reset 1200
	lab systemctl stop pcitag-reconcile.timer
	[ "$(state "$NIC1")" = out ]
	run lab pcitag test "$NIC1"
	[ "$status" -eq 0 ]
	[ "$(state "$NIC1")" = free ]
	lab modprobe aer_inject
}

@test "configuration space that reads all ones after the guest: out; test resets it, and clears it when it answers" {
	bare_define vm npu
	# libvirt calls it between the end of QEMU, which resets the device, and the release.
	lab 'mkdir -p /etc/libvirt/hooks/qemu.d; cat >/etc/libvirt/hooks/qemu.d/mute; chmod 755 /etc/libvirt/hooks/qemu.d/mute' <<-END
		#!/bin/sh
		test "\$2" != stopped || setpci -s $PORT SECONDARY_BUS=fe
	END
	lab virsh --quiet start --paused vm
	[ "$(given vm)" = "$NPU1" ]
	lab virsh --quiet destroy vm
	lab "test \"\$(od -An -tx1 -N4 /sys/bus/pci/devices/$NPU1/config | tr -d ' ')\" = ffffffff"
	[ "$(state "$NPU1")" = out ]
	[[ "$(reason "$NPU1")" == "is out: does not answer since its return from vm (its configuration space reads all ones), "* ]]
	run lab pcitag leases --json
	[ "$(jq '.leases | length' <<<"$output")" -eq 0 ]

	lab rm /etc/libvirt/hooks/qemu.d/mute
	lab virsh --quiet start --paused vm
	[ "$(given vm)" = "$NPU2" ]
	lab virsh --quiet destroy vm

	# Also when it answers again, somebody has to look.
	lab "setpci -s $PORT SECONDARY_BUS=01"
	[ "$(state "$NPU1")" = out ]
	run lab pcitag test "$NPU1"
	[ "$status" -eq 0 ]
	[ "$output" = "$NPU1: well (after a reset)" ]
	lab virsh --quiet start --paused vm
	[ "$(given vm)" = "$NPU1" ]
}
