#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# after_use = clean with the shipped unit for NVMe: what a guest has written to the lab's disk is not there for the next
# one, and until that is proven no guest gets it, and the host does not look at it. The guest is a boot sector of ours,
# which says a word on the serial port, and writes itself to the second block of the disk that it was read from.

load tagged

UNIT=pcitag-clean-nvme@$NVME.service

setup_file() {
	lab_clean
	lab 'cat >/etc/pcitag/registry.ini; : >/etc/pcitag/pcitag.ini' < <(
		machine_registry
		printf '[Disk]\ntype = nvme\nvendor = 1b36\ndevice = 0010\nafter_use = clean\nclean_units = pcitag-clean-nvme@.service\n'
	)
	boot_sector >"$BATS_FILE_TMPDIR/sector"
	lab_put "$BATS_FILE_TMPDIR/sector" /var/tmp/sector
	sed -e 's|<name>plain</name>|<name>vm</name>|' -e 's|/plain-serial|/vm-serial|' \
		-e '/<kernel>/d' -e '/<initrd>/d' -e '/<cmdline>/d' "$LAB_DIR/domains/plain.xml" >"$BATS_FILE_TMPDIR/vm.xml"
	lab_define "$BATS_FILE_TMPDIR/vm.xml"
	lab pcitag add vm nvme --option bootindex=1
}

setup() {
	remember_host
	lab 'dd if=/var/tmp/sector of=/dev/nvme0n1 bs=512 conv=fsync status=none'
}

teardown() {
	lab "virsh destroy vm; swapoff -a; rm -rf /etc/systemd/system/pcitag-clean-nvme@.service.d; systemctl daemon-reload
		systemctl stop pcitag-clean@$NVME.service $UNIT; systemctl reset-failed
		pcitag reconcile; pcitag clean $NVME --as-is" >/dev/null 2>&1 || true
}

teardown_file() {
	lab 'dd if=/dev/zero of=/dev/nvme0n1 bs=1M count=1 conv=fsync; rm -f /var/tmp/sector' >/dev/null 2>&1 || true
	lab_clean
}

# boot_sector: prints one that says a word, writes itself to the next block (INT 13h, AH=03h), says a second word, and
# stops.
boot_sector() {
	perl -e 'sub say { "ba" . "f803" . join "", map { sprintf "b0%02xee", ord } split //, "$_[0]\n" }
		# push dx; say; pop dx; es = 0, ax = 0301, bx = 7c00, cx = 2, dh = 0; int 13h; say; cli, hlt.
		print pack "a510 H4", pack("H*", "52" . say("a guest was here") . "5a" . "31c08ec0b80103bb007cb9020030f6cd13" .
			say("it has written") . "faf4ebfd"), "55aa"'
}

# unit_is LINES: the shipped unit does this instead.
unit_is() {
	lab "mkdir -p /etc/systemd/system/pcitag-clean-nvme@.service.d
		printf '[Service]\n%b\n' '$1' >/etc/systemd/system/pcitag-clean-nvme@.service.d/test.conf
		systemctl daemon-reload"
}

unit_is_shipped() {
	lab 'rm -rf /etc/systemd/system/pcitag-clean-nvme@.service.d; systemctl daemon-reload; systemctl reset-failed'
}

# guest_writes: a guest has the disk, writes to it, and ends.
guest_writes() {
	lab virsh --quiet start vm
	[ "$(lab_driver $NVME)" = vfio-pci ]
	lab_serial_wait vm '^it has written'
	lab virsh --quiet destroy vm
}

# becomes TEXT: waits until the device's line of the list has it.
becomes() {
	lab_until 120 "pcitag list | grep '^$NVME ' | grep -F '$1'" || { lab pcitag list && false; }
}

# second_block: prints what the second block of the disk has in common with ours: "same" or "other".
second_block() {
	lab 'dd if=/dev/nvme0n1 iflag=direct bs=512 skip=1 count=1 status=none | cmp -s - /var/tmp/sector && echo same || echo other'
}

