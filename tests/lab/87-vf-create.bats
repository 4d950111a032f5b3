#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# Virtual functions that pcitag makes: of which card a domain gets them, what is refused while they exist or are
# assigned, and that a host that was reset has them again before its domains start.

load bare
load topology

setup_file() {
	lab_clean
	lab 'cat >/etc/pcitag/registry.ini; printf "[pcitag]\nbind_timeout = 120\n" >/etc/pcitag/pcitag.ini' <<-'END'
		[card]
		type = port
		vendor = 8086
		device = 10c9
		vfs = 2

		[function]
		type = vf
		vendor = 8086
		device = 10ca

		[bond]
		any = vf
		prefer = spread

		[pair]
		any = vf
		apart = card
	END
	lab pcitag vf create
	lab_until 60 "test -e /sys/bus/pci/devices/$VF3/driver"
}

teardown_file() {
	lab_clean
	lab systemctl disable pcitag-vf.service
	lab "for card in $CARD0 $CARD1; do pcitag vf remove \$card; done"
	lab "cat /sys/bus/pci/devices/{$CARD0,$CARD1}/sriov_numvfs" | diff - <(printf '0\n0\n')
}

setup() {
	remember_host
}

teardown() {
	lab_clean
	nothing_touched
}

# given DOMAIN: prints the addresses of its devices, in order.
given() {
	lab "pcitag leases --json" | jq -r --arg domain "$1" '.leases[] | select(.domain == $domain) | .grants[].device' | sort
}

@test "vf create made the number of the registry on both cards, and does nothing the second time" {
	run lab pcitag vf create
	[ "$status" -eq 0 ]
	[[ $output == *"$CARD0 has 2 virtual functions already, the first is $VF0"* ]]
	[[ $output == *"$CARD1 has 2 virtual functions already, the first is $VF2"* ]]
}

@test "prefer = spread: a domain's functions are of different cards, the next domain's as well" {
	bare_define one bond.0 bond.1
	bare_define two bond.0 bond.1
	lab virsh start --paused one
	[ "$(given one)" = "$VF0"$'\n'"$VF2" ]
	lab virsh start --paused two
	[ "$(given two)" = "$VF1"$'\n'"$VF3" ]
}

@test "apart = card: refused when one card has no function left" {
	bare_define taker vf
	bare_define taker2 vf
	bare_define vm pair.0 pair.1
	lab 'virsh start --paused taker && virsh start --paused taker2'
	[ "$(given taker) $(given taker2)" = "$VF0 $VF1" ]
	run lab virsh start --paused vm
	[ "$status" -ne 0 ]
	[[ $output == *'requests pair.0, pair.1: no free devices meet apart = card of profile pair'* ]]
	[ -z "$(given vm)" ]
}

@test "a card is not assigned while its functions exist, and the line says so" {
	bare_define vm port
	run lab virsh start --paused vm
	[ "$status" -ne 0 ]
	[[ $output == *"$CARD0"*'virtual functions'* ]]
}

@test "the functions of a card are not removed while one is assigned" {
	bare_define vm vf
	lab virsh start --paused vm
	run lab pcitag vf remove $CARD0
	[ "$status" -ne 0 ]
	[[ $output == *"$VF0"*'vm'* ]]
	[ "$(lab cat /sys/bus/pci/devices/$CARD0/sriov_numvfs)" = 2 ]
	lab virsh destroy vm
	lab pcitag vf remove $CARD0
	[ "$(lab cat /sys/bus/pci/devices/$CARD0/sriov_numvfs)" = 0 ]
	lab pcitag vf create
	lab_until 60 "test -e /sys/bus/pci/devices/$VF1/driver"
}

@test "a host that is reset makes them again before it starts the domains" {
	lab systemctl enable pcitag-vf.service
	bare_define auto bond.0 bond.1
	lab virsh --quiet autostart auto
	lab_reset 900 multi-user.target
	lab_wait_state auto running 180
	[ "$(given auto)" = "$VF0"$'\n'"$VF2" ]
	run lab 'systemctl show --property=ActiveState,Result pcitag-vf.service'
	[[ $output == *ActiveState=active* && $output == *Result=success* ]]
}
