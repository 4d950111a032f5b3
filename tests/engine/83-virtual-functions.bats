#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154,SC2030,SC2031 # status, output and lines are set by bats, for each test
#
# vfs = N and pcitag vf: the virtual functions of a physical function come and go.

load helper

# Two network cards: one whose four virtual functions are there already, and its twin without any.
PF1=0000:02:00.0 OLD0=0000:02:10.0 OLD1=0000:02:10.2 PF2=0000:03:00.0 VF0=0000:03:10.0 VF1=0000:03:10.2 VF2=0000:03:10.4
NVME=0000:04:00.0

setup_file() { pretend_host sriov; }

setup() {
	pretend_reset "$PRETEND_DIR/hosts/sriov.desc"
	root=/proc/$PRETEND_PID/root
	rm -rf "$root/run/udev"
	settings <<<$'[pcitag]\nbind_timeout = 2'
	ctl set $PF1 vf-device=10ca vfs-at=128:2 vf-native=igbvf
	ctl set $PF2 vf-device=10ca vfs-at=128:2 vf-native=igbvf
	wants 3
	remember_host
}

teardown() {
	end_log
	drop_holder
	ctl release
}

teardown_file() { pretend_end; }

# wants N [LINE...]: the registry wants N virtual functions of the second card.
wants() {
	local number=$1
	shift
	registry <<-EOF
		[Igb]
		type = nic
		vendor = 8086
		device = 10c9
		address = $PF2
		vfs = $number
		$(printf '%s\n' "$@")

		[Vf]
		type = vf
		vendor = 8086
		device = 10ca
	EOF
}

number_of() { cat "$root/sys/bus/pci/devices/$1/sriov_numvfs"; }

vfs_of() {
	local link
	for link in "$root/sys/bus/pci/devices/$1"/virtfn*; do
		[[ ! -L $link ]] || printf '%s ' "$(basename "$(readlink "$link")")"
	done
}

number_writes() { writes | grep -c sriov_numvfs || true; }

# no_trace: neither a lease nor a change of the host is left.
no_trace() {
	nothing_touched
	[ -z "$(ls "$root/run/pcitag/leases" 2>/dev/null)" ]
}

# ---- making them ----------------------------------------------------------------------------------------------

@test "vf create makes what the registry wants, each with a driver and a group of its own" {
	run -0 pcitag vf create
	[ "$output" = "$PF2 has 3 virtual functions now, the first is $VF0" ]
	[ "$(number_of $PF2)" = 3 ]
	[ "$(vfs_of $PF2)" = "$VF0 $VF1 $VF2 " ]
	[ "$(driver_of $VF0) $(driver_of $VF2)" = "igbvf igbvf" ]
	[ "$(group_of $VF0)" != "$(group_of $VF1)" ]
	[ "$(number_of $PF1)" = 4 ]
	[ -z "$(ls "$root/run/pcitag/leases")" ]
}

@test "a guest gets one of them, and the next guest another" {
	wants 3
	pcitag vf create
	sed -i "/^device *= *10ca/a address = 0000:03:*.*" "$root/etc/pcitag/registry.ini"
	prepare a vf
	prepare b vf
	[ "$(placeholder a/vf)" = /dev/pcitag/device/$VF0 ]
	[ "$(placeholder b/vf)" = /dev/pcitag/device/$VF1 ]
	release a
	release b
	[ "$(driver_of $VF0) $(driver_of $VF1)" = "igbvf igbvf" ]
}

@test "once more changes nothing, and says so" {
	pcitag vf create
	ctl clear
	run -0 pcitag vf create
	[ "$output" = "$PF2 has 3 virtual functions already, the first is $VF0" ]
	[ "$(number_writes)" -eq 0 ]
}

@test "by model, by address, and by any form of it" {
	run -0 pcitag vf create Igb
	pcitag vf remove $PF2
	run -0 pcitag vf create 03:00.0
	pcitag vf remove pci_0000_03_00_0
	[ "$(number_of $PF2)" = 0 ]
	no_trace
}

