# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154 # bats sets status, output and lines
# Functions for the bats files of this directory. `run` has started the nodes alder and birch. Each has two "npu", alder
# at 0000:02:00.0 and 0000:03:00.0, birch at 0000:12:00.0 and 0000:13:00.0, and two network cards, "nic".
#
#	load helper
#	setup() { fresh; }
#	@test "..." {
#		domain d1 npu                     # a file on the shared storage
#		resource d1                       # a resource of the cluster with the utilization that pcitag says
#		eventually runs_on d1 alder
#	}
#
# Everything here waits for a condition: nothing is known about how fast the machine is.

bats_require_minimum_version 1.5.0

CLUSTER_DIR=${BASH_SOURCE[0]%/*}
[[ $CLUSTER_DIR == /* ]] || CLUSTER_DIR=$PWD/$CLUSTER_DIR
WORK=${CLUSTER_WORK:?run me through tests/cluster/run}
AGENTS=/usr/lib/ocf/resource.d/pcitag
NODES='alder birch'

# root_of NODE: sets REPLY to the path of the node's files from here.
root_of() {
	REPLY=/proc/$(<"$WORK/$1/pid")/root
}

# on NODE COMMAND...: as root on the node.
on() {
	local pid
	pid=$(<"$WORK/$1/pid")
	shift
	nsenter --target "$pid" --mount --uts --ipc --net --pid --wd=/ -- \
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 LIBVIRT_DEFAULT_URI=qemu:///system "$@" 3>&-
}

# kernel NODE WORD...: tells its pretend kernel something.
kernel() {
	local node=$1
	shift
	on "$node" "$CLUSTER_DIR/../pretend/ctl" "$@"
}

# eventually COMMAND...: waits until it succeeds; what it needs at most depends on the machine.
eventually() {
	local end=$((SECONDS + ${LIMIT:-180}))
	until "$@"; do
		if ((SECONDS >= end)); then
			echo "never: $*"
			any_node crm_mon --one-shot --show-node-attributes --failcounts || true
			return 1
		fi
		sleep 0.2
	done
}

# any_node COMMAND...: on one that is up.
any_node() {
	local node
	for node in $NODES; do
		[[ ! -e $WORK/$node/pid ]] || { on "$node" "$@" && return; }
	done
	return 1
}

not() {
	! "$@"
}

# ---- what runs ----

# locate RESOURCE: prints the nodes that it runs on, by Pacemaker's own words.
locate() {
	any_node crm_resource --resource "$1" --locate 2>/dev/null | sed -n 's/.*is running on: \([a-z]*\).*/\1/p'
}

# started RESOURCE: prints the node on which it is started, when nothing is pending there. A domain runs before its start
# has ended.
started() {
	any_node crm_mon --one-shot 2>/dev/null |
		sed -n "s/^ *\* $1[[:space:]]*(ocf:[^)]*):[[:space:]]*Started \([a-z]*\)\( (Monitoring)\)*\$/\1/p"
}

# emulator NODE DOMAIN: prints number and start time of its emulator; nothing when there is none.
# shellcheck disable=SC2016 # awk expands it
emulator() {
	local REPLY pid
	[[ -e $WORK/$1/pid ]] || return 0
	root_of "$1"
	pid=$(cat "$REPLY/run/libvirt/qemu/$2.pid" 2>/dev/null) || return 0
	on "$1" awk '{ print $1, $22 }' "/proc/$pid/stat" 2>/dev/null || true
}

# runs_on DOMAIN NODE: by Pacemaker, by its emulator, and by its lease, nowhere else.
runs_on() {
	local node
	[[ $(started "$1") == "$2" ]] || return 1
	for node in $NODES; do
		if [[ $node == "$2" ]]; then
			[[ -n $(emulator "$node" "$1") && -n $(device_of "$1" "$node") ]] || return 1
		else
			[[ -z $(emulator "$node" "$1") && -z $(device_of "$1" "$node") ]] || return 1
		fi
	done
}

runs() {
	runs_on "$1" alder || runs_on "$1" birch
}

runs_nowhere() {
	[[ -z $(locate "$1")$(emulator alder "$1")$(emulator birch "$1") ]]
}

# device_of DOMAIN NODE: prints the addresses that its lease has there.
device_of() {
	[[ -e $WORK/$2/pid ]] || return 0
	on "$2" /usr/sbin/pcitag leases "$1" --json 2>/dev/null | jq -r '.leases[].grants[].device' 2>/dev/null || true
}

# leases NODE: prints how many there are.
leases() {
	local REPLY
	root_of "$1"
	find "$REPLY/run/pcitag/leases" -name '*.json' 2>/dev/null | wc -l
}

# number NODE NAME: prints the utilization attribute that Pacemaker places by.
number() {
	any_node crm_simulate --live-check --show-utilization 2>/dev/null |
		sed -n "s/^[ *]*Original: $1 capacity:.*\\bpcitag-$2=\\([0-9]*\\).*/\\1/p" | head -n 1
}

has_number() {
	[[ $(number "$1" "$2") == "$3" ]]
}

