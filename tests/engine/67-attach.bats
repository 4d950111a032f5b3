#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # status, output and lines are set by bats
#
# Devices for domains that run already, and out of them again. libvirt is played by a program in the place
# of pcitag-domain.

load helper

setup_file() {
	local REPLY
	pretend_host lab
	host_root
	cp "$BATS_TEST_DIRNAME/pcitag-domain" "$REPLY/usr/bin/pcitag-domain"
}

setup() {
	pretend_reset
	lab_registry
	libvirt_root
	rm -rf "$LIBVIRT"
	mkdir -p "$LIBVIRT/domains" "$LIBVIRT/defined"
	remember_host
}

teardown() {
	emulators_end
	systemd_end
}

teardown_file() {
	pretend_end
}

libvirt_root() {
	local REPLY
	host_root
	LIBVIRT=$REPLY/run/stand-in
}

# libvirt_will WORD: see tests/engine/pcitag-domain.
libvirt_will() {
	echo "$1" >"$LIBVIRT/does"
}

# runs NAME [REQUEST...]: from now on this domain runs; one without requests has nothing of ours in its XML.
runs() {
	if [[ $# -eq 1 ]]; then
		CONTAINER='' EMULATOR=/usr/bin/qemu-system-x86_64 domain_xml "$1" >"$LIBVIRT/domains/$1.xml"
	else
		prepare "$@"
		domain_xml "$@" >"$LIBVIRT/domains/$1.xml"
	fi
	emulator "$1"
}

# ends NAME: its emulator is gone, and libvirt calls the hook with what the domain was at the end.
ends() {
	local xml=$LIBVIRT/domains/$1.xml addr
	for addr in $(guest_has "$1"); do
		ctl unhold "$(group_of "$addr")" 2>/dev/null || true
	done
	emulators_end
	mv "$xml" "$LIBVIRT/ended.xml"
	in_daemon "$HOOK" "$1" release end - <"$LIBVIRT/ended.xml"
}

# lets_go NAME ADDR: the guest has, and libvirt has taken it out of the domain.
lets_go() {
	sed -i "s|$(native "$2")||" "$LIBVIRT/domains/$1.xml"
	ctl unhold "$(group_of "$2")"
}

# guest_has NAME: the addresses that libvirt has put into it.
guest_has() {
	sed -nE "s/.*domain='0x(....)' bus='0x(..)' slot='0x(..)' function='0x(.)'.*/\1:\2:\3.\4/p" \
		<<<"$(sed 's/<hostdev/\n<hostdev/g' "$LIBVIRT/domains/$1.xml")"
}

@test "a domain that asked for nothing gets a device while it runs, and returns it at its end" {
	runs vm
	run -0 pcitag attach vm npu
	[ "$output" = "domain 'vm': npu: $NPU1 attached" ]
	[ "$(guest_has vm)" = $NPU1 ]
	[ "$(driver_of $NPU1)" = vfio-pci ]
	lease_says vm bound
	run -0 pcitag leases
	[[ ${lines[1]} == "vm "*" bound "*" $NPU1 "*" given "*" npu (attached) "* ]]

	ends vm
	nothing_touched
}

@test "an attached device is libvirt's: it has no option of its model, and needs no ROM file" {
	local REPLY
	host_root
	sed 's/^type = npu$/&\nromfile = gone.rom\nrombar = off/' < <(machine_registry) >"$REPLY/etc/pcitag/registry.ini"
	runs vm
	run -0 pcitag attach vm npu
	[ "$(guest_has vm)" = $NPU1 ]
	[ "$(placeholder "device/$NPU1")" = "/dev/vfio/$(group_of $NPU1)" ]
	[[ $(lease vm) != *options* ]]
	ends vm
	nothing_touched
}

@test "errors while it is attached count against it, those of before do not" {
	ctl set $NPU1 aer=1:5
	runs vm
	run -0 pcitag attach vm npu
	[[ $(lease vm) == *'"fatal_errors":1,'*'"nonfatal_errors":5'* ]]
	run -0 pcitag detach vm npu
	run -0 pcitag show $NPU1
	[[ $output == *"verdict      is free"* ]]
	run -0 pcitag attach vm npu
	ctl set $NPU1 aer=1:6
	ends vm
	run -0 pcitag show $NPU1
	[[ $output == *"verdict      is degraded, and taken last: 1 nonfatal error (AER) while domain vm had it, "* ]]
	run -0 pcitag test $NPU1
	nothing_touched
}

@test "an attach that libvirt refuses leaves nothing against the device" {
	ctl set $NPU1 aer=1:5
	runs vm
	libvirt_will refuse
	run -1 pcitag attach vm npu
	run -0 pcitag show $NPU1
	[[ $output == *"verdict      is free"* ]]
	ends vm
}

@test "the whole group goes, one function reaches the guest" {
	runs vm
	run -0 pcitag attach vm dual.0
	[ "$(guest_has vm)" = $DUAL0 ]
	[ "$(driver_of $DUAL1)" = vfio-pci ]
	run -0 pcitag leases
	[[ $output == *" $DUAL1 "*" held "* ]]
	ends vm
	nothing_touched
}

@test "functions = all: each in a slot of its own" {
	runs vm
	run -0 pcitag attach vm card
	[ "$output" = "domain 'vm': card: $DUAL0 $DUAL1 attached" ]
	[ "$(guest_has vm | sort | xargs)" = "$DUAL0 $DUAL1" ]
	run -0 pcitag detach vm $DUAL1
	[ "$output" = "domain 'vm': card: $DUAL0 $DUAL1 detached and returned" ]
	[ -z "$(guest_has vm)" ]
	nothing_touched
}

@test "functions = all: when libvirt takes one and not the other, both are returned" {
	runs vm
	libvirt_will refuse-second
	run pcitag attach vm card
	refused "domain 'vm': request card: libvirt: internal error: No more available PCI slots"
	[ -z "$(guest_has vm)" ]
}

@test "what came with the start stays what it was" {
	runs vm npu nic
	state=$(host_state)
	given=$(lease vm)
	run -0 pcitag attach vm npu.1
	[ "$(guest_has vm)" = $NPU2 ]
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU1" ]
	run -0 pcitag detach vm npu.1
	[ "$(host_state)" = "$state" ]
	[ "$(lease vm)" = "$given" ]

	run -0 pcitag attach vm npu.1
	ends vm
	nothing_touched
}

@test "libvirt says no: everything is undone, its reason is told, what came with the start stays" {
	runs plain
	libvirt_will refuse
	run pcitag attach plain nic
	refused "domain 'plain': request nic: libvirt: internal error: No more available PCI slots"

	runs vm npu
	remember_host
	given=$(lease vm)
	run pcitag attach vm nic
	refused "domain 'vm': request nic: libvirt: internal error: No more available PCI slots"
	[ "$(lease vm)" = "$given" ]
}

@test "libvirt says no although the guest has it: quarantined by itself until the guest lets go" {
	settings <<<$'[pcitag]\nrelease_timeout = 1'
	runs vm npu
	libvirt_will open
	given=$(lease vm)
	run -1 pcitag attach vm nic
	[ "$output" = "pcitag: domain 'vm': request nic: libvirt: Timed out during operation" ]
	[ "$(lease vm)" = "$given" ]
	run -0 pcitag leases
	[[ $output == *"vm "*" quarantined "*" $NIC1 "* ]]
	[[ $output == *"vm "*" bound "*" $NPU1 "* ]]
	# The next one is given, and fails in the same way.
	run -1 pcitag attach vm nic
	[ "$output" = "pcitag: domain 'vm': request nic: libvirt: Timed out during operation" ]
	run -0 pcitag leases
	[[ $output == *"vm "*" quarantined "*" $NIC1 "* ]]

	ctl reset
}

@test "twins are told apart, the same request is not given twice" {
	runs vm
	run -0 pcitag attach vm npu.0
	run -0 pcitag attach vm npu.1
	run -0 pcitag attach vm npu
	[ "$(guest_has vm | sort | xargs)" = "$NPU1 $NPU2 $NPU3" ]
	remember_host
	run pcitag attach vm npu.1
	refused "domain 'vm': request npu.1: the domain has $NPU2 by it already, attached; ask for npu.0, npu.1 and so on to tell twins apart"
	run -0 pcitag detach vm npu.1
	[ "$(guest_has vm | sort | xargs)" = "$NPU1 $NPU3" ]
	[ "$(driver_of $NPU2)" = - ]
	[ "$(driver_of $NPU3)" = vfio-pci ]
	ends vm
}

@test "a request that the domain has since its start" {
	runs vm npu
	remember_host
	run pcitag attach vm npu
	refused "domain 'vm': request npu: the domain has $NPU1 by it already, since its start; ask for npu.0, npu.1 and so on to tell twins apart"
}

@test "none is free: the whole story" {
	prepare other nic.0
	runs vm
	run -0 pcitag attach vm nic
	remember_host
	run pcitag attach vm nic.1
	refused "domain 'vm': request nic.1: 2 devices of this host, none free: $NIC1: its group $(group_of $NIC1) belongs to domain other; $NIC2: its group $(group_of $NIC2) belongs to domain vm"
	ends vm
	release other
}

@test "what a start is refused, an attach is refused: use by the host, switched off, unknown types" {
	runs vm
	remember_host
	run -1 pcitag attach vm tpu
	[[ $output == "pcitag: domain 'vm': request tpu: the registry has no type or model tpu; its types are: npu, nic, "* ]]
	nothing_touched
	ctl set $NIC1 net=pnet1 upper=bond0
	ctl set $NIC2 net=pnet2 upper=bond0
	remember_host
	run -1 pcitag attach vm nic
	[[ $output == *"2 devices of this host, none free: $NIC1: is used by the host: "* ]]
	nothing_touched
	settings <<<$'[pcitag]\nenabled = no'
	run pcitag attach vm npu
	refused "domain 'vm': request npu: pcitag is switched off; write enabled = yes in /etc/pcitag/pcitag.ini"
	run pcitag attach vm npu.x
	refused "domain 'vm': 'npu.x' is not a request: write a type or a model, and an index from .0 to .999 to tell twins apart, such as npu or npu.1"
}

@test "domains that are unknown or do not run" {
	run pcitag attach nobody npu
	refused "there is no domain 'nobody' in qemu:///system: \`virsh list --all\` shows those there are"
	touch "$LIBVIRT/defined/off"
	run pcitag attach off npu
	refused "domain 'off' does not run: pcitag add lets it have a device from its next start on"
	run pcitag detach off npu
	refused "domain 'off' does not run: pcitag add lets it have a device from its next start on"
}

@test "a device that the domain names by address itself stays out of it" {
	runs vm
	sed -i "s|</devices>|$(native $NPU1)</devices>|" "$LIBVIRT/domains/vm.xml"
	run -0 pcitag attach vm npu
	[[ $(guest_has vm) == *"$NPU2" ]]
	run -0 pcitag detach vm npu
	[ "$(driver_of $NPU2)" = - ]
	# It is noted as any host device of a running domain is.
	run -0 pcitag leases
	[[ $output == *" $NPU1 "*" native "* ]]
}

@test "others do not get what was attached, and a start by address is refused" {
	runs vm
	run -0 pcitag attach vm npu
	prepare other npu
	[ "$(placeholder other/npu)" = "/dev/pcitag/device/$NPU2" ]
	DEVICES=$(native $NPU1) run -1 prepare n
	[ "$output" = "pcitag: domain 'n': hostdev $NPU1: its group $(group_of $NPU1) belongs to domain vm; stop that domain first" ]
	release other
	ends vm
	nothing_touched
}

@test "detach by request and by address; what came with the start, and what is not there, is refused" {
	runs vm npu
	remember_host
	run pcitag detach vm npu
	refused "domain 'vm': request npu: $NPU1 came with its start and goes with its end; shut it down, and take the tag out of its XML if it is not to have it again"
	run pcitag detach vm $NIC1
	refused "domain 'vm': $NIC1 is not attached to it; attached is: nothing"
	run -0 pcitag attach vm nic
	run -1 pcitag detach vm gpu
	[ "$output" = "pcitag: domain 'vm': gpu is not attached to it; attached is: nic $NIC1" ]
	run -0 pcitag detach vm $NIC1
	[ "$output" = "domain 'vm': nic: $NIC1 detached and returned" ]
	[ "$(driver_of $NIC1)" = e1000e ]
	nothing_touched
	ends vm
}

@test "a guest that does not let go keeps its device; detach can be repeated" {
	runs vm
	run -0 pcitag attach vm nic
	state=$(ctl state)
	libvirt_will keep
	for _ in 1 2; do
		run -1 pcitag detach vm nic
		[ "$output" = "pcitag: domain 'vm': request nic: the guest has not let go in time of $NIC1; nothing was taken away: when the guest lets go of $NIC1 later, it is returned within a minute, and detach can be repeated" ]
		[ "$(ctl state)" = "$state" ]
	done
	run -0 pcitag leases
	[[ ${lines[1]} == *" given "*" nic (detaching) "* ]]
	run -0 pcitag reconcile
	[ "$(ctl state)" = "$state" ]

	libvirt_will obey
	run -0 pcitag detach vm nic
	nothing_touched
}

@test "a guest that lets go of it later: reconcile returns it" {
	runs vm
	run -0 pcitag attach vm nic
	libvirt_will keep
	run -1 pcitag detach vm nic
	lets_go vm $NIC1
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"returned "* ]]
	nothing_touched
}

