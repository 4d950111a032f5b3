#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# The tools of this Debian with domains that have devices. What they do to the XML is shown faster by
# tests/libvirtd/ecosystem.bats; here is what ends in QEMU and in the kernel.

load bare

setup_file() {
	lab_clean
	lab_registry
}

setup() {
	remember_host
}

teardown() {
	lab_clean
}

# lab_element OWNER/REQUEST: that placeholder's element, in the file /tmp/element.xml of the lab.
lab_element() {
	lab 'cat >/tmp/element.xml' <<<"<input type='passthrough' bus='virtio'><source evdev='/dev/pcitag/$1'/></input>"
}

@test "virt-install starts a domain with its device, virt-xml changes what the next start asks for" {
	lab virt-install --quiet --name vi --memory 32 --virt-type qemu --machine q35 \
		--osinfo detect=off,require=off --import --disk none --network none --graphics none \
		--controller usb,model=none --memballoon none --seclabel type=none,model=apparmor --noautoconsole \
		--boot emulator=/usr/bin/pcitag-qemu-system-x86_64 \
		--input passthrough,bus=virtio,source.evdev=/dev/pcitag/vi/npu \
		--input evdev,source.dev=/dev/vfio/vfio
	[[ $(guest_devices vi) == "input"?" $NPU1 00.0" ]]

	lab virt-xml vi --edit source.evdev=/dev/pcitag/vi/npu --input source.evdev=/dev/pcitag/vi/nic
	lab 'virsh "destroy vi; start vi --paused"'
	[[ $(guest_devices vi) == "input"?" $NIC1 00.0" ]]
	lab virsh destroy vi
	nothing_touched
}

@test "virt-clone, virsh edit and domrename: one path is one domain's" {
	bare_define one npu
	lab virt-clone --quiet --original one --name clone --auto-clone
	lab virsh start one --paused
	run lab virsh start clone
	[ "$status" -eq 1 ]
	[[ $output == *"pcitag: domain 'clone': request npu: domain one uses /dev/pcitag/one/npu already; "* ]]

	lab "EDITOR='sed -i s,pcitag/one/,pcitag/clone/,' virsh 'edit clone; domrename clone two; start two --paused'"
	[[ $(guest_devices one) == "input"?" $NPU1 00.0" ]]
	[[ $(guest_devices two) == "input"?" $NPU2 00.0" ]]
	lab 'virsh "destroy one; destroy two"'
	nothing_touched
}

@test "of a domain with devices: no placeholder while it runs, no save, no dump; and it goes on" {
	bare_define vm npu.0
	lab virsh start vm
	lab_element vm/npu.1
	run lab virsh attach-device vm /tmp/element.xml --live
	[ "$status" -eq 1 ]
	[[ $output == *"/dev/pcitag/vm/npu.1"*": No such file or directory"* ]]
	run lab 'for command in "save vm /var/lib/libvirt/vm.save" "managedsave vm" "dump vm /var/lib/libvirt/vm.core"; do
			virsh "$command" && echo "$command is done"
		done'
	[[ $output != *"is done"* ]]
	[ "$(grep -c "cannot migrate domain: .*VFIO .*migration" <<<"$output")" -eq 3 ]
	[ "$(lab 'virsh domstate vm' | head -n 1)" = running ]
	[[ $(guest_devices vm) == "input"?" $NPU1 00.0" ]]
	[ "$(lab_driver $NPU2)" = none ]
	[ -z "$(lab 'ls /var/lib/libvirt/vm.* 2>/dev/null')" ]

	lab 'virsh "attach-device vm /tmp/element.xml --config; destroy vm; start vm --paused"'
	[ "$(guest_devices vm | cut -d ' ' -f 2 | paste -sd ' ')" = "$NPU1 $NPU2" ]
	lab virsh destroy vm
	nothing_touched
}
