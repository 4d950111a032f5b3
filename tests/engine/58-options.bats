#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a guest's device is told, from the registry and the domain's metadata to the lease and the middle link, which the
# wrapper reads (unit/test_wrapper.bats); and the ROM files that it names.

load helper

setup_file() { host_start; }
teardown_file() { host_end; }

setup() {
	local REPLY
	host_reset
	lab_registry
	host_root
	ROMS=$REPLY/var/lib/pcitag/rom
	rm -rf "$ROMS"
	remember_host
}

# rom FILE [VENDOR DEVICE [LAST]]: makes an option ROM of 1 KiB: two hex numbers each, and the indicator.
rom() {
	perl -e 'my ($vendor, $device, $last) = map { hex } @ARGV;
		my $data = pack("a4 v v v v C a3 v v C C", "PCIR", $vendor, $device, 0, 24, 0, "\0\0\2", 2, 0, 3, $last);
		print pack("C C a22 v", 0x55, 0xaa, "", 0x1c), "\0\0", $data, "\0" x (1024 - 28 - length $data)' \
		"${2-8086}" "${3-10d3}" "${4-80}" >"$1"
}

# nic_registry KEYS...: the registry of one model of network cards with these lines.
nic_registry() {
	registry < <(
		printf '%s\n' '[Intel-82574L]' 'type = nic' 'vendor = 8086' 'device = 10d3' \
			'address = 0000:05:00.0 0000:06:00.0' "$@" '[Edu]' 'type = npu' 'vendor = 1234' 'device = 11e8'
		printf '%s\n' '[Whole]' 'type = card' 'vendor = 8086' 'device = 10d3' 'address = 0000:07:00.0' \
			'functions = all' 'qemu = x-vga=on x-no-mmap=on'
	)
}

# told NAME REQUEST OPTIONS [DEVICES]: starts a domain in whose metadata that is noted.
told() {
	DEVICES=${4-} domain_xml "$1" "$2" | sed "s|<memory|<metadata><pcitag:controllers xmlns:pcitag='urn:x-pcitag:1'><pcitag:device request='$2' options='$3'/></pcitag:controllers></metadata>&|
		s|</os>|<boot dev='hd'/></os>|" >"$BATS_TEST_TMPDIR/$1.domain"
	in_daemon "$HOOK" "$1" prepare begin - <"$BATS_TEST_TMPDIR/$1.domain"
}

@test "a model's options are in the name of the middle link, and leave no trace" {
	nic_registry 'rombar = off' 'qemu = x-req=off'
	prepare vm nic
	[ "$(placeholder vm/nic)" = "/dev/pcitag/device/$NIC1,rombar=0,x-req=off" ]
	[ "$(placeholder "device/$NIC1,rombar=0,x-req=off")" = "/dev/vfio/$(group_of $NIC1)" ]
	[[ $(lease vm | tr -d ' \n') == *'"way":"start","options":"rombar=0,x-req=off"}'* ]]
	release vm
	nothing_touched
}

@test "a lease without options has the keys that it always had" {
	prepare vm npu
	[[ $(lease vm | tr -d ' \n') == *'"way":"start"}'* && $(lease vm) != *options* ]]
	release vm
}

@test "what the domain wants stands above what its model says" {
	nic_registry 'rombar = off' 'qemu = x-req=off'
	told vm nic 'bootindex=1,rombar=1'
	[ "$(placeholder vm/nic)" = "/dev/pcitag/device/$NIC1,bootindex=1,rombar=1,x-req=off" ]
	release vm
	nothing_touched
}

@test "several functions have one link, and one text of options" {
	nic_registry
	told vm card 'bootindex=3'
	[ "$(placeholder vm/card)" = "/dev/pcitag/device/$DUAL0+1,bootindex=3,x-no-mmap=on,x-vga=on" ]
	release vm
	nothing_touched
}

@test "a bootindex beside the order of <os> is refused before anything is bound, if that has a device" {
	run told vm npu bootindex=1 "<disk type='file' device='disk'><source file='/x'/><target dev='vda' bus='virtio'/></disk>"
	refused "domain 'vm': a request has a bootindex, and the domain has <boot dev='hd'/> as well, which is another place in the boot order: remove <boot dev=...> from <os>, give each disk or interface to boot from a <boot order='N'/> of its own, and each request another number"
	# libvirt writes <boot dev='hd'/> into every domain without an order: without a disk it means nothing.
	told vm npu bootindex=1
	release vm
	nothing_touched
}

@test "options that pcitag does not write are refused" {
	run told vm npu 'sysfsdev=/sys/bus/pci/devices/0000:02:00.0'
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: domain 'vm': line 4: <metadata>: unknown option sysfsdev; those of vfio-pci that can be set are "* ]]
	nothing_touched
}

