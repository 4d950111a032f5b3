#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Which device a request gets when profiles, models and the domain have wishes, and why it gets none, on a host with two
# sockets and a PCIe switch (pretend/hosts/nodes.desc): on node 0 the cards 03:00.0 and 04:00.0 behind the switch and
# 06:00.0 on a root port, on node 1 the cards 81:00.0 and 82:00.0.

load helper

setup_file() { pretend_host nodes; }
teardown_file() { pretend_end; }

EDU=$'[Edu]\ntype = npu\nvendor = 1234\ndevice = 11e8\nrevision = 10\n'
EDU2=$'[Edu-2]\ntype = npu\nvendor = 1234\ndevice = 11e8\nrevision = 11\n'
NIC=$'[Intel-82574L]\ntype = nic\nvendor = 8086\ndevice = 10d3\n'

setup() {
	pretend_reset
	profiles
	remember_host
}

# profiles LINE...: the registry: three models, and these lines.
profiles() {
	registry < <(printf '%s\n' "$EDU$EDU2$NIC" "$@")
}

# define NAME NODE|"" WISHES REQUEST...: a domain with memory on this node, and with these wishes in its metadata.
define() {
	local tune='' note=''
	[[ -z $2 ]] || tune="<numatune><memory mode='strict' nodeset='$2'/></numatune>"
	[[ -z $3 ]] || note="<metadata><pcitag:controllers xmlns:pcitag='urn:x-pcitag:1'>$3</pcitag:controllers></metadata>"
	domain_xml "$1" "${@:4}" | sed "s|<os>|$tune&|; s|<memory|$note&|" >"$BATS_TEST_TMPDIR/$1.domain"
}

# start NAME: starts the domain of define().
start() {
	in_daemon "$HOOK" "$1" prepare begin - <"$BATS_TEST_TMPDIR/$1.domain"
}

# plan NAME [--json]
plan() {
	pcitag plan "${@:2}" - <"$BATS_TEST_TMPDIR/$1.domain"
}

# given NAME/REQUEST: the address of its device.
given() {
	local path
	path=$(placeholder "$1")
	echo "${path##*/}"
}

@test "a required node decides before the address" {
	profiles '[fast]' 'any = npu' 'numa = required'
	define vm 1 '' fast
	start vm
	[ "$(given vm/fast)" = 0000:81:00.0 ]
	define other 1 '' fast
	start other
	[ "$(given other/fast)" = 0000:82:00.0 ]
	define third 1 '' fast
	run start third
	[ "$status" -eq 1 ]
	[[ $output == *"request fast: 3 devices free, none on NUMA node 1, where third's memory is (0000:03:00.0: node 0; 0000:04:00.0: node 0; 0000:06:00.0: node 0)"* ]]
	release vm
	release other
	nothing_touched
}

@test "a node is required of a domain that is bound to none" {
	profiles '[fast]' 'any = npu' 'numa = required'
	define vm '' '' fast
	run start vm
	[ "$status" -eq 1 ]
	[[ $output == *"request fast: numa = required, but on which NUMA node domain 'vm' runs is not known; bind it with <numatune> or <vcpupin>, or write numa = preferred"* ]]
	nothing_touched
}

@test "a domain that is bound to a node prefers devices near it, and takes another one when there is none" {
	define vm 1 '' npu npu.1 npu.2
	start vm
	[ "$(given vm/npu)" = 0000:03:00.0 ]
	[ "$(given vm/npu.1)" = 0000:81:00.0 ]
	[ "$(given vm/npu.2)" = 0000:82:00.0 ]
	release vm
	nothing_touched
}

@test "devices are together behind a switch, or the start is refused with the best that could be had" {
	profiles '[pair]' 'any = npu' 'together = switch'
	prepare other npu
	[ "$(given other/npu)" = 0000:03:00.0 ]
	define vm '' '' pair pair.1
	run start vm
	[ "$status" -eq 1 ]
	[[ $output == *"requests pair, pair.1: no free devices meet together = switch of profile pair; the best that can be had: pair = 0000:04:00.0, pair.1 = 0000:06:00.0 (same root)"* ]]
	release other
	start vm
	[ "$(given vm/pair)" = 0000:03:00.0 ]
	[ "$(given vm/pair.1)" = 0000:04:00.0 ]
	release vm
	nothing_touched
}

