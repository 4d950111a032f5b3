#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # bats' run sets output and lines
# The map of a host: as a tree, as a picture, for programs. What a picture shows is compared with `pcitag list` by
# map-picture, on hosts of every shape that there is a description of.

load helper

setup_file() { pretend_host nodes; }
teardown_file() { pretend_end; }

EDU=$'[Edu]\ntype = npu\nvendor = 1234\ndevice = 11e8\n'
NIC=$'[Intel-82574L]\ntype = nic\nvendor = 8086\ndevice = 10d3\n'
# Of the recorded hosts, and of gpu.desc and gpus.desc.
MORE=$'[Ve]\ntype = ve\nvendor = 1bcf\ndevice = 001c\n[Rtx]\ntype = gpu\nvendor = 10de\ndevice = 2204\n'
MORE+=$'[H100]\ntype = gpu\nvendor = 10de\ndevice = 2330\n[Cx7-VF]\ntype = vf\nvendor = 15b3\ndevice = 101e\n'
VF=$'[Igb-VF]\ntype = vf\nvendor = 8086\ndevice = 10ca\n'

setup() {
	pretend_reset "$PRETEND_DIR/hosts/nodes.desc"
	registry <<<"$EDU$NIC$VF"
	settings </dev/null
	root=/proc/$PRETEND_PID/root
	picture=$BATS_TEST_TMPDIR/host.svg
}

# draw [OPTION...]: draws the host, and compares the picture with the list.
draw() {
	pcitag map --svg - "$@" >"$picture"
	pcitag list --json >"$BATS_TEST_TMPDIR/list.json"
	"$ENGINE_DIR/map-picture" "$picture" "$BATS_TEST_TMPDIR/list.json"
}

# draw_host FILE: the same of the host that is described there.
draw_host() {
	pretend_reset "$(realpath -- "$1")"
	draw
}

# node ID: prints the element of the picture with this id, in one line.
node() {
	python3 -c 'import re, sys
print(re.search(r"<g [^>]*id=\"%s\".*?</g>" % re.escape(sys.argv[1]), open(sys.argv[2]).read(), re.S)[0].replace("\n", ""))' \
		"$1" "$picture"
}

@test "the tree has the words of lstopo, groups and states" {
	run -0 pcitag map --ascii
	[ "${lines[0]}" = "NUMANode P#0" ]
	[ "${lines[1]}" = "\`- HostBridge 0000:00" ]
	[ "${lines[2]}" = "   |- PCIBridge 0000:01:00.0 (switch)" ]
	[ "${lines[3]}" = "   |  |- PCI 0000:03:00.0  Edu (npu)  group 10  free  behind 0000:02:00.0" ]
	[[ $output == *$'\nno NUMA node\n'* ]]
	[ "${lines[-1]}" = "not shown: 6 bridges with one thing below them, or none, and 1 function of the machine" ]
}

@test "lines are those of Unicode in a locale of UTF-8 alone" {
	run -0 in_pretend env LC_ALL=C.UTF-8 /usr/sbin/pcitag map
	[[ ${lines[1]} == "└─ HostBridge 0000:00" ]]
	run -0 in_pretend env LC_ALL=C /usr/sbin/pcitag map
	[[ ${lines[1]} == "\`- HostBridge 0000:00" ]]
	run -0 in_pretend env LC_ALL=C.UTF-8 /usr/sbin/pcitag map --ascii
	[[ ${lines[1]} == "\`- HostBridge 0000:00" ]]
}

@test "the tree says who has a function" {
	prepare vm npu
	run -0 pcitag map --ascii
	[[ ${lines[3]} == *"  leased: vm  "* ]]
	release vm
}

@test "the tree in docs/map.md is that of this host" {
	prepare win11 npu
	diff <(sed -n '/^# pcitag map$/,/^```$/p' "$ENGINE_DIR/../../docs/map.md" | sed '1d;$d') \
		<(in_pretend env LC_ALL=C.UTF-8 /usr/sbin/pcitag map)
	release win11
}

