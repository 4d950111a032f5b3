#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Profiles in the registry, wishes in a domain's metadata, and the places of devices, on a host with two sockets and a PCIe
# switch (pretend/hosts/nodes.desc).

load helper

setup_file() { pretend_host nodes; }
teardown_file() { pretend_end; }

EDU=$'[Edu]\ntype = npu\nvendor = 1234\ndevice = 11e8\nrevision = 10\n'
EDU2=$'[Edu-2]\ntype = npu\nvendor = 1234\ndevice = 11e8\nrevision = 11\n'
NIC=$'[Intel-82574L]\ntype = nic\nvendor = 8086\ndevice = 10d3\n'

setup() {
	pretend_reset
	profiles '[fast]' 'any = Edu, npu' 'numa = preferred'
	remember_host
}

# profiles LINE...: the registry: three models, and these lines.
profiles() {
	registry < <(printf '%s\n' "$EDU$EDU2$NIC" "$@")
}

# wishing NAME ELEMENTS [REQUEST...]: a domain with these in the record of its metadata.
wishing() {
	domain_xml "$1" "${@:3}" |
		sed "s|<memory|<metadata><pcitag:controllers xmlns:pcitag='urn:x-pcitag:1'>$2</pcitag:controllers></metadata>&|" \
			>"$BATS_TEST_TMPDIR/$1.domain"
}

@test "a domain starts with a profile, and its lease has that name" {
	prepare vm fast
	[[ $(lease vm | tr -d ' \n') == *'"request":"fast"'* ]]
	[[ $(placeholder vm/fast) == /dev/pcitag/device/0000:0*:00.0 ]]
	release vm
	nothing_touched
}

@test "a mistake in a profile refuses a start, and names file and line" {
	profiles '[fast]' 'any = Edu, A100'
	run prepare vm npu
	[ "$status" -eq 1 ]
	[[ $output == *"/etc/pcitag/registry.ini:"*": [fast] lists A100 in any, which is neither a model nor a type of the registry; "* ]]
	nothing_touched
}

@test "types, list and check know profiles" {
	profiles '[fast]' 'any = Edu, npu' 'numa = required' 'limit = 2' '[none]' 'any = Nothing' '[Nothing]' 'type = x' \
		'vendor = ffee' 'device = 0001'
	run pcitag types
	[ "$status" -eq 0 ]
	[[ $output == *$'\n\nPROFILE  ANY      DEVICES  FREE  WISHES '*$'\nfast     Edu,npu  5        5     numa=required limit=2  '* ]]
	run pcitag types --json
	[[ $(tr -d ' \n' <<<"$output") == *'"profiles":[{"profile":"fast","any":["Edu","npu"],"allow":[],"wishes":"numa=requiredlimit=2","devices":5,"free":5},'* ]]
	run pcitag list --type fast
	[ "$status" -eq 0 ]
	[ "$(grep -c 'npu' <<<"$output")" -eq 5 ]
	run pcitag list --type slow
	[ "$status" -eq 1 ]
	run pcitag check
	[[ $output == *"PASS  profile "*" fast: 5 devices, 5 free"* ]]
	[[ $output == *"WARN  profile "*" none: no device of this host is of a model or type that it lists"* ]]
}

@test "no command changes a profile, nor a model that one lists by its name" {
	run pcitag undefine fast
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: undefine: fast is a profile, which no command changes; edit it at /etc/pcitag/registry.ini:"* ]]
	run pcitag disable fast
	[[ $output == "pcitag: disable: fast is a profile, "* ]]
	run pcitag undefine Edu
	[[ $output == *": [fast] lists Edu in any, which is neither a model nor a type of the registry; correct or delete the word" ]]
	run pcitag define fast gpu 10de 20b0
	[ "$status" -eq 1 ]
	[[ $output == *"model fast has the name of the profile at /etc/pcitag/registry.ini:"* ]]
	pcitag list --model Edu
}

