#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # status, output and lines are set by bats
#
# set = nvidia/current_vgpu_type=TYPE: a virtual function becomes a vGPU for the time that a guest has it. There is no
# such card here: this is the pretend kernel's idea of NVIDIA's driver, made of reports.

load helper

# Two cards; each has room for two vGPUs of type 533, eight of 1145 or one of 537. The first has three virtual functions.
GPU1=0000:41:00.0 VF0=0000:41:00.4 VF1=0000:41:00.5 VF2=0000:41:00.6 GPU2=0000:42:00.0 OTHER0=0000:42:00.4
PLAIN0=0000:43:00.4

setup_file() {
	cat >"$BATS_FILE_TMPDIR/vgpu.desc" <<-EOF
		driver pcieport
		driver nvidia vfio
		driver plain_nvidia
		driver vfio-pci
		device 0000:00:00.0 vendor=8086 device=09a2 class=088000 group=0
		device $GPU1 vendor=10de device=26b9 subsystem=10de:1851 class=030200 group=10 native=plain_nvidia totalvfs=32 numvfs=3 vgpus=533x2,1145x8,537x1
		device $VF0 vendor=10de device=26b9 subsystem=10de:0000 class=030200 group=11 physfn=$GPU1 native=nvidia probe-fails=vfio-pci:EINVAL
		device $VF1 vendor=10de device=26b9 subsystem=10de:0000 class=030200 group=12 physfn=$GPU1 native=nvidia probe-fails=vfio-pci:EINVAL
		device $VF2 vendor=10de device=26b9 subsystem=10de:0000 class=030200 group=13 physfn=$GPU1 native=nvidia probe-fails=vfio-pci:EINVAL
		device $GPU2 vendor=10de device=26b9 subsystem=10de:1851 class=030200 group=20 native=plain_nvidia totalvfs=32 numvfs=1 vgpus=533x2,1145x8,537x1
		device $OTHER0 vendor=10de device=26b9 subsystem=10de:0000 class=030200 group=21 physfn=$GPU2 native=nvidia probe-fails=vfio-pci:EINVAL
		device 0000:43:00.0 vendor=10de device=26ba subsystem=10de:1851 class=030200 group=30 native=plain_nvidia totalvfs=32 numvfs=1 vgpus=533x2
		device $PLAIN0 vendor=10de device=26ba subsystem=10de:0000 class=030200 group=31 physfn=0000:43:00.0 native=plain_nvidia
	EOF
	pretend_host "$BATS_FILE_TMPDIR/vgpu.desc"
}

setup() {
	pretend_reset "$BATS_FILE_TMPDIR/vgpu.desc"
	root=/proc/$PRETEND_PID/root
	settings <<<$'[pcitag]\nbind_timeout = 2'
	registry <<-EOF
		[L40S-24Q]
		type = vgpu
		vendor = 10de
		device = 26b9
		subsystem = 10de:0000
		driver = keep
		set = nvidia/current_vgpu_type=533

		[L40S-6Q]
		type = small
		vendor = 10de
		device = 26b9
		subsystem = 10de:0000
		driver = keep
		set = nvidia/current_vgpu_type=1145

		[L40-24Q]
		type = plain
		vendor = 10de
		device = 26ba
		subsystem = 10de:0000
		driver = keep
		set = nvidia/current_vgpu_type=533
	EOF
	remember_host
}

teardown() {
	end_log
	drop_holder
	ctl release
}

teardown_file() { pretend_end; }

type_of() { cat "$root/sys/bus/pci/devices/$1/nvidia/current_vgpu_type"; }

# set_type ADDR TYPE: somebody else sets it.
set_type() { ctl set "$1" "vgpu=$2"; }

type_writes() { writes | grep current_vgpu_type || true; }

# ---- a guest has one -------------------------------------------------------------------------------------------

@test "the type is set while a guest has the function, and 0 afterwards" {
	prepare vm vgpu
	[ "$(placeholder vm/vgpu)" = /dev/pcitag/device/$VF0 ]
	[ "$(type_of $VF0) $(type_of $VF1)" = "533 0" ]
	[ "$(driver_of $VF0)" = nvidia ]
	[[ "$(lease vm)" == *'"set":"nvidia\/current_vgpu_type=533"'* && "$(lease vm)" == *'"version":3'* ]]
	release vm
	[ "$(type_of $VF0)" = 0 ]
	[ "$(type_writes)" = "devices/$VF0/nvidia/current_vgpu_type \"533\"
devices/$VF0/nvidia/current_vgpu_type \"0\"" ]
	nothing_touched
}

