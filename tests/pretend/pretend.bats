#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What only a pretend kernel can be told to do: faults, hangs, unplugging, other hosts.

# The single quotes hold variables of Perl.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0
load helper

NPU=0000:02:00.0
NIC=0000:06:00.0
NIC2=0000:07:00.0

setup_file() {
	pretend_host plain
}

teardown_file() {
	pretend_end
}

setup() {
	pretend_reset "$PRETEND_DIR/hosts/plain.desc"
	PCI=/proc/$PRETEND_PID/root/sys/bus/pci
}

teardown() {
	ctl release
	drop_holder
}

# store FILE TEXT: one write(2) below /sys/bus/pci; prints "ok" or the error.
store() {
	perl -e 'open(my $f, ">", $ARGV[0]) or do { print "$!\n"; exit };
		print defined(syswrite($f, $ARGV[1])) ? "ok\n" : "$!\n"' "$PCI/$1" "$2"
}

# store_later FILE TEXT: the same in the background; WRITER is its pid, $OUT gets what it prints.
store_later() {
	OUT=$BATS_TEST_TMPDIR/out
	: >"$OUT"
	perl -e 'open(my $f, ">", $ARGV[0]) or do { print "$!\n"; exit };
		print defined(syswrite($f, $ARGV[1])) ? "ok\n" : "$!\n"' "$PCI/$1" "$2" >"$OUT" 3>&- &
	WRITER=$!
}

to_vfio() {
	store "devices/$1/driver_override" vfio-pci
	[ "$(driver_of "$1")" = - ] || store "drivers/$(driver_of "$1")/unbind" "$1"
	store drivers_probe "$1"
	[ "$(driver_of "$1")" = vfio-pci ]
}

has_driver() {
	[ "$(driver_of "$1")" = "$2" ]
}

log_has() {
	[[ $(ctl log) == *"$1"* ]]
}

# state_is PID LETTER: S waits, D waits and cannot be killed
state_is() {
	grep -q "^State:.$2" "/proc/$1/status"
}

@test "the n-th write to a file fails, before and after it all is well" {
	ctl fail write '*/driver_override' 2 EIO
	[ "$(store "devices/$NPU/driver_override" a)" = ok ]
	[ "$(store "devices/$NPU/driver_override" b)" = "Input/output error" ]
	[ "$(override_of "$NPU")" = a ]
	[ "$(store "devices/$NPU/driver_override" c)" = ok ]
	ctl fail open '/dev/vfio/*' '*' EMFILE
	to_vfio "$NPU"
	run -1 hold_group 14
	[[ $output == *"Too many open files"* ]]
	ctl clear
	hold_group 14
}

@test "right before the n-th access something else happens, once" {
	ctl when read "*/$NPU/vendor" 2 set "$NPU" device=beef
	head -c 6 "$PCI/devices/$NPU/vendor"
	[ "$(<"$PCI/devices/$NPU/device")" != 0xbeef ]
	head -c 6 "$PCI/devices/$NPU/vendor"
	[ "$(<"$PCI/devices/$NPU/device")" = 0xbeef ]
	ctl set "$NPU" device=cafe
	head -c 6 "$PCI/devices/$NPU/vendor"
	[ "$(<"$PCI/devices/$NPU/device")" = 0xcafe ]
	log_has "when set $NPU device=beef"
	run -1 ctl when read "*/vendor" 1
}

@test "a group that changes is seen at once, from both sides" {
	local old
	old=$(group_of "$NPU")
	[ -e "$PCI/../../kernel/iommu_groups/$old/devices/$NPU" ]
	ctl set "$NPU" group=40
	[ "$(group_of "$NPU")" = 40 ]
	[ ! -e "$PCI/../../kernel/iommu_groups/$old/devices/$NPU" ]
	[ -e "$PCI/../../kernel/iommu_groups/40/devices/$NPU" ]
	ctl when read "*/$NPU/vendor" 1 set "$NPU" group=41
	cat "$PCI/devices/$NPU/vendor"
	[ "$(group_of "$NPU")" = 41 ]
}

