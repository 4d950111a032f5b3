#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # status, output and lines are set by bats
#
# after_use = clean: units of systemd clean a device after its guest, and only their success frees it. The systemd
# here is tests/pretend/systemd.c; what pcitag-clean@.service does, the tests do themselves: pcitag clean ADDRESS.

load helper

setup_file() { pretend_host lab; }
teardown_file() { pretend_end; }

setup() {
	pretend_reset
	lab_registry
	local REPLY
	host_root
	root=$REPLY
	systemd_start
	unit "pcitag-clean@$NPU1.service" 'type=oneshot' 'start=hang'
	unit "erase@$NPU1.service" 'type=oneshot'
	unit erase-log.service 'type=oneshot'
	cleans npu 'erase@.service'
	remember_host
	emulators_end
}

teardown() {
	end_log
	emulators_end
	drop_holder
	[[ -z ${CLEANER-} ]] || kill -KILL "$CLEANER" 2>/dev/null || true
	unset CLEANER
	systemd_end
}

# cleans TYPE UNITS [LINE]: the models of this type have these units.
cleans() {
	sed -i -e '/^after_use/d' -e '/^clean_/d' \
		-e "/^type *= *$1\$/a after_use = clean\nclean_units = $2${3+\n$3}" "$root/etc/pcitag/registry.ini"
}

# used ADDRESS: prints the file about this device; nothing when there is none.
used() {
	put "$root/var/lib/pcitag/used/$1.json" 2>/dev/null || true
}

# cleaning ADDRESS: prints how far its cleaning is, and why; nothing when it is not held.
cleaning() {
	[[ ! -e $root/var/lib/pcitag/used/$1.json ]] ||
		jq -r '.cleaning | "\(.state)\(if .why then ": " + .why else "" end)"' "$root/var/lib/pcitag/used/$1.json"
}

# held ADDRESS: no guest gets it, and the host does not see what is on it.
held() {
	[[ "$(used "$1")" == *'"state":"held"'* ]]
	[ -e "$root/var/lib/pcitag/hidden/$1" ]
	run prepare other npu.0 npu.1 npu.2 npu.3
	[ "$status" -ne 0 ]
	[[ $output == *"$1: "* ]]
}

# free ADDRESS: nothing of it is left, and the next guest gets it.
free() {
	[ -z "$(used "$1")" ]
	[ ! -e "$root/var/lib/pcitag/hidden/$1" ]
	nothing_touched
	prepare next npu
	[ "$(placeholder next/npu)" = "/dev/pcitag/device/$1" ]
	cleans npu 'erase@.service'
	pcitag release --force next >/dev/null
}

# jobs_of UNIT...: these units were started, in this order.
jobs_of() {
	[ "$(unit_jobs | sed 's/^start //')" = "$(printf '%s\n' "$@")" ] || { unit_jobs; return 1; }
}

# begin_cleaning: a cleaning that takes its time; CLEANER is its process.
begin_cleaning() {
	unit "erase@$NPU1.service" 'type=oneshot' 'start=hang'
	in_pretend /usr/sbin/pcitag clean $NPU1 >"$BATS_TEST_TMPDIR/cleaner" 2>&1 3>&- &
	CLEANER=$!
	soon erases
}

erases() { [[ $(unit_state "erase@$NPU1.service") == activating ]]; }

# kill_cleaning: pcitag is killed; the unit has been stopped.
kill_cleaning() {
	in_pretend pkill -KILL -xf "/usr/sbin/pcitag clean $NPU1"
	wait "$CLEANER" || true
	unset CLEANER
	rm -f "$root/run/pretend-units/erase@$NPU1.service.state"
}

