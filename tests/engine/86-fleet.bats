#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # bats' run sets output and lines
# What a domain asks a cluster for, and what a host has for the domains of a cluster. The host is that of
# 59-wishes.bats: five devices of type npu, of which the models are Edu (03:00.0, 04:00.0, 81:00.0) and Edu-2 (06:00.0,
# 82:00.0), and two functions of a network card.

load helper

setup_file() { pretend_host nodes; }
teardown_file() { pretend_end; }

EDU=$'[Edu]\ntype = npu\nvendor = 1234\ndevice = 11e8\nrevision = 10\n'
EDU2=$'[Edu-2]\ntype = npu\nvendor = 1234\ndevice = 11e8\nrevision = 11\n'
NIC=$'[Intel-82574L]\ntype = nic\nvendor = 8086\ndevice = 10d3\n'

setup() {
	pretend_reset
	registry <<<"$EDU$EDU2$NIC"
	settings </dev/null
	root=/proc/$PRETEND_PID/root
	rm -rf "$root/run/pcitag-cluster"
	remember_host
}

teardown() {
	ctl release
	drop_holder
	emulators_end
	rm -rf "$root/run/pcitag-cluster"
}

# mark NAME [TEXT]: the domain is the cluster's.
mark() {
	(umask 077 && mkdir -p "$root/run/pcitag-cluster/domains")
	printf '%s' "${2-}" >"$root/run/pcitag-cluster/domains/$1"
}

unmark() { rm "$root/run/pcitag-cluster/domains/$1"; }

