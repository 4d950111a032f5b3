#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What somebody has open is not taken from him: disks first of all, by whatever name and however opened.

load helper

setup_file() {
	pretend_host lab
	settings <<<''
}

teardown_file() { pretend_end; }

# A loop device of this machine plays the disk: it can be opened, whatever sysfs is pretended.
setup() {
	pretend_reset
	registry <<-EOF
		[QEMU-NVMe]
		type = ssd
		vendor = 1b36
		device = 0010
	EOF
	image=$(mktemp "$BATS_TEST_TMPDIR/disk.XXXXXX")
	truncate -s 4M "$image"
	disk=$(losetup --find --show "$image")
	number=$(stat --format=%Hr:%Lr "$disk")
	ctl set "$NVME" "block=nvme0n1@$number"
	remember_host
}

teardown() {
	[[ -z ${BUSY_PID-} ]] || kill -KILL "$BUSY_PID" 2>/dev/null || true
	in_pretend rm -f /dev/nvme0n1
	for loop in "${above-}" "$disk"; do
		[[ -z $loop ]] || losetup --detach "$loop"
	done
}

# is_busy_with PID: a process of this test has the disk; it ends with the test.
is_busy_with() { BUSY_PID=$1; }

# opened PATH [MODE]: a process called "emulator" has it open, as perl's open() says it ("<", "+<").
opened() {
	perl -e 'open(F, $ARGV[1], $ARGV[0]) or die "$!"; $0 = "emulator"; open(D, ">", $ARGV[2]); close(D); sleep 600' \
		"$1" "${2-+<}" "$BATS_TEST_TMPDIR/opened" 3>&- &
	is_busy_with $!
	soon test -e "$BATS_TEST_TMPDIR/opened"
}

# not_given WHY: a domain that asks for the disk's controller is not started.
not_given() {
	run prepare vm ssd
	[[ $output == *"request ssd: "*"$NVME: is used by the host: $1" ]] || { echo "$output"; return 1; }
	[ "$status" -eq 1 ]
	nothing_touched
	[ "$(writes)" = '' ]
}

given() {
	prepare vm ssd
	[ "$(driver_of "$NVME")" = vfio-pci ]
	release vm
	nothing_touched
}

# not_given_while_mounted: the kernel has claimed the disk, where the pretend host sees no mount of it.
not_given_while_mounted() {
	mkfs.ext4 -q "$disk"
	mkdir "$BATS_TEST_TMPDIR/mnt"
	mount "$disk" "$BATS_TEST_TMPDIR/mnt"
	run not_given 'disk nvme0n1 is claimed (another mount namespace, ZFS, ...): Device or resource busy'
	umount "$BATS_TEST_TMPDIR/mnt"
	[ "$status" -eq 0 ] || { echo "$output"; return 1; }
}

@test "a disk that another guest's emulator has open, without O_EXCL" {
	opened "$disk" '+<'
	not_given "process $BUSY_PID (emulator) has /dev/nvme0n1 open"
	run pcitag list
	[[ $output == *"$NVME"*unavailable*"process $BUSY_PID (emulator) has /dev/nvme0n1 open"* ]]
	kill -KILL "$BUSY_PID"
	given
}

@test "a disk that is open for reading alone" {
	opened "$disk" '<'
	not_given "process $BUSY_PID (emulator) has /dev/nvme0n1 open"
}

@test "a disk that is open by another name, in another mount namespace" {
	unshare --mount --propagation private perl -e '
		my ($number, $done) = @ARGV;
		system("mount", "-t", "tmpfs", "other-dev", "/dev") == 0 or die;
		system("mknod", "/dev/vda", "b", split(/:/, $number)) == 0 or die;
		open(F, "+<", "/dev/vda") or die "$!";
		$0 = "emulator"; open(D, ">", $done); close(D); sleep 600' \
		"$number" "$BATS_TEST_TMPDIR/opened" 3>&- &
	is_busy_with $!
	soon test -e "$BATS_TEST_TMPDIR/opened"
	not_given "process $BUSY_PID (emulator) has /dev/nvme0n1 open"
}

@test "a partition that is open" {
	ctl set "$NVME" block=nvme0n1 "partition=nvme0n1p1@$number"
	opened "$disk" '<'
	not_given "process $BUSY_PID (emulator) has /dev/nvme0n1p1 open"
}

@test "a disk that is open with a claim is said to be so" {
	in_pretend mknod /dev/nvme0n1 b "${number%:*}" "${number#*:}"
	perl -e 'use Fcntl; sysopen(F, $ARGV[0], O_RDWR | O_EXCL) or die "$!"; $0 = "emulator"; open(D, ">", $ARGV[1]); close(D); sleep 600' \
		"$disk" "$BATS_TEST_TMPDIR/opened" 3>&- &
	is_busy_with $!
	soon test -e "$BATS_TEST_TMPDIR/opened"
	not_given "process $BUSY_PID (emulator) has /dev/nvme0n1 open"
}

@test "a disk that is claimed without a process" {
	in_pretend mknod /dev/nvme0n1 b "${number%:*}" "${number#*:}"
	not_given_while_mounted
	given
}

@test "a disk that is claimed without a process goes before the console's keyboard, whatever the key says" {
	registry <<-EOF
		[QEMU-NVMe]
		type = ssd
		vendor = 1b36
		device = 0010
		lend_console_input = yes
	EOF
	in_pretend mknod /dev/nvme0n1 b "${number%:*}" "${number#*:}"
	ctl set "$NVME" char=input/event5@1:7
	sleep 60 9</dev/full 3>&- &
	is_busy_with $!
	echo '0::/system.slice/systemd-logind.service' >"$BATS_TEST_TMPDIR/cgroup"
	in_pretend mount --bind "$BATS_TEST_TMPDIR/cgroup" "/proc/$BUSY_PID/cgroup"
	not_given_while_mounted
	given
	in_pretend umount "/proc/$BUSY_PID/cgroup"
}

@test "a disk below a loop device" {
	above=$(losetup --find --show "$disk")
	not_given "disk nvme0n1 is used by ${above#/dev/}"
	losetup --detach "$above"
	above=
	given
}

@test "a partition below a loop device that nobody uses" {
	ctl set "$NVME" block=nvme0n1 "partition=nvme0n1p1@$number"
	above=$(losetup --find --read-only --show "$disk")
	not_given "disk nvme0n1p1 is used by ${above#/dev/}"
}

@test "a disk that is opened for a moment, again and again" {
	perl -e '$0 = "smartd"; for (1 .. 3000) { open(F, "<", $ARGV[0]); select(undef, undef, undef, .2); close(F); select(undef, undef, undef, .1) }' \
		"$disk" 3>&- &
	is_busy_with $!
	sleep 0.1
	given
}

@test "a disk that somebody is just done with" {
	opened "$disk" '<'
	(sleep 0.5 && kill -KILL "$BUSY_PID") 3>&- &
	given
}

@test "force, for this device, gets past it" {
	opened "$disk" '+<'
	local REPLY
	host_root
	sed "\$aforce = $NVME" -i "$REPLY/etc/pcitag/registry.ini"
	prepare vm ssd
	[ "$(driver_of "$NVME")" = vfio-pci ]
	release vm
	sed '$d' -i "$REPLY/etc/pcitag/registry.ini"
	nothing_touched
}
