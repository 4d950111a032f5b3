#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Devices that libvirt keeps for its own networks: what it writes down about them is what we read.

load helper

setup() {
	fresh
	ctl reset "$PRETEND_DIR/hosts/sriov.desc"
	cat >/etc/pcitag/registry.ini <<-INI
		[Intel-82576-VF]
		type   = vf
		vendor = 8086
		device = 10ca
	INI
}

teardown() {
	if virsh -q net-list --name | grep -qx vfs; then
		virsh -q net-destroy vfs
	fi
	if virsh -q net-list --all --name | grep -qx vfs; then
		virsh -q net-undefine vfs
	fi
}

teardown_file() {
	ctl reset "$PRETEND_DIR/hosts/plain.desc"
}

# network POOL: its XML.
network() {
	echo "<network><name>vfs</name><forward mode='hostdev' managed='yes'>$1</forward></network>"
}

VF2="<address type='pci' domain='0' bus='2' slot='0x10' function='2'/>"

# kept: the devices that pcitag leaves to libvirt's network.
kept() {
	pcitag list | sed -n "s/^\([^ ]*\) .* unavailable  is in libvirt's network 'vfs' .*/\1/p" | xargs
}

@test "a network that is defined keeps its devices, until it is undefined" {
	virsh -q net-define <(network "$VF2")
	[ "$(kept)" = 0000:02:10.2 ]
	virsh -q net-start vfs
	[ "$(kept)" = 0000:02:10.2 ]
	virsh -q net-destroy vfs
	virsh -q net-undefine vfs
	[ -z "$(kept)" ]
}

@test "a transient network keeps its devices while it is active" {
	virsh -q net-create <(network "$VF2")
	[ "$(kept)" = 0000:02:10.2 ]
	virsh -q net-destroy vfs
	[ -z "$(kept)" ]
}

@test "a physical function keeps its virtual functions, active or not" {
	virsh -q net-define <(network "<pf dev='pnet1'/>")
	[ "$(kept)" = "0000:02:10.0 0000:02:10.2 0000:02:10.4 0000:02:10.6" ]
	virsh -q net-start vfs
	[ "$(kept)" = "0000:02:10.0 0000:02:10.2 0000:02:10.4 0000:02:10.6" ]
}

@test "virsh start tells of the network" {
	virsh -q net-define <(network "<pf dev='pnet1'/>")
	define d1 "$(placeholder d1/vf)" "$CONTAINER"
	run virsh start d1
	refused "domain 'd1': request vf: 4 devices of this host, none free: 0000:02:10.0: is in libvirt's network 'vfs' (forward mode='hostdev'): *"
}
