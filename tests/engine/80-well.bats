#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # status, output and lines are set by bats
#
# Is it well? Devices are looked at before a start and after each return; one that is degraded is taken last, one
# that is out is not taken, until pcitag test has looked at it again.

load helper

PORT1=0000:00:10.0

setup_file() {
	pretend_host lab
}

setup() {
	pretend_reset
	lab_registry
	root=/proc/$PRETEND_PID/root
	unwell=$root/var/lib/pcitag/unwell
	ctl set $NPU1 reset=flr,bus
	ctl set $NPU1 aer=0:0
	ctl set $NPU1 link=2.5x4
	ctl set $PORT1 link=2.5x4
	remember_host
}

teardown() {
	ctl release
	end_log
	drop_holder
}

teardown_file() {
	pretend_end
}

# found ADDRESS: prints what is kept against it; nothing when there is nothing.
found() {
	put "$unwell/$1.json" 2>/dev/null || true
}

# state ADDRESS: prints its state in list.
state() {
	pcitag list --json | jq -r ".devices[] | select(.address == \"$1\") | .state"
}

reason() {
	pcitag list --json | jq -r ".devices[] | select(.address == \"$1\") | .reason"
}

# gets NAME: prints the device that a start of the domain with an npu gets.
gets() {
	prepare "$1" npu
	placeholder "$1/npu"
}

# nothing_is_kept: no device of the host is known not to be well.
nothing_is_kept() {
	[ ! -e "$unwell" ]
}

# one_use LINE...: a guest has NPU1, and meanwhile these lines are told to the kernel.
one_use() {
	prepare one npu
	[ "$(placeholder one/npu)" = "/dev/pcitag/device/$NPU1" ]
	local line
	for line; do ctl "$line"; done
	release one
}

# ---- after a return ----

@test "a device that is well leaves nothing behind" {
	one_use
	nothing_is_kept
	[ "$(state $NPU1)" = free ]
	nothing_touched
}

@test "nonfatal errors while a guest had it: degraded, and taken last" {
	start_log
	one_use "set $NPU1 aer=0:2"
	[[ "$(found $NPU1)" == *'"condition":"degraded"'* ]]
	[ "$(state $NPU1)" = degraded ]
	[[ "$(reason $NPU1)" == "is degraded, and taken last: 2 nonfatal errors (AER) while domain one had it, "????-??-??' '??:?? ]]
	soon grep -q "domain 'one': $NPU1 is degraded: 2 nonfatal errors (AER) while domain one had it; look at it again with pcitag test $NPU1" \
		"$BATS_TEST_TMPDIR/log"

	[ "$(gets a)" = "/dev/pcitag/device/$NPU2" ]
	[ "$(gets b)" = "/dev/pcitag/device/$NPU3" ]
	[ "$(gets c)" = "/dev/pcitag/device/$NPU4" ]
	[ "$(gets d)" = "/dev/pcitag/device/$NPU1" ]
	soon grep -q "domain 'd': request npu: $NPU1 is taken, although it is degraded" "$BATS_TEST_TMPDIR/log"
	# These errors are known: they are of an earlier lease.
	[[ "$(lease d)" == *'"fatal_errors":0'*'"nonfatal_errors":2'* ]]
	release d
	[[ "$(found $NPU1)" == *"while domain one had it"* ]]
}

@test "with udev's index a degraded device is taken last as well" {
	mkdir -p "$root/run/udev/tags/pcitag-0x1234-0x11e8"
	for address in $NPU1 $NPU2 $NPU3 $NPU4; do
		: >"$root/run/udev/tags/pcitag-0x1234-0x11e8/+pci:$address"
	done
	one_use "set $NPU1 aer=0:2"
	[ "$(gets a)" = "/dev/pcitag/device/$NPU2" ]
	release a
	rm -r "$root/run/udev/tags"
}