@test "the wishes of a domain narrow those of a profile" {
	profiles '[pair]' 'any = npu' 'together = root'
	define vm '' "<pcitag:wish requests='pair pair.1' apart='switch'/>" pair pair.1
	start vm
	[ "$(given vm/pair)" = 0000:03:00.0 ]
	[ "$(given vm/pair.1)" = 0000:06:00.0 ]
	release vm
	define vm 1 "<pcitag:wish requests='npu' numa='required'/>" npu
	start vm
	[ "$(given vm/npu)" = 0000:81:00.0 ]
	release vm
	nothing_touched
}

@test "a profile prefers what it lists first, whatever the address" {
	profiles '[fast]' 'any = Edu-2, npu'
	define vm '' '' fast fast.1 fast.2
	start vm
	[ "$(given vm/fast)" = 0000:03:00.0 ]
	[ "$(given vm/fast.1)" = 0000:06:00.0 ]
	[ "$(given vm/fast.2)" = 0000:82:00.0 ]
	release vm
	nothing_touched
}

@test "a domain gets again what it had before, unless it is taken" {
	profiles '[mine]' 'any = npu' 'prefer = last'
	define vm '' '' mine
	prepare other npu
	start vm
	[ "$(given vm/mine)" = 0000:04:00.0 ]
	release vm
	release other
	start vm
	[ "$(given vm/mine)" = 0000:04:00.0 ]
	release vm
	prepare other npu npu.1
	start vm
	[ "$(given vm/mine)" = 0000:06:00.0 ]
	release vm
	release other
	rm -rf "$(host_root && echo "$REPLY")/var/lib/pcitag/last"
	nothing_touched
}

@test "a profile or a model for other domains is refused to this one" {
	profiles '[fast]' 'any = npu' 'allow = web-*'
	define vm '' '' fast
	run start vm
	[ "$status" -eq 1 ]
	[[ $output == *"request fast: profile fast is not for domain 'vm'; its key allow at /etc/pcitag/registry.ini:"*" says for which"* ]]
	define web-1 '' '' fast
	start web-1
	release web-1
	registry < <(printf '%s\n' "${EDU}allow = !vm" "$EDU2")
	define vm '' '' npu
	start vm
	[ "$(given vm/npu)" = 0000:06:00.0 ]
	release vm
	define vm '' '' Edu
	run start vm
	[ "$status" -eq 1 ]
	[[ $output == *"0000:03:00.0: its model is for other domains (allow)"* ]]
	nothing_touched
}

@test "no more are lent than limit and per_domain say" {
	profiles '[few]' 'any = npu' 'limit = 2' 'per_domain = 1'
	define vm '' '' few few.1
	run start vm
	[ "$status" -eq 1 ]
	[[ $output == *"requests few, few.1: a domain may have 1 by profile few (per_domain); remove a request"* ]]
	prepare one few
	prepare two few
	define vm '' '' few
	run start vm
	[ "$status" -eq 1 ]
	[[ $output == *"request few: 2 may be lent by profile few at a time (limit), and 2 are, to: "*"; stop one of these domains"* ]]
	release one
	start vm
	release vm
	release two
	registry < <(printf '%s\n' "${EDU}limit = 1" "$EDU2")
	prepare one npu
	[ "$(given one/npu)" = 0000:03:00.0 ]
	prepare two npu
	[ "$(given two/npu)" = 0000:06:00.0 ]
	define vm '' '' Edu
	run start vm
	[ "$status" -eq 1 ]
	[[ $output == *"0000:04:00.0: as many devices of its model are lent as its key limit says"* ]]
	release one
	release two
	define vm '' '' Edu Edu.1
	run start vm
	[ "$status" -eq 1 ]
	[[ $output == *"the requests of domain 'vm' need more devices of model Edu than the 1 that limit and per_domain leave to it; stop a domain that has one"* ]]
	nothing_touched
}

