#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Nodes that lose their power while a guest with a device runs there, with fencing that switches them off, as docs/fleet.md
# has it. The tests follow each other.

# shellcheck disable=SC2154 # bats sets status, output and lines
load helper

# Pacemaker's operations take longer here than their usual limits.
SLOW='op start timeout=600s op stop timeout=600s op monitor interval=10s timeout=200s'

@test "two hosts become a cluster that can switch both of them off" {
	cluster
	on alder pcs stonith create power fence_lab 'pcmk_host_list=alder birch' pcmk_reboot_action=off pcmk_off_timeout=120s \
		op start timeout=120s op monitor interval=300s timeout=120s
	on alder pcs property set stonith-enabled=true
	on alder pcs resource defaults update resource-stickiness=100
	eventually 300 fencing_runs
}

fencing_runs() {
	[[ $(any_node crm_mon --one-shot) == *fence_lab*Started* ]]
}

@test "the cluster starts a guest with a device of the node, which it drives" {
	for node in $NODES; do on "$node" pcitag add --file /var/lib/domains/tagged.xml nic; done
	on alder pcitag cluster setup --apply /var/lib/domains/tagged.xml
	on alder pcs resource update tagged $SLOW
	eventually 600 has_number alder nic 1
	eventually 600 has_number birch nic 1
	eventually 900 has_booted tagged 1
	eventually 600 started tagged
	at=$(locate tagged)
	eventually 600 has_cards tagged "$(card_of "$at")"
	run -0 on "$at" pcitag leases
	[[ $output == *tagged*bound*given*nic* ]]
	# The other one has none.
	run -0 on "$(other_than "$at")" pcitag leases
	[[ $output != *tagged* ]]
}

# switched_off_by_the_other NODE
switched_off_by_the_other() {
	[[ -e $SHARED/power ]] && grep -q "off $1 by a node\$" "$SHARED/power"
}

# leave_lease NODE: at its next boot the node has the leases that it has now, as if they had outlived its end; the agent alone
# looks at them.
leave_lease() {
	on "$1" 'cp -a /run/pcitag/leases /var/lib/left
		echo "C /run/pcitag/leases - - - - /var/lib/left" >/etc/tmpfiles.d/left.conf
		systemctl --quiet mask pcitag-reconcile.service pcitag-reconcile.timer
		sync'
}

@test "a node is cut off: the other one has it switched off, and then starts the guest with its own device" {
	at=$(locate tagged)
	other=$(other_than "$at")
	first=$(marks tagged | sed -n 's/^UP \([^ ]*\).*/\1/p')
	leave_lease "$at"
	# Both want to switch the other one off; the one that has no guest is to be faster.
	on "$at" pcs stonith update power "pcmk_delay_base=$other:180s"
	beats=$(marks tagged beats | wc -l)
	monitor "$at" set_link wire off
	eventually 600 switched_off_by_the_other "$at"
	[ "$(power status "$at")" = off ]
	# Until then it ran, and nowhere else.
	[ "$(boots tagged)" -eq 1 ]
	[ "$(marks tagged beats | wc -l)" -gt "$beats" ]
	eventually 1200 has_booted tagged 2
	eventually 600 has_cards tagged "$(card_of "$at") $(card_of "$other")"
	eventually 300 started tagged
	[ "$(locate tagged)" = "$other" ]
	run -0 on "$other" pcitag leases
	[[ $output == *tagged*bound*given*nic* ]]
	# The disk was never written by both.
	eventually 300 has_writers tagged 2
	[ "$(marks tagged beats | head -n 1 | cut -d' ' -f1)" = "$first" ]
	[ "$(power status "$other")" = on ]
}

@test "the node that was switched off comes back: it reconciles, and then its number is there" {
	at=$(other_than "$(locate tagged)")
	come_back "$at"
	eventually 300 has_number "$at" nic 1
	run -0 on "$at" journalctl --boot --output=cat
	reconciled=$(grep -n "^domain 'tagged': its lease is of an earlier boot of this host" <<<"$output" | head -n 1)
	published=$(grep -n "Setting pcitag-[^ ]*\[$at\]" <<<"$output" | head -n 1)
	echo "$reconciled; $published"
	[ "${reconciled%%:*}" -lt "${published%%:*}" ]
	run -0 on "$at" pcitag leases
	[[ $output != *tagged* ]]
	[ "$(boots tagged)" -eq 2 ]
	# The guest is where it was.
	[ "$(locate tagged)" = "$(other_than "$at")" ]
}

# instead RESOURCE OTHER: starts the one in place of the other, and waits until its guest is up.
instead() {
	local before
	before=$(boots "$1")
	on alder pcs resource disable "$2"
	eventually 900 stopped "$2"
	on alder pcs resource enable "$1"
	eventually 1200 has_booted "$1" $((before + 1))
	eventually 600 started "$1"
}

@test "a node loses its power: the guest is up elsewhere as soon as one without devices under VirtualDomain" {
	local kind round
	declare -A total=([tagged]=0 [plain]=0) works=([tagged]=0 [plain]=0) each=()
	on alder pcs stonith update power pcmk_delay_base=
	# The utilization that VirtualDomain would write has no counterpart on the nodes.
	on alder pcs resource create plain ocf:heartbeat:VirtualDomain --force config=/var/lib/domains/plain.xml \
		hypervisor=qemu:///system autoset_utilization_cpu=false autoset_utilization_hv_memory=false \
		autoset_utilization_host_memory=false $SLOW meta allow-migrate=false --disabled
	for ((round = 1; round <= ${CLUSTER_ROUNDS:-2}; round++)); do
		for kind in tagged plain; do
			[ "$round-$kind" = 1-tagged ] || instead $kind "$([ $kind = tagged ] && echo plain || echo tagged)"
			lose_power $kind
			total[$kind]=$(awk "BEGIN { print ${total[$kind]} + $seconds }")
			works[$kind]=$(awk "BEGIN { print ${works[$kind]} + $work }")
			each[$kind]+=" $seconds"
			echo "# round $round: $kind, $dead dies: up after $seconds s, $work s of the other node's CPU" >&3
			come_back "$dead"
		done
	done
	has_writers tagged "$(boots tagged)"
	ratio=$(awk "BEGIN { printf \"%.2f\", ${total[tagged]} / ${total[plain]} }")
	echo "# from the death of the node to the guest, in seconds: with a device, ocf:pcitag:Domain:${each[tagged]};" \
		"without, VirtualDomain:${each[plain]}; ratio $ratio; of the CPU time" \
		"$(awk "BEGIN { printf \"%.2f\", ${works[tagged]} / ${works[plain]} }")" >&3
	awk "BEGIN { exit !($ratio <= 1.1) }"
}
