#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# libvirtd is killed in the middle. libvirt then never calls release, and "pcitag reconcile" leaves
# nothing.

load bare

# libvirt runs hooks/qemu and then hooks/qemu.d/* in order (src/util/virhook.c), so ours can stand
# between two that kill the daemon which runs them.
setup_file() {
	lab_clean
	lab_registry
	# What it would return is looked at first.
	lab systemctl stop pcitag-reconcile.timer
	lab bash -s <<-'END'
		set -e
		cd /etc/libvirt/hooks
		mkdir -p qemu.d
		mv qemu qemu.d/50-pcitag
		cat >qemu.d/10-before <<-'HOOK'
			#!/bin/sh
			armed=/run/kill-libvirtd-$(basename "$0")
			[ "$(cat "$armed" 2>/dev/null)" = "$2" ] || exit 0
			rm "$armed"
			kill -KILL "$PPID"
		HOOK
		chmod 755 qemu.d/10-before
		cp -p qemu.d/10-before qemu.d/90-after
		systemctl restart libvirtd
	END
	bare_define vm npu nic
	bare_define wide npu nic card
}

teardown_file() {
	lab 'systemctl start pcitag-reconcile.timer; cd /etc/libvirt/hooks && mv qemu.d/50-pcitag qemu && rm -f qemu.d/10-before qemu.d/90-after
		systemctl restart libvirtd'
	lab_clean
}

setup() {
	remember_host
}

teardown() {
	lab 'rm -f /run/kill-libvirtd-*; for domain in $(virsh list --name); do virsh --quiet destroy $domain; done'
}

# killed_in OPERATION before|after COMMAND: libvirtd dies in that hook call, before or after ours,
# which COMMAND brings about; systemd starts it again.
killed_in() {
	local hook=10-before
	[[ $2 == before ]] || hook=90-after
	lab "echo $1 >/run/kill-libvirtd-$hook; systemctl reset-failed libvirtd"
	run lab timeout 60 virsh "${@:3}"
	[ "$status" -ne 0 ]
	lab "test ! -e /run/kill-libvirtd-$hook"
	daemon_is_back
}

# Nobody that the old daemon started still works for it, and a new one answers.
daemon_is_back() {
	lab bash -s <<-'END'
		end=$((SECONDS + 60))
		until ! pgrep -x "pcitag|pcitag-engine" >/dev/null && timeout 10 virsh list >/dev/null 2>&1; do
			[[ $SECONDS -lt $end ]] || exit 1
			sleep 0.2
		done
	END
}

# left_over_then_clean: the lease of the domain is there, and reconcile returns everything.
left_over_then_clean() {
	[ "$(lab_driver $NPU1)" = vfio-pci ]
	[[ $(lab pcitag leases) == *"vm "* ]]
	run lab timeout 60 pcitag reconcile
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *vm* ]]
	nothing_touched
}

@test "libvirtd is killed in prepare, before our hook: there is nothing to return" {
	killed_in prepare before start --paused vm
	nothing_touched
	lab pcitag reconcile
}

@test "libvirtd is killed in prepare, behind our hook" {
	killed_in prepare after start --paused vm
	left_over_then_clean
}

@test "libvirtd is killed while our hook binds" {
	lab bash -s <<-'END'
		systemctl reset-failed libvirtd
		daemon=$(pidof libvirtd)
		virsh --quiet start --paused wide 2>/dev/null &
		while true; do
			for lease in /run/pcitag/leases/*.json; do
				[[ -e $lease ]] || continue
				mapfile -t text <"$lease"
				[[ ${text[*]} != *'"binding"'* ]] || break 2
			done
		done
		kill -KILL "$daemon"
		! wait $!
	END
	daemon_is_back
	run lab timeout 60 pcitag reconcile
	echo "$output"
	[ "$status" -eq 0 ]
	nothing_touched
}

@test "libvirtd is killed in start: the unit that runs every minute and at boot returns its devices" {
	killed_in start after start --paused vm
	[ "$(lab_driver $NPU1)" = vfio-pci ]
	[ "$(lab systemctl is-enabled pcitag-reconcile.timer)" = enabled ]
	lab systemctl start pcitag-reconcile.service
	nothing_touched
}

@test "libvirtd is killed in stopped" {
	lab virsh --quiet start --paused vm
	killed_in stopped after destroy vm
	# Whether the next daemon still knows the domain, and calls release, depends on libvirt and on the moment.
	lab timeout 60 pcitag reconcile
	nothing_touched
}

@test "libvirtd is killed in release, before our hook; the domain's next start returns its devices and takes anew" {
	lab virsh --quiet start --paused vm
	killed_in release before destroy vm
	lab virsh --quiet start --paused vm
	[ "$(lab pcitag leases | grep -c '^vm .* bound .* given ')" -eq 2 ]

	killed_in release before destroy vm
	left_over_then_clean
}

@test "libvirtd is killed in release, behind our hook: there is nothing to return" {
	lab virsh --quiet start --paused vm
	killed_in release after destroy vm
	nothing_touched
	lab pcitag reconcile
}

@test "QEMU and libvirtd are killed at the same moment" {
	lab virsh --quiet start --paused vm
	lab 'systemctl reset-failed libvirtd; kill -KILL $(cat /run/libvirt/qemu/vm.pid) $(pidof libvirtd)'
	daemon_is_back
	lab_wait_state vm 'shut off' 30
	run lab timeout 60 pcitag reconcile
	[ "$status" -eq 0 ]
	nothing_touched
}