@test "a guest that lets go of it later: so does its end" {
	runs vm
	run -0 pcitag attach vm nic
	libvirt_will keep
	run -1 pcitag detach vm nic
	ends vm
	nothing_touched
}

@test "what virsh took out of the guest is returned with the next reconcile, or by detach" {
	for verb in reconcile "detach vm nic"; do
		runs vm
		run -0 pcitag attach vm npu
		run -0 pcitag attach vm nic
		lets_go vm $NIC1
		[ "$(guest_has vm)" = $NPU1 ]
		run -0 pcitag $verb
		[ "$(driver_of $NIC1)" = e1000e ]
		[ "$(driver_of $NPU1)" = vfio-pci ]
		ends vm
		nothing_touched
	done
}

@test "a driver that does not take its device back: it is left without one, the guest keeps the rest" {
	runs vm npu
	run -0 pcitag attach vm nic
	ctl set $NIC1 probe-fails=e1000e:ENODEV
	run -0 pcitag detach vm nic
	lease_says vm bound
	run -0 pcitag leases
	[[ $output != *" $NIC1 "* ]]
	[ "$(driver_of $NIC1) $(override_of $NIC1)" = "- (null)" ]
	[ "$(driver_of $NPU1)" = vfio-pci ]
	ends vm
}

@test "a device that cannot be bound: nothing reaches libvirt" {
	runs vm
	ctl set $NPU1 probe-fails=vfio-pci:EINVAL
	remember_host
	run pcitag attach vm npu
	refused "domain 'vm': cannot bind $NPU1: driver vfio-pci refused it: Invalid argument"
	run ! grep attach-hostdev "$LIBVIRT/log"
}

