#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Units of systemd that must let go of a device, and those that run while it is assigned. The systemd here is
# tests/pretend/systemd.c; the programs reach it as they reach the real one.

load helper

GPU1=0000:01:00.0 SOUND1=0000:01:00.1 GPU2=0000:02:00.0

setup_file() { pretend_host gpu; }
teardown_file() { pretend_end; }

# The nodes of the cards are those of /dev/full and /dev/zero, which any process can open.
setup() {
	pretend_reset
	settings <<<$'[pcitag]\nbind_timeout = 20'
	card_registry 'stop_units = display-manager.service, persistenced.service'
	systemd_start
	ctl set $GPU1 char=drm/card0@1:7
	unit gdm.service 'node=/dev/full'
	unit display-manager.service 'alias=gdm.service'
	unit persistenced.service
	remember_host
}

teardown() {
	end_log
	[[ -z ${BUSY_PID-} ]] || kill -KILL "$BUSY_PID" 2>/dev/null || true
	systemd_end
}

# card_registry LINE...: the first card alone, with these lines.
card_registry() {
	local line
	{
		printf '%s\n' '[GPU]' 'type = gpu' 'vendor = 10de' 'device = 2204' "address = ${CARDS-$GPU1}" 'functions = all'
		for line; do echo "$line"; done
	} | registry
}

# started UNIT...: these units were active, and what they do from now on is noted.
started() {
	local name
	for name; do start_unit "$name"; done
	clear_unit_jobs
}

# lent: the domain has the first card.
lent() {
	[ "$(driver_of $GPU1)" = vfio-pci ]
	[ "$(driver_of $SOUND1)" = vfio-pci ]
	lease_says vm bound
	[[ $(placeholder vm/gpu) == */device/$GPU1* ]]
}

# stayed: no function has left its driver.
stayed() {
	[[ $(writes) != *unbind* && $(writes) != *probe* ]] || { writes; return 1; }
}

# as_it_was: no lease, no link, every driver, and these jobs of systemd in this order.
as_it_was() {
	nothing_touched
	[ "$(unit_jobs)" = "$1" ] || { echo "jobs: $(unit_jobs)"; return 1; }
}

# pid_of UNIT: prints the pid of its main process.
pid_of() {
	local REPLY pid
	host_root
	read -r _ pid <"$REPLY/run/pretend-units/$1.state"
	echo "$pid"
}

@test "a unit that holds the card is stopped, and started again when the card is back" {
	started gdm.service
	start_log
	pid=$(pid_of gdm.service)
	prepare vm gpu
	lent
	[ "$(unit_state gdm.service)" = inactive ]
	[[ $(lease vm | tr -d ' \n') == *'"version":2,'*'"units":[{"unit":"gdm.service","action":"stopped","group":15}]'* ]]
	release vm
	[ "$(unit_state gdm.service)" = active ]
	as_it_was $'stop gdm.service\nstart gdm.service'
	grep -q "domain 'vm': stopping gdm.service: process $pid (unit-main) has /dev/drm/card0 open" "$BATS_TEST_TMPDIR/log"
	grep -q "domain 'vm': gdm.service is started again" "$BATS_TEST_TMPDIR/log"
}

@test "a unit that does not hold the card is left alone, and one that was not active is not started" {
	started persistenced.service
	prepare vm gpu
	lent
	[[ $(lease vm) != *units* ]]
	release vm
	[ "$(unit_state persistenced.service)" = active ]
	[ "$(unit_state gdm.service)" = inactive ]
	as_it_was ''
}

@test "two units are stopped in the order of the registry, and started in the reverse" {
	unit persistenced.service 'node=/dev/full'
	started gdm.service persistenced.service
	prepare vm gpu
	lent
	release vm
	as_it_was $'stop gdm.service\nstop persistenced.service\nstart persistenced.service\nstart gdm.service'
}

@test "the sessions that a display manager began end with it, and what a user's manager runs in them" {
	unit gdm.service 'session=c2 1000 /dev/full' 'user=1000 /dev/full'
	started gdm.service
	prepare vm gpu
	lent
	release vm
	as_it_was $'stop gdm.service\nstart gdm.service'
}

