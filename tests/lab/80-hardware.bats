#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# Hardware that goes while it is assigned, and hardware that nobody lets go.

load bare

setup_file() {
	lab_clean
	lab_registry
	lab systemctl stop pcitag-reconcile.timer
	lab_put "$LAB_DIR/../../build/pretend/holder" /root/holder
	lab 'chmod 755 /root/holder'
}

teardown_file() {
	lab systemctl start pcitag-reconcile.timer
}

setup() {
	remember_host
}

teardown() {
	lab 'rm -f /etc/libvirt/hooks/qemu.d/holder; systemctl stop holder 2>/dev/null; true'
	lab_clean
}

@test "a device is pulled out while a domain has it: the rest is returned, and a new one in its place is assigned again" {
	bare_define vm npu.0 npu.1
	bare_define next npu
	lab virsh --quiet start --paused vm
	lab_monitor device_del npu0
	# Linux waits for QEMU to let go; nothing of ours waits with it.
	run lab timeout 10 pcitag list
	[ "$status" -eq 0 ]
	run lab timeout 10 pcitag leases
	[[ $output == *"vm "*"$NPU1"* ]]

	lab timeout 60 virsh --quiet destroy vm
	lab_until 30 "test ! -e /sys/bus/pci/devices/$NPU1"
	run lab timeout 60 pcitag reconcile
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(lab pcitag leases)" = "no domain holds a device" ]
	# shellcheck disable=SC2154 # remember_host sets it
	diff <(grep -v "^$NPU1 " <<<"$before") <(host_state)

	lab virsh --quiet start --paused next
	[ "$(lab_driver $NPU2)" = vfio-pci ]
	lab virsh --quiet destroy next

	lab_monitor device_add edu,id=npu0,bus=port0,addr=0x0
	lab_until 30 "test -e /sys/bus/pci/devices/$NPU1/driver_override"
	nothing_touched
	lab virsh --quiet start --paused next
	[ "$(lab_driver $NPU1)" = vfio-pci ]
	lab virsh --quiet destroy next
	nothing_touched
}

@test "somebody has the device open when its domain ends: bounded, quarantined by name, returned when they let go" {
	bare_define vm npu nic
	bare_define next npu
	# Between QEMU's end and our release another process takes the group.
	lab bash -s -- "$(lab_group $NPU1)" $NPU1 <<-'END'
		mkdir -p /etc/libvirt/hooks/qemu.d
		cat >/etc/libvirt/hooks/qemu.d/holder <<-HOOK
			#!/bin/sh
			[ "\$1 \$2" = "vm stopped" ] || exit 0
			systemd-run --quiet --unit holder /root/holder /dev/vfio/$1 $2
			until ls -l /proc/\$(pidof holder)/fd | grep -q vfio-device; do
				sleep 0.1
			done
		HOOK
		chmod 755 /etc/libvirt/hooks/qemu.d/holder
		systemctl restart libvirtd
	END
	lab virsh --quiet start --paused vm
	[ "$(lab_driver $NPU1)" = vfio-pci ]

	begin=$SECONDS
	lab timeout 60 virsh --quiet destroy vm
	# 10 seconds for the release, the rest for libvirt and the emulated CPU.
	[ $((SECONDS - begin)) -lt 25 ]
	pid=$(lab pidof holder)
	run lab timeout 10 pcitag leases
	[[ $output == *"vm "*quarantined*"$NPU1"* ]]
	run lab 'timeout 10 pcitag leases --json; journalctl --no-pager -o cat -t pcitag -n 20'
	[[ $output == *quarantined*"$pid"*holder* ]]
	# Nothing is stolen: the device is where it was, and what can be returned is back.
	[ "$(lab_driver $NPU1)" = vfio-pci ]
	[ "$(lab_driver $NIC1)" = e1000e ]

	run lab timeout 60 pcitag reconcile
	[ "$status" -eq 3 ]
	[[ $output == *quarantined*"$pid"* ]]
	run lab timeout 10 pcitag list
	[[ $output == *"$NPU1"*quarantined* ]]
	lab virsh --quiet start --paused next
	[ "$(lab_driver $NPU2)" = vfio-pci ]
	lab virsh --quiet destroy next

	lab systemctl stop holder
	run lab timeout 60 pcitag reconcile
	[ "$status" -eq 0 ]
	nothing_touched
}

@test "a sound device that somebody has open is refused by name, and assigned when they have let go" {
	lab "cat >>/etc/pcitag/registry.ini" <<-'END'

		[ICH6-audio]
		type = sound
		vendor = 8086
		device = 2668
	END
	bare_define vm sound
	lab 'systemd-run --quiet --unit holder sh -c "exec sleep 600 7>/dev/snd/pcmC0D0p"'
	# The shell has it open first, and becomes the process that the message names.
	lab_until 10 'grep -qx sleep /proc/$(systemctl show --value -p MainPID holder)/comm'
	# Its unbind would wait in the kernel until that process ends.
	run lab timeout 60 virsh start --paused vm
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"pcitag: domain 'vm': request sound: 1 device of this host, none free: 0000:00:05.0: is used by the host: process "*" (sleep) has /dev/snd/pcmC0D0p open"* ]]
	[ "$(lab_driver 0000:00:05.0)" = snd_hda_intel ]
	nothing_touched

	lab systemctl stop holder
	lab virsh --quiet start --paused vm
	[ "$(lab_driver 0000:00:05.0)" = vfio-pci ]
	lab virsh --quiet destroy vm
	nothing_touched
}
