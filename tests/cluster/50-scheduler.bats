#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Placement in random clusters by the scheduler of this Pacemaker, without nodes that run.

# shellcheck disable=SC2154 # bats sets status, output and lines
load helper

@test "what the scheduler places by the numbers, pcitag grants; what runs stays" {
	run -0 "$CLUSTER_DIR/../../build/cluster/scheduled_placement"
	[[ $output == *' domains placed by crm_simulate, each of them granted; '* ]]
	grep "^# " <<<"$output" >&3
}

@test "a cluster of 16 nodes: every domain that fits is placed, and no node is too full" {
	run -0 "$CLUSTER_DIR/simulate" 16:120
	[[ $output == *'16 nodes, 128 devices, 120 domains: 120 placed, 0 nodes too full, '* ]]
}