@test "a model in a file of its own, which a profile lists, can be defined again" {
	local REPLY
	host_root
	pcitag define A100 gpu 10de 20b0
	# `registry` would remove what define has written.
	printf '%s\n' '[faster]' 'any = A100, Edu' >>"$REPLY/etc/pcitag/registry.ini"
	pcitag define A100 gpu 10de 20b5
	run pcitag types --type faster
	[[ $output == *"A100,Edu"* ]]
	run pcitag undefine A100
	[ "$status" -eq 1 ]
	sed -i '/^\[faster\]/,$d' "$REPLY/etc/pcitag/registry.ini"
	pcitag undefine A100
}

@test "a request that is unknown is answered with the profiles, too" {
	run prepare vm slow
	[ "$status" -eq 1 ]
	[[ $output == *"request slow: the registry has no type or model slow; its types are: npu, nic; its profiles are: fast"* ]]
}

@test "what is no wish refuses the start, with the line" {
	wishing vm "<pcitag:wish requests='npu' colour='red'/>" npu
	run in_daemon "$HOOK" vm prepare begin - <"$BATS_TEST_TMPDIR/vm.domain"
	[ "$status" -eq 1 ]
	[[ $output == *"domain 'vm': line "*": <metadata>: <wish> has the unknown attribute colour; write requests, numa, "* ]]
	nothing_touched
}

# remembered NAME: the file with what the domain had.
remembered() {
	local REPLY
	host_root
	echo "$REPLY/var/lib/pcitag/last/$(uuid_of "$1").json"
}

@test "what a domain had is kept for its next start, if it wants that again, and only then" {
	profiles '[fast]' 'any = npu' 'prefer = last'
	prepare vm fast nic
	[[ $(lease vm | tr -d ' \n') == *'"request":"fast"'*'"remember":true}'* ]]
	device=$(placeholder vm/fast)
	[ ! -e "$(remembered vm)" ]
	release vm
	[[ $(tr -d ' \n' <"$(remembered vm)") == *'"request":"fast","model":"Edu","type":"npu","device":"'"${device##*/}"'"'* ]]
	# A second start keeps it, and another domain has none.
	prepare vm fast nic
	release vm
	[ -s "$(remembered vm)" ]
	prepare other npu
	[[ $(lease other) != *remember* ]]
	release other
	[ ! -e "$(remembered other)" ]
	rm -rf "$(dirname "$(remembered vm)")"
	nothing_touched
}

@test "a file of what a domain had that nobody can read keeps it from nothing" {
	profiles '[fast]' 'any = npu' 'prefer = last'
	prepare vm fast
	release vm
	echo nonsense >"$(remembered vm)"
	prepare vm fast
	release vm
	[[ $(<"$(remembered vm)") == *'"request"'* ]]
	rm -rf "$(dirname "$(remembered vm)")"
	nothing_touched
}

@test "equal cards are told apart by their paths and their serial numbers" {
	ctl set 0000:03:00.0 dsn=0000c9ffff000003
	ctl set 0000:04:00.0 dsn=0000c9ffff000004
	registry <<-'EOF'
		[Left]
		type   = npu
		vendor = 1234
		device = 11e8
		serial = 00-00-c9-ff-ff-00-00-04
		[Socket-2]
		type   = far
		vendor = 1234
		device = 11e8
		path   = 0000:80/02.0/00.0
		[Nowhere]
		type   = none
		vendor = 1234
		device = 11e8
		slot   = Slot-*
	EOF
	run pcitag list
	[ "$(awk 'NR > 1 { print $1, $2 }' <<<"$output" | paste -sd,)" = "0000:04:00.0 Left,0000:82:00.0 Socket-2" ]
	run pcitag show 04:00.0
	[[ $output == *$'\nserial       0000c9ffff000004\n'* ]]
	[[ $output == *"Nowhere, type none "*": does not match: its key slot names others"* ]]
	prepare vm npu far
	[ "$(placeholder vm/npu)" = /dev/pcitag/device/0000:04:00.0 ]
	[ "$(placeholder vm/far)" = /dev/pcitag/device/0000:82:00.0 ]
	# It is still that card, although nobody may ask it while the guest has it.
	run pcitag list --type npu
	[[ $output == *"0000:04:00.0"*"Left"*"leased"* ]]
	run prepare other npu
	[ "$status" -eq 1 ]
	[[ $output == *"request npu: 1 device of this host, none free: 0000:04:00.0: "*"domain vm"* ]]
	release vm
	nothing_touched
}