# status NODE: prints pcitag-status of the node.
pcitag_status() {
	any_node attrd_updater --query --node "$1" --name pcitag-status 2>/dev/null | sed -n 's/.*value="\(.*\)"$/\1/p'
}

# says NODE PATTERN: so does pcitag-status of the node.
says() {
	# shellcheck disable=SC2053 # a pattern
	[[ $(pcitag_status "$1") == $2 ]]
}

# failures: prints the failed actions with their reasons, one in a line.
failures() {
	# Pacemaker 2.1.5 escapes what is escaped already.
	any_node crm_mon --one-shot --output-as xml |
		perl -0777 -ne 'while (/<failure ([^>]*)>/g) { my %f = $1 =~ /(\S+)="([^"]*)"/g;
			print "$f{op_key} $f{node} $f{exitreason}\n" }' | sed -E "s/&amp;/\&/g; s/&(apos|#39);/'/g; s/&gt;/>/g; s/&lt;/</g; s/&quot;/\"/g"
}

fails_with() {
	failures | grep -q -e "$1"
}

settled() {
	any_node crm_resource --wait --timeout "${LIMIT:-180}s" >/dev/null 2>&1
}

# ---- what is configured ----

# registry NODE <<<TEXT: replaces its registry.
registry() {
	local REPLY
	root_of "$1"
	cat >"$REPLY/etc/pcitag/registry.ini"
}

usual_registry() {
	cat <<-INI
		[edu]
		type   = npu
		vendor = 1234
		device = 11e8

		[82574L]
		type   = nic
		vendor = 8086
		device = 10d3
	INI
}

uuid_of() {
	md5sum <<<"$1" | sed -E 's/^(.{8})(....)(....)(....)(.{12}).*/\1-\2-\3-\4-\5/'
}

# domain NAME REQUEST...: writes its definition to the shared storage.
domain() {
	local name=$1 request inputs=
	shift
	for request in "$@"; do
		inputs+="<input type='passthrough' bus='virtio'><source evdev='/dev/pcitag/$name/$request'/></input>"
	done
	cat >"$WORK/domains/$name.xml" <<-XML
		<domain type='qemu'>
		  <name>$name</name>
		  <uuid>$(uuid_of "$name")</uuid>
		  <memory unit='MiB'>32</memory>
		  <vcpu cpuset='0'>1</vcpu>
		  <os><type arch='x86_64' machine='q35'>hvm</type></os>
		  <devices>
		    <emulator>/usr/bin/pcitag-qemu-system-x86_64</emulator>
		    <controller type='usb' model='none'/>
		    <memballoon model='none'/>
		    $inputs
		    <input type='evdev'><source dev='/dev/vfio/vfio'/></input>
		  </devices>
		</domain>
	XML
}

# create SCOPE XML: adds it to the configuration. cibadmin prints all of that when it refuses.
create() {
	local text
	text=$(any_node cibadmin --create --scope "$1" --xml-text "$2" 2>&1) || { head -n 1 <<<"$text" && return 1; }
}

# nvpairs ID NAME=VALUE...: prints the elements.
nvpairs() {
	local id=$1 pair
	shift
	for pair in "$@"; do
		printf "<nvpair id='%s-%s' name='%s' value='%s'/>" "$id" "${pair%%=*}" "${pair%%=*}" "${pair#*=}"
	done
}

# resource DOMAIN [NAME=VALUE...]: makes it a resource. meta:NAME=VALUE is a meta attribute; utilization= is its
# utilization in place of what pcitag says ("" for none).
resource() {
	local name=$1 word utilization meta=() parameters=("config=$WORK/domains/$1.xml" force_stop=true)
	utilization=$(any_node /usr/sbin/pcitag utilization "$WORK/domains/$1.xml")
	shift
	for word in "$@"; do
		case $word in
		meta:*) meta+=("${word#meta:}") ;;
		utilization=*) utilization=${word#utilization=} ;;
		*) parameters+=("$word") ;;
		esac
	done
	# shellcheck disable=SC2086 # several words
	create resources "
		<primitive id='$name' class='ocf' provider='pcitag' type='Domain'>
		  <meta_attributes id='$name-meta'>$(nvpairs "$name-meta" allow-migrate=false "${meta[@]}")</meta_attributes>
		  <instance_attributes id='$name-instance'>$(nvpairs "$name-instance" "${parameters[@]}")</instance_attributes>
		  <utilization id='$name-utilization'>$(nvpairs "$name-utilization" $utilization)</utilization>
		  <operations>
		    <op id='$name-start' name='start' interval='0' timeout='120s'/>
		    <op id='$name-stop' name='stop' interval='0' timeout='120s'/>
		    <op id='$name-monitor' name='monitor' interval='3s' timeout='60s'/>
		  </operations>
		</primitive>"
}

# property NAME=VALUE...
property() {
	local pair
	for pair in "$@"; do
		any_node crm_attribute --type crm_config --name "${pair%%=*}" --update "${pair#*=}"
	done
}

