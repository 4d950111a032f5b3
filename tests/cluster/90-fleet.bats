#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# docs/fleet.md, word by word: its commands, on the hosts that it names, which have no cluster yet.

# shellcheck disable=SC2154 # bats sets status, output and lines
load helper

PAGE=$CLUSTER_DIR/../../docs/fleet.md

# blocks: prints each block of commands as a file name, in order; the file is NUMBER.HOST.
blocks() {
	perl -0777 -ne 'my $n = 10; while (/<!-- (both|alder|birch) -->\n```sh\n(.*?)```\n/gs) {
		open my $f, ">", "$ENV{OUT}/$n.$1" or die $!; print $f $2; $n++ }' "$PAGE"
	(cd "$OUT" && ls)
}

setup_file() {
	export OUT=$WORK/page
	mkdir -p "$OUT"
	blocks >"$WORK/blocks"
	# Two hosts with libvirt and pcitag, and without a cluster: what the page begins with.
	for node in $NODES; do "$CLUSTER_DIR/nodes" kill "$node"; done
	for node in $NODES; do CLUSTER_BARE=yes "$CLUSTER_DIR/nodes" start "$node"; done
	for node in $NODES; do
		usual_registry | registry "$node"
		on "$node" mkdir -p /var/lib/domains
		on "$node" mount --bind "$WORK/domains" /var/lib/domains
		# What a host without systemd and without a mirror of packages has for these.
		for program in apt systemctl scp; do
			on "$node" mount --bind "$CLUSTER_DIR/page-$program" "$(command_path "$program")"
		done
	done
	rm -f "$WORK"/domains/*
	domain win11
	sed -i -e '/evdev/d' -e 's|pcitag-qemu-system|qemu-system|' "$WORK/domains/win11.xml"
	on alder virsh -q define "$WORK/domains/win11.xml"
	rm "$WORK/domains/win11.xml"
}

# command_path PROGRAM: prints a path for it on the nodes that there is.
command_path() {
	local node REPLY
	for node in $NODES; do
		root_of "$node"
		[[ -e $REPLY/usr/bin/$1 ]] || { mkdir -p "$REPLY/usr/bin" && : >"$REPLY/usr/bin/$1"; }
	done
	echo "/usr/bin/$1"
}

# follow BLOCK: its commands as root on the host, each of which has to succeed.
follow() {
	local host=${1#*.} node
	[[ $host != both ]] || host=$NODES
	for node in $host; do
		on "$node" bash -e -x "$OUT/$1"
		# What the page fetches from the other host with scp.
		[[ ! -e $(root_file "$node" /etc/corosync/authkey) ]] ||
			cp "$(root_file "$node" /etc/corosync/authkey)" "$WORK/page-authkey"
	done
}

root_file() {
	local REPLY
	root_of "$1"
	echo "$REPLY$2"
}

@test "the page has commands for both hosts, for each of them, in this order" {
	[ "$(sed 's/.*\.//' "$WORK/blocks" | xargs)" = 'both alder birch both alder alder alder alder alder' ]
}

@test "the page is followed, and the domain runs with its device" {
	local block
	while read -r block; do
		[[ $block != 14.* ]] || eventually both_online
		follow "$block"
	done <"$WORK/blocks"
	eventually runs win11
	at=$(locate win11)
	[[ "$(device_of win11 "$at")" == 0000:[01]2:00.0 ]]
	[ "$(number "$at" npu)" -eq 2 ]
	says alder ok
	says birch ok
	[ -z "$(failures)" ]
	# Once more: nothing is left to be done.
	run -0 on alder /usr/sbin/pcitag cluster setup /var/lib/domains/win11.xml
	[ "$output" = '# the cluster is configured so already' ]
	run -0 on birch /usr/sbin/pcitag plan --cluster /var/lib/domains/win11.xml
	[[ $output == *alder* && $output == *birch* ]]
}

@test "a host of the page dies: the domain starts on the other one" {
	at=$(locate win11)
	"$CLUSTER_DIR/nodes" kill "$at"
	other=$([[ $at == alder ]] && echo birch || echo alder)
	eventually runs_on win11 "$other"
	[ "$(leases "$other")" -eq 1 ]
}