@test "a ROM file that is missing, or of another user, refuses the start before anything is bound" {
	nic_registry 'romfile = nic.rom'
	run prepare vm nic
	refused "domain 'vm': request nic: the ROM file /var/lib/pcitag/rom/nic.rom is not there (No such file or directory): pcitag rom add nic.rom FILE"

	rom "$BATS_TEST_TMPDIR/file"
	pcitag rom add nic.rom "$BATS_TEST_TMPDIR/file"
	[ "$(stat -c '%a %u' "$ROMS/nic.rom" "$ROMS" | xargs)" = '644 0 755 0' ]
	cmp "$ROMS/nic.rom" "$BATS_TEST_TMPDIR/file"
	for mode in 664 646 640; do
		chmod $mode "$ROMS/nic.rom"
		run prepare vm nic
		refused "domain 'vm': request nic: the ROM file /var/lib/pcitag/rom/nic.rom is not a file of root's with mode 0644: pcitag rom add nic.rom FILE"
	done
	chown 65534 "$ROMS/nic.rom"
	chmod 644 "$ROMS/nic.rom"
	run prepare vm nic
	[ "$status" -eq 1 ]
	chown 0 "$ROMS/nic.rom"
	chmod 644 "$ROMS/nic.rom"
	prepare vm nic
	release vm
	nothing_touched
}

@test "plan shows what QEMU would be told, and show which ROM file" {
	nic_registry 'rombar = on' 'romfile = nic.rom'
	domain_xml vm nic >"$BATS_TEST_TMPDIR/vm.xml"
	run pcitag plan "$BATS_TEST_TMPDIR/vm.xml"
	[ "$status" -eq 1 ]
	[[ $output == *"request nic: the ROM file /var/lib/pcitag/rom/nic.rom is not there"* && $output != *"would bind"* ]]
	run pcitag show $NIC1
	[[ $output == *"options      rombar=1,romfile=nic.rom"* ]]
	[[ $output == *"ROM file     the ROM file /var/lib/pcitag/rom/nic.rom is not there"* ]]

	rom "$BATS_TEST_TMPDIR/file"
	pcitag rom add nic.rom "$BATS_TEST_TMPDIR/file"
	run pcitag plan "$BATS_TEST_TMPDIR/vm.xml"
	[ "$status" -eq 0 ]
	[[ $output == *"would tell QEMU of $NIC1 (request nic): rombar=1,romfile=nic.rom"* ]]
	run pcitag show $NIC1
	[[ $output == *"ROM file     /var/lib/pcitag/rom/nic.rom"* ]]
	[ "$(pcitag show --json $NIC1 | perl -MJSON::PP -0e 'my $d = decode_json(<>)->{device}; print "$d->{options} $d->{rom_file} ", $d->{rom_problem} // "-"')" = \
		'rombar=1,romfile=nic.rom /var/lib/pcitag/rom/nic.rom -' ]
	nothing_touched
}

@test "plan names what has no effect in a placeholder, and an old -set" {
	DEVICES="<hostdev mode='subsystem' type='usb'/>" domain_xml vm npu |
		sed -e "s|<source evdev=[^>]*>|&<boot order='1'/><rom bar='off'/><alias name='ua-x'/>|" \
			-e "s|</domain>|<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:arg value='-set'/><qemu:arg value='device.hostdev1.x-vga=on'/><qemu:arg value='-set'/><qemu:arg value='device.ua-x.x-odd=on'/><qemu:arg value='-set'/><qemu:arg value='device.hostdev0.x-vga=on'/></qemu:commandline>&|" \
			>"$BATS_TEST_TMPDIR/vm.xml"
	run pcitag plan "$BATS_TEST_TMPDIR/vm.xml"
	[ "$status" -eq 0 ]
	[[ $output == *"to look at: line 8: <boot> in the <input> of request npu has no effect: libvirt drops it; pcitag add vm npu --option bootindex=N says it"* ]]
	[[ $output == *"to look at: line 8: <rom> in the <input> of request npu has no effect: libvirt drops it; pcitag add vm npu --option rombar=off, or romfile=NAME, says it"* ]]
	[[ $output == *"-set device.hostdev1.x-vga=on names a device that a placeholder replaced, and QEMU will not start: remove it; pcitag add vm npu --option x-vga=on says it"* ]]
	[[ $output == *"-set device.ua-x.x-odd=on names a device that a placeholder replaced, and QEMU will not start: remove it; <qemu:override> with an alias of the <input> of request npu says it"* ]]
	[[ $output != *"hostdev0"* ]]
}

