#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The engine gives and takes back on a real kernel as on the pretend one.

load engine

setup_file() {
	engine_setup engine/10-prepare-release.bats
}

@test "prepare and release" {
	in_lab_bats engine/10-prepare-release.bats
}
