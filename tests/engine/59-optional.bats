#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # bats' run sets output and lines
# Optional requests: a domain starts without the device when none can be had. The host is that of 59-wishes.bats: five
# devices of type npu, of which the models are Edu (03:00.0, 04:00.0, 81:00.0) and Edu-2 (06:00.0, 82:00.0).

load helper

setup_file() { pretend_host nodes; }
teardown_file() { pretend_end; }

EDU=$'[Edu]\ntype = npu\nvendor = 1234\ndevice = 11e8\nrevision = 10\n'
EDU2=$'[Edu-2]\ntype = npu\nvendor = 1234\ndevice = 11e8\nrevision = 11\n'
NIC=$'[Intel-82574L]\ntype = nic\nvendor = 8086\ndevice = 10d3\n'
ABSENT=$'[A100]\ntype = gpu\nvendor = 10de\ndevice = 20b0\n'

setup() {
	pretend_reset
	profiles '[spare]' 'any = Edu-2' 'optional = yes'
	remember_host
}

teardown() {
	end_log
	emulators_end
}

# profiles LINE...: the registry: four models, of one of which the host has no device, and these lines.
profiles() {
	registry < <(printf '%s\n' "$EDU$EDU2$NIC$ABSENT" "$@")
}

# define NAME WISHES REQUEST...: a domain with these wishes in its metadata.
define() {
	domain_xml "$1" "${@:3}" |
		sed "s|<memory|<metadata><pcitag:controllers xmlns:pcitag='urn:x-pcitag:1'>$2</pcitag:controllers></metadata>&|" \
			>"$BATS_TEST_TMPDIR/$1.domain"
}

# start NAME: starts the domain of define().
start() {
	in_daemon "$HOOK" "$1" prepare begin - <"$BATS_TEST_TMPDIR/$1.domain"
}

# plan NAME [--json]
plan() {
	pcitag plan "${@:2}" - <"$BATS_TEST_TMPDIR/$1.domain"
}

# without NAME: the requests without a device, as its lease has them.
without() {
	lease "$1" | tr -d ' \n' | grep -o '"without":\[[^]]*\]' || true
}

# there_is_no_link: nothing is below /dev/pcitag but empty directories of devices.
there_is_no_link() {
	local REPLY
	host_root
	[ -z "$(find "$REPLY/dev/pcitag" -type l)" ]
}

@test "a device that is free is given to an optional request, and its lease is as any other" {
	prepare vm spare
	[ "$(placeholder vm/spare)" = /dev/pcitag/device/0000:06:00.0 ]
	[[ $(lease vm | tr -d ' \n') == *'"version":1,'* ]]
	[ -z "$(without vm)" ]
	release vm
	nothing_touched
}

@test "with none free, the domain starts without it: link, lease, leases, metrics; and a later start tries again" {
	prepare other Edu-2.0 Edu-2.1
	before_start=$(host_state)
	start_log
	prepare vm spare
	[ "$(placeholder vm/spare)" = /dev/null ]
	lease_says vm bound
	[ "$(without vm)" = '"without":[{"owner":"vm","request":"spare"}]' ]
	[[ $(lease vm | tr -d ' \n') == *'"version":4,'*'"grants":[],"members":[],'* ]]
	soon grep -q "domain 'vm': request spare: none free; it starts without it: 2 devices of this host, none free: 0000:06:00.0: " "$BATS_TEST_TMPDIR/log"
	grep -q "domain 'vm': ready in" "$BATS_TEST_TMPDIR/log"

	run -0 pcitag leases vm
	[[ ${lines[1]} == "vm "*"bound "*" - "*" - "*"without "*"spare "* ]]
	run -0 pcitag leases vm --json
	[[ $(tr -d ' \n' <<<"$output") == *'"without":[{"owner":"vm","request":"spare","placeholder":"/dev/pcitag/vm/spare"}]'* ]]
	run -0 pcitag metrics
	[[ $output == *$'\npcitag_requests_without_device 1\n'* ]]
	[[ $(pcitag list --type npu) != *" vm"* ]]

	# What becomes free is for the next start.
	release vm
	[ "$(host_state)" = "$before_start" ]
	release other
	prepare vm spare
	[ "$(placeholder vm/spare)" = /dev/pcitag/device/0000:06:00.0 ]
	release vm
	nothing_touched
}