@test "a vfio-pci module that is not loaded yet is loaded" {
	ctl driver vfio-pci loadable
	runs vm
	run -0 pcitag attach vm npu
	[ "$(driver_of $NPU1)" = vfio-pci ]
	ends vm
}

@test "a driver that is not to be had" {
	ctl driver vfio-pci absent
	runs vm
	run pcitag attach vm npu
	refused "domain 'vm': request npu: $NPU1 needs the driver vfio-pci, which this kernel has not loaded; try modprobe vfio-pci"
}

@test "every single write to sysfs may fail: all or nothing" {
	runs vm npu
	remember_host
	for ((n = 1; ; n++)); do
		ctl fail write '*' $n EIO
		run pcitag attach vm nic
		ctl clear
		[ "$status" -ne 0 ] || break
		[[ $output == "pcitag: domain 'vm': cannot bind $NIC1"* ]]
		nothing_touched
	done
	# An override, an unbind, a probe.
	[ $n -ge 4 ]
	[ "$(driver_of $NIC1)" = vfio-pci ]
	ends vm
	[ "$(driver_of $NIC1)" = e1000e ]
}

@test "pcitag-domain is missing" {
	local REPLY
	host_root
	mv "$REPLY/usr/bin/pcitag-domain" "$REPLY/usr/bin/pcitag-domain.away"
	run pcitag attach vm npu
	mv "$REPLY/usr/bin/pcitag-domain.away" "$REPLY/usr/bin/pcitag-domain"
	refused "cannot run /usr/bin/pcitag-domain: No such file or directory"
}