@test "it is in the lease before it is written" {
	ctl stall write '*/current_vgpu_type' 1
	domain_xml vm vgpu >"$BATS_TEST_TMPDIR/vm.domain"
	in_daemon "$HOOK" vm prepare begin - <"$BATS_TEST_TMPDIR/vm.domain" &
	soon eval '[ -n "$(type_writes)" ]'
	[ "$(type_of $VF0)" = 0 ]
	lease_says vm binding
	[[ "$(lease vm)" == *'"set":"nvidia\/current_vgpu_type=533"'* ]]
	ctl release
	wait $!
	lease_says vm bound
	release vm
	nothing_touched
}

@test "two models make different types of the same functions" {
	prepare a vgpu
	prepare b small
	[ "$(type_of $VF0) $(type_of $VF1)" = "533 1145" ]
	release a
	[ "$(type_of $VF0) $(type_of $VF1)" = "0 1145" ]
	release b
	nothing_touched
}

@test "a start without the key costs nothing of it" {
	registry <<<$'[Disk]\ntype = vgpu\nvendor = 10de\ndevice = 26b9\nsubsystem = 10de:0000\ndriver = keep'
	prepare vm vgpu
	[[ "$(lease vm)" != *'"set"'* && "$(lease vm)" == *'"version":1'* ]]
	[ -z "$(type_writes)" ]
	ctl fail read '*/nvidia/*' '*' EIO
	prepare other vgpu
	release vm
	release other
	nothing_touched
}

# ---- what the card has left ------------------------------------------------------------------------------------

@test "a card without room is passed by for the next one" {
	prepare a vgpu
	prepare b vgpu
	prepare c vgpu
	[ "$(placeholder c/vgpu)" = /dev/pcitag/device/$OTHER0 ]
	for vm in a b c; do release $vm; done
	nothing_touched
}

@test "no card has room: refused with what is left of each" {
	prepare a vgpu
	prepare b vgpu
	prepare c vgpu
	full=$(host_state)
	run prepare d vgpu
	[ "$status" -eq 1 ]
	[[ $output == *"request vgpu: "*"$VF2: its card has no vGPU type 533 left, and no other"* ]]
	[ "$(host_state)" = "$full" ]
	release b
	run -0 pcitag list --type vgpu
	prepare d vgpu
	[ "$(type_of $VF1)" = 533 ]
	for vm in a c d; do release $vm; done
	nothing_touched
}

@test "what is left of a card is named" {
	prepare a vgpu
	set_type $VF1 1145
	set_type $OTHER0 1145
	run prepare vm vgpu
	[ "$status" -eq 1 ]
	[[ $output == *"$VF2: its card has no vGPU type 533 left; left are 1145"* ]]
	[[ $output == *"$OTHER0: is a vGPU of type 1145 already, which pcitag has not set"* ]]
	[ "$(type_of $VF1) $(type_of $OTHER0)" = "1145 1145" ]
	release a
}

@test "show names what is left, and what to do" {
	run -0 pcitag show $VF0
	[[ $output == *"vGPU         no type; its card has left: 533, 1145, 537"* ]]
	run -0 pcitag show --json $VF0
	[ "$(jq -c .device.vgpu <<<"$output")" = '{"type":0,"left":[533,1145,537]}' ]
	set_type $VF1 533
	set_type $VF2 533
	run -0 pcitag show $VF0
	[[ $output == *"vGPU         no type; its card has left: none"* ]]
	[[ $output == *"to do        end a domain that has a vGPU of its card, or write a type that is left; "* ]]
}

@test "plan says what would be set" {
	domain_xml vm vgpu >"$BATS_TEST_TMPDIR/vm.xml"
	run -0 pcitag plan - <"$BATS_TEST_TMPDIR/vm.xml"
	[[ $output == *"would leave $VF0 (given, group 11) on nvidia"* ]]
	[[ $output == *"would set nvidia/current_vgpu_type=533 of $VF0; afterwards 0"* ]]
	nothing_touched
}