# apart A B: what pcitag says about the two.
apart() {
	pcitag show "$1" --to "$2"
}

@test "two devices share a card, a switch, a root bus, a node, or nothing" {
	[ "$(apart 0000:05:00.0 0000:05:00.1)" = "0000:05:00.0 to 0000:05:00.1: same card" ]
	[ "$(apart 03:00.0 04:00.0)" = "0000:03:00.0 to 0000:04:00.0: same switch" ]
	[ "$(apart 04:00.0 03:00.0)" = "0000:04:00.0 to 0000:03:00.0: same switch" ]
	[ "$(apart 03:00.0 pci_0000_06_00_0)" = "0000:03:00.0 to 0000:06:00.0: same root" ]
	[ "$(apart 03:00.0 81:00.0)" = "0000:03:00.0 to 0000:81:00.0: other node" ]
	# Virtual functions are on the card of their physical one.
	[ "$(apart 83:10.0 83:10.2)" = "0000:83:10.0 to 0000:83:10.2: same card" ]
	[ "$(apart 83:10.0 83:00.0)" = "0000:83:10.0 to 0000:83:00.0: same card" ]
	# The kernel knows no node of it, and the host has two.
	[ "$(apart 03:00.0 c0:01.0)" = "0000:03:00.0 to 0000:c0:01.0: unknown" ]
	ctl set 0000:c0:01.0 numa=1
	[ "$(apart 81:00.0 c0:01.0)" = "0000:81:00.0 to 0000:c0:01.0: same node" ]
	ctl set 0000:c0:01.0 numa=-1
}

@test "show and probe have the place of a device, for programs too" {
	run pcitag show 03:00.0
	[[ $output == *$'\npath         0000:00/01.0/00.0/00.0/00.0, behind the switch at 0000:01:00.0\n'* ]]
	run pcitag show 06:00.0
	[[ $output == *$'\npath         0000:00/02.0/00.0\n'* ]]
	run pcitag show 03:00.0 --to 06:00.0 --json
	[[ $(tr -d ' \n' <<<"$output") == *'"distance":"sameroot","devices":[{"address":"0000:03:00.0","place":{"path":"0000:00/01.0/00.0/00.0/00.0","card":"0000:03:00.0","switch":"0000:01:00.0","root":"0000:00","node":0}},{"address":"0000:06:00.0","place":{"path":"0000:00/02.0/00.0","card":"0000:06:00.0","switch":null,"root":"0000:00","node":0}}]}' ]]
	run pcitag probe --json
	[[ $(tr -d ' \n' <<<"$output") == *'"address":"0000:81:00.0",'*'"place":{"path":"0000:80/01.0/00.0","card":"0000:81:00.0","switch":null,"root":"0000:80","node":1}'* ]]
	run pcitag show 03:00.0 --to 99:00.0
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: show: there is no PCI function 99:00.0; pcitag probe --all lists all" ]
	run pcitag show 03:00.0 --to there
	[ "$status" -eq 2 ]
}


@test "add takes the words of wishes, and refuses what cannot be" {
	run pcitag add vm npu --numa always
	[[ $status -ne 0 ]]
	run pcitag add vm npu nic --together bus
	[[ $status -ne 0 ]]
	run pcitag add vm npu slow
	[ "$status" -eq 1 ]
	[[ $output == *"request slow: the registry has no type or model slow"* ]]
	run pcitag add vm
	[ "$status" -eq 2 ]
	[[ $output == "pcitag: add needs REQUEST..."* ]]
}
