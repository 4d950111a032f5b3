#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# Domains that start and end, through virsh, on a real kernel.

load bare

setup_file() {
	lab_clean
	lab_registry
}

setup() {
	remember_host
}

teardown() {
	lab_clean
}

@test "i440fx: the guest sees its device; it panics, resets, and everything is returned" {
	PLAIN=plain-pc TAIL='<on_reboot>destroy</on_reboot>' tagged_xml pc npu |
		sed 's|</cmdline>| panic=1</cmdline>|' >"$BATS_TEST_TMPDIR/pc.xml"
	lab_define "$BATS_TEST_TMPDIR/pc.xml"
	lab virsh start pc
	[[ $(guest_devices pc) == "input"?" $NPU1 "* ]]
	lab_serial_wait pc '^GUEST READY'
	[ "$(lab_serial pc | grep -c '^PCI .* 1234:11e8 class 00ff00')" -eq 1 ]

	lab_type pc panic
	lab_wait_state pc 'shut off' 60
	nothing_touched
}

@test "two functions of one slot as two requests" {
	bare_define vm dual.0 dual.1
	lab virsh start vm
	run guest_devices vm
	[[ ${lines[0]} == "input"?" $DUAL0 00.0" ]]
	[[ ${lines[1]} == "input"?" $DUAL1 00.0" ]]
	[ "$(lab 'ls /dev/vfio | grep -vc vfio')" -eq 1 ]

	lab virsh destroy vm
	nothing_touched
}

@test "functions = all: one multifunction device" {
	bare_define vm card
	lab virsh start vm
	run guest_devices vm
	[[ ${lines[0]} == "input"?" $DUAL0 00.0" ]]
	[[ ${lines[1]} == "input"?"-fn1 $DUAL1 00.1" ]]

	lab virsh destroy vm
	nothing_touched
}

@test "a group with a bridge: the bridge keeps its place, the other member is held" {
	bare_define vm old-nic
	bridge=$(lab_driver $BRIDGE)
	lab virsh start vm
	[[ $(guest_devices vm) == "input"?" $BEHIND1 "* ]]
	[ "$(lab_driver $BEHIND2)" = vfio-pci ]
	[ "$(lab_driver $BRIDGE)" = "$bridge" ]
	[ "$(lab_override $BRIDGE)" = none ]

	lab virsh destroy vm
	nothing_touched
}

@test "QEMU is killed: everything is returned" {
	bare_define vm npu nic
	lab virsh start vm
	lab 'kill -KILL $(cat /run/libvirt/qemu/vm.pid)'
	lab_wait_state vm 'shut off' 30
	nothing_touched
}

@test "a start that fails in QEMU returns everything" {
	TAIL='<qemu:commandline><qemu:arg value="-device"/><qemu:arg value="no-such-device"/></qemu:commandline>' \
		bare_define vm npu nic
	run lab virsh start vm
	[ "$status" -ne 0 ]
	[[ $output == *no-such-device* ]]
	nothing_touched
}

@test "a transient domain" {
	bare_xml vm npu >"$BATS_TEST_TMPDIR/vm.xml"
	lab_put "$BATS_TEST_TMPDIR/vm.xml" /tmp/vm.xml
	lab virsh create /tmp/vm.xml
	[ "$(lab_driver $NPU1)" = vfio-pci ]

	lab virsh destroy vm
	[ -z "$(lab virsh list --all --name)" ]
	nothing_touched
}

@test "two domains share the host's NPUs, a third is refused by name when none is left" {
	bare_define one npu.0 npu.1 npu.2
	bare_define two npu
	bare_define three npu
	lab virsh start one
	lab virsh start two
	[[ $(guest_devices two) == "input"?" $NPU4 "* ]]

	run lab virsh start three
	[ "$status" -ne 0 ]
	[[ $output == *"pcitag: domain 'three': request npu: 4 devices of this host, none free: $NPU1: its group "*" belongs to domain one;"*"belongs to domain two"* ]]
	lab virsh destroy one
	lab virsh start three
	[[ $(guest_devices three) == "input"?" $NPU1 "* ]]
	lab virsh destroy two
	lab virsh destroy three
	nothing_touched
}

@test "a domain that names a leased device by its address is refused at once" {
	bare_define vm nic
	lab virsh start vm
	lab_define "$LAB_DIR/domains/native.xml"
	run lab timeout 20 virsh start native
	[ "$status" -eq 1 ]
	[[ $output == *"pcitag: domain 'native': hostdev $NIC1: its group "*" belongs to domain vm; stop that domain first"* ]]

	lab virsh destroy vm
	nothing_touched
}

@test "an untagged domain is not our business" {
	lab 'rm -rf /run/pcitag'
	lab_define "$LAB_DIR/domains/plain.xml"
	lab virsh start plain
	lab virsh destroy plain
	[ "$(lab 'ls -d /run/pcitag 2>&1')" = "ls: cannot access '/run/pcitag': No such file or directory" ]
	nothing_touched
}

@test "libvirt learns from the wrapper what it learns from the emulator itself" {
	caps() {
		lab "virsh domcapabilities --virttype qemu --emulatorbin $1" >"$2"
		grep -q "<path>$1</path>" "$2"
		grep -q '<machine>pc-' "$2"
		sed -i '/<path>/d' "$2"
	}
	cd "$BATS_TEST_TMPDIR"
	caps /usr/bin/qemu-system-x86_64 own
	caps /usr/bin/pcitag-qemu-system-x86_64 wrapped
	diff own wrapped
}

@test "what happened is in the journal, with domain, request and address" {
	bare_define journal npu
	lab virsh start journal
	lab virsh destroy journal
	run lab journalctl --no-pager -o cat -t pcitag -n 3
	[[ ${lines[0]} == "domain 'journal': request npu: $NPU1 (model Edu, group "*")" ]]
	[[ ${lines[1]} =~ ^"domain 'journal': ready in "[0-9.]+" ms, of which the kernel took "[0-9.]+" ms to move its devices"$ ]]
	[[ ${lines[2]} == "domain 'journal': $NPU1 is back (driver: none)" ]]
}