@test "a function that has the type already, from another hand, is used and stays as it is" {
	set_type $VF0 533
	remember_host
	prepare vm vgpu
	[ "$(placeholder vm/vgpu)" = /dev/pcitag/device/$VF0 ]
	[[ "$(lease vm)" != *'"set"'* ]]
	release vm
	[ "$(type_of $VF0)" = 533 ]
	[ -z "$(type_writes)" ]
	nothing_touched
}

@test "the last one was taken since it was chosen: another card is chosen" {
	ctl when write "*/$VF0/nvidia/current_vgpu_type" 1 set $VF2 vgpu=537
	prepare vm vgpu
	[ "$(placeholder vm/vgpu)" = /dev/pcitag/device/$OTHER0 ]
	[ "$(type_of $VF0) $(type_of $OTHER0)" = "0 533" ]
	release vm
}

@test "somebody has set it since it was chosen: that is left alone, and another is chosen" {
	ctl when read "*/$VF0/nvidia/current_vgpu_type" 2 set $VF0 vgpu=1145
	prepare vm vgpu
	[ "$(placeholder vm/vgpu)" != /dev/pcitag/device/$VF0 ]
	[ "$(type_of $VF0)" = 1145 ]
	release vm
	[ "$(type_of $VF0)" = 1145 ]
}

# ---- how many the card has room for ---------------------------------------------------------------------------

# vgpus_too LINE...: the registry with these lines, too.
vgpus_too() {
	local REPLY
	host_root
	printf '%s\n' "$@" >>"$REPLY/etc/pcitag/registry.ini"
}

WHOLE=('[L40S-48Q]' 'type = whole' 'vendor = 10de' 'device = 26b9' 'subsystem = 10de:0000' 'driver = keep'
	'set = nvidia/current_vgpu_type=537')

# given NAME REQUEST...: prints the addresses that a domain has by them.
given() {
	local request path
	for request in "${@:2}"; do
		path=$(placeholder "$1/$request")
		echo "${path##*/}"
	done | xargs
}

@test "two requests, and the first card has room for one: another card has the second" {
	vgpus_too "${WHOLE[@]}"
	prepare vm whole.0 whole.1
	[ "$(given vm whole.0 whole.1)" = "$VF0 $OTHER0" ]
	[ "$(type_of $VF0) $(type_of $VF1) $(type_of $VF2) $(type_of $OTHER0)" = "537 0 0 537" ]
	release vm
	nothing_touched
}

@test "three requests, and the first card has room for two" {
	prepare vm vgpu.0 vgpu.1 vgpu.2
	[ "$(given vm vgpu.0 vgpu.1 vgpu.2)" = "$VF0 $VF1 $OTHER0" ]
	[ "$(type_of $VF2)" = 0 ]
	release vm
	nothing_touched
}

@test "no other card has room: refused with what there is room for, and all undone" {
	vgpus_too "${WHOLE[@]}"
	run prepare vm whole.0 whole.1 whole.2
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *"domain 'vm': requests whole.0, whole.1, whole.2: no cards have room for as many vGPUs: $GPU1 has room for 1 of type 537; end a domain that has one, or remove a request"* ]]
	nothing_touched
	run prepare vm vgpu.0 vgpu.1 vgpu.2 vgpu.3
	[ "$status" -eq 1 ]
	[[ $output == *"$GPU1 has room for 2 of type 533; "* ]]
	nothing_touched
}

@test "an optional request goes without a vGPU for which there is no room" {
	vgpus_too "${WHOLE[@]}" '[spare]' 'any = whole' 'optional = yes'
	start_log
	prepare vm whole.0 spare.0 spare.1
	[ "$(given vm whole.0 spare.0 spare.1)" = "$VF0 $OTHER0 null" ] || [ "$(given vm whole.0 spare.0 spare.1)" = "$VF0 null $OTHER0" ]
	[ "$(type_of $VF1) $(type_of $VF2) $(type_of $OTHER0)" = "0 0 537" ]
	soon grep -q "it starts without it: .*$GPU1 has room for 1 of type 537; end a domain" "$BATS_TEST_TMPDIR/log"
	release vm
	nothing_touched
}

@test "what has the type already needs no room" {
	set_type $VF1 533
	remember_host
	prepare vm vgpu.0 vgpu.1 vgpu.2
	[ "$(given vm vgpu.0 vgpu.1 vgpu.2)" = "$VF0 $VF1 $OTHER0" ]
	[ "$(type_of $VF2)" = 0 ]
	release vm
	[ "$(type_of $VF1)" = 533 ]
	nothing_touched
}

