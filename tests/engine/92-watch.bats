#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # bats' run sets output and lines
# The stream of changes. The pretend kernel has no uevents: those of devices are told in unit/test_device_event.c.

load helper

setup_file() { pretend_host lab; }
teardown_file() { pretend_end; }

setup() {
	pretend_reset
	lab_registry
	root=/proc/$PRETEND_PID/root
	rm -rf "$root/run/pcitag" "$root/var/lib/pcitag"
	out=$BATS_TEST_TMPDIR/events
}

teardown() {
	end_watch
	emulators_end
}

# watch [OPTION...]: starts it and waits until it is ready. READER has its standard input open.
watch() {
	mkfifo "$BATS_TEST_TMPDIR/stdin"
	in_pretend /usr/sbin/pcitag watch "$@" <"$BATS_TEST_TMPDIR/stdin" >"$out" 2>&1 3>&- &
	WATCH=$!
	perl -e 'sleep 600' >"$BATS_TEST_TMPDIR/stdin" 3>&- &
	READER=$!
	soon grep -q ready "$out"
}

# end_watch: as when the reader ends: standard input is closed.
end_watch() {
	[[ -n ${WATCH-} ]] || return 0
	kill "$READER"
	wait "$WATCH" || true
	unset WATCH
}

# events FILTER: what jq makes of each event behind the first, one a line.
events() { tail -n +2 "$out" | jq -c "$1"; }

# told FILTER: an event for which it is true has been printed.
told() { [[ -n $(events "select($1)") ]]; }

@test "the first line says that every later change is told" {
	watch --json
	[ "$(head -1 "$out")" = '{"event":"ready","version":1,"unseen":null}' ]
}

@test "a lease is told with its domain, its state and its devices: made, changed, removed" {
	watch --json
	prepare vm npu
	soon told '.event == "lease" and .state == "bound"'
	[ "$(events 'select(.state == "bound") | [.domain, .uuid, .addresses]')" = \
		"[\"vm\",\"$(uuid_of vm)\",[\"$NPU1\"]]" ]
	release vm
	soon told '.event == "lease" and .change == "removed"'
	[ "$(events 'select(.change == "removed") | [.domain, .uuid]')" = "[\"vm\",\"$(uuid_of vm)\"]" ]
	[ -z "$(events 'select(.event == "overflow")')" ]
}
