#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# Which device a request gets on a host with two NUMA nodes, each with a PCIe switch: what profiles and domains wish, met
# and refused, through virsh.

load bare
load topology

# Of its memory, a domain says on which node it is. With mode='strict', libvirt would bind QEMU to the node's processors, of
# which node 1 has none.
ON_NODE1="<numatune><memory mode='preferred' nodeset='1'/></numatune>"

setup_file() {
	lab_clean
	lab 'cat >/etc/pcitag/registry.ini; : >/etc/pcitag/pcitag.ini' < <(
		topology_registry
		cat <<-'END'

			[near]
			any = npu
			numa = required

			[pair]
			any = npu
			together = switch

			[spare]
			any = npu
			optional = yes

			[again]
			any = npu
			prefer = last

			[few]
			any = npu
			limit = 1
			allow = vm*, !vm9
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

# given DOMAIN: prints the addresses of its devices, in order.
given() {
	lab "pcitag leases --json" | jq -r --arg domain "$1" '.leases[] | select(.domain == $domain) | .grants[].device' | sort
}

# occupy ADDRESS...: a domain that names them by address has them.
occupy() {
	native_define other "$@"
	lab virsh start other --paused
}

@test "a domain on NUMA node 1 gets a device of node 1; a pinned one prefers it without a word" {
	TAIL=$ON_NODE1 bare_define vm1 near
	lab virsh start vm1 --paused
	[[ $(given vm1) == 0000:4* ]]

	TAIL=$ON_NODE1 bare_define vm2 npu
	lab virsh start vm2 --paused
	[[ $(given vm2) == 0000:4* ]]
}

@test "numa = required is refused when the node has none left, and the line says where the free ones are" {
	occupy "$SWITCH1_A" "$SWITCH1_B" "$EDU1"
	TAIL=$ON_NODE1 bare_define vm1 near
	run lab virsh start vm1 --paused
	[ "$status" -ne 0 ]
	[[ $output == *"request near: 3 devices free, none on NUMA node 1"* ]]
	[[ $output == *"$EDU0: node 0"* ]]

	# One that only prefers it takes another.
	TAIL=$ON_NODE1 bare_define vm2 npu
	lab virsh start vm2 --paused
	[[ $(given vm2) == 0000:2* ]]
}

@test "together = switch: both devices are behind one switch, or the start is refused" {
	bare_define vm1 pair.0 pair.1
	lab virsh start vm1 --paused
	[ "$(given vm1)" = "$SWITCH0_A"$'\n'"$SWITCH0_B" ]
	lab virsh destroy vm1

	# One of each switch is taken: three devices are free, and no two of them are together.
	occupy "$SWITCH0_A" "$SWITCH1_B"
	run lab virsh start vm1 --paused
	[ "$status" -ne 0 ]
	[[ $output == *"pair"*"switch"* ]]
	[ -z "$(given vm1)" ]
}

@test "a domain's own wish: apart on NUMA nodes" {
	bare_define vm1
	lab pcitag add vm1 npu.0 npu.1 --apart numa
	lab virsh start vm1 --paused
	[[ $(given vm1) == 0000:2*$'\n'0000:4* ]]
}

@test "optional: the domain starts without the device when none is free" {
	occupy "$SWITCH0_A" "$SWITCH0_B" "$EDU0" "$SWITCH1_A" "$SWITCH1_B" "$EDU1"
	bare_define vm1 spare
	lab virsh start vm1 --paused
	[ -z "$(given vm1)" ]
	[ "$(lab virsh domstate vm1)" = paused ]
	lab pcitag log vm1 | grep -F spare
}

@test "prefer = last: a domain gets the device that it had, also when a lower address is free" {
	occupy "$SWITCH0_A"
	bare_define vm1 again
	lab virsh start vm1 --paused
	[ "$(given vm1)" = "$SWITCH0_B" ]
	lab 'virsh destroy vm1; virsh destroy other'
	lab virsh start vm1 --paused
	[ "$(given vm1)" = "$SWITCH0_B" ]
}

@test "limit and allow: how many at a time, and who" {
	bare_define vm1 few
	bare_define vm2 few
	bare_define vm9 few
	lab virsh start vm1 --paused
	run lab virsh start vm2 --paused
	[ "$status" -ne 0 ]
	[[ $output == *"limit"*"vm1"* ]]
	run lab virsh start vm9 --paused
	[ "$status" -ne 0 ]
	[[ $output == *"allow"* ]]
}

@test "show --to says how far two devices are from each other" {
	lab pcitag show "$SWITCH0_A" --to "$SWITCH0_B" | grep -F 'same switch'
	lab pcitag show "$SWITCH0_A" --to "$EDU0" | grep -F 'same root'
	lab pcitag show "$SWITCH0_A" --to "$EDU1" | grep -F 'other node'
}
