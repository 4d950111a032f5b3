#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A hundred starts and ends, or a third of them (rounds_of), while somebody looks on.

load bare

setup_file() {
	lab_clean
	lab_registry
}

teardown_file() {
	lab_clean
}

@test "rounds of start and destroy, virsh list beside them: nothing is left" {
	remember_host
	bare_define one npu
	bare_define two nic
	rounds=$(rounds_of 50)
	run lab_inside rounds $rounds one two
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(grep -c "^$rounds rounds of " <<<"$output")" -eq 2 ]
	[ "$(sed -n 's/^virsh list: \(.*\) answers, 0 failures$/\1/p' <<<"$output")" -ge $((rounds / 2)) ]
	nothing_touched
}
