# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Functions that run test files of the pretend kernel's host inside the lab. Their statements about the
# engine, and those of the pretend kernel about Linux, must also be true on a real kernel.

load tagged

# engine_setup FILE: copies the file and the files that it loads into the lab.
engine_setup() {
	lab_clean
	cd "$LAB_DIR/.." || return
	tar -c engine/{helper.bash,daemon} pretend/helper.bash lab/machine.bash "$1" |
		lab 'mkdir -p /root/tests && tar -C /root/tests --no-same-owner -x && modprobe vfio-pci'
	lab_put ../build/pretend/holder /root/tests/holder
	lab_put ../build/pretend/daemon-call /root/tests/daemon-call
	lab 'chmod 755 /root/tests/holder /root/tests/daemon-call'
}

# in_lab_bats FILE: passes when all tests of the file pass in the lab and none was skipped; prints the tests
# that failed or were skipped.
in_lab_bats() {
	remember_host
	run lab "cd /root/tests && ON_REAL_KERNEL=1 PRETEND_REAL_KERNEL=1 PRETEND_HOLDER=/root/tests/holder bats --tap $1"
	# shellcheck disable=SC2154 # run sets them
	grep -iE -A 12 '^not ok|^ok .*# *skip' <<<"$output" || [ "$status" -eq 0 ] || echo "$output"
	[ "$status" -eq 0 ]
	# A file that ran nothing proves nothing.
	grep -q '^ok 1 ' <<<"$output"
	run grep -ciE '# *skip' <<<"$output"
	[ "$output" = 0 ]
	nothing_touched
}