# next_boot: what is in memory ends: leases, links, bindings, overrides; the files in /var/lib stay.
next_boot() {
	local saved=$BATS_TEST_TMPDIR/saved
	rm -rf "$saved"
	cp -r "$root/var/lib/pcitag" "$saved"
	sed -i 's/"boot_id":"[^"]*"/"boot_id":"00000000-0000-0000-0000-000000000000"/' "$saved"/used/*
	pretend_reset
	cp -r "$saved" "$root/var/lib/pcitag"
	clear_unit_jobs
}

@test "a release holds the device, has systemd begin the cleaning, and does not wait for it" {
	prepare one npu
	[ -z "$(unit_jobs)" ]
	release one
	[ -z "$(lease one)" ]
	[ "$(driver_of $NPU1)" = vfio-pci ]
	jobs_of "pcitag-clean@$NPU1.service"
	[ "$(cleaning $NPU1)" = due ]
	held $NPU1
	run -0 pcitag show $NPU1
	[[ $output == *"its group $(group_of $NPU1) was used by domain one until "????-??-??' '??:??", and is to be cleaned"* ]]
	run -0 pcitag list --json
	[ "$(jq -r ".devices[] | select(.address == \"$NPU1\") | .state" <<<"$output")" = held ]
	run -0 pcitag metrics
	[[ $output == *'pcitag_devices{type="npu",model="Edu",state="held"} 1'* ]]
	[[ $output == *'pcitag_cleanings{state="due"} 1'* ]]
}

@test "the success of its units frees it: its own driver has it, and the next guest gets it" {
	prepare one npu
	release one
	start_log
	run -0 pcitag clean $NPU1
	[[ $output == "$NPU1: used by one until "????-??-??' '??:??": cleaned, returned" ]]
	jobs_of "pcitag-clean@$NPU1.service" "erase@$NPU1.service"
	grep -q "$NPU1: erase@$NPU1.service cleans it" "$BATS_TEST_TMPDIR/log"
	grep -q "domain 'one': $NPU1, which it used, is clean, and no longer held" "$BATS_TEST_TMPDIR/log"
	free $NPU1
}

@test "several units run in their order, and a template gets the address" {
	cleans npu 'erase@.service erase-log.service'
	prepare one npu
	release one
	run -0 pcitag clean $NPU1 --json
	[ "$(jq -r '"\(.clean) \(.outcome)"' <<<"$output")" = 'true returned' ]
	jobs_of "pcitag-clean@$NPU1.service" "erase@$NPU1.service" erase-log.service
	free $NPU1
}

@test "a unit that fails keeps it held, with the reason; the units behind it do not run" {
	cleans npu 'erase@.service erase-log.service'
	unit "erase@$NPU1.service" 'type=oneshot' 'start=fail' 'exit=7'
	prepare one npu
	release one
	run -1 pcitag clean $NPU1
	[ "$output" = "pcitag: $NPU1 is not clean, and stays held: erase@$NPU1.service: exit code 7; look at journalctl -u erase@$NPU1.service, then run pcitag clean $NPU1" ]
	jobs_of "pcitag-clean@$NPU1.service" "erase@$NPU1.service"
	[ "$(cleaning $NPU1)" = "failed: erase@$NPU1.service: exit code 7" ]
	[ "$(driver_of $NPU1)" = - ]
	held $NPU1
	run -0 pcitag show $NPU1
	[[ $output == *"and its cleaning failed: erase@$NPU1.service: exit code 7"* ]]
	[[ $output == *"look at the journal of the unit"* ]]
	run -0 pcitag metrics
	[[ $output == *'pcitag_cleanings{state="failed"} 1'* ]]

	# Neither reconcile nor a boot begins it again.
	clear_unit_jobs
	pcitag reconcile
	next_boot
	pcitag reconcile
	[ -z "$(unit_jobs)" ]
	held $NPU1

	# An administrator does.
	unit "erase@$NPU1.service" 'type=oneshot'
	run -0 pcitag clean $NPU1
	[ -z "$(used $NPU1)" ]
}

@test "what systemd calls done without a run frees nothing" {
	prepare one npu
	release one
	unit "erase@$NPU1.service" 'type=oneshot' 'start=skip'
	run -1 pcitag clean $NPU1
	[ "$(cleaning $NPU1)" = "failed: erase@$NPU1.service: it did not run: a condition of it does not hold" ]
	held $NPU1
	unit "erase@$NPU1.service" 'type=oneshot' 'start=stay'
	start_unit "erase@$NPU1.service"
	run -1 pcitag clean $NPU1
	[ "$(cleaning $NPU1)" = "failed: erase@$NPU1.service: it is active already; stop it, and let it have no RemainAfterExit" ]
	held $NPU1
}

@test "a unit that takes too long is stopped, and the device stays held" {
	cleans npu 'erase@.service' 'clean_timeout = 1'
	unit "erase@$NPU1.service" 'type=oneshot' 'start=hang'
	prepare one npu
	release one
	run -1 pcitag clean $NPU1
	[ "$(cleaning $NPU1)" = "failed: erase@$NPU1.service did not end in time, and was stopped" ]
	[ "$(unit_state "erase@$NPU1.service")" = inactive ]
	held $NPU1
	# Its own driver has it already; an administrator decides.
	run -0 pcitag clean $NPU1 --as-is
	[[ $output == "$NPU1: used by one until "*": returned" ]]
	free $NPU1
}

@test "while it is cleaned: list says so, and neither a second cleaning nor --as-is is possible" {
	prepare one npu
	release one
	begin_cleaning
	[ "$(cleaning $NPU1)" = running ]
	[ "$(driver_of $NPU1)" = - ]
	held $NPU1
	run -0 pcitag list
	[[ $output == *"is being cleaned since "????-??-??' '??:??* ]]
	run -0 pcitag metrics
	[[ $output == *'pcitag_cleanings{state="running"} 1'* ]]
	run -1 pcitag clean $NPU1
	[[ $output == "pcitag: $NPU1 is just being cleaned or freed: process "*" of pcitag "* ]]
	run -1 pcitag clean $NPU1 --as-is
	[[ $output == "pcitag: $NPU1 is just being cleaned or freed: process "*" of pcitag "* ]]
	pcitag reconcile
	[ "$(cleaning $NPU1)" = running ]
	held $NPU1
}

@test "pcitag is killed while it cleans: held, and not begun again; --as-is and clean still work" {
	prepare one npu
	release one
	begin_cleaning
	kill_cleaning
	held $NPU1
	clear_unit_jobs
	pcitag reconcile
	[ "$(cleaning $NPU1)" = 'failed: it was killed before its end' ]
	[ -z "$(unit_jobs)" ]
	held $NPU1
	unit "erase@$NPU1.service" 'type=oneshot'
	run -0 pcitag clean $NPU1
	free $NPU1
}

@test "the host dies while it is cleaned: held, and reconcile begins it again, once" {
	prepare one npu
	release one
	begin_cleaning
	kill_cleaning
	next_boot
	held $NPU1
	pcitag reconcile
	[ "$(cleaning $NPU1)" = due ]
	jobs_of "pcitag-clean@$NPU1.service"
	unit "erase@$NPU1.service" 'type=oneshot'
	run -0 pcitag clean $NPU1
	clear_unit_jobs
	pcitag reconcile
	[ -z "$(unit_jobs)" ]
	free $NPU1
}

@test "what was due when the host died is begun after the boot" {
	prepare one npu
	release one
	next_boot
	held $NPU1
	pcitag reconcile
	jobs_of "pcitag-clean@$NPU1.service"
	run -0 pcitag clean $NPU1
	free $NPU1
}

@test "a crash of daemon and guest: reconcile holds it, and begins the cleaning" {
	prepare one npu
	daemon_kill
	pcitag reconcile
	[ "$(cleaning $NPU1)" = due ]
	[[ "$(unit_jobs)" == "start pcitag-clean@$NPU1.service"* ]]
	held $NPU1
}

@test "systemd does not begin it: held, said once, and begun when systemd is there" {
	prepare one npu
	kill -KILL "$SYSTEMD_PID"
	start_log
	release one
	grep -q "domain 'one': $NPU1 stays held, and its cleaning does not begin: cannot reach systemd" "$BATS_TEST_TMPDIR/log"
	held $NPU1
	pcitag reconcile
	pcitag reconcile
	[ "$(grep -c "$NPU1 stays held, and its cleaning does not begin: cannot reach systemd" "$BATS_TEST_TMPDIR/log")" -eq 2 ]
	[[ "$(cleaning $NPU1)" == "due: cannot reach systemd on the system bus"* ]]
	run -0 pcitag list
	[[ $output == *"and is to be cleaned: cannot reach systemd"* ]]
	systemd_end
	systemd_start
	unit "pcitag-clean@$NPU1.service" 'type=oneshot' 'start=hang'
	pcitag reconcile
	jobs_of "pcitag-clean@$NPU1.service"
}

@test "a cleaning without systemd fails, and keeps it held" {
	prepare one npu
	release one
	kill -KILL "$SYSTEMD_PID"
	run -1 pcitag clean $NPU1
	[[ "$(cleaning $NPU1)" == "failed: cannot reach systemd"* ]]
	held $NPU1
}

@test "the registry has no units for it any more: held, and --as-is frees it" {
	prepare one npu
	release one
	lab_registry
	run -1 pcitag clean $NPU1
	[ "$output" = "pcitag: $NPU1 was used by domain one, and its model Edu has no clean_units; clean it, then free it with pcitag clean --as-is" ]
	[[ "$(cleaning $NPU1)" == "failed: $NPU1 was used by domain one, and its model Edu has no clean_units; "* ]]
	held $NPU1
	run -0 pcitag clean $NPU1 --as-is
	cleans npu 'erase@.service'
	free $NPU1
}

@test "no model has the key any more: it is held all the same, also after a boot" {
	prepare one npu
	release one
	lab_registry
	held $NPU1
	next_boot
	pcitag reconcile
	held $NPU1
}

@test "undefine warns of what stays held, and --as-is frees it without its model" {
	prepare one npu
	release one
	run -0 pcitag undefine Edu
	[ "${lines[2]}" = "$NPU1 stays held since domain one has used it; pcitag clean --as-is and its address frees it" ]
	[ "${lines[3]}" = "Edu had after_use = clean: devices of it that another model matches go from guest to guest as that model says" ]
	run -1 pcitag clean $NPU1
	[ "$output" = "pcitag: $NPU1 was used by domain one, and its model Edu is not in the registry; clean it, then free it with pcitag clean --as-is" ]
	pcitag define Edu2 npu 1234 11e8
	held $NPU1
	run -0 pcitag undefine Edu2 --json
	[ "$(jq -c .held <<<"$output")" = '[]' ]
	run -0 pcitag clean $NPU1 --as-is
	nothing_touched
}

@test "after_use = hold with clean_units: by hand alone" {
	cleans npu 'erase@.service'
	sed -i 's/^after_use = clean/after_use = hold/' "$root/etc/pcitag/registry.ini"
	prepare one npu
	release one
	pcitag reconcile
	[ -z "$(unit_jobs)" ]
	run -0 pcitag metrics
	[[ $output == *'pcitag_cleanings{state="manual"} 1'* ]]
	run -0 pcitag clean $NPU1
	jobs_of "erase@$NPU1.service"
	free $NPU1
}

@test "its own driver does not take it back: the units do not run, and it stays held" {
	cleans nic 'erase@.service'
	prepare one nic
	release one
	ctl set $NIC1 probe-fails=e1000e:EIO
	clear_unit_jobs
	run -1 pcitag clean $NIC1
	[[ $output == "pcitag: $NIC1 is not clean, and stays held: its own driver does not get it back: "* ]]
	[ -z "$(unit_jobs)" ]
	[[ "$(used $NIC1)" == *'"state":"held"'* ]]
	ctl set $NIC1 probe-fails=0
}

@test "its group is still open: held, and pcitag reconcile gives it to its driver later" {
	prepare one npu
	release one
	hold_group "$(group_of $NPU1)"
	run -1 pcitag clean $NPU1
	[[ $output == *"its own driver does not get it back: $NPU1 cannot be returned: process "* ]]
	held $NPU1
	drop_holder
	pcitag reconcile
	run -0 pcitag clean $NPU1
	free $NPU1
}

@test "the disks of an NVMe controller are hidden by its serial number, too" {
	prepare one npu
	release one
	sed -i 's/"previous_unknown":false/"previous_unknown":false,"serial":null,"nvme_serial":"S4CNNX0M"/' \
		"$root/var/lib/pcitag/used/$NPU1.json"
	begin_cleaning
	[ -e "$root/var/lib/pcitag/hidden/nvme-S4CNNX0M" ]
	kill_cleaning
	pcitag reconcile
	[ -e "$root/var/lib/pcitag/hidden/nvme-S4CNNX0M" ]
	mkdir "$root/var/lib/pcitag/hidden/nvme-left"
	unit "erase@$NPU1.service" 'type=oneshot'
	run -0 pcitag clean $NPU1
	[ "$(ls "$root/var/lib/pcitag/hidden")" = nvme-left ]
	pcitag reconcile
	[ -z "$(ls "$root/var/lib/pcitag/hidden")" ]
	free $NPU1
}

@test "what a crash has left hidden is shown again" {
	prepare one npu
	release one
	pcitag clean $NPU1
	mkdir "$root/var/lib/pcitag/hidden/$NPU1"
	pcitag reconcile
	[ ! -e "$root/var/lib/pcitag/hidden/$NPU1" ]
}

@test "a start that fails has used nothing, and nothing is cleaned" {
	ctl fail write '*/drivers_probe' 1 EIO
	run prepare one npu nic
	[ "$status" -ne 0 ]
	[ -z "$(used $NPU1)" ]
	[ -z "$(unit_jobs)" ]
	nothing_touched
}

