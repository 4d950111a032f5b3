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
