#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # status, output and lines are set by bats
#
# The host is looked at without disturbing it, and without waiting for what does not answer.

load helper

setup_file() { pretend_host lab; }
teardown_file() { pretend_end; }

setup() {
	pretend_reset "$PRETEND_DIR/hosts/lab.desc"
	lab_registry
	remember_host
}

teardown() {
	ctl release
	drop_holder
	end_log
}

# opens: of group nodes since the last `ctl clear`.
opens() {
	ctl log | grep -c ' open /dev/vfio/' || true
}

# look_at_everything: all that only looks, on a host with a domain that asks for the same.
look_at_everything() {
	pcitag list
	pcitag metrics
	pcitag check || true
	pcitag probe
	pcitag show $NPU1
	domain_xml other npu | pcitag plan -
} >/dev/null

@test "who only looks opens no group that a guest has, nor one that the host has" {
	prepare vm npu nic
	DEVICES=$(native $NPU2) CONTAINER='' domain_xml native | in_daemon "$HOOK" native prepare begin -
	ctl set $NPU2 driver=vfio-pci
	ctl clear
	look_at_everything
	[ "$(opens)" -eq 0 ]

	release native
	ctl set $NPU2 driver=-
	release vm
	nothing_touched
}

@test "a group that somebody else's VFIO user may have is asked for" {
	ctl set $NPU1 driver=vfio-pci
	hold_group "$(group_of $NPU1)" $NPU1
	run -0 pcitag list --type npu
	[[ $output == *"$NPU1"*"is in use: another process has /dev/vfio/$(group_of $NPU1) open"* ]]
}

@test "a group that somebody opens for an instant fails no start" {
	ctl fail open "/dev/vfio/$(group_of $NPU1)" 1 EBUSY
	ctl fail open "/dev/vfio/$(group_of $NPU1)" 2 EBUSY
	prepare vm npu
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU1" ]
	release vm
	nothing_touched
}

@test "a group that somebody keeps open fails the start, and is returned" {
	local group
	group=$(group_of $NPU1)
	settings <<<'[pcitag]
	release_timeout = 1'
	ctl fail open "/dev/vfio/$group" '*' EBUSY
	run prepare vm npu
	[ "$status" -eq 1 ]
	[[ $output == *"another process has opened /dev/vfio/$group meanwhile" ]]
	ctl clear
	pcitag reconcile
	nothing_touched
}