# ---- crashes ------------------------------------------------------------------------------------------

# attach_killed NAME REQUEST CONDITION...: the process is killed as soon as the condition holds.
attach_killed() {
	local name=$1 request=$2
	shift 2
	pcitag attach "$name" "$request" 3>&- &
	soon "$@"
	in_pretend pkill -KILL -xf "/usr/sbin/pcitag attach $name $request"
	wait $! || true
}

@test "killed while it binds: reconcile returns only what never reached the guest" {
	runs vm npu
	remember_host
	given=$(lease vm)
	ctl stall write '*/unbind' 1
	attach_killed vm nic grep -q '"way":"attaching"' "/proc/$PRETEND_PID/root/run/pcitag/leases/$(uuid_of vm).json"
	ctl release
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"in use "* ]]
	nothing_touched
	[ "$(lease vm)" = "$given" ]
	ends vm
}

@test "killed while the kernel is at work: reconcile waits for the kernel" {
	runs vm npu
	remember_host
	ctl clear
	ctl stall write '*/drivers_probe' 1
	attach_killed vm nic eval '[[ $(ctl log) == *drivers_probe* ]]'
	(sleep 0.7 && ctl release) 3>&- &
	run -0 pcitag reconcile
	wait $! || true
	[[ ${lines[1]} == "vm "*"in use "* ]]
	nothing_touched
	ends vm
}

