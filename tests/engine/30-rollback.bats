#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Starts that fail half way: everything already done is undone, the first cause is told.

load helper

setup_file() { pretend_host lab; }
teardown_file() { pretend_end; }

setup() {
	pretend_reset
	lab_registry
	remember_host
}

is_on() { [ "$(driver_of "$1")" = "$2" ]; }

@test "a device that vfio-pci refuses: the others are returned, the kernel's reason is told" {
	ctl set $NIC1 probe-fails=vfio-pci:EINVAL
	remember_host
	run prepare vm npu nic
	refused "domain 'vm': cannot bind $NIC1: driver vfio-pci refused it: Invalid argument"
}

@test "a driver that does not let go by an error" {
	ctl fail write '*/e1000e/unbind' '*' EBUSY
	run prepare vm npu nic
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: domain 'vm': cannot bind $NIC1: "*"Device or resource busy" ]]
	ctl clear
	release vm
	nothing_touched
}

# has_ended ADDR: the worker that bound it has said so, and is no process any more.
has_ended() {
	local pid
	pid=$(ctl log | awk -v what="drivers_probe \"$1\"" 'index($0, what) && !/\?$/ { print $2 }')
	[[ -n $pid && ! -e /proc/$pid ]]
}

@test "a device that leaves after it was bound, while another is on its way: the start fails, all is returned" {
	# Who comes back is the last of all; so it is from now on.
	ctl remove $NPU1
	ctl add $NPU1
	remember_host
	ctl stall write '*/e1000e/unbind' 1
	prepare vm npu nic >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	soon has_ended $NPU1
	is_on $NPU1 vfio-pci
	ctl remove $NPU1
	ctl release
	status=0
	wait $! || status=$?
	[ "$status" -eq 1 ]
	[ "$(<"$BATS_TEST_TMPDIR/out")" = "pcitag: domain 'vm': cannot bind $NPU1: it is gone: No such device" ]
	is_on $NIC1 e1000e
	[ "$(lease vm)" = '' ]
	ctl add $NPU1
	nothing_touched
}

@test "every single write to sysfs may fail: all or nothing" {
	for ((n = 1; ; n++)); do
		pretend_reset
		ctl fail write '*' $n EIO
		run prepare vm npu nic
		ctl clear
		[ "$status" -ne 0 ] || break
		[ "$status" -eq 1 ]
		[[ $output == "pcitag: domain 'vm': cannot bind "* ]]
		release vm
		nothing_touched
	done
	# Two overrides, two probes, and the unbind of the one with a driver.
	[ $n -ge 6 ]
	lease_says vm bound
	release vm
	nothing_touched
}

@test "a group still open at release is waited for, then quarantined, and returned later" {
	settings <<<$'[pcitag]\nrelease_timeout = 3'
	prepare vm npu
	ctl hold "$(group_of $NPU1)"
	start=$(milliseconds)
	release vm
	took=$(($(milliseconds) - start))
	# Two thirds of the time are for who has it open, the rest for the drivers.
	[ $took -ge 1900 ]
	[ $took -le 9000 ]
	pcitag list | grep -q "$NPU1 .* quarantined "
	pcitag leases | grep -q "vm: $NPU1 cannot be returned: another process has /dev/vfio/$(group_of $NPU1) open; end that process, then run pcitag reconcile"

	ctl unhold "$(group_of $NPU1)"
	release vm
	nothing_touched
}

@test "a release waits for a QEMU that closes its group late, and writes nothing before" {
	prepare vm nic
	ctl clear
	ctl hold "$(group_of $NIC1)"
	release vm 3>&- &
	soon lease_says vm releasing || true
	sleep 0.5
	[ -z "$(writes)" ]
	[ "$(driver_of $NIC1)" = vfio-pci ]
	ctl unhold "$(group_of $NIC1)"
	wait $!
	[ "$(driver_of $NIC1)" = e1000e ]
	[ "$(pcitag leases)" = "no domain holds a device" ]
	nothing_touched
}

@test "a quarantined device is not given to another domain" {
	prepare vm npu
	ctl hold "$(group_of $NPU1)"
	release vm
	prepare other npu
	[ "$(placeholder other/npu)" = "/dev/pcitag/device/$NPU2" ]
	ctl unhold "$(group_of $NPU1)"
	release vm
	release other
	nothing_touched
}

@test "a driver that does not take its device back: the override is cleared all the same" {
	prepare vm nic
	ctl set $NIC1 probe-fails=e1000e:ENODEV
	release vm
	[ "$(driver_of $NIC1)" = - ]
	[ "$(override_of $NIC1)" = "(null)" ]
	[ "$(pcitag leases)" = "no domain holds a device" ]
}

