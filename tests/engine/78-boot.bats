#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # status, output and lines are set by bats
#
# boot = vfio: the udev rules that keep devices away from their native driver. That udev obeys them is for the lab.

load helper

RULES=/etc/udev/rules.d/70-pcitag-boot.rules

setup_file() {
	pretend_host lab
}

setup() {
	pretend_reset
	lab_registry
	root=/proc/$PRETEND_PID/root
	mkdir -p "$root/etc/udev/rules.d"
	rm -f "$root$RULES"
	remember_host
}

teardown_file() {
	pretend_end
}

# boots TYPE: the models of this type get boot = vfio.
boots() {
	sed -i "/^type *= *$1/a boot = vfio" "$root/etc/pcitag/registry.ini"
}

# rules: prints the file without its comments.
rules() {
	grep -v '^#' "$root$RULES"
}

# id ADDRESS ATTRIBUTE
id() {
	cat "$root/sys/bus/pci/devices/$1/$2"
}

@test "no model has the key: nothing to write, and --write makes no file" {
	run -0 pcitag boot
	[ "$output" = "no model of this host has boot = vfio" ]
	run -0 pcitag boot --write
	[ ! -e "$root$RULES" ]
	run pcitag check
	[[ $output != *boot-rules* ]]
}

@test "a rule for each function, by address and by every id" {
	boots nic
	run -3 pcitag boot
	[[ ${lines[0]} == "ADDRESS       MODEL"* ]]
	[[ $output == *"$NIC1 "*" vfio-pci  e1000e      no"* ]]
	[ "${lines[-1]}" = "$RULES differs from the registry: pcitag boot --write" ]
	[ ! -e "$root$RULES" ]

	run -0 pcitag boot --write
	[ "${lines[-1]}" = "$RULES is written; make the initramfs anew (update-initramfs -u -k all, or dracut --force --regenerate-all), then reboot" ]
	[ "$(rules | grep -c .)" -eq "$(pcitag list --type nic --json | jq '.devices | length')" ]
	local at="ATTR{[pci/$NIC1]"
	rules | grep -xF "ACTION==\"add\", SUBSYSTEM==\"pci\", ${at}driver_override}==\"(null)\", ${at}vendor}==\"$(id $NIC1 vendor)\", ${at}device}==\"$(id $NIC1 device)\", ${at}subsystem_vendor}==\"$(id $NIC1 subsystem_vendor)\", ${at}subsystem_device}==\"$(id $NIC1 subsystem_device)\", ${at}class}==\"$(id $NIC1 class)\", ${at}driver_override}=\"vfio-pci\", ATTR{[subsystem/pci]drivers_probe}=\"$NIC1\", RUN{builtin}+=\"kmod load vfio-pci\""
	[ "$(stat -c '%a %U' "$root$RULES")" = '644 root' ]
	run -0 pcitag boot
	[ "${lines[-1]}" = "$RULES is what the registry says" ]
	nothing_touched
}

@test "another card in the slot, a key that was removed: check names it, and --write mends it" {
	boots nic
	pcitag boot --write
	sed -i "s/\(\[pci.$NIC1\]device}==\"0x\)..../\14711/" "$root$RULES"
	run -3 pcitag boot
	[[ $output == *"$RULES has a rule for $NIC1, which the registry does not want for what is there now"* ]]
	run pcitag check
	[[ $output == *"WARN  boot-rules "*"$RULES differs from the registry and from the devices of this host; not wanted: $NIC1"* ]]
	[[ $output == *"fix: pcitag boot --write"* ]]
	pcitag boot --write
	run pcitag check
	[[ $output == *"PASS  boot-rules "*" functions stay away from their native driver"* ]]

	sed -i '/^boot/d' "$root/etc/pcitag/registry.ini"
	run -3 pcitag boot
	run -0 pcitag boot --write
	[[ ${lines[-1]} == "$RULES is removed; make the initramfs anew "* ]]
	[ ! -e "$root$RULES" ]
}

@test "a NIC that a guest has: its rule is the same, and its group is not opened" {
	boots nic
	prepare vm nic
	ctl clear
	run -0 pcitag boot --write
	[[ "$(rules)" == *"ATTR{[pci/$NIC1]vendor}==\"$(id $NIC1 vendor)\""* ]]
	[[ "$(ctl log)" != *' open /dev/vfio/'* ]]
	release vm
	run -0 pcitag boot
	[ "${lines[-1]}" = "$RULES is what the registry says" ]
}

@test "the initramfs is older than the rules: check says what makes it anew" {
	boots nic
	pcitag boot --write
	[[ ! -e "$root/boot/initrd.img-$(uname -r)" && ! -e "$root/boot/initramfs-$(uname -r).img" ]]
	in_pretend mount -t tmpfs boot /boot
	touch -d '1 hour ago' "$root/boot/initrd.img-$(uname -r)"
	run pcitag check
	in_pretend umount /boot
	[[ $output == *"WARN  boot-rules "*"the initramfs is older than $RULES"*"fix: update-initramfs -u -k $(uname -r)"* ]]
}

@test "a mistake: another value, or a driver that is kept" {
	sed -i '/^type *= *nic/a boot = early' "$root/etc/pcitag/registry.ini"
	run -1 pcitag boot
	[[ $output == *"boot = early is neither vfio nor native; "* ]]
	lab_registry
	boots nic
	sed -i '/^boot/a driver = keep' "$root/etc/pcitag/registry.ini"
	run -1 pcitag boot
	[[ $output == *" has boot = vfio and driver = keep, which contradict each other; delete one of the two" ]]
}

@test "--json has the text, so that a program can install it elsewhere" {
	boots nic
	run -3 pcitag boot --json
	[ "$(jq -r .state <<<"$output")" = differs ]
	[ "$(jq -r '.devices[0].address' <<<"$output")" = $NIC1 ]
	[[ "$(jq -r .text <<<"$output")" == *"{[pci/$NIC1]driver_override}=\"vfio-pci\""* ]]
}