@test "killed while libvirt is asked: what the guest does not have is returned" {
	runs vm
	libvirt_will hang
	attach_killed vm nic grep -q attach-hostdev "$LIBVIRT/log"
	[ "$(driver_of $NIC1)" = vfio-pci ]
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"returned "*"the guest has not got it" ]]
	nothing_touched
}

@test "killed while libvirt is asked: what the guest has it keeps, until its end" {
	runs vm npu
	libvirt_will hang
	attach_killed vm nic grep -q attach-hostdev "$LIBVIRT/log"
	sed -i "s|</devices>|$(native $NIC1)</devices>|" "$LIBVIRT/domains/vm.xml"
	ctl hold "$(group_of $NIC1)" $NIC1
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"in use "* ]]
	[ "$(driver_of $NIC1)" = vfio-pci ]
	pcitag leases | grep "$NIC1 .* nic (attached) "
	ends vm
	[ "$(driver_of $NIC1)" = e1000e ]
	[ "$(pcitag leases)" = "no domain holds a device" ]
}

@test "killed, and the domain ends before anybody looks: release returns everything" {
	runs vm npu
	libvirt_will hang
	attach_killed vm nic grep -q attach-hostdev "$LIBVIRT/log"
	ends vm
	[ "$(driver_of $NIC1)" = e1000e ]
	[ "$(driver_of $NPU1)" = - ]
	[ "$(pcitag leases)" = "no domain holds a device" ]
}

@test "killed: the next attach settles it first" {
	runs vm
	libvirt_will hang
	attach_killed vm nic grep -q attach-hostdev "$LIBVIRT/log"
	libvirt_will obey
	run -0 pcitag attach vm nic
	[ "$output" = "domain 'vm': nic: $NIC1 attached" ]
	ends vm
	nothing_touched
}

@test "a detach that is killed while it returns is finished" {
	runs vm npu
	remember_host
	run -0 pcitag attach vm nic
	ctl stall write '*/unbind' 1
	pcitag detach vm nic 3>&- &
	killed=$!
	soon grep -q '"state":"releasing"' -r "/proc/$PRETEND_PID/root/run/pcitag/leases"
	in_pretend pkill -KILL -xf '/usr/sbin/pcitag detach vm nic'
	wait $killed || true
	ctl release
	lease_says vm bound
	run -0 pcitag reconcile
	nothing_touched
	ends vm
}

