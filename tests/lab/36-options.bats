#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# What a guest's device is told, seen from within the guest: its firmware runs the ROM that pcitag rom add brought, and
# boots from the NVMe disk that has the first place. Ours are a ROM and boot sectors that say a word on the serial
# port. AppArmor confines QEMU all the while.

load tagged

setup_file() {
	lab_clean
	lab 'cat >/etc/pcitag/registry.ini; : >/etc/pcitag/pcitag.ini' < <(
		machine_registry
		printf '[Disk]\ntype = nvme\nvendor = 1b36\ndevice = 0010\n'
		printf '[Rom-82574L]\ntype = rom-nic\nvendor = 8086\ndevice = 10d3\naddress = %s\nromfile = word.rom\n' "$NIC2"
	)
}

setup() {
	remember_host
}

teardown() {
	lab 'virsh destroy vm; virsh undefine vm; rm -rf /var/lib/pcitag/rom /var/lib/libvirt/images/word.raw' >/dev/null 2>&1 ||
		true
}

teardown_file() {
	lab 'dd if=/dev/zero of=/dev/nvme0n1 bs=512 count=1 conv=fsync' >/dev/null 2>&1 || true
	lab_clean
}

# saying WORD: prints machine code that writes it to the first serial port, each byte in hex.
saying() {
	perl -e 'print "baf803", map { sprintf "b0%02xee", ord } split //, "$ARGV[0]\n"' "$1"
}

# rom WORD VENDOR DEVICE: prints an option ROM for a BIOS that says WORD, and returns.
rom() {
	perl -e 'my ($code, $vendor, $device) = ($ARGV[0], map { hex } @ARGV[1, 2]);
		# push ax, push dx; the code; pop dx, pop ax, far return.
		$code = pack "H*", "5052" . $code . "5a58cb";
		my $data = pack "a4 v v v v C a3 v v C C v", "PCIR", $vendor, $device, 0, 24, 0, "\0\0\2", 1, 0, 0, 0x80, 0;
		my $rom = pack "H* a19 v a2 a* x8 a*", "55aa01eb3b", "", 0x1c, "", $data, "";
		$rom = pack "a64 a447", $rom, $code;
		# All bytes together are 0.
		my $sum = unpack "%8C*", $rom;
		print $rom, chr(-$sum & 0xff)' "$(saying "$1")" "$2" "$3"
}

# boot_sector WORD: prints one that says WORD and stops.
boot_sector() {
	perl -e 'print pack "a510 H4", pack("H*", $ARGV[0] . "faf4ebfd"), "55aa"' "$(saying "$1")"
}

# without_kernel: makes the definition on standard input one that boots from a disk or a device.
without_kernel() {
	sed -e '/<kernel>/d' -e '/<initrd>/d' -e '/<cmdline>/d'
}

confined() {
	lab 'cat /proc/$(cat /run/libvirt/qemu/vm.pid)/attr/current' | grep -qx 'libvirt-.* (enforce)'
}

# denied: what AppArmor has denied to QEMU in the directory of ROM files.
denied() {
	lab 'journalctl --dmesg --no-pager | grep DENIED | grep -F /var/lib/pcitag || true'
}

@test "the guest's firmware runs the ROM that replaces the card's own" {
	rom 'word of a rom' 8086 10d3 >"$BATS_TEST_TMPDIR/rom"
	[ "$(stat -c %s "$BATS_TEST_TMPDIR/rom")" -eq 512 ]
	tagged_define vm rom-nic
	run lab virsh start vm
	[ "$status" -ne 0 ]
	[[ $output == *"request rom-nic: the ROM file /var/lib/pcitag/rom/word.rom is not there"* ]]
	nothing_touched

	lab_put "$BATS_TEST_TMPDIR/rom" /tmp/word.rom
	run lab pcitag rom add word.rom /tmp/word.rom
	[ "$output" = "word.rom is in /var/lib/pcitag/rom/: BIOS 8086:10d3" ]
	lab virsh start vm
	confined
	lab_serial_wait vm 'word of a rom'
	lab_serial_wait vm '^GUEST READY'
	[[ $(lab pcitag rom list) == *"word.rom "*" Rom-82574L "*" vm "* ]]
	lab virsh destroy vm
	nothing_touched
	[ -z "$(denied)" ]
}

