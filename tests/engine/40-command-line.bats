#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What an administrator asks, and what programs read.

load helper

setup_file() { host_start; }
teardown_file() { host_end; }

setup() {
	host_reset
	lab_registry
	remember_host
}

# addresses OPTION...: of the devices that list shows.
addresses() {
	pcitag list --json "$@" | jq -r '.devices[].address' | xargs
}

@test "list shows every device the registry matches" {
	run pcitag list
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "ADDRESS       MODEL          TYPE     GROUP  DRIVER  STATE  WHY" ]
	[ "${#lines[@]}" -eq 11 ]
	[[ ${lines[1]} =~ ^$NPU1\ +Edu\ +npu\ +[0-9]+\ +-\ +free$ ]]
	[[ ${lines[5]} =~ ^$NIC1\ +Intel-82574L\ +nic\ +[0-9]+\ +e1000e\ +free$ ]]
	nothing_touched
}

@test "list says whose a device is" {
	prepare vm npu
	run -0 pcitag list
	[[ ${lines[1]} == *" leased  its group $(group_of $NPU1) belongs to domain vm" ]]
	release vm
}

@test "list --json has the same for programs" {
	prepare vm npu
	run -0 pcitag list --json
	[ "$(jq -r .version <<<"$output")" = 1 ]
	[ "$(jq -r '.devices | length' <<<"$output")" = 10 ]
	[ "$(jq -c '.devices[0] | [.address, .model, .type, .driver, .state, .domain]' <<<"$output")" = \
		"[\"$NPU1\",\"Edu\",\"npu\",\"vfio-pci\",\"leased\",\"vm\"]" ]
	[ "$(jq -c '.devices[1] | [.driver, .state, .domain, .reason]' <<<"$output")" = '[null,"free",null,null]' ]
	release vm
}

@test "types counts what is there and what is free" {
	prepare vm npu
	run pcitag types
	[ "$status" -eq 0 ]
	[[ ${lines[1]} =~ ^npu\ +Edu\ +4\ +3\ +/etc/pcitag/registry.ini:1$ ]]
	[ "$(pcitag types --json | jq -c '.models[0] | [.type, .model, .devices, .free, .enabled]')" = \
		'["npu","Edu",4,3,true]' ]
	release vm
}

@test "types counts for each model what it matches, as a start would" {
	prepare vm card
	[ "$(pcitag types --json | jq -c '[.models[] | select(.type == "dual" or .type == "card") | [.model, .devices, .free]]')" = \
		'[["Dual-82574L",2,0],["Whole-82574L",1,0]]' ]
	release vm
	[ "$(addresses --type card)" = "$DUAL0" ]
	[ "$(pcitag types --json | jq -c '[.models[] | select(.type == "card") | .free]')" = '[1]' ]
}

@test "plan shows the choice, every other candidate, and what would be bound" {
	domain_xml vm npu nic >"$BATS_TEST_TMPDIR/vm.xml"
	run pcitag plan "$BATS_TEST_TMPDIR/vm.xml"
	[ "$status" -eq 0 ]
	[[ ${lines[1]} =~ ^npu\ +$NPU1\ +Edu\ +.*chosen$ ]]
	[[ ${lines[2]} =~ ^npu\ +$NPU2\ +Edu\ +.*is\ free$ ]]
	[[ $output == *"would bind $NIC1 (given, group $(group_of $NIC1)) to vfio-pci; returned to: e1000e"* ]]
	[ "${lines[-1]}" = "domain 'vm': would start" ]
	nothing_touched
}

@test "plan reads standard input" {
	domain_xml vm npu >"$BATS_TEST_TMPDIR/vm.xml"
	run pcitag plan - <"$BATS_TEST_TMPDIR/vm.xml"
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "domain 'vm': would start" ]
}

@test "plan takes a file that nobody has defined yet" {
	domain_xml vm npu | grep -v '<uuid>' >"$BATS_TEST_TMPDIR/vm.xml"
	run pcitag plan "$BATS_TEST_TMPDIR/vm.xml"
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "domain 'vm': would start" ]
}

