#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# What a domain owns stays its own: when it is plugged in anew, and when the clock is set.

load bare

setup_file() {
	lab_clean
	lab_registry
	lab systemctl stop pcitag-reconcile.timer
}

setup() {
	remember_host
}

teardown() {
	lab 'systemctl stop stand-in-daemon 2>/dev/null; true'
	set_clock_back
	lab_clean
}

set_clock_back() {
	lab 'rm -f /etc/libvirt/hooks/qemu.d/clock
		! test -e /run/clock-is-ahead || { rm /run/clock-is-ahead && date --set "-1 hour"; }'
}

teardown_file() {
	lab systemctl start pcitag-reconcile.timer
}

# daemon_prepares DOMAIN: a process in the place of libvirt's daemon runs the hook, and lives on.
daemon_prepares() {
	lab "virsh dumpxml $1 >/run/hook.xml && rm -f /run/hook-said
		systemd-run --quiet --unit stand-in-daemon bash -c '
			/etc/libvirt/hooks/qemu $1 prepare begin - </run/hook.xml; echo \$? >/run/hook-said; sleep 600'
		for i in {1..100}; do test -s /run/hook-said && break; sleep 0.2; done
		grep -x 0 /run/hook-said"
}

# daemon_releases DOMAIN
daemon_releases() {
	lab "/etc/libvirt/hooks/qemu $1 release end - </run/hook.xml"
}

# plug_anew ADDR ADDR: both are unplugged, and plugged in again in this order. Group numbers are given from the lowest.
plug_anew() {
	lab "cd /sys/bus/pci/devices
		echo 1 >$1/remove; echo 1 >$2/remove
		echo 1 >/sys/class/pci_bus/${1%:*}/rescan; echo 1 >/sys/class/pci_bus/${2%:*}/rescan"
}

@test "two devices are plugged in anew, and have each other's groups: the lease keeps its device" {
	bare_define vm npu
	bare_define next npu
	native_define native $NPU1
	daemon_prepares vm
	[ "$(lab_driver $NPU1)" = vfio-pci ]
	first=$(lab_group $NPU1) second=$(lab_group $NPU2)
	plug_anew $NPU2 $NPU1
	[ "$(lab_group $NPU1) $(lab_group $NPU2)" = "$second $first" ]

	# One has the lease's address, the other its group: neither is assigned, by type or by address.
	lab virsh --quiet start --paused next
	[ "$(guest_devices next | cut -d' ' -f2)" = "$NPU3" ]
	run lab timeout 20 virsh start --paused native
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"pcitag: domain 'native': hostdev $NPU1: "*"domain vm"* ]]
	[ "$(lab_driver $NPU1) $(lab_driver $NPU2)" = 'none none' ]

	lab virsh --quiet destroy next
	daemon_releases vm
	[ "$(lab pcitag leases)" = "no domain holds a device" ]
	nothing_touched
	lab virsh --quiet start --paused next
	[ "$(guest_devices next | cut -d' ' -f2)" = "$NPU1" ]
	lab virsh --quiet destroy next
	plug_anew $NPU1 $NPU2
	[ "$(lab_group $NPU1) $(lab_group $NPU2)" = "$first $second" ]
	nothing_touched
}

# What a guest does that ejects a device, here done at the monitor: QEMU, docs/specs/acpi_pci_hotplug.rst, "PCI slot
# ejection request"; the port is that of machine type pc.
@test "an emulator that closes its group while it runs keeps its lease" {
	MACHINE=pc TAIL='<features><acpi/></features>' bare_define vm npu
	bare_define next npu
	lab virsh --quiet start --paused vm
	read -r _ address slot < <(guest_devices vm)
	[ "$address" = "$NPU1" ]
	group=$(lab_group $NPU1)
	[ "$(lab "find /proc/$(qemu_pid vm)/fd -lname /dev/vfio/$group | wc -l")" -eq 1 ]
	lab "virsh qemu-monitor-command vm --hmp 'o/w 0xae08 $((1 << 16#${slot%.*}))'"
	lab "for i in {1..100}; do find /proc/$(qemu_pid vm)/fd -lname /dev/vfio/$group | grep -q . || exit 0; sleep 0.2; done; exit 1"
	[ -z "$(guest_devices vm)" ]

	run lab pcitag reconcile
	echo "$output"
	lab systemctl start pcitag-reconcile.service
	[ "$(lab_driver $NPU1)" = vfio-pci ]
	[ "$(lab pcitag leases | grep -c '^vm .* bound .* given ')" -eq 1 ]
	lab virsh --quiet start --paused next
	[ "$(guest_devices next | cut -d' ' -f2)" = "$NPU2" ]
	lab virsh --quiet destroy next
	lab virsh --quiet destroy vm
	nothing_touched
}

# libvirt runs what is in qemu.d after hooks/qemu; see src/util/virhook.c. It starts by itself what it has not
# started since the host's boot, which is that there is no such file; see virDriverShouldAutostart().
@test "the clock is set forward an hour during autostart: reconcile leaves alone what is about to start" {
	bare_define auto npu
	lab virsh --quiet autostart auto
	lab bash -s <<-'END'
		mkdir -p /etc/libvirt/hooks/qemu.d
		cat >/etc/libvirt/hooks/qemu.d/clock <<-'HOOK'
			#!/bin/sh
			[ "$1 $2" = "auto prepare" ] || exit 0
			touch /run/clock-is-ahead
			date --set '+1 hour' >/dev/null
			pcitag reconcile >/run/reconcile-said 2>&1
			echo "status $?" >>/run/reconcile-said
		HOOK
		chmod 755 /etc/libvirt/hooks/qemu.d/clock
		rm -f /run/reconcile-said /run/libvirt/qemu/autostarted
		systemctl restart libvirtd
	END
	lab_wait_state auto running 60
	set_clock_back
	run lab cat /run/reconcile-said
	echo "$output"
	[[ $output == *'auto '*'in use'*'status '* ]]
	[ "$(guest_devices auto | cut -d' ' -f2)" = "$NPU1" ]
	[ "$(lab_driver $NPU1)" = vfio-pci ]
	[ "$(lab pcitag leases | grep -c '^auto .* bound .* given ')" -eq 1 ]
	lab pcitag reconcile
	[ "$(lab_driver $NPU1)" = vfio-pci ]

	lab virsh --quiet destroy auto
	nothing_touched
}