@test "two starts at once, and the card has room for one: the other card has the second" {
	vgpus_too "${WHOLE[@]}"
	# Both have chosen the first card before one of them has a vGPU of it.
	ctl stall write '*/current_vgpu_type' 1
	domain_xml a whole >"$BATS_TEST_TMPDIR/a.domain"
	in_daemon "$HOOK" a prepare begin - <"$BATS_TEST_TMPDIR/a.domain" &
	soon eval '[ -n "$(type_writes)" ]'
	prepare b whole
	[ "$(given b whole)" = "$VF1" ]
	ctl release
	wait $!
	[ "$(given a whole)" = "$OTHER0" ]
	[ "$(type_of $VF0) $(type_of $VF1) $(type_of $OTHER0)" = "0 537 537" ]
	release a
	release b
	nothing_touched
}

# ---- the driver fails -----------------------------------------------------------------------------------------

@test "every failure of the write is one line, and undone" {
	local error
	for error in EIO EPERM EINVAL EBUSY ENOSPC ENOMEM; do
		ctl clear
		ctl fail write '*/current_vgpu_type' '*' $error
		run prepare vm vgpu
		[ "$status" -eq 1 ]
		[ "${#lines[@]}" -eq 1 ]
		[[ $output == *"domain 'vm': cannot bind $VF0: set = nvidia/current_vgpu_type=533: cannot write to /sys/bus/pci/devices/$VF0/nvidia/current_vgpu_type: "* ]]
		nothing_touched
	done
}

@test "a write that has no effect is found out" {
	ctl ignore write '*/current_vgpu_type' 1
	run prepare vm vgpu
	[ "$status" -eq 1 ]
	[[ $output == *"cannot bind $VF0: set = nvidia/current_vgpu_type=533: its driver has accepted that, and reads 0"* ]]
	nothing_touched
}

@test "what was written cannot be read back: undone" {
	ctl fail read "*/$VF0/nvidia/current_vgpu_type" 3 EIO
	run prepare vm vgpu
	[ "$status" -eq 1 ]
	[[ $output == *"cannot bind $VF0: set = nvidia/current_vgpu_type=533: cannot read /sys/"*"Input/output error"* ]]
	[ "$(type_of $VF0)" = 0 ]
	nothing_touched
}

@test "the driver does not come back: a deadline, quarantined, and undone when it does" {
	ctl stall write '*/current_vgpu_type' 1
	run prepare vm vgpu
	[ "$status" -eq 1 ]
	[[ $output == *"cannot bind $VF0: "*"still waits in the kernel"* ]]
	lease_says vm quarantined
	ctl release
	soon test "$(type_of $VF0)" = 533 || true
	soon pcitag reconcile
	[ "$(type_of $VF0)" = 0 ]
	nothing_touched
}

@test "its types cannot be read, or are no table: nobody gets it" {
	ctl fail read "*/nvidia/creatable_vgpu_types" '*' EIO
	run prepare vm vgpu
	[ "$status" -eq 1 ]
	[[ $output == *"$VF0: cannot become a vGPU of type 533: its driver does not tell the types that its card has left (nvidia/creatable_vgpu_types)"* ]]
	nothing_touched
	ctl clear
	registry <<<$'[L40S]\ntype = vgpu\nvendor = 10de\ndevice = 26b9\naddress = 0000:41:00.0\ndriver = keep\nset = nvidia/current_vgpu_type=533'
	run prepare vm vgpu
	[ "$status" -eq 1 ]
	[[ $output == *"$GPU1: is a physical function with 3 virtual functions enabled"* ]]
}

@test "its driver offers a type and no VFIO device: refused when it is bound, and undone" {
	run prepare vm plain
	[ "$status" -eq 1 ]
	[[ $output == *"domain 'vm': group 31 is not free of the host: $PLAIN0 is on driver plain_nvidia"* ]]
	[ "$(type_of $PLAIN0)" = 0 ]
	nothing_touched
	set_type $PLAIN0 533
	run prepare vm plain
	[ "$status" -eq 1 ]
	[[ $output == *"$PLAIN0: is to keep its driver (driver = keep), but driver plain_nvidia offers no VFIO device for it"* ]]
}