@test "a fatal error while a guest had it: out, and never taken" {
	one_use "set $NPU1 aer=1:2"
	[[ "$(found $NPU1)" == *'"condition":"out"'* ]]
	[[ "$(reason $NPU1)" == "is out: 1 fatal error (AER) while domain one had it, "????-??-??' '??:?? ]]
	[ "$(gets a)" = "/dev/pcitag/device/$NPU2" ]
	gets b
	gets c
	run prepare d npu
	[ "$status" -eq 1 ]
	[[ $output == *"none free: $NPU1: is out: 1 fatal error (AER) while domain one had it, "* ]]
}

@test "a fatal error that only the root port has counted, as Linux does for what is plugged into it" {
	local port=0000:00:10.0
	ctl set $port aer=2:0
	one_use "set $port aer=3:0"
	[[ "$(reason $NPU1)" == "is out: 1 fatal error (AER) while domain one had it, "????-??-??' '??:?? ]]
	[ "$(state $NPU2)" = free ]
	ctl set $port aer=
	pcitag test $NPU1
	nothing_is_kept
}

@test "errors of before the lease count nothing" {
	ctl set $NPU1 aer=3:7
	one_use
	nothing_is_kept
	[ "$(state $NPU1)" = free ]
}

@test "a device without Advanced Error Reporting has no errors" {
	prepare one npu npu.1
	release one
	nothing_is_kept
}

@test "a device whose configuration space reads all ones after the return is out, and stays so when it answers again" {
	one_use "set $NPU1 dead"
	[[ "$(reason $NPU1)" == "is out: does not answer since its return from one (its configuration space reads all ones), "* ]]
	ctl set $NPU1 dead=no
	[ "$(state $NPU1)" = out ]
	[ "$(gets a)" = "/dev/pcitag/device/$NPU2" ]
}

@test "a device that hangs after the return is out; release ends in time" {
	prepare one npu
	ctl stall read "*/$NPU1/config" 1
	local begin
	begin=$(milliseconds)
	release one
	[ $(($(milliseconds) - begin)) -lt 15000 ]
	[[ "$(found $NPU1)" == *'does not answer since its return from one (a look at it did not come back)'* ]]
	ctl release
	[ -z "$(lease one)" ]
	[ "$(state $NPU1)" = out ]
}

@test "a driver that does not take its device back: degraded" {
	prepare one nic
	ctl set $NIC1 probe-fails=e1000e:ENODEV
	release one
	[[ "$(reason $NIC1)" == "is degraded, and taken last: after domain one driver e1000e refused it: No such device, "* ]]
	prepare two nic
	[ "$(placeholder two/nic)" = "/dev/pcitag/device/$NIC2" ]
}

@test "a held member of the group counts: its error keeps the group back" {
	ctl set $BEHIND2 aer=0:0
	prepare one old-nic
	ctl set $BEHIND2 aer=0:1
	release one
	[[ "$(found $BEHIND2)" == *'"condition":"degraded"'* ]]
	[ -z "$(found $BEHIND1)" ]
	[[ "$(reason $BEHIND1)" == "$BEHIND2 of its group 23 is degraded, and taken last: 1 nonfatal error (AER) while domain one had it, "* ]]
	ctl set $BEHIND2 dead
}

@test "a device that is held after its use is looked at before: freed, it is out" {
	sed -i '/^type *= *npu/a after_use = hold' "$root/etc/pcitag/registry.ini"
	one_use "set $NPU1 aer=1:0"
	[ "$(state $NPU1)" = held ]
	[[ "$(found $NPU1)" == *'"condition":"out"'* ]]
	run -0 pcitag clean $NPU1 --as-is
	[ "$(state $NPU1)" = out ]
}

@test "a start that is killed before its end: no error of before is kept, whoever returns the devices" {
	ctl set $NPU1 aer=3:7
	ctl stall write '*/drivers_probe' 1
	prepare one npu &
	local starting=$!
	soon eval '[[ $(ctl log) == *drivers_probe* ]]'
	daemon_kill
	ctl release
	wait "$starting" || true
	soon eval 'pcitag reconcile >/dev/null && [ -z "$(lease one)" ]'
	nothing_is_kept
	[ "$(state $NPU1)" = free ]
}