@test "a session that a display manager leaves behind is ended, once it had time to end by itself" {
	unit gdm.service 'node=/dev/full' 'lasting=c2 1000 /dev/full' 'user=1000 /dev/null'
	started gdm.service
	start_log
	prepare vm gpu
	lent
	release vm
	as_it_was $'stop gdm.service\nstop session-c2.scope\nstart gdm.service'
	grep -q "domain 'vm': stopping session-c2.scope, which gdm.service has left behind: process [0-9]* (compositor) has /dev/drm/card0 open" "$BATS_TEST_TMPDIR/log"
}

@test "a session that does not end either: refused, and the display manager runs again" {
	settings <<<$'[pcitag]\nbind_timeout = 5'
	unit gdm.service 'lasting=c2 1000 /dev/full'
	started gdm.service
	unit session-c2.scope stop=idle
	run prepare vm gpu
	[ "$status" -eq 1 ]
	[[ $output == *"its units have stopped, but: $GPU1 is still used by the host: process "*" (compositor) has /dev/drm/card0 open"* ]]
	as_it_was $'stop gdm.service\nstop session-c2.scope\nstart gdm.service'
}

@test "a process of a session that another unit began refuses, and is named" {
	unit gdm.service 'node=/dev/full'
	unit getty@tty2.service 'session=4 1000 /dev/full'
	started gdm.service getty@tty2.service
	run prepare vm gpu
	[[ $output =~ 'used by the host: process '[0-9]+' (compositor) has /dev/drm/card0 open, and session-4.scope is not in stop_units' ]]
	[ "$status" -eq 1 ]
	as_it_was ''
}

@test "a user's process in a group that is called like the unit is not the unit's" {
	sleep 60 9</dev/full 3>&- &
	BUSY_PID=$!
	echo '0::/user.slice/user-1000.slice/user@1000.service/display-manager.service' >"$BATS_TEST_TMPDIR/cgroup"
	in_pretend mount --bind "$BATS_TEST_TMPDIR/cgroup" "/proc/$BUSY_PID/cgroup"
	unit gdm.service
	started gdm.service
	run prepare vm gpu
	[[ $output == *"process $BUSY_PID (sleep) has /dev/drm/card0 open, and user@1000.service is not in stop_units"* ]]
	[ "$status" -eq 1 ]
	as_it_was ''
}

@test "a card whose unit has to stop for it counts for a cluster, one that anybody else holds does not" {
	started gdm.service
	[ "$(pcitag capacity | grep '^gpu=')" = gpu=1 ]
	# It was only looked at.
	[ "$(unit_state gdm.service)" = active ]
	stayed
	prepare vm gpu
	lent
	# The domain is not the cluster's.
	[ "$(pcitag capacity | grep '^gpu=')" = gpu=0 ]
	release vm
	as_it_was $'stop gdm.service\nstart gdm.service'
	sleep 60 9</dev/full 3>&- &
	BUSY_PID=$!
	[ "$(pcitag capacity | grep '^gpu=')" = gpu=0 ]
}

@test "a card that no process holds is preferred to one that a unit holds, whatever the address" {
	CARDS="$GPU1 $GPU2" card_registry 'stop_units = gdm.service'
	started gdm.service
	prepare vm gpu
	[ "$(driver_of $GPU2)" = vfio-pci ]
	[ "$(driver_of $GPU1)" = nouveau ]
	prepare vm2 gpu
	[ "$(driver_of $GPU1)" = vfio-pci ]
	[ "$(unit_state gdm.service)" = inactive ]
	release vm2
	release vm
	as_it_was $'stop gdm.service\nstart gdm.service'
}

@test "a model without the key refuses as ever" {
	card_registry
	started gdm.service
	run prepare vm gpu
	[[ $output == *"used by the host: process $(pid_of gdm.service) (unit-main) has /dev/drm/card0 open" ]]
	[ "$status" -eq 1 ]
	as_it_was ''
}

@test "force takes the host's console, but no open node where stop_units says who is to close it" {
	ctl set $GPU1 boot_vga=1
	card_registry 'stop_units = gdm.service' "force = $GPU1"
	remember_host
	started gdm.service
	sleep 60 9</dev/full 3>&- &
	BUSY_PID=$!
	run prepare vm gpu
	[[ $output == *"process $BUSY_PID (sleep) has /dev/drm/card0 open"* ]]
	[ "$status" -eq 1 ]
	as_it_was ''
	kill -KILL $BUSY_PID
	wait $BUSY_PID || true
	prepare vm gpu
	lent
	release vm
	as_it_was $'stop gdm.service\nstart gdm.service'
}

# ---- what goes wrong ---------------------------------------------------------------------------------------