@test "a device that is plugged in again can be another one" {
	to_vfio "$NIC"
	ctl replug "$NIC" group=40 device=beef
	[ "$(group_of "$NIC")" = 40 ]
	[ "$(<"$PCI/devices/$NIC/device")" = 0xbeef ]
	[ "$(override_of "$NIC")" = '(null)' ]
	[ "$(driver_of "$NIC")" = e1000e ]
}

@test "a read can fail, too" {
	ctl fail read "*/$NPU/vendor" 1 EIO
	run -1 cat "$PCI/devices/$NPU/vendor"
	[[ $output == *"Input/output error"* ]]
	[ "$(<"$PCI/devices/$NPU/vendor")" = 0x1234 ]
}

@test "a stalled write waits for its release, and others pass it" {
	ctl stall write '*/e1000e/unbind' 1
	store_later drivers/e1000e/unbind "$NIC"
	soon log_has "e1000e/unbind \"$NIC\" = ?"
	has_driver "$NIC" e1000e
	[ "$(store drivers/e1000e/unbind "$NIC2")" = ok ]
	log_has "e1000e/unbind \"$NIC\" = ?"
	ctl release
	wait "$WRITER"
	[ "$(<"$OUT")" = ok ]
	has_driver "$NIC" -
}

@test "a driver that hangs in unbind has lost its link already, and holds the device" {
	ctl set "$NIC" unbind-hangs=e1000e
	store_later drivers/e1000e/unbind "$NIC"
	soon has_driver "$NIC" -
	[[ $(ctl state) == *"$NIC driver=- "*" leaving=e1000e locked"* ]]
	ctl release
	wait "$WRITER"
	[[ $(ctl state) != *"leaving"* ]]
}

@test "a failing probe: drivers_probe hides it, bind tells, the device is left with nothing" {
	ctl set "$NPU" probe-fails=vfio-pci:ENODEV
	store "devices/$NPU/driver_override" vfio-pci
	[ "$(store drivers_probe "$NPU")" = ok ]
	has_driver "$NPU" -
	[ "$(store drivers/vfio-pci/bind "$NPU")" = "No such device" ]
	ctl set "$NIC" 'probe-fails=*:EBUSY'
	store drivers/e1000e/unbind "$NIC"
	store drivers_probe "$NIC"
	has_driver "$NIC" -
	ctl set "$NIC" probe-fails=0
	store drivers_probe "$NIC"
	has_driver "$NIC" e1000e
}

