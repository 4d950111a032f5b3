#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Our hook is killed in the middle, by whoever kills processes on a host that runs out of memory: fifty times, or a
# third of it (rounds_of).

load bare

setup_file() {
	lab_clean
	lab_registry
}

teardown_file() {
	lab_clean
}

@test "our hook is killed at any point, again and again: nothing is left" {
	remember_host
	bare_define vm npu nic
	rounds=$(rounds_of 50)
	run lab_inside kill-hook-rounds vm $rounds
	echo "$output"
	[ "$status" -eq 0 ]
	# Killed in the middle, not before it began or when it was over.
	[ "$(sed -n 's/^killed in the middle: \([0-9]*\) .*/\1/p' <<<"$output")" -ge $((rounds * 4 / 5)) ]
	nothing_touched
}
