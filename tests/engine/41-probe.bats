#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is in this machine, and what to write into the registry for it.

# shellcheck disable=SC2154

load helper

setup_file() { pretend_host lab; }
teardown_file() { pretend_end; }

setup() {
	pretend_reset "$PRETEND_DIR/hosts/lab.desc"
	registry </dev/null
	settings <<<''
}

# probed ADDRESS JQ: a field of the device at ADDRESS, as `probe --all` has it.
probed() {
	pcitag probe --all --json | jq -c ".devices[] | select(.address == \"$1\") | $2"
}

# addresses OPTION...: of the devices that list shows.
addresses() {
	pcitag list --json "$@" | jq -r '.devices[].address' | xargs
}

# model_of ADDRESS: which model list says that it has.
model_of() {
	pcitag list --json | jq -r ".devices[] | select(.address == \"$1\") | .model"
}

@test "an empty registry: probe writes the sections, list finds the devices" {
	run -0 pcitag probe --registry
	registry <<<"$output"
	[ "$(model_of $NIC1)" = 82574L-Gigabit-Network-Connection ]
	[ "$(model_of $BEHIND1)" = 82540EM-Gigabit-Ethernet-Controller ]
	[ "$(model_of $NVME)" = QEMU-NVM-Express-Controller ]
	[ -n "$(model_of $NPU1)" ]
	run -0 pcitag types
	[[ $output == *$'\n'"nic "*$'\n'"nvme "* ]]
	prepare vm nvme
	[ "$(driver_of $NVME)" = vfio-pci ]
	release vm
}

