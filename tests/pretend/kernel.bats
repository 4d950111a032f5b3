#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What Linux does when drivers of PCI devices are changed through sysfs. Every line must
# hold on Linux 6.1 and 6.12 as well as on the pretend kernel: with PRETEND_REAL_KERNEL=1
# the file runs, as root, on the machine it is on, which needs the devices of
# hosts/plain.desc (any addresses) and vfio-pci loaded.

# The single quotes hold variables of Perl.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0
load helper

setup_file() {
	local REPLY
	if [[ -z ${PRETEND_REAL_KERNEL-} ]]; then
		pretend_host plain
	fi
	host_root
	export PCI=$REPLY/sys/bus/pci VFIO=$REPLY/dev/vfio
	NPU=$(device_with 1234:11e8 1)
	NPU2=$(device_with 1234:11e8 2)
	BRIDGE=$(device_with 1b36:000e 1)
	BRIDGE_DRIVER=$(driver_of "$BRIDGE")
	find_pair
	export NPU NPU2 BRIDGE BRIDGE_DRIVER NIC NIC2
}

teardown_file() {
	pretend_end
}

setup() {
	if [[ -n ${PRETEND_PID-} ]]; then
		pretend_reset
	fi
	before=$(snapshot)
}

# Whatever a test did, everything is returned to where it was.
teardown() {
	drop_holder
	give_back "$NPU" -
	give_back "$NPU2" -
	give_back "$NIC" e1000e
	give_back "$NIC2" e1000e
	give_back "$BRIDGE" "$BRIDGE_DRIVER"
	[ "$(snapshot)" = "$before" ]
}

# give_back ADDR DRIVER: with no override.
give_back() {
	store "devices/$1/driver_override" $'\n'
	[ "$(driver_of "$1")" != "$2" ] || return 0
	[ "$(driver_of "$1")" = - ] || store "drivers/$(driver_of "$1")/unbind" "$1"
	store drivers_probe "$1"
}

# device_with VENDOR:DEVICE N: address of the n-th device with these ids.
device_with() {
	local dev vendor device n=$2
	for dev in "$PCI"/devices/*; do
		read -r vendor <"$dev/vendor"
		read -r device <"$dev/device"
		if [[ $vendor:$device == "0x${1%:*}:0x${1#*:}" ]] && ((--n == 0)); then
			echo "${dev##*/}"
			return
		fi
	done
	return 1
}

# NIC and NIC2: the two functions of one e1000e slot, in one group.
find_pair() {
	local dev
	for dev in "$PCI"/devices/*.1; do
		if [[ $(<"$dev/device") == 0x10d3 ]]; then
			NIC2=${dev##*/}
			NIC=${NIC2%1}0
		fi
	done
	[ "$(group_of "$NIC")" = "$(group_of "$NIC2")" ]
}

# store FILE TEXT: one write(2) below /sys/bus/pci; prints "ok" or the error.
store() {
	perl -e "$STORE" "$PCI/$1" "$2"
}

STORE='
	open(my $f, ">", $ARGV[0]) or do { print "$!\n"; exit };
	print defined(syswrite($f, $ARGV[1])) ? "ok\n" : "$!\n";
'

# unbind_waiting ADDR: starts an unbind from vfio-pci that will not return; its pid is WRITER.
unbind_waiting() {
	perl -e "$STORE" "$PCI/drivers/vfio-pci/unbind" "$1" 3>&- &
	WRITER=$!
	soon has_no_driver "$1"
}

# to_vfio ADDR: the usual three writes.
to_vfio() {
	store "devices/$1/driver_override" vfio-pci
	[ "$(driver_of "$1")" = - ] || store "drivers/$(driver_of "$1")/unbind" "$1"
	store drivers_probe "$1"
	[ "$(driver_of "$1")" = vfio-pci ]
}

# has_ended PID: it is gone, or only waits for us to take note.
has_ended() {
	! grep -q '^State:.[^Z]' "/proc/$1/status" 2>/dev/null
}

# is_asleep PID: it waits, and goes on waiting.
is_asleep() {
	sleep 0.1
	grep -q '^State:.[DS]' "/proc/$1/status"
}

has_no_driver() {
	[ "$(driver_of "$1")" = - ]
}

@test "what a driver makes of a device has a uevent and a subsystem, the directory between has not" {
	name=$(ls "$PCI/devices/$NIC/net")
	[ -e "$PCI/devices/$NIC/net/$name/uevent" ]
	[[ $(readlink "$PCI/devices/$NIC/net/$name/subsystem") == */class/net ]]
	[ ! -e "$PCI/devices/$NIC/net/uevent" ]
	store drivers/e1000e/unbind "$NIC"
	[ ! -e "$PCI/devices/$NIC/net" ]
}