@test "a detach that is killed while the guest is asked: the device is returned once the guest has let go" {
	runs vm
	run -0 pcitag attach vm nic
	libvirt_will hang
	pcitag detach vm nic 3>&- &
	killed=$!
	soon grep -q detach-hostdev "$LIBVIRT/log"
	in_pretend pkill -KILL -xf '/usr/sbin/pcitag detach vm nic'
	wait $killed || true
	run -0 pcitag reconcile
	[ "$(driver_of $NIC1)" = vfio-pci ]
	lets_go vm $NIC1
	run -0 pcitag reconcile
	nothing_touched
}

@test "pcitag-domain dies: nobody knows whether the guest has it, so reconcile finds out" {
	runs vm
	libvirt_will die
	run -1 pcitag attach vm nic
	[[ $output == "pcitag: domain 'vm': request nic: pcitag reconcile will find out what became of it: "* ]]
	run -0 pcitag reconcile
	nothing_touched
}

@test "while an attach is at work reconcile leaves it alone, and the domain's end does not wait for libvirt" {
	runs vm
	libvirt_will hang
	pcitag attach vm nic 3>&- &
	killed=$!
	soon grep -q attach-hostdev "$LIBVIRT/log"
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"in use "* ]]
	[ "$(driver_of $NIC1)" = vfio-pci ]
	sed -i "s|</devices>|$(native $NIC1)</devices>|" "$LIBVIRT/domains/vm.xml"
	start=$SECONDS
	ends vm
	[ $((SECONDS - start)) -lt 5 ]
	# The attach is still at work, and has its lock.
	diff <(echo "$before") <(host_state | grep -v '^/run/pcitag/locks/.*\.attach ')
	in_pretend pkill -KILL -xf "/usr/sbin/pcitag attach vm nic"
	wait $killed || true
	run -0 pcitag reconcile
	nothing_touched
}

@test "libvirt's daemon comes and goes: nothing is lost; the emulator ends unseen: all is returned" {
	runs vm npu
	run -0 pcitag attach vm nic
	daemon_kill
	state=$(host_state)
	run -0 pcitag reconcile
	[ "$(host_state)" = "$state" ]

	ctl unhold "$(group_of $NIC1)"
	emulators_end
	run -0 pcitag reconcile
	nothing_touched
}

@test "a domain that had nothing of ours ends unseen: reconcile returns what was attached" {
	runs vm
	run -0 pcitag attach vm nic
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"in use "*"its emulator runs (process $EMULATOR_PID)" ]]
	ctl unhold "$(group_of $NIC1)"
	emulators_end
	run -0 pcitag reconcile
	[[ ${lines[1]} == "vm "*"returned "*"no emulator runs" ]]
	nothing_touched
}