@test "probe says all there is to know of a device" {
	ctl set $NIC1 numa=1 reset=flr,bus link=2.5x1/8.0x4
	run -0 pcitag probe
	[[ $output == *"$NIC1  Intel Corporation 82574L Gigabit Network Connection
    class 0200 Ethernet controller; 8086:10d3, subsystem 8086:0000 (Intel Corporation), revision 00
    group $(group_of $NIC1); NUMA node 1; link 2.5 GT/s x1, could do 8.0 GT/s x4; reset flr bus; driver e1000e
    no model matches it yet: section [82574L-Gigabit-Network-Connection]"* ]]
	[[ $output == *"$BEHIND1  "*"group $(group_of $BEHIND1) with bridge $BRIDGE, $BEHIND2; "* ]]
	[ "$(probed $NIC1 '[.numa, .link.speed, .link.width, .link.max_speed, .link.max_width]')" = \
		'[1,"2.5 GT/s",1,"8.0 GT/s",4]' ]
	[ "$(probed $NIC1 '[.vendor_name, .device_name, .class_name, .revision, .nodedev]')" = \
		'["Intel Corporation","82574L Gigabit Network Connection","Ethernet controller","00","pci_0000_05_00_0"]' ]
	[ "$(probed $NIC1 '[.reset_methods, .members, .state, .section, .model]')" = \
		'[["flr","bus"],[],"free","82574L-Gigabit-Network-Connection",null]' ]
	[ "$(probed $BEHIND1 '.members | map([.address, .bridge])')" = "[[\"$BRIDGE\",true],[\"$BEHIND2\",false]]" ]
}

@test "a link that is down or has no registers is none" {
	ctl set $NIC1 link=0x0
	[ "$(probed $NIC1 .link)" = null ]
	[ "$(probed $NPU1 .link)" = null ]
}

@test "probe leaves the plumbing out, --all shows it" {
	run -0 pcitag probe
	[[ $output != *"$BRIDGE  "* && $output != *"0000:00:1f.3  "* ]]
	[[ $output == *"part of the machine, and not shown: 13; pcitag probe --all"* ]]
	run -0 pcitag probe --all
	[[ $output == *"$BRIDGE  "*"no section: is a bridge, not an endpoint"* ]]
	[ "$(pcitag probe --json --all | jq '.devices | length')" = 30 ]
	[ "$(pcitag probe --json | jq '.devices | length')" = 17 ]
}

# described: the host that standard input describes.
described() {
	cat >"$BATS_TEST_TMPDIR/host.desc"
	pretend_reset "$BATS_TEST_TMPDIR/host.desc"
}

@test "what is on a slot or has a driver is a device, whatever its class: NVSwitch, Coral, FPGA, DSA" {
	described <<-EOF
		driver pcieport
		driver nvidia-nvswitch
		driver apex
		driver idxd
		driver ioatdma
		driver vfio-pci
		device 0000:00:00.0 vendor=8086 device=09a2 class=088000 group=0
		device 0000:00:01.0 vendor=8086 device=0b00 class=088000 group=1 native=ioatdma
		device 0000:00:1c.0 vendor=8086 device=43b8 class=060400 group=2 native=pcieport
		device 0000:00:1d.0 vendor=8086 device=43b0 class=060400 group=3 native=pcieport
		device 0000:00:1e.0 vendor=8086 device=43b1 class=060400 group=4 native=pcieport
		device 0000:05:00.0 under=0000:00:1c.0 vendor=10de device=22a3 class=068000 group=14 native=nvidia-nvswitch
		device 0000:05:00.1 under=0000:00:1c.0 vendor=10de device=22a3 class=068000 group=14
		device 0000:06:00.0 under=0000:00:1d.0 vendor=1ac1 device=089a subsystem=1ac1:089a class=088000 group=15 native=apex
		device 0000:07:00.0 under=0000:00:1e.0 vendor=10ee device=7038 class=058000 group=16
		device 0000:6a:01.0 vendor=8086 device=1212 class=088000 group=17 native=idxd
	EOF
	run -0 pcitag probe --registry
	registry <<<"$output"
	[ "$(addresses)" = "0000:00:01.0 0000:05:00.0 0000:05:00.1 0000:06:00.0 0000:07:00.0 0000:6a:01.0" ]
	[ "$(addresses --free)" = "$(addresses)" ]
	[ "$(model_of 0000:06:00.0)" = Coral-Edge-TPU ]
	[ "$(probed 0000:00:00.0 .no_section)" = '"is part of the machine by its class 0880"' ]
	run -0 pcitag probe
	[[ $output == *$'\n'"0000:05:00.0  NVIDIA Corporation "* && $output == *"part of the machine, and not shown: 4;"* ]]
}

@test "what belongs to the chipset is no proposal: MEI, I2C, PSP, reserved functions" {
	described <<-EOF
		driver pcieport
		driver ccp
		driver mei_me
		driver intel-lpss
		driver amdgpu
		driver vfio-pci
		device 0000:00:02.1 vendor=1022 device=1634 class=060400 group=1 native=pcieport
		device 0000:00:08.1 vendor=1022 device=1635 class=060400 group=5 native=pcieport
		device 0000:00:15.0 vendor=8086 device=a0e8 class=0c8000 group=9 native=intel-lpss
		device 0000:00:16.0 vendor=8086 device=a0e0 class=078000 group=8 native=mei_me
		device 0000:03:00.0 under=0000:00:02.1 vendor=1022 device=1485 class=130000 group=10
		device 0000:04:00.0 under=0000:00:08.1 vendor=1002 device=1638 class=030000 group=11 native=amdgpu
		device 0000:04:00.2 under=0000:00:08.1 vendor=1022 device=15df class=108000 group=12 native=ccp
	EOF
	[ "$(pcitag probe --json | jq -c '[[.devices[].address], [.sections[].type]]')" = '[["0000:04:00.0"],["gpu"]]' ]
	[ "$(probed 0000:00:16.0 .no_section)" = '"is part of the chipset (class 0780 of vendor 8086, driver mei_me)"' ]
	[ "$(probed 0000:04:00.2 .no_section)" = '"is part of the chipset (class 1080 of vendor 1022, driver ccp)"' ]
	run -0 pcitag show 0000:03:00.0
	[[ $output == *$'\n'"verdict      is part of the chipset (class 1300 of vendor 1022)"$'\n'"to do        nothing: it stays with the host" ]]

	# What a model matches is shown, whatever it is.
	run -0 pcitag define MEI mei 8086 a0e0
	[ "$(pcitag probe --json | jq -c '[.devices[] | [.address, .model]]')" = '[["0000:00:16.0","MEI"],["0000:04:00.0",null]]' ]
}

@test "what the host needs gets no section but the reason" {
	ctl set $NIC1 master=br0
	ctl set $NPU1 boot_vga=1
	ctl set $NVME dead
	[ "$(probed $NIC1 '[.section, .no_section]')" = '[null,"is used by the host: interface pnet1 is part of br0"]' ]
	[ "$(probed $NIC1 .host_need)" = '"is used by the host: interface pnet1 is part of br0"' ]
	[ "$(probed $NPU1 .no_section)" = '"is the host'\''s boot console"' ]
	[ "$(probed $NVME .no_section)" = '"does not answer (its configuration space reads all ones)"' ]
	[ "$(probed 0000:00:1f.2 .no_section)" = '"0000:00:1f.0 of its group 15 has class 0601, which belongs to the host"' ]
	run -0 pcitag probe --registry
	[[ $output != *1b36* ]]
	registry <<<"$output"
	[ "$(model_of $NIC1)" = "" ]
	[ "$(model_of $NIC2)" != "" ]
	[ "$(model_of $NPU1)" = "" ]
	[ "$(model_of $NPU2)" != "" ]
}

@test "the host's twin is kept out by its subsystem, or else by its address" {
	ctl set $NIC1 master=br0 subsystem=8086:a01f
	ctl set $NPU1 boot_vga=1
	run -0 pcitag probe --registry
	[[ $output == *"device = 10d3"$'\n'"subsystem = 8086:0000"$'\n'* ]]
	[[ $output == *"device = 11e8"$'\n'"exclude = $NPU1"$'\n'* ]]
}

@test "what a model matches already gets no section, and names that are taken are not taken again" {
	registry <<-EOF
		[82540EM-Gigabit-Ethernet-Controller]
		type = nic
		vendor = 8086
		device = 10d3
	EOF
	[ "$(probed $NIC1 '[.model, .type, .section, .no_section]')" = \
		'["82540EM-Gigabit-Ethernet-Controller","nic",null,null]' ]
	[ "$(probed $BEHIND1 .section)" = '"82540EM-Gigabit-Ethernet-Controller-2"' ]
	local REPLY
	host_root
	pcitag probe --registry >"$REPLY/etc/pcitag/registry.d/more.ini"
	[ "$(model_of $BEHIND1)" = 82540EM-Gigabit-Ethernet-Controller-2 ]
	run -0 pcitag probe --registry
	[ "$output" = "; no section to add: every device of this host has a model, or is the host's" ]
}

@test "an assigned device is a device for guests" {
	lab_registry
	prepare vm nic
	registry </dev/null
	[ "$(probed $NIC1 '[.state, .domain, .section]')" = '["leased","vm","82574L-Gigabit-Network-Connection"]' ]
	run -0 pcitag probe
	[[ $output == *"section [82574L-Gigabit-Network-Connection]; now its group $(group_of $NIC1) belongs to domain vm"* ]]
	release vm
}

@test "a graphics card goes with its sound: functions = all" {
	pretend_reset "$PRETEND_DIR/hosts/gpu.desc"
	run -0 pcitag probe --registry
	registry <<<"$output"
	[[ $output == *"[GeForce-RTX-3090]"$'\n'"type = gpu"$'\n'*"functions = all"* ]]
	[ "$(probed 0000:01:00.1 .no_section)" = '"goes with 0000:01:00.0"' ]
	[ "$(probed 0000:00:02.0 .section)" = null ]
	[ "$(probed 0000:03:00.0 .section)" = null ]
	prepare vm gpu
	[ "$(driver_of 0000:01:00.0) $(driver_of 0000:01:00.1)" = "vfio-pci vfio-pci" ]
	release vm
	[ "$(driver_of 0000:01:00.0) $(driver_of 0000:01:00.1)" = "nouveau snd_hda_intel" ]
}

@test "virtual functions are known as such; their physical function stays" {
	pretend_reset "$PRETEND_DIR/hosts/sriov.desc"
	[ "$(probed 0000:02:10.0 '[.physical_function, .section]')" = '["0000:02:00.0","82576-Virtual-Function"]' ]
	[ "$(probed 0000:02:00.0 '[.virtual_functions, .virtual_functions_max, .no_section]')" = \
		'[4,7,"is a physical function with 4 virtual functions enabled"]' ]
	run -0 pcitag probe --registry
	registry <<<"$output"
	[ "$(model_of 0000:02:00.0)" = "" ]
	[ "$(model_of 0000:03:00.0)" = 82576-Gigabit-Network-Connection ]
}

@test "a machine without IOMMU is told so, and its sections all the same" {
	pretend_reset "$PRETEND_DIR/hosts/noiommu.desc"
	run -0 pcitag probe
	[[ $output == *"this host has no IOMMU group, so no guest can have any of its devices: switch VT-d or AMD-Vi on"* ]]
	[ "$(pcitag probe --json | jq .iommu)" = false ]
	run -0 pcitag probe --registry
	registry <<<"$output"
	[ "$(model_of 0000:03:00.0)" = 82574L-Gigabit-Network-Connection ]
}

@test "without root probe says what it cannot see" {
	run -0 in_pretend setpriv --reuid=nobody --regid=nogroup --clear-groups /usr/sbin/pcitag probe --registry
	[ "${lines[0]}" = "; only root sees which groups are open, which disks the kernel has claimed, and what the processes of others have open" ]
	registry <<<"$output"
	[ "$(model_of $NIC1)" = 82574L-Gigabit-Network-Connection ]
	run -0 in_pretend setpriv --reuid=nobody --regid=nogroup --clear-groups /usr/sbin/pcitag probe --json
	[ "$(jq .complete <<<"$output")" = false ]
	run -0 in_pretend setpriv --reuid=nobody --regid=nogroup --clear-groups /usr/sbin/pcitag show $NIC1
	[[ ${lines[-1]} == "only root sees which groups are open, "* ]]
}

@test "without pci.ids there are no names, and the sections are called by ids" {
	local REPLY
	host_root
	nsenter --mount --target "$PRETEND_PID" -- /bin/mount -t tmpfs none /usr/share/misc
	nsenter --mount --target "$PRETEND_PID" -- /bin/mount -t tmpfs none /usr/share/hwdata 2>/dev/null || true
	echo 'this is not a list of names' >"$REPLY/usr/share/misc/pci.ids"
	run -0 pcitag probe --registry
	nsenter --mount --target "$PRETEND_PID" -- /bin/umount /usr/share/misc
	[[ $output == *"[pci-8086-10d3]"* ]]
	[[ $output == "; no names: "* ]]
	registry <<<"$output"
	[ "$(model_of $NIC1)" = pci-8086-10d3 ]
}

@test "show takes any of the three ways to write an address" {
	lab_registry
	for address in $NIC1 05:00.0 pci_0000_05_00_0; do
		run -0 pcitag show "$address"
		[ "${lines[0]}" = "address      $NIC1, in libvirt pci_0000_05_00_0" ]
	done
	run -0 pcitag show $NIC1
	[[ $output == *$'\n'"models       Intel-82574L, type nic (/etc/pcitag/registry.ini:6): matches"$'\n'* ]]
	[[ $output == *$'\n'"             Dual-82574L, type dual (/etc/pcitag/registry.ini:12): does not match: its key address names others"$'\n'* ]]
	[[ $output == *$'\n'"verdict      is free"$'\n'"to do        a domain gets it that asks for nic or Intel-82574L" ]]
	run -2 pcitag show eth0
	[ "$output" = "pcitag: show: invalid PCI address 'eth0'; write 0000:02:00.0, 02:00.0 or, as libvirt does, pci_0000_02_00_0" ]
	run -1 pcitag show 0000:77:00.0
	[ "$output" = "pcitag: show: there is no PCI function 0000:77:00.0; pcitag probe --all lists all" ]
}

@test "show says who has a device, each function of it, and what to do" {
	lab_registry
	prepare vm dual
	run -0 pcitag show $DUAL0
	[[ $output == *$'\n'"with         domain vm ($(uuid_of vm)), bound since 20"*", given for request dual"$'\n'"return to    e1000e"* ]]
	[[ $output == *$'\n'"to do        stop that domain" ]]
	run -0 pcitag show $DUAL1
	[[ $output == *$'\n'"             $DUAL0 Intel Corporation 82574L Gigabit Network Connection (driver vfio-pci)"* ]]
	[[ $output == *"since 20"*", held"$'\n'* ]]
	[ "$(pcitag show --json $DUAL0 | jq -c '.device.lease | [.domain, .state, .role, .request, .previous_driver]')" = \
		'["vm","bound","given","dual","e1000e"]' ]
	release vm
}

@test "show tells what a quarantined device waits for" {
	lab_registry
	prepare vm nic
	hold_group "$(group_of $NIC1)" $NIC1
	release vm
	run -0 pcitag show $NIC1
	[[ $output == *"domain vm ($(uuid_of vm)), quarantined since 20"*":"$'\n'*"has /dev/vfio/$(group_of $NIC1) open"* ]]
	[[ $output == *$'\n'"to do        resolve what pcitag leases reports; "* ]]
	[[ $(pcitag show --json $NIC1 | jq -r .device.lease.note) == *"has /dev/vfio/$(group_of $NIC1) open"* ]]
	drop_holder
	pcitag reconcile
}

@test "show says why each model does not match" {
	registry <<-EOF
		[A]
		type = t
		vendor = 8086
		device = 10d3
		subsystem = 8086:0001

		[B]
		type = t
		vendor = 8086
		device = 10d3
		class = 0280

		[C]
		type = t
		vendor = 8086
		device = 10d3
		exclude = $NIC1

		[D]
		type = t
		vendor = 8086
		device = 10d3
		revision = 07

		[E]
		type = t
		vendor = 8086
		device = 10d3
		hosts = elsewhere

		[F]
		type = t
		vendor = 8086
		device = 10d3
		enabled = no
	EOF
	run -0 pcitag show $NIC1
	[[ $output == *"A, type t (/etc/pcitag/registry.ini:1): does not match: its subsystem is 8086:0001, that of the device 8086:0000"* ]]
	[[ $output == *"B, type t "*": does not match: its class is 0280, that of the device 0200"* ]]
	[[ $output == *"C, type t "*": does not match: its key exclude names the device"* ]]
	[[ $output == *"D, type t "*": does not match: its revision is 07, that of the device 00"* ]]
	[[ $output == *"E, type t "*": matches, but its key hosts names others"* ]]
	[[ $output == *"F, type t "*": matches, but has enabled = no"* ]]
	[ "$(pcitag show --json $NIC1 | jq -c '[.device.models[] | [.model, .key]]')" = \
		'[["A","subsystem"],["B","class"],["C","exclude"],["D","revision"],["E",null],["F",null]]' ]
	[[ $output == *"to do        add this host to the key hosts of its model" ]]
}

@test "show of a device that no model knows says how to describe it" {
	run -0 pcitag show $NPU1
	[[ $output == *$'\n'"models       none of the registry has its vendor and device"$'\n'"verdict      no model of the registry matches it"$'\n'* ]]
	[[ $output == *$'\n'"to do        describe it in the registry: pcitag probe --registry" ]]
	run -0 pcitag show $BRIDGE
	[[ $output == *$'\n'"verdict      is a bridge, not an endpoint"$'\n'"to do        nothing: bridges stay with the host" ]]
}

@test "list --numa, and a column for it on a host that has nodes" {
	lab_registry
	ctl set $NPU1 numa=0
	ctl set $NIC1 numa=1
	[ "$(addresses --numa 1)" = "$NIC1" ]
	run -0 pcitag list --type npu
	[[ ${lines[0]} =~ GROUP\ +NUMA\ +DRIVER ]]
	[[ ${lines[1]} =~ ^$NPU1\ +Edu\ +npu\ +[0-9]+\ +0\ +-\ +free$ ]]
	[[ ${lines[2]} =~ ^$NPU2\ +Edu\ +npu\ +[0-9]+\ +-\ +-\ +free$ ]]
	[ "$(pcitag list --json | jq -c '[.devices[0, 1] | .numa]')" = "[0,null]" ]
}

@test "a terminal that is not wide has no column for NUMA nodes" {
	lab_registry
	ctl set $NPU1 numa=0
	at_width() { in_pretend script -qec "stty cols $1; /usr/sbin/pcitag list" /dev/null </dev/null; }
	[[ $(at_width 120) == *NUMA* ]]
	[[ $(at_width 80) != *NUMA* ]]
}

@test "a filter by type on an empty registry says that it is empty" {
	for option in --type --model; do
		run -1 pcitag list $option npu
		[ "$output" = "pcitag: list: the registry is empty; describe devices in /etc/pcitag/registry.ini, pcitag probe proposes how" ]
	done
}

@test "list --host-critical shows what the host needs, also when force or its model hide that" {
	ctl set $NIC1 master=br0
	ctl set $NIC2 master=br0
	ctl set $NPU1 boot_vga=1
	registry <<-EOF
		[Edu]
		type = npu
		vendor = 1234
		device = 11e8

		[Nic]
		type = nic
		vendor = 8086
		device = 10d3
		address = $NIC1 $NIC2
		force = $NIC1
	EOF
	[ "$(addresses --host-critical)" = "$NPU1 $NIC1 $NIC2" ]
	[ "$(addresses --host-critical --free)" = "$NIC1" ]
}

@test "probe and show change nothing" {
	remember_host
	pcitag probe >/dev/null
	pcitag show $NIC1 >/dev/null
	nothing_touched
}