@test "a wish of the domain makes a request optional, also for a device that this host does not have" {
	define vm "<pcitag:wish requests='gpu' optional='yes'/>" gpu npu
	start_log
	start vm
	[ "$(placeholder vm/gpu)" = /dev/null ]
	[ "$(placeholder vm/npu)" = /dev/pcitag/device/0000:03:00.0 ]
	soon grep -q "request gpu: none free; it starts without it: no device of this host matches gpu in the registry" "$BATS_TEST_TMPDIR/log"
	[[ $(lease vm | tr -d ' \n') == *'"grants":[{"owner":"vm","request":"npu",'* ]]
	release vm
	nothing_touched
}

@test "the narrower wish decides: what a domain calls optional is required when the profile says so" {
	profiles '[must]' 'any = gpu' 'optional = no'
	define vm "<pcitag:wish requests='must' optional='yes'/>" must
	run start vm
	[ "$status" -eq 1 ]
	[[ $output == *"request must: no device of this host matches must in the registry"* ]]
	nothing_touched
}

@test "of two requests and one device, one gets it; a required request before an optional one" {
	prepare other Edu-2
	prepare vm spare.0 spare.1
	[ "$(placeholder vm/spare.0)" = /dev/pcitag/device/0000:82:00.0 ]
	[ "$(placeholder vm/spare.1)" = /dev/null ]
	release vm
	prepare vm spare Edu-2
	[ "$(placeholder vm/spare)" = /dev/null ]
	[ "$(placeholder vm/Edu-2)" = /dev/pcitag/device/0000:82:00.0 ]
	run -0 pcitag leases vm
	[ "${#lines[@]}" -eq 3 ]
	release vm
	release other
	nothing_touched
}

@test "an optional request gets a device whenever a choice gives it one, whatever is preferred" {
	# The required one would rather have 06:00.0, and takes another one of its type.
	profiles '[first]' 'any = Edu-2, npu' '[spare]' 'any = Edu-2' 'optional = yes'
	prepare other Edu-2.0
	prepare vm first spare
	[ "$(placeholder vm/spare)" = /dev/pcitag/device/0000:82:00.0 ]
	[ "$(placeholder vm/first)" = /dev/pcitag/device/0000:03:00.0 ]
	release vm
	release other
	nothing_touched
}

@test "limit, allow and required wishes leave it without; what is wrong refuses" {
	profiles '[few]' 'any = npu' 'optional = yes' 'limit = 1' 'allow = vm*'
	prepare vm few
	prepare vm2 few
	[ "$(placeholder vm2/few)" = /dev/null ]
	run -0 plan vm2
	[[ $output == *"request few: none free; the domain starts without it: 1 may be lent by profile few at a time (limit), and 1 are, to: vm; stop one of these domains"* ]]
	prepare other few
	[ "$(placeholder other/few)" = /dev/null ]
	run -0 plan other
	[[ $output == *"request few: none free; the domain starts without it: profile few is not for domain 'other'; its key allow at "* ]]
	# Who is without a device uses none of the limit.
	release vm
	release vm2
	prepare vm2 few
	[ "$(placeholder vm2/few)" = /dev/pcitag/device/0000:03:00.0 ]
	release vm2
	release other

	define vm "<pcitag:wish requests='none' optional='yes'/>" none
	run start vm
	[ "$status" -eq 1 ]
	[[ $output == *"request none: the registry has no type or model none"* ]]
	profiles '[few]' 'any = npu' 'optional = perhaps'
	run prepare vm few
	[ "$status" -eq 1 ]
	[[ $output == *"optional = perhaps is neither yes nor no"* ]]
	nothing_touched
}

@test "plan says it, in text and in JSON, and changes nothing" {
	prepare other Edu-2.0 Edu-2.1
	state=$(host_state)
	define vm '' spare npu
	run -0 plan vm
	[[ $output == *$'\n'"request spare: none free; the domain starts without it: 2 devices of this host, none free: 0000:06:00.0: "*"; 0000:82:00.0: "*$'\n'"domain 'vm': would start" ]]
	[[ $output == *"would bind 0000:03:00.0 (given, group 10) to vfio-pci"* ]]
	run -0 plan vm --json
	[[ $(tr -d ' \n' <<<"$output") == *'"starts":true,'*'"without":[{"request":"spare","why":"2devicesofthishost,nonefree:0000:06:00.0:'* ]]
	define vm '' npu
	run -0 plan vm --json
	[[ $output != *'"without"'* ]]
	[ "$(host_state)" = "$state" ]
	release other
	nothing_touched
}

@test "why it goes without is the wish that fails" {
	profiles '[pair]' 'any = Edu' 'together = switch' 'optional = yes'
	prepare other Edu
	define vm '' pair.0 pair.1
	run -0 plan vm
	[[ $output == *"request pair.1: none free; the domain starts without it: requests pair.0, pair.1: no free devices meet together = switch of profile pair; the best that can be had: "* ]]
	start vm
	[ "$(placeholder vm/pair.0)" = /dev/pcitag/device/0000:04:00.0 ]
	[ "$(placeholder vm/pair.1)" = /dev/null ]
	release vm
	release other
	nothing_touched
}

