#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# pcitag add --guest-numa on a host with two NUMA nodes: the guest's own kernel says on which of its nodes the device is.

load tagged
load topology

# Cell 0 is on node 0 of the host, cell 1, which is of memory alone, on node 1.
CELLS="<cpu><numa><cell id='0' cpus='0' memory='96' unit='MiB'/><cell id='1' memory='32' unit='MiB'/></numa></cpu>"
ON_BOTH="<numatune><memnode cellid='0' mode='preferred' nodeset='0'/><memnode cellid='1' mode='preferred' nodeset='1'/></numatune>"

setup_file() {
	lab_clean
	lab 'cat >/etc/pcitag/registry.ini; : >/etc/pcitag/pcitag.ini' < <(
		topology_registry
		cat <<-END

			[Edu-node-0]
			type = npu0
			vendor = 1234
			device = 11e8
			address = $EDU0

			[Edu-node-1]
			type = npu1
			vendor = 1234
			device = 11e8
			address = $EDU1
		END
	)
}

setup() {
	devices=$(lab_snapshot_devices)
}

teardown() {
	lab_clean
	diff <(echo "$devices") <(lab_snapshot_devices)
}

# node_of_npu DOMAIN: prints the node on which its guest sees the device.
node_of_npu() {
	local address
	lab_serial_wait "$1" '^GUEST READY' >/dev/null
	address=$(lab_serial "$1" | tr -d '\r' | sed -n 's/^PCI \(.*\) 1234:11e8 class 00ff00/\1/p')
	lab_serial "$1" | tr -d '\r' | sed -n "s/^NODE $address //p"
}

@test "a device of node 1 is on node 1 of the guest, and one of node 0 on node 0" {
	TAIL=$ON_BOTH$CELLS tagged_define vm
	before=$(lab virsh dumpxml vm --inactive)
	lab pcitag add vm npu1 --numa required --guest-numa
	lab virsh start vm
	[ "$(lab "pcitag leases --json" | jq -r '.leases[].grants[].device')" = $EDU1 ]
	[ "$(node_of_npu vm)" = 1 ]
	lab virsh destroy vm
	lab pcitag remove vm npu1
	[ "$(lab virsh dumpxml vm --inactive | grep -c 'pcie-expander-bus')" -eq 0 ]
	diff <(echo "$before" | grep controller) <(lab virsh dumpxml vm --inactive | grep controller)

	lab pcitag add vm npu0 --numa required --guest-numa
	lab virsh start vm
	[ "$(node_of_npu vm)" = 0 ]
}

@test "the node of a type with devices on both is not certain: refused" {
	TAIL=$ON_BOTH$CELLS tagged_define vm
	run lab pcitag add vm npu --numa required --guest-numa
	[ "$status" -ne 0 ]
	[[ $output == *"request npu: on which of the NUMA nodes 0-1 its device will be is known only at the start of domain 'vm'"* ]]
}