@test "its lease is lost: the links tell of what was attached" {
	runs vm
	run -0 pcitag attach vm npu
	rm "/proc/$PRETEND_PID/root/run/pcitag/leases"/*.json
	run -3 pcitag reconcile
	[ "$(driver_of $NPU1)" = vfio-pci ]
	ctl unhold "$(group_of $NPU1)"
	run -3 pcitag reconcile
	[[ ${lines[1]} == *"quarantined "*"its emulator runs (process $EMULATOR_PID)" ]]
	[ "$(driver_of $NPU1)" = vfio-pci ]
	emulators_end
	run -0 pcitag reconcile
	[ "$(driver_of $NPU1)" = - ]
}

@test "--json" {
	runs vm
	run -0 --separate-stderr pcitag attach --json vm card
	[ "$(jq -c '[.version, .domain, .uuid, .request, .model, .type, .group, .addresses]' <<<"$output")" = "[1,\"vm\",\"$(uuid_of vm)\",\"card\",\"Whole-82574L\",\"card\",$(group_of $DUAL0),[\"$DUAL0\",\"$DUAL1\"]]" ]
	run -0 --separate-stderr pcitag leases --json
	[ "$(jq -r '.leases[0].grants[0].way' <<<"$output")" = attached ]
	[ "$(jq -r '.leases[0].grants[0].placeholder' <<<"$output")" = null ]
	[ "$(jq -r '.leases[0].daemon_pid' <<<"$output")" = 0 ]
	run -0 --separate-stderr pcitag detach --json vm card
	[ "$(jq -c .addresses <<<"$output")" = "[\"$DUAL0\",\"$DUAL1\"]" ]
	nothing_touched
}

has_nic() { [ "$(guest_has vm)" = $NIC1 ]; }

@test "a domain that ends while libvirt attaches: told, and nothing of it stays" {
	runs vm
	libvirt_will wait
	pcitag attach vm nic >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	soon has_nic
	ends vm
	[ "$(driver_of $NIC1)" = e1000e ]
	# The answer comes afterwards.
	touch "$LIBVIRT/go"
	code=0
	wait $! || code=$?
	[ $code -eq 1 ]
	[ "$(<"$BATS_TEST_TMPDIR/said")" = "pcitag: domain 'vm': it ended while nic was being attached" ]
	nothing_touched
}

# ---- units of systemd (78-units.bats) --------------------------------------------------------------------------

# units_of_nics LINE...: the first network card alone, with these lines; a unit that has a node of it open runs.
units_of_nics() {
	local REPLY line
	host_root
	{
		printf '%s\n' '[NIC]' 'type = nic' 'vendor = 8086' 'device = 10d3' "address = $NIC1"
		for line; do echo "$line"; done
	} >"$REPLY/etc/pcitag/registry.ini"
	systemd_start
	ctl set $NIC1 char=ptp/ptp0@1:7
	unit ptp.service 'node=/dev/full'
	unit fabric.service
	start_unit ptp.service
	clear_unit_jobs
	remember_host
}

@test "a unit that holds the device is stopped for an attach, and started again after the detach" {
	units_of_nics 'stop_units = ptp.service' 'start_units = fabric.service'
	runs vm
	run -0 pcitag attach vm nic
	[ "$(driver_of $NIC1)" = vfio-pci ]
	[ "$(unit_state ptp.service)" = inactive ]
	[ "$(unit_state fabric.service)" = active ]
	run -0 pcitag detach vm nic
	[ "$(unit_jobs)" = $'stop ptp.service\nstart fabric.service\nstop fabric.service\nstart ptp.service' ]
	[ "$(unit_state ptp.service)" = active ]
	ends vm
	nothing_touched
}

@test "it is started again when libvirt refuses, and at the domain's end" {
	units_of_nics 'stop_units = ptp.service'
	runs vm
	libvirt_will refuse
	run -1 pcitag attach vm nic
	[ "$(unit_jobs)" = $'stop ptp.service\nstart ptp.service' ]
	libvirt_will nothing
	run -0 pcitag attach vm nic
	[ "$(unit_state ptp.service)" = inactive ]
	ends vm
	[ "$(unit_state ptp.service)" = active ]
	nothing_touched
}

@test "an attach is refused when the unit does not stop, which is then started again" {
	units_of_nics 'stop_units = ptp.service'
	unit ptp.service 'node=/dev/full' 'stop=fail'
	runs vm
	run -1 pcitag attach vm nic
	[[ $output == *"domain 'vm': cannot free its devices: ptp.service: the result of systemd's job is failed; it is active" ]]
	[ "$(unit_jobs)" = $'stop ptp.service\nstart ptp.service' ]
	[ "$(driver_of $NIC1)" = e1000e ]
	ends vm
	nothing_touched
}

@test "a unit that two devices of a domain have started stays until the last of them is detached" {
	units_of_nics 'start_units = fabric.service'
	sed -i "s/^address .*/address = $NIC1 $NIC2/; /stop_units/d" "/proc/$PRETEND_PID/root/etc/pcitag/registry.ini"
	kill_unit_holder
	runs vm
	run -0 pcitag attach vm nic.0
	run -0 pcitag attach vm nic.1
	run -0 pcitag detach vm nic.0
	[ "$(unit_state fabric.service)" = active ]
	run -0 pcitag detach vm nic.1
	[ "$(unit_state fabric.service)" = inactive ]
	ends vm
	nothing_touched
}

kill_unit_holder() { in_pretend /usr/sbin/pcitag-units stop ptp.service; }