@test "spread takes the card of which the fewest functions are lent, pack that of which the most are" {
	profiles '[P]' 'type = port' 'vendor = 8086' 'device = 10d3' '[V]' 'type = port' 'vendor = 8086' 'device = 10ca' \
		'[wide]' 'any = port' 'prefer = spread' '[tight]' 'any = port' 'prefer = pack'
	prepare other port
	[ "$(given other/port)" = 0000:05:00.0 ]
	define vm '' '' wide wide.1
	start vm
	[ "$(given vm/wide)" = 0000:05:00.1 ]
	[ "$(given vm/wide.1)" = 0000:83:10.0 ]
	release vm
	define vm '' '' wide
	start vm
	[ "$(given vm/wide)" = 0000:83:10.0 ]
	release vm
	define vm '' '' tight
	start vm
	[ "$(given vm/tight)" = 0000:05:00.1 ]
	release vm
	release other
	nothing_touched
}

@test "plan shows for each candidate which wishes it meets" {
	profiles '[fast]' 'any = Edu-2, Edu' 'numa = preferred' 'together = numa'
	define vm 1 '' fast fast.1
	run plan vm
	[ "$status" -eq 0 ]
	[[ $output == *$'\nREQUEST  ADDRESS       WISHES\n'* ]]
	[[ $output =~ fast\ +0000:03:00\.0\ +numa=preferred\ not\ met,\ any=fast\ 2,\ together=numa\ not\ met ]]
	[[ $output =~ fast\.1\ +0000:82:00\.0\ +numa=preferred\ met,\ any=fast\ 1,\ together=numa\ met ]]
	run plan vm --json
	[[ $(tr -d ' \n' <<<"$output") == *'"address":"0000:82:00.0",'*'"chosen":true,"wishes":[{"wish":"numa","value":"preferred","met":"met"},{"wish":"any","value":"fast","rank":1,"met":"met"},{"wish":"together","value":"numa","met":"met"}]}'* ]]
	define vm '' '' npu
	run plan vm
	[[ $output != *WISHES* ]]
	nothing_touched
}

@test "of a wish about several requests plan says nothing of a candidate when the start is refused" {
	profiles '[pair]' 'any = npu' 'together = card'
	define vm '' '' pair pair.1
	run plan vm
	[ "$status" -eq 1 ]
	[[ $output =~ pair\ +0000:03:00\.0\ +any=pair\ 1,\ together=card\ unknown ]]
	[[ $output != *' met'* ]]
	[[ ${lines[-1]} == *"no free devices meet together = card of profile pair; "* ]]
	nothing_touched
}

@test "the examples of the manual's page are what a reader finds there" {
	local page=$BATS_TEST_DIRNAME/../../docs/which-device.md memory wishes requests get count=0
	registry < <(sed -n '/^```ini$/,/^```$/{//!p}' "$page")
	while IFS='|' read -r _ memory wishes requests get _; do
		memory=${memory//[ \`]/} wishes=${wishes//\`/} requests=${requests//\`/} get=${get//\`/}
		# shellcheck disable=SC2086 # words
		set -- $requests
		[[ -z ${wishes// /} ]] || wishes="<pcitag:wish requests='$*' $wishes/>"
		define vm "$memory" "${wishes//  / }" "$@"
		echo "example: memory '$memory', wishes '$wishes', requests '$*': $get"
		if [[ $get == *refused* ]]; then
			run start vm
			[ "$status" -eq 1 ]
		else
			start vm
			[ "$(for request; do given "vm/$request"; done)" = "$(tr -s ' ' '\n' <<<"$get" | sed '/^$/d')" ]
			release vm
		fi
		count=$((count + 1))
	done < <(sed -n '/^| memory /,/^$/{/^| memory /d; /^|---/d; /^|/p}' "$page")
	[ "$count" -ge 20 ]
	nothing_touched
}