@test "an override that is not set reads as (null)" {
	[ "$(override_of "$NPU")" = "(null)" ]
}

@test "an override is taken as it is: unknown names, spaces, and only the first line" {
	[ "$(store "devices/$NPU/driver_override" no-such-driver)" = ok ]
	[ "$(override_of "$NPU")" = no-such-driver ]
	[ "$(store "devices/$NPU/driver_override" " vfio-pci")" = ok ]
	[ "$(override_of "$NPU")" = " vfio-pci" ]
	[ "$(store "devices/$NPU/driver_override" $'one\ntwo')" = ok ]
	[ "$(override_of "$NPU")" = one ]
}

@test "a newline clears the override, a write of nothing does not" {
	store "devices/$NPU/driver_override" vfio-pci
	[ "$(store "devices/$NPU/driver_override" "")" = ok ]
	[ "$(override_of "$NPU")" = vfio-pci ]
	[ "$(store "devices/$NPU/driver_override" $'\n')" = ok ]
	[ "$(override_of "$NPU")" = "(null)" ]
}

@test "an override of a page less one byte is refused, one byte less is taken" {
	[ "$(store "devices/$NPU/driver_override" "$(printf '%4095s' x)")" = "Invalid argument" ]
	[ "$(override_of "$NPU")" = "(null)" ]
	[ "$(store "devices/$NPU/driver_override" "$(printf '%4094s' x)")" = ok ]
}

@test "drivers_probe reports success when nothing was bound" {
	[ "$(store drivers_probe "$NPU")" = ok ]
	has_no_driver "$NPU"
	store "devices/$NPU/driver_override" no-such-driver
	[ "$(store drivers_probe "$NPU")" = ok ]
	has_no_driver "$NPU"
}

@test "drivers_probe reports success when a driver is bound, and ENODEV for no device" {
	[ "$(store drivers_probe "$NIC")" = ok ]
	[ "$(driver_of "$NIC")" = e1000e ]
	[ "$(store drivers_probe ffff:ff:1f.7)" = "No such device" ]
	[ "$(store drivers_probe "")" = ok ]
}

@test "an override makes its driver take a device that its id table does not name" {
	to_vfio "$NPU"
	[ -e "$PCI/drivers/vfio-pci/$NPU" ]
	[ -e "$VFIO/$(group_of "$NPU")" ]
}

@test "without an override the driver that knows the ids takes it" {
	store drivers/e1000e/unbind "$NIC"
	has_no_driver "$NIC"
	store drivers_probe "$NIC"
	[ "$(driver_of "$NIC")" = e1000e ]
}

@test "an override keeps the native driver away" {
	store "devices/$NIC/driver_override" no-such-driver
	[ "$(store drivers/e1000e/unbind "$NIC")" = ok ]
	[ "$(store drivers_probe "$NIC")" = ok ]
	[ "$(store drivers/e1000e/bind "$NIC")" = "No such device" ]
	has_no_driver "$NIC"
}

@test "an override alone changes no bound driver" {
	store "devices/$NIC/driver_override" vfio-pci
	store drivers_probe "$NIC"
	[ "$(driver_of "$NIC")" = e1000e ]
}

@test "bind: ENODEV for what does not match, EBUSY for what is bound" {
	[ "$(store drivers/vfio-pci/bind "$NPU")" = "No such device" ]
	[ "$(store drivers/e1000e/bind "$NIC")" = "Device or resource busy" ]
	[ "$(store drivers/e1000e/bind ffff:ff:1f.7)" = "No such device" ]
}

@test "unbind: ENODEV for a device that another driver has, or none" {
	[ "$(store drivers/vfio-pci/unbind "$NIC")" = "No such device" ]
	[ "$(store drivers/vfio-pci/unbind "$NPU")" = "No such device" ]
	[ "$(driver_of "$NIC")" = e1000e ]
}

@test "the trailing newline of an address is optional" {
	store drivers/e1000e/unbind "$NIC"$'\n'
	has_no_driver "$NIC"
	store drivers_probe "$NIC"$'\n'
	[ "$(driver_of "$NIC")" = e1000e ]
}

@test "what VFIO has is told by a directory vfio-dev below it, which goes when its driver goes" {
	run -1 compgen -G "$PCI/devices/$NPU/vfio-dev"
	run -1 compgen -G "$PCI/devices/$NIC/vfio-dev"
	to_vfio "$NPU"
	compgen -G "$PCI/devices/$NPU/vfio-dev/vfio[0-9]*"
	[ -d "${PCI%/bus/pci}/class/vfio-dev" ]
	store drivers/vfio-pci/unbind "$NPU"
	run -1 compgen -G "$PCI/devices/$NPU/vfio-dev"
}