# capacity_clone: the clone of the agent, unless it is there.
capacity_clone() {
	! any_node cibadmin --query --xpath "//clone[@id='capacity-clone']" >/dev/null 2>&1 || return 0
	create resources "
		<clone id='capacity-clone'>
		  <meta_attributes id='capacity-clone-meta'>$(nvpairs capacity-clone-meta interleave=true)</meta_attributes>
		  <primitive id='capacity' class='ocf' provider='pcitag' type='capacity'>
		    <operations>
		      <op id='capacity-start' name='start' interval='0' timeout='120s'/>
		      <op id='capacity-monitor' name='monitor' interval='3s' timeout='90s'/>
		    </operations>
		  </primitive>
		</clone>"
}

# location ID RESOURCE NODE SCORE: also before the resource is there.
location() {
	create constraints "<rsc_location id='$1' rsc-pattern='^$2\$' node='$3' score='$4'/>"
}

# publish: the numbers are looked at now; they reach the other node a moment later.
publish() {
	local node
	for node in $NODES; do on "$node" "$AGENTS/capacity" publish; done
}

# ---- the whole ----

both_online() {
	[[ $(any_node crm_mon --one-shot 2>/dev/null) == *'Online: [ alder birch ]'* ]]
}

no_domain_resource() {
	[[ -z $(any_node cibadmin --query --xpath "//primitive[@type='Domain']" --node-path 2>/dev/null) ]]
}

no_guest() {
	local node
	for node in $NODES; do
		[[ -z $(on "$node" virsh -q list --all --name 2>/dev/null) ]] || return 1
	done
}

# mend: each node is up, with libvirt's daemon, the usual registry and all programs.
mend() {
	local node
	for node in $NODES; do
		ip link show "$node" >/dev/null 2>&1 && ip link set "$node" up
		[[ -e $WORK/$node/pid ]] || "$CLUSTER_DIR/nodes" start "$node"
		on "$node" timeout 5 virsh -q uri >/dev/null 2>&1 || "$CLUSTER_DIR/nodes" libvirtd "$node"
		[[ ! -e $WORK/$node/pcitag ]] || on "$node" mv "$WORK/$node/pcitag" /usr/sbin/pcitag
		usual_registry | registry "$node"
	done
	eventually both_online
}

# delete_all XPATH: deletes each element from the configuration.
delete_all() {
	any_node cibadmin --delete-all --force --xpath "$1" >/dev/null 2>&1 || true
}

# fresh: two nodes that run capacity and nothing else, as their descriptions have them.
fresh() {
	local node
	mend
	delete_all "//rsc_location"
	delete_all "//rsc_order"
	delete_all "//primitive[@type='Domain']"
	property stonith-enabled=false placement-strategy=utilization no-quorum-policy=ignore maintenance-mode=false \
		start-failure-is-fatal=true
	for node in $NODES; do any_node crm_standby --node "$node" --update off >/dev/null; done
	eventually no_domain_resource
	eventually no_guest
	for node in $NODES; do
		kernel "$node" reset
		on "$node" rm -rf /run/pcitag /var/lib/pcitag
		on "$node" find /dev/pcitag -mindepth 1 -delete 2>/dev/null || true
	done
	capacity_clone
	any_node crm_resource --cleanup >/dev/null 2>&1 || true
	eventually has_capacity alder
	eventually has_capacity birch
	eventually has_number alder npu 2
	eventually has_number birch npu 2
	eventually not fails_with .
	: >"$WORK/running"
}

has_capacity() {
	on "$1" "$AGENTS/capacity" publish && [[ -e /proc/$(<"$WORK/$1/pid")/root/run/pcitag-cluster/capacity/running ]]
}

# ---- faults ----

# inject WORDS: a fault follows; it counts. The domains that run must be the same processes afterwards: nothing_stopped.
inject() {
	echo "$BATS_TEST_DESCRIPTION: $*" >>"$WORK/faults"
	running >"$WORK/running"
}

# running: prints each emulator of each node.
running() {
	local node name
	for node in $NODES; do
		[[ -e $WORK/$node/pid ]] || continue
		for name in $(on "$node" sh -c 'cd /run/libvirt/qemu && ls *.pid 2>/dev/null'); do
			# libvirt's daemon itself has a file there.
			[[ $name == driver.pid ]] || echo "$node ${name%.pid} $(emulator "$node" "${name%.pid}")"
		done
	done
}

# nothing_stopped: every domain that ran at the last inject is the same process.
nothing_stopped() {
	[[ -s $WORK/running ]] || { echo "no domain ran when the fault was injected" && return 1; }
	diff "$WORK/running" <(running)
}

# calls NODE RESOURCE ACTION: prints how often Pacemaker, or another, has called its agent there.
calls() {
	local REPLY
	root_of "$1"
	grep -c "^$2 $3\$" "$REPLY/var/log/agents" || true
}

# called_more NODE RESOURCE ACTION NUMBER
called_more() {
	(($(calls "$1" "$2" "$3") > $4))
}

# monitored NODE RESOURCE TIMES: waits until the recurring monitor has run so many times from now on, the one that may
# be running not counted.
monitored() {
	local before
	before=$(calls "$1" "$2" monitor)
	eventually called_more "$1" "$2" monitor $((before + $3))
}
