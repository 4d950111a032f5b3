#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Five domains start and end again and again, each with a device that nobody else asks for, while others look at the
# host and put it in order: no start is refused, and everything is back in the end.

load helper

# Starts of each domain: 10 000 of all five with ROUNDS=all (make check-all).
STARTS=$([[ ${ROUNDS-} == all ]] && echo 2000 || echo 20)

setup_file() { pretend_host lab; }
teardown_file() { pretend_end; }

setup() {
	pretend_reset
	lab_registry
	remember_host
}

# starts DOMAIN REQUEST: one after the other; what is refused, or leaves the device where it was, is written down.
starts() {
	for ((i = 0; i < STARTS; i++)); do
		prepare "$1" "$2" || echo "$1: start $i"
		[[ -n $(placeholder "$1/$2") ]] || echo "$1: start $i has no placeholder"
		release "$1" || echo "$1: end $i"
		echo "$1" >>"$BATS_TEST_TMPDIR/done"
	done >>"$BATS_TEST_TMPDIR/refused" 2>&1
}

# again_and_again COMMAND...: until the starts are over; what it says when it fails is written down.
again_and_again() {
	local said status
	while [[ ! -e $BATS_TEST_TMPDIR/over ]]; do
		status=0
		said=$("$@" 2>&1) || status=$?
		[[ $status -eq 0 ]] || echo "$*: exit code $status: $said"
		echo "$1 $2" >>"$BATS_TEST_TMPDIR/looked"
	done >>"$BATS_TEST_TMPDIR/refused" 2>&1
}

@test "five domains start and end beside list, metrics and reconcile: none is refused" {
	local domains=() helpers=()
	daemon_start
	for domain in one two three four; do
		starts $domain npu 3>&- &
		domains+=($!)
	done
	starts net nic 3>&- &
	domains+=($!)
	for verb in list metrics reconcile; do
		again_and_again pcitag $verb 3>&- &
		helpers+=($!)
	done
	wait "${domains[@]}"
	touch "$BATS_TEST_TMPDIR/over"
	wait "${helpers[@]}"
	cat "$BATS_TEST_TMPDIR/refused"
	[ ! -s "$BATS_TEST_TMPDIR/refused" ]
	[ "$(grep -c . "$BATS_TEST_TMPDIR/done")" -eq $((5 * STARTS)) ]
	for verb in list metrics reconcile; do
		[ "$(grep -c "pcitag $verb" "$BATS_TEST_TMPDIR/looked")" -ge 2 ]
	done
	nothing_touched
}
