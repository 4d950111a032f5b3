#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # status, output and lines are set by bats
#
# A unit whose success proves something: what pcitag-units takes for a run that came to its end, and what not.

load helper

setup_file() { pretend_host lab; }
teardown_file() { pretend_end; }

setup() {
	pretend_reset
	systemd_start
}

teardown() {
	systemd_end
}

# not_run MESSAGE: the last command said no, for this reason.
not_run() {
	[ "$status" -eq 3 ]
	[ "$output" = "pcitag: erase.service: $1" ] || { echo "$output"; return 1; }
}

units() { in_pretend /usr/sbin/pcitag-units "$@"; }

@test "a oneshot that has run and ended with success" {
	unit erase.service 'type=oneshot'
	run -0 units run erase.service
	[ -z "$output" ]
	run -0 units run erase.service
	[ "$(unit_jobs)" = $'start erase.service\nstart erase.service' ]
}

@test "one that fails: its exit code, its signal" {
	unit erase.service 'type=oneshot' 'start=fail' 'exit=7'
	run units run erase.service
	not_run 'exit code 7'
	unit erase.service 'type=oneshot' 'start=kill'
	run units run erase.service
	not_run 'ended by signal 9'
}

@test "one that a condition keeps from running, for which systemd's job is done as well" {
	unit erase.service 'type=oneshot' 'start=skip'
	run -0 units start erase.service
	run units run erase.service
	not_run 'it did not run: a condition of it does not hold'
}

@test "one that is active already, or stays so, proves nothing" {
	unit erase.service 'type=oneshot' 'start=stay'
	run units run erase.service
	not_run 'it is active after its end; let it have no RemainAfterExit'
	run units run erase.service
	not_run 'it is active already; stop it, and let it have no RemainAfterExit'
	[ "$(unit_jobs)" = 'start erase.service' ]
}

@test "one of another type is not started" {
	unit erase.service
	run units run erase.service
	not_run 'it is of Type=simple, whose start proves nothing; write Type=oneshot'
	[ -z "$(unit_jobs)" ]
}

@test "one that is not there, and no systemd" {
	run units run erase.service
	[ "$status" -eq 3 ]
	unit erase.service 'type=oneshot' 'start=refuse'
	run units run erase.service
	not_run 'systemd accepts no job: systemd says: Unit erase.service not loaded.'
	kill -KILL "$SYSTEMD_PID"
	run -1 units run erase.service
	[ "$output" = 'pcitag: cannot reach systemd on the system bus: Connection refused' ]
}

@test "queue starts a unit and does not wait for it" {
	unit erase.service 'type=oneshot' 'start=hang'
	run -0 units queue erase.service
	[ "$(unit_state erase.service)" = activating ]
	run units queue other.service
	[ "$status" -eq 3 ]
	[ "$output" = 'pcitag: other.service: systemd accepts no job: systemd says: Unit other.service not loaded.' ]
}