# capacity [NAME...]: prints the numbers of these names, or all lines, in one line.
capacity() {
	local numbers name
	numbers=$(pcitag capacity) || return
	[[ $# -gt 0 ]] || { xargs <<<"$numbers"; return; }
	for name; do sed -n "s/^$name=//p" <<<"$numbers"; done | xargs
}

# utilization REQUEST...: of a domain with these requests.
utilization() {
	domain_xml vm "$@" | pcitag utilization -
}

# report FILTER: what jq makes of the report.
report() {
	pcitag capacity --report | jq -c "$1"
}

# ---- utilization ----

@test "a request by type counts for the type, one by model for the model and its type" {
	run -0 utilization npu
	[ "$output" = "pcitag-npu=1" ]
	run -0 utilization Edu
	[ "$output" = "pcitag-Edu=1 pcitag-npu=1" ]
	run -0 utilization npu.0 npu.1 Edu-2 nic
	[ "$output" = "pcitag-Edu-2=1 pcitag-nic=1 pcitag-npu=3" ]
	nothing_touched
}

@test "a type with one model is no more than the type" {
	run -0 utilization nic
	[ "$output" = "pcitag-nic=1" ]
	run -0 utilization Intel-82574L
	[ "$output" = "pcitag-Intel-82574L=1 pcitag-nic=1" ]
}

@test "a profile counts for itself and what contains it, and for what it overlaps" {
	registry <<<"$EDU$EDU2$NIC"$'[any]\nany = Edu, nic\n[two]\nany = Edu\n'
	run -0 utilization two
	[ "$output" = "pcitag-any=1 pcitag-npu=1 pcitag-two=1" ]
	run -0 utilization any
	[ "$output" = "pcitag-any=1 pcitag-npu=1" ]
	run -0 utilization npu
	[ "$output" = "pcitag-any=1 pcitag-npu=1" ]
	run -0 utilization nic
	[ "$output" = "pcitag-any=1 pcitag-nic=1" ]
	run -0 utilization Edu
	[ "$output" = "pcitag-Edu=1 pcitag-any=1 pcitag-npu=1 pcitag-two=1" ]
}

@test "an optional request counts for nothing" {
	registry <<<"$EDU$EDU2$NIC"$'[spare]\nany = Edu\noptional = yes\n'
	run -0 utilization spare nic
	[ "$output" = "pcitag-nic=1" ]
	run -0 utilization spare
	[ -z "$output" ]
}

@test "models of which one may match the devices of the other" {
	registry <<<"$EDU$EDU2"$'[gold]\ntype = best\nvendor = 1234\ndevice = 11e8\naddress = 0000:03:00.0\nrevision = 10\n'
	run -0 utilization gold
	[ "$output" = "pcitag-Edu=1 pcitag-best=1 pcitag-gold=1 pcitag-npu=1" ]
	run -0 utilization npu
	[ "$output" = "pcitag-npu=1" ]
	run -0 capacity gold Edu npu
	[ "$output" = "1 3 5" ]
}

@test "a domain without requests asks for nothing" {
	run -0 utilization
	[ -z "$output" ]
}

@test "utilization --json has the numbers" {
	domain_xml vm Edu >"$BATS_TEST_TMPDIR/vm.xml"
	run -0 pcitag utilization --json "$BATS_TEST_TMPDIR/vm.xml"
	[ "$(jq -c '[.version, .domain, .utilization]' <<<"$output")" = '[1,"vm",{"Edu":1,"npu":1}]' ]
}

@test "utilization of what the registry does not have, or of no domain" {
	run utilization gpu
	refused "domain 'vm': request gpu: the registry has no type or model gpu; its types are: npu, nic"
	run pcitag utilization "$BATS_TEST_TMPDIR/nothing.xml"
	refused "cannot read $BATS_TEST_TMPDIR/nothing.xml: No such file or directory"
	run pcitag utilization - <<<'<network/>'
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: "*"the XML is a <network>, not a libvirt <domain>"* ]]
	run pcitag utilization
	[ "$status" -eq 2 ]
}

# ---- capacity ----

@test "what is free counts under each name" {
	run -0 capacity
	[ "$output" = "Edu=3 Edu-2=2 Intel-82574L=2 nic=2 npu=5" ]
}

@test "what a domain of the cluster holds counts, what another one holds does not" {
	mark one
	prepare one Edu
	[ "$(capacity Edu Edu-2 npu)" = "3 2 5" ]
	# It took a device of Edu, but does not count for it.
	mark two
	prepare two npu
	[ "$(capacity Edu Edu-2 npu)" = "2 2 5" ]
	prepare three npu
	[ "$(capacity Edu Edu-2 npu)" = "2 1 4" ]
	unmark one
	[ "$(capacity Edu Edu-2 npu)" = "1 1 3" ]
	release three
	release two
	release one
	[ "$(capacity Edu Edu-2 npu)" = "3 2 5" ]
}

@test "a device that is out lowers the number, one that is degraded does not" {
	mkdir -p "$root/var/lib/pcitag/unwell"
	ctl set 0000:03:00.0 aer=0:0
	prepare one Edu
	[ "$(placeholder one/Edu)" = /dev/pcitag/device/0000:03:00.0 ]
	ctl set 0000:03:00.0 aer=0:2
	release one
	[ "$(report '[.devices[] | select(.address == "0000:03:00.0") | .state]')" = '["degraded"]' ]
	[ "$(capacity Edu npu)" = "3 5" ]
	prepare one Edu Edu.1 Edu.2
	ctl set 0000:03:00.0 aer=1:2
	release one
	[ "$(report '[.devices[] | select(.address == "0000:03:00.0") | .state]')" = '["out"]' ]
	[ "$(capacity Edu npu)" = "2 4" ]
}

@test "a device in quarantine is not free, and counts as long as its domain is the cluster's" {
	mark one
	prepare one Edu
	hold_group 10 0000:03:00.0
	run release one
	lease_says one quarantined
	[ "$(capacity Edu npu)" = "3 5" ]
	unmark one
	[ "$(capacity Edu npu)" = "2 4" ]
	[ "$(report '[.devices[] | select(.address == "0000:03:00.0") | .state]')" = '["quarantined"]' ]
	drop_holder
	in_pretend pcitag-engine reconcile
	[ "$(capacity Edu npu)" = "3 5" ]
}

@test "a device that dies or is unplugged while a domain has it counts until it is returned" {
	mark one
	prepare one Edu
	ctl set 0000:03:00.0 dead
	[ "$(capacity Edu npu)" = "3 5" ]
	ctl remove 0000:03:00.0
	[ "$(capacity Edu npu)" = "3 5" ]
	ctl add 0000:03:00.0
	release one
	unmark one
}

@test "a device that dies while it is free lowers the number" {
	ctl set 0000:03:00.0 dead
	[ "$(capacity Edu npu)" = "2 4" ]
}

@test "a name that leaves the registry is counted as long as a domain has a device by it" {
	mark one
	prepare one Edu
	registry <<<"$EDU2$NIC"
	run -0 capacity
	[ "$output" = "Edu=1 Edu-2=2 Intel-82574L=2 nic=2 npu=3" ]
	release one
	run -0 capacity
	[ "$output" = "Edu-2=2 Intel-82574L=2 nic=2 npu=2" ]
}

@test "what was noted at the start counts whatever the registry says by now" {
	registry <<<"$EDU$EDU2$NIC"$'[fast]\nany = Edu\n'
	mark one "one-resource
$(utilization Edu)
"
	prepare one Edu
	registry <<<"$EDU$EDU2$NIC"$'[fast]\nany = Edu-2\n'
	[ "$(capacity Edu Edu-2 fast npu)" = "3 2 3 5" ]
	release one
	# It has ended: what is back is free.
	[ "$(capacity Edu Edu-2 fast npu)" = "3 2 2 5" ]
}

@test "a device by an optional request is neither free nor counted" {
	registry <<<"$EDU$EDU2$NIC"$'[spare]\nany = Edu\noptional = yes\n'
	mark one "$(utilization nic spare)"
	prepare one nic spare
	[ "$(capacity Edu nic npu spare)" = "2 2 4 2" ]
	release one
}

@test "functions of one group count once" {
	ctl replug 0000:04:00.0 group=10
	[ "$(capacity Edu Edu-2 npu)" = "2 2 4" ]
}

@test "a limit counts" {
	registry <<<"$EDU"$'limit = 1\n'"$EDU2$NIC"$'[few]\nany = npu\nlimit = 2\n'
	[ "$(capacity Edu Edu-2 few npu)" = "1 2 2 3" ]
	prepare one Edu
	[ "$(capacity Edu Edu-2 few npu)" = "0 2 2 2" ]
	release one
}

@test "devices that only some domains may have are not relied on under other names" {
	registry <<<"$EDU"$'allow = win*\n'"$EDU2$NIC"
	[ "$(capacity Edu Edu-2 npu)" = "3 2 2" ]
	run -0 utilization Edu
	[ "$output" = "pcitag-Edu=1" ]
	run -0 utilization npu
	[ "$output" = "pcitag-npu=1" ]
}

@test "pcitag is switched off: nothing is free, what is held counts" {
	mark one
	prepare one Edu
	settings <<<$'[pcitag]\nenabled = no'
	[ "$(capacity Edu Edu-2 npu nic)" = "1 0 1 0" ]
	settings </dev/null
	release one
}

@test "a mistake in the registry: no number is printed" {
	registry <<<$'[Edu]\ntype = npu\nvendor = 1234\ndevices = 11e8\n'
	run -1 pcitag capacity
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == "pcitag: /etc/pcitag/registry.ini:4: "* ]]
}

