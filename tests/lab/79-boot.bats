#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# What outlives a reset of the host: a device that its native driver must not touch (boot = vfio), and one that is held
# after its use.

# shellcheck disable=SC2154 # status, output and lines are set by bats
bats_require_minimum_version 1.5.0
load bare

RULES=/etc/udev/rules.d/70-pcitag-boot.rules

setup_file() {
	lab_clean
	lab_registry
}

teardown_file() {
	lab "rm -f $RULES /root/initrd; rm -rf /var/lib/pcitag/used"
	lab_clean
}

# probed ADDRESS: succeeds when e1000e has spoken of this function since the host booted.
probed() {
	lab "journalctl --dmesg --boot --output cat | grep -q '^e1000e $1'"
}

@test "a NIC with boot = vfio is with vfio-pci from the first moment, its twin with e1000e; an NVMe stays held" {
	lab 'cat >/etc/pcitag/registry.d/boot.ini' <<-END
		[Early]
		type = early-nic
		vendor = 8086
		device = 10d3
		address = $NIC1
		boot = vfio

		[Disk]
		type = disk
		vendor = 1b36
		device = 0010
		after_use = hold
	END
	bare_define tenant disk
	lab virsh --quiet start --paused tenant
	lab virsh --quiet destroy tenant
	run lab pcitag list --json
	[ "$(jq -r '.devices[] | select(.address == "0000:0a:00.0") | .state' <<<"$output")" = held ]
	[ "$(lab_driver 0000:0a:00.0)" = vfio-pci ]

	run lab pcitag boot --write
	[[ $output == *"$RULES is written; make the initramfs anew "* ]]
	[ "$(lab_driver $NIC1)" = e1000e ]
	lab_reset 900
	[ "$(lab_driver $NIC1)" = vfio-pci ]
	[ "$(lab_driver $NIC2)" = e1000e ]
	run ! probed $NIC1
	probed $NIC2
	run lab pcitag boot
	[[ $output == *"$NIC1 "*" vfio-pci "*" yes"* ]]

	# The kernel has given the disk to its own driver; no guest gets it all the same.
	[ "$(lab_driver 0000:0a:00.0)" = nvme ]
	run lab virsh --quiet start --paused tenant
	[ "$status" -ne 0 ]
	[[ $output == *"was used by domain tenant until "*", and is held since"* ]]
	lab pcitag clean 0000:0a:00.0 --as-is
	lab virsh --quiet start --paused tenant
	lab virsh --quiet destroy tenant
}

@test "the NIC is lent and returned: to vfio-pci" {
	bare_define early early-nic
	lab virsh --quiet start --paused early
	run lab pcitag leases
	[[ $output == *"$NIC1"*" given "* ]]
	lab virsh --quiet destroy early
	[ "$(lab_driver $NIC1)" = vfio-pci ]
}

@test "the initramfs has the rules and the driver" {
	# Debian's kernels come with initramfs-tools, and those of Debian 13's backports with dracut.
	if lab test -x /usr/sbin/mkinitramfs; then
		lab mkinitramfs -o /root/initrd
		run lab lsinitramfs /root/initrd
	else
		lab "dracut --quiet --modules 'base pcitag' /root/initrd"
		run lab lsinitrd /root/initrd
	fi
	[[ $output == *"etc/udev/rules.d/70-pcitag-boot.rules"* ]]
	[[ $output == *"/vfio-pci.ko"* ]]
}

@test "the key is removed: after a reset all is as before" {
	lab 'sed -i /^boot/d /etc/pcitag/registry.d/boot.ini'
	run lab pcitag boot --write
	[[ $output == *"$RULES is removed; make the initramfs anew "* ]]
	lab_reset 900
	[ "$(lab_driver $NIC1)" = e1000e ]
	probed $NIC1
	lab rm /etc/pcitag/registry.d/boot.ini
}
