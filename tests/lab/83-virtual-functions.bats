#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# Virtual functions of two network cards (82576, driver igb), with a wire between the cards: what the guest sees of
# what its function is told, what is on the wire, and what is left afterwards.

load tagged

load topology

setup_file() {
	lab_clean
	lab systemctl stop pcitag-reconcile.timer
	lab bash -s $CARD0 $CARD1 <<-'END'
		set -e
		for card; do
			echo 2 >/sys/bus/pci/devices/$card/sriov_numvfs
			ip link set "$(ls /sys/bus/pci/devices/$card/net)" up
		done
	END
	lab_until 60 "test -e /sys/bus/pci/devices/$VF3/driver"
	# Without an address from the host, the function's driver makes another one each time that it begins.
	for card in $CARD0 $CARD1; do
		for vf in 0 1; do
			lab ip link set "$(interface $card)" vf $vf mac "52:54:00:77:${card:5:2}:0$vf"
		done
	done
	told 'mac = stable'
}

teardown_file() {
	lab_clean
	lab "for card in $CARD0 $CARD1; do echo 0 >/sys/bus/pci/devices/\$card/sriov_numvfs; done"
	lab systemctl start pcitag-reconcile.timer
}

setup() {
	before_functions=$(functions)
	remember_host
}

teardown() {
	lab_clean
}

# told LINE...: the registry: functions of both cards, with these lines.
told() {
	lab 'cat >/etc/pcitag/registry.ini; printf "[pcitag]\nbind_timeout = 120\n" >/etc/pcitag/pcitag.ini' < <(
		printf '[VF]\ntype = nic\nvendor = 8086\ndevice = 10ca\n'
		printf '%s\n' "$@"
	)
}

# functions: what both cards say of their functions.
functions() {
	lab "for card in $CARD0 $CARD1; do ip link show dev \$(ls /sys/bus/pci/devices/\$card/net) | grep '^ *vf '; done"
}

# interface CARD: prints its name.
interface() {
	lab "ls /sys/bus/pci/devices/$1/net"
}

# mac_of UUID REQUEST: prints the stable address, as the manual says how it is made.
mac_of() {
	perl -e 'use bigint; my $h = hex("cbf29ce484222325");
		$h = (($h ^ ord) * hex("100000001b3")) % 2**64 for split //, "$ARGV[0]/$ARGV[1]";
		$h = ($h ^ ($h >> 48)) % 2**48;
		my @b = map { ($h >> (8 * $_)) & 255 } reverse 0 .. 5;
		$b[0] = ($b[0] | 2) & 254;
		print join(":", map { sprintf "%02x", $_ } @b), "\n"' "$1" "$2"
}

# wire_listen, wire_heard: what the cards send to each other from here on, in hex. QEMU's 82576 gives no frame with a tag
# to the other card's own interface, so that a socket there would not see it.
wire_listen() {
	# shellcheck source=tests/lab/lib.bash
	wire=$(source "$LAB_DIR/lib.bash" && use_lab "$LAB" && echo "${run_dir:?}/wire.pcap")
	lab_monitor object_add "filter-dump,id=tap,netdev=wire0,file=$wire"
}

wire_heard() {
	lab_monitor object_del tap >&2
	od -An -v -tx1 "$wire" | tr -d ' \n'
}

as_it_was() {
	nothing_touched
	diff <(echo "$before_functions") <(functions)
}

@test "the guest sees its stable address, the same after a restart, and the function has its own again" {
	tagged_define vm nic
	mac=$(mac_of "$(lab virsh domuuid vm | head -n 1)" nic)
	lab virsh start vm
	[[ $(functions) == *"$mac"* ]]
	lab_serial_wait vm "^MAC $mac"
	lab virsh destroy vm
	as_it_was
	lab virsh start vm
	lab_serial_wait vm "^MAC $mac"
	lab virsh destroy vm
	as_it_was
}

@test "a domain's own address and VLAN: the frames of the guest are on the wire with its tag" {
	tagged_define vm nic
	lab pcitag add vm nic --option mac=52:54:00:77:99:01 --option vlan=10
	wire_listen
	lab virsh start vm
	[[ $(functions) == *'52:54:00:77:99:01'*'vlan 10'* ]]
	# What the guest asks its DHCP server, which is not there: its address, then a tag for VLAN 10.
	lab_serial_wait vm '^DHCP none'
	wire_heard | grep -q 525400779901'8100000a'
	lab virsh destroy vm
	as_it_was
}

@test "two guests with functions of two cards reach each other" {
	told "address = $VF0" 'mac = stable'
	tagged_define one nic
	lab virsh start one
	told "address = $VF2" 'mac = stable'
	tagged_define two nic
	lab virsh start two
	lab_serial_wait one '^DHCP none'
	lab_serial_wait two '^DHCP none'
	lab_type one 'address 10.78.0.1'
	lab_type two 'address 10.78.0.2'
	lab_type one 'ping 10.78.0.2'
	lab_serial_wait one '^PING ok'
	lab virsh destroy one
	lab virsh destroy two
	told 'mac = stable'
	as_it_was
}

@test "what igb does not take is refused by name, and nothing is left" {
	tagged_define vm nic
	lab pcitag add vm nic --option link_state=enable
	run lab virsh start vm
	[ "$status" -ne 0 ]
	[[ $output == *"the driver does not take it; leave it out, or see dmesg: "*"cannot set link_state=enable: "* ]]
	as_it_was
	lab "ip link set $(interface $CARD0) down && ip link set $(interface $CARD1) down"
	run lab virsh start vm
	[[ $output == *"of its physical function is down; ip link set "* ]]
	lab "ip link set $(interface $CARD0) up && ip link set $(interface $CARD1) up"
	as_it_was
}

@test "the daemon and the guest are killed: reconcile, in its unit, puts back what the function had" {
	told 'mac = stable' 'trust = on' 'spoofchk = off'
	tagged_define vm nic
	lab virsh start --paused vm
	[[ $(functions) == *'spoof checking off'*'trust on'* ]]
	lab 'pid=$(cat /run/libvirt/qemu/vm.pid); systemctl kill --signal=KILL libvirtd; kill -KILL $pid; systemctl stop libvirtd.service libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket 2>/dev/null'
	lab systemctl start pcitag-reconcile.service
	told 'mac = stable'
	diff <(echo "$before_functions") <(functions)
	lab systemctl start libvirtd
	as_it_was
}

@test "while a function is lent, its card is not, and is named" {
	tagged_define vm nic
	lab virsh start --paused vm
	run lab pcitag show $CARD0
	[[ $output == *'virtual function'* ]]
	run lab pcitag leases
	[[ $output == *"$VF0"* && $output != *"$VF1"* ]]
	lab virsh destroy vm
	as_it_was
}