@test "a unit that hangs refuses with its name and state, and what was stopped before is started again" {
	# Long enough for the first unit on a busy machine; the second takes all of it.
	settings <<<$'[pcitag]\nbind_timeout = 5'
	card_registry 'stop_units = persistenced.service gdm.service'
	unit persistenced.service 'node=/dev/full'
	unit gdm.service 'node=/dev/full' 'stop=hang'
	started gdm.service persistenced.service
	run prepare vm gpu
	[ "$output" = "pcitag: domain 'vm': cannot free its devices: gdm.service does not stop in time; it is deactivating" ]
	[ "$status" -eq 1 ]
	[ "$(unit_state gdm.service)" = active ]
	[ "$(unit_state persistenced.service)" = active ]
	stayed
	as_it_was $'stop persistenced.service\nstop gdm.service\nstart gdm.service\nstart persistenced.service'
}

@test "a unit that fails to stop refuses with the job's result" {
	unit gdm.service 'node=/dev/full' 'stop=fail'
	started gdm.service
	run prepare vm gpu
	[ "$output" = "pcitag: domain 'vm': cannot free its devices: gdm.service: the result of systemd's job is failed; it is active" ]
	[ "$status" -eq 1 ]
	stayed
	as_it_was $'stop gdm.service\nstart gdm.service'
}

@test "a unit that dies half-stopped refuses, and is started again" {
	unit gdm.service 'node=/dev/full' 'stop=half'
	started gdm.service
	run prepare vm gpu
	[ "$output" = "pcitag: domain 'vm': cannot free its devices: gdm.service: the result of systemd's job is failed; it is failed" ]
	[ "$status" -eq 1 ]
	[ "$(unit_state gdm.service)" = active ]
	as_it_was $'stop gdm.service\nstart gdm.service'
}

@test "a unit that must not be stopped by hand refuses" {
	unit gdm.service 'node=/dev/full' 'stop=refuse'
	started gdm.service
	run prepare vm gpu
	[[ $output == "pcitag: domain 'vm': cannot free its devices: gdm.service: systemd accepts no job: systemd says: "*"; it is active" ]]
	[ "$status" -eq 1 ]
	[ "$(unit_state gdm.service)" = active ]
	nothing_touched
}

@test "a process that stays when its unit has stopped refuses, and the unit is started again" {
	settings <<<$'[pcitag]\nbind_timeout = 1'
	unit gdm.service 'node=/dev/full' 'stop=idle'
	started gdm.service
	pid=$(pid_of gdm.service)
	run prepare vm gpu
	[ "$output" = "pcitag: domain 'vm': its units have stopped, but: $GPU1 is still used by the host: process $pid (unit-main) has /dev/drm/card0 open" ]
	[ "$status" -eq 1 ]
	stayed
	as_it_was $'stop gdm.service\nstart gdm.service'
}

@test "a unit that fails to start again is said, and keeps no device" {
	unit gdm.service 'node=/dev/full' 'start=ok'
	started gdm.service
	prepare vm gpu
	unit gdm.service 'node=/dev/full' 'start=fail'
	start_log
	release vm
	[ "$(unit_state gdm.service)" = failed ]
	as_it_was $'stop gdm.service\nstart gdm.service'
	grep -q "domain 'vm': its devices are back, but gdm.service is not started again: gdm.service: the result of systemd's job is failed; it is failed" "$BATS_TEST_TMPDIR/log"
}

@test "a unit that hangs when it is started again holds up the end for seconds, and is said" {
	settings <<<$'[pcitag]\nrelease_timeout = 1'
	started gdm.service
	prepare vm gpu
	unit gdm.service 'node=/dev/full' 'start=hang'
	start_log
	begin=$EPOCHREALTIME
	release vm
	within 8000 "$begin"
	[ "$(driver_of $GPU1)" = nouveau ]
	[ "$(lease vm)" = '' ]
	grep -q "domain 'vm': its devices are back, but gdm.service is not started again: gdm.service does not start in time; it is activating" "$BATS_TEST_TMPDIR/log"
}

@test "without systemd the start is refused as without the key, and the journal says why" {
	started gdm.service
	kill -KILL "$SYSTEMD_PID"
	start_log
	run prepare vm gpu
	[[ $output == *"used by the host: process $(pid_of gdm.service) (unit-main) has /dev/drm/card0 open" ]]
	[ "$status" -eq 1 ]
	nothing_touched
	grep -q "domain 'vm': what its stop_units hold cannot be told: cannot reach systemd on the system bus: Connection refused" "$BATS_TEST_TMPDIR/log"
}

