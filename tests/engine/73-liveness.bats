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

# ends_with_test PID: a process that the test began
ends_with_test() { OTHERS+=("$1"); }

# ---- libvirt's daemon ---------------------------------------------------------------------------------

@test "the daemon dies while its hook waits for the lock: the start fails, process 1 is nobody's daemon" {
	prepare other npu
	release other
	hold_lock 0
	ends_with_test "$HOLDER"
	prepare vm npu 3>&- 2>/dev/null &
	waiting=$!
	soon in_pretend pgrep -xf 'pcitag-engine hook vm prepare begin -'
	sleep 0.3
	daemon_kill
	kill -KILL "$HOLDER"
	wait $waiting || true
	soon eval '! in_pretend pgrep -xf "pcitag-engine hook vm prepare begin -"'
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

@test "the clock is set back: what no emulator uses is returned after two minutes all the same" {
	prepare vm npu
	age_lease vm 121
	set_clock vm -3600
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"returned "*"no emulator runs, 120 seconds after its start began" ]]
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

# ---- the emulator ------------------------------------------------------------------------------------

@test "a process of any user that calls itself the emulator keeps nothing" {
	prepare vm npu
	daemon_kill
	perl -e 'sleep 100' -- -uuid "$(uuid_of vm)" </dev/null >/dev/null 2>&1 3>&- &
	ends_with_test $!
	setpriv --reuid nobody --regid nogroup --clear-groups perl -e 'sleep 100' -- -name vm -uuid "$(uuid_of vm)" \
		</dev/null >/dev/null 2>&1 3>&- &
	ends_with_test $!
	sleep 0.3
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"returned "*" is gone and no emulator runs" ]]
	nothing_touched

	prepare vm npu
	daemon_kill
	run -0 pcitag release vm
	nothing_touched
	prepare vm npu
	run -0 pcitag release vm --force
	nothing_touched
}

@test "an emulator that erases its arguments, its name and closes its group keeps its device" {
	prepare vm npu
	emulator vm
	daemon_kill
	state=$(host_state)
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"in use "*"its emulator runs (process $EMULATOR_PID)" ]]
	run -1 pcitag release vm --force
	[ "$output" = "pcitag: domain 'vm': its emulator runs (process $EMULATOR_PID); end the domain with virsh destroy" ]
	prepare other npu
	[ "$(placeholder other/npu)" = "/dev/pcitag/device/$NPU2" ]
	release other
	[ "$(host_state)" = "$state" ]
}

@test "the same two minutes after its start, with libvirt's daemon alive" {
	prepare vm npu
	emulator vm
	age_lease vm 130
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"in use "*"its emulator runs (process $EMULATOR_PID)" ]]
	[ "$(driver_of $NPU1)" = vfio-pci ]
}

@test "an emulator whose first thread has ended still has what it has open" {
	prepare vm npu
	cat >"$BATS_TEST_TMPDIR/threads.c" <<-'C'
		#include <pthread.h>
		#include <unistd.h>
		static void *go_on(void *arg) { sleep(600); return arg; }
		int main(void) { pthread_t t; pthread_create(&t, 0, go_on, 0); pthread_exit(0); }
	C
	gcc -pthread -o "$BATS_TEST_TMPDIR/threads" "$BATS_TEST_TMPDIR/threads.c"
	"$BATS_TEST_TMPDIR/threads" 3>&- &
	EMULATOR_PIDS+=($!)
	libvirt_says vm $!
	soon grep -q '^State:.*zombie' "/proc/$!/status"
	daemon_kill
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"in use "*"its emulator runs (process "* ]]
	emulators_die
	run -0 pcitag reconcile
	nothing_touched
}

@test "the pid file alone, before libvirt has written a status" {
	local REPLY
	host_root
	prepare "R&D 'x'" npu 2>/dev/null || true
	OWNER=vm prepare vm npu
	emulator vm
	rm "$REPLY/run/libvirt/qemu/vm.xml"
	daemon_kill
	run -0 pcitag reconcile
	[[ $output == *"vm "*"in use "*"its emulator runs (process $EMULATOR_PID)"* ]]
	[ "$(driver_of $NPU1)" = vfio-pci ]
}

@test "a status alone, and one of another domain with that name" {
	local REPLY
	host_root
	prepare vm npu
	emulator vm
	rm "$REPLY/run/libvirt/qemu/vm.pid"
	daemon_kill
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"in use "*"its emulator runs (process $EMULATOR_PID)" ]]
	sed -i "s|<uuid>.*</uuid>|<uuid>$(uuid_of other)</uuid>|" "$REPLY/run/libvirt/qemu/vm.xml"
	run -0 pcitag reconcile
	nothing_touched
}

@test "a status that cannot be understood: in use" {
	local REPLY
	host_root
	prepare vm npu
	prepare other npu
	libvirt_says vm 1
	echo '<domstatus' >"$REPLY/run/libvirt/qemu/vm.xml"
	daemon_kill
	run -0 pcitag reconcile
	[[ $output == *"vm "*"in use "*"its emulator may run: libvirt's status of domain 'vm' cannot be understood"* ]]
	[[ $output == *"other "*"returned "* ]]
	[ "$(driver_of $NPU1)" = vfio-pci ]
	emulators_end
	run -0 pcitag reconcile
	nothing_touched
}

