#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The agents by themselves, as Pacemaker calls them, on a node.

# shellcheck disable=SC2154 # bats sets status, output and lines
load helper

setup() {
	fresh
}

# agent NODE TYPE ACTION [NAME=VALUE...]: with these parameters.
agent() {
	local node=$1 type=$2 action=$3
	shift 3
	on "$node" env OCF_ROOT=/usr/lib/ocf OCF_RA_VERSION_MAJOR=1 OCF_RESOURCE_INSTANCE=by-hand OCF_RESOURCE_TYPE="$type" \
		OCF_RESOURCE_PROVIDER=pcitag "${@/#/OCF_RESKEY_}" "$AGENTS/$type" "$action"
}

@test "their meta-data is valid, and names what they do" {
	for type in capacity Domain; do
		agent alder $type meta-data >"$BATS_TEST_TMPDIR/$type.xml"
		run -0 xmllint --noout --nonet --relaxng /usr/share/resource-agents/metadata.rng "$BATS_TEST_TMPDIR/$type.xml"
		[[ $output == *"$type.xml validates"* ]]
	done
	# Pacemaker's own reader.
	[[ "$(on alder crm_resource --show-metadata ocf:pcitag:Domain)" == *'name="Domain"'*'name="on_device_loss"'* ]]
	[[ "$(on alder crm_resource --show-metadata ocf:pcitag:capacity)" == *'name="grace"'* ]]
	# All parameters of VirtualDomain are there, and those that would write a utilization are off.
	diff <(on alder env OCF_ROOT=/usr/lib/ocf /usr/lib/ocf/resource.d/heartbeat/VirtualDomain meta-data |
		grep -o '<parameter name="[a-z_]*"') <(grep -o '<parameter name="[a-z_]*"' "$BATS_TEST_TMPDIR/Domain.xml" |
		grep -v on_device_loss)
	[ "$(grep -A 9 'name="autoset_' "$BATS_TEST_TMPDIR/Domain.xml" | grep -c 'default="false"')" -eq 3 ]
}

# page_parameters TYPE: prints those of the manual page.
page_parameters() {
	sed -n '/^\.Sh PARAMETERS/,/^\.Sh FILES/p' "$CLUSTER_DIR/../../man/ocf_pcitag_$1.7" | awk '
		/^\.It Va / { name = $3; getline; if ($0 == "false") print name "\t" $0 }
		/, by default / { sub(/\.$/, ""); print name "\t" $NF }' | LC_ALL=C sort
}

@test "their manual pages have the parameters of their meta-data, with the same defaults" {
	diff <(parameters pcitag/capacity) <(page_parameters capacity)
	# Of Domain, what VirtualDomain does not have, or not so.
	diff <(comm -13 <(parameters heartbeat/VirtualDomain) <(parameters pcitag/Domain)) <(page_parameters Domain)
	[ "$(page_parameters capacity)" = $'grace\t600' ]
	[ "$(page_parameters Domain | wc -l)" -eq 4 ]
}

# parameters PROVIDER/TYPE: prints each parameter of the agent, and its default.
parameters() {
	local name meta=$BATS_TEST_TMPDIR/${1//\//-}.xml
	on alder env OCF_ROOT=/usr/lib/ocf "/usr/lib/ocf/resource.d/$1" meta-data >"$meta"
	for name in $(xmllint --xpath '//parameter/@name' "$meta" | grep -o '"[^"]*"' | tr -d '"'); do
		printf '%s\t%s\n' "$name" "$(xmllint --xpath "string(//parameter[@name='$name']/content/@default)" \
			"$meta")"
	done | LC_ALL=C sort
}

@test "mistakes in parameters have their lines" {
	domain d1 npu
	run agent alder Domain validate-all config="$WORK/domains/d1.xml" on_device_loss=maybe
	[ "$status" -eq 6 ]
	[[ $output == *'ocf-exit-reason:on_device_loss = maybe: write keep or recover'* ]]
	run agent alder capacity validate-all grace=soon
	[ "$status" -eq 6 ]
	[[ $output == *'ocf-exit-reason:grace = soon: write a number of seconds, such as 600'* ]]
	sed 's/d1/two words/' "$WORK/domains/d1.xml" >"$WORK/domains/bad.xml"
	run agent alder Domain start config="$WORK/domains/bad.xml"
	[ "$status" -eq 6 ]
	[[ $output == *'the name of the domain has other characters than'* ]]
	run agent alder Domain start config=/nowhere.xml
	[ "$status" -eq 5 ]
	[[ $output == *'ocf-exit-reason:Configuration file /nowhere.xml does not exist or not readable.'* ]]
	run agent alder Domain juggle config="$WORK/domains/d1.xml"
	[ "$status" -eq 3 ]
	run -0 agent alder Domain validate-all config="$WORK/domains/d1.xml"
}

@test "a domain that does not run is not running, also while libvirt's daemon is down" {
	domain d1 npu
	run agent alder Domain monitor config="$WORK/domains/d1.xml"
	[ "$status" -eq 7 ]
	on alder sh -c 'kill -KILL "$(cat /run/libvirtd.pid)"'
	run agent alder Domain monitor config="$WORK/domains/d1.xml"
	[ "$status" -eq 7 ]
	run agent alder Domain stop config="$WORK/domains/d1.xml"
	[ "$status" -eq 0 ]
	# A number that is another process's by now, and a file that is none.
	on alder sh -c 'echo 1 >/run/libvirt/qemu/d1.pid'
	run agent alder Domain monitor config="$WORK/domains/d1.xml"
	[ "$status" -eq 7 ]
	on alder sh -c 'echo what >/run/libvirt/qemu/d1.pid'
	run agent alder Domain monitor config="$WORK/domains/d1.xml"
	[ "$status" -eq 0 ]
	on alder rm /run/libvirt/qemu/d1.pid
}

@test "start, monitor and stop: a marker with what it asks for, and nothing left" {
	domain d1 npu
	run -0 agent alder Domain start config="$WORK/domains/d1.xml" force_stop=true
	[ "$(on alder cat /run/pcitag-cluster/domains/d1 | xargs)" = 'by-hand pcitag-npu=1' ]
	[ "$(on alder stat -c '%a %U' /run/pcitag-cluster/domains /run/pcitag-cluster/domains/d1 | xargs)" = '700 root 600 root' ]
	[ "$(on alder pcitag capacity | grep '^npu=')" = npu=2 ]
	run -0 agent alder Domain monitor config="$WORK/domains/d1.xml"
	# Nobody else's domains count, and what they have is not free.
	on alder rm /run/pcitag-cluster/domains/d1
	[ "$(on alder pcitag capacity | grep '^npu=')" = npu=1 ]
	# A monitor that finds it running marks it again.
	run -0 agent alder Domain monitor config="$WORK/domains/d1.xml"
	[ "$(on alder pcitag capacity | grep '^npu=')" = npu=2 ]
	run -0 agent alder Domain stop config="$WORK/domains/d1.xml" force_stop=true
	[ -z "$(on alder find /run/pcitag-cluster/domains /run/pcitag-cluster/started -type f)" ]
	[ "$(leases alder)" -eq 0 ]
}

@test "a definition in libvirt is replaced by the file" {
	domain d1 npu
	on alder virsh -q define "$WORK/domains/d1.xml"
	run -0 agent alder Domain start config="$WORK/domains/d1.xml" force_stop=true
	[ -z "$(on alder virsh -q list --all --persistent --name)" ]
	run -0 agent alder Domain stop config="$WORK/domains/d1.xml" force_stop=true
	[ "$(leases alder)" -eq 0 ]
}

@test "an output of pcitag that is no number is not published" {
	on alder mv /usr/sbin/pcitag "$WORK/alder/pcitag"
	on alder sh -c 'printf "#!/bin/sh\necho npu=many\n" >/usr/sbin/pcitag && chmod 755 /usr/sbin/pcitag'
	run -1 on alder "$AGENTS/capacity" publish
	eventually says alder 'old: pcitag capacity printed a line that is not NAME=NUMBER: are its programs of one version?'
	has_number alder npu 2
}

@test "the report of a node is there, and is in no configuration" {
	publish
	[[ "$(on birch attrd_updater --query --all --name pcitag-report)" == *alder*birch* ]]
	run -1 grep -c pcitag-report <(any_node cibadmin --query)
	run -0 on birch pcitag plan --cluster - <"$WORK/domains/d1.xml"
	[[ $output == *alder*0000:02:00.0* && $output == *birch*0000:12:00.0* ]]
}

@test "the patch for VirtualDomain fits the one that is installed, which then knows pcitag's emulators" {
	cp /usr/lib/ocf/resource.d/heartbeat/VirtualDomain "$BATS_TEST_TMPDIR/VirtualDomain"
	run -0 patch "$BATS_TEST_TMPDIR/VirtualDomain" "$CLUSTER_DIR/../../contrib/VirtualDomain-emulators.patch"
	[[ $output != *fuzz* && $output != *offset* ]]
	domain d1 npu
	run -0 agent alder Domain start config="$WORK/domains/d1.xml" force_stop=true
	on alder sh -c 'kill -KILL "$(cat /run/libvirtd.pid)"'
	root_of alder
	cp "$BATS_TEST_TMPDIR/VirtualDomain" "$REPLY/run/VirtualDomain"
	run -0 on alder env OCF_ROOT=/usr/lib/ocf OCF_RA_VERSION_MAJOR=1 OCF_RESOURCE_INSTANCE=d1 OCF_RESOURCE_TYPE=VirtualDomain \
		OCF_RESKEY_config="$WORK/domains/d1.xml" OCF_RESKEY_hypervisor=qemu:///system timeout 30 /run/VirtualDomain monitor
	# The one that is installed does not answer.
	run on alder env OCF_ROOT=/usr/lib/ocf OCF_RA_VERSION_MAJOR=1 OCF_RESOURCE_INSTANCE=d1 OCF_RESOURCE_TYPE=VirtualDomain \
		OCF_RESKEY_config="$WORK/domains/d1.xml" OCF_RESKEY_hypervisor=qemu:///system timeout 10 \
		/usr/lib/ocf/resource.d/heartbeat/VirtualDomain monitor
	[ "$status" -ne 0 ]
	"$CLUSTER_DIR/nodes" libvirtd alder
	run -0 agent alder Domain stop config="$WORK/domains/d1.xml" force_stop=true
}