@test "what a guest has written is there while it is held, hidden from the host, and gone for the next guest" {
	unit_is 'ExecStart=\nExecStart=/bin/false'
	guest_writes
	becomes 'and its cleaning failed: '
	[[ $(lab pcitag list) == *"$UNIT: exit code 1"* ]]
	# Its own driver has it, and the guest's block is there: what follows shows something.
	[ "$(lab_driver $NVME)" = nvme ]
	[ "$(second_block)" = same ]
	# A file system would be found here, were it not hidden.
	lab 'mkfs.ext4 -q -L tenant -E nodiscard /dev/nvme0n1 8M 2>/dev/null || mke2fs -q -L tenant /dev/nvme0n1 8M
		udevadm trigger --settle /dev/nvme0n1; udevadm settle'
	run lab udevadm info --query=property /dev/nvme0n1
	[[ $output == *SYSTEMD_READY=0* && $output == *UDISKS_IGNORE=1* ]]
	[[ $output != *ID_FS_TYPE* && $output != *tenant* ]]
	lab 'test ! -e /dev/disk/by-label/tenant'
	run lab virsh --quiet start vm
	[ "$status" -ne 0 ]
	[[ $output == *"was used by domain vm until "*", and its cleaning failed: $UNIT: exit code 1"* ]]

	unit_is_shipped
	run lab pcitag clean $NVME
	[ "$status" -eq 0 ]
	[[ $output == "$NVME: used by vm until "*": cleaned, returned" ]]
	lab journalctl --unit "$UNIT" --output cat | grep -q 'none of 64 samples is as it was before'
	[ "$(second_block)" = other ]
	lab 'cmp <(head -c 67108864 /dev/zero) <(dd if=/dev/nvme0n1 iflag=direct bs=1M status=none)'
	run lab udevadm info --query=property /dev/nvme0n1
	[[ $output != *SYSTEMD_READY=0* ]]
	nothing_touched

	# The next guest finds no boot sector.
	lab virsh --quiet start vm
	sleep 10
	run grep -q 'a guest was here' <(lab_serial vm)
	[ "$status" -eq 1 ]
	lab virsh --quiet destroy vm
	becomes ' free'
}

@test "the release does not wait; the shipped unit frees the disk by itself" {
	guest_writes
	becomes ' free'
	[ "$(lab_driver $NVME)" = nvme ]
	[ "$(second_block)" = other ]
	nothing_touched
}

@test "a disk that the host uses is not erased, and stays held" {
	unit_is 'ExecStart=\nExecStart=/bin/false'
	guest_writes
	becomes 'and its cleaning failed: '
	unit_is_shipped
	lab 'mkswap /dev/nvme0n1 >/dev/null && swapon /dev/nvme0n1'
	run lab pcitag clean $NVME
	[ "$status" -eq 1 ]
	[[ $output == *"$NVME is not clean, and stays held: $UNIT: exit code 1; look at journalctl -u $UNIT"* ]]
	lab journalctl --unit "$UNIT" --output cat | grep -q '/dev/nvme0n1 is in use: a file system, swap, or another device'
	lab 'grep -q ^/dev/nvme0n1 /proc/swaps'
	lab swapoff /dev/nvme0n1
	lab pcitag clean $NVME
	becomes ' free'
	[ "$(second_block)" = other ]
}

@test "the host dies while it is cleaned: held after the boot, and begun again" {
	unit_is 'ExecStartPre=/bin/sleep 900'
	guest_writes
	becomes 'is being cleaned since '
	run lab pcitag clean $NVME --as-is
	[ "$status" -eq 1 ]
	lab sync
	lab_reset 900 multi-user.target
	becomes 'is being cleaned since '
	lab 'test -e /var/lib/pcitag/hidden/'$NVME
	run lab virsh --quiet start vm
	[ "$status" -ne 0 ]
	[[ $output == *"was used by domain vm until "* ]]

	# An administrator ends it: that is a failure, and nothing is given away.
	lab "systemctl stop pcitag-clean@$NVME.service $UNIT; pcitag reconcile"
	becomes 'and its cleaning failed: it was killed before its end'
	[ "$(second_block)" = same ]
	unit_is_shipped
	lab pcitag clean $NVME
	becomes ' free'
	[ "$(second_block)" = other ]
}