@test "a process that has the number of a dead emulator: one of another user is told from it" {
	prepare vm npu
	setpriv --reuid nobody --regid nogroup --clear-groups sleep 600 </dev/null >/dev/null 2>&1 3>&- &
	other=$!
	ends_with_test "$other"
	soon eval '[[ $(stat -c %U /proc/$other) == nobody ]]'
	libvirt_says vm "$other" 64055
	daemon_kill
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"returned "*" is gone and no emulator runs" ]]
	nothing_touched

	# The emulator's own user.
	prepare vm npu
	libvirt_says vm "$other" "$(id -u nobody)"
	daemon_kill
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"in use "*"its emulator runs (process $other)" ]]
	emulators_end
	run -0 pcitag reconcile
	nothing_touched
}

@test "an emulator that is being forked two minutes after its start began is waited for" {
	prepare vm npu
	age_lease vm 130
	daemon_fork
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"in use "*"process $EMULATOR_PID, a child of libvirt's daemon, may be about to become its emulator" ]]
	run -1 pcitag release vm
	[[ $output == *"process $EMULATOR_PID, a child of libvirt's daemon, may be about to become its emulator; "* ]]
	[ "$(driver_of $NPU1)" = vfio-pci ]
	emulators_end
	run -0 pcitag reconcile
	nothing_touched
}

@test "a process with the daemon's command line is not one that it has forked" {
	local requests=$BATS_FILE_TMPDIR/daemon
	prepare vm npu
	setpriv --reuid nobody --regid nogroup --clear-groups perl -e '$0 = $ARGV[0]; sleep 600' \
		"$(tr '\0' ' ' <"/proc/$(<"$requests.pid")/cmdline")" </dev/null >/dev/null 2>&1 3>&- &
	ends_with_test $!
	sleep 0.3
	run -0 pcitag release vm --force
	nothing_touched
}

@test "the leases were deleted, the guest runs and has closed its group: its device stays its own" {
	local REPLY
	host_root
	OWNER=other-than-its-name prepare vm npu
	emulator vm
	rm -r "$REPLY/run/pcitag"
	run -3 pcitag reconcile
	[[ $output == *"quarantined "*"its emulator runs (process $EMULATOR_PID)"* ]]
	[ "$(driver_of $NPU1)" = vfio-pci ]
	prepare other npu
	[ "$(placeholder other/npu)" = "/dev/pcitag/device/$NPU2" ]
	release other
	emulators_end
	run -0 pcitag reconcile
	nothing_touched
}

@test "libvirt starts a domain anew whose emulator has outlived it: refused" {
	prepare vm npu
	emulator vm
	daemon_kill
	state=$(host_state)
	run -1 prepare vm npu
	[ "$output" = "pcitag: domain 'vm': the lease of its earlier run cannot be returned: its emulator runs (process $EMULATOR_PID); end that process" ]
	[ "$(host_state)" = "$state" ]
	emulators_die
	prepare vm npu
	emulators_end
	release vm
	nothing_touched
}

# ---- what is attached --------------------------------------------------------------------------------

# attached_vm: vm runs and has NPU1, attached.
attached_vm() {
	local REPLY
	host_root
	LIBVIRT=$REPLY/run/stand-in
	cp "$BATS_TEST_DIRNAME/pcitag-domain" "$REPLY/usr/bin/pcitag-domain"
	rm -rf "$LIBVIRT"
	mkdir -p "$LIBVIRT/domains"
	CONTAINER='' EMULATOR=/usr/bin/qemu-system-x86_64 domain_xml vm >"$LIBVIRT/domains/vm.xml"
	emulator vm
	pcitag attach vm npu
}

@test "a guest that closes the group of an attached device keeps it, as long as libvirt has it in the domain" {
	attached_vm
	ctl unhold "$(group_of $NPU1)"
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"in use "*"its emulator runs (process $EMULATOR_PID)" ]]
	[ "$(driver_of $NPU1)" = vfio-pci ]
	run -0 pcitag attach vm nic
	[ "$(driver_of $NPU1)" = vfio-pci ]
	run -0 pcitag detach vm nic
	prepare other npu
	[ "$(placeholder other/npu)" = "/dev/pcitag/device/$NPU2" ]
	release other

	sed -i "s|$(native $NPU1)||" "$LIBVIRT/domains/vm.xml"
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"returned "*"the guest has not got it" ]]
	nothing_touched
}

@test "libvirt cannot be asked: what is attached stays" {
	local REPLY
	host_root
	attached_vm
	ctl unhold "$(group_of $NPU1)"
	mv "$REPLY/usr/bin/pcitag-domain" "$REPLY/usr/bin/pcitag-domain.away"
	run pcitag reconcile
	mv "$REPLY/usr/bin/pcitag-domain.away" "$REPLY/usr/bin/pcitag-domain"
	[ "$status" -eq 0 ]
	[[ ${lines[1]} == "vm "*"in use "*"its emulator runs (process $EMULATOR_PID); what is attached stays: cannot run /usr/bin/pcitag-domain: No such file or directory" ]]
	mv "$LIBVIRT/domains/vm.xml" "$LIBVIRT/vm.xml"
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"in use "*"; what is attached stays: there is no domain "* ]]
	[ "$(driver_of $NPU1)" = vfio-pci ]
	mv "$LIBVIRT/vm.xml" "$LIBVIRT/domains/vm.xml"
	run -0 pcitag detach vm npu
	nothing_touched
}
