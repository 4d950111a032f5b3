#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # status, output and lines are set by bats
#
# What pcitag did, read back from the journal. The pretend host has no journal: a script stands in for
# journalctl, and notes how it was called.

load helper

setup_file() {
	pretend_host lab
}

teardown_file() {
	pretend_end
}

setup() {
	local REPLY
	pretend_reset
	host_root
	journalctl=$REPLY/usr/bin/journalctl
	calls=$BATS_TEST_TMPDIR/calls
	entries=$BATS_TEST_TMPDIR/entries
	: >"$entries"
	journal "cat '$entries'"
}

# journal COMMANDS: what journalctl does.
journal() {
	rm -f "$journalctl"
	printf '#!/bin/bash\nprintf "%%s\\n" "$@" >%q\n%s\n' "$calls" "$1" >"$journalctl"
	chmod 755 "$journalctl"
}

# entry SECONDS PRIORITY MESSAGE: one more of them, as journalctl prints it.
entry() {
	jq -nc --arg t "${1}000000" --arg p "$2" --arg m "$3" \
		'{__CURSOR: "s=1", PRIORITY: $p, MESSAGE: $m, __REALTIME_TIMESTAMP: $t}' >>"$entries"
}

some_entries() {
	entry 1000000000 6 "domain 'one': request npu: 0000:02:00.0 (model Edu, group 14)"
	entry 1000000001 4 "domain 'two': returning the devices of an earlier run first"
	entry 1000000002 3 "lease /run/pcitag/leases/x.json cannot be understood"
	entry 1000000003 6 "domain 'one': 0000:02:00.0 is back (driver: none)"
}

@test "all lines, newest last, with time and domain" {
	some_entries
	run -0 in_pretend env TZ=UTC /usr/sbin/pcitag log
	[ "${lines[0]}" = "TIME                 DOMAIN  MESSAGE" ]
	[ "${lines[1]}" = "2001-09-09 01:46:40  one     request npu: 0000:02:00.0 (model Edu, group 14)" ]
	[ "${lines[3]}" = "2001-09-09 01:46:42  -       lease /run/pcitag/leases/x.json cannot be understood" ]
	[ "${lines[4]}" = "2001-09-09 01:46:43  one     0000:02:00.0 is back (driver: none)" ]
	[ "$(paste -sd' ' "$calls")" = \
		"--quiet --no-pager --identifier=pcitag _UID=0 --output=json --output-fields=MESSAGE,PRIORITY --lines=200" ]
}

@test "one domain's, whatever others are called" {
	some_entries
	entry 1000000004 6 "domain 'one more': is another"
	entry 1000000005 3 "owner 'one': request npu: the lease of 0000:02:00.0 was lost: quarantined"
	entry 1000000006 6 "speaks of domain 'one': in the middle"
	run -0 pcitag log one
	[ "${#lines[@]}" -eq 4 ]
	[[ $output != *"another"* && $output != *"middle"* && $output == *"was lost"* ]]
	run -1 grep -e --lines "$calls"
	run -0 pcitag log three
	[ "$output" = "no line about domain 'three'" ]
}

@test "the last lines, of a domain too" {
	for i in {1..25}; do
		entry $((1000000000 + i)) 6 "domain 'one': line $i"
		entry $((1000000000 + i)) 6 "domain 'two': line $i"
	done
	run -0 pcitag log --lines 3 one
	[ "${#lines[@]}" -eq 4 ]
	[[ ${lines[1]} == *"line 23" && ${lines[2]} == *"line 24" && ${lines[3]} == *"line 25" ]]
	run -0 pcitag log --lines 3
	grep -qx -e --lines=3 "$calls"
	for n in 0 x 1x -1 100001 ''; do
		run -2 pcitag log --lines "$n"
		[ "$output" = "pcitag: log --lines $n: write a number from 1 to 100000" ]
	done
}

@test "since a time, and of this boot" {
	run -0 pcitag log --since '10 min ago' --boot
	[ "$output" = "no line" ]
	grep -qx -e '--since=10 min ago' "$calls"
	grep -qx -e --boot "$calls"
}

@test "what journalctl refuses is told in its own words" {
	journal 'echo "Failed to parse timestamp: soon" >&2; exit 1'
	run -1 pcitag log --since soon
	[ "$output" = "pcitag: journalctl: Failed to parse timestamp: soon" ]
	journal 'kill -KILL $$'
	run -1 pcitag log
	[ "$output" = "pcitag: /usr/bin/journalctl failed (status 0x9)" ]
}

@test "a host without systemd" {
	rm "$journalctl"
	run -1 pcitag log
	[ "$output" = "pcitag: this host has no /usr/bin/journalctl; without systemd pcitag's lines are where syslog keeps those of daemons" ]
}

@test "what is no entry is passed over; what others chose has no control characters" {
	{
		echo 'not JSON'
		echo '{"MESSAGE":"no time"}'
		echo '{"MESSAGE":null,"__REALTIME_TIMESTAMP":"1"}'
		head -c 200000 /dev/zero | tr '\0' x
		echo
		# "domain 'a<ESC>b': c", as bytes
		echo '{"__REALTIME_TIMESTAMP":"1000000000000000","PRIORITY":"6","MESSAGE":[100,111,109,97,105,110,32,39,97,27,98,39,58,32,99]}'
	} >"$entries"
	run -0 pcitag log
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[1]} == *"  a?b     c" ]]
}

@test "as JSON" {
	some_entries
	run -0 pcitag log --json
	[ "$(jq -c '.lines[1] | [.time_usec, .level, .domain, .message]' <<<"$output")" = \
		'[1000000001000000,"warning","two","returning the devices of an earlier run first"]' ]
	[ "$(jq -c '.lines[2] | [.level, .domain]' <<<"$output")" = '["error",null]' ]
}