@test "a binding that fails after the unit was stopped returns the card, and then starts the unit" {
	started gdm.service
	ctl set $GPU1 probe-fails=vfio-pci:EIO
	run prepare vm gpu
	[ "$status" -eq 1 ]
	[ "$(unit_state gdm.service)" = active ]
	[ "$(driver_of $GPU1)" = nouveau ]
	ctl set $GPU1 probe-fails=0
	as_it_was $'stop gdm.service\nstart gdm.service'
}

# ---- every other way back ----------------------------------------------------------------------------------

@test "reconcile starts it again when libvirt's daemon has died, and after a crash in between" {
	started gdm.service
	prepare vm gpu
	daemon_kill
	pcitag reconcile
	[ "$(unit_state gdm.service)" = active ]
	as_it_was $'stop gdm.service\nstart gdm.service'
}

@test "an engine that is killed while a unit stops, with its daemon: reconcile starts what was and what was not stopped" {
	card_registry 'stop_units = persistenced.service gdm.service'
	unit persistenced.service 'node=/dev/full'
	unit gdm.service 'node=/dev/full' 'stop=hang'
	started gdm.service persistenced.service
	prepare vm gpu 2>/dev/null 3>&- &
	hook=$!
	soon gdm_is_stopping
	[ "$(unit_state persistenced.service)" = inactive ]
	lease_says vm binding
	[[ $(lease vm | tr -d ' \n') == *'"units":[{"unit":"persistenced.service","action":"stopped","group":15},{"unit":"gdm.service","action":"stopped","group":15}]'* ]]
	in_pretend pkill -KILL -xf 'pcitag-engine hook vm prepare begin -'
	daemon_kill
	wait $hook || true
	unit gdm.service 'node=/dev/full'
	pcitag reconcile
	[ "$(unit_state persistenced.service)" = active ]
	[ "$(unit_state gdm.service)" = active ]
	as_it_was $'stop persistenced.service\nstop gdm.service\nstart gdm.service\nstart persistenced.service'
}

gdm_is_stopping() { [[ $(unit_jobs) == *'stop gdm.service' ]]; }

@test "release --force starts it again" {
	started gdm.service
	prepare vm gpu
	pcitag release --force vm
	[ "$(unit_state gdm.service)" = active ]
	as_it_was $'stop gdm.service\nstart gdm.service'
}

@test "a release that finds the card open starts the unit only when the card is back" {
	settings <<<$'[pcitag]\nbind_timeout = 20\nrelease_timeout = 1'
	started gdm.service
	prepare vm gpu
	hold_group 15
	release vm
	lease_says vm quarantined
	[ "$(unit_state gdm.service)" = inactive ]
	drop_holder
	pcitag reconcile
	[ "$(unit_state gdm.service)" = active ]
	as_it_was $'stop gdm.service\nstart gdm.service'
}

@test "after a reset of the host pcitag does not start it: the boot has" {
	local REPLY
	started gdm.service
	prepare vm gpu
	pcitag release --force vm
	clear_unit_jobs
	prepare vm gpu
	host_root
	sed -i 's/"boot_id":"[^"]*"/"boot_id":"00000000-0000-0000-0000-000000000000"/' \
		"$REPLY/run/pcitag/leases/$(uuid_of vm).json"
	pcitag reconcile
	[ "$(unit_jobs)" = 'stop gdm.service' ]
	[ "$(lease vm)" = '' ]
}

# ---- start_units -------------------------------------------------------------------------------------------

@test "start_units run while the card is assigned; a template gets the card's address" {
	card_registry 'start_units = pcitag-fabric@.service, helper.service'
	unit "pcitag-fabric@$GPU1.service"
	unit helper.service
	start_unit helper.service
	clear_unit_jobs
	prepare vm gpu
	lent
	[ "$(unit_state "pcitag-fabric@$GPU1.service")" = active ]
	[[ $(lease vm | tr -d ' \n') == *'"units":[{"unit":"pcitag-fabric@0000:01:00.0.service","action":"started","group":15}]'* ]]
	release vm
	[ "$(unit_state helper.service)" = active ]
	as_it_was "start pcitag-fabric@$GPU1.service"$'\n'"stop pcitag-fabric@$GPU1.service"
}

