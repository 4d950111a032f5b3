#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Domains that name devices by address, in libvirt's own words, beside domains that ask by type: no
# device in two hands, and a refusal instead of an unbind that would never return.

load helper

setup_file() { host_start; }
teardown_file() { host_end; }

setup() {
	host_reset
	machine_registry | cat - <(printf '%s\n' '' '[NVMe]' 'type = disk' 'vendor = 1b36' 'device = 0010') | registry
	settings <<<''
	remember_host
}

teardown() {
	drop_holder
	emulators_end
}

# hex ADDRESS, decimal ADDRESS, short ADDRESS: its <address> with numbers as libvirt writes them, and as
# people do: short is in octal, and without the domain and slot, which are 0 for most devices here.
hex() {
	echo "<address domain='0x${1:0:4}' bus='0x${1:5:2}' slot='0x${1:8:2}' function='0x${1:11}'/>"
}
decimal() {
	echo "<address domain='$((0x${1:0:4}))' bus='$((0x${1:5:2}))' slot='$((0x${1:8:2}))' function='$((0x${1:11}))'/>"
}
short() {
	echo "<address bus='0$(printf %o "0x${1:5:2}")' function='${1:11}'/>"
}

# hostdev, interface, nvme ADDRESS-ELEMENT [ATTRIBUTE]: the three places where a domain may name one.
hostdev() {
	echo "<hostdev mode='subsystem' type='pci' ${2-}><driver name='vfio'/><source>$1</source></hostdev>"
}
interface() {
	echo "<interface type='hostdev' ${2-}><mac address='52:54:00:6d:90:02'/><source><address type='pci' ${1#<address }</source></interface>"
}
nvme() {
	echo "<disk type='nvme' device='disk'><source type='pci' namespace='1' ${2-}>$1</source><target dev='vda' bus='virtio'/></disk>"
}

# prepare_native NAME ELEMENT...: what libvirt asks before it starts a domain with these devices. An
# answer that takes longer than a second counts as none: all of that time libvirt keeps its user waiting.
prepare_native() {
	local name=$1 begin=$EPOCHREALTIME code=0
	shift
	CONTAINER='' EMULATOR=/usr/bin/qemu-system-x86_64 DEVICES="$*" prepare "$name" || code=$?
	within 1000 "$begin" || return 2
	return "$code"
}

# stands_back ADDRESS OWNER: the last `run prepare_native n ...` was refused because of this device's owner.
stands_back() {
	refused "domain 'n': hostdev $1: its group $(group_of "$1") belongs to domain $2; stop that domain first"
}

@test "each way to name a device that a tagged domain has is refused, with the owner's name" {
	prepare vm npu
	remember_host
	for form in hostdev interface nvme; do
		for managed in '' "managed='yes'" "managed='no'"; do
			run prepare_native n "$($form "$(hex $NPU1)" "$managed")"
			stands_back $NPU1 vm
		done
	done
	# Of one device since libvirt 12.1, of a whole domain since 12.2.
	run prepare_native n "$(hostdev "$(hex $NPU1)" "managed='yes'" | sed "s/name='vfio'/iommufd='yes'/")"
	stands_back $NPU1 vm
	run prepare_native n "<hostdev mode='subsystem' type='pci'><driver name='vfio' iommufd='yes' fdgroup='iommu'/><source>$(hex $NPU1)</source></hostdev>"
	stands_back $NPU1 vm
	release vm
}

@test "it does not matter how the numbers are written" {
	prepare vm npu.0 npu.1 dual.0 dual.1
	remember_host
	for addr in $NPU1 $NPU2 $DUAL0 $DUAL1; do
		for form in hostdev nvme; do
			for numbers in hex decimal short; do
				run prepare_native n "$($form "$($numbers "$addr")")"
				stands_back "$addr" vm
			done
		done
	done
	run prepare_native n "$(interface "$(hex $NPU2)")"
	stands_back $NPU2 vm
	release vm
}

