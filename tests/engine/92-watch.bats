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

# watch [OPTION...]: starts it, as the user USER_IS, and waits until it is ready. READER has its standard input open.
watch() {
	mkfifo "$BATS_TEST_TMPDIR/stdin"
	in_pretend setpriv --reuid="${USER_IS-root}" --clear-groups /usr/sbin/pcitag watch "$@" <"$BATS_TEST_TMPDIR/stdin" >"$out" 2>&1 3>&- &
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

@test "a lease that cannot be returned is told as quarantined" {
	watch --json
	prepare vm npu
	soon told '.event == "lease" and .state == "bound"'
	ctl stall write "*/$NPU1/driver/unbind" '*'
	ctl stall write '*/vfio-pci/unbind' '*'
	release vm
	soon told '.change == "quarantined" and .state == "quarantined" and .domain == "vm"'
	ctl release
}

@test "leases are told when their directory is removed and made again" {
	watch --json
	prepare vm npu
	soon told '.state == "bound"'
	release vm
	soon told '.change == "removed"'
	rm -rf "$root/run/pcitag"
	prepare other npu
	soon told '.domain == "other" and .state == "bound"'
	release other
}

@test "a device that is held, and a finding, are told with the address in their names" {
	watch --json
	in_pretend mkdir -p /var/lib/pcitag/used /var/lib/pcitag/unwell
	echo '{}' >"$root/var/lib/pcitag/used/$NPU1.json"
	echo '{}' >"$root/var/lib/pcitag/unwell/$NPU2.json"
	soon told ".event == \"held\" and .change == \"made\" and .address == \"$NPU1\""
	soon told ".event == \"finding\" and .change == \"made\" and .address == \"$NPU2\" and .state == \"out\""
	rm "$root/var/lib/pcitag/unwell/$NPU2.json"
	soon told ".event == \"finding\" and .change == \"removed\" and .address == \"$NPU2\""
}

@test "a file of the registry is told, whether it is replaced or written to" {
	watch --json
	in_pretend mkdir -p /etc/pcitag/registry.d
	echo '[Edu]' >"$root/etc/pcitag/registry.d/edu.ini"
	soon told '.event == "registry" and .change == "made" and .file == "/etc/pcitag/registry.d/edu.ini"'
	echo '; a comment' >>"$root/etc/pcitag/registry.d/edu.ini"
	soon told '.event == "registry" and .change == "changed" and .file == "/etc/pcitag/registry.d/edu.ini"'
	rm "$root/etc/pcitag/registry.d/edu.ini"
	soon told '.event == "registry" and .change == "removed"'
}

@test "what happens at once is told once" {
	local i
	watch --json
	for i in {1..50}; do echo "; $i" >>"$root/etc/pcitag/pcitag.ini"; done
	soon told '.file == "/etc/pcitag/pcitag.ini"'
	[ "$(events 'select(.file == "/etc/pcitag/pcitag.ini")' | wc -l)" -lt 25 ]
	settings </dev/null
}

@test "a change is told within a second" {
	local begin
	watch --json
	begin=$(milliseconds)
	prepare vm npu
	soon told '.event == "lease"'
	# With the time that the start took.
	[ $(($(milliseconds) - begin)) -lt $((1000 + $(start_ms))) ]
	release vm
}

# start_ms: how long a start and an end of another domain take.
start_ms() {
	local begin
	begin=$(milliseconds)
	prepare other npu >/dev/null
	echo $(($(milliseconds) - begin))
	release other >/dev/null
}

@test "changes that the kernel could not keep are told as an overflow, and what comes behind it is told again" {
	local limit
	limit=$(</proc/sys/fs/inotify/max_queued_events)
	watch --json
	prepare vm npu
	soon told '.event == "lease" and .state == "bound"'
	pkill -STOP -P "$WATCH"
	# Each file is made, closed and removed.
	in_pretend perl -e 'for my $i (1 .. shift) { my $f = "/run/pcitag/leases/$i"; open(my $h, ">", $f) or die; close $h; unlink $f }' \
		"$((limit / 3 + 100))"
	release vm
	[ -z "$(events 'select(.change == "removed")')" ]
	pkill -CONT -P "$WATCH"
	soon told '.event == "overflow"'
	[ "$(events 'select(.event == "overflow")' | sort -u)" = '{"event":"overflow"}' ]
	prepare other npu
	soon told '.domain == "other" and .state == "bound"'
	release other
}

@test "for people a line has the time and what has changed" {
	watch
	prepare vm npu
	soon grep -qE "^[0-9-]+ [0-9:]+  lease of domain 'vm' (made|changed), bound: $NPU1\$" "$out"
	release vm
}

@test "it ends when its standard input is closed, on SIGTERM, and when its reader ends" {
	local status
	watch --json
	kill "$READER"
	wait "$WATCH"
	in_pretend timeout --preserve-status 1 /usr/sbin/pcitag watch </dev/null >/dev/null
	# shellcheck disable=SC2016 # it is for the inner shell
	status=$(in_pretend bash -c '/usr/sbin/pcitag watch </dev/null | head -1 >/dev/null; echo ${PIPESTATUS[0]}')
	[ "$status" -eq 0 ]
	unset WATCH
}

@test "any user may watch leases and the registry" {
	USER_IS=nobody watch --json
	[ "$(head -1 "$out")" = '{"event":"ready","version":1,"unseen":null}' ]
	prepare vm npu
	soon told '.domain == "vm" and .state == "bound"'
	release vm
}
