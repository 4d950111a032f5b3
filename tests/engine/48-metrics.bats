#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # status, output and lines are set by bats
#
# This host in numbers, as Prometheus reads them.

load helper

setup_file() {
	pretend_host lab
}

setup() {
	pretend_reset
	lab_registry
	remember_host
}

teardown() {
	emulators_end
	drop_holder
}

teardown_file() {
	pretend_end
}

# metric SAMPLE: its value.
metric() {
	pcitag metrics | sed -n "s/^$1 //p"
}

# counters: the file.
counters() {
	local REPLY
	host_root
	echo "$REPLY/run/pcitag/counters"
}

@test "the format is what Prometheus documents, whatever the host is like" {
	pcitag metrics | "$ENGINE_DIR/exposition"
	prepare vm npu nic
	pcitag metrics | "$ENGINE_DIR/exposition"
	registry <<<'[Edu'
	pcitag metrics | "$ENGINE_DIR/exposition"
	lab_registry
	release vm
	nothing_touched
}

@test "devices by type, model and state" {
	prepare vm npu
	[ "$(metric 'pcitag_devices{type="npu",model="Edu",state="free"}')" = 3 ]
	[ "$(metric 'pcitag_devices{type="npu",model="Edu",state="leased"}')" = 1 ]
	[ "$(metric 'pcitag_devices{type="npu",model="Edu",state="quarantined"}')" = 0 ]
	[ "$(metric 'pcitag_leases{state="bound"}')" = 1 ]
	[ "$(metric pcitag_devices_known)" = 1 ]
	release vm
	[ "$(metric 'pcitag_leases{state="bound"}')" = 0 ]
}

@test "what is quarantined" {
	prepare vm npu
	hold_group "$(group_of $NPU1)"
	run -3 pcitag release --force vm
	[ "$(metric 'pcitag_leases{state="quarantined"}')" = 1 ]
	[ "$(metric pcitag_quarantined_devices)" = 1 ]
	[ "$(metric 'pcitag_devices{type="npu",model="Edu",state="quarantined"}')" = 1 ]
	drop_holder
	run -0 pcitag reconcile
	[ "$(metric pcitag_quarantined_devices)" = 0 ]
	nothing_touched
}

@test "a mistake in the registry, and in a lease, are seen" {
	[ "$(metric pcitag_registry_valid)" = 1 ]
	registry <<<'[Edu'
	[ "$(metric pcitag_registry_valid)" = 0 ]
	[ "$(metric pcitag_devices_known)" = 0 ]
	lab_registry
	prepare vm npu
	lease vm >"$BATS_TEST_TMPDIR/whole"
	damage_lease vm
	[ "$(metric pcitag_leases_readable)" = 0 ]
	[ "$(metric pcitag_devices_known)" = 0 ]
	local REPLY
	host_root
	cp "$BATS_TEST_TMPDIR/whole" "$REPLY/run/pcitag/leases/$(uuid_of vm).json"
	release vm
}

@test "starts and releases are counted by how they ended" {
	prepare vm npu
	release vm
	run -1 prepare vm nothing-like-this
	ctl fail write "*/$NPU1/driver_override" 1 EIO
	run -1 prepare vm npu
	[ "$(metric 'pcitag_starts_total{result="ready"}')" = 1 ]
	[ "$(metric 'pcitag_starts_total{result="refused"}')" = 1 ]
	[ "$(metric 'pcitag_starts_total{result="failed"}')" = 1 ]
	[ "$(metric 'pcitag_releases_total{result="done"}')" = 1 ]
	[ "$(metric 'pcitag_releases_total{result="failed"}')" = 0 ]
}

@test "a release that leaves something behind counts as failed" {
	settings <<<$'[pcitag]\nrelease_timeout = 1'
	prepare vm npu
	hold_group "$(group_of $NPU1)"
	release vm
	[ "$(metric 'pcitag_releases_total{result="failed"}')" = 1 ]
	drop_holder
	run -0 pcitag reconcile
}

@test "an untagged domain is not counted, and leaves nothing" {
	CONTAINER='' EMULATOR=/usr/bin/qemu-system-x86_64 prepare vm
	[ "$(metric 'pcitag_starts_total{result="ready"}')" = 0 ]
	[ ! -e "$(counters)" ]
	nothing_touched
}

@test "how long binding took" {
	prepare vm npu
	[ "$(metric pcitag_bind_seconds_count)" = 1 ]
	[ "$(metric 'pcitag_bind_seconds_bucket{le="+Inf"}')" = 1 ]
	[[ $(metric pcitag_bind_seconds_sum) =~ ^[0-9]+(\.[0-9]+)?$ ]]
	# A domain with native devices alone binds nothing.
	DEVICES=$(native $NIC1) prepare native
	[ "$(metric 'pcitag_starts_total{result="ready"}')" = 2 ]
	[ "$(metric pcitag_bind_seconds_count)" = 1 ]
	release native
	release vm
}

@test "many starts at once are all counted" {
	for i in {1..8}; do
		prepare "vm$i" no-such 3>&- &
	done
	wait
	[ "$(metric 'pcitag_starts_total{result="refused"}')" = 8 ]
}

