#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# Somebody who has never seen pcitag: from a host where its files have just been unpacked to a guest that
# has its device, with nothing but `pcitag --help` and what the verbs print. What they say is to be typed is
# typed to the letter. The tests are steps of one story.

# shellcheck disable=SC2154 # status, output and lines are set by bats
bats_require_minimum_version 1.5.0
load tagged

load untouched

setup_file() {
	lab_clean
	make_untouched
}

# The rest of the lab's tests find it as they expect it.
teardown_file() {
	lab_clean
	lab '/usr/share/pcitag/post-install; rm -f /etc/pcitag/registry.d/*'
}

@test "--help names the verbs of the way" {
	unpack
	run -0 lab pcitag --help
	for verb in check probe define types add leases; do
		grep -q "^  pcitag $verb" <<<"$output"
	done
}

@test "check fails; each fix that it prints, typed to the letter, and it passes" {
	run -3 lab pcitag check
	grep -q '^FAIL' <<<"$output"
	echo "$output"
	local rounds=0 fix
	while [ $((rounds++)) -lt 4 ]; do
		sed -n 's/^    fix: //p' <<<"$output" >"$BATS_TEST_TMPDIR/fixes"
		[ -s "$BATS_TEST_TMPDIR/fixes" ] || break
		while read -r -u 3 fix; do
			echo "# lab: $fix"
			lab "$fix"
		done 3<"$BATS_TEST_TMPDIR/fixes"
		run lab pcitag check
	done
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $'\n'$output != *$'\n'FAIL* ]]
	[[ $output != *'    fix: '* ]]
}

@test "probe names the device and what to write for it; define takes it, types shows it" {
	run -0 lab pcitag probe
	grep -q "^$NPU1 " <<<"$output"
	run -0 lab pcitag define Edu npu 1234 11e8
	grep -q "4 devices of this host match it, 4 free" <<<"$output"
	run -0 lab pcitag types
	grep -qE '^npu +Edu +4 +4 ' <<<"$output"
	lab pcitag check
}

@test "what probe writes for all devices is a registry as it stands" {
	lab 'pcitag probe --registry >/etc/pcitag/registry.d/probed.ini'
	run -0 lab pcitag list
	grep -qE "^$NIC1 .* nic .* free" <<<"$output"
	# The disk and the NIC that the host needs are in none.
	[[ $output != *0000:00:02.0* && $output != *0000:00:03.0* ]]
	lab 'rm /etc/pcitag/registry.d/probed.ini'
}

@test "a domain that exists gets the device, and virsh start does the rest" {
	remember_host
	lab_define "$LAB_DIR/domains/plain.xml"
	lab 'virsh dumpxml --inactive plain >/run/plain.xml'
	run -0 lab pcitag add plain npu
	echo "$output"
	lab 'virsh dumpxml --inactive plain | pcitag plan -'
	lab virsh start plain
	[[ $(guest_devices plain) == *" $NPU1 "* ]]
	[ "$(lab_driver "$NPU1")" = vfio-pci ]
	run -0 lab pcitag leases
	grep -qE "^plain +bound +$NPU1 .* given +npu" <<<"$output"
	# What the guest finds on its bus; that a Linux in it does, 30-running-guest.bats waits for.
	lab "virsh qemu-monitor-command plain --hmp 'info pci'" | grep -q 'PCI device 1234:11e8'
}

@test "log tells what happened" {
	run -0 lab pcitag log plain
	grep -q "$NPU1" <<<"$output"
}

@test "the unit writes for node_exporter what is assigned" {
	lab 'mkdir -p /var/lib/prometheus/node-exporter && systemctl start pcitag-metrics.service'
	run -0 lab cat /var/lib/prometheus/node-exporter/pcitag.prom
	lab rm -r /var/lib/prometheus
	grep -qx 'pcitag_devices{type="npu",model="Edu",state="leased"} 1' <<<"$output"
	grep -qx 'pcitag_leases{state="bound"} 1' <<<"$output"
}

@test "destroy puts everything back, remove leaves the domain as it was" {
	lab virsh destroy plain
	[ "$(lab_driver "$NPU1")" = none ]
	run -0 lab pcitag leases
	[ "$output" = "no domain holds a device" ]
	lab pcitag remove plain npu
	lab 'virsh dumpxml --inactive plain | diff /run/plain.xml -'
	lab pcitag undefine Edu
	lab pcitag check
}
