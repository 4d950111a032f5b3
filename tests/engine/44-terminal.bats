#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # status, output and lines are set by bats
#
# What people see: tables that fit the terminal, states in colour; and what programs read instead.

load helper

setup_file() {
	pretend_host lab
}

setup() {
	pretend_reset
	lab_registry
}

teardown() {
	drop_holder
}

teardown_file() {
	pretend_end
}

# on_terminal COLUMNS COMMAND: what is shown on a terminal of this width, line by line. TERM and NO_COLOR
# may be set for it.
on_terminal() {
	in_pretend env TERM="${TERM_IS-xterm}" ${NO_COLOR_IS+"NO_COLOR=$NO_COLOR_IS"} \
		script -qec "stty cols $1 rows 24; /usr/sbin/pcitag $2" /dev/null </dev/null | tr -d '\r'
}

# coloured COLOUR WORD: the word as it is shown in that colour (ECMA-48, SGR).
coloured() {
	printf '\033[%sm%s\033[0m' "$1" "$2"
}

# plain: without colours.
plain() {
	sed 's/\x1b\[[0-9;]*m//g'
}

@test "80 columns: no line is longer, and words stay whole" {
	prepare vm npu
	shown=$(on_terminal 80 list | plain)
	[ -z "$(awk 'length > 80' <<<"$shown")" ]
	# The reason goes on below its own column.
	[[ $(sed -n 2p <<<"$shown") =~ ^$NPU1\ .*\ leased\ +its\ group ]]
	[[ $(sed -n 3p <<<"$shown") =~ ^\ {60,}[a-z] ]]
	# Put together again they are what a program reads.
	[ "$(sed -z 's/\n  */ /g' <<<"$shown" | sed -n 2p)" = "$(pcitag list | grep "^$NPU1")" ]
	release vm
}

@test "a name with C1 controls, bidirectional marks or no UTF-8 reaches neither terminals nor JSON as it is" {
	local evil=$'evil\xc2\x9b31mX\xe2\x80\xaeY\xef\xbb\xbf' verb
	domain_xml vm npu | sed "s|<name>vm</name>|<name>$evil</name>|" >"$BATS_TEST_TMPDIR/evil.xml"
	in_daemon "$HOOK" "$evil" prepare begin - <"$BATS_TEST_TMPDIR/evil.xml"
	lease_says vm bound
	for verb in leases list types metrics reconcile "plan $BATS_TEST_TMPDIR/evil.xml" "show $NPU1" probe; do
		for json in '' --json; do
			# shellcheck disable=SC2086 # words
			pcitag $verb $json >"$BATS_TEST_TMPDIR/said" 2>&1 || true
			LC_ALL=C run -1 grep -aqP '\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xef\xbb\xbf|\x1b' "$BATS_TEST_TMPDIR/said"
		done
	done
	# A program reads the name as it is.
	[ "$(pcitag leases --json | jq -r '.leases[0].domain')" = "$evil" ]
	release vm
}

@test "a wide terminal has a row in a line" {
	prepare vm npu
	[ "$(on_terminal 200 list | plain)" = "$(pcitag list)" ]
	release vm
}

@test "a terminal too narrow for the other columns is left to wrap by itself" {
	[ "$(on_terminal 30 list | plain)" = "$(pcitag list)" ]
}

@test "piped: a row is a line, whatever COLUMNS says, and nothing is coloured" {
	prepare vm npu
	run -0 in_pretend env TERM=xterm COLUMNS=20 /usr/sbin/pcitag list
	[ "${#lines[@]}" -eq 11 ]
	[[ $output != *$'\033'* ]]
	release vm
}

@test "states of devices, of leases and what reconcile did have colours" {
	prepare vm npu
	hold_group "$(group_of $NPU1)"
	[[ $(on_terminal 200 leases) == *"$(coloured 32 bound)"* ]]
	[[ $(on_terminal 200 reconcile) == *"in use"* ]]
	run -3 pcitag release --force vm
	shown=$(on_terminal 200 list)
	[[ $shown == *"$(coloured 32 free)"* ]]
	[[ $shown == *"$(coloured '1;31' quarantined)"* ]]
	[[ $(on_terminal 200 leases) == *"$(coloured '1;31' quarantined)"* ]]
	[[ $(on_terminal 200 reconcile) == *"$(coloured '1;31' quarantined)"* ]]
	drop_holder
	[[ $(on_terminal 200 'release vm') == *"$(coloured 32 'returned')"* ]]
}

@test "columns stand below each other, coloured or not" {
	prepare vm npu
	[ "$(on_terminal 200 leases | plain)" = "$(pcitag leases)" ]
	release vm
}

@test "NO_COLOR, and a terminal without colours" {
	[[ $(on_terminal 200 list) == *$'\033'* ]]
	[[ $(NO_COLOR_IS=1 on_terminal 200 list) != *$'\033'* ]]
	# Set and empty is not set (no-color.org).
	[[ $(NO_COLOR_IS='' on_terminal 200 list) == *$'\033'* ]]
	[[ $(TERM_IS=dumb on_terminal 200 list) != *$'\033'* ]]
}

@test "JSON is the same on a terminal" {
	[ "$(on_terminal 40 'list --json')" = "$(pcitag list --json)" ]
}