@test "a device that does not answer: no number is printed, and the report says which" {
	ctl stall read '*/0000:82:00.0/config' '*'
	run -1 pcitag capacity
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == "pcitag: cannot tell how many devices this host has: 0000:82:00.0 (Edu-2): "* ]]
	[ "$(report '[.devices[] | select(.address == "0000:82:00.0") | .state]')" = '["unavailable"]' ]
	ctl release
	ctl clear
	[ "$(capacity npu)" = 5 ]
}

@test "a lease that cannot be read: no number is printed" {
	mark one
	prepare one Edu
	lease one >"$BATS_TEST_TMPDIR/lease"
	damage_lease one
	run -1 pcitag capacity
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == "pcitag: "*"/run/pcitag/leases/$(uuid_of one).json"* ]]
	cp "$BATS_TEST_TMPDIR/lease" "$root/run/pcitag/leases/$(uuid_of one).json"
	release one
}

@test "a file of the cluster that cannot be understood, or a directory that others can write to" {
	mark one "pcitag-npu=many"
	run pcitag capacity
	refused "/run/pcitag-cluster/domains/one cannot be understood (pcitag-npu=many is not pcitag-NAME=NUMBER); write what pcitag utilization prints for the domain, or remove it"
	mark one "pcitag-npu=1 pcitag-npu=1"
	run pcitag capacity
	refused "/run/pcitag-cluster/domains/one cannot be understood (pcitag-npu is there twice); write what pcitag utilization prints for the domain, or remove it"
	# What is being written does not count.
	mv "$root/run/pcitag-cluster/domains/one" "$root/run/pcitag-cluster/domains/.one"
	[ "$(capacity npu)" = 5 ]
	chmod 777 "$root/run/pcitag-cluster/domains"
	run -1 pcitag capacity
	[[ $output == "pcitag: "*"/run/pcitag-cluster"* || $output == "pcitag: "*domains* ]]
}

@test "capacity without root" {
	run in_pretend setpriv --reuid 65534 --regid 65534 --clear-groups /usr/sbin/pcitag capacity
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: capacity reads who uses devices: run it as root" ]
}

@test "capacity --json has the numbers" {
	run -0 pcitag capacity --json
	[ "$(jq -c '[.version, .capacity]' <<<"$output")" = \
		'[1,{"Edu":3,"Edu-2":2,"Intel-82574L":2,"nic":2,"npu":5}]' ]
}

# ---- the report ----

@test "the report is one line that says of each device under which names it is free, or why not" {
	prepare one Edu
	run -0 pcitag capacity --report
	[ "${#lines[@]}" -eq 1 ]
	[ "$(jq -c '.devices[0] | [.address, .names, .state, .why]' <<<"$output")" = \
		'["0000:03:00.0",["Edu","npu"],"leased","its group 10 belongs to domain one"]' ]
	[ "$(jq -c '.devices[1] | [.address, .names, .state, .why]' <<<"$output")" = '["0000:04:00.0",["Edu","npu"],"free",null]' ]
	[ "$(jq '.devices | length' <<<"$output")" -eq 7 ]
	(($(date +%s) - $(jq .time <<<"$output") < 600))
	release one
}

@test "two registries with the same names have the same hash, whatever their order" {
	first=$(report .registry)
	registry <<<"$NIC$EDU2$EDU"
	[ "$(report .registry)" = "$first" ]
	registry <<<"$EDU$EDU2$NIC"$'[spare]\nany = Edu\n'
	[ "$(report .registry)" != "$first" ]
}