@test "a disk that a tagged domain has is refused as an NVMe disk, in a chain of backing stores too" {
	prepare vm disk
	remember_host
	run prepare_native n "$(nvme "$(hex $NVME)" "managed='yes'")"
	stands_back $NVME vm
	run prepare_native n "<disk type='file'><source file='/top.qcow2'/><backingStore type='nvme'><format type='raw'/><source type='pci' managed='yes' namespace='1'>$(hex $NVME)</source></backingStore></disk>"
	stands_back $NVME vm
	run prepare_native n "<disk type='file'><source file='/a.raw'/><mirror type='nvme'><source type='pci' namespace='1'>$(hex $NVME)</source></mirror></disk>"
	stands_back $NVME vm
	release vm
	[ "$(driver_of $NVME)" = nvme ]
}

@test "the siblings in the group count: held is as taken as given" {
	prepare vm dual.0
	remember_host
	run prepare_native n "$(hostdev "$(hex $DUAL1)")"
	stands_back $DUAL1 vm
	release vm

	prepare vm old-nic
	remember_host
	run prepare_native n "$(interface "$(hex $BEHIND2)" "managed='yes'")"
	stands_back $BEHIND2 vm
	release vm
}

@test "of many devices the first that is taken is named, wherever it stands" {
	prepare other npu
	prepare vm dual
	remember_host
	run prepare_native n "$(hostdev "$(hex $NPU3)")" "$(hostdev "$(hex $NPU4)")" "$(nvme "$(hex $NVME)")" "$(hostdev "$(hex $DUAL1)")" "$(hostdev "$(hex $DUAL0)")"
	stands_back $DUAL1 vm
	run prepare_native n "$(hostdev "$(hex $DUAL0)")" "$(hostdev "$(hex $NPU1)")"
	stands_back $DUAL0 vm
	release vm
	remember_host
	run prepare_native n "$(hostdev "$(hex $DUAL0)")" "$(hostdev "$(hex $NPU1)")"
	stands_back $NPU1 other
	release other
}

@test "a domain with tags of its own is refused for what it names by address as well" {
	prepare vm npu
	remember_host
	DEVICES=$(hostdev "$(hex $NPU1)") run prepare n npu
	stands_back $NPU1 vm
	release vm
}

@test "the answer comes while a guest has the device open" {
	prepare vm npu
	hold_group "$(group_of $NPU1)"
	remember_host
	run prepare_native n "$(hostdev "$(hex $NPU1)" "managed='yes'")"
	stands_back $NPU1 vm
	drop_holder
	release vm
}

@test "devices that nobody has, and devices that are not here, are libvirt's business" {
	prepare vm npu
	local state
	state=$(ctl state)
	prepare_native n "$(hostdev "$(hex $NPU2)")" "$(interface "$(hex $NIC1)")" "$(nvme "$(hex $NVME)")"
	prepare_native n "$(hostdev "$(hex 0000:77:00.0)")"
	prepare_native n "$(hostdev "<address domain='0x1' bus='0x01' slot='0x00' function='0x0'/>")"
	prepare_native n "<hostdev mode='subsystem' type='usb'><source><vendor id='0x1'/><address bus='1' device='0'/></source></hostdev>"
	[ "$(ctl state)" = "$state" ]
	release vm
}

@test "once the tagged domain has ended, the other may start" {
	prepare vm npu
	run prepare_native n "$(hostdev "$(hex $NPU1)")"
	[ "$status" -eq 1 ]
	release vm
	nothing_touched
	local state
	state=$(ctl state)
	prepare_native n "$(hostdev "$(hex $NPU1)")"
	[ "$(ctl state)" = "$state" ]
}

@test "an address that is none is refused, not taken for another device" {
	for address in "<address bus='0x100'/>" "<address bus='1' function='8'/>" "<address bus='1' slot='32'/>" "<address bus='-1'/>" "<address bus='one'/>"; do
		run prepare_native n "$(hostdev "$address")"
		[ "$status" -eq 1 ]
		[[ $output == "pcitag: domain 'n': line "*": invalid PCI address in <hostdev>: write <address "* ]]
		nothing_touched
	done
}

