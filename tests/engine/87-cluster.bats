#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # bats' run sets output and lines
# pcitag plan --cluster and pcitag cluster setup, with what Pacemaker 2.1.5 and 3.0.0 have printed for three nodes, of
# which birch is in standby and cedar offline (cluster/). The programs are stand-ins at the paths of Pacemaker's.

load helper

setup_file() { pretend_host nodes; }
teardown_file() { pretend_end; }

EDU=$'[Edu]\ntype = npu\nvendor = 1234\ndevice = 11e8\nrevision = 10\n'
EDU2=$'[Edu-2]\ntype = npu\nvendor = 1234\ndevice = 11e8\nrevision = 11\n'
NIC=$'[Intel-82574L]\ntype = nic\nvendor = 8086\ndevice = 10d3\n'

setup() {
	pretend_reset
	registry <<<"$EDU$EDU2$NIC"
	settings </dev/null
	root=/proc/$PRETEND_PID/root
	out=$BATS_TEST_TMPDIR
	recorded 2.1
	says attrd_updater
	stand_in pcs "echo \"\$*\" >>$out/ran"
	stand_in crm "echo \"\$*\" >>$out/ran"
	remember_host
}

# stand_in PROGRAM SCRIPT: the host has this as /usr/sbin/PROGRAM.
stand_in() {
	printf '#!/bin/bash\n%s\n' "$2" >"$root/usr/sbin/$1.new"
	chmod 755 "$root/usr/sbin/$1.new"
	mv "$root/usr/sbin/$1.new" "$root/usr/sbin/$1"
}

# says PROGRAM: it prints the file of its name, and keeps its arguments.
says() {
	stand_in "$1" "echo \"\$*\" >$out/$1.arguments; /usr/bin/cat $out/$1.xml"
}

# recorded VERSION: what this version of Pacemaker prints.
recorded() {
	cp "${BATS_TEST_DIRNAME}/cluster/nodes-$1.xml" "$out/crm_mon.xml"
	cp "${BATS_TEST_DIRNAME}/cluster/cib-$1.xml" "$out/cibadmin.xml"
	says crm_mon
	says cibadmin
	reports
}