@test "without the file, the same card has no ROM" {
	tagged_define vm nic
	lab virsh start vm
	lab_serial_wait vm '^GUEST READY'
	run -1 grep -q 'word of a rom' <(lab_serial vm)
	lab virsh destroy vm
	nothing_touched
}

@test "by its place in the boot order the guest boots from the NVMe disk, or from the other" {
	boot_sector 'word of the nvme disk' >"$BATS_TEST_TMPDIR/nvme"
	boot_sector 'word of the other disk' >"$BATS_TEST_TMPDIR/other"
	truncate -s 1M "$BATS_TEST_TMPDIR/other"
	lab_put "$BATS_TEST_TMPDIR/nvme" /tmp/nvme
	lab 'dd if=/tmp/nvme of=/dev/nvme0n1 bs=512 conv=fsync'
	lab_put "$BATS_TEST_TMPDIR/other" /var/lib/libvirt/images/word.raw
	sed -e 's|<name>plain</name>|<name>vm</name>|' -e 's|/plain-serial|/vm-serial|' \
		-e "s|  </devices>|<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/var/lib/libvirt/images/word.raw'/><target dev='vda' bus='virtio'/><boot order='2'/></disk></devices>|" \
		"$LAB_DIR/domains/plain.xml" | without_kernel >"$BATS_TEST_TMPDIR/vm.xml"
	lab_define "$BATS_TEST_TMPDIR/vm.xml"
	lab virsh dumpxml --inactive vm >"$BATS_TEST_TMPDIR/before.xml"

	lab pcitag add vm nvme --option bootindex=1
	[[ $(lab virsh metadata vm urn:x-pcitag:1) == *"request=\"nvme\" options=\"bootindex=1\""* ]]
	lab virsh start vm
	confined
	[ "$(lab_driver $NVME)" = vfio-pci ]
	lab_serial_wait vm '^word of the nvme disk'
	lab virsh destroy vm
	nothing_touched

	lab pcitag add vm nvme --option bootindex=3
	lab virsh start vm
	lab_serial_wait vm '^word of the other disk'
	lab virsh destroy vm
	nothing_touched

	# At the disk's own place there is no room.
	run lab pcitag add vm nvme --option bootindex=2
	[ "$status" -eq 1 ]
	[[ $output == *"a request has a bootindex, and the domain has <boot order='2'/> as well"* ]]

	lab pcitag remove vm nvme
	diff "$BATS_TEST_TMPDIR/before.xml" <(lab virsh dumpxml --inactive vm)
}

@test "an override by the alias reaches QEMU, and stands above the options" {
	EXTRA='' tagged_xml vm npu | sed -e "s|<source evdev='/dev/pcitag/vm/npu'/>|&<alias name='ua-npu'/>|" \
		-e "s|</domain>|<qemu:override><qemu:device alias='ua-npu'><qemu:frontend><qemu:property name='x-no-mmap' type='bool' value='true'/></qemu:frontend></qemu:device></qemu:override>&|" \
		>"$BATS_TEST_TMPDIR/vm.xml"
	lab_define "$BATS_TEST_TMPDIR/vm.xml"
	lab pcitag add vm npu --option x-no-mmap=off --option x-req=off
	lab virsh start vm
	confined
	run lab "virsh qemu-monitor-command vm --hmp 'info qtree'"
	[[ $output == *'id "ua-npu"'* ]]
	[[ $(tr -d '\r' <<<"$output" | sed -n '/id "ua-npu"/,/dev: /p') == *"x-req = false"*"x-no-mmap = true"* ]]
	lab virsh destroy vm
	nothing_touched
}