# ---- the other direction: what a native domain has is not for a tagged one ---------------------------

# release_native NAME ELEMENT...: the end of such a domain: there is no tag in its XML.
release_native() {
	local name=$1
	shift
	CONTAINER='' EMULATOR=/usr/bin/qemu-system-x86_64 DEVICES="$*" domain_xml "$name" |
		in_daemon "$HOOK" "$name" release end -
}

@test "what a native domain names is not free while it runs, whichever way it names it" {
	for form in hostdev interface nvme; do
		prepare_native n "$($form "$(hex $NPU1)")"
		[ "$(driver_of $NPU1)" = - ]
		run -0 pcitag list
		grep -qE "^$NPU1 .* its group $(group_of $NPU1) is used by domain n, which names it by address$" <<<"$output"
		prepare vm npu
		[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU2" ]
		release vm

		release_native n "$($form "$(hex $NPU1)")"
		nothing_touched
		prepare vm npu
		[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU1" ]
		release vm
	done
	nothing_touched
}

@test "a tagged start that is left without a device names the native domain" {
	disk=$(nvme "$(decimal $NVME)" "managed='yes'")
	prepare_native n "$disk"
	remember_host
	run prepare vm disk
	refused "domain 'vm': request disk: 1 device of this host, none free: $NVME: its group $(group_of $NVME) is used by domain n, which names it by address"

	release_native n "$disk"
	prepare vm disk
	release vm
	[ "$(driver_of $NVME)" = nvme ]
}

@test "the group of a device that a native domain has is wholly taken" {
	prepare_native n "$(hostdev "$(hex $DUAL1)")"
	remember_host
	run prepare vm dual.0
	[ "$status" -eq 1 ]
	[[ $output == *"$DUAL0: its group $(group_of $DUAL0) is used by domain n, which names it by address"* ]]
	nothing_touched
	release_native n "$(hostdev "$(hex $DUAL1)")"
}

@test "two native domains with one device are libvirt's to tell apart: it is free when both have ended" {
	prepare_native n "$(hostdev "$(hex $NPU1)")"
	prepare_native m "$(hostdev "$(hex $NPU1)")"
	release_native m "$(hostdev "$(hex $NPU1)")"
	prepare vm npu
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU2" ]
	release vm
	release_native n "$(hostdev "$(hex $NPU1)")"
	nothing_touched
}

@test "a native domain that starts anew has what it names now, not what it had" {
	prepare_native n "$(hostdev "$(hex $NPU1)")"
	prepare_native n "$(hostdev "$(hex $NPU2)")"
	prepare vm npu.0 npu.1
	[ "$(placeholder vm/npu.0)" = "/dev/pcitag/device/$NPU1" ]
	[ "$(placeholder vm/npu.1)" = "/dev/pcitag/device/$NPU3" ]
	release vm
	release_native n "$(hostdev "$(hex $NPU2)")"
	nothing_touched
}

@test "libvirt's daemon died: a native domain keeps its device as long as its emulator runs" {
	prepare_native n "$(hostdev "$(hex $NPU1)")"
	emulator n
	daemon_kill
	prepare vm npu
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU2" ]
	release vm

	emulators_end
	prepare vm npu
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU1" ]
	release vm
	nothing_touched
}

@test "reconcile forgets a native domain that died with libvirt's daemon, and touches no device" {
	prepare_native n "$(hostdev "$(hex $NIC1)")"
	state=$(ctl state)
	run -0 pcitag reconcile
	[[ ${lines[1]} == "n "*"in use "* ]]
	daemon_kill
	run -0 pcitag reconcile
	[[ ${lines[1]} == "n "*"returned "* ]]
	[ "$(ctl state)" = "$state" ]
	nothing_touched
	run -0 pcitag reconcile
	[ "$output" = "no domain holds a device" ]
}