@test "a device that was unplugged meanwhile does not keep the rest from being returned" {
	prepare vm npu nic
	ctl remove $NPU1
	release vm
	[ "$(driver_of $NIC1)" = e1000e ]
	[ "$(pcitag leases)" = "no domain holds a device" ]
	ctl add $NPU1
}

@test "another card in the slot by the time of the release is left alone" {
	prepare vm nic
	ctl remove $NIC1
	ctl add $NIC1
	ctl set $NIC1 device=1533
	ctl clear
	release vm
	[ -z "$(writes)" ]
	[ "$(pcitag leases)" = "no domain holds a device" ]
}

@test "one group still open does not keep the others from being returned" {
	prepare vm npu nic
	ctl hold "$(group_of $NPU1)"
	release vm
	[ "$(driver_of $NIC1)" = e1000e ]
	[ "$(driver_of $NPU1)" = vfio-pci ]
	# The NIC is free for others, although the lease still stands for the NPU.
	prepare other nic
	[ "$(placeholder other/nic)" = "/dev/pcitag/device/$NIC1" ]

	ctl unhold "$(group_of $NPU1)"
	release vm
	release other
	nothing_touched
}

@test "a function that is bound, and has no driver by the time one looks" {
	ctl ignore write '*/drivers_probe' 1
	ctl ignore write '*/vfio-pci/bind' 1
	run prepare vm npu
	refused "domain 'vm': cannot bind $NPU1: driver vfio-pci did not bind it (now bound: none)"
}

@test "an override, an unbind, a probe: in this order there and back, so that udev finds no driver to load" {
	ctl clear
	prepare vm nic
	[ "$(writes | cut -d' ' -f1 | xargs)" = "devices/$NIC1/driver_override drivers/e1000e/unbind drivers_probe" ]
	ctl clear
	release vm
	[ "$(writes | cut -d' ' -f1 | xargs)" = "devices/$NIC1/driver_override drivers/vfio-pci/unbind drivers_probe devices/$NIC1/driver_override" ]
	nothing_touched
}

one_is_bound() {
	for bound in $DUAL0 $DUAL1; do
		! is_on "$bound" vfio-pci || return 0
	done
	return 1
}

@test "a group that somebody opens during the start: the start fails" {
	settings <<<$'[pcitag]\nrelease_timeout = 1'
	ctl stall write '*/drivers_probe' 2
	prepare vm dual.0 3>&- &
	soon one_is_bound
	ctl hold "$(group_of $DUAL0)" "$bound"
	ctl release
	code=0
	wait $! || code=$?
	[ $code -eq 1 ]
	run -0 pcitag leases
	[[ $output == *"vm: "*" cannot be returned: "*"/dev/vfio/$(group_of $DUAL0) open"* ]]
	[ -z "$(placeholder vm/dual.0)" ]
	ctl unhold "$(group_of $DUAL0)"
	run -0 pcitag reconcile
	nothing_touched
}

@test "a member that gets a driver of the host during the start: the start fails" {
	printf '[First]\ntype = dual\nvendor = 8086\ndevice = 10d3\naddress = %s\n' $DUAL0 | registry
	ctl set $DUAL1 driver=-
	ctl set $DUAL0 probe-ms=700
	remember_host
	prepare vm dual >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	soon lease_says vm binding
	ctl set $DUAL1 driver=e1000e
	code=0
	wait $! || code=$?
	[ $code -eq 1 ]
	[ "$(<"$BATS_TEST_TMPDIR/said")" = "pcitag: domain 'vm': group $(group_of $DUAL0) is not free of the host: $DUAL1 is on driver e1000e" ]
	[ "$(driver_of $DUAL0)" = e1000e ]
	[ "$(driver_of $DUAL1)" = e1000e ]
	[ "$(pcitag leases)" = "no domain holds a device" ]
}

@test "a start whose own leftover cannot be returned is refused, and the lease of that stays" {
	settings <<<$'[pcitag]\nrelease_timeout = 3'
	prepare vm nic
	ctl hold "$(group_of $NIC1)"
	release vm
	given=$(lease vm)
	[ -n "$given" ]
	run prepare vm npu
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: domain 'vm': the lease of its earlier run cannot be returned: $NIC1 cannot be returned: "* ]]
	[ "$(lease vm)" = "$given" ]
	[ "$(driver_of $NPU1)" = - ]
	ctl unhold "$(group_of $NIC1)"
	release vm
	nothing_touched
}
