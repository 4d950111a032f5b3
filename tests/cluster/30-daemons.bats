#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Daemons and agents that are down, and a node that is not reached.

# shellcheck disable=SC2154 # bats sets status, output and lines
load helper

setup() {
	fresh
	domain d1 npu
	location d1-there d1 alder 100
	resource d1
	eventually runs_on d1 alder
}

daemon_pid() {
	on alder cat /run/libvirtd.pid
}

@test "libvirt's daemon is down during a monitor: the domain runs, nothing fails, nothing is fenced" {
	inject "libvirt's daemon is killed"
	on alder kill -KILL "$(daemon_pid)"
	monitored alder d1 3
	[ -z "$(failures)" ]
	[ "$(locate d1)" = alder ]
	nothing_stopped
	"$CLUSTER_DIR/nodes" libvirtd alder
	monitored alder d1 2
	nothing_stopped
	runs_on d1 alder
}

@test "libvirt's daemon hangs during a monitor: the same" {
	inject "libvirt's daemon hangs"
	pid=$(daemon_pid)
	on alder kill -STOP "$pid"
	monitored alder d1 2
	[ -z "$(failures)" ]
	nothing_stopped
	on alder kill -CONT "$pid"
	monitored alder d1 1
	nothing_stopped
	[ -z "$(failures)" ]
}

@test "libvirt's daemon is down, and the emulator dies: the domain is found dead and starts elsewhere" {
	read -r pid _ < <(emulator alder d1)
	on alder kill -KILL "$(daemon_pid)"
	on alder kill -KILL "$pid"
	eventually runs_on d1 birch
	[ "$(device_of d1 birch)" = 0000:12:00.0 ]
}

@test "the capacity agent is stopped: the numbers stay, nothing stops" {
	inject "the capacity agent is stopped"
	any_node crm_resource --resource capacity-clone --meta --set-parameter target-role --parameter-value Stopped
	eventually capacity_is_off
	has_number alder npu 2
	has_number birch npu 2
	monitored alder d1 2
	nothing_stopped
	any_node crm_resource --resource capacity-clone --meta --delete-parameter target-role
	eventually settled
	nothing_stopped
	[ -z "$(failures)" ]
}

capacity_is_off() {
	local node REPLY
	for node in $NODES; do
		root_of "$node"
		[[ ! -e $REPLY/run/pcitag-cluster/capacity/running ]] || return 1
	done
}

@test "the capacity agent is killed, and what it knows is gone: it starts again, nothing stops" {
	inject "the capacity agent is killed"
	for _ in 1 2 3; do
		on alder sh -c 'for p in /proc/[0-9]*; do
			case $(tr "\0" " " <$p/cmdline 2>/dev/null) in *pcitag/capacity.real*) kill -KILL ${p#/proc/};; esac; done' || true
	done
	on alder rm -rf /run/pcitag-cluster/capacity
	eventually has_capacity alder
	eventually settled
	has_number alder npu 2
	monitored alder d1 2
	nothing_stopped
}

@test "Pacemaker forgets the numbers: they are sent again" {
	on alder attrd_updater --name pcitag-status --delete
	on alder attrd_updater --name pcitag-npu --update 1 --utilization 2>/dev/null ||
		on alder crm_attribute --type nodes --node alder --utilization --name pcitag-npu --update 1
	eventually has_number alder npu 2
	runs_on d1 alder
}

@test "a node is partitioned, with no-quorum-policy = freeze: nothing stops, nothing starts twice" {
	property no-quorum-policy=freeze
	inject "the node is partitioned"
	ip link set alder down
	eventually sees_alone birch
	eventually sees_alone alder
	monitored alder d1 3
	monitored alder capacity 2
	[ -z "$(emulator birch d1)" ]
	nothing_stopped
	ip link set alder up
	eventually both_online
	eventually settled
	nothing_stopped
	has_number alder npu 2
	[ "$(locate d1)" = alder ]
}

sees_alone() {
	[[ $(on "$1" crm_mon --one-shot 2>/dev/null) == *"Online: [ $1 ]"* ]]
}

@test "a migration with a device is refused with the reason" {
	inject "a migration is asked for"
	run on alder env OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE=d1 OCF_RESKEY_config="$WORK/domains/d1.xml" \
		OCF_RESKEY_CRM_meta_migrate_target=birch "$AGENTS/Domain" migrate_to
	[ "$status" -eq 1 ]
	[[ $output == *"ocf-exit-reason:domain 'd1' has PCI devices of this node: it cannot be migrated; set allow-migrate=false"* ]]
	nothing_stopped
}

@test "the file of the domain is missing on the node, or names another domain: it is still known, and stops" {
	inject "the file of the domain is missing"
	mv "$WORK/domains/d1.xml" "$WORK/domains/d1.away"
	monitored alder d1 3
	[ -z "$(failures)" ]
	nothing_stopped
	sed 's/d1/other/' "$WORK/domains/d1.away" >"$WORK/domains/d1.xml"
	monitored alder d1 2
	nothing_stopped
	any_node crm_resource --resource d1 --meta --set-parameter target-role --parameter-value Stopped
	eventually runs_nowhere d1
	[ "$(leases alder)" -eq 0 ]
	[ -z "$(failures)" ]
}

@test "the faults that were injected: none of them stopped a domain" {
	number=$(wc -l <"$WORK/faults")
	echo "# $number faults of pcitag, of a device, of a daemon and of the administrator were injected; none stopped a domain" >&3
	[ "$number" -ge 7 ]
}
