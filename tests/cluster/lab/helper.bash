# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2016 # bats sets variables; what is in single quotes is for a node's shell
# Functions for the bats files of this directory. `run` has booted the nodes alder and birch, and pcitag is installed there.
#
#	on alder pcs status               runs on the node, as root
#	eventually 300 COMMAND            waits until it succeeds; a second of a node takes longer than one of this machine
#	marks tagged                      what the guest of that disk has written: guest/init
#	power off alder                   pulls the plug

bats_require_minimum_version 1.5.0

HERE=${BASH_SOURCE[0]%/*}
[[ $HERE == /* ]] || HERE=$PWD/$HERE
LAB_DIR=$HERE/../../lab
LABS=${CLUSTER_LABS:?run me through tests/cluster/lab/run}
SHARED=$CLUSTER_SHARED
NODES='alder birch'

on() {
	local node=$1
	shift
	"$LAB_DIR/ssh" "$LABS.$node" "$@" 3>&-
}

power() {
	"$HERE/power" "$1" "$LABS.$2" 3>&-
}

monitor() {
	local node=$1
	shift
	"$LAB_DIR/monitor" "$LABS.$node" "$@"
}

other_than() {
	[[ $1 == alder ]] && echo birch || echo alder
}

# any_node COMMAND...: on one that is on.
any_node() {
	local node
	for node in $NODES; do
		[[ $(power status "$node") != on ]] || { on "$node" "$@" 2>/dev/null && return; }
	done
	return 1
}

eventually() {
	local limit=$1 end=$((SECONDS + $1))
	shift
	until "$@"; do
		if ((SECONDS >= end)); then
			echo "not within $limit s: $*"
			any_node crm_mon --one-shot --show-node-attributes --failcounts || true
			cat "$SHARED/power"
			return 1
		fi
		sleep 1
	done
}

not() {
	! "$@"
}

both_online() {
	[[ $(any_node crm_mon --one-shot) == *'Online: [ alder birch ]'* ]]
}

# locate RESOURCE: prints the node on which it is started and nothing is pending.
locate() {
	any_node crm_mon --one-shot | sed -n "s/^ *\* $1[[:space:]]*(ocf:[^)]*):[[:space:]]*Started \([a-z]*\)\( (Monitoring)\)*\$/\1/p"
}

started() {
	[[ -n $(locate "$1") ]]
}

stopped() {
	[[ $(any_node "crm_resource --resource $1 --locate 2>&1") == *'NOT running'* ]]
}

attribute() {
	any_node attrd_updater --query --node "$1" --name "$2" | sed -n 's/.*value="\(.*\)"$/\1/p'
}

# number NODE NAME: prints the utilization attribute that Pacemaker places by.
number() {
	any_node crm_simulate --live-check --show-utilization |
		sed -n "s/^[ *]*Original: $1 capacity:.*\\bpcitag-$2=\\([0-9]*\\).*/\\1/p" | head -n 1
}

has_number() {
	[[ $(number "$1" "$2") == "$3" ]]
}

current() {
	[[ $(attribute "$1" pcitag-status) == ok ]]
}

# marks DISK [FILE]: prints what the guest has written.
marks() {
	debugfs -R "cat ${2-marker}" "$SHARED/$1.img" 2>/dev/null
}

# boots DISK: prints how often a guest has come up from it; cards: the MAC addresses of the devices, in this order.
boots() {
	marks "$1" | grep -c '^UP ' || true
}

cards() {
	marks "$1" | sed -n 's/^NIC //p' | xargs
}

has_booted() {
	[[ $(boots "$1") -ge $2 ]]
}

has_cards() {
	[[ $(cards "$1") == "$2" ]]
}

# has_writers DISK NUMBER: so many guests have written to it, one after the other.
has_writers() {
	[[ $(marks "$1" beats | cut -d' ' -f1 | uniq | wc -l) -eq $2 ]]
}

# card_of NODE: the MAC address of its card (tests/lab/machines/cluster.bash).
card_of() {
	[[ $1 == alder ]] && echo 52:54:00:77:a1:01 || echo 52:54:00:77:b1:01
}

# definition NAME PORT: prints the domain of the guest whose disk is behind that port.
definition() {
	sed -e "s|<name>plain</name>|<name>$1</name>|" -e "s|/plain-serial|/$1-serial|" \
		-e 's|/var/lib/pcitag-lab/initramfs|/var/lib/pcitag-lab/guest|' \
		-e "s|<controller type='usb'|<disk type='network' device='disk'>\n      <driver name='qemu' type='raw'/>\n      \
<source protocol='nbd' name=''><host name='10.0.2.100' port='$2'/></source>\n      <target dev='vda' bus='virtio'/>\n    \
</disk>\n    &|" "$LAB_DIR/domains/plain.xml"
}