@test "a group that cannot be asked is not taken for free: not by a start, not by a release" {
	local error group
	group=$(group_of $NPU1)
	settings <<<'[pcitag]
	release_timeout = 1'
	for error in ENOMEM EACCES EMFILE EIO EPERM ENFILE ENXIO ENODEV; do
		ctl set $NPU1 driver=vfio-pci override=vfio-pci
		ctl fail open "/dev/vfio/$group" '*' $error
		prepare vm npu
		[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU2" ]
		release vm
		ctl clear
		ctl set $NPU1 driver=- override=

		prepare vm npu
		hold_group "$group" $NPU1
		ctl clear
		ctl fail open "/dev/vfio/$group" '*' $error
		release vm || true
		[ -z "$(writes)" ]
		[ "$(driver_of $NPU1)" = vfio-pci ]
		lease_says vm quarantined
		ctl clear
		drop_holder
		soon pcitag reconcile
		nothing_touched
	done
}

# quarantine_pf: a physical function whose driver never lets go of it: whoever needs its lock waits.
quarantine_pf() {
	pretend_reset "$PRETEND_DIR/hosts/sriov.desc"
	registry <<-'EOF'
		[Pf]
		type = pf
		vendor = 8086
		device = 10c9

		[Vf]
		type = vf
		vendor = 8086
		device = 10ca
	EOF
	settings <<<'[pcitag]
	release_timeout = 1'
	prepare stuck pf
	ctl set 0000:03:00.0 unbind-hangs=vfio-pci
	release stuck || true
	lease_says stuck quarantined
}

@test "a function that hangs in its unbind stops neither looking nor other starts" {
	quarantine_pf
	run -0 timeout 10 nsenter --mount --target "$PRETEND_PID" -- /usr/sbin/pcitag list
	[[ $output == *"0000:03:00.0"*"its group 19 is quarantined since domain stuck"* ]]
	[[ $output == *"0000:02:00.0"*"is a physical function with 4 virtual functions enabled"* ]]
	run prepare other pf
	[ "$status" -eq 1 ]
	[[ $output == *"request pf: 2 devices of this host, none free"* ]]
	prepare other vf
	release other
	run -3 timeout 10 nsenter --mount --target "$PRETEND_PID" -- /usr/sbin/pcitag reconcile
	lease_says stuck quarantined
}

@test "the configuration space of a guest's own device is not read" {
	prepare vm npu
	# Its first read would be seen: another device loses its driver by it.
	ctl when read "*/$NPU1/config" 1 set $BEHIND1 driver=-
	prepare other npu nic.0 nic.1
	run -0 pcitag list
	[[ $output == *"$NPU1"*"belongs to domain vm"* ]]
	[ "$(driver_of $BEHIND1)" = e1000 ]
	ctl clear
	release other
	release vm
	nothing_touched
}

# change_before_proof ADDR NTH WORD...: something else happens to ADDR right before a worker proves that it still is
# what was chosen. Of a look at a function the vendor is read first. NTH is 3 for the first try: once to match it,
# once to choose it, once to prove it; 4 is to return it, and then all begins anew.
change_before_proof() {
	local addr=$1 nth=$2
	shift 2
	ctl when read "*/$addr/vendor" "$nth" set "$addr" "$@"
}

# chosen_anew ADDR WHAT: what the last start has logged about it, once.
chosen_anew() {
	soon grep -q 'ready in' "$BATS_TEST_TMPDIR/log"
	[ "$(grep -c 'choosing anew' "$BATS_TEST_TMPDIR/log")" -eq 1 ]
	grep -q "domain 'vm': cannot bind $1: since it was chosen $2; choosing anew" "$BATS_TEST_TMPDIR/log"
}

# written_to ADDR: what was written to it, or about it.
written_to() {
	writes | grep "$1"
}

@test "a group that has changed between the choice and the first write is chosen anew, as it is now" {
	local group
	group=$(group_of $DUAL0)
	start_log
	change_before_proof $DUAL0 3 group=40
	prepare vm dual
	chosen_anew $DUAL0 "its group has become 40, it was $group"
	[ "$(placeholder device/$DUAL0)" = /dev/vfio/40 ]
	[ "$(placeholder vm/dual)" = "/dev/pcitag/device/$DUAL0" ]
	# The other one of the old group was returned, and is no member any more.
	[ "$(driver_of $DUAL1)" = e1000e ]
	[ "$(override_of $DUAL1)" = '(null)' ]
	[[ $(lease vm) != *"$DUAL1"* ]]
	# Not one write before it was chosen as it is.
	[ "$(written_to $DUAL0 | wc -l)" -eq 3 ]
	release vm
	[ "$(driver_of $DUAL0)" = e1000e ]
	[ "$(lease vm)" = '' ]
}

@test "another device in the place of the chosen one is not written to" {
	registry <<-EOF
		[Dual-82574L]
		type = dual
		vendor = 8086
		device = 10d3
		address = $DUAL0
	EOF
	start_log
	change_before_proof $DUAL0 3 device=10d4
	run prepare vm dual
	[ "$status" -eq 1 ]
	[[ $output == *"request dual: no device of this host"* ]]
	soon grep -q "cannot bind $DUAL0: since it was chosen another device has come to its place; choosing anew" \
		"$BATS_TEST_TMPDIR/log"
	run -1 written_to $DUAL0
	[ "$(driver_of $DUAL1)" = e1000e ]
	ctl set $DUAL0 device=10d3
	nothing_touched
}

@test "another vendor in the place of the chosen device is not written to, and the next one is given" {
	start_log
	change_before_proof $NPU1 3 vendor=4321
	prepare vm npu
	chosen_anew $NPU1 'another device has come to its place'
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU2" ]
	run -1 written_to $NPU1
	release vm
	ctl set $NPU1 vendor=1234
	nothing_touched
}

@test "what has lost its driver between the choice and the first write gets it back, and is chosen anew" {
	start_log
	change_before_proof $DUAL0 3 driver=-
	prepare vm dual
	chosen_anew $DUAL0 'its driver has become none, it was e1000e'
	# By the time of the second choice it had its driver again.
	[[ $(written_to $DUAL0 | head -n 1) == *"$DUAL0/driver_override \"e1000e\"" ]]
	[ "$(driver_of $DUAL0)" = vfio-pci ]
	release vm
	nothing_touched
}

# Another domain gave it back in that moment: without a driver already, and its override not cleared yet.
@test "an override that was about to go when it was chosen does not come back" {
	start_log
	ctl set $NPU1 override=vfio-pci
	change_before_proof $NPU1 3 override=
	prepare vm npu
	chosen_anew $NPU1 'its driver override has changed'
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU1" ]
	release vm
	[ "$(override_of $NPU1)" = '(null)' ]
	nothing_touched
}

@test "what is plugged in anew between the proof and the first write is given to the host, and chosen anew" {
	local group
	group=$(group_of $DUAL0)
	# The last thing that is proved is that nobody has the group open; the first to ask that is who looks.
	ctl set $DUAL1 driver=vfio-pci
	start_log
	ctl when open "/dev/vfio/$group" 2 replug $DUAL0 group=40
	prepare vm dual
	chosen_anew $DUAL0 "its group has become 40, it was $group"
	[ "$(writes | grep -c "$DUAL0/driver_override \"vfio-pci\"")" -eq 2 ]
	[ "$(placeholder device/$DUAL0)" = /dev/vfio/40 ]
	release vm
	[ "$(driver_of $DUAL0)" = e1000e ]
	[ "$(override_of $DUAL0)" = '(null)' ]
}

@test "what changes again and again fails the start after the third try, and was not written to" {
	local group
	group=$(group_of $NPU1)
	registry <<-EOF
		[Edu]
		type = npu
		vendor = 1234
		device = 11e8
		address = $NPU1
	EOF
	start_log
	change_before_proof $NPU1 3 group=40
	change_before_proof $NPU1 6 group=41
	change_before_proof $NPU1 9 group=42
	run prepare vm npu
	[ "$status" -eq 1 ]
	[[ $output == *"cannot bind $NPU1: since it was chosen its group has become 42, it was 41" ]]
	soon grep -q 'become 42' "$BATS_TEST_TMPDIR/log"
	[ "$(grep -c 'choosing anew' "$BATS_TEST_TMPDIR/log")" -eq 2 ]
	[ -z "$(writes)" ]
	ctl set $NPU1 group="$group"
	nothing_touched
}

@test "a group that was opened between the choice and the first write is not unbound" {
	settings <<<'[pcitag]
	release_timeout = 1'
	ctl set $DUAL1 driver=vfio-pci
	ctl when read "*/$DUAL0/vendor" 3 hold "$(group_of $DUAL0)"
	run -1 prepare vm dual
	[[ $output == *"cannot bind $DUAL0: another process has /dev/vfio/$(group_of $DUAL0) open"* ]]
	run -1 grep unbind <(writes)
	[ "$(driver_of $DUAL0)" = e1000e ]
}

@test "a device that does not answer is left out, and the others are assigned" {
	local begin=${EPOCHREALTIME/./}
	ctl stall read "*/$NPU1/config" '*'
	prepare vm npu
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU2" ]
	run -0 pcitag list
	[[ $output == *"$NPU1"*"unavailable  does not answer in time"* ]]
	[[ $output == *"$NPU3"*"free"* ]]
	# 0.6 s each for the one that does not answer; the rest is for a slow machine.
	(( ${EPOCHREALTIME/./} - begin < 8000000 ))
	release vm
	ctl release
	nothing_touched
}

@test "a device that answers late is waited for before the start is refused" {
	registry <<-EOF
		[Edu]
		type = npu
		vendor = 1234
		device = 11e8
		address = $NPU1
	EOF
	ctl stall read "*/$NPU1/config" 1
	prepare vm npu
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU1" ]
	release vm
	ctl release
	nothing_touched
}

# Two types of device that one request may get, so that a start for it looks at configuration spaces and processes.
@test "a device and a process that never answer hold up a start by a second at most, a list by three" {
	registry <<-EOF
		[Edu]
		type = any
		vendor = 1234
		device = 11e8

		[Intel-82574L]
		type = any
		vendor = 8086
		device = 10d3
		address = $NIC1
	EOF
	ctl set $NIC1 char=ptp/ptp0@248:0
	prepare vm any
	release vm
	local begin=$EPOCHREALTIME without=0 silent
	prepare vm any
	without=$(((${EPOCHREALTIME//./} - ${begin//./}) / 1000))
	[ "$(placeholder vm/any)" = "/dev/pcitag/device/$NPU1" ]
	release vm

	sleep 600 3>&- &
	silent=$!
	in_pretend mount --bind /sys/bus/pci/devices/$BEHIND1 "/proc/$silent/fd"
	ctl stall read "*/$NPU1/config" '*'
	ctl stall list "*/$BEHIND1" '*'
	begin=$EPOCHREALTIME
	prepare vm any
	within $((without + 1000)) "$begin"
	[ "$(placeholder vm/any)" = "/dev/pcitag/device/$NPU2" ]
	begin=$EPOCHREALTIME
	run -0 pcitag list
	within 3000 "$begin"
	[[ $output == *"$NPU1"*"unavailable  does not answer in time"* ]]
	[[ $output == *"$NIC1"*"process $silent does not tell in time whether it has /dev/ptp/ptp0 open"* ]]
	begin=$EPOCHREALTIME
	pcitag reconcile
	within 3000 "$begin"
	begin=$EPOCHREALTIME
	release vm
	within $((without + 1000)) "$begin"
	ctl release
	in_pretend umount -l "/proc/$silent/fd"
	kill $silent
	nothing_touched
}

# longest_wait STOP: takes the store's lock again and again until the file STOP is there, and prints how many
# milliseconds it had to wait at most.
longest_wait() {
	local REPLY
	host_root
	perl -MFcntl -MTime::HiRes=time,sleep -e 'open(my $f, "+<", $ARGV[0]) or die "open: $!";
		sub lock_it { fcntl($f, F_SETLKW, pack("s s x![q] q q i x4", $_[0], 0, 0, 1, 0)) or die "lock: $!" }
		my ($longest, $tries) = (0, 0);
		until (-e $ARGV[1]) {
			my $begin = time;
			lock_it(F_WRLCK);
			my $took = time - $begin;
			lock_it(F_UNLCK);
			$longest = $took if $took > $longest;
			$tries++;
			sleep 0.002;
		}
		printf "%d %d\n", $longest * 1000, $tries' "$REPLY/run/pcitag/lock" "$1"
}

@test "show and probe of a device that does not answer say what the kernel knows by itself" {
	local attribute
	for attribute in current_link_speed max_link_width reset_method sriov_totalvfs config; do
		ctl stall read "*/$NPU1/$attribute" '*'
		run -0 timeout 10 nsenter --mount --target "$PRETEND_PID" -- /usr/sbin/pcitag show "$NPU1"
		[[ $output == *"$NPU1"* ]]
		run -0 timeout 10 nsenter --mount --target "$PRETEND_PID" -- /usr/sbin/pcitag probe --json
		jq -e --arg a "$NPU1" '[.devices[].address] | index($a) and length > 3' <<<"$output" >/dev/null
		ctl release
		ctl clear
	done
}

@test "the lock of the store is held for less than 200 ms, whatever does not answer" {
	local longest tries load
	prepare vm npu
	release vm
	ctl stall read "*/$NPU1/config" '*'
	longest_wait "$BATS_TEST_TMPDIR/stop" >"$BATS_TEST_TMPDIR/waits" 3>&- &
	prepare vm npu.1 npu.2
	pcitag list >/dev/null
	pcitag reconcile
	release vm
	: >"$BATS_TEST_TMPDIR/stop"
	wait $!
	read -r longest tries <"$BATS_TEST_TMPDIR/waits"
	echo "at most $longest ms in $tries tries"
	((tries > 100))
	read -r load _ </proc/loadavg
	((longest < 200 * (${load%.*} / $(nproc) + 1)))
	ctl release
	nothing_touched
}

# time_start DOMAIN REQUEST: sets "without" to the milliseconds of a start by itself, the second one.
time_start() {
	local begin
	prepare "$1" "$2"
	release "$1"
	begin=$EPOCHREALTIME
	prepare "$1" "$2"
	without=$(((${EPOCHREALTIME//./} - ${begin//./}) / 1000))
	release "$1"
}

@test "a start waits a quarter of a second for the turn to read the host, and goes on without it" {
	local begin without
	time_start vm npu
	hold_lock 1
	begin=$EPOCHREALTIME
	prepare vm npu
	((${EPOCHREALTIME//./} - ${begin//./} >= 250000))
	within $((without + 1000)) "$begin"
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU1" ]
	kill "$HOLDER"
	release vm
	nothing_touched
}

# The first of them reads the host for 0.6 s and has the turn.
@test "a start that waits for a device holds up one that does not by less than a second" {
	local begin without
	time_start net nic
	ctl stall read "*/$NPU1/config" '*'
	prepare vm npu 3>&- &
	begin=$EPOCHREALTIME
	prepare net nic
	within $((without + 1000)) "$begin"
	wait $!
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU2" ]
	release vm
	release net
	ctl release
	nothing_touched
}

# flood: half a million descriptors, in as many processes as the limit of each asks for.
flood() {
	local each=$(($(ulimit -Hn) < 100000 ? $(ulimit -Hn) - 100 : 100000))
	local i processes=$((500000 / each + 1))
	for ((i = 0; i < processes; i++)); do
		perl -MPOSIX=dup -e 'for (1 .. $ARGV[0]) { defined dup(0) or die "dup: $!" } open(D, ">", $ARGV[1]);
			print D "opened\n"; close(D); sleep 600' "$each" "$BATS_TEST_TMPDIR/opened.$i" </dev/null 3>&- &
		flooders+=($!)
	done
	for ((i = 0; i < processes; i++)); do
		soon test -s "$BATS_TEST_TMPDIR/opened.$i"
	done
}

@test "half a million descriptors are searched for a device with nodes, within bounds, and hold up no other start" {
	local flooders=() begin looking
	ctl set $NIC1 char=ptp/ptp0@248:0
	flood
	start_log
	begin=$EPOCHREALTIME
	prepare net nic &
	looking=$!
	prepare vm npu
	within 3000 "$begin"
	wait $looking
	within 10000 "$begin"
	[ "$(placeholder net/nic)" = "/dev/pcitag/device/$NIC1" ] || { put "$BATS_TEST_TMPDIR/log"; pcitag list; false; }
	kill "${flooders[@]}"
	release net
	release vm
	nothing_touched
}
