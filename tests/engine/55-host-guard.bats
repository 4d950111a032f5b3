#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the host uses is not taken from it: before anything is changed, on the whole group, by name.

load helper

BMC=0000:00:02.0

setup_file() {
	pretend_host lab
	guard_registry
}

teardown_file() { pretend_end; }

# guard_registry [LINE]: a disk, cards and a sound device; LINE is added to each section.
guard_registry() {
	settings <<<''
	registry <<-EOF
		[QEMU-NVMe]
		type = ssd
		vendor = 1b36
		device = 0010
		${1-}

		[Intel-82574L]
		type = nic
		vendor = 8086
		device = 10d3
		address = $NIC2
		${1-}

		[Dual-82574L]
		type = dual
		vendor = 8086
		device = 10d3
		address = $DUAL0
		${1-}

		[Console]
		type = console
		vendor = 1a03
		device = 2000
		${1-}
	EOF
}

setup() {
	pretend_reset
	remember_host
}

teardown() {
	[[ -z ${BUSY_PID-} ]] || kill "$BUSY_PID"
	in_pretend umount -q /mnt || true
}

# not_given REQUEST ADDRESS WHY: a domain that asks for it is not started.
not_given() {
	run prepare vm "$1"
	[[ $output == *"request $1: "*"$2: $3"* ]] || { echo "$output"; return 1; }
	[ "$status" -eq 1 ]
	nothing_touched
	[ "$(writes)" = '' ]
}

# is_busy: the process is there, and no shell any more.
is_busy() { [[ $(<"/proc/$BUSY_PID/comm") == sleep ]]; }

# mounted: a file system, and the number of the device that it is on.
mounted() {
	in_pretend mount -t tmpfs pretend-disk /mnt
	in_pretend awk '$5 == "/mnt" { print $3 }' /proc/self/mountinfo
}

@test "a mounted disk is given when it is unmounted" {
	ctl set "$NVME" "block=nvme0n1@$(mounted)"
	not_given ssd "$NVME" 'is used by the host: disk nvme0n1 is mounted on /mnt'
	in_pretend umount /mnt
	prepare vm ssd
	[ "$(driver_of "$NVME")" = vfio-pci ]
	release vm
	nothing_touched
}

@test "a mounted partition" {
	ctl set "$NVME" "partition=nvme0n1p1@$(mounted)"
	not_given ssd "$NVME" 'is used by the host: disk nvme0n1p1 is mounted on /mnt'
}

@test "a partition table alone is no use" {
	ctl set "$NVME" partition=nvme0n1p1
	prepare vm ssd
	release vm
	nothing_touched
}

@test "a disk that is part of an array" {
	ctl set "$NVME" holder=md0
	not_given ssd "$NVME" 'is used by the host: disk nvme0n1 is part of md0'
}

@test "a network card with an address, in the network of the host" {
	ctl set "$NIC2" net=lo
	not_given nic "$NIC2" 'is used by the host: interface lo has the address 127.0.0.1'
}

@test "a network card in a bridge, or with a VLAN" {
	ctl set "$NIC2" master=br0
	not_given nic "$NIC2" 'is used by the host: interface pnet2 is part of br0'
	ctl set "$NIC2" master= upper=pnet2.7
	not_given nic "$NIC2" 'is used by the host: interface pnet2 carries pnet2.7'
}

@test "a network card that a container has" {
	ctl set "$NIC2" net=pnet2:away
	not_given nic "$NIC2" 'is used by the host: its network interface is in another network namespace'
}

@test "another member of the group" {
	ctl set "$DUAL1" net=lo
	not_given dual "$DUAL0" \
		"$DUAL1 of its group $(group_of "$DUAL0") is used by the host: interface lo has the address 127.0.0.1"
}

@test "a device that a process has open" {
	ctl set "$NIC2" char=sound/pcmC0D0p@1:7
	sleep 30 9</dev/full 3>&- &
	BUSY_PID=$!
	soon is_busy
	not_given nic "$NIC2" "is used by the host: process $BUSY_PID (sleep) has /dev/sound/pcmC0D0p open"
}

@test "the console of a management controller" {
	ctl set "$BMC" vendor=1a03 device=2000 class=030000
	not_given console "$BMC" "is the console of the host's management controller"
}

@test "list and plan say it, too" {
	ctl set "$NVME" holder=md0
	run -0 pcitag list
	[[ $output == *"$NVME"*unavailable*'is used by the host: disk nvme0n1 is part of md0'* ]]
	run -1 pcitag plan - < <(domain_xml vm ssd)
	[[ $output == *"$NVME: is used by the host: disk nvme0n1 is part of md0"* ]]
	nothing_touched
}

@test "what libvirt's domains have is not looked at again" {
	prepare one ssd
	ctl set "$NVME" holder=md0
	run -1 prepare two ssd
	[[ $output == *"$NVME: its group "*" belongs to domain one" ]]
	ctl set "$NVME" holder=
	release one
	nothing_touched
}

@test "force, for this device, gets past it" {
	ctl set "$NVME" holder=md0
	guard_registry "force = $NIC2"
	not_given ssd "$NVME" 'is used by the host: disk nvme0n1 is part of md0'
	guard_registry "force = $NVME"
	prepare vm ssd
	[ "$(driver_of "$NVME")" = vfio-pci ]
	release vm
	guard_registry
	nothing_touched
}

@test "what cannot be read is not given" {
	ctl fail read '*/nvme0n1/dev' 1 EIO
	run prepare vm ssd
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: domain 'vm': cannot see what the host uses $NVME for: cannot read /sys/bus/pci/devices/$NVME/nvme/nvme0/nvme0n1/dev: Input/output error" ]
	nothing_touched
}