@test "plan of a start that would be refused exits 1 with the hook's own line" {
	prepare other npu
	remember_host
	domain_xml vm npu.0 npu.1 npu.2 npu.3 >"$BATS_TEST_TMPDIR/vm.xml"
	run --separate-stderr pcitag plan "$BATS_TEST_TMPDIR/vm.xml"
	[ "$status" -eq 1 ]
	[[ $output == *"its group $(group_of $NPU1) belongs to domain other"* ]]
	# shellcheck disable=SC2154
	plan_line=$stderr
	run prepare vm npu.0 npu.1 npu.2 npu.3
	[ "$output" = "$plan_line" ]
	nothing_touched
	release other
}

@test "plan --json says the same" {
	domain_xml vm npu >"$BATS_TEST_TMPDIR/vm.xml"
	run pcitag plan --json "$BATS_TEST_TMPDIR/vm.xml"
	[ "$(jq -c '[.domain, .starts, .refusal]' <<<"$output")" = '["vm",true,null]' ]
	[ "$(jq -r '.candidates[] | select(.chosen) | .address' <<<"$output")" = $NPU1 ]
	[ "$(jq -c '.members' <<<"$output")" = \
		"[{\"address\":\"$NPU1\",\"group\":$(group_of $NPU1),\"role\":\"given\",\"driver\":\"vfio-pci\",\"previous_driver\":null}]" ]
}

@test "leases names domain, device, role and where it is returned to" {
	[ "$(pcitag leases)" = "no domain holds a device" ]
	prepare vm nic
	run pcitag leases
	[[ ${lines[1]} =~ ^vm\ +bound\ +$NIC1\ +[0-9]+\ +given\ +nic\ +e1000e\ +20 ]]
	[ "$(pcitag leases --json | jq -c '.leases[0] | [.domain, .state, .members[0].previous_driver]')" = \
		'["vm","bound","e1000e"]' ]
	release vm
}

@test "list shows only what is asked for" {
	prepare vm npu
	[ "$(addresses --type nic)" = "$NIC1 $NIC2" ]
	[ "$(addresses --model Dual-82574L)" = "$DUAL0 $DUAL1" ]
	[ "$(addresses --type npu --free)" = "$NPU2 $NPU3 $NPU4" ]
	[ "$(addresses --group "$(group_of $NIC2)")" = "$NIC2" ]
	[ "$(addresses --type nic --group "$(group_of $NPU1)")" = "" ]
	run -0 pcitag list --type=npu --free
	[ "${#lines[@]}" -eq 4 ]
	[[ ${lines[1]} == "$NPU2 "* ]]
	run -0 pcitag list --free --group "$(group_of $NPU1)"
	[ "$output" = "none of the 10 devices that the registry matches is what was asked for" ]
	release vm
}

@test "a filter for what there is not is refused, and what there is is named" {
	run -1 pcitag list --type tpu
	[ "$output" = "pcitag: list --type: the registry has no type tpu; its types are: npu, nic, dual, old-nic, card" ]
	run -1 pcitag list --model tpu
	[ "$output" = "pcitag: list --model: the registry has no model tpu; its models are: Edu, Intel-82574L, Dual-82574L, Intel-82540EM, Whole-82574L" ]
	run -1 pcitag types --type Edu
	[[ $output == "pcitag: types --type: the registry has no type Edu; its types are: npu, "* ]]
	for number in x -1 1x '' 99999999999; do
		run -2 pcitag list --group "$number"
		[ "$output" = "pcitag: list --group: invalid number of an IOMMU group '$number'; write one as pcitag list shows it" ]
	done
	run -2 pcitag list --numa all
	[ "$output" = "pcitag: list --numa: invalid number of a NUMA node 'all'; write one as pcitag list shows it" ]
}

@test "types shows only what is asked for" {
	prepare vm nic.0 nic.1
	[ "$(pcitag types --json --type nic | jq -r '.models[].model')" = Intel-82574L ]
	[ "$(pcitag types --json --free | jq -r '.models[].model' | xargs)" = \
		"Edu Dual-82574L Intel-82540EM Whole-82574L" ]
	run -0 pcitag types --type nic --free
	[ "$output" = "none of these models has a free device" ]
	release vm
}