@test "a mistake: clean without units, units without a use" {
	sed -i '/^clean_units/d' "$root/etc/pcitag/registry.ini"
	run prepare one npu
	[ "$status" -ne 0 ]
	[[ $output == *"[Edu] has after_use = clean and no clean_units; "* ]]
	lab_registry
	sed -i '/^type *= *npu$/a clean_units = erase@.service' "$root/etc/pcitag/registry.ini"
	run prepare one npu
	[ "$status" -ne 0 ]
	[[ $output == *"[Edu] has clean_units, which would never run; "* ]]
	nothing_touched
}

# ---- which card it was ---------------------------------------------------------------------------------------------

# with_serial ADDRESS HEX: the card that is there has this number.
with_serial() { ctl set "$1" "dsn=$2"; }

@test "another card of the same kind in its slot is not held, the same one is" {
	with_serial $NPU1 1122334455667788
	prepare one npu
	release one
	[[ "$(used $NPU1)" == *'"serial":"1122334455667788"'* ]]
	next_boot
	with_serial $NPU1 1122334455667788
	held $NPU1
	with_serial $NPU1 8877665544332211
	# Nothing is done to that card.
	run -1 pcitag clean $NPU1
	[ "$output" = "pcitag: the card that was used at $NPU1 is not there, or another one is; pcitag clean --as-is forgets it" ]
	[ -z "$(unit_jobs)" ]
	prepare two npu
	[ "$(placeholder two/npu)" = "/dev/pcitag/device/$NPU1" ]
	pcitag release --force two >/dev/null
	run -0 pcitag clean $NPU1 --as-is
	[ -z "$(used $NPU1)" ]
}

