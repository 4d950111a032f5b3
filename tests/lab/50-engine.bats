#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The tests of the pretend kernel's host, on a real one: what they say of the engine, and what
# the pretend kernel says of Linux, must be true here as well.

load tagged

setup_file() {
	lab_clean
	cd "$LAB_DIR/.."
	lab 'mkdir -p /root/tests'
	tar -c engine/{helper.bash,daemon} engine/{10,20,40}-*.bats pretend/helper.bash pretend/kernel.bats lab/machine.bash |
		lab 'tar -C /root/tests --no-same-owner -x'
	lab_put ../build/pretend/holder /root/tests/holder
	lab 'chmod 755 /root/tests/holder; modprobe vfio-pci'
}

setup() {
	remember_host
}

# in_lab_bats FILE: passes when all tests of the file pass in the lab; prints those that do not.
in_lab_bats() {
	run lab "cd /root/tests && ON_REAL_KERNEL=1 PRETEND_REAL_KERNEL=1 PRETEND_HOLDER=/root/tests/holder bats --tap $1"
	grep -A 12 "^not ok" <<<"$output" || [ "$status" -eq 0 ] || echo "$output"
	[ "$status" -eq 0 ]
	# A file that ran nothing proves nothing.
	grep -q '^ok 1 ' <<<"$output"
	! grep -q '# skip' <<<"$output"
	nothing_touched
}

@test "the engine gives and takes back on a real kernel as on the pretend one" {
	in_lab_bats engine/10-prepare-release.bats
}

# Both decide from what the others show to be the same on every kernel, and a process is slow on an emulated
# CPU: each runs on one of the two.
@test "the engine refuses, and the command line shows, on a real kernel as on the pretend one" {
	case $LAB in
	bookworm*) in_lab_bats engine/20-refusals.bats ;;
	*) in_lab_bats engine/40-command-line.bats ;;
	esac
}

@test "Linux does what the pretend kernel says it does" {
	in_lab_bats pretend/kernel.bats
}