@test "vfio-pci says whether it minds its deny list" {
	[ "$(<"${PCI%/bus/pci}/module/vfio_pci/parameters/disable_denylist")" = N ]
}

@test "vfio-pci refuses a bridge: drivers_probe says success, bind says EINVAL" {
	bridge=$BRIDGE
	store "devices/$bridge/driver_override" vfio-pci
	has_no_driver "$bridge" || store "drivers/$(driver_of "$bridge")/unbind" "$bridge"
	[ "$(store drivers_probe "$bridge")" = ok ]
	has_no_driver "$bridge"
	[ "$(store drivers/vfio-pci/bind "$bridge")" = "Invalid argument" ]
	has_no_driver "$bridge"
}

@test "new_id takes every free device of that kind, and refuses a second time" {
	[ "$(store drivers/vfio-pci/new_id "1234 11e8")" = ok ]
	[ "$(driver_of "$NPU")" = vfio-pci ]
	[ "$(driver_of "$NPU2")" = vfio-pci ]
	[ "$(store drivers/vfio-pci/new_id "1234 11e8")" = "File exists" ]
	[ "$(store drivers/vfio-pci/remove_id "1234 11e8")" = ok ]
	[ "$(driver_of "$NPU")" = vfio-pci ]
	[ "$(store drivers/vfio-pci/remove_id "1234 11e8")" = "No such device" ]
	for dev in "$PCI"/drivers/vfio-pci/*:*; do
		store drivers/vfio-pci/unbind "${dev##*/}"
	done
}

@test "the node of a group comes with its first member and goes with its last" {
	node=$VFIO/$(group_of "$NIC")
	[ ! -e "$node" ]
	to_vfio "$NIC"
	[ -e "$node" ]
	to_vfio "$NIC2"
	store drivers/vfio-pci/unbind "$NIC"
	[ -e "$node" ]
	store drivers/vfio-pci/unbind "$NIC2"
	[ ! -e "$node" ]
}

@test "the node of a group has one opener at a time, and can be opened again at once" {
	node=$VFIO/$(group_of "$NPU")
	to_vfio "$NPU"
	exec {fd}<>"$node"
	run ! perl -e 'open(F, "+<", $ARGV[0]) or do { print "$!"; exit 1 }' "$node"
	[ "$output" = "Device or resource busy" ]
	exec {fd}>&-
	for _ in {1..50}; do
		perl -e 'open(F, "+<", $ARGV[0]) or exit 1' "$node"
	done
}

@test "a group node that is open without its device delays no unbind" {
	to_vfio "$NPU"
	hold_group "$(group_of "$NPU")"
	[ "$(store drivers/vfio-pci/unbind "$NPU")" = ok ]
	has_no_driver "$NPU"
	[ ! -e "$VFIO/$(group_of "$NPU")" ]
}

@test "unbind of an open device waits, cannot be killed, and ends with the last user" {
	node=$VFIO/$(group_of "$NPU")
	to_vfio "$NPU"
	to_vfio "$NPU2"
	hold_group "$(group_of "$NPU")" "$NPU"

	# The link goes at once: its absence does not mean that the unbind is over.
	unbind_waiting "$NPU"
	is_asleep "$WRITER"
	run ! perl -e 'open(F, "+<", $ARGV[0]) or do { print "$!"; exit 1 }' "$node"
	[ "$output" = "Device or resource busy" ]

	# SIGKILL changes nothing but the letter.
	kill -KILL "$WRITER"
	is_asleep "$WRITER"
	grep -q '^State:.D' "/proc/$WRITER/status"

	# Other devices of that driver are not affected.
	[ "$(store drivers/vfio-pci/unbind "$NPU2")" = ok ]

	drop_holder
	soon has_ended "$WRITER"
	[ ! -e "$node" ]
}

# Linux 6.1 shows the override under the device's lock, 6.12 no longer does (drivers/pci/pci-sysfs.c).
reader_waits() {
	[[ -n ${PRETEND_PID-} || $(uname -r) == 6.1.* ]]
}