# reports [NODE TEXT]...: the nodes have published these.
reports() {
	{
		echo '<pacemaker-result api-version="2.25" request="attrd_updater">'
		while [[ $# -gt 0 ]]; do
			printf '  <attribute name="pcitag-report" value="%s" host="%s"/>\n' \
				"$(sed 's/&/\&amp;/g; s/"/\&quot;/g; s/</\&lt;/g' <<<"$2")" "$1"
			shift 2
		done
		echo '  <status code="0" message="OK"/></pacemaker-result>'
	} >"$out/attrd_updater.xml"
}

# report [FILTER]: of this host, changed by jq.
report() {
	pcitag capacity --report | jq -c "${1-.}"
}

everyone_online() {
	sed -i 's/online="false"/online="true"/; s/standby="true"/standby="false"/; s/unclean="true"/unclean="false"/' \
		"$out/crm_mon.xml"
}

# plan [OPTION...] REQUEST...
plan() {
	local options=()
	while [[ ${1-} == --* ]]; do options+=("$1") && shift; done
	domain_xml vm "$@" | pcitag plan --cluster "${options[@]}" -
}

# define NAME REQUEST...: its file is there; prints its path.
define() {
	domain_xml "$@" >"$out/$1.xml"
	echo "$out/$1.xml"
}

# resources TEXT, constraints TEXT, property NAME VALUE: the CIB has these.
resources() { sed -i "s|<resources/>|<resources>$(tr -d '\n' <<<"$1")</resources>|" "$out/cibadmin.xml"; }
constraints() { sed -i "s|<constraints/>|<constraints>$(tr -d '\n' <<<"$1")</constraints>|" "$out/cibadmin.xml"; }
strategy() {
	sed -i "s|<crm_config/>|<crm_config><cluster_property_set id='c'><nvpair id='s' name='placement-strategy' value='$1'/></cluster_property_set></crm_config>|" \
		"$out/cibadmin.xml"
}

# primitive ID CONFIG [NAME=NUMBER...]: prints a resource of a domain.
primitive() {
	local id=$1 config=$2 pair
	shift 2
	echo "<primitive id='$id' class='ocf' provider='${PROVIDER-pcitag}' type='${TYPE-Domain}'>"
	echo "<instance_attributes id='$id-i'><nvpair id='$id-c' name='config' value='$config'/></instance_attributes>"
	echo "<utilization id='$id-u'>"
	for pair; do echo "<nvpair id='$id-${pair%=*}' name='${pair%=*}' value='${pair#*=}'/>"; done
	echo "</utilization>${META-}</primitive>"
}

CLONE="<clone id='pcitag-capacity-clone'><primitive id='pcitag-capacity' class='ocf' provider='pcitag' type='capacity'/></clone>"

# ---- plan --cluster ----

@test "each node with each device, and where the domain could start" {
	for version in 2.1 3.0; do
		recorded $version
		everyone_online
		reports alder "$(report)" birch "$(report '.devices[].state = "leased" | .devices[].why = "its group 10 belongs to domain x"')" \
			cedar "$(report '.devices = []')"
		run -0 plan Edu nic
		[[ ${lines[0]} =~ ^NODE\ +REQUEST\ +ADDRESS\ +STATE\ +WHY$ ]]
		[[ ${lines[1]} =~ ^alder\ +Edu\ +0000:03:00.0\ +free ]]
		[[ ${lines[6]} =~ ^birch\ +Edu\ +0000:03:00.0\ +leased\ +its\ group\ 10\ belongs\ to\ domain\ x$ ]]
		[[ ${lines[11]} =~ ^node\ alder:\ could\ start\ \(report\ of\ [0-9]+\ s\ ago\)$ ]]
		[[ ${lines[12]} =~ ^node\ birch:\ not\ there:\ request\ Edu:\ 3\ there,\ none\ free\ \(report\ of\ [0-9]+\ s\ ago\)$ ]]
		[[ ${lines[13]} =~ ^node\ cedar:\ not\ there:\ request\ Edu:\ there\ is\ no\ such\ device\ \( ]]
	done
	[ "$(<"$out/crm_mon.arguments")" = "--one-shot --output-as=xml" ]
	[ "$(<"$out/attrd_updater.arguments")" = "--query --all --name pcitag-report --output-as=xml" ]
	nothing_touched
}

@test "nodes that are offline, in standby, joining, in maintenance or to be fenced" {
	for version in 2.1 3.0; do
		recorded $version
		reports alder "$(report)" birch "$(report)" cedar "$(report)"
		run -0 plan npu
		[[ $output == *$'\nnode birch: not there: it is in standby (report of '*$'\nnode cedar: not there: it is to be fenced (report of '* ]]
	done
	everyone_online
	sed -i '/name="birch"/s/maintenance="false"/maintenance="true"/; /name="cedar"/s/pending="false"/pending="true"/' "$out/crm_mon.xml"
	run -0 plan npu
	[[ $output == *$'\nnode birch: not there: it is in maintenance ('*$'\nnode cedar: not there: it is just joining ('* ]]
	sed -i '/name="cedar"/s/online="true"/online="false"/' "$out/crm_mon.xml"
	run -0 plan npu
	[[ $output == *$'\nnode cedar: not there: it is offline ('* ]]
}

@test "a node without a report, or with one that cannot be understood" {
	everyone_online
	reports alder '{"version":2}' cedar "$(printf '%20000d' 1)"
	run -1 plan npu
	[ "${lines[0]}" = "node alder: not there: its report cannot be understood: it is of another version of pcitag" ]
	[ "${lines[1]}" = "node birch: not there: it has published no report: ocf:pcitag:capacity does not run there" ]
	[ "${lines[2]}" = "node cedar: not there: its report cannot be understood: it is longer than 16384 bytes" ]
	[ "${lines[3]}" = "pcitag: domain 'vm': none of the 3 nodes of the cluster could start it now" ]
	# One that was deleted stays as an empty one.
	reports alder '' birch '' cedar ''
	run -1 plan npu
	[ "$(grep -c ': it has published no report: ' <<<"$output")" -eq 3 ]
	# The program fails where no node has published anything.
	stand_in attrd_updater "echo 'Could not query value of pcitag-report: attribute does not exist' >&2; exit 105"
	run -1 plan npu
	[[ $output == *"node alder: not there: it has published no report: "* ]]
}

@test "a report that is old, of a clock that is ahead, or of another registry" {
	everyone_online
	reports alder "$(report '.time -= 300')" birch "$(report '.time += 300')" cedar "$(report '.registry = "0123456789abcdef"')"
	run -0 plan npu
	[[ $output == *$'\nnode alder: could start (report of 30'[0-9]$' s ago); its report is 30'[0-9]$' s old\n'* ]]
	[[ $output =~ node\ birch:\ could\ start\;\ its\ clock\ is\ (29|300)[0-9]*\ s\ ahead\ of\ this\ one,\ so\ its\ report\ may\ be\ old ]]
	[[ $output == *$'\nnode cedar: could start (report of '*$'); its registry has other names than the one here' ]]
	# How old a report of the future is, is not known.
	[[ ! $output =~ 'report of -' ]]
	[ "$(plan --json npu | jq -c '[.nodes[].age] | map(. != null and . >= 0)')" = '[true,false,true]' ]
	[ "$(plan --json npu | jq '.nodes[1].age')" = null ]
}

@test "clocks that are a few seconds apart: a report that is a little ahead is of now" {
	everyone_online
	reports alder "$(report '.time += 4')"
	run -0 plan npu
	[[ $output == *$'\nnode alder: could start (report of 0 s ago)\n'* ]]
	[ "$(plan --json npu | jq '.nodes[0].age')" = 0 ]
}

@test "two requests of which each has a device, but not both at once" {
	everyone_online
	reports alder "$(report '.devices |= map(select(.address == "0000:03:00.0"))')"
	run -1 plan npu Edu
	[[ $output == *$'\nnode alder: not there: request Edu: 1 free, which other requests need ('* ]]
	reports alder "$(report '.devices |= map(select(.address == "0000:03:00.0" or .address == "0000:06:00.0"))')"
	run -0 plan npu Edu
}

@test "a report in short" {
	everyone_online
	reports alder "$(report '.devices = [{"count":3,"names":["Edu","npu"],"state":"free"}] | .more = 2')"
	run -0 plan npu npu.1 npu.2
	[[ ${lines[1]} =~ ^alder\ +npu\ +3\ of\ them\ +free ]]
	run -1 plan npu npu.1 npu.2 npu.3
	[[ $output == *"node alder: not there: request npu.3: 3 free, which other requests need; 2 are not in its report ("* ]]
}

@test "plan --cluster --json" {
	everyone_online
	reports alder "$(report)"
	run -0 plan --json Edu
	[ "$(jq -c '[.version, .domain, .starts, (.nodes | length)]' <<<"$output")" = '[1,"vm",true,3]' ]
	[ "$(jq -c '.nodes[0] | [.node, .starts, .why, .remark, (.devices | length)]' <<<"$output")" = '["alder",true,null,null,3]' ]
	[ "$(jq -c '.nodes[1] | [.starts, .age, .devices]' <<<"$output")" = '[false,null,[]]' ]
}

@test "no Pacemaker here, or none that answers" {
	stand_in crm_mon "echo 'crm_mon: Could not connect to pacemakerd: Connection refused' >&2; exit 102"
	run plan npu
	refused "/usr/sbin/crm_mon failed with exit code 102: crm_mon: Could not connect to pacemakerd: Connection refused"
	stand_in crm_mon "echo '<pacemaker-result><status code=\"102\" message=\"Not connected\"/></pacemaker-result>'; exit 102"
	run plan npu
	refused "/usr/sbin/crm_mon failed with exit code 102: the cluster does not run on this host"
	stand_in crm_mon "echo '<pacemaker-result/>'"
	run plan npu
	refused "/usr/sbin/crm_mon lists no node: the cluster does not run here"
	stand_in crm_mon "echo '<!DOCTYPE x><pacemaker-result/>'"
	run -1 plan npu
	[[ $output == "pcitag: "*"output of crm_mon"* ]]
	rm "$root/usr/sbin/crm_mon"
	run plan npu
	refused "cannot ask the cluster: /usr/sbin/crm_mon; this needs Pacemaker's programs on a node of the cluster: No such file or directory"
	nothing_touched
}

# ---- cluster setup ----

@test "all commands for pcs, in an order in which nothing starts too early" {
	win=$(define win11 npu) gold=$(define gold Edu nic)
	for version in 2.1 3.0; do
		recorded $version
		run -0 pcitag cluster setup "$win" "$gold"
		diff - <(printf '%s\n' "$output") <<-END
			pcs property set placement-strategy=utilization
			pcs resource create pcitag-capacity ocf:pcitag:capacity op monitor interval=30s timeout=60s clone
			pcs resource create win11 ocf:pcitag:Domain config=$win meta allow-migrate=false --disabled
			pcs resource utilization win11 pcitag-npu=1
			pcs constraint order start pcitag-capacity-clone then start win11 kind=Optional
			pcs resource create gold ocf:pcitag:Domain config=$gold meta allow-migrate=false --disabled
			pcs resource utilization gold pcitag-Edu=1 pcitag-nic=1 pcitag-npu=1
			pcs constraint order start pcitag-capacity-clone then start gold kind=Optional
			pcs constraint order set gold sequential=false set win11 sequential=false setoptions id=pcitag-narrow-first kind=Optional
			pcs resource enable win11
			pcs resource enable gold
		END
	done
	[ ! -e "$out/ran" ]
	[ "$(<"$out/cibadmin.arguments")" = "--query" ]
	nothing_touched
}

@test "the same for crmsh" {
	win=$(define win11 npu) gold=$(define gold Edu)
	run -0 pcitag cluster setup --crmsh "$win" "$gold"
	diff - <(printf '%s\n' "$output") <<-END
		crm configure property placement-strategy=utilization
		crm configure primitive pcitag-capacity ocf:pcitag:capacity op monitor interval=30s timeout=60s
		crm configure clone pcitag-capacity-clone pcitag-capacity
		crm configure primitive win11 ocf:pcitag:Domain params config=$win meta allow-migrate=false utilization pcitag-npu=1
		crm configure order pcitag-win11 Optional: pcitag-capacity-clone win11
		crm configure primitive gold ocf:pcitag:Domain params config=$gold meta allow-migrate=false utilization pcitag-Edu=1 pcitag-npu=1
		crm configure order pcitag-gold Optional: pcitag-capacity-clone gold
		crm configure order pcitag-narrow-first Optional: '(' gold ')' '(' win11 ')'
	END
	# It is taken where pcs is not installed.
	rm "$root/usr/sbin/pcs"
	run -0 pcitag cluster setup "$win"
	[ "${lines[0]}" = "crm configure property placement-strategy=utilization" ]
}

@test "what is there already needs no command" {
	win=$(define win11 npu) gold=$(define gold Edu)
	strategy balanced
	resources "$CLONE<group id='g'>$(primitive win11 "$win" pcitag-npu=1 cpu=4)$(primitive gold "$gold" pcitag-Edu=1 pcitag-npu=1)</group>"
	constraints "<rsc_order id='a' first='pcitag-capacity-clone' then='win11' kind='Optional'/>
		<rsc_order id='b' first='pcitag-capacity-clone' then='gold' kind='Optional'/>
		<rsc_order id='pcitag-narrow-first' kind='Optional'><resource_set id='s0' sequential='false'><resource_ref id='gold'/></resource_set><resource_set id='s1' sequential='false'><resource_ref id='win11'/></resource_set></rsc_order>"
	run -0 pcitag cluster setup "$win"
	[ "$output" = "# the cluster is configured so already" ]
	run -0 pcitag cluster setup --crmsh
	[ "$output" = "# the cluster is configured so already" ]
}

@test "a number that has changed, one that is no longer needed, and another order of starts" {
	win=$(define win11 npu npu.1) gold=$(define gold Edu)
	strategy utilization
	resources "$CLONE$(primitive win11 "$win" pcitag-npu=1 pcitag-gone=1 cpu=4)$(primitive gold "$gold" pcitag-Edu=1 pcitag-npu=1)"
	constraints "<rsc_order id='a' first='pcitag-capacity-clone' then='win11' kind='Optional'/>
		<rsc_order id='b' first='pcitag-capacity-clone' then='gold' kind='Optional'/>
		<rsc_order id='pcitag-narrow-first' kind='Optional'><resource_set id='s0' sequential='false'><resource_ref id='win11'/></resource_set><resource_set id='s1' sequential='false'><resource_ref id='gold'/></resource_set></rsc_order>"
	run -0 pcitag cluster setup
	diff - <(printf '%s\n' "$output") <<-END
		pcs resource utilization win11 pcitag-npu=2 pcitag-gone=
		pcs constraint delete pcitag-narrow-first
		pcs constraint order set gold sequential=false set win11 sequential=false setoptions id=pcitag-narrow-first kind=Optional
	END
	run -0 pcitag cluster setup --crmsh
	[ "${lines[0]}" = "crm resource utilization win11 set pcitag-npu 2" ]
	[ "${lines[1]}" = "crm resource utilization win11 delete pcitag-gone" ]
	# Nobody is wider than another one any more.
	gold=$(define gold npu)
	run -0 pcitag cluster setup
	[ "${lines[1]}" = "pcs resource utilization gold pcitag-Edu=" ]
	[ "${lines[2]}" = "pcs constraint delete pcitag-narrow-first" ]
	[ "${#lines[@]}" -eq 3 ]
}

@test "domains for which no order of starts suits" {
	registry <<<"$EDU$EDU2$NIC"$'[Second]\ntype = nic\nvendor = 8086\ndevice = ffff\n'
	a=$(define a Edu nic) b=$(define b npu Second)
	run -0 pcitag cluster setup "$a" "$b"
	[[ ${lines[0]} == "# no order of starts suits all domains: "* ]]
	[[ $output != *narrow-first* ]]
}

@test "a resource that is disabled, as one is that an interrupted setup has made" {
	win=$(define win11 npu)
	resources "$CLONE$(META="<meta_attributes id='w-m'><nvpair id='w-r' name='target-role' value='Stopped'/></meta_attributes>" \
		primitive win11 "$win")"
	strategy utilization
	run -0 pcitag cluster setup
	[ "${lines[0]}" = "# resource win11 is disabled; if it should run: pcs resource enable win11" ]
	[[ $output == *"pcs resource utilization win11 pcitag-npu=1"* && $output != *$'\n'*"resource enable"* ]]
}

@test "a resource of VirtualDomain, and one whose definition is not here" {
	win=$(define win11 npu)
	resources "$CLONE$(PROVIDER=heartbeat TYPE=VirtualDomain primitive old "$win" pcitag-npu=1)$(primitive far /srv/nothing.xml pcitag-npu=1)"
	strategy utilization
	run -0 pcitag cluster setup
	[ "${lines[0]}" = "# resource old is ocf:heartbeat:VirtualDomain, which does not know pcitag's wrapper and tells no reasons: make it ocf:pcitag:Domain" ]
	[ "${lines[1]}" = "# resource far is left as it is: cannot read /srv/nothing.xml: No such file or directory" ]
	[ "${lines[2]}" = "pcs constraint order start pcitag-capacity-clone then start old kind=Optional" ]
	[ "${#lines[@]}" -eq 3 ]
}

@test "a name that is no id, and a path that a shell would take apart" {
	domain_xml '7 of $9' npu >"$out/x'y.xml"
	OWNER=seven domain_xml '7 of $9' npu >"$out/x'y.xml"
	strategy utilization
	resources "$CLONE"
	run -0 pcitag cluster setup "$out/x'y.xml"
	[ "${lines[0]}" = "pcs resource create vm-7-of-9 ocf:pcitag:Domain 'config=$out/x'\\''y.xml' meta allow-migrate=false --disabled" ]
}

@test "--apply runs them, and says where one fails" {
	win=$(define win11 npu)
	run -0 pcitag cluster setup --apply "$win"
	[ "$(wc -l <"$out/ran")" -eq 6 ]
	[ "$(head -1 "$out/ran")" = "property set placement-strategy=utilization" ]
	[ "$(tail -1 "$out/ran")" = "resource enable win11" ]
	stand_in pcs "[[ \$1 == property ]] || { echo 'Error: cluster is not running' >&2; exit 1; }"
	run -1 pcitag cluster setup --apply "$win"
	[ "${lines[-1]}" = "pcitag: cluster setup --apply: 1 of 6 commands are done; the next one: /usr/sbin/pcs failed with exit code 1: Error: cluster is not running" ]
	run -1 in_pretend setpriv --reuid 65534 --regid 65534 --clear-groups /usr/sbin/pcitag cluster setup --apply "$win"
	[ "$output" = "pcitag: cluster setup --apply changes the cluster: run it as root" ]
}

@test "cluster setup --json" {
	win=$(define win11 npu)
	strategy utilization
	run -0 pcitag cluster setup --json "$win"
	[ "$(jq -c '[.version, .applied, .remarks, (.commands | length), .commands[1]]' <<<"$output")" = \
		"[1,0,[],5,\"pcs resource create win11 ocf:pcitag:Domain config=$win meta allow-migrate=false --disabled\"]" ]
}

@test "what cluster setup cannot do" {
	run -2 pcitag cluster
	run -2 pcitag cluster destroy
	[ "$output" = "pcitag: cluster destroy: write cluster setup" ]
	run pcitag cluster setup win11.xml
	refused "cluster setup win11.xml: write the whole path, which is the same on each node"
	run pcitag cluster setup "$out/nothing.xml"
	refused "cannot read $out/nothing.xml: No such file or directory"
	gpu=$(define gpu gpu)
	run pcitag cluster setup "$gpu"
	refused "$gpu: request gpu: the registry has no type or model gpu; its types are: npu, nic"
	win=$(define win11 npu)
	resources "$(primitive win11 /srv/other.xml)"
	run pcitag cluster setup "$win"
	refused "cluster setup $win: the cluster has a resource win11 with another definition, /srv/other.xml; give one of the two domains another name"
	registry <<<$'[Edu]\n'
	run -1 pcitag cluster setup "$win"
	stand_in cibadmin "exit 1"
	registry <<<"$EDU"
	run pcitag cluster setup "$win"
	refused "/usr/sbin/cibadmin failed with exit code 1: it says nothing"
	stand_in cibadmin "echo '<cib/>'"
	run pcitag cluster setup "$win"
	refused "/usr/sbin/cibadmin prints no <configuration>"
}