@test "a start that fails has used nothing: no error is kept" {
	ctl when write "*/drivers_probe" 1 set $NPU1 aer=1:1
	ctl fail write "*/drivers_probe" 1 EIO
	run prepare one npu
	[ "$status" -ne 0 ]
	nothing_is_kept
}

@test "a crash of daemon and guest: reconcile looks at it as well" {
	prepare one npu
	ctl set $NPU1 aer=1:0
	daemon_kill
	run -0 pcitag reconcile
	[[ "$(found $NPU1)" == *'"condition":"out"'* ]]
	nothing_touched
}

@test "what cannot be kept is logged, and does not keep the device from the host" {
	start_log
	prepare one npu
	mkdir -p "$root/var/lib/pcitag"
	: >"$unwell"
	ctl set $NPU1 aer=1:0
	release one
	soon grep -q "domain 'one': cannot note the state of $NPU1: cannot open the directory unwell" "$BATS_TEST_TMPDIR/log"
	rm "$unwell"
	nothing_touched
}

# ---- before a start ----

@test "a link with fewer lanes than device and port could have: degraded as long as it is so" {
	ctl set $NPU1 link=2.5x1/2.5x4
	[ "$(reason $NPU1)" = "is degraded, and taken last: its link has 1 of 4 lanes" ]
	run -0 pcitag plan - <<<"$(domain_xml vm npu)"
	[[ $output == *"$NPU1  Edu "*"is degraded, and taken last: its link has 1 of 4 lanes"* ]]
	[ "$(gets vm)" = "/dev/pcitag/device/$NPU2" ]
	release vm
	nothing_is_kept
	ctl set $NPU1 link=2.5x4
	[ "$(state $NPU1)" = free ]
	[ "$(gets vm)" = "/dev/pcitag/device/$NPU1" ]
}

@test "a wide card in a slot with fewer lanes is well, and so is a slow link" {
	ctl set $PORT1 link=8.0x1
	ctl set $NPU1 link=2.5x1/8.0x4
	[ "$(state $NPU1)" = free ]
	ctl set $PORT1 link=8.0x2
	[ "$(reason $NPU1)" = "is degraded, and taken last: its link has 1 of 2 lanes" ]
}

@test "a user who may not read the registers of the link sees it as well" {
	ctl set $NPU1 link=2.5x1/2.5x4
	run -0 in_pretend setpriv --reuid 65534 --regid 65534 --clear-groups /usr/sbin/pcitag list
	[[ $output == *"$NPU1"*"degraded"*"its link has 1 of 4 lanes"* ]]
}

@test "only devices of the registry are read beyond the header" {
	ctl set $NIC1 link=2.5x1/2.5x4
	sed -i 's/ 0000:06:00.0$//; s/0000:05:00.0/0000:06:00.0/' "$root/etc/pcitag/registry.ini"
	run -0 pcitag show $NIC1
	[[ $output != *"degraded"* ]]
}

@test "plan says that a chosen device is degraded" {
	for address in $NPU2 $NPU3 $NPU4; do ctl set $address dead; done
	one_use "set $NPU1 aer=0:1"
	run -0 pcitag plan - <<<"$(domain_xml vm npu)"
	[[ $output == *"chosen: is degraded, and taken last: 1 nonfatal error (AER) while domain one had it, "* ]]
	run -0 pcitag plan --json - <<<"$(domain_xml vm npu)"
	[ "$(jq -r ".candidates[] | select(.chosen) | .state" <<<"$output")" = degraded ]
}

# ---- what is kept ----

@test "a reboot clears nothing" {
	one_use "set $NPU1 aer=1:0"
	cp -r "$root/var/lib/pcitag" "$BATS_TEST_TMPDIR/kept"
	pretend_reset
	cp -r "$BATS_TEST_TMPDIR/kept" "$root/var/lib/pcitag"
	[ "$(state $NPU1)" = out ]
	[ "$(gets a)" = "/dev/pcitag/device/$NPU2" ]
}