@test "whoever has its group open keeps it as it is" {
	hold_group 11 $VF0
	run pcitag plan - <<<"$(domain_xml vm vgpu)"
	[[ $output == *"$VF0"*"another process has /dev/vfio/11 open"* ]]
	prepare vm vgpu
	[ "$(placeholder vm/vgpu)" = /dev/pcitag/device/$VF1 ]
	[ "$(type_of $VF0)" = 0 ]
	release vm
	drop_holder
}

# ---- its return -----------------------------------------------------------------------------------------------

@test "a guest that still has it open: the type stays until it is closed" {
	prepare vm vgpu
	hold_group 11 $VF0
	settings <<<$'[pcitag]\nrelease_timeout = 1'
	release vm
	lease_says vm quarantined
	[ "$(type_of $VF0)" = 533 ]
	drop_holder
	run -0 pcitag reconcile
	[ "$(type_of $VF0)" = 0 ]
	nothing_touched
}

@test "the type cannot be undone: quarantined with the reason, and reconcile tries again" {
	prepare vm vgpu
	ctl fail write '*/current_vgpu_type' '*' EIO
	release vm
	lease_says vm quarantined
	[[ "$(lease vm)" == *"set = nvidia"*"current_vgpu_type=533 cannot be undone"* ]]
	[ "$(type_of $VF0)" = 533 ]
	ctl clear
	run -0 pcitag reconcile
	[ "$(type_of $VF0)" = 0 ]
	nothing_touched
}

@test "a driver that accepts 0 and does nothing: the same" {
	prepare vm vgpu
	ctl ignore write '*/current_vgpu_type' '*'
	release vm
	lease_says vm quarantined
	[[ "$(lease vm)" == *"its driver has accepted 0, and reads 533"* ]]
	ctl clear
	run -0 pcitag reconcile
	nothing_touched
}

@test "the driver has ended the vGPU with the guest, and refuses to do it again: that is no failure" {
	prepare vm vgpu
	set_type $VF0 0
	release vm
	[ "$(type_writes)" = "devices/$VF0/nvidia/current_vgpu_type \"533\"" ]
	nothing_touched
}

@test "it ends between the look and the write: what it reads then counts" {
	prepare vm vgpu
	ctl when write "*/$VF0/nvidia/current_vgpu_type" 2 set $VF0 vgpu=0
	release vm
	nothing_touched
}

@test "somebody has made it another type meanwhile: left as it is" {
	prepare vm vgpu
	set_type $VF0 1145
	release vm
	[ "$(type_of $VF0)" = 1145 ]
	[ -z "$(lease vm)" ]
}

@test "a crash: reconcile undoes it" {
	prepare vm vgpu
	daemon_kill
	run -0 pcitag reconcile
	[ "$(type_of $VF0)" = 0 ]
	nothing_touched
}

@test "another function is in its place: nothing is written to it" {
	prepare vm vgpu
	ctl replug $VF0 group=40
	set_type $VF0 533
	ctl clear
	release vm
	[ -z "$(type_writes)" ]
}

# ---- the registry ---------------------------------------------------------------------------------------------

@test "mistakes in the key are named" {
	registry <<<$'[A]\ntype = a\nvendor = 10de\ndevice = 26b9\nset = nvidia/current_vgpu_type=533'
	run -1 pcitag types
	[[ $output == *"[A] has set and no driver = keep: what it sets is an attribute of its vendor's driver; write driver = keep" ]]
	registry <<<$'[A]\ntype = a\nvendor = 10de\ndevice = 26b9\ndriver = keep\nset = nvidia/placement_id=1'
	run -1 pcitag types
	[[ $output == *"set = nvidia/placement_id=1 is not an attribute that pcitag sets; write set = nvidia/current_vgpu_type=NUMBER" ]]
	registry <<<$'[A]\ntype = a\nvendor = 10de\ndevice = 26b9\ndriver = keep\nset = nvidia/current_vgpu_type=L40S-1Q'
	run -1 pcitag types
	[[ $output == *"set = nvidia/current_vgpu_type=L40S-1Q: write the number of a vGPU type, 1 to 65535, "* ]]
}

@test "check: a driver that does not tell its types" {
	run pcitag check
	[[ $output == *"PASS  model                L40S-24Q: 4 of type vgpu, 4 free, 0 assigned"* ]]
	ctl fail read "*/nvidia/creatable_vgpu_types" '*' EIO
	run pcitag check
	[[ $output == *"L40S-24Q: 4 of its 4 devices cannot be assigned: $VF0: cannot become a vGPU of type 533"* ]]
}
