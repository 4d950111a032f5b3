#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# What works without a sign in the tables of mounts and addresses: a guest's raw disk, and a line that PPPoE goes
# over. A tagged domain that asks for it is refused, and the work goes on.

load bare

setup_file() {
	lab_clean
	lab 'cat >/etc/pcitag/registry.ini; : >/etc/pcitag/pcitag.ini' <<-EOF
		[QEMU-NVMe]
		type = ssd
		vendor = 1b36
		device = 0010

		[Intel-82574L]
		type = nic
		vendor = 8086
		device = 10d3
		address = $NIC2
	EOF
}

setup() {
	remember_host
}

teardown() {
	lab 'systemctl stop pppoe 2>/dev/null; true'
	lab_clean
}

# guest_io COMMAND: as the guest's disk does it; see qemu-io(1).
guest_io() {
	lab "virsh qemu-monitor-command raw --hmp 'qemu-io -d /machine/peripheral/virtio-disk0/virtio-backend \"$1\"'"
}

# block NUMBER: what the disk has there, as the bytes and how many of each.
block() {
	lab "dd if=/dev/nvme0n1 bs=4096 skip=$1 count=1 iflag=direct status=none | od -An -v -tx1 -w1 | sort | uniq -c" | xargs
}

@test "a raw disk of a running guest: its controller is refused by name, the guest's I/O goes on" {
	[ "$(lab_driver $NVME)" = nvme ]
	EXTRA="<disk type='block' device='disk'><driver name='qemu' type='raw' cache='none'/>
		<source dev='/dev/nvme0n1'/><target dev='vda' bus='virtio'/></disk>" \
		EMULATOR=qemu-system-x86_64 bare_define raw
	bare_define vm ssd
	lab virsh --quiet start raw
	guest_io 'write -P 0x51 0 4096'
	[ "$(block 0)" = '4096 51' ]

	run lab timeout 60 virsh start --paused vm
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"pcitag: domain 'vm': request ssd: 1 device of this host, none free: $NVME: is used by the host: process $(qemu_pid raw) ("*") has /dev/nvme0n1 open"* ]]
	[ "$(lab_driver $NVME)" = nvme ]
	guest_io 'write -P 0x52 4096 4096'
	[ "$(block 1)" = '4096 52' ]
	[ "$(lab virsh domstate raw | head -n 1)" = running ]
	nothing_touched

	# The guest ends, and the controller is free.
	lab virsh --quiet destroy raw
	lab virsh --quiet start --paused vm
	[ "$(lab_driver $NVME)" = vfio-pci ]
	lab virsh --quiet destroy vm
	[ "$(block 1)" = '4096 52' ]
	nothing_touched
}

# 17 is AF_PACKET, 3 SOCK_RAW, 8864 ETH_P_PPP_SES; sockaddr_ll as in packet(7).
@test "a network card without an address that PPPoE goes over" {
	bare_define vm nic
	card=$(lab ls /sys/bus/pci/devices/$NIC2/net)
	lab bash -s -- "$card" <<-'END'
		ip link set "$1" up
		systemd-run --quiet --unit pppoe perl -e '
			socket(S, 17, 3, 0) or die "socket: $!";
			bind(S, pack("SnlSCCa8", 17, 0x8864, $ARGV[0], 0, 0, 0, "")) or die "bind: $!";
			sleep 600' "$(<"/sys/class/net/$1/ifindex")"
		until grep -q ' 8864 ' /proc/net/packet; do sleep 0.2; done
	END
	run lab timeout 60 virsh start --paused vm
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"pcitag: domain 'vm': request nic: 1 device of this host, none free: $NIC2: is used by the host: interface $card is listened to by a packet socket for protocol 8864"* ]]
	[ "$(lab systemctl is-active pppoe)" = active ]
	lab "grep ' 8864 ' /proc/net/packet && ip -br link show dev $card"
	nothing_touched

	lab systemctl stop pppoe
	lab virsh --quiet start --paused vm
	[ "$(lab_driver $NIC2)" = vfio-pci ]
	lab virsh --quiet destroy vm
	nothing_touched
}
