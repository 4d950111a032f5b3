#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# A lease owns addresses and groups: what was plugged in anew, or made anew, has another group.

load helper

setup_file() {
	pretend_host lab
	registry <<-EOF
		[Edu]
		type = npu
		vendor = 1234
		device = 11e8
		address = $NPU1

		[Edu-2]
		type = other
		vendor = 1234
		device = 11e8
		address = $NPU2
	EOF
	settings <<<'[pcitag]
release_timeout = 3'
}

teardown_file() { pretend_end; }

setup() {
	pretend_reset
	group=$(group_of $NPU1)
}

teardown() {
	drop_holder
	[[ -z ${LOGGER_PID-} ]] || kill "$LOGGER_PID"
}

# log_start: whatever is logged from now on is kept; logged prints it.
log_start() {
	nsenter --mount --target "$PRETEND_PID" -- perl -MIO::Socket::UNIX -e '
		unlink "/dev/log";
		my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => "/dev/log") or die;
		$| = 1;
		print "listening\n";
		while (defined $socket->recv(my $line, 4096)) { print "$line\n" }
	' >"$BATS_TEST_TMPDIR/log" 3>&- &
	LOGGER_PID=$!
	soon grep -q listening "$BATS_TEST_TMPDIR/log"
}

logged() { sed -n 's/.*pcitag\[[0-9]*\]: //p' "$BATS_TEST_TMPDIR/log"; }

# replug ADDR GROUP: it is unplugged, and comes back with another group.
replug() { ctl replug "$1" "group=$2"; }

# lent_and_replugged: domain a has NPU1, which then was plugged in anew, as group 40.
lent_and_replugged() {
	prepare a npu
	replug $NPU1 40
}

@test "a function that was plugged in anew still belongs to the domain that has its address" {
	lent_and_replugged
	run prepare b npu
		[ "$status" -eq 1 ]
	[ "$output" = "pcitag: domain 'b': request npu: 1 device of this host, none free: $NPU1: belongs to domain a, whose lease has it in another group" ]
	[ "$(lease b)" = '' ]
	[ "$(driver_of $NPU1)" = - ]
	release a
	prepare b npu
	[ "$(placeholder device/$NPU1)" = /dev/vfio/40 ]
	[ "$(driver_of $NPU1)" = vfio-pci ]
}

@test "what comes into the number of an assigned group belongs to it" {
	prepare a npu
	replug $NPU1 40
	replug $NPU2 "$group"
	run prepare b other
		[ "$status" -eq 1 ]
	[[ $output == *"$NPU2: its group $group belongs to domain a" ]]
}

@test "a function that is plugged into an assigned function's group is not assigned with it" {
	prepare a npu
	replug $NPU1 40
	replug $NPU2 40
	run prepare b other
		[ "$status" -eq 1 ]
	[[ $output == *"$NPU2: $NPU1 of its group 40 belongs to domain a, whose lease has it in another group" ]]
}

@test "a native hostdev of a function that was plugged in anew is refused" {
	lent_and_replugged
	EMULATOR=/usr/bin/qemu-system-x86_64 CONTAINER='' DEVICES=$(native $NPU1) run prepare n
		[ "$status" -eq 1 ]
	[ "$output" = "pcitag: domain 'n': hostdev $NPU1: it belongs to domain a, whose lease has it in another group; stop that domain first" ]
}

@test "a tag is refused a function that a native domain had before it was plugged in anew" {
	EMULATOR=/usr/bin/qemu-system-x86_64 CONTAINER='' DEVICES=$(native $NPU1) prepare n
	replug $NPU1 40
	run prepare a npu
		[ "$status" -eq 1 ]
	[[ $output == *"$NPU1: is used by domain n, whose lease has it in another group" ]]
}

@test "release leaves a function alone that was plugged in anew, and says so once" {
	lent_and_replugged
	ctl set $NPU1 driver=vfio-pci override=vfio-pci
	hold_group 40 $NPU1
	ctl clear
	log_start
	release a
	[ "$(logged)" = "domain 'a': $NPU1 is not the function that was assigned: its group is 40, was $group; left as it is" ]
	[ "$(writes)" = '' ]
	[ "$(driver_of $NPU1)" = vfio-pci ]
	[ "$(override_of $NPU1)" = vfio-pci ]
	[ "$(lease a)" = '' ]
	[ -z "$(placeholder a/npu)" ]
}

@test "a function that is plugged in anew once release has checked its group is left alone as well" {
	prepare a npu
	ctl clear
	# That nobody has the group open is asked after the group of the function was read.
	ctl when open "/dev/vfio/$group" 1 replug $NPU1 group=40 driver=vfio-pci override=vfio-pci
	release a
	[ "$(group_of $NPU1)" = 40 ]
	[ "$(writes)" = '' ]
	[ "$(driver_of $NPU1)" = vfio-pci ]
	[ "$(override_of $NPU1)" = vfio-pci ]
	[ "$(lease a)" = '' ]
}

@test "release does not wait for who has the old group's number now" {
	prepare a npu
	replug $NPU1 40
	replug $NPU2 "$group"
	ctl set $NPU2 driver=vfio-pci
	hold_group "$group" $NPU2
	release a
	[ "$(lease a)" = '' ]
	[ "$(driver_of $NPU2)" = vfio-pci ]
}

@test "release removes no link that another lease has made" {
	prepare a npu
	host_root
	ln -sfn /dev/vfio/40 "$REPLY/dev/pcitag/device/$NPU1"
	ln -sfn "/dev/pcitag/device/$NPU2" "$REPLY/dev/pcitag/a/npu"
	release a
	[ "$(placeholder device/$NPU1)" = /dev/vfio/40 ]
	[ "$(placeholder a/npu)" = "/dev/pcitag/device/$NPU2" ]
	[ "$(lease a)" = '' ]
}

@test "a function that was unplugged while it was assigned is struck off" {
	prepare a npu
	ctl remove $NPU1
	log_start
	release a
	[ "$(logged)" = "domain 'a': $NPU1 is gone: nothing to return" ]
	[ "$(lease a)" = '' ]
}

@test "what was bound by hand before and is taken back by hand is left alone, override included" {
	ctl set $NPU1 driver=vfio-pci override=vfio-pci
	prepare a npu
	ctl set $NPU1 driver=- override=-
	ctl clear
	log_start
	release a
	[ "$(writes)" = '' ]
	[ "$(driver_of $NPU1)" = - ]
	[ "$(lease a)" = '' ]
	[ "$(logged)" = "domain 'a': $NPU1 was rebound by another program; left as it is" ]
}

@test "an assigned function that is on another driver at release is left alone, override included" {
	prepare a npu
	ctl set $NPU1 driver=nvme
	ctl clear
	release a
	[ "$(writes)" = '' ]
	[ "$(driver_of $NPU1)" = nvme ]
	[ "$(override_of $NPU1)" = vfio-pci ]
}

@test "a function that went back to its own driver by itself gets its override back" {
	prepare a npu
	ctl set $NPU1 driver=-
	release a
	[ "$(driver_of $NPU1)" = - ]
	[ "$(override_of $NPU1)" = '(null)' ]
}