@test "nothing is chosen: refused with what to write" {
	run -1 pcitag vf create $NVME
	[ "$output" = "pcitag: vf create: no model of the registry has vfs and matches $NVME; write vfs = N into the section of its model" ]
	run -1 pcitag vf create Vf
	[[ $output == "pcitag: vf create: the registry has no model Vf with vfs that is switched on and matches a function of this host with SR-IOV; "* ]]
	run -1 pcitag vf create 0000:77:00.0
	[[ $output == *"there is no PCI function 0000:77:00.0"* ]]
	run -1 pcitag vf create 0000:00:02.0
	[[ $output == *"0000:00:02.0 cannot have virtual functions: it has no sriov_totalvfs above 0 in sysfs"* ]]
	run -1 pcitag vf remove $OLD0
	[ "$output" = "pcitag: vf: $OLD0 is a virtual function of $PF1; write the address of that one" ]
	no_trace
}

@test "no model wants any: nothing is done, and that is no failure" {
	registry <<<$'[Vf]\ntype = vf\nvendor = 8086\ndevice = 10ca'
	run -0 pcitag vf create
	[ "$output" = "no model of the registry wants virtual functions of this host's devices" ]
	no_trace
}

@test "a model that is switched off, or for other hosts, wants none" {
	wants 3 "enabled = no"
	run -0 pcitag vf create
	wants 3 "hosts = elsewhere"
	run -0 pcitag vf create
	no_trace
}

@test "wrong words" {
	local words
	for words in '' make 'show Igb' 'remove Igb' remove 'show --settle' 'create a.b'; do
		# shellcheck disable=SC2086 # several words
		run -2 pcitag vf $words
	done
	[ "$output" = "pcitag: vf: write vf create [ADDRESS|MODEL], vf remove ADDRESS or vf show [ADDRESS]" ]
	no_trace
}

# ---- what is there is used ------------------------------------------------------------------------------------

@test "another number is named, not changed" {
	ctl set $PF2 numvfs=0
	in_pretend bash -c "echo 2 >/sys/bus/pci/devices/$PF2/sriov_numvfs"
	ctl clear
	run -1 pcitag vf create
	[ "$output" = "pcitag: vf create: $PF2 has 2 virtual functions, vfs = 3 of [Igb]: made by another program (systemd's [SR-IOV], a tool of its vendor), or when vfs was another; pcitag vf remove $PF2 first, or write vfs = 2" ]
	[ "$(number_of $PF2)" = 2 ]
	[ "$(number_writes)" -eq 0 ]
}

@test "more than the device can have" {
	wants 8
	run -1 pcitag vf create
	[ "$output" = "pcitag: vf create: $PF2 can have 7 virtual functions (sriov_totalvfs), vfs = 8 of [Igb] is more; write 7, or allow more in the card's own settings" ]
	no_trace
}

@test "one that fails does not keep the others from theirs" {
	wants 3
	sed -i "s/^address = .*/address = $PF2/" "$root/etc/pcitag/registry.ini"
	cat >>"$root/etc/pcitag/registry.ini" <<-EOF

		[Disk]
		type = disk
		vendor = 1b36
		device = 0010
		vfs = 2
	EOF
	ctl set $NVME vf-device=0010 vfs-at=1:1 vf-native=nvme
	ctl fail write "*/$PF2/sriov_numvfs" 1 ENOMEM
	run -1 pcitag vf create
	[[ $output == *"$NVME has 2 virtual functions now, the first is 0000:04:00.1"* ]]
	[[ $output == *"pcitag: vf create $PF2: cannot write to "* ]]
	[ "$(number_of $NVME)" = 2 ]
}