@test "plan shows only the candidates that are asked for, and decides the same" {
	prepare other npu
	domain_xml vm npu nic >"$BATS_TEST_TMPDIR/vm.xml"
	candidates() { pcitag plan --json "$@" "$BATS_TEST_TMPDIR/vm.xml" | jq -r '.candidates[].address' | xargs; }
	[ "$(candidates --request nic)" = "$NIC1 $NIC2" ]
	[ "$(candidates --type npu --free)" = "$NPU2 $NPU3 $NPU4" ]
	[ "$(candidates --model Edu --group "$(group_of $NPU3)")" = "$NPU3" ]
	run -0 pcitag plan --request nic "$BATS_TEST_TMPDIR/vm.xml"
	[[ ${lines[1]} == "nic "* && $output != *$'\n'"npu "* ]]
	[[ $output == *"would bind $NPU2 "* ]]
	[ "${lines[-1]}" = "domain 'vm': would start" ]
	run -1 pcitag plan --request gpu "$BATS_TEST_TMPDIR/vm.xml"
	[ "$output" = "pcitag: plan --request: domain 'vm' does not ask for gpu; its requests are: npu, nic" ]
	run -1 pcitag plan --type tpu "$BATS_TEST_TMPDIR/vm.xml"
	[[ $output == "pcitag: plan --type: the registry has no type tpu; its types are: npu, "* ]]
	release other
}

@test "an unprivileged user can look" {
	prepare vm npu
	for verb in list types leases; do
		run in_pretend setpriv --reuid=nobody --regid=nogroup --clear-groups /usr/sbin/pcitag $verb
		[ "$status" -eq 0 ]
		[[ $output == *npu* ]]
	done
	release vm
}

@test "wrong usage exits 2 and says where to look" {
	run pcitag
	[ "$status" -eq 2 ]
	run pcitag lst
	[ "$status" -eq 2 ]
	[ "$output" = 'pcitag: there is no command "lst"; pcitag --help lists them' ]
	run pcitag list --jsn
	[ "$status" -eq 2 ]
	[[ $output == 'pcitag: list does not take --jsn; usage: pcitag list [--type TYPE] '*' [--json]' ]]
	run pcitag plan
	[ "$status" -eq 2 ]
	[[ $output == 'pcitag: plan needs DOMAIN.xml|-; usage: pcitag plan '*' [--json] DOMAIN.xml|-' ]]
}

@test "add, remove: what is mistyped is told before libvirt is asked" {
	run -1 pcitag add vm tpu
	[[ $output == "pcitag: request tpu: the registry has no type or model tpu; its types are: npu, "* ]]
	run -2 pcitag add vm ../npu
	[[ $output == "pcitag: '../npu' is not a request: write a type or a model "* ]]
	run -2 pcitag add vm npu --count 65
	[ "$output" = "pcitag: add --count 65: write a number from 1 to 64" ]
	run -2 pcitag add vm npu.1 --count 2
	[ "$output" = "pcitag: add npu.1 --count 2: it numbers them itself; write npu" ]
	run -2 pcitag add vm npu --address 3b
	[ "$output" = "pcitag: add --address 3b: write an address in the guest, such as 0000:05:00.0" ]
	run -2 pcitag add vm npu --count 2 --address 0000:05:00.0
	[[ $output == "pcitag: add --address 0000:05:00.0 --count 2: only one device can be there"* ]]
	run -2 pcitag remove vm
	[ "$output" = "pcitag: remove needs REQUEST, or --all for whatever the domain asks for" ]
	run -1 pcitag rename-owner vm device
	[[ $output == "pcitag: 'device' cannot be an owner: "* ]]
}

@test "pcitag-domain is for pcitag" {
	run -2 in_pretend /usr/bin/pcitag-domain add vm npu
	[ "$output" = "pcitag: pcitag-domain is run by pcitag: pcitag --help lists the commands" ]
}

@test "--help and --version" {
	run pcitag --help
	[ "$status" -eq 0 ]
	[[ $output == *"pcitag plan"* ]]
	run pcitag --version
	[[ $output =~ ^pcitag\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "a name full of control characters forges neither a line nor a colour" {
	domain_xml 'vm' npu | sed 's|<name>vm|<name>a\&#9;b\xc2\x9bc|' | in_daemon "$HOOK" vm prepare begin -
	run -0 pcitag leases
	[[ ${lines[1]} == "a?b??c "*"bound "* ]]
	release vm
	run -2 pcitag $'list\x1b[31m'
	[ "$output" = 'pcitag: there is no command "list?[31m"; pcitag --help lists them' ]
	nothing_touched
}