@test "probes that take time run side by side" {
	for dev in 0000:0{2,3,4,5}:00.0; do
		ctl set "$dev" probe-ms=300
		store "devices/$dev/driver_override" vfio-pci
	done
	start=$EPOCHREALTIME
	writers=()
	for dev in 0000:0{2,3,4,5}:00.0; do
		store_later drivers_probe "$dev"
		writers+=("$WRITER")
	done
	wait "${writers[@]}"
	within 900 "$start"
	((${EPOCHREALTIME//./} - ${start//./} >= 300000))
	has_driver 0000:05:00.0 vfio-pci
}

@test "a group that is held cannot be opened, and its device not be unbound, until it is let go" {
	to_vfio "$NPU"
	ctl hold 14
	run -1 hold_group 14
	[[ $output == *"Device or resource busy"* ]]
	drop_holder
	store_later drivers/vfio-pci/unbind "$NPU"
	soon has_driver "$NPU" -
	[[ $(ctl state) == *"leaving=vfio-pci"* ]]
	ctl unhold 14
	wait "$WRITER"
	[ ! -e "/proc/$PRETEND_PID/root/dev/vfio/14" ]
}

@test "a device that is unplugged is gone at once, and back without its override" {
	store "devices/$NIC/driver_override" vfio-pci
	exec {fd}<"$PCI/devices/$NIC/vendor"
	ctl remove "$NIC"
	[ ! -e "$PCI/devices/$NIC" ]
	[ ! -e "$PCI/drivers/e1000e/$NIC" ]
	[ "$(store drivers_probe "$NIC")" = "No such device" ]
	run -1 cat <&"$fd"
	[[ $output == *"No such device"* ]]
	exec {fd}<&-
	ctl add "$NIC"
	has_driver "$NIC" e1000e
	[ "$(override_of "$NIC")" = "(null)" ]
}

@test "a device that is unplugged while it is open leaves when it is closed" {
	to_vfio "$NPU"
	hold_group 14 "$NPU"
	ctl remove "$NPU"
	[ "$(od -An -tx1 -N 4 "$PCI/devices/$NPU/config")" = " ff ff ff ff" ]
	drop_holder
	soon test ! -e "$PCI/devices/$NPU"
}

@test "remove and rescan of sysfs do the same" {
	store "devices/$NIC/remove" 1
	[ ! -e "$PCI/devices/$NIC" ]
	store rescan 1
	has_driver "$NIC" e1000e
}

@test "a module that is loaded takes at once what is waiting for it" {
	ctl rmmod vfio-pci
	[ ! -e "$PCI/drivers/vfio-pci" ]
	store "devices/$NPU/driver_override" vfio-pci
	[ "$(store drivers_probe "$NPU")" = ok ]
	has_driver "$NPU" -
	run -1 in_pretend modprobe vfio-pci
	ctl driver vfio-pci loadable
	in_pretend modprobe vfio-pci
	has_driver "$NPU" vfio-pci
}

@test "a network interface and a disk are there while their driver is" {
	[ "$(<"$PCI/devices/$NIC/net/pnet1/operstate")" = down ]
	[ -e "$PCI/devices/0000:0b:00.0/nvme/nvme0/nvme0n1/size" ]
	[[ $(readlink "/proc/$PRETEND_PID/root/sys/class/net/pnet1") == ../../devices/*"/$NIC/net/pnet1" ]]
	store drivers/e1000e/unbind "$NIC"
	[ ! -e "$PCI/devices/$NIC/net" ]
	[ ! -L "/proc/$PRETEND_PID/root/sys/class/net/pnet1" ]
}

@test "SR-IOV: vfio-pci refuses a PF whose driver has left it its VFs" {
	pretend_reset "$PRETEND_DIR/hosts/sriov.desc"
	[ "$(<"$PCI/devices/$NPU/sriov_numvfs")" = 4 ]
	[ "$(readlink "$PCI/devices/$NPU/virtfn1")" = ../0000:02:10.2 ]
	[ "$(readlink "$PCI/devices/0000:02:10.2/physfn")" = "../$NPU" ]
	ctl set $NPU keeps-vfs=1
	store "devices/$NPU/driver_override" vfio-pci
	store drivers/igb/unbind "$NPU"
	[ "$(store drivers_probe "$NPU")" = ok ]
	has_driver "$NPU" -
	[ "$(store drivers/vfio-pci/bind "$NPU")" = "Device or resource busy" ]
	to_vfio 0000:02:10.2
}

@test "SR-IOV: the VFs of a PF vanish with its driver, whoever has them" {
	pretend_reset "$PRETEND_DIR/hosts/sriov.desc"
	to_vfio 0000:02:10.2
	[ "$(store drivers/igb/unbind "$NPU")" = ok ]
	[ ! -e "$PCI/devices/0000:02:10.0" ]
	[ ! -e "$PCI/devices/0000:02:10.2" ]
	[ ! -e "$PCI/devices/0000:02:10.6" ]
	[ ! -L "$PCI/devices/$NPU/virtfn0" ]
	[ "$(<"$PCI/devices/$NPU/sriov_numvfs")" = 0 ]
	to_vfio "$NPU"
}

@test "SR-IOV: a PF waits, without a driver link, for a VF that somebody has open" {
	pretend_reset "$PRETEND_DIR/hosts/sriov.desc"
	to_vfio 0000:02:10.2
	ctl hold 16
	store_later drivers/igb/unbind "$NPU"
	soon has_driver "$NPU" -
	soon test ! -e "$PCI/devices/0000:02:10.0"
	[ -e "$PCI/devices/0000:02:10.2" ]
	[ ! -s "$OUT" ]
	ctl unhold 16
	wait "$WRITER"
	[ "$(<"$OUT")" = ok ]
	[ ! -e "$PCI/devices/0000:02:10.2" ]
}

@test "SR-IOV: VFs appear where offset and stride say, each with a group of its own, and go" {
	local pf=0000:03:00.0 vf=0000:03:10.0
	pretend_reset "$PRETEND_DIR/hosts/sriov.desc"
	ctl set $pf vf-device=10ca vfs-at=128:2 vf-native=igbvf
	[ "$(<"$PCI/devices/$pf/sriov_vf_device") $(<"$PCI/devices/$pf/sriov_offset") $(<"$PCI/devices/$pf/sriov_stride")" = "10ca 128 2" ]
	[ "$(store "devices/$pf/sriov_numvfs" 8)" = "Numerical result out of range" ]
	[ "$(store "devices/$pf/sriov_numvfs" 3)" = ok ]
	[ "$(<"$PCI/devices/$pf/sriov_numvfs")" = 3 ]
	[ "$(readlink "$PCI/devices/$pf/virtfn2")" = ../0000:03:10.4 ]
	[ "$(readlink "$PCI/devices/$vf/physfn")" = "../$pf" ]
	has_driver $vf igbvf
	[ "$(group_of $vf)" != "$(group_of 0000:03:10.2)" ]
	[ "$(store "devices/$pf/sriov_numvfs" 4)" = "Device or resource busy" ]
	[ "$(store "devices/$pf/sriov_numvfs" 3)" = ok ]
	[ "$(store "devices/$pf/sriov_numvfs" 0)" = ok ]
	[ ! -e "$PCI/devices/$vf" ]
	store "devices/$pf/sriov_drivers_autoprobe" 0
	store "devices/$pf/sriov_numvfs" 1
	has_driver $vf -
	store "devices/$pf/sriov_numvfs" 0
	ctl set $pf vfs-most=2
	[ "$(store "devices/$pf/sriov_numvfs" 3)" = ok ]
	[ "$(<"$PCI/devices/$pf/sriov_numvfs")" = 2 ]
}

@test "SR-IOV: the device's lock is held until the last VF is gone" {
	pretend_reset "$PRETEND_DIR/hosts/sriov.desc"
	ctl set 0000:02:10.2 unbind-hangs=igbvf
	store_later "devices/$NPU/sriov_numvfs" 0
	soon eval '[[ $(ctl state) != *0000:02:10.0* ]]'
	[ -e "$PCI/devices/0000:02:10.2" ]
	[[ $(ctl state) == *"$NPU driver=igb override=- group=14 locked"* ]]
	ctl release
	wait "$WRITER"
	[ "$(<"$OUT")" = ok ]
	[ "$(<"$PCI/devices/$NPU/sriov_numvfs")" = 0 ]
}

@test "vGPUs: a type takes its share of the card, 0 gives it back" {
	local vf=0000:02:10.0 other=0000:02:10.2
	pretend_reset "$PRETEND_DIR/hosts/sriov.desc"
	[ ! -e "$PCI/devices/$vf/nvidia" ]
	ctl set $NPU vgpus=533x2,537x1
	[ "$(<"$PCI/devices/$vf/nvidia/current_vgpu_type")" = 0 ]
	[ "$(<"$PCI/devices/$vf/nvidia/creatable_vgpu_types")" = $'ID    : vGPU Name\n533   : NVIDIA L40S-533\n537   : NVIDIA L40S-537' ]
	[ "$(store "devices/$vf/nvidia/current_vgpu_type" 0)" = "Operation not permitted" ]
	[ "$(store "devices/$vf/nvidia/current_vgpu_type" 1)" = "Invalid argument" ]
	[ "$(store "devices/$vf/nvidia/current_vgpu_type" 533)" = ok ]
	[ "$(store "devices/$vf/nvidia/current_vgpu_type" 533)" = "Device or resource busy" ]
	[ "$(<"$PCI/devices/$other/nvidia/creatable_vgpu_types")" = $'ID    : vGPU Name\n533   : NVIDIA L40S-533' ]
	[ "$(store "devices/$other/nvidia/current_vgpu_type" 537)" = "Invalid argument" ]
	[ "$(store "devices/$vf/nvidia/current_vgpu_type" 0)" = ok ]
	[ "$(store "devices/$other/nvidia/current_vgpu_type" 537)" = ok ]
	[ "$(<"$PCI/devices/$vf/nvidia/creatable_vgpu_types")" = "ID    : vGPU Name" ]
	to_vfio $vf
	[ ! -e "$PCI/devices/$vf/nvidia" ]
}

@test "SR-IOV: the ids in the config space of a VF are ones, the rest is not" {
	pretend_reset "$PRETEND_DIR/hosts/sriov.desc"
	[ "$(od -An -tx1 -N 12 "$PCI/devices/0000:02:10.0/config")" = " ff ff ff ff 06 04 10 00 01 00 00 02" ]
}

@test "no IOMMU: vfio-pci refuses, unless its unsafe mode is on" {
	pretend_reset "$PRETEND_DIR/hosts/noiommu.desc"
	[ ! -e "$PCI/devices/$NPU/iommu_group" ]
	store "devices/$NPU/driver_override" vfio-pci
	store drivers_probe "$NPU"
	has_driver "$NPU" -
	[ "$(store drivers/vfio-pci/bind "$NPU")" = "Invalid argument" ]
	ctl option noiommu
	store drivers_probe "$NPU"
	has_driver "$NPU" vfio-pci
	[ -e "/proc/$PRETEND_PID/root/dev/vfio/noiommu-0" ]
}

@test "the power state of a device is unknown until a driver has had it" {
	[ "$(<"$PCI/devices/$NPU/power_state")" = unknown ]
	[ "$(<"$PCI/devices/$NIC/power_state")" = D0 ]
	to_vfio "$NPU"
	store drivers/vfio-pci/unbind "$NPU"
	[ "$(<"$PCI/devices/$NPU/power_state")" = D0 ]
}

@test "only a VGA has boot_vga" {
	pretend_reset "$PRETEND_DIR/hosts/gpu.desc"
	[ "$(<"$PCI/devices/0000:00:02.0/boot_vga")" = 1 ]
	[ "$(<"$PCI/devices/0000:01:00.0/boot_vga")" = 0 ]
	[ ! -e "$PCI/devices/0000:01:00.1/boot_vga" ]
	[ "$(group_of 0000:01:00.0)" = "$(group_of 0000:01:00.1)" ]
}

@test "a reset lets go whoever hangs, and forgets everything" {
	before=$(snapshot)
	to_vfio "$NPU"
	ctl hold 14
	store_later drivers/vfio-pci/unbind "$NPU"
	soon has_driver "$NPU" -
	pretend_reset
	wait "$WRITER"
	[ "$(<"$OUT")" = "No such device" ]
	[ "$(snapshot)" = "$before" ]
	[ -z "$(ctl log)" ]
}

@test "the log has every write with its order, its writer and its end" {
	store "devices/$NPU/driver_override" $'vfio-pci\n'
	store drivers/vfio-pci/unbind "$NPU" | grep -q "No such device"
	run -0 ctl log
	[[ ${lines[0]} =~ ^"1 "[0-9]+" write /sys/bus/pci/devices/$NPU/driver_override \"vfio-pci\\n\" = 9"$ ]]
	[[ ${lines[1]} =~ ^"2 "[0-9]+" write /sys/bus/pci/drivers/vfio-pci/unbind \"$NPU\" = ENODEV"$ ]]
	[ "$(writes | head -1)" = "devices/$NPU/driver_override \"vfio-pci\\n\"" ]
}

@test "a mistake in a description is refused with its line" {
	printf 'driver e1000e\ndevice 0000:02:00.0 colour=red\n' >"$BATS_TEST_TMPDIR/bad.desc"
	run -1 "$PRETEND_DIR/run" "$BATS_TEST_TMPDIR/bad.desc" -- true
	[[ $output == *"bad.desc:2: "*"colour=red"* ]]
	run -1 ctl set "$NPU" colour=red
	[[ $output == *"colour=red"* ]]
}

@test "run: keeps the exit code, installs, and leaves the machine as it was" {
	before=$(cat /proc/self/mounts)
	mkdir -p "$BATS_TEST_TMPDIR"/dest/{usr/sbin,etc/pcitag}
	printf '#!/bin/sh\ncat /etc/pcitag/words\nexit 7\n' >"$BATS_TEST_TMPDIR/dest/usr/sbin/speak"
	chmod +x "$BATS_TEST_TMPDIR/dest/usr/sbin/speak"
	echo hello >"$BATS_TEST_TMPDIR/dest/etc/pcitag/words"
	run -7 "$PRETEND_DIR/run" "$PRETEND_DIR/hosts/plain.desc" --install "$BATS_TEST_TMPDIR/dest" -- /usr/sbin/speak
	[ "$output" = hello ]
	"$PRETEND_DIR/run" "$PRETEND_DIR/hosts/plain.desc" -- sh -c 'echo x >/etc/made-here; echo x >/run/made-here; test ! -e /dev/pcitag'
	[ ! -e /etc/made-here ]
	[ ! -e /run/made-here ]
	[ "$(cat /proc/self/mounts)" = "$before" ]
}

@test "run: when it is killed, a command that hangs for good ends, too" {
	cat >"$BATS_TEST_TMPDIR/hang" <<-'END'
		echo "stall write * *" >/dev/pretend/control
		echo $$ >"$1"
		echo x >/sys/bus/pci/drivers_probe
	END
	"$PRETEND_DIR/run" "$PRETEND_DIR/hosts/plain.desc" -- bash "$BATS_TEST_TMPDIR/hang" "$BATS_TEST_TMPDIR/pid" 3>&- &
	runner=$!
	soon test -s "$BATS_TEST_TMPDIR/pid"
	victim=$(<"$BATS_TEST_TMPDIR/pid")
	sleep 0.2
	kill -KILL "$victim"
	sleep 0.2
	state_is "$victim" D
	kill -KILL "$runner"
	soon test ! -e "/proc/$victim"
}

@test "strace can inject errors into what runs on a pretend host" {
	run -1 in_pretend strace -f -o /dev/null -e trace=openat -e inject=openat:error=EIO:when=1+ -P "/sys/bus/pci/drivers_probe" \
		bash -c "echo $NPU >/sys/bus/pci/drivers_probe"
	[[ $output == *"Input/output error"* ]]
}

@test "a host of 10000 functions" {
	"$PRETEND_DIR/hosts/big" >"$BATS_TEST_TMPDIR/big.desc"
	pretend_reset "$BATS_TEST_TMPDIR/big.desc"
	[ "$(find "$PCI/devices/" -mindepth 1 | wc -l)" -gt 11000 ]
	to_vfio 0004:e5:00.0
	pretend_reset "$PRETEND_DIR/hosts/plain.desc"
}