@test "rom add looks into the file" {
	rom "$BATS_TEST_TMPDIR/file"
	run pcitag rom add ../x "$BATS_TEST_TMPDIR/file"
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: rom add: ../x cannot be the name of a ROM file; write 1 to 64 letters, digits, dots, - and _, without a path" ]
	run pcitag rom add x.rom /no/file
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: rom add x.rom: cannot read /no/file: No such file"* ]]

	echo text >"$BATS_TEST_TMPDIR/text"
	run pcitag rom add x.rom "$BATS_TEST_TMPDIR/text"
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: rom add x.rom: $BATS_TEST_TMPDIR/text: it is not an option ROM: it has no image with the signature 55 aa and a PCI data structure" ]
	{ printf NVGI; cat "$BATS_TEST_TMPDIR/file"; } >"$BATS_TEST_TMPDIR/dump"
	run pcitag rom add x.rom "$BATS_TEST_TMPDIR/dump"
	[[ $output == *"its first image is at byte 4: remove what is in front, with tail -c +5" ]]
	rom "$BATS_TEST_TMPDIR/cut" 8086 10d3 0
	run pcitag rom add x.rom "$BATS_TEST_TMPDIR/cut"
	[[ $output == *"no image at byte 1024, where one should be: the file is cut off" ]]
	[ ! -e "$ROMS" ]
}

@test "rom add compares the ids with those of the models that name the file" {
	nic_registry 'romfile = nic.rom'
	rom "$BATS_TEST_TMPDIR/other" 10de 1b80
	run pcitag rom add nic.rom "$BATS_TEST_TMPDIR/other"
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: rom add nic.rom: it is for 10de:1b80, and model Intel-82574L is 8086:10d3: a device takes a ROM with its own ids only" ]
	run pcitag rom add --model Edu x.rom "$BATS_TEST_TMPDIR/other"
	[ "$status" -eq 1 ]
	[[ $output == *"and model Edu is 1234:11e8"* ]]
	run pcitag rom add --model None x.rom "$BATS_TEST_TMPDIR/other"
	[ "$output" = "pcitag: rom add x.rom: the registry has no model None" ]
	[ ! -e "$ROMS" ]
	run pcitag rom add x.rom "$BATS_TEST_TMPDIR/other"
	[ "$status" -eq 0 ]
	[ "$output" = "x.rom is in /var/lib/pcitag/rom/: EFI 10de:1b80" ]
}

@test "rom list shows what names a file and who has it; rom remove keeps what is in use" {
	nic_registry 'romfile = nic.rom'
	rom "$BATS_TEST_TMPDIR/file"
	pcitag rom add nic.rom "$BATS_TEST_TMPDIR/file"
	pcitag rom add spare.rom "$BATS_TEST_TMPDIR/file"
	prepare vm nic
	run pcitag rom list
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == "ROM "*SIZE*MODELS*DOMAINS*IMAGES ]]
	[[ ${lines[1]} =~ ^nic.rom\ +1024\ +Intel-82574L\ +vm\ +EFI\ 8086:10d3$ ]]
	[[ ${lines[2]} =~ ^spare.rom\ +1024\ +-\ +-\ +EFI\ 8086:10d3$ ]]
	[ "$(pcitag rom list --json | perl -MJSON::PP -0e 'my $r = decode_json(<>)->{roms}; print join " ", map { "$_->{name} $_->{images}[0]{vendor}" } @$r')" = 'nic.rom 8086 spare.rom 8086' ]

	run pcitag rom remove nic.rom
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: rom remove nic.rom: the registry names it, as the romfile of Intel-82574L; delete that line first" ]
	nic_registry
	run pcitag rom remove nic.rom
	[ "$output" = "pcitag: rom remove nic.rom: a device of domain vm has it; end that domain first" ]
	release vm
	run pcitag rom remove nic.rom
	[ "$status" -eq 0 ]
	[ "$output" = "nic.rom is gone from /var/lib/pcitag/rom/" ]
	[ ! -e "$ROMS/nic.rom" ] && [ -e "$ROMS/spare.rom" ]
	run pcitag rom remove nic.rom
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: cannot remove the ROM file /var/lib/pcitag/rom/nic.rom: No such file or directory" ]
}

@test "rom is used in one of three ways" {
	for words in '' 'add' 'add x.rom' 'list x.rom' 'remove' 'remove a b' 'mend x'; do
		# shellcheck disable=SC2086 # words
		run pcitag rom $words
		[ "$status" -eq 2 ]
	done
}

@test "define writes the options, and a lost lease is given back with its links" {
	pcitag define Told told 1234 11e8 --address $NPU3 --rombar off --qemu x-no-mmap=on
	prepare vm told
	[ "$(placeholder vm/told)" = "/dev/pcitag/device/$NPU3,rombar=0,x-no-mmap=on" ]
	damage_lease vm
	in_daemon /usr/sbin/pcitag-engine reconcile || true
	in_daemon /usr/sbin/pcitag-engine reconcile || true
	[ "$(driver_of $NPU3)" != vfio-pci ]
	local REPLY
	host_root
	[ -z "$(ls "$REPLY/dev/pcitag/device" 2>/dev/null)" ]
}