@test "autoprobe is respected: without it the new ones have no driver, and guests get them all the same" {
	in_pretend bash -c "echo 0 >/sys/bus/pci/devices/$PF2/sriov_drivers_autoprobe"
	run -0 pcitag vf create
	[ "$(driver_of $VF0)" = - ]
	sed -i "/^device *= *10ca/a address = 0000:03:*.*" "$root/etc/pcitag/registry.ini"
	prepare a vf
	[ "$(driver_of $VF0)" = vfio-pci ]
	release a
	[ "$(driver_of $VF0)" = - ]
	[ "$(cat "$root/sys/bus/pci/devices/$PF2/sriov_drivers_autoprobe")" = 0 ]
}

# ---- the kernel fails -----------------------------------------------------------------------------------------

# fails_with ERRNO TEXT: creating fails with one line that has TEXT, and leaves nothing.
fails_with() {
	ctl clear
	ctl fail write '*/sriov_numvfs' 1 "$1"
	run -1 pcitag vf create
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == "pcitag: vf create $PF2: cannot write to /sys/bus/pci/devices/$PF2/sriov_numvfs: "*"$2"*"; it has 0 virtual functions now" ]] ||
		{ echo "$output" && return 1; }
	ctl clear
	no_trace
}

@test "each failure of the kernel is one line with what to do" {
	fails_with ENOMEM "Cannot allocate memory; the firmware has left its slot too little address space or too few bus numbers"
	fails_with ENOSPC "No space left on device; the firmware has left"
	fails_with EBUSY "Device or resource busy; its driver or another program is busy with them; try again"
	fails_with EPERM "Operation not permitted; its driver refuses that"
	fails_with EIO "Input/output error; dmesg may say more"
	ctl set $PF2 driver=-
	remember_host
	fails_with ENOENT "No such file or directory; no driver has it, and only its driver makes them: load that"
}

@test "a driver that cannot make any" {
	ctl set $PF2 driver=vfio-pci
	remember_host
	run -1 pcitag vf create
	[[ $output == *"No such file or directory; its driver makes none: give it to the one of its vendor; it has 0 virtual functions now" ]]
	no_trace
}

@test "a driver that makes fewer, and calls that a success: they are taken away again" {
	ctl set $PF2 vfs-most=2
	run -1 pcitag vf create
	[ "$output" = "pcitag: vf create $PF2: its driver makes only 2 of 3; dmesg may say more; it has 0 virtual functions now" ]
	[ "$(vfs_of $PF2)" = '' ]
	no_trace
}

@test "fewer, and they cannot be taken away: the line says what is left" {
	ctl set $PF2 vfs-most=2
	ctl fail write '*/sriov_numvfs' 2 EBUSY
	run -1 pcitag vf create
	[ "$output" = "pcitag: vf create $PF2: its driver makes only 2 of 3; dmesg may say more; it has 2 virtual functions now" ]
	[ "$(number_of $PF2)" = 2 ]
}

@test "what was written cannot be read back" {
	ctl fail read '*/sriov_numvfs' '*' EIO
	run -1 pcitag vf create
	[[ $output == "pcitag: vf create $PF2: cannot read /sys/bus/pci/devices/$PF2/sriov_numvfs: Input/output error; dmesg may say more; how many it has now is not known" ]]
}

@test "the kernel does not come back: a deadline, and no other start waits for it" {
	local begin=$EPOCHREALTIME
	ctl stall write '*/sriov_numvfs' 1
	run -1 pcitag vf create
	within 10000 "$begin"
	[[ $output == "pcitag: vf create $PF2: process "*" still waits in the kernel, which may change the number of its virtual functions later; "* ]]
	prepare a vf
	[ "$(placeholder a/vf)" = /dev/pcitag/device/$OLD0 ]
	release a
	ctl release
	soon test "$(number_of $PF2)" = 3
}

@test "a card was plugged in anew meanwhile: nothing is written to it" {
	ctl when read "*/$PF2/sriov_vf_device" 2 replug $PF2 group=40 subsystem=1:2
	run -1 pcitag vf create
	[[ $output == *"its virtual functions have changed since they were looked at; try again"* ]]
	[ "$(number_writes)" -eq 0 ]
}

