#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # bats' run sets output and lines
# pcitag add --file and remove --file: definitions in files, for domains that are transient. libvirt's daemon does not
# run here.

load helper

setup_file() { pretend_host nodes; }
teardown_file() { pretend_end; }

setup() {
	pretend_reset
	registry <<<$'[Edu]\ntype = npu\nvendor = 1234\ndevice = 11e8\nrevision = 10\n[Intel-82574L]\ntype = nic\nvendor = 8086\ndevice = 10d3\n'
	file=$BATS_TEST_TMPDIR/vm.xml
	EMULATOR=/usr/bin/qemu-system-x86_64 CONTAINER='' domain_xml vm >"$file"
	cp "$file" "$BATS_TEST_TMPDIR/before"
}

# xpath EXPRESSION: of the file.
xpath() { xmllint --xpath "$1" "$file"; }

# untouched: the file is what it was, and there is nothing beside it.
untouched() {
	cmp "$file" "$BATS_TEST_TMPDIR/before"
	[ -z "$(find "$BATS_TEST_TMPDIR" -name '.vm.xml*')" ]
}

@test "add --file writes what a start needs, and remove --file takes it away" {
	run -0 pcitag add --file "$file" npu nic
	[ "$output" = "domain 'vm': npu, nic added (owner vm)" ]
	[ "$(xpath 'string(/domain/devices/emulator)')" = /usr/bin/pcitag-qemu-system-x86_64 ]
	[ "$(xpath 'count(/domain/devices/input[@type="evdev"]/source[@dev="/dev/vfio/vfio"])')" = 1 ]
	[ "$(xpath 'string(//input[@type="passthrough"][1]/source/@evdev)')" = /dev/pcitag/vm/npu ]
	[ "$(xpath 'string(//input[@type="passthrough"][2]/source/@evdev)')" = /dev/pcitag/vm/nic ]
	[ "$(head -c 7 "$file")" = "<domain" ]

	in_daemon "$HOOK" vm prepare begin - <"$file"
	[ "$(placeholder vm/npu)" = /dev/pcitag/device/0000:03:00.0 ]
	release vm

	run -0 pcitag add --file "$file" npu
	[ "$output" = "domain 'vm': asks for that already; nothing changed" ]
	run -0 pcitag remove --file "$file" npu
	[ "$output" = "domain 'vm': npu removed (owner vm)" ]
	run -0 pcitag remove --file "$file" --all
	[ "$output" = "domain 'vm': nic removed" ]
	diff <(xmllint --noblanks "$file") <(xmllint --noblanks "$BATS_TEST_TMPDIR/before")
}

@test "options and wishes go into the file as into a definition" {
	run -0 pcitag add --file "$file" npu --count 2 --together switch --option rombar=off
	[ "$output" = "domain 'vm': npu.0, npu.1 added (owner vm)" ]
	run -0 pcitag plan "$file"
	[[ $output == *"npu.1 "*"would tell QEMU of "*"(request npu.0): rombar=0"* ]]
	[ "$(pcitag utilization "$file")" = "pcitag-npu=2" ]
}

@test "owner, group and mode stay; the XML declaration stays, too" {
	sed -i '1i <?xml version="1.0" encoding="UTF-8"?>' "$file"
	chown 65534:65533 "$file"
	chmod 640 "$file"
	run -0 pcitag add --file "$file" npu
	[ "$(stat -c '%u:%g %a' "$file")" = "65534:65533 640" ]
	[ "$(head -1 "$file")" = '<?xml version="1.0" encoding="UTF-8"?>' ]
	[ "$(grep -c '<?xml' "$file")" -eq 1 ]
}

@test "a relative path" {
	cd "$BATS_TEST_TMPDIR"
	run -0 pcitag add --file vm.xml npu
	[ "$(xpath 'count(//input)')" = 2 ]
}

@test "a link is refused, as the file and as a directory of the path" {
	ln -s "$file" "$BATS_TEST_TMPDIR/link.xml"
	run -1 pcitag add --file "$BATS_TEST_TMPDIR/link.xml" npu
	[ "$output" = "pcitag: $BATS_TEST_TMPDIR/link.xml is a symbolic link; give the path of the file itself" ]
	mkdir "$BATS_TEST_TMPDIR/real"
	cp "$file" "$BATS_TEST_TMPDIR/real/vm.xml"
	ln -s real "$BATS_TEST_TMPDIR/linked"
	run -1 pcitag add --file "$BATS_TEST_TMPDIR/linked/vm.xml" npu
	[[ $output == "pcitag: "*"$BATS_TEST_TMPDIR/linked"* ]]
	untouched
	cmp "$file" "$BATS_TEST_TMPDIR/real/vm.xml"
}

@test "what is no file with a definition" {
	run -1 pcitag add --file "$BATS_TEST_TMPDIR/nothing.xml" npu
	[ "$output" = "pcitag: cannot open $BATS_TEST_TMPDIR/nothing.xml: No such file or directory" ]
	run -1 pcitag add --file "$BATS_TEST_TMPDIR" npu
	[ "$output" = "pcitag: $BATS_TEST_TMPDIR is not a regular file" ]
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	run -1 pcitag add --file "$BATS_TEST_TMPDIR/pipe" npu
	[ "$output" = "pcitag: $BATS_TEST_TMPDIR/pipe is not a regular file" ]
	printf '<domain>\0</domain>' >"$BATS_TEST_TMPDIR/nul.xml"
	run -1 pcitag add --file "$BATS_TEST_TMPDIR/nul.xml" npu
	[ "$output" = "pcitag: $BATS_TEST_TMPDIR/nul.xml: the domain XML has a NUL byte in it" ]
	echo '<network/>' >"$BATS_TEST_TMPDIR/net.xml"
	run -1 pcitag add --file "$BATS_TEST_TMPDIR/net.xml" npu
	[[ $output == "pcitag: "*"the XML is a <network>, not a libvirt <domain>"* ]]
	sed -i '/<uuid>/d; s|<name>vm|<name>v m|' "$file"
	run -1 pcitag add --file "$file" npu
	[ "$output" = "pcitag: $file: the XML of domain 'v m' has no <uuid>, which an owner is made of when the name is none: write one, as uuidgen prints it" ]
}

@test "a request that the registry does not have changes nothing" {
	run -1 pcitag add --file "$file" gpu
	[[ $output == "pcitag: request gpu: the registry has no type or model gpu; "* ]]
	run -0 pcitag remove --file "$file" npu.1
	[ "$output" = "domain 'vm': does not ask for that; nothing changed" ]
	run -2 pcitag add --file "$file"
	run -2 pcitag remove --file "$file"
	untouched
}

@test "another process is changing a file of the directory" {
	exec 9<"$BATS_TEST_TMPDIR"
	flock 9
	run -1 pcitag add --file "$file" npu
	[ "$output" = "pcitag: $file: another process is changing a file of its directory: try again" ]
	exec 9<&-
	untouched
	run -0 pcitag add --file "$file" npu
}

@test "a user without rights to the directory changes nothing" {
	run -1 in_pretend setpriv --reuid 65534 --regid 65534 --clear-groups /usr/sbin/pcitag add --file "$file" npu
	untouched
}