@test "another card in the slot is not marked" {
	one_use "set $NPU1 aer=1:0"
	sed -i 's/"subsystem_device":[0-9]*/"subsystem_device":4711/' "$unwell/$NPU1.json"
	[ "$(state $NPU1)" = free ]
	[ "$(gets a)" = "/dev/pcitag/device/$NPU1" ]
	release a
	run -0 pcitag test $NPU1
	nothing_is_kept
}

@test "a file that cannot be understood: its device is out, others are not" {
	mkdir -p "$unwell"
	echo '{' >"$unwell/$NPU1.json"
	echo '{' >"$unwell/README"
	[ "$(reason $NPU1)" = "is out: its file /var/lib/pcitag/unwell/$NPU1.json cannot be understood" ]
	[ "$(gets a)" = "/dev/pcitag/device/$NPU2" ]
	run -0 pcitag test $NPU1
	[ "$(state $NPU1)" = free ]
	rm -r "$unwell"
}

@test "a directory that is not root's alone is not believed" {
	mkdir -p "$unwell"
	chmod 777 "$unwell"
	run prepare one npu
	[ "$status" -ne 0 ]
	[[ $output == *"cannot list /var/lib/pcitag/unwell: unwell must be owned by root and writable by root only"* ]]
	rm -r "$unwell"
	nothing_touched
}

@test "show and metrics say what is known" {
	one_use "set $NPU1 aer=1:0"
	run -0 pcitag show $NPU1
	[[ $output == *"verdict      is out: 1 fatal error (AER) while domain one had it, "* ]]
	[[ $output == *"to do        read dmesg, then look at it again with pcitag test and its address"* ]]
	run -0 pcitag metrics
	[[ $output == *'pcitag_devices{type="npu",model="Edu",state="out"} 1'* ]]
	[[ $output == *'pcitag_devices{type="npu",model="Edu",state="degraded"} 0'* ]]
	[[ $output == *"pcitag_device_unwell{address=\"$NPU1\",model=\"Edu\",condition=\"out\",evidence=\"1 fatal error (AER) while domain one had it\"} 1"* ]]
}

# ---- pcitag test ----

is_being_reset() {
	[[ "$(ctl log)" == *"/$NPU1/reset"* ]]
}

@test "test: with a reset, and what was kept is cleared" {
	one_use "set $NPU1 aer=1:0"
	run -0 pcitag test $NPU1
	[ "$output" = "$NPU1: well (after a reset)" ]
	[[ "$(writes)" == *"devices/$NPU1/reset "* ]]
	nothing_is_kept
	nothing_touched
	[ "$(gets a)" = "/dev/pcitag/device/$NPU1" ]
}

@test "test: a device that still does not answer stays out, with the new evidence; exit code 3" {
	one_use "set $NPU1 dead"
	run -3 pcitag test $NPU1 --json
	[ "$(jq -r '.condition, .reset, .had_finding' <<<"$output" | xargs)" = "out done true" ]
	[[ "$(reason $NPU1)" == "is out: does not answer to pcitag test (its configuration space reads all ones), "* ]]
	nothing_touched
	ctl when write "*/reset" 1 set $NPU1 dead=no
	run -0 pcitag test $NPU1
	[ "$(state $NPU1)" = free ]
}

@test "test: a reset that fails makes it out" {
	ctl fail write "*/reset" 1 ENOTTY
	run -3 pcitag test $NPU1
	[[ $output == "$NPU1: out: its reset by pcitag test failed: cannot write to /sys/"*"/reset: Inappropriate ioctl for device (after a reset)" ]]
	[ "$(state $NPU1)" = out ]
	nothing_touched
}

@test "test: errors during the reset count" {
	ctl when write "*/reset" 1 set $NPU1 aer=0:1
	run -3 pcitag test $NPU1
	[ "$output" = "$NPU1: degraded: 1 nonfatal error (AER) at pcitag test (after a reset)" ]
	[ "$(state $NPU1)" = degraded ]
}