@test "another program was faster" {
	ctl set $PF2 numvfs=1
	ctl when read "*/$PF2/sriov_totalvfs" 2 device $VF0 vendor=8086 device=10ca class=020000 group=50 physfn=$PF2
	run -1 pcitag vf create
	[ "$output" = "pcitag: vf create $PF2: its virtual functions have changed since they were looked at; try again; how many it has now is not known" ]
	[ "$(number_writes)" -eq 0 ]
}

# ---- removing them --------------------------------------------------------------------------------------------

@test "vf remove takes all of them away; twice is no failure" {
	pcitag vf create
	run -0 pcitag vf remove $PF2
	[ "$output" = "$PF2 has no virtual functions any more" ]
	[ "$(number_of $PF2)" = 0 ]
	[ ! -e "$root/sys/bus/pci/devices/$VF0" ]
	no_trace
	run -0 pcitag vf remove $PF2
	[ "$output" = "$PF2 has no virtual functions" ]
	no_trace
}

@test "refused while a domain has one of them, with its name" {
	prepare a vf
	ctl clear
	run -1 pcitag vf remove $PF1
	[ "$output" = "pcitag: vf remove $PF1: $OLD0: its group 15 belongs to domain a; stop that domain" ]
	[ "$(number_of $PF1)" = 4 ]
	[ "$(number_writes)" -eq 0 ]
	release a
	run -0 pcitag vf remove $PF1
}

@test "refused while a domain names one of them, or the physical function, by address" {
	DEVICES=$(native $OLD1) EMULATOR=/usr/bin/qemu-system-x86_64 CONTAINER='' prepare n
	run -1 pcitag vf remove $PF1
	[ "$output" = "pcitag: vf remove $PF1: $OLD1: its group 16 is used by domain n, which names it by address; stop that domain, or let it ask by placeholder instead" ]
	DEVICES=$(native $PF2) EMULATOR=/usr/bin/qemu-system-x86_64 CONTAINER='' prepare m
	run -1 pcitag vf create
	[ "$output" = "pcitag: vf create $PF2: $PF2: its group 19 is used by domain m, which names it by address; stop that domain, or let it ask by placeholder instead" ]
	[ "$(number_of $PF1) $(number_of $PF2)" = "4 0" ]
}

@test "a physical function that a domain has gets none" {
	sed -i '/^vfs = /d' "$root/etc/pcitag/registry.ini"
	prepare a nic
	[ "$(driver_of $PF2)" = vfio-pci ]
	sed -i "/^device *= *10c9/a vfs = 3" "$root/etc/pcitag/registry.ini"
	ctl clear
	run -1 pcitag vf create
	[ "$output" = "pcitag: vf create $PF2: $PF2: its group 19 belongs to domain a; stop that domain" ]
	[ "$(number_writes)" -eq 0 ]
	release a
}

@test "one that has virtual functions is given to no domain" {
	pcitag vf create
	run -1 prepare a nic
	[[ $output == *"$PF2: is a physical function with 3 virtual functions enabled"* ]]
}

@test "refused while the host uses one of them" {
	ctl set $OLD1 net=lo:up
	run -1 pcitag vf remove $PF1
	[[ $output == "pcitag: vf remove $PF1: $OLD1: is used by the host: "*"; end that use" ]]
	[ "$(number_of $PF1)" = 4 ]
	[ "$(number_writes)" -eq 0 ]
}

@test "refused while another user of VFIO has the group of one open" {
	ctl set $OLD1 driver=vfio-pci
	hold_group 16 $OLD1
	run -1 pcitag vf remove $PF1
	[ "$output" = "pcitag: vf remove $PF1: $OLD1: is in use: another process has /dev/vfio/16 open; find out with fuser(1) who has that node open" ]
	[ "$(number_of $PF1)" = 4 ]
	drop_holder
	run -0 pcitag vf remove $PF1
}

