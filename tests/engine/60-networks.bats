#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Devices that libvirt hands out itself: those of its networks with <forward mode='hostdev'>.

load helper

setup_file() { pretend_host sriov; }
teardown_file() { pretend_end; }

VF0=0000:02:10.0
WHY="is in libvirt's network 'vfs' (forward mode='hostdev'): take it out of that network or out of the registry"

setup() {
	local REPLY
	pretend_reset "$PRETEND_DIR/hosts/sriov.desc"
	host_root
	rm -rf "$REPLY/etc/libvirt/qemu" "$REPLY/run/libvirt"
	registry <<-'EOF'
		[Intel-82576-VF]
		type = vf
		vendor = 8086
		device = 10ca
	EOF
	settings <<<''
	remember_host
}

# network PATH POOL: a network called vfs with that in its <forward>.
network() {
	local REPLY
	host_root
	mkdir -p "$REPLY${1%/*}"
	echo "<network><name>vfs</name><forward mode='hostdev' managed='yes'>$2</forward></network>" >"$REPLY$1"
}

# pci ADDRESS...: as libvirt lists them.
pci() {
	local addr
	for addr in "$@"; do
		echo "<address type='pci' domain='0x${addr:0:4}' bus='0x${addr:5:2}' slot='0x${addr:8:2}' function='0x${addr:11}'/>"
	done
}

# states: of all devices, as pcitag list has them.
states() {
	pcitag list | awk 'NR > 1 { print $1, $6 }' | xargs
}

@test "a device of a network is not free, and list says whose it is" {
	network /etc/libvirt/qemu/networks/vfs.xml "$(pci $VF0)"
	run pcitag list
	[[ ${lines[1]} == "$VF0 "*" unavailable  $WHY" ]]
	[ "$(states)" = "$VF0 unavailable 0000:02:10.2 free 0000:02:10.4 free 0000:02:10.6 free" ]
	pcitag list --json | jq -e --arg why "$WHY" '.devices[0] | .state == "unavailable" and .reason == $why'
}

@test "a domain gets another device, or a refusal that names the network" {
	network /etc/libvirt/qemu/networks/vfs.xml "$(pci $VF0)"
	prepare vm vf
	[ "$(placeholder vm/vf)" = /dev/pcitag/device/0000:02:10.2 ]
	release vm
	nothing_touched

	network /etc/libvirt/qemu/networks/vfs.xml "$(pci $VF0 0000:02:10.2 0000:02:10.4 0000:02:10.6)"
	run prepare vm vf
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: domain 'vm': request vf: 4 devices of this host, none free: $VF0: $WHY; 0000:02:10.2: $WHY;"* ]]
	nothing_touched
}

@test "plan says so before anything starts" {
	network /etc/libvirt/qemu/networks/vfs.xml "$(pci $VF0 0000:02:10.2 0000:02:10.4 0000:02:10.6)"
	domain_xml vm vf >"$BATS_TEST_TMPDIR/vm.xml"
	run pcitag plan "$BATS_TEST_TMPDIR/vm.xml"
	[ "$status" -ne 0 ]
	[[ $output == *"$WHY"* ]]
}

@test "a physical function stands for all its virtual functions" {
	network /etc/libvirt/qemu/networks/vfs.xml "<pf dev='pnet1'/>"
	[ "$(states)" = "$VF0 unavailable 0000:02:10.2 unavailable 0000:02:10.4 unavailable 0000:02:10.6 unavailable" ]
	network /etc/libvirt/qemu/networks/vfs.xml "<pf dev='pnet6'/>"
	[ "$(states)" = "$VF0 free 0000:02:10.2 free 0000:02:10.4 free 0000:02:10.6 free" ]
}

@test "a network that is only active counts as well" {
	network /run/libvirt/network/vfs.xml "$(pci 0000:02:10.6)"
	[ "$(states)" = "$VF0 free 0000:02:10.2 free 0000:02:10.4 free 0000:02:10.6 unavailable" ]
}

@test "the members of a group count: one that libvirt may want keeps all of it" {
	pretend_reset "$PRETEND_DIR/hosts/plain.desc"
	registry <<-'EOF'
		[Intel-82574L]
		type = nic
		vendor = 8086
		device = 10d3
		address = 0000:08:00.0
	EOF
	network /etc/libvirt/qemu/networks/vfs.xml "$(pci 0000:08:00.1)"
	remember_host
	run prepare vm nic
	refused "domain 'vm': request nic: 1 device of this host, none free: 0000:08:00.0: 0000:08:00.1 of its group 20 $WHY"
}

@test "a broken network stands in nobody's way" {
	network /etc/libvirt/qemu/networks/vfs.xml "<pf></address>"
	prepare vm vf
	[ "$(placeholder vm/vf)" = "/dev/pcitag/device/$VF0" ]
	release vm
	nothing_touched
}

@test "a network neither stops a release nor takes what is assigned already" {
	prepare vm vf
	network /etc/libvirt/qemu/networks/vfs.xml "<pf dev='pnet1'/>"
	[[ $(states) == "$VF0 leased 0000:02:10.2 unavailable "* ]]
	release vm
	nothing_touched
}
