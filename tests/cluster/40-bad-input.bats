#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Nodes that lack something: pcitag's programs, its agents, pcs.

# shellcheck disable=SC2154 # bats sets status, output and lines
load helper

setup() {
	fresh
}

teardown() {
	local node
	any_node crm_resource --resource capacity-clone --meta --delete-parameter target-role >/dev/null 2>&1 || true
	for node in $NODES; do
		[[ ! -e $WORK/$node/agents ]] || on "$node" sh -c "mv $WORK/$node/agents/* $AGENTS/ && rmdir $WORK/$node/agents"
		[[ ! -e $WORK/$node/pcs ]] || on "$node" sh -c "umount /usr/sbin/pcs; rm -f $WORK/$node/pcs /usr/sbin/crm"
	done
}

# never_had NODE: as one on which pcitag was never installed: nothing of it is published.
never_had() {
	local name
	any_node crm_resource --resource capacity-clone --meta --set-parameter target-role --parameter-value Stopped
	eventually settled
	for name in edu npu 82574L nic; do
		on "$1" attrd_updater --name "pcitag-$name" --delete --utilization 2>/dev/null ||
			on "$1" crm_attribute --type nodes --node "$1" --utilization --name "pcitag-$name" --delete
	done
	for name in pcitag-status pcitag-report; do on "$1" attrd_updater --name "$name" --delete; done
	on "$1" rm -rf /run/pcitag-cluster/capacity
	eventually has_number "$1" npu ''
}

starts_again() {
	any_node crm_resource --resource capacity-clone --meta --delete-parameter target-role
}

@test "a node without pcitag: crm_mon has the reason, and domains run on the other one" {
	never_had birch
	on birch mv /usr/sbin/pcitag "$WORK/birch/pcitag"
	starts_again
	eventually fails_with 'capacity_start_0 birch pcitag is not installed on this node'
	starts=$(calls birch d1 start)
	for d in d1 d2 d3; do
		domain $d npu
		resource $d
	done
	location d1-not-there d1 birch 100
	eventually runs_on d1 alder
	eventually settled
	# The third one waits: nothing is tried where there are no numbers.
	[ "$(leases alder)" -eq 2 ]
	[ "$(calls birch d1 start)" -eq "$starts" ]
	run -1 on alder pcitag plan --cluster "$WORK/domains/d1.xml"
	[[ $output == *'node birch: not there: it has published no report: ocf:pcitag:capacity does not run there'* ]]
	# It is installed: the node takes part.
	on birch mv "$WORK/birch/pcitag" /usr/sbin/pcitag
	any_node crm_resource --cleanup --resource capacity-clone >/dev/null
	eventually has_number birch npu 2
	eventually runs d3
}

@test "a node without the agents: they do not run there, and domains run on the other one" {
	never_had birch
	mkdir "$WORK/birch/agents"
	on birch sh -c "mv $AGENTS/* $WORK/birch/agents/"
	# What Pacemaker asks when a node joins.
	any_node crm_resource --refresh --resource capacity-clone --node birch >/dev/null
	eventually settled
	starts_again
	domain d1 npu
	location d1-there d1 birch 100
	resource d1
	eventually runs_on d1 alder
	eventually settled
	[ -z "$(emulator birch d1)" ]
	run -0 any_node crm_mon --one-shot --inactive
	echo "$output"
	[[ $output == *'Clone Set: capacity-clone'*'Started: [ alder ]'*'Stopped'*'[ birch ]'* ]]
	run -1 grep -v 'not installed' <(failures)
	run -0 on alder pcitag plan --cluster "$WORK/domains/d1.xml"
	[[ $output == *'node birch: not there: it has published no report: '* ]]
}

@test "a node without pcs: the commands are for crmsh, and --apply says what is missing where there is neither" {
	domain d1 npu
	: >"$WORK/alder/pcs"
	chmod 644 "$WORK/alder/pcs"
	on alder mount --bind "$WORK/alder/pcs" /usr/sbin/pcs
	run -1 on alder pcitag cluster setup --apply "$WORK/domains/d1.xml"
	[[ $output == *'/usr/sbin/pcs; this needs '* ]]
	no_domain_resource
	# The first one of crmsh is recorded.
	on alder sh -c "printf '#!/bin/sh\necho \"\$*\" >>$WORK/alder/crm\n' >/usr/sbin/crm && chmod 755 /usr/sbin/crm"
	run -0 on alder pcitag cluster setup "$WORK/domains/d1.xml"
	[[ $output == *"crm configure primitive d1 ocf:pcitag:Domain params config=$WORK/domains/d1.xml meta allow-migrate=false utilization pcitag-npu=1"* ]]
	[[ $output != *'pcs '* ]]
	run -0 on alder pcitag cluster setup --apply "$WORK/domains/d1.xml"
	grep -q '^configure primitive d1 ocf:pcitag:Domain ' "$WORK/alder/crm"
	# The other node has pcs.
	run -0 on birch pcitag cluster setup "$WORK/domains/d1.xml"
	[[ $output == *'pcs resource create d1 ocf:pcitag:Domain'* ]]
}