@test "opened at the last moment: the kernel would wait for ever, and is not asked" {
	ctl set $OLD1 driver=vfio-pci
	ctl fail open /dev/vfio/16 2 EBUSY
	ctl fail open /dev/vfio/16 3 EBUSY
	run -1 pcitag vf remove $PF1
	[ "$output" = "pcitag: vf remove $PF1: another process has /dev/vfio/16 open, the group of $OLD1: Device or resource busy; its driver or another program is busy with them; try again, dmesg may say more; how many it has now is not known" ]
	[ "$(number_writes)" -eq 0 ]
}

@test "what cannot be told counts as in use" {
	ctl set $OLD1 driver=vfio-pci
	ctl fail open /dev/vfio/16 '*' EIO
	run -1 pcitag vf remove $PF1
	[[ $output == *"$OLD1: is in use: another process has /dev/vfio/16 open"* ]]
	ctl clear
	ctl set $OLD1 dead
	run -1 pcitag vf remove $PF1
	[[ $output == *"$OLD1: does not answer (its configuration space reads all ones)"* ]]
	[ "$(number_of $PF1)" = 4 ]
}

@test "the pools of libvirt stay libvirt's" {
	mkdir -p "$root/etc/libvirt/qemu/networks"
	echo "<network><name>vfs</name><forward mode='hostdev'><pf dev='pnet1'/></forward></network>" >"$root/etc/libvirt/qemu/networks/vfs.xml"
	run -1 pcitag vf remove $PF1
	rm "$root/etc/libvirt/qemu/networks/vfs.xml"
	[[ $output == *"$OLD0: is in libvirt's network 'vfs' (forward mode='hostdev')"* ]]
	[ "$(number_of $PF1)" = 4 ]
}

@test "the driver does not take them away: the line says what stands" {
	ctl fail write '*/sriov_numvfs' 1 EPERM
	run -1 pcitag vf remove $PF1
	[ "$output" = "pcitag: vf remove $PF1: cannot write to /sys/bus/pci/devices/$PF1/sriov_numvfs: Operation not permitted; its driver refuses that; a guest may have one of them without pcitag, dmesg may say more; it has 4 virtual functions now" ]
	no_trace
}

@test "a driver of one does not let go: a deadline, and no start gets one of the others meanwhile" {
	ctl set $OLD0 unbind-hangs=igbvf
	run -1 pcitag vf remove $PF1
	[[ $output == *"still waits in the kernel"* ]]
	run -1 prepare a vf
	[[ $output == *"$OLD1"* ]]
	ctl release
	soon test "$(number_of $PF1)" = 0
}

@test "a crash in the middle: reconcile removes what kept the domains away" {
	ctl stall write '*/sriov_numvfs' 1
	in_pretend /usr/sbin/pcitag vf create 3>&- &
	soon eval '[ "$(number_writes)" -eq 1 ]'
	run -1 prepare a nic
	[[ $output == *"belongs to domain"* || $output == *"is used by domain pcitag vf"* ]]
	kill -KILL $!
	wait $! || true
	ctl release
	soon test "$(number_of $PF2)" = 3
	run -0 pcitag reconcile
	[ -z "$(ls "$root/run/pcitag/leases")" ]
}

# ---- at boot --------------------------------------------------------------------------------------------------

@test "at boot: it waits until udev has nothing to do and the driver is there" {
	ctl set $PF2 driver=-
	mkdir -p "$root/run/udev"
	touch "$root/run/udev/queue"
	in_pretend /usr/sbin/pcitag vf create --settle >"$BATS_TEST_TMPDIR/out" 3>&- &
	sleep 0.3
	[ "$(number_writes)" -eq 0 ]
	ctl set $PF2 driver=igb
	sleep 0.3
	[ "$(number_writes)" -eq 0 ]
	rm "$root/run/udev/queue"
	wait $!
	[ "$(<"$BATS_TEST_TMPDIR/out")" = "$PF2 has 3 virtual functions now, the first is $VF0" ]
}

