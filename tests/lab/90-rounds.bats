#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A hundred times started and destroyed, while somebody looks on: half of them on each of the two Debians,
# whose labs run side by side.

load bare

setup_file() {
	lab_clean
	lab_registry
}

teardown_file() {
	lab_clean
}

@test "fifty rounds of start and destroy, virsh list beside them: nothing is left" {
	remember_host
	bare_define one npu
	bare_define two nic
	run lab_inside rounds 25 one two
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(grep -c '^25 rounds of ' <<<"$output")" -eq 2 ]
	[ "$(sed -n 's/^virsh list: \(.*\) answers, 0 failures$/\1/p' <<<"$output")" -ge 15 ]
	nothing_touched
}
