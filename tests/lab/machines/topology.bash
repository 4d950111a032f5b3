# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
#
# The machine of the suite topology: two NUMA nodes, each with root ports and a PCIe switch of its own, and two network
# cards and a disk that make virtual functions. topology.bash has the addresses.

# Of its RAM, in MiB, all of both nodes, and the devices that not every QEMU has.
MEMORY=3072
NEEDED_DEVICES=(igb)

# numa_node NODE MIB [CPUS]: with a root complex whose root ports are node NODE's; its buses begin at 0x20 or 0x40.
numa_node() {
	arguments+=(
		-object "memory-backend-ram,id=memory$1,size=$2M"
		-numa "node,nodeid=$1,memdev=memory$1${3:+,cpus=$3}"
		-device "pxb-pcie,id=root$1,bus=pcie.0,addr=0x1$1,bus_nr=$((0x20 * ($1 + 1))),numa_node=$1"
	)
}

# port NAME NODE: the root port NAME on the root complex of NODE, at the next slot; its bus has room for virtual functions.
port() {
	slot=$((slot + 1))
	arguments+=(-device "pcie-root-port,x-speed=5,id=$1,bus=root$2,chassis=$slot,slot=$slot,addr=0x$((slot % 8))")
}

# switch NAME NODE: a PCIe switch with the downstream ports NAME.0 and NAME.1, each with an edu device.
switch() {
	local down
	port "$1" "$2"
	arguments+=(-device "x3130-upstream,id=$1.up,bus=$1")
	for down in 0 1; do
		arguments+=(
			-device "xio3130-downstream,id=$1.$down,bus=$1.up,chassis=$((slot + 16 * (down + 1))),slot=$down"
			-device "edu,id=$1.edu$down,bus=$1.$down"
		)
	done
}

# The two cards are on one wire.
passthrough_devices() {
	local slot=0 node
	numa_node 0 2560 0
	numa_node 1 512
	for node in 0 1; do
		switch "switch$node" "$node"
		port "npu$node.port" "$node"
		port "nic$node.port" "$node"
		arguments+=(
			-device "edu,id=npu$node,bus=npu$node.port"
			-netdev "hubport,id=wire$node,hubid=7"
			-device "igb,id=nic$node,bus=nic$node.port,netdev=wire$node,mac=52:54:00:77:0$node:00"
		)
	done
	port disk.port 0
	arguments+=(
		-drive 'if=none,id=nvme-disk,file=nvme.raw,format=raw,cache=unsafe'
		-device 'nvme-subsys,id=subsystem'
		-device 'nvme,id=nvme0,bus=disk.port,subsys=subsystem,serial=lab,sriov_max_vfs=2,sriov_vq_flexible=4,sriov_vi_flexible=2,max_ioqpairs=7,msix_qsize=8'
		-device 'nvme-ns,drive=nvme-disk,bus=nvme0,nsid=1'
	)
}