@test "a broken file of counters fails no start, and counting begins anew" {
	prepare vm npu
	release vm
	for content in '' 'nonsense' "$(head -c 5000 /dev/zero | tr '\0' x)"; do
		printf %s "$content" >"$(counters)"
		[ "$(metric 'pcitag_starts_total{result="ready"}')" = 0 ]
		prepare vm npu
		[ "$(metric 'pcitag_starts_total{result="ready"}')" = 1 ]
		release vm
	done
	rm "$(counters)"
	mkdir "$(counters)"
	prepare vm npu
	release vm
	pcitag metrics | "$ENGINE_DIR/exposition"
	rmdir "$(counters)"
	mkfifo "$(counters)"
	prepare vm npu
	release vm
	pcitag metrics | "$ENGINE_DIR/exposition"
	rm "$(counters)"
	nothing_touched
}

@test "--output replaces a file all at once" {
	local file=$BATS_TEST_TMPDIR/pcitag.prom
	echo old >"$file"
	ln "$file" "$file.old"
	run -0 pcitag metrics --output "$file"
	[ -z "$output" ]
	"$ENGINE_DIR/exposition" <"$file"
	[ "$(stat -c %a "$file")" = 644 ]
	# Who had it open still has the old one.
	[ "$(<"$file.old")" = old ]
	[ "$(ls -A "$BATS_TEST_TMPDIR")" = $'pcitag.prom\npcitag.prom.old' ]
	(cd "$BATS_TEST_TMPDIR" && pcitag metrics --output here.prom && "$ENGINE_DIR/exposition" <here.prom)

	run -1 pcitag metrics --output "$BATS_TEST_TMPDIR/none/pcitag.prom"
	[ "$output" = "pcitag: cannot open the directory $BATS_TEST_TMPDIR/none: No such file or directory" ]
}

# as_owner DIR COMMAND: as the user who owns /var/lib/prometheus on a Debian, in there.
as_owner() {
	(cd "$1" && setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c "$2")
}

@test "the owner of a directory on the way cannot lead --output elsewhere" {
	local prometheus=$BATS_TEST_TMPDIR/prometheus elsewhere=$BATS_TEST_TMPDIR/elsewhere
	mkdir -p "$prometheus/node-exporter" "$elsewhere"
	chmod 711 "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR"
	chown nobody "$prometheus"
	as_owner "$prometheus" "mv node-exporter away && ln -s $elsewhere node-exporter"
	run -1 pcitag metrics --output "$prometheus/node-exporter/pcitag.prom"
	[ "$output" = "pcitag: cannot open the directory $prometheus/node-exporter: a symbolic link is in the path; write the path without it" ]
	[ -z "$(find "$elsewhere" "$prometheus" -name '*.prom*')" ]
	# Nor is it followed further up.
	run -1 pcitag metrics --output "$prometheus/node-exporter/../pcitag.prom"
	[ -z "$(find "$elsewhere" "$prometheus" -name '*.prom*')" ]
}

@test "what has the name of the temporary file is neither opened nor waited for" {
	local prometheus=$BATS_TEST_TMPDIR/prometheus
	mkdir "$prometheus"
	chmod 711 "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR"
	chown nobody "$prometheus"
	as_owner "$prometheus" 'mkfifo .pcitag.prom.tmp'
	run -0 timeout 20 nsenter --mount --target "$PRETEND_PID" -- \
		/usr/sbin/pcitag metrics --output "$prometheus/pcitag.prom"
	"$ENGINE_DIR/exposition" <"$prometheus/pcitag.prom"
	# A file of the owner's would stay his, and open, under the new name.
	as_owner "$prometheus" 'echo mine >.pcitag.prom.tmp'
	run -0 pcitag metrics --output "$prometheus/pcitag.prom"
	[ "$(stat -c %U "$prometheus/pcitag.prom")" = root ]
	[ "$(ls -A "$prometheus")" = pcitag.prom ]
}

@test "a lock that any user keeps on the counters delays no start" {
	prepare vm npu
	release vm
	in_pretend setpriv --reuid=nobody --regid=nogroup --clear-groups perl -e '
		use Fcntl;
		open(my $file, "<", "/run/pcitag/counters") or die;
		my $lock = pack("s s x4 q q l x4", F_RDLCK, 0, 0, 0, 0);
		fcntl($file, F_SETLK, $lock) or die;
		$| = 1; print "locked\n"; sleep 600' >"$BATS_TEST_TMPDIR/locked" 3>&- &
	local locker=$!
	soon grep -q locked "$BATS_TEST_TMPDIR/locked"
	prepare vm npu
	release vm
	kill "$locker"
	# Counted as well, which a start that gave up waiting would not be.
	[ "$(metric 'pcitag_starts_total{result="ready"}')" = 2 ]
	[ "$(metric 'pcitag_releases_total{result="done"}')" = 2 ]
	run -1 in_pretend setpriv --reuid=nobody --regid=nogroup --clear-groups cat /run/pcitag/counters.lock
}

@test "as JSON, and for everybody" {
	prepare vm npu
	run -0 in_pretend setpriv --reuid=nobody --regid=nogroup --clear-groups /usr/sbin/pcitag metrics --json
	[ "$(jq -c '.version' <<<"$output")" = 1 ]
	[ "$(jq -c '.metrics[] | select(.name == "pcitag_starts_total") | [.type, (.samples[] | [.name, .labels, .value])]' <<<"$output")" = \
		'["counter",["pcitag_starts_total",{"result":"ready"},1],["pcitag_starts_total",{"result":"refused"},0],["pcitag_starts_total",{"result":"failed"},0]]' ]
	release vm
}
