#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The engine refuses on a real kernel as on the pretend one.

load engine

setup_file() {
	engine_setup engine/20-refusals.bats
}

@test "refusals" {
	in_lab_bats engine/20-refusals.bats
}