@test "--json has every function, with what is above it" {
	run -0 pcitag map --json
	[ "$(jq '.functions | length' <<<"$output")" = "$(in_pretend ls /sys/bus/pci/devices | wc -l)" ]
	[ "$(jq -c '.functions[] | select(.address == "0000:03:00.0") | [.kind, .root, .parent, .state, .model, .marked]' \
		<<<"$output")" = '["PCI","0000:00","0000:02:00.0","free","Edu",false]' ]
	[ "$(jq -c '.functions[] | select(.address == "0000:83:10.0") | .physical_function' <<<"$output")" = '"0000:83:00.0"' ]
}

@test "--json has the same states as list" {
	prepare vm npu nic
	[ "$(pcitag map --json | jq -c '[.functions[] | select(.model) | {address, group, numa, model, state, domain, reason}]')" = \
		"$(pcitag list --json | jq -c '[.devices[] | {address, group, numa, model, state, domain, reason}]')" ]
	release vm
}

@test "a picture shows what list shows, on the host of the lab and others of every shape" {
	local host drawn=0
	registry <<<"$EDU$NIC$VF$MORE"
	for host in "$PRETEND_DIR"/hosts/*.desc; do
		run -0 draw_host "$host"
		[[ $output =~ ^[0-9]+\ devices,\ [0-9]+\ boxes ]]
		drawn=$((drawn + 1))
	done
	[ "$drawn" -ge 15 ]
}

@test "a picture shows what list shows while domains have devices" {
	prepare vm npu vf
	prepare other npu
	run -0 draw
	[[ $(node device-0000:03:00.0) == *'data-domain="vm"'* ]]
	[[ $(node device-0000:04:00.0) == *'data-state="leased"'* ]]
	release vm
	release other
}

@test "with a thousand functions a picture has few boxes, and still all that list shows" {
	"$PRETEND_DIR/hosts/big" 1000 >"$BATS_TEST_TMPDIR/big.desc"
	run -0 draw_host "$BATS_TEST_TMPDIR/big.desc"
	[[ $output =~ ^1000\ devices,\ ([0-9]+)\ boxes ]]
	[ "${BASH_REMATCH[1]}" -le 120 ]
	[[ $(<"$picture") == *"one box for what is alike below one"* ]]
}

@test "the same host is drawn with the same bytes" {
	draw
	pcitag map --svg - | cmp - "$picture"
}

@test "--svg FILE replaces the file, and leaves it when it cannot" {
	in_pretend mkdir -p /run/picture
	echo old >"$root/run/picture/host.svg"
	pcitag map --svg /run/picture/host.svg
	pcitag map --svg - | cmp - "$root/run/picture/host.svg"
	[ "$(ls -A "$root/run/picture")" = host.svg ]
	run -1 pcitag map --svg /run/missing/host.svg
	[ "$output" = "pcitag: cannot open the directory /run/missing: No such file or directory" ]
	run -1 pcitag map --svg /run/picture/
	[ "$output" = "pcitag: cannot write /run/picture/: Is a directory" ]
}

@test "--svg replaces nothing but a file: no device, pipe, directory or link" {
	mkdir -p "$root/run/others/directory"
	mknod "$root/run/others/null" c 1 3
	mkfifo "$root/run/others/pipe"
	ln -s null "$root/run/others/link"
	for name in directory null pipe link; do
		run -1 pcitag map --svg "/run/others/$name"
		[ "$output" = "pcitag: cannot write /run/others/$name: it is there, and not a regular file; name another file" ]
	done
	[[ -d $root/run/others/directory && -c $root/run/others/null && -p $root/run/others/pipe && -L $root/run/others/link ]]
	[ "$(find "$root/run/others" -mindepth 1 | wc -l)" -eq 4 ]
}

@test "--svg and --json exclude each other" {
	run -2 pcitag map --svg - --json
	[ "$output" = "pcitag: map: --svg and --json are two forms of one picture: give one" ]
}

@test "--domain marks what a domain has" {
	prepare vm npu nic
	run -0 pcitag map --ascii --domain vm
	[ "$(grep -c '<- vm has it' <<<"$output")" -eq 2 ]
	draw --domain vm
	[[ $(node device-0000:03:00.0) == *'data-marked="has"'* ]]
	[ "$(pcitag map --json --domain vm | jq -c '[.domain, .domain_has, [.functions[] | select(.marked) | .address]]')" = \
		'["vm","has",["0000:03:00.0","0000:05:00.0"]]' ]
	release vm
}

@test "--domain marks what a domain would get, by its definition or by that of libvirt" {
	local choice
	domain_xml vm npu vf >"$BATS_TEST_TMPDIR/vm.xml"
	choice=$(pcitag plan --json "$BATS_TEST_TMPDIR/vm.xml" | jq -c '[.members[].address]')
	[ "$(pcitag map --json --domain "$BATS_TEST_TMPDIR/vm.xml" | jq -c '[.functions[] | select(.marked) | .address]')" = "$choice" ]
	[ "$(pcitag map --json --domain - <"$BATS_TEST_TMPDIR/vm.xml" | jq -r .domain_has)" = would-get ]
	in_pretend mkdir -p /etc/libvirt/qemu
	cp "$BATS_TEST_TMPDIR/vm.xml" "$root/etc/libvirt/qemu/vm.xml"
	[ "$(pcitag map --json --domain vm | jq -c '[.functions[] | select(.marked) | .address]')" = "$choice" ]
	rm "$root/etc/libvirt/qemu/vm.xml"
}

@test "--domain of one that would be refused says why, below the tree" {
	domain_xml vm tpu >"$BATS_TEST_TMPDIR/vm.xml"
	run -1 --separate-stderr pcitag map --ascii --domain "$BATS_TEST_TMPDIR/vm.xml"
	[ "${lines[0]}" = "NUMANode P#0" ]
	[[ $stderr == "pcitag: domain 'vm': request tpu: the registry has no type or model tpu"* ]]
}

@test "--domain of one that is unknown says how to give its definition" {
	run -1 pcitag map --domain nobody
	[[ $output == "pcitag: map --domain: domain 'nobody' has no device, and libvirt has no "*"/qemu/nobody.xml; "* ]]
}

@test "a name that is markup, and bytes that are no text, are text in the picture" {
	prepare vm npu
	sed -i 's|"domain": *"vm"|"domain":"<script>\&\\u001b\\ufffe"|' "$root/run/pcitag/leases/$(uuid_of vm).json"
	pcitag map --svg - >"$picture"
	python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$picture"
	[[ $(<"$picture") == *'data-domain="&lt;script&gt;&amp;?'* ]]
	[[ $(<"$picture") != *"<script"* ]]
	run -1 grep -P '[\x00-\x08\x0b-\x1f]' "$picture"
	in_pretend rm "/run/pcitag/leases/$(uuid_of vm).json"
}

@test "a function that no model matches says whether the host uses it, or who has it with its group" {
	pretend_reset "$PRETEND_DIR/hosts/gpu.desc"
	registry <<<$'[Rtx]\ntype = gpu\nvendor = 10de\ndevice = 2204\n'
	prepare vm gpu
	run -0 pcitag map --ascii
	[[ $output == *"PCI 0000:01:00.0  Rtx (gpu)  group 15  leased: vm"* ]]
	[[ $output =~ "PCI 0000:01:00.1  "[^$'\n']*"  group 15  leased: vm" ]]
	[[ $output =~ "PCI 0000:00:02.0  "[^$'\n']*"  host" ]]
	[[ $output =~ "PCI 0000:02:00.1  "[^$'\n']*"  not registered" ]]
	release vm
}
