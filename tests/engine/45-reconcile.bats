#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # status, output and lines are set by bats
#
# What libvirt will never release is returned: by the verb, and by the next start.

load helper

setup_file() {
	pretend_host lab
}

setup() {
	pretend_reset
	lab_registry
	remember_host
}

teardown() {
	emulators_end
	drop_holder
}

teardown_file() {
	pretend_end
}

@test "nothing to do" {
	run -0 pcitag reconcile
	[ "$output" = "no domain holds a device" ]
	nothing_touched
}

@test "a domain whose daemon lives is left alone" {
	prepare vm npu nic
	state=$(host_state)
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"in use "*"libvirt's daemon (process "*") will release it" ]]
	[ "$(host_state)" = "$state" ]
	release vm
	nothing_touched
}

@test "the daemon died in the middle of a start: everything is returned" {
	prepare vm npu nic
	daemon_kill
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"returned "*" is gone and no emulator runs" ]]
	nothing_touched
}

@test "the daemon died, the guest lives on: left alone until another daemon releases it" {
	prepare vm npu nic
	emulator vm
	daemon_kill
	state=$(host_state)
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"in use "*"its emulator runs (process $EMULATOR_PID)" ]]
	[ "$(host_state)" = "$state" ]

	emulators_end
	release vm
	nothing_touched
}

@test "the daemon died, and the guest after it" {
	prepare vm npu nic
	emulator vm
	daemon_kill
	emulators_die
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"returned "*" is gone and no emulator runs" ]]
	nothing_touched
}

@test "the next start of any domain reconciles first" {
	prepare one npu.0 npu.1
	prepare two npu.0 npu.1
	daemon_kill
	prepare three npu.0 npu.1 npu.2 npu.3
	[ "$(placeholder three/npu.3)" = "/dev/pcitag/device/$NPU4" ]
	release three
	nothing_touched
}

@test "the start of a domain with native host devices reconciles as well" {
	prepare vm nic
	daemon_kill
	DEVICES=$(native $NIC1) prepare native
	[ "$(driver_of $NIC1)" = e1000e ]
	release native
	nothing_touched
}

@test "a release that was killed is finished, whatever libvirt's daemon does" {
	prepare vm npu nic
	ctl stall write '*/unbind' 1
	release vm 3>&- &
	soon lease_says vm releasing
	in_pretend pkill -KILL -xf 'pcitag-engine hook vm release end -'
	ctl release
	wait || true
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"returned "*"its release was not finished" ]]
	nothing_touched
}

@test "a release that was killed while the kernel is at work: reconcile waits for the kernel" {
	prepare vm nic
	ctl clear
	ctl stall write '*/drivers_probe' 1
	release vm 3>&- &
	soon eval '[[ $(ctl log) == *drivers_probe* ]]'
	in_pretend pkill -KILL -xf 'pcitag-engine hook vm release end -'
	(sleep 0.7 && ctl release) 3>&- &
	run -0 pcitag reconcile
	wait || true
	[[ ${lines[1]} == "vm "*"returned "*"its release was not finished" ]]
	nothing_touched
}