@test "at boot: what udev has made by then is used" {
	mkdir -p "$root/run/udev"
	touch "$root/run/udev/queue"
	in_pretend /usr/sbin/pcitag vf create --settle >"$BATS_TEST_TMPDIR/out" 3>&- &
	in_pretend bash -c "echo 3 >/sys/bus/pci/devices/$PF2/sriov_numvfs"
	rm "$root/run/udev/queue"
	wait $!
	[ "$(<"$BATS_TEST_TMPDIR/out")" = "$PF2 has 3 virtual functions already, the first is $VF0" ]
	[ "$(number_writes)" -eq 1 ]
}

@test "at boot: a host without such a model waits for nothing" {
	local begin=$EPOCHREALTIME
	registry <<<$'[Vf]\ntype = vf\nvendor = 8086\ndevice = 10ca'
	mkdir -p "$root/run/udev"
	touch "$root/run/udev/queue"
	run -0 pcitag vf create --settle
	within 2000 "$begin"
}

# ---- what is shown --------------------------------------------------------------------------------------------

@test "vf show lists what can have virtual functions, and what is wanted" {
	run -3 pcitag vf show
	[ "${lines[0]}" = "ADDRESS       MODEL  WANTED  HAS  POSSIBLE  DRIVER  VF IDS     FIRST" ]
	[ "${lines[1]}" = "$PF1  -      -       4    7         igb     8086:10ca  $OLD0" ]
	[ "${lines[2]}" = "$PF2  Igb    3       0    7         igb     8086:10ca  -" ]
	pcitag vf create
	run -0 pcitag vf show 03:00.0
	[ "${lines[1]}" = "$PF2  Igb    3       3    7         igb     8086:10ca  $VF0" ]
	[ "$(ctl log | grep -c ' open /dev/vfio/')" -eq 0 ]
}

@test "vf show --json, and create" {
	run -0 pcitag vf create --json
	[ "$(jq -c '.functions[0] | [.address, .model, .wanted, .possible, .driver, .vf_device, .autoprobe, .virtual_functions, .changed, .problem]' <<<"$output")" = \
		"[\"$PF2\",\"Igb\",3,7,\"igb\",\"10ca\",true,[\"$VF0\",\"$VF1\",\"$VF2\"],true,null]" ]
	run -0 pcitag vf show --json
	[ "$(jq -c '[.functions[] | .virtual_functions | length]' <<<"$output")" = '[4,3,0]' ]
	run -0 pcitag vf remove $PF2 --json
	[ "$(jq -c '.functions[0] | [.virtual_functions, .changed]' <<<"$output")" = '[[],true]' ]
}

@test "show of a physical function names its virtual ones, and show of one of these the physical one" {
	run -0 pcitag show $PF1
	[[ $output == *"SR-IOV       4 of 7 virtual functions: $OLD0, $OLD1, 0000:02:10.4, 0000:02:10.6"* ]]
	run -0 pcitag show $OLD0
	[[ $output == *"SR-IOV       virtual function of $PF1"* ]]
	run -0 pcitag show --json $PF1
	[ "$(jq -c .device.virtual_function_addresses <<<"$output")" = "[\"$OLD0\",\"$OLD1\",\"0000:02:10.4\",\"0000:02:10.6\"]" ]
}

@test "check: a model with vfs that has none, another number, and all of them" {
	run pcitag check
	[[ $output == *"WARN  model                Igb: vfs = 3, and $PF2 has no virtual functions"*"fix: pcitag vf create $PF2"* ]]
	pcitag vf create
	run pcitag check
	[[ $output != *"Igb: vfs = 3"* && $output != *"Igb: 1 of its 1 devices cannot be assigned"* ]]
	wants 2
	run pcitag check
	[[ $output == *"Igb: vfs = 2, and $PF2 has 3 virtual functions, which are used as they are"* ]]
	wants 9
	run pcitag check
	[[ $output == *"Igb: vfs = 9, and $PF2 can have 7 virtual functions"* ]]
	[[ $output == *"WARN  vf-service           "*"pcitag-vf.service is not enabled: virtual functions are not made at boot"* ]]
}