@test "test: a narrow link is told, and not kept" {
	ctl set $NPU1 link=2.5x1/2.5x4
	run -3 pcitag test $NPU1
	[ "$output" = "$NPU1: degraded: its link has 1 of 4 lanes at pcitag test (after a reset)" ]
	nothing_is_kept
}

@test "test: a device without a reset is looked at as it is" {
	ctl set $NPU1 reset=
	run -0 pcitag test $NPU1
	[ "$output" = "$NPU1: well (without a reset: it has none)" ]
}

@test "test: a device that a driver of the host has is looked at without a reset" {
	ctl set $NIC1 reset=flr
	run -0 pcitag test $NIC1
	[ "$output" = "$NIC1: well (without a reset: a driver of the host has it)" ]
	[[ "$(writes)" != *"/reset "* ]]
	nothing_touched
}

@test "test: refused while a guest has it, while it is used by the host, and for what is not there" {
	prepare one npu
	run -1 pcitag test $NPU1
	[ "$output" = "pcitag: test: $NPU1 is not free to be tested: its group 16 belongs to domain one" ]
	release one
	ctl set $NPU2 driver=vfio-pci
	hold_group 17
	run -1 pcitag test $NPU2
	[[ $output == *"is in use: another process has /dev/vfio/17 open" ]]
	drop_holder
	run -1 pcitag test 0000:00:01.0
	[[ $output == "pcitag: test: 0000:00:01.0 is not free to be tested: is the host's boot console" ]]
	run -1 pcitag test 0000:7f:00.0
	[ "$output" = "pcitag: test: there is no PCI function 0000:7f:00.0; pcitag probe --all lists all" ]
	run -2 pcitag test 1:2
	[[ $output == "pcitag: test: invalid PCI address '1:2'; write "* ]]
	[[ "$(writes)" != *"/reset "* ]]
}

@test "test: a reset that hangs: out, and no start gets it while it hangs" {
	settings <<<$'[pcitag]\nbind_timeout = 1'
	ctl stall write "*/$NPU1/reset" 1
	run -3 pcitag test $NPU1
	[ "$output" = "$NPU1: out: its reset by pcitag test did not come back (after a reset)" ]
	[ "$(gets a)" = "/dev/pcitag/device/$NPU2" ]
	ctl release
	run -0 pcitag test $NPU1
}

@test "test: while it works no start gets the device; a crash leaves nothing that reconcile does not remove" {
	settings <<<$'[pcitag]\nbind_timeout = 30'
	ctl stall write "*/$NPU1/reset" 1
	nsenter --mount --target "$PRETEND_PID" -- /usr/sbin/pcitag test $NPU1 >/dev/null 2>&1 3>&- &
	local tester=$!
	soon is_being_reset
	[[ "$(reason $NPU1)" == *"is used by domain pcitag test, which names it by address" ]]
	[ "$(gets a)" = "/dev/pcitag/device/$NPU2" ]
	release a
	kill -KILL "$tester"
	wait "$tester" || true
	[ -n "$(ls "$root/run/pcitag/leases")" ]
	ctl release
	run -0 pcitag reconcile
	[ -z "$(ls "$root/run/pcitag/leases")" ]
	nothing_touched
}

# ---- resets ----

@test "show and probe tell the resets, and that there is none" {
	run -0 pcitag show $NPU1
	[[ $output == *"reset        flr bus"* ]]
	ctl set $NPU2 reset=
	run -0 pcitag show $NPU2
	[[ $output == *"reset        none: what a guest leaves in its memory is there for the next one"* ]]
	run -0 pcitag probe
	[[ $output == *"$NPU2  "*"no reset of its own: what a guest leaves in its memory is there for the next one"* ]]
	run -0 pcitag probe --json
	[ "$(jq -r ".devices[] | select(.address == \"$NPU2\") | .own_reset" <<<"$output")" = false ]
	[ "$(jq -r ".devices[] | select(.address == \"$NPU1\") | .own_reset" <<<"$output")" = true ]
}
