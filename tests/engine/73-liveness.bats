#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # status, output and lines are set by bats
#
# Who still runs, and who will release a lease: by what root and the kernel say, never by what a process says of
# itself, and by a clock that nobody sets.

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
	[[ -z ${OTHERS-} ]] || kill -KILL "${OTHERS[@]}" 2>/dev/null || true
}

teardown_file() {
	pretend_end
}

# ---- libvirt's daemon ---------------------------------------------------------------------------------

# lock_store: some process holds the store's lock until it is killed; its pid in LOCKER.
lock_store() {
	perl -MFcntl -e 'open(my $f, "+<", $ARGV[0]) or die; my $l = pack("s s x![q] q q i x4", F_WRLCK, 0, 0, 1, 0);
		fcntl($f, F_SETLK, $l) or die; print "locked\n"; close(STDOUT); sleep 60' \
		"/proc/$PRETEND_PID/root/run/pcitag/lock" >"$BATS_TEST_TMPDIR/locker" 3>&- &
	LOCKER=$!
	OTHERS+=("$LOCKER")
	soon test -s "$BATS_TEST_TMPDIR/locker"
}

@test "the daemon dies while its hook waits for the lock: the start fails, process 1 is nobody's daemon" {
	prepare other npu
	release other
	lock_store
	prepare vm npu 3>&- 2>/dev/null &
	waiting=$!
	soon in_pretend pgrep -xf 'pcitag hook vm prepare begin -'
	sleep 0.3
	daemon_kill
	kill -KILL "$LOCKER"
	wait $waiting || true
	soon eval '! in_pretend pgrep -xf "pcitag hook vm prepare begin -"'
	[ -z "$(lease vm)" ]
	nothing_touched
	prepare vm npu
	release vm
}

@test "a hook whose daemon is gone when it begins: nothing is touched" {
	domain_xml vm npu >"$BATS_TEST_TMPDIR/vm.xml"
	# Its parent ends at once, and process 1 is its parent from then on.
	run in_pretend bash -c '(sleep 0.3; exec "$1" vm prepare begin - <"$2") >"$2.out" 2>&1 &' \
		- "$HOOK" "$BATS_TEST_TMPDIR/vm.xml"
	soon test -s "$BATS_TEST_TMPDIR/vm.xml.out"
	[ "$(<"$BATS_TEST_TMPDIR/vm.xml.out")" = "pcitag: domain 'vm': libvirt's daemon, which wanted to start it, is gone" ]
	nothing_touched
}

# ---- the clock ---------------------------------------------------------------------------------------

# The wall clock of the lease, as if it had been set by so many seconds since.
set_clock() {
	local REPLY
	host_root
	sed -i "s/\"since\":[0-9]*/\"since\":$(($(date +%s) - $2))/" "$REPLY/run/pcitag/leases/$(uuid_of "$1").json"
}

@test "the clock is set forward between a start and its emulator: two minutes have not passed" {
	prepare vm npu
	set_clock vm 3600
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"in use "*"will release it" ]]
	[ "$(driver_of $NPU1)" = vfio-pci ]
	release vm
	nothing_touched
}

@test "the clock is set back: what no emulator uses goes back after two minutes all the same" {
	prepare vm npu
	age_lease vm 121
	set_clock vm -3600
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"given back "*"no emulator runs, 120 seconds after its start began" ]]
	nothing_touched
}

@test "the timers go by a clock that nobody sets" {
	local REPLY unit
	host_root
	for unit in reconcile metrics; do
		run -1 grep OnCalendar "$REPLY/usr/lib/systemd/system/pcitag-$unit.timer"
		grep -qx OnUnitActiveSec=60 "$REPLY/usr/lib/systemd/system/pcitag-$unit.timer"
		grep -qx OnBootSec=60 "$REPLY/usr/lib/systemd/system/pcitag-$unit.timer"
	done
}
