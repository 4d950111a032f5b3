#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Linux does what the pretend kernel says it does.

load engine

setup_file() {
	engine_setup pretend/kernel.bats
}

@test "what the pretend kernel states of Linux" {
	in_lab_bats pretend/kernel.bats
}
