#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The command line shows on a real kernel what it shows on the pretend one.

load engine

setup_file() {
	engine_setup engine/40-command-line.bats
}

@test "the command line" {
	in_lab_bats engine/40-command-line.bats
}
