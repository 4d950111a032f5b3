#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# What the host uses is not taken from it, on a real kernel: refused by name while the work goes on, and
# given as soon as the host is done with it.

load tagged

SOUND=0000:00:05.0

# guard_registry [LINE]: one device of each kind; LINE is added to all of them.
guard_registry() {
	lab 'cat >/etc/pcitag/registry.ini; : >/etc/pcitag/pcitag.ini' <<-EOF
		[QEMU-NVMe]
		type = ssd
		vendor = 1b36
		device = 0010
		${1-}

		[ICH6]
		type = sound
		vendor = 8086
		device = 2668
		${1-}

		[Intel-82574L]
		type = nic
		vendor = 8086
		device = 10d3
		address = $NIC2
		${1-}
	EOF
}

setup_file() {
	lab_clean
	guard_registry
	for kind in ssd nic sound; do
		tagged_define "$kind" "$kind"
	done
	# The names the kernel gave them.
	NVME_DISK=$(lab "ls /sys/bus/pci/devices/$NVME/nvme/*/ | grep -x 'nvme[0-9]*n[0-9]*'")
	CARD=$(lab "ls /sys/bus/pci/devices/$NIC2/net")
	export NVME_DISK CARD
	lab "busybox mke2fs /dev/$NVME_DISK >/dev/null"
}

teardown() {
	lab "umount -A /dev/$NVME_DISK; swapoff /dev/$NVME_DISK; dmsetup remove guard; rm -f /run/guard-works
		ip netns exec guard ip link set $CARD netns 1; ip netns del guard; ip link del guard; ip link del guard0
		ip addr flush dev $CARD; ip link set $CARD nomaster down; pkill -f '^guard-sleep'; true" >/dev/null 2>&1
}

teardown_file() {
	lab_clean
}

# In the lab: what of the device in this directory could change, and "unchanged BEFORE".
STATE='state() { readlink driver; cat driver_override; ls /run/pcitag/leases; find /dev/pcitag -type l; }
	unchanged() { [ "$(state)" = "$1" ] || { echo TOUCHED; state; return 1; }; }
	cd /sys/bus/pci/devices'

# not_given TYPE ADDRESS WHY: its domain does not start and says so; the device is as it was.
not_given() {
	run lab "$STATE/$2; before=\$(state); virsh start $1; status=\$?; unchanged \"\$before\" || status=9; exit \$status"
	[[ $output == *"pcitag: domain '$1': request $1: 1 device of this host, none free: $2: is used by the host: $3"* ]] ||
		{ echo "$output"; return 1; }
	[ "$status" -eq 1 ]
}

# given TYPE ADDRESS: its domain starts with it, and returns it.
given() {
	lab "$STATE/$2; before=\$(state); virsh start $1 && readlink driver | grep /vfio-pci && virsh destroy $1 &&
		unchanged \"\$before\""
}

@test "a mounted disk: refused while the host writes to it, given when it is unmounted" {
	lab "mkdir -p '/srv/my disk' && mount /dev/$NVME_DISK '/srv/my disk' && touch /run/guard-works &&
		{ while [ -e /run/guard-works ] && date >>'/srv/my disk/log' && sync '/srv/my disk/log'
		do sleep 0.1; done >/dev/null 2>&1 </dev/null & }"
	not_given ssd $NVME "disk $NVME_DISK is mounted on /srv/my disk"
	written=$(lab "wc -l <'/srv/my disk/log'")
	lab "for _ in \$(seq 50); do [ \$(wc -l <'/srv/my disk/log') -le $written ] || exit 0; sleep 0.1; done; exit 1"
	lab "rm /run/guard-works; sleep 1; umount '/srv/my disk' && mount -r /dev/$NVME_DISK '/srv/my disk' &&
		[ \$(wc -l <'/srv/my disk/log') -gt $written ] && umount '/srv/my disk'"
	given ssd $NVME
}

@test "a disk that is mounted in another mount namespace, swap space, a volume" {
	lab "unshare -m bash -c 'mount /dev/$NVME_DISK /mnt && exec -a guard-sleep sleep 60' >/dev/null 2>&1 </dev/null &
		until pgrep -f '^guard-sleep'; do sleep 0.1; done; ! grep $NVME_DISK /proc/self/mountinfo"
	not_given ssd $NVME "disk $NVME_DISK is claimed (another mount namespace, ZFS, ...): Device or resource busy"
	lab "pkill -f '^guard-sleep'; while grep -qs $NVME_DISK /proc/[0-9]*/mountinfo; do sleep 0.1; done
		mkswap -q /dev/$NVME_DISK && swapon /dev/$NVME_DISK"
	not_given ssd $NVME "disk $NVME_DISK is swap space"
	lab "swapoff /dev/$NVME_DISK
		dmsetup create guard --uuid LVM-guard --table '0 2048 linear /dev/$NVME_DISK 0'"
	not_given ssd $NVME "disk $NVME_DISK is part of the LVM volume guard"
}

@test "a network card with an address: refused with the address, given when it has none" {
	lab "ip addr add 192.0.2.7/24 dev $CARD && ip link set $CARD up"
	not_given nic $NIC2 "interface $CARD has the address 192.0.2.7"
	lab "ip -br addr show dev $CARD | grep -q 192.0.2.7 && ip addr flush dev $CARD"
	given nic $NIC2
}

@test "a network card in a bridge, below a VLAN, with a route, in a container" {
	lab "ip link add guard0 type bridge && ip link set $CARD master guard0"
	not_given nic $NIC2 "interface $CARD is part of guard0"
	lab "ip link set $CARD nomaster && ip link add link $CARD name guard type vlan id 7"
	not_given nic $NIC2 "interface $CARD carries guard"
	lab "ip link del guard && ip netns add other && ip link add link $CARD name guard netns other type ipvlan"
	not_given nic $NIC2 "interface $CARD carries guard of another network namespace"
	lab "ip netns del other && ip link set $CARD up && ip route add 198.51.100.0/24 dev $CARD"
	not_given nic $NIC2 "interface $CARD carries the route to 198.51.100.0/24"
	lab "ip netns add guard && ip link set $CARD netns guard"
	not_given nic $NIC2 'its network interface is in another network namespace'
}

@test "a sound card that a process has open" {
	node=$(lab 'ls /dev/snd/controlC*')
	lab "sleep 60 <$node >/dev/null 2>&1 &"
	pid=$(lab "fuser $node 2>/dev/null | tr -d ' '")
	not_given sound $SOUND "process $pid (sleep) has $node open"
	lab "kill $pid"
}

@test "force takes what the host uses, and the journal says so" {
	guard_registry "force = $NIC2"
	lab "ip addr add 192.0.2.7/24 dev $CARD && ip link set $CARD up"
	given nic $NIC2
	run lab journalctl --no-pager -o cat -t pcitag -n 4
	[[ $output == *"domain 'nic': request nic: $NIC2 is taken by force (model Intel-82574L), although it is used by the host: interface $CARD has the address 192.0.2.7"* ]]
}