@test "a release whose device another process begins to move, once it was checked, waits for that process" {
	local first last domain bus slot function
	prepare vm nic npu
	read -r first last < <(lease vm | jq -r '[.members[].address] | join(" ")')
	ctl clear
	# All devices are checked, one after the other, before the first of them is moved.
	ctl stall open "/dev/vfio/$(group_of "$last")" 1
	release vm 3>&- &
	soon eval '[[ $(ctl log) == *"open /dev/vfio/$(group_of "$last") "*"?"* ]]'
	IFS=:. read -r domain bus slot function <<<"$first"
	hold_lock $(((1 << 61) + (16#$domain << 16 | 16#$bus << 8 | 16#$slot << 3 | 16#$function)))
	ctl release
	soon eval '[ "$(driver_of "$last")" != vfio-pci ]'
	[ "$(driver_of "$first")" = vfio-pci ]
	[[ $(writes) != *"$first"* ]]
	kill "$HOLDER"
	wait || true
	nothing_touched
}

@test "a release that was killed before it began: noticed when no emulator runs two minutes after the start" {
	prepare vm npu nic
	prepare runs npu
	emulator runs
	age_lease vm 121
	age_lease runs 121
	prepare young npu
	run -0 pcitag reconcile
	[[ $output == *"vm "*"returned "*"no emulator runs, 120 seconds after its start began"* ]]
	[[ $output == *"runs "*"in use "*"its emulator runs (process $EMULATOR_PID)"* ]]
	[[ $output == *"young "*"in use "*"will release it"* ]]
	release runs
	release young
	nothing_touched
}

@test "a prepare that was killed is returned by the release that libvirt calls then" {
	ctl stall write '*/unbind' 1
	prepare vm nic npu 3>&- &
	soon lease_says vm binding
	in_pretend pkill -KILL -xf 'pcitag-engine hook vm prepare begin -'
	ctl release
	wait || true
	release vm
	nothing_touched
}

@test "a group that somebody has open is named with its holder, and is returned when it is closed" {
	settings <<<$'[pcitag]\nrelease_timeout = 1'
	prepare vm npu nic
	group=$(group_of $NPU1)
	hold_group "$group"
	daemon_kill
	run -3 pcitag reconcile
	[[ ${lines[1]} == "vm "*"quarantined "*"$NPU1 cannot be returned: process $HOLDER_PID (holder) has /dev/vfio/$group open; end it, then run pcitag reconcile" ]]
	[ "$(driver_of $NIC1)" = e1000e ]
	run -0 pcitag list
	grep -q "$NPU1 .* quarantined " <<<"$output"

	drop_holder
	run -0 pcitag reconcile
	nothing_touched
}

@test "a start does not wait for what is quarantined" {
	prepare vm npu
	ctl hold "$(group_of $NPU1)"
	daemon_kill
	# A release would wait for whoever has the group: for two thirds of release_timeout.
	settings <<<$'[pcitag]\nrelease_timeout = 60'
	start=$SECONDS
	prepare other npu
	[ $((SECONDS - start)) -lt 20 ]
	settings <<<''
	[ "$(placeholder other/npu)" = "/dev/pcitag/device/$NPU2" ]
	ctl unhold "$(group_of $NPU1)"
	run -0 pcitag reconcile
	release other
	nothing_touched
}

@test "a start that failed waits for the device that hangs, and returns it" {
	settings <<<$'[pcitag]\nbind_timeout = 1\nrelease_timeout = 30'
	ctl set $NIC1 unbind-hangs=e1000e
	# After the second that the start itself waits.
	{ sleep 3 && ctl set $NIC1 unbind-hangs=no && ctl release; } 3>&- &
	run -1 prepare vm nic
	wait $!
	run -0 pcitag leases
	[[ $output != *vm* ]]
	nothing_touched
}

@test "a driver that never lets go: bounded, named, returned when it has" {
	settings <<<$'[pcitag]\nbind_timeout = 1\nrelease_timeout = 1'
	ctl set $NIC1 unbind-hangs=e1000e
	start=$EPOCHREALTIME
	run -1 prepare vm nic npu
	within 5000 "$start"
	[[ $output == "pcitag: domain 'vm': cannot bind $NIC1: its driver does not let go of it; process "*" still waits in the kernel" ]]
	[ "$(driver_of $NPU1)" = - ]
	run pcitag leases
	[[ $output == *"vm: $NIC1 cannot be returned: process "*" waits in the kernel for its driver to let go of it; end what uses the device, or reboot the host"* ]]
	run -3 pcitag reconcile
	run -0 pcitag list

	ctl set $NIC1 unbind-hangs=no
	ctl release
	soon pcitag reconcile
	nothing_touched
}

@test "a driver that is not done with taking it: said so, and not that it does not let go" {
	settings <<<$'[pcitag]\nbind_timeout = 1\nrelease_timeout = 1'
	ctl stall write '*/drivers_probe' 1
	run -1 prepare vm nic
	[[ $output == "pcitag: domain 'vm': cannot bind $NIC1: no driver has taken it in time; process "*" still waits in the kernel" ]]
	run pcitag leases
	[[ $output == *"vm: $NIC1 cannot be returned: process "*" waits in the kernel for a driver to take it; look into dmesg, or reboot the host"* ]]
	ctl release
	soon pcitag reconcile
	nothing_touched
}

@test "a lease of an earlier boot is forgotten, and its devices are not touched" {
	prepare vm nic
	local REPLY
	host_root
	sed -i 's/"boot_id":"[^"]*"/"boot_id":"00000000-0000-0000-0000-000000000000"/' \
		"$REPLY/run/pcitag/leases/$(uuid_of vm).json"
	ctl reset
	rm -rf "$REPLY/dev/pcitag"
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"forgotten "*"the host was booted since" ]]
	[ -z "$(writes)" ]
	nothing_touched
}

@test "a damaged lease of a domain that does not run is put aside, and its devices are returned" {
	prepare vm npu nic old-nic
	lease vm >"$BATS_TEST_TMPDIR/whole"
	damage_lease vm
	run -0 pcitag reconcile
	[[ $output == *"vm "*"returned "* ]]
	[ -z "$(placeholder vm/nic)" ]
	[ "$(driver_of $NIC1)" = e1000e ]
	[ "$(override_of $NIC1)" = "(null)" ]
	[ "$(driver_of $BEHIND2)" = e1000 ]
	local REPLY
	host_root
	rm "$REPLY/run/pcitag/leases/$(uuid_of vm).json.corrupt"
	nothing_touched
}

@test "a damaged lease of a domain that runs stops new starts, and the line names the file" {
	prepare one npu
	emulator one
	lease one >"$BATS_TEST_TMPDIR/whole"
	damage_lease one
	run -1 prepare two npu
	[[ $output == "pcitag: domain 'two': lease /run/pcitag/leases/$(uuid_of one).json cannot be understood ("*"); when that domain does not run, pcitag reconcile puts it aside" ]]
	run -1 pcitag list
	[[ $output == "pcitag: lease /run/pcitag/leases/$(uuid_of one).json cannot be understood ("* ]]
	run -3 pcitag reconcile
	[[ ${lines[1]} == *"unreadable "* ]]

	local REPLY
	host_root
	cp "$BATS_TEST_TMPDIR/whole" "$REPLY/run/pcitag/leases/$(uuid_of one).json"
	release one
	nothing_touched
}

@test "a lease that is damaged while a start reads the host stops this start, too" {
	prepare one npu
	emulator one
	lease one >"$BATS_TEST_TMPDIR/whole"
	hold_lock 0
	ctl when read "*/$NPU2/vendor" 1 set $NPU3 override=was-read
	prepare two npu >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	local start=$! rc=0
	# The leases are read first, then the host.
	soon eval '[ "$(override_of $NPU3)" = was-read ]'
	# A file that is replaced: the leases are read again when their directory has changed.
	local REPLY
	host_root
	echo '{' >"$REPLY/run/pcitag/other"
	mv "$REPLY/run/pcitag/other" "$REPLY/run/pcitag/leases/$(uuid_of one).json"
	kill "$HOLDER"
	wait "$start" || rc=$?
	[ "$rc" -eq 1 ]
	[[ $(<"$BATS_TEST_TMPDIR/out") == "pcitag: domain 'two': lease /run/pcitag/leases/$(uuid_of one).json cannot be understood ("* ]]
	[ "$(lease two)" = '' ]
	ctl set $NPU3 override=-

	host_root
	cp "$BATS_TEST_TMPDIR/whole" "$REPLY/run/pcitag/leases/$(uuid_of one).json"
	release one
	nothing_touched
}

@test "a lease of a newer pcitag is left alone, and stops new starts" {
	prepare one npu
	local REPLY
	host_root
	file=$REPLY/run/pcitag/leases/$(uuid_of one).json
	sed -i 's/"version":1,/"version":99,/' "$file"
	daemon_kill
	run -3 pcitag reconcile
	[[ ${lines[1]} == "$(uuid_of one) "*"unreadable "*"it has version 99, written by a newer pcitag; this one knows 4; install that one again" ]]
	run -1 prepare two npu
	[[ $output == *"it has version 99, written by a newer pcitag"* ]]

	sed -i 's/"version":99,/"version":1,/' "$file"
	run -0 pcitag reconcile
	nothing_touched
}

@test "the leases were deleted: what the links tell of is returned" {
	prepare vm npu nic old-nic
	local REPLY
	host_root
	rm -r "$REPLY/run/pcitag"
	run -0 pcitag reconcile
	[ "$(driver_of $NIC1)" = e1000e ]
	[ "$(driver_of $BEHIND1)" = e1000 ]
	nothing_touched
}

@test "the leases were deleted while a guest runs: its devices stay its own" {
	prepare vm npu
	local REPLY
	host_root
	rm -r "$REPLY/run/pcitag"
	ctl hold "$(group_of $NPU1)"
	prepare other npu
	[ "$(placeholder other/npu)" = "/dev/pcitag/device/$NPU2" ]
	run -3 pcitag reconcile
	[[ $output == *"vm "*"quarantined "*"$NPU1 cannot be returned: another process has /dev/vfio/$(group_of $NPU1) open"* ]]
	release other
	ctl unhold "$(group_of $NPU1)"
	run -0 pcitag reconcile
	nothing_touched
}

@test "another card in the slot after a crash is left alone" {
	prepare vm nic npu
	daemon_kill
	ctl remove $NIC1
	ctl add $NIC1
	ctl set $NIC1 device=1533
	ctl clear
	run -0 pcitag reconcile
	[ "$(driver_of $NPU1)" = - ]
	run -1 grep -F "$NIC1" <(writes)
}

@test "a device that somebody else took over meanwhile is left to them" {
	prepare vm npu
	daemon_kill
	ctl set $NPU1 driver=e1000e
	run -0 pcitag reconcile
	[ "$(driver_of $NPU1)" = e1000e ]
	# Its override is theirs as well by now, whatever it says.
	[ "$(override_of $NPU1)" = vfio-pci ]
	[ -z "$(lease vm)" ]
}

@test "as JSON" {
	prepare one npu
	daemon_kill
	prepare two npu
	run -0 pcitag reconcile --json
	[ "$(jq -c '[.version, .leases[].domain, .leases[].outcome]' <<<"$output")" = '[1,"two","in use"]' ]
	release two
}

@test "not as root" {
	run -1 in_pretend setpriv --reuid=nobody --regid=nogroup --clear-groups /usr/sbin/pcitag reconcile
	[ "$output" = "pcitag: reconcile moves devices between drivers: run it as root" ]
}

@test "a lease in the file of another domain is not believed" {
	prepare one npu
	local REPLY
	host_root
	leases=$REPLY/run/pcitag/leases
	cp "$leases/$(uuid_of one).json" "$leases/$(uuid_of another).json"
	given=$(lease one)
	# No emulator of that domain runs: it is put aside like any other that cannot be understood.
	run -0 pcitag reconcile
	[ ! -e "$leases/$(uuid_of another).json" ]
	rm "$leases/$(uuid_of another).json.corrupt"
	[ "$(lease one)" = "$given" ]
	[ "$(driver_of $NPU1)" = vfio-pci ]
	release one
	nothing_touched
}

@test "leases in a directory that others may write to are not believed" {
	prepare one npu
	local REPLY
	host_root
	chmod 777 "$REPLY/run/pcitag/leases"
	run -1 prepare two nic
	[ "$output" = "pcitag: domain 'two': leases must be owned by root and writable by root only" ]
	run -1 pcitag reconcile
	[ "$(driver_of $NIC1)" = e1000e ]
	chmod 755 "$REPLY/run/pcitag/leases"
	release one
	nothing_touched
}

@test "what is quarantined already is not waited for anew" {
	settings <<<$'[pcitag]\nrelease_timeout = 1'
	prepare vm npu
	ctl hold "$(group_of $NPU1)"
	release vm
	lease_says vm quarantined
	settings <<<$'[pcitag]\nrelease_timeout = 60'
	start=$(milliseconds)
	run -3 pcitag reconcile
	[ $(($(milliseconds) - start)) -lt 4000 ]
	ctl unhold "$(group_of $NPU1)"
	run -0 pcitag reconcile
	nothing_touched
}

@test "reconcile waits for who is dying as long as that takes, and not as long as a release would" {
	settings <<<$'[pcitag]\nrelease_timeout = 60'
	prepare vm npu
	ctl hold "$(group_of $NPU1)"
	daemon_kill
	start=$(milliseconds)
	run -3 pcitag reconcile
	took=$(($(milliseconds) - start))
	[ $took -ge 4900 ]
	[ $took -lt 15000 ]
	ctl unhold "$(group_of $NPU1)"
	run -0 pcitag reconcile
	nothing_touched
}

# start_native ADDRESS: the start of a domain that has this one by libvirt's own means.
start_native() {
	CONTAINER='' EMULATOR=/usr/bin/qemu-system-x86_64 DEVICES=$(native "$1") prepare native
}

@test "a lease that nobody can read and a device that somebody has open: a native start is refused" {
	prepare one nic
	emulator one
	ctl hold "$(group_of $NIC1)"
	damage_lease one
	run -1 start_native $NIC1
	[[ $output == "pcitag: domain 'native': hostdev $NIC1: its group $(group_of $NIC1) is open, perhaps for this lease: lease /run/pcitag/leases/$(uuid_of one).json cannot be understood"* ]]
	start_native $NIC2
	ctl unhold "$(group_of $NIC1)"
}
