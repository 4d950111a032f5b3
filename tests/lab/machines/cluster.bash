# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
#
# The machine of a node of the cluster of tests/cluster/lab, alder or birch: one card of each kind, and a wire to the
# other node. The MAC address of its card tells a guest, which has the same definition on both, where it is.

# Of its RAM, in MiB, and the devices that not every QEMU has.
MEMORY=1536
NEEDED_DEVICES=()

# The wire: its end here and that of the other node, ports of this machine.
read -r wire_here wire_there <<<"${LAB_WIRE:?a node is booted by tests/cluster/lab/run}"
cluster_source=$(realpath "$LAB_SOURCE/../cluster/lab")
[[ $cluster_source$LAB_BUILD != *[[:blank:],]* ]] || die "a path with blanks or commas cannot be in QEMU's options"
# What a node finds at 10.0.2.100: a command of this machine for each connection. The power switch of both, and disks.
SERVICES=",guestfwd=tcp:10.0.2.100:623-cmd:$cluster_source/power --serve $suite"
SERVICES+=",guestfwd=tcp:10.0.2.100:10809-cmd:env -C $image_dir/shared socat - UNIX-CONNECT:tagged.nbd"
SERVICES+=",guestfwd=tcp:10.0.2.100:10810-cmd:env -C $image_dir/shared socat - UNIX-CONNECT:plain.nbd"

# passthrough_devices: the devices that domains can request, and the node's end of the wire, enp0s6.
passthrough_devices() {
	local node=${lab#*.}
	local -A number=([alder]=a1 [birch]=b1)
	root_port 0
	arguments+=(-device "e1000e,id=nic0,bus=port0,addr=0x0,mac=52:54:00:77:${number[$node]}:01,romfile=")
	root_port 1
	arguments+=(-device "edu,id=npu0,bus=port1,addr=0x0")
	arguments+=(
		-netdev "socket,id=wire,udp=127.0.0.1:$wire_there,localaddr=127.0.0.1:$wire_here"
		-device "virtio-net-pci,netdev=wire,addr=0x6,mac=52:54:00:77:${number[$node]}:06,romfile=,disable-legacy=on,iommu_platform=on"
	)
}