@test "a card that is moved to another slot is held there, and cleaned there" {
	unit "erase@$NPU2.service" 'type=oneshot'
	with_serial $NPU1 1122334455667788
	with_serial $NPU2 8877665544332211
	prepare one npu
	release one
	next_boot
	with_serial $NPU1 8877665544332211
	with_serial $NPU2 1122334455667788
	prepare two npu
	[ "$(placeholder two/npu)" = "/dev/pcitag/device/$NPU1" ]
	run -0 pcitag show $NPU2
	[[ $output == *"was used by domain one until"* ]]
	run prepare three npu.0 npu.1 npu.2
	[[ $output == *"$NPU2: its group "*"was used by domain one until"* ]]
	run -0 pcitag clean $NPU2
	jobs_of "erase@$NPU2.service"
	[ -z "$(used $NPU1)$(used $NPU2)" ]
	[ ! -e "$root/var/lib/pcitag/hidden/$NPU2" ]
	# Its old place is no longer hidden.
	pcitag reconcile
	[ ! -e "$root/var/lib/pcitag/hidden/$NPU1" ]
	pcitag release --force two >/dev/null
}

@test "a card without a number, or of which none can be read: the same ids at the same place are the same card" {
	prepare one npu
	release one
	[[ "$(used $NPU1)" != *serial* ]]
	next_boot
	with_serial $NPU1 1122334455667788
	held $NPU1
}

@test "the card is not there: nothing is cleaned, and --as-is forgets it" {
	prepare one npu
	release one
	clear_unit_jobs
	ctl remove $NPU1
	run -1 pcitag clean $NPU1
	[[ $output == "pcitag: the card that was used at $NPU1 is not there, or another one is; "* ]]
	[ -z "$(unit_jobs)" ]
	run -0 pcitag clean $NPU1 --as-is
	[ -z "$(used $NPU1)" ]
	ctl add $NPU1
}

@test "without the key no serial number is read" {
	lab_registry
	with_serial $NPU1 1122334455667788
	prepare one npu
	[[ "$(lease one)" != *serial* ]]
	release one
	nothing_touched
}
