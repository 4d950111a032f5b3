#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Our hook is killed in the middle, by whoever kills processes on a host that runs out of memory: fifty times,
# half of them on each of the two Debians.

load bare

setup_file() {
	lab_clean
	lab_registry
}

teardown_file() {
	lab_clean
}

@test "our hook is killed at any point, 25 times: nothing is left" {
	remember_host
	bare_define vm npu nic
	run lab_inside kill-hook-rounds vm 25
	echo "$output"
	[ "$status" -eq 0 ]
	# Killed in the middle, not before it began or when it was over.
	[ "$(sed -n 's/^killed in the middle: \([0-9]*\) .*/\1/p' <<<"$output")" -ge 20 ]
	nothing_touched
}