@test "while an unbind waits, the override of that device cannot be read, on Linux 6.1" {
	to_vfio "$NPU"
	hold_group "$(group_of "$NPU")" "$NPU"
	unbind_waiting "$NPU"
	override_of "$NPU" >"$BATS_TEST_TMPDIR/read" 3>&- &
	reader=$!
	if reader_waits; then
		is_asleep "$reader"
	else
		soon has_ended "$reader"
	fi
	[ "$(<"$PCI/devices/$NPU/vendor")" = 0x1234 ]
	drop_holder
	wait "$WRITER" "$reader"
	[ "$(<"$BATS_TEST_TMPDIR/read")" = vfio-pci ]
}

@test "a group is not viable while a member has its native driver" {
	to_vfio "$NIC"
	run -1 hold_group "$(group_of "$NIC")" "$NIC"
	[[ $output == *"Operation not permitted"* ]]
}

@test "a group is viable when a member has no driver" {
	store drivers/e1000e/unbind "$NIC2"
	to_vfio "$NIC"
	hold_group "$(group_of "$NIC")" "$NIC"
}

@test "while a group is in use no native driver gets a member: drivers_probe EINVAL, bind EBUSY" {
	to_vfio "$NIC"
	to_vfio "$NIC2"
	hold_group "$(group_of "$NIC")" "$NIC"
	store "devices/$NIC2/driver_override" $'\n'
	[ "$(store drivers/vfio-pci/unbind "$NIC2")" = ok ]
	[ "$(store drivers_probe "$NIC2")" = "Invalid argument" ]
	[ "$(store drivers/e1000e/bind "$NIC2")" = "Device or resource busy" ]
	has_no_driver "$NIC2"
	drop_holder
	[ "$(store drivers_probe "$NIC2")" = ok ]
	[ "$(driver_of "$NIC2")" = e1000e ]
}

@test "the directory of a device lies in that of the bridge above it" {
	path=$(in_pretend realpath "/sys/bus/pci/devices/$NPU")
	[ "$(in_pretend cat "${path%/*}/class")" = 0x060400 ]
	[ "$(in_pretend realpath "/sys/bus/pci/devices/$NPU/iommu_group/devices/$NPU")" = "$path" ]
	[[ $(readlink "$PCI/devices/$NPU") == ../../../devices/pci0000:00/* ]]
}

@test "config tells the ids, the class and the header type" {
	run -0 od -An -tx1 -N 16 "$PCI/devices/$NPU/config"
	[[ $output == " 34 12 e8 11 "*" 10 00 ff 00 "*" 00 00" ]]
	header=$(od -An -tu1 -j 14 -N 1 "$PCI/devices/$NIC/config")
	((header == 0x80))
	header=$(od -An -tu1 -j 14 -N 1 "$PCI/devices/$BRIDGE/config")
	(((header & 0x7f) == 1))
}

@test "a PCI Express function tells its link, now and at most; another has no such files" {
	for when in current max; do
		[[ $(<"$PCI/devices/$NIC/${when}_link_speed") =~ ^[0-9.]+\ GT/s\ PCIe$ ]]
		(($(<"$PCI/devices/$NIC/${when}_link_width") >= 1))
		[ ! -e "$PCI/devices/$NPU/${when}_link_speed" ]
		[ ! -e "$PCI/devices/$NPU/${when}_link_width" ]
	done
}

@test "numa_node is a number, -1 for none, and reset_method a line of words" {
	[[ $(<"$PCI/devices/$NIC/numa_node") =~ ^(-1|[0-9]+)$ ]]
	[[ $(<"$PCI/devices/$NIC/reset_method") =~ ^[a-z_]+(\ [a-z_]+)*$ ]]
}

@test "a kernel with NUMA lists its nodes, and the processors of each" {
	local nodes=/sys/devices/system/node
	if [ -e "$nodes/online" ]; then
		[[ $(<"$nodes/online") =~ ^[0-9]+([-,][0-9]+)*$ ]]
		for node in "$nodes"/node[0-9]*; do
			[[ $(<"$node/cpulist") =~ ^([0-9]+([-,][0-9]+)*)?$ ]]
		done
	fi
}

@test "even root opens no file against its permissions" {
	run -1 bash -c ": <'$PCI/drivers_probe'"
	[[ $output == *"Permission denied"* ]]
	run -1 bash -c ": >'$PCI/devices/$NPU/vendor'"
	[[ $output == *"Permission denied"* ]]
}

@test "files that a device has not got are not there, and none can be made" {
	[ ! -e "$PCI/devices/$NPU/sriov_numvfs" ]
	[ ! -e "$PCI/devices/$NPU/boot_vga" ]
	[ ! -e "$PCI/drivers/no-such-driver" ]
	run -1 bash -c ": >'$PCI/devices/$NPU/nothing'"
	[[ $output == *"Permission denied"* ]]
}
