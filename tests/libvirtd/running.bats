#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Tagged domains that run: a stand-in for the wrapper leaves their devices out of QEMU.

# shellcheck disable=SC2154 # status, output and lines are set by bats
bats_require_minimum_version 1.5.0
load helper

setup() {
	fresh
	remember
	mount --bind "$BATS_TEST_DIRNAME/stand-in" /usr/bin/pcitag-qemu
}

teardown() {
	local name
	for name in $(virsh -q list --uuid); do
		virsh -q destroy "$name"
	done
	umount /usr/bin/pcitag-qemu
}

# tagged NAME [ELEMENT...]: a started domain with one npu.
tagged() {
	define "$1" "$(placeholder "$1/npu")" "$CONTAINER" "${@:2}"
	virsh start "$1"
}

group_link() {
	readlink "/dev/pcitag/$1/npu"
}

lease() {
	echo "/run/pcitag/leases/$(uuid_of "$1").json"
}

wait_until_off() {
	for _ in {1..100}; do
		if [ "$(virsh domstate "$1")" = "shut off" ]; then
			return 0
		fi
		sleep 0.05
	done
	return 1
}

@test "a running domain holds its device, and destroy returns it" {
	tagged d1
	[ -e "$(lease d1)" ]
	[ "$(group_link d1)" = /dev/pcitag/device/0000:02:00.0 ]
	[ "$(driver_of 0000:02:00.0)" = vfio-pci ]
	virsh destroy d1
	nothing_held
}

@test "two domains get two devices, and what one returns the next one gets" {
	tagged d1
	tagged d2
	[ "$(group_link d1)" = /dev/pcitag/device/0000:02:00.0 ]
	[ "$(group_link d2)" = /dev/pcitag/device/0000:03:00.0 ]
	virsh destroy d1
	tagged d3
	[ "$(group_link d3)" = /dev/pcitag/device/0000:02:00.0 ]
	virsh destroy d2
	virsh destroy d3
	nothing_held
}

@test "a fifth domain is told who has the four" {
	for d in d1 d2 d3 d4; do
		tagged "$d"
	done
	define d5 "$(placeholder d5/npu)" "$CONTAINER"
	run virsh start d5
	refused "domain 'd5': request npu: *: its group 14 belongs to domain d1; *: its group 17 belongs to domain d4"
	[ ! -e "$(lease d5)" ]
}

@test "two domains cannot use one placeholder" {
	tagged d1
	define d2 "$(placeholder d1/npu)" "$CONTAINER"
	run virsh start d2
	refused "*d1*"
	[ "$(group_link d1)" = /dev/pcitag/device/0000:02:00.0 ]
	[ ! -e "$(lease d2)" ]
}

@test "a native hostdev of a device that a domain holds is refused with who holds it" {
	tagged d1
	define native "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='2' slot='0' function='0'/></source></hostdev>"
	run virsh start native
	refused "*0000:02:00.0*d1*"
	[ "$(driver_of 0000:02:00.0)" = vfio-pci ]
}

@test "a guest that is killed: its device is returned" {
	tagged d1
	kill -KILL "$(</run/libvirt/qemu/d1.pid)"
	wait_until_off d1
	nothing_held
}

@test "suspend, resume and reset leave the lease as it is" {
	tagged d1
	before=$(<"$(lease d1)")
	virsh suspend d1
	virsh resume d1
	virsh reset d1
	[ "$(<"$(lease d1)")" = "$before" ]
	virsh destroy d1
	nothing_held
}

@test "a restart of libvirtd leaves the guest and its device alone" {
	tagged d1
	stop_libvirtd
	start_libvirtd
	[ "$(virsh domstate d1)" = running ]
	[ "$(group_link d1)" = /dev/pcitag/device/0000:02:00.0 ]
	virsh destroy d1
	nothing_held
}

@test "a guest that dies while libvirtd is away: its device is returned when libvirtd is back" {
	tagged d1
	stop_libvirtd
	kill -KILL "$(</run/libvirt/qemu/d1.pid)"
	start_libvirtd
	wait_until_off d1
	nothing_held
}

@test "another domain starts after libvirtd was restarted under a running one" {
	tagged d1
	stop_libvirtd
	start_libvirtd
	tagged d2
	[ "$(group_link d1)" = /dev/pcitag/device/0000:02:00.0 ]
	[ "$(group_link d2)" = /dev/pcitag/device/0000:03:00.0 ]
	virsh destroy d1
	virsh destroy d2
	nothing_held
}

@test "a transient tagged domain: its device is returned" {
	virsh create <(domain_xml d1 "$(placeholder d1/npu)" "$CONTAINER")
	[ "$(group_link d1)" = /dev/pcitag/device/0000:02:00.0 ]
	virsh destroy d1
	nothing_held
}

@test "a broken registry does not keep a running domain from giving back" {
	tagged d1
	echo 'no registry at all' >/etc/pcitag/registry.ini
	virsh destroy d1
	nothing_held
}

@test "what libvirt keeps of a domain that runs is understood, whatever its name; after its end none runs" {
	local name="R&D 'x'"
	tagged d1
	virsh -q create <(domain_xml d2 | sed "s|<name>d2</name>|<name>R\&amp;D 'x'</name>|")
	# Leases that only the emulators can speak for: their daemon is another one by now.
	jq --arg uuid "$(uuid_of d2)" --arg name "$name" \
		'.uuid = $uuid | .domain = $name | .members = [] | .grants = [] |
			.hostdevs = [{ address: "0000:00:1f.7", group: 99 }]' "$(lease d1)" >"$(lease d2)"
	for lease in "$(lease d1)" "$(lease d2)"; do
		jq '.daemon_start_time = 1' "$lease" >"$BATS_TEST_TMPDIR/lease"
		cp "$BATS_TEST_TMPDIR/lease" "$lease"
	done
	run -0 pcitag reconcile
	[[ $output == *"d1 "*"in use "*"its emulator runs (process $(</run/libvirt/qemu/d1.pid))"* ]]
	[[ $output == *"$name "*"in use "*"its emulator runs (process $(<"/run/libvirt/qemu/R&amp;D &apos;x&apos;.pid"))"* ]]

	# Before there is a status, the pid file tells.
	mv "/run/libvirt/qemu/$name.xml" "$BATS_TEST_TMPDIR/status"
	run -0 pcitag reconcile
	[[ $output == *"$name "*"in use "*"its emulator runs (process "* ]]
	mv "$BATS_TEST_TMPDIR/status" "/run/libvirt/qemu/$name.xml"

	virsh destroy "$(uuid_of d2)"
	run -0 pcitag reconcile
	[[ $output != *"$name"* || $output == *"$name "*"returned "* ]]
	[[ $output == *"d1 "*"in use "* ]]
	virsh destroy d1
	nothing_held
}
