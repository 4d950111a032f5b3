#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# Several domains want the same at the same moment, by tag or by address.

load bare

setup_file() {
	lab_clean
	lab_registry
}

setup() {
	remember_host
}

teardown() {
	lab_clean
}

# host_devices DOMAIN...: the addresses their QEMUs were given, one a line.
host_devices() {
	lab bash -s -- "$@" <<-'END'
		for domain; do
			tr '\0' '\n' <"/proc/$(cat "/run/libvirt/qemu/$domain.pid")/cmdline" |
				sed -n 's|.*"vfio-pci".*/\(....:..:..\..\)".*|\1|p'
		done
	END
}

@test "five starts race for four devices: four win, no device twice, the fifth is told why" {
	for n in 1 2 3 4 5; do
		bare_define "racer$n" npu
	done
	run lab_inside start-together racer1 racer2 racer3 racer4 racer5
	echo "$output"
	[ "$(grep -c ' started$' <<<"$output")" -eq 4 ]
	loser=$(sed -n 's/ refused: .*//p' <<<"$output")
	[[ $output == *"pcitag: domain '$loser': request npu: 4 devices of this host, none free: "* ]]
	for address in $NPU1 $NPU2 $NPU3 $NPU4; do
		[[ $output == *"$address: its group "*" belongs to domain racer"* ]]
	done

	winners=$(sed -n 's/ started$//p' <<<"$output")
	# shellcheck disable=SC2086 # one argument each
	diff <(printf '%s\n' $NPU1 $NPU2 $NPU3 $NPU4) <(host_devices $winners | sort)
	[ "$(lab pcitag leases | grep -c '^racer.* bound .* given ')" -eq 4 ]

	lab 'for n in 1 2 3 4 5; do virsh --quiet destroy racer$n 2>/dev/null & done; wait'
	nothing_touched
}

@test "a domain that names a leased device by address is refused by the hook within a second" {
	bare_define vm npu
	lab virsh --quiet start --paused vm
	native_define native $NPU1
	run lab 'virsh dumpxml native >/tmp/native.xml
		TIMEFORMAT=%R; time /etc/libvirt/hooks/qemu native prepare begin - </tmp/native.xml'
	[ "$status" -eq 1 ]
	[[ ${lines[0]} == "pcitag: domain 'native': hostdev $NPU1: its group "*" belongs to domain vm; stop that domain first" ]]
	[[ ${lines[1]} == 0.* ]]

	run lab timeout 20 virsh start native
	[ "$status" -eq 1 ]
	[[ $output == *"hostdev $NPU1: its group "*" belongs to domain vm"* ]]
	[ "$(lab_driver $NPU1)" = vfio-pci ]
	lab virsh --quiet destroy vm
	nothing_touched
}

@test "what a running domain has by address is not free for a tag" {
	native_define native $NPU1 $NPU2
	lab virsh --quiet start --paused native
	bare_define vm npu.0 npu.1
	bare_define late npu
	lab virsh --quiet start --paused vm
	diff <(printf '%s\n' $NPU3 $NPU4) <(host_devices vm | sort)

	run lab timeout 20 virsh start --paused late
	[ "$status" -eq 1 ]
	[[ $output == *"domain 'late': request npu: 4 devices of this host, none free: $NPU1: "*native*"; $NPU2: "*native*"; $NPU3: "*"domain vm"* ]]
	lab 'virsh --quiet destroy vm; virsh --quiet destroy native'
	nothing_touched
}

@test "a tag and an address want the same device at the same moment: one of them gets it" {
	bare_define tag npu
	native_define address $NPU1 $NPU2 $NPU3 $NPU4
	for round in 1 2 3; do
		run lab_inside start-together tag address
		echo "$round: $output"
		[ "$(grep -c ' started$' <<<"$output")" -eq 1 ]
		[[ $output == *"tag refused: "*"pcitag: domain 'tag': "*"domain address"* ||
			$output == *"address refused: "*"pcitag: domain 'address': "*"domain tag"* ]]
		lab 'virsh --quiet destroy $(virsh list --name)'
		nothing_touched
	done
}