@test "after a crash reconcile leaves neither link nor lease, and not before" {
	prepare other Edu-2.0 Edu-2.1
	prepare vm spare
	run -0 pcitag reconcile
	[[ $output == *$'\n'"vm "*"in use "* ]]
	[ "$(placeholder vm/spare)" = /dev/null ]
	daemon_kill
	emulator vm
	run -0 pcitag reconcile
	[[ $output == *$'\n'"vm "*"in use "*"its emulator runs"* ]]
	[ "$(placeholder vm/spare)" = /dev/null ]
	emulators_die
	run -0 pcitag reconcile
	[[ $output == *"vm "*"returned "* ]]
	nothing_touched
	there_is_no_link
}

@test "release --force takes the lease of a domain without a device" {
	prepare other Edu-2.0 Edu-2.1
	prepare vm spare
	run -1 pcitag release vm
	[[ $output == *"libvirt's daemon (process "*") will release it"* ]]
	run -0 pcitag release vm --force
	[ -z "$(lease vm)" ]
	[ -z "$(placeholder vm/spare 2>/dev/null)" ]
	release other
	nothing_touched
}

@test "the link of a lost lease leads to nothing that could be kept, and goes" {
	local REPLY
	prepare other Edu-2.0 Edu-2.1
	prepare vm spare
	host_root
	rm "$REPLY/run/pcitag/leases/$(uuid_of vm).json"
	run -0 pcitag reconcile
	[ -z "$(placeholder vm/spare 2>/dev/null)" ]
	[ -n "$(placeholder other/Edu-2.0)" ]
	release other
	nothing_touched
	there_is_no_link
}

@test "a request without a device leaves a lease that is quarantined" {
	prepare other Edu-2.0 Edu-2.1
	settings <<<$'[pcitag]\nrelease_timeout = 1'
	prepare vm spare npu
	ctl hold 10
	release vm || true
	lease_says vm quarantined
	[ -z "$(without vm)" ]
	[ -z "$(placeholder vm/spare 2>/dev/null)" ]
	ctl unhold 10
	run -0 pcitag reconcile
	settings </dev/null
	release other
	nothing_touched
}

@test "its path belongs to the domain as any other" {
	prepare other Edu-2.0 Edu-2.1
	prepare vm spare
	OWNER=vm run prepare clone spare
	[ "$status" -eq 1 ]
	[[ $output == *"request spare: domain vm uses /dev/pcitag/vm/spare already"* ]]
	[ "$(placeholder vm/spare)" = /dev/null ]
	release vm
	# A link that something else has put there is replaced; at the end only pcitag's own one goes.
	prepare vm spare
	host_root
	ln -sfn /dev/zero "$REPLY/dev/pcitag/vm/spare"
	release vm
	[ "$(readlink "$REPLY/dev/pcitag/vm/spare")" = /dev/zero ]
	prepare vm spare
	[ "$(placeholder vm/spare)" = /dev/null ]
	release vm
	release other
	nothing_touched
}

@test "a device that does not answer at first is looked at again, and not left out" {
	prepare other Edu-2.0
	ctl stall read '*/0000:82:00.0/vendor' 1
	ctl stall read '*/0000:82:00.0/vendor' 2
	prepare vm spare
	[ "$(placeholder vm/spare)" = /dev/pcitag/device/0000:82:00.0 ]
	ctl release
	ctl clear
	release vm
	release other
	nothing_touched
}

@test "a device that never answers is in use: the domain goes without it, and the line says so" {
	prepare other Edu-2.0
	ctl stall read '*/0000:82:00.0/config' '*'
	start_log
	prepare vm spare
	[ "$(placeholder vm/spare)" = /dev/null ]
	soon grep -q "request spare: none free; it starts without it: 2 devices of this host, none free: .*0000:82:00.0: .*answer" "$BATS_TEST_TMPDIR/log"
	ctl release
	ctl clear
	release vm
	release other
	nothing_touched
}

@test "an attach asks for a device, whatever is optional" {
	profiles '[spare]' 'any = gpu' 'optional = yes'
	prepare vm spare
	emulator vm
	run pcitag attach vm spare
	[ "$status" -eq 1 ]
	[[ $output != *"none free; it starts"* ]]
	[ "$(placeholder vm/spare)" = /dev/null ]
	release vm
	nothing_touched
}