# put NODE PATH <TEXT
put() {
	on "$1" "cat >$(printf %q "$2")"
}

# corosync_conf: that of docs/fleet.md, for nodes that compute slowly.
corosync_conf() {
	cat <<-'END'
		totem {
			version: 2
			cluster_name: trees
			transport: knet
			crypto_cipher: aes256
			crypto_hash: sha256
			token: 20000
		}
		nodelist {
			node {
				name: alder
				nodeid: 1
				ring0_addr: 10.0.9.1
			}
			node {
				name: birch
				nodeid: 2
				ring0_addr: 10.0.9.2
			}
		}
		quorum {
			provider: corosync_votequorum
			two_node: 1
			wait_for_all: 0
		}
	END
}

# host NODE: what an administrator does before there is a cluster: names, addresses, the registry, definitions, and a way to
# switch the other one off.
host() {
	local address=10.0.9.1
	[[ $1 == alder ]] || address=10.0.9.2
	on "$1" "hostnamectl set-hostname $1 2>/dev/null || { hostname $1; echo $1 >/etc/hostname; }
		printf '127.0.0.1 localhost\n10.0.9.1 alder\n10.0.9.2 birch\n' >/etc/hosts
		echo ADDRESS=$address >/etc/lab-wire
		systemctl start lab-wire
		mkdir -p /var/lib/domains"
	put "$1" /etc/pcitag/registry.ini <<-'END'
		[Edu]
		type = npu
		vendor = 1234
		device = 11e8

		[Intel-82574L]
		type = nic
		vendor = 8086
		device = 10d3
	END
	put "$1" /usr/sbin/fence_lab <"$HERE/fence_lab"
	on "$1" chmod 755 /usr/sbin/fence_lab
	put "$1" /var/lib/pcitag-lab/guest <"$SHARED/../guest"
	definition tagged 10809 | put "$1" /var/lib/domains/tagged.xml
	definition plain 10810 | put "$1" /var/lib/domains/plain.xml
	corosync_conf | put "$1" /etc/corosync/corosync.conf
}

# cluster: makes one of both, and waits until they see each other.
cluster() {
	local node
	for node in $NODES; do host "$node"; done
	on alder corosync-keygen -l >&2
	on alder cat /etc/corosync/authkey | put birch /etc/corosync/authkey
	on birch chmod 400 /etc/corosync/authkey
	for node in $NODES; do
		on "$node" 'systemctl --quiet enable corosync pacemaker && sync && systemctl start corosync pacemaker' &
	done
	wait
	eventually 600 both_online
}

# restart_time DISK BOOTS SINCE: waits until the guest has come up once more than that, and prints the seconds since then.
restart_time() {
	local before=$2 end=$((SECONDS + 1800))
	until has_booted "$1" $((before + 1)); do
		if ((SECONDS >= end)); then
			echo "the guest of $1 does not come up" >&2
			any_node crm_mon --one-shot --show-node-attributes --failcounts >&2
			return 1
		fi
		sleep 0.2
	done
	awk -v a="$3" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f\n", b - a }'
}

# computed NODE: prints the seconds of CPU time that its QEMU has used: fields 14 and 15 of proc_pid_stat(5).
computed() {
	local text fields
	text=$(<"/proc/$(<"$SHARED/../run.$1/qemu.pid")/stat")
	read -ra fields <<<"${text##*) }"
	awk "BEGIN { printf \"%.1f\", (${fields[11]} + ${fields[12]}) / 100 }"
}

# lose_power DISK: pulls the plug of the node on which that guest runs, which is named as its disk. Sets dead to the node,
# seconds to the time until the guest is up on the other one, and work to what that one computed meanwhile, which depends
# less on what else the machine does.
# shellcheck disable=SC2034
lose_power() {
	local before at work_before
	dead=$(locate "$1")
	before=$(boots "$1")
	work_before=$(computed "$(other_than "$dead")")
	at=$(date +%s.%N)
	power off "$dead"
	seconds=$(restart_time "$1" "$before" "$at")
	work=$(awk "BEGIN { print $(computed "$(other_than "$dead")") - $work_before }")
	eventually 300 started "$1"
	[ "$(locate "$1")" = "$(other_than "$dead")" ]
}

# come_back NODE: it is switched on, takes part in the cluster, and its numbers are current.
come_back() {
	power on "$1"
	eventually 900 both_online
	eventually 600 current "$1"
}