@test "what an optional request did not get at the start can be attached; its path stays the start's" {
	local REPLY
	host_root
	printf '%s\n' '[spare]' 'any = npu' 'optional = yes' >>"$REPLY/etc/pcitag/registry.ini"
	sed -i '/^\[Edu\]/a enabled = no' "$REPLY/etc/pcitag/registry.ini"
	runs vm spare
	[ "$(placeholder vm/spare)" = /dev/null ]
	# It is never optional there.
	run -1 pcitag attach vm spare
	[[ $output == *"request spare: "*"devices of this host, none free: "* ]]
	sed -i '/^enabled = no$/d' "$REPLY/etc/pcitag/registry.ini"
	run -0 pcitag attach vm spare
	[ "$(guest_has vm)" = $NPU1 ]
	[ "$(placeholder vm/spare)" = /dev/null ]
	run -0 pcitag leases vm
	[[ $output == *"$NPU1 "*" given "*" spare (attached) "* && $output == *" without "*" spare "* ]]
	run -0 pcitag detach vm spare
	lease_says vm bound
	[ "$(placeholder vm/spare)" = /dev/null ]
	ends vm
	nothing_touched
}

# registry_has LINE...: the machine's registry, the model Edu with the first line, and these sections.
registry_has() {
	local REPLY
	host_root
	sed "s/^type = npu$/&${1:+\\n$1}/" < <(machine_registry) >"$REPLY/etc/pcitag/registry.ini"
	printf '%s\n' "${@:2}" >>"$REPLY/etc/pcitag/registry.ini"
}

@test "what a domain has since its start, and by other attaches, counts for per_domain of a profile" {
	registry_has '' '[few]' 'any = npu' 'per_domain = 2'
	runs vm few
	run -0 pcitag attach vm few.1
	full=$(host_state)
	run -1 pcitag attach vm few.2
	[ "$output" = "pcitag: domain 'vm': request few.2: a domain may have 2 by profile few (per_domain), and 'vm' has 2; detach one, or end the domain" ]
	[ "$(host_state)" = "$full" ]
	# Of another name it may have more, and so may another domain by this one.
	run -0 pcitag attach vm npu
	prepare other few
	release other
	run -0 pcitag detach vm few.1
	run -0 pcitag attach vm few.2
	ends vm
	nothing_touched
}

@test "and for per_domain of a model, by whatever name" {
	registry_has 'per_domain = 1' '[any]' 'any = npu'
	runs vm any
	run -1 pcitag attach vm npu
	[ "$output" = "pcitag: domain 'vm': the requests of domain 'vm' need more devices of model Edu than the 0 that limit and per_domain leave to it; detach one, or stop a domain that has one" ]
	registry_has 'per_domain = 2' '[any]' 'any = npu'
	run -0 pcitag attach vm npu
	run -1 pcitag attach vm any.1
	ends vm
	nothing_touched
}

@test "limit counts what the domain itself has, and allow is about it" {
	registry_has '' '[few]' 'any = npu' 'limit = 1' '[barred]' 'any = npu' 'allow = !vm' '[mine]' 'any = npu' \
		"allow = uuid:$(uuid_of vm)"
	runs vm few
	run -1 pcitag attach vm few.1
	[[ $output == *"request few.1: 1 may be lent by profile few at a time (limit), and 1 are, to: vm; stop one of these domains" ]]
	run -1 pcitag attach vm barred
	[[ $output == *"request barred: profile barred is not for domain 'vm'; "* ]]
	run -0 pcitag attach vm mine
	run -0 pcitag detach vm mine
	registry_has 'limit = 1'
	run -1 pcitag attach vm npu
	[[ $output == *"as many devices of its model are lent as its key limit says"* ]]
	registry_has 'allow = !vm'
	run -1 pcitag attach vm npu
	[[ $output == *"its model is for other domains (allow)"* ]]
	ends vm
	nothing_touched
}

@test "a wish of its start about several requests says nothing about an attached device alone" {
	wish="<metadata><pcitag:controllers xmlns:pcitag='urn:x-pcitag:1'><pcitag:wish requests='npu.0 npu.1' together='card'/></pcitag:controllers></metadata>"
	runs vm
	sed -i "s|<memory|$wish&|" "$LIBVIRT/domains/vm.xml"
	run -0 pcitag attach vm npu.0
	ends vm
	nothing_touched
}
