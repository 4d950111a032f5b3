#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Groups as boards of every day have them, and devices that are not easily returned.

load helper

XHCI=0000:00:14.0
SRAM=0000:00:14.2
GPU=0000:08:00.0
GPU_SOUND=0000:08:00.1
DUMMY=0000:00:03.0
BOARD_SOUND=0000:00:1f.3
SMBUS=0000:00:1f.4
WIFI=0000:04:00.0
NAVI=0000:44:00.0
NAVI_SOUND=0000:44:00.1
VGPU=0000:41:00.4
UNTYPED=0000:41:00.5
QAT=0000:3d:00.0
LATE=0000:61:00.0
CX6=0000:51:00.0
CX6_VARIANT=0000:51:00.1

setup_file() { pretend_host chipset; }

teardown_file() { pretend_end; }

setup() {
	pretend_reset
	settings <<<''
	remember_host
}

teardown() { end_log; }

# model NAME TYPE VENDOR DEVICE [LINE...]: a section of the registry.
model() {
	printf '[%s]\ntype = %s\nvendor = %s\ndevice = %s\n' "${@:1:4}"
	[[ $# -lt 5 ]] || printf '%s\n' "${@:5}"
}

# ---- members without a driver ----------------------------------------------------------------------

@test "memory of the chipset in the group, without a driver, stays where it is" {
	model xHCI usb 8086 a36d | registry
	prepare vm usb
	[ "$(driver_of $XHCI)" = vfio-pci ]
	[ "$(driver_of $SRAM)" = - ]
	[ "$(override_of $SRAM)" = "(null)" ]
	[ "$(pcitag leases --json | jq -c '[.leases[0].members[].address]')" = "[\"$XHCI\"]" ]
	release vm
	nothing_touched
}

@test "so it does when it is the slot of the card and all functions are asked for" {
	model xHCI usb 8086 a36d "functions = all" | registry
	prepare vm usb
	[ "$(placeholder vm/usb)" = /dev/pcitag/device/$XHCI ]
	[ "$(driver_of $SRAM)" = - ]
	release vm
	nothing_touched
}

@test "the dummy host bridge of a slot does not keep its card" {
	model GTX-1080 gpu 10de 1b80 "functions = all" | registry
	run -0 pcitag show $GPU
	[[ $output == *"verdict      is free"* ]]
	prepare vm gpu
	[ "$(driver_of $GPU) $(driver_of $GPU_SOUND) $(driver_of $DUMMY)" = "vfio-pci vfio-pci -" ]
	release vm
	nothing_touched
}

@test "probe proposes what shares its group with such members" {
	registry <<<''
	run -0 pcitag probe --registry
	[[ $output == *"device = a36d"* ]]
	[[ $output == *"device = 1b80"* ]]
	[[ $output != *"device = a36f"* ]]
}

@test "a member of the chipset with a driver refuses, and show says which addresses force has to name" {
	model Sound sound 8086 a348 | registry
	run prepare vm sound
	[ "$status" -eq 1 ]
	[[ $output == *"$SMBUS of its group 4 has class 0c05, which belongs to the host"* ]]
	run -0 pcitag show $BOARD_SOUND
	[[ $output == *"write force = $SMBUS into the section of its model"* ]]
	model Sound sound 8086 a348 "force = $SMBUS" | registry
	prepare vm sound
	[ "$(driver_of $SMBUS)" = vfio-pci ]
	[ "$(driver_of 0000:00:1f.0)" = - ]
	release vm
	nothing_touched
}

@test "without its driver the same member stands in nobody's way" {
	model Sound sound 8086 a348 | registry
	ctl set $SMBUS driver=-
	prepare vm sound
	[ "$(driver_of $SMBUS)" = - ]
	release vm
	[ "$(driver_of $SMBUS) $(driver_of $BOARD_SOUND)" = "- snd_hda_intel" ]
}

@test "force of a member that is left alone is not logged as if something were taken" {
	model xHCI usb 8086 a36d "force = $SRAM" | registry
	start_log
	prepare vm usb
	release vm
	soon grep -q "$XHCI is back" "$BATS_TEST_TMPDIR/log"
	run -1 grep "by force" "$BATS_TEST_TMPDIR/log"
	nothing_touched
}

@test "of several reasons the one is told that can be dealt with" {
	model QCA9880 wifi 168c 003c | registry
	run prepare vm wifi
	[ "$status" -eq 1 ]
	[[ $output == *"$WIFI: 0000:01:00.0 of its group 1 is used by the host: interface lo has the address"* ]]
	run -0 pcitag show $WIFI
	[[ $output == *"to do        end that use, or write force = 0000:01:00.0 into the section"* ]]
	[ "$(driver_of $WIFI)" = ath10k_pci ]
	nothing_touched
}

# ---- what its driver does not take back ------------------------------------------------------------

navi_registry() { model RX-5600 gpu 1002 731f "functions = all" | registry; }

# log_count TEXT: how many lines of the log have it.
log_count() { grep -c "$1" "$BATS_TEST_TMPDIR/log" || true; }

@test "a driver that does not take its device back after the guest: the device is free, without a driver" {
	navi_registry
	start_log
	prepare vm gpu
	ctl set $NAVI probe-fails=amdgpu:EINVAL
	release vm
	[ "$(driver_of $NAVI) $(override_of $NAVI) $(driver_of $NAVI_SOUND)" = "- (null) snd_hda_intel" ]
	[ "$(pcitag leases)" = "no domain holds a device" ]
	soon grep -q "$NAVI is returned without a driver: driver amdgpu refused it: Invalid argument" "$BATS_TEST_TMPDIR/log"
	pcitag reconcile
	[ "$(log_count "$NAVI is returned without a driver")" = 1 ]
	[ "$(pcitag metrics | grep '^pcitag_left_driverless_total')" = "pcitag_left_driverless_total 1" ]
	[ "$(pcitag metrics | grep '^pcitag_releases_total{result="failed"}')" = 'pcitag_releases_total{result="failed"} 0' ]
	# Any domain may have it now.
	prepare other gpu
	[ "$(driver_of $NAVI)" = vfio-pci ]
	release other
	[ "$(driver_of $NAVI) $(override_of $NAVI) $(driver_of $NAVI_SOUND)" = "- (null) snd_hda_intel" ]
}

@test "the same when the driver is not there any more" {
	navi_registry
	prepare vm gpu
	ctl rmmod amdgpu
	release vm
	[ "$(driver_of $NAVI) $(override_of $NAVI)" = "- (null)" ]
	[ "$(pcitag leases)" = "no domain holds a device" ]
	ctl insmod amdgpu
	[ "$(driver_of $NAVI)" = amdgpu ]
}

@test "release and reconcile say what came back without its driver" {
	navi_registry
	prepare vm gpu
	ctl set $NAVI probe-fails=amdgpu:EINVAL
	run -0 pcitag release --force vm
	[[ $output == *"$NAVI  32     given  returned without a driver  -"* ]]
	[[ $output == *"$NAVI_SOUND  32     given  returned                   snd_hda_intel"* ]]
	[[ $output == *"vm: returned without a driver: $NAVI is returned without a driver: driver amdgpu refused it: Invalid argument; "* ]]
	prepare vm gpu
	release vm
}

@test "a driver that only says not now is asked again by each reconcile" {
	navi_registry
	prepare vm gpu
	ctl set $NAVI probe-fails=amdgpu:EBUSY
	release vm
	lease_says vm quarantined
	run -3 pcitag reconcile
	[[ $output == *"cannot return $NAVI: driver amdgpu refused it: Device or resource busy"* ]]
	ctl set $NAVI probe-fails=0
	run -0 pcitag reconcile
	nothing_touched
}

@test "its own domain may start again all the same, and release --force ends it" {
	navi_registry
	prepare vm gpu
	ctl set $NAVI probe-fails=amdgpu:EBUSY
	release vm
	lease_says vm quarantined
	prepare vm gpu
	lease_says vm bound
	[ "$(driver_of $NAVI)" = vfio-pci ]
	release vm
	ctl set $NAVI driver=amdgpu
	prepare vm gpu
	release vm
	lease_says vm quarantined
	run -0 pcitag release --force vm
	prepare other gpu
	release other
}

@test "a function that hangs with its driver stays quarantined" {
	navi_registry
	settings <<<$'[pcitag]\nrelease_timeout = 1'
	prepare vm gpu
	ctl set $NAVI probe-hangs=amdgpu
	release vm
	lease_says vm quarantined
	run pcitag release --force vm
	[ "$status" -eq 3 ]
	[[ $output == *"$NAVI cannot be returned: process "*" waits in the kernel"* ]]
	ctl set $NAVI probe-hangs=no
	ctl release
	run -0 pcitag reconcile
	nothing_touched
}

# ---- what VFIO is ----------------------------------------------------------------------------------

vgpu_registry() { model L40S-vGPU vgpu 10de 26b9 "exclude = 0000:41:00.0" "driver = keep" | registry; }

@test "driver = keep: a function on its vendor's VFIO driver is assigned as it is" {
	vgpu_registry
	domain_xml vm vgpu >"$BATS_TEST_TMPDIR/vm.xml"
	run -0 pcitag plan - <"$BATS_TEST_TMPDIR/vm.xml"
	[[ $output == *"would leave $VGPU (given, group 41) on nvidia"* ]]
	ctl clear
	prepare vm vgpu
	[ "$(placeholder vm/vgpu)" = /dev/pcitag/device/$VGPU ]
	[ "$(driver_of $VGPU)" = nvidia ]
	lease_says vm bound
	release vm
	[ "$(driver_of $VGPU)" = nvidia ]
	[ -z "$(writes)" ]
	nothing_touched
}

@test "driver = keep: a function without a VFIO device is refused with what to do" {
	vgpu_registry
	prepare vm vgpu
	run prepare other vgpu
	[ "$status" -eq 1 ]
	[[ $output == *"$UNTYPED: is to keep its driver (driver = keep), but driver plain_nvidia offers no VFIO device for it"* ]]
	run -0 pcitag show $UNTYPED
	[[ $output == *"to do        let its driver make it a VFIO device, "*current_vgpu_type* ]]
	[ "$(driver_of $UNTYPED)" = plain_nvidia ]
	release vm
	nothing_touched
}

@test "driver = keep: whoever has its group open is waited for, and a lost lease takes nothing away" {
	local REPLY
	vgpu_registry
	settings <<<$'[pcitag]\nrelease_timeout = 1'
	prepare vm vgpu
	ctl hold 41
	release vm
	lease_says vm quarantined
	ctl unhold 41
	run -0 pcitag reconcile
	nothing_touched
	prepare vm vgpu
	host_root
	rm -r "$REPLY/run/pcitag/leases"
	run -0 pcitag reconcile
	[ "$(driver_of $VGPU)" = nvidia ]
	[ "$(pcitag leases)" = "no domain holds a device" ]
}

@test "a driver is not VFIO's for four letters in its name" {
	ctl driver no_vfio_at_all
	ctl set $SMBUS driver=-
	ctl set $BOARD_SOUND driver=no_vfio_at_all
	model Sound sound 8086 a348 "driver = keep" | registry
	run prepare vm sound
	[ "$status" -eq 1 ]
	[[ $output == *"driver no_vfio_at_all offers no VFIO device"* ]]
}

@test "a device on the deny list of vfio-pci is refused before anything is touched" {
	model QAT-C62x crypto 8086 37c8 | registry
	run prepare vm crypto
	[ "$status" -eq 1 ]
	[[ $output == *"$QAT: is on the deny list of vfio-pci, which refuses it unless loaded with disable_denylist=1"* ]]
	nothing_touched
	[ -z "$(writes)" ]
	domain_xml vm crypto >"$BATS_TEST_TMPDIR/vm.xml"
	run pcitag plan - <"$BATS_TEST_TMPDIR/vm.xml"
	[ "$status" -ne 0 ]
	[[ $output == *"is on the deny list of vfio-pci"* ]]
	run -0 pcitag show $QAT
	[[ $output == *"verdict      is on the deny list of vfio-pci"* ]]
	[[ $output == *"to do        load vfio-pci with disable_denylist=1"* ]]
}

@test "without the deny list the same device is assigned" {
	ctl option disable_denylist
	model QAT-C62x crypto 8086 37c8 | registry
	prepare vm crypto
	[ "$(driver_of $QAT)" = vfio-pci ]
	release vm
	nothing_touched
}

@test "a bystander on a variant of vfio-pci stays there, and a model may ask for the variant" {
	model ConnectX nic 15b3 101d "driver = mlx5_vfio_pci" | registry
	prepare vm nic
	[ "$(driver_of $CX6) $(driver_of $CX6_VARIANT)" = "mlx5_vfio_pci mlx5_vfio_pci" ]
	run -1 grep -q "$CX6_VARIANT" <(writes)
	release vm
	nothing_touched
}

@test "what is on vfio-pci already is not bound anew" {
	model xHCI usb 8086 a36d | registry
	ctl set $XHCI driver=vfio-pci override=vfio-pci
	remember_host
	ctl clear
	prepare vm usb
	release vm
	[ -z "$(writes)" ]
	nothing_touched
}

@test "an override that is no driver's name refuses the start" {
	model xHCI usb 8086 a36d | registry
	ctl set $XHCI override=a/b
	remember_host
	run prepare vm usb
	refused "domain 'vm': request usb: 1 device of this host, none free: $XHCI: cannot be taken: the driver override of $XHCI is not a driver name: \"a/b\"; clear it"
}

# ---- drivers that come late ------------------------------------------------------------------------

late_registry() { model RTX-3060 gpu 10de 2504 | registry; }

@test "a device assigned before its driver's module was loaded goes to that driver when it is there by then" {
	late_registry
	prepare vm gpu
	ctl insmod late_driver
	[ "$(driver_of $LATE)" = vfio-pci ]
	release vm
	[ "$(driver_of $LATE) $(override_of $LATE)" = "late_driver (null)" ]
}

@test "when only other drivers have come it stays without one" {
	late_registry
	prepare vm gpu
	ctl driver some_other absent
	ctl insmod some_other
	release vm
	nothing_touched
}

@test "what was unbound from a driver that was there stays without one, whatever comes meanwhile" {
	late_registry
	ctl insmod late_driver
	ctl set $LATE driver=-
	ctl driver some_other absent
	remember_host
	prepare vm gpu
	ctl insmod some_other
	release vm
	[ "$(driver_of $LATE)" = - ]
}

@test "an override keeps a late driver away, as it would have" {
	late_registry
	ctl set $LATE override=none_at_all
	prepare vm gpu
	ctl insmod late_driver
	release vm
	[ "$(driver_of $LATE) $(override_of $LATE)" = "- none_at_all" ]
}