@test "units are stopped before others are started, and all of it is undone in reverse" {
	card_registry 'stop_units = gdm.service' 'start_units = helper.service'
	unit helper.service
	started gdm.service
	prepare vm gpu
	lent
	release vm
	as_it_was $'stop gdm.service\nstart helper.service\nstop helper.service\nstart gdm.service'
}

@test "a start unit that fails refuses, and the display manager is back" {
	card_registry 'stop_units = gdm.service' 'start_units = helper.service'
	unit helper.service 'start=fail'
	started gdm.service
	run prepare vm gpu
	[ "$output" = "pcitag: domain 'vm': cannot start what its devices need: helper.service: the result of systemd's job is failed; it is failed" ]
	[ "$(unit_state gdm.service)" = active ]
	stayed
	as_it_was $'stop gdm.service\nstart helper.service\nstop helper.service\nstart gdm.service'
}

@test "a start unit of two domains is stopped by the last of them" {
	CARDS="$GPU1 $GPU2" card_registry 'start_units = helper.service'
	unit helper.service
	prepare vm gpu
	prepare vm2 gpu
	release vm
	[ "$(unit_state helper.service)" = active ]
	release vm2
	[ "$(unit_state helper.service)" = inactive ]
	nothing_touched
}

@test "a start unit that this host does not have refuses" {
	card_registry 'start_units = nothing.service'
	run prepare vm gpu
	[[ $output == "pcitag: domain 'vm': cannot start what its devices need: nothing.service: systemd accepts no job: systemd says: Unit nothing.service not loaded."* ]]
	[ "$status" -eq 1 ]
	nothing_touched
}

# ---- what is said in advance --------------------------------------------------------------------------------

# plan [WORD...]: what a start of the domain would do.
plan() { domain_xml vm gpu | pcitag plan "$@" -; }

@test "plan shows what would be stopped, why, and whose session ends; nothing is" {
	unit gdm.service 'node=/dev/full' 'session=c2 1000 /dev/full'
	started gdm.service
	run -0 plan
	[[ $output == *"unit-main ($(pid_of gdm.service)) has /dev/drm/card0 open; display-manager.service (gdm.service) would be stopped: the graphical session of uid 1000 ends"* ]]
	[[ $output == *"domain 'vm': would start" ]]
	run -0 plan --json
	[ "$(jq -c '.units' <<<"$output")" = "[{\"unit\":\"gdm.service\",\"action\":\"stop\",\"listed_as\":\"display-manager.service\",\"command\":\"unit-main\",\"node\":\"/dev/drm/card0\",\"pid\":$(pid_of gdm.service),\"session_uid\":1000}]" ]
	as_it_was ''
}

@test "plan shows what would be started; where a card is free, nothing would be stopped" {
	CARDS="$GPU1 $GPU2" card_registry 'stop_units = gdm.service' 'start_units = pcitag-fabric@.service'
	unit "pcitag-fabric@$GPU2.service"
	started gdm.service
	run -0 plan
	[[ $output == *"would start pcitag-fabric@$GPU2.service, and stop it when they are back"* ]]
	[[ $output != *'would be stopped'* ]]
	as_it_was ''
}

@test "plan without systemd refuses as without the key, and says why" {
	started gdm.service
	kill -KILL "$SYSTEMD_PID"
	run plan
	[[ $output == *"has /dev/drm/card0 open; what its stop_units hold cannot be told: cannot reach systemd on the system bus: "* ]]
	[ "$status" -eq 1 ]
	nothing_touched
}

@test "check names the units that this host does not have, or cannot run" {
	card_registry 'stop_units = display-manager.service, masked.service' 'start_units = pcitag-fabric@.service, helper.service'
	unit masked.service 'load=masked'
	unit helper.service
	run pcitag check
	[[ $output == *"WARN  model "*"GPU: stop_units names masked.service, which systemd cannot run: it is masked"* ]]
	[[ $output == *"WARN  model "*"GPU: start_units names pcitag-fabric@.service, which this host does not have"* ]]
	[[ $output != *"names display-manager.service"* && $output != *"names helper.service"* ]]
	unit 'pcitag-fabric@0000:00:00.0.service'
	unit masked.service
	run pcitag check
	[[ $output != *"_units names"* ]]
	kill -KILL "$SYSTEMD_PID"
	run pcitag check
	[[ $output == *"GPU: the units that it names cannot be looked up: cannot reach systemd"* ]]
}
