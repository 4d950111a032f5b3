#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The tools people have for their domains, with domains that have placeholders: each one either keeps
# what pcitag needs or is refused. A stand-in for the wrapper leaves the devices out of QEMU.

load helper

bats_require_minimum_version 1.5.0

setup() {
	fresh
	remember
	mount --bind "$BATS_TEST_DIRNAME/stand-in" /usr/bin/pcitag-qemu
	cd "$BATS_TEST_TMPDIR"
	# virt-install and its sisters log to it.
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR
}

teardown() {
	local name
	for name in $(virsh -q list --name); do
		virsh -q destroy "$name"
	done
	for name in $(virsh -q list --all --name --with-managed-save); do
		virsh -q managedsave-remove "$name"
	done
	umount /usr/bin/pcitag-qemu
}

# virt_install NAME [ARGUMENT...]: a small domain with one npu, in the words of README.md. There are no
# disks, no terminals and one processor on this host.
virt_install() {
	virt-install --quiet --name "$1" --memory 32 --vcpus 1,cpuset=0 --virt-type qemu --machine q35 \
		--osinfo detect=off,require=off --import --disk none --network none --graphics none \
		--controller usb,model=none --memballoon none --serial null --noautoconsole \
		--boot emulator=/usr/bin/pcitag-qemu-system-x86_64 \
		--input "passthrough,bus=virtio,source.evdev=/dev/pcitag/$1/npu" \
		--input evdev,source.dev=/dev/vfio/vfio "${@:2}"
}

# inactive NAME: its XML as it will start next time.
inactive() {
	virsh dumpxml --inactive "$1"
}

# placeholders NAME [OPTION]: the paths, in order.
placeholders() {
	virsh dumpxml "$@" | sed -n "s|.*<source evdev='\(/dev/pcitag/.*\)'/>|\1|p"
}

# device_of PLACEHOLDER: the address behind it.
device_of() {
	basename "$(readlink "/dev/pcitag/$1")"
}

# element OWNER/REQUEST: a file with the element of that placeholder.
element() {
	placeholder "$1" >element.xml
	echo element.xml
}

@test "virt-xml-validate and virsh define --validate accept the three elements" {
	domain_xml d1 "$(placeholder d1/npu.0)" "$(placeholder d1/npu.1)" "$CONTAINER" >d1.xml
	virt-xml-validate d1.xml domain
	virsh define --validate d1.xml
	virsh dumpxml d1 >d1.xml
	virt-xml-validate d1.xml domain
}

@test "what virsh dumpxml prints, virsh define takes, and nothing has changed" {
	define d1 "$(placeholder d1/npu.1)" "<input type='tablet' bus='virtio'/>" "$(placeholder d1/npu.0)" "$CONTAINER"
	inactive d1 >before.xml
	virsh define /dev/stdin <before.xml
	inactive d1 | diff before.xml -

	# While it runs, libvirt writes down besides what the guest's processor came to be.
	virsh start d1
	virsh dumpxml d1 >running.xml
	virt-xml-validate running.xml domain
	virsh define running.xml
	diff <(sed -n '/<devices>/,/<.devices>/p' before.xml) <(inactive d1 | sed -n '/<devices>/,/<.devices>/p')
}

@test "virt-install --print-xml: the three elements, and what virsh define makes of them" {
	virt_install d1 --print-xml 1 >d1.xml
	[ "$(grep -c '<emulator>/usr/bin/pcitag-qemu-system-x86_64</emulator>' d1.xml)" -eq 1 ]
	[ "$(grep -A 1 '<input type="passthrough" bus="virtio">' d1.xml | tail -n 1)" = '      <source evdev="/dev/pcitag/d1/npu"/>' ]
	[ "$(grep -A 1 '<input type="evdev">' d1.xml | tail -n 1)" = '      <source dev="/dev/vfio/vfio"/>' ]
	virt-xml-validate d1.xml domain
	[[ $(pcitag plan - <d1.xml) == *"0000:02:00.0 "*" chosen"*"domain 'd1': would start" ]]
	virsh define d1.xml
	virsh start d1
	[ "$(device_of d1/npu)" = 0000:02:00.0 ]
}

@test "virt-install defines a domain and starts it with its device" {
	virt_install d1
	[ "$(virsh domstate d1)" = running ]
	[ "$(device_of d1/npu)" = 0000:02:00.0 ]
	[ "$(placeholders d1 --inactive)" = /dev/pcitag/d1/npu ]
	virsh destroy d1
	nothing_held
	virsh start d1
	[ "$(device_of d1/npu)" = 0000:02:00.0 ]
}

@test "virt-install shows why a domain does not start, and leaves nothing behind" {
	run -1 virt_install d1 --input passthrough,bus=virtio,source.evdev=/dev/pcitag/d1/tpu
	[[ $output == *"exit status 1: pcitag: domain 'd1': request tpu: the registry has no type or model tpu; its types are: npu"* ]]
	[ -z "$(virsh -q list --all --name)" ]
	nothing_held
}

@test "virt-install adds no tablet of its own beside a placeholder: ask for it" {
	virt_install d1 --graphics vnc --print-xml 1 >d1.xml
	[ "$(grep -c '<input ' d1.xml)" -eq 2 ]
	virt_install d1 --graphics vnc --input tablet,bus=virtio --print-xml 1 >d1.xml
	[ "$(grep -c '<input ' d1.xml)" -eq 3 ]
}

@test "virt-xml gives a domain a device and takes it away again" {
	define d1
	inactive d1 >before.xml
	virt-xml d1 --edit --boot emulator=/usr/bin/pcitag-qemu-system-x86_64
	virt-xml d1 --add-device --input passthrough,bus=virtio,source.evdev=/dev/pcitag/d1/npu
	virt-xml d1 --add-device --input evdev,source.dev=/dev/vfio/vfio
	virsh start d1
	[ "$(device_of d1/npu)" = 0000:02:00.0 ]
	virsh destroy d1

	virt-xml d1 --remove-device --input source.evdev=/dev/pcitag/d1/npu
	virt-xml d1 --remove-device --input source.dev=/dev/vfio/vfio
	virt-xml d1 --edit --boot emulator=/usr/bin/qemu-system-x86_64
	# libvirt keeps the controllers it made for it.
	diff <(grep -v -e controller -e '<model name' -e '<target' -e '<address' before.xml) \
		<(inactive d1 | grep -v -e controller -e '<model name' -e '<target' -e '<address')
	virsh start d1
	nothing_held
}

@test "virt-xml changes something else: the placeholders stay, in their order" {
	define d1 "$(placeholder d1/npu.1)" "$(placeholder d1/npu.0)" "$CONTAINER"
	inactive d1 >before.xml
	virt-xml d1 --edit --metadata title=changed
	diff <(inactive d1 | grep -v '<title>changed</title>') before.xml
	virt-xml d1 --edit --metadata title=
	virt-xml d1 --edit source.evdev=/dev/pcitag/d1/npu.0 --input source.evdev=/dev/pcitag/d1/npu.2
	[ "$(placeholders d1 | paste -sd ' ')" = "/dev/pcitag/d1/npu.1 /dev/pcitag/d1/npu.2" ]
	virt-xml d1 --remove-device --input source.evdev=/dev/pcitag/d1/npu.1
	[ "$(placeholders d1)" = /dev/pcitag/d1/npu.2 ]
}

@test "virt-xml sets the emulator back: the next start says which one it must be" {
	define d1 "$(placeholder d1/npu)" "$CONTAINER"
	virt-xml d1 --edit --boot emulator=/usr/bin/qemu-system-x86_64
	run virsh start d1
	refused "domain 'd1' requests 'npu' but its emulator /usr/bin/qemu-system-x86_64 does not know placeholders: *"
	nothing_held
}

@test "virt-clone: the clone has its original's owner, and whoever starts second is told" {
	define d1 "$(placeholder d1/npu)" "$CONTAINER"
	virt-clone --original d1 --name d2 --auto-clone
	diff <(inactive d1 | grep -v -e '<name>' -e '<uuid>') <(inactive d2 | grep -v -e '<name>' -e '<uuid>')

	virsh start d1
	run virsh start d2
	refused "domain 'd2': request npu: domain d1 uses /dev/pcitag/d1/npu already; \`pcitag rename-owner d2\` makes the path this domain's own"
	virsh destroy d1

	virsh start d2
	run virsh start d1
	refused "domain 'd1': request npu: domain d2 uses /dev/pcitag/d1/npu already; stop that domain and \`pcitag rename-owner d2\`"
	virsh destroy d2

	pcitag rename-owner d2
	virsh start d1
	virsh start d2
	[ "$(device_of d1/npu)" = 0000:02:00.0 ]
	[ "$(device_of d2/npu)" = 0000:03:00.0 ]
}

@test "virsh edit by a program" {
	define d1 "$(placeholder d1/npu)" "$CONTAINER"
	inactive d1 >before.xml
	EDITOR='sed -i s,d1/npu,d1/edu,' virsh edit d1
	diff <(inactive d1) <(sed s,d1/npu,d1/edu, before.xml)
	virsh start d1
	[ "$(device_of d1/edu)" = 0000:02:00.0 ]
}

@test "virsh domrename: the owner stays the old name, which is as good as any other" {
	define d1 "$(placeholder d1/npu)" "$CONTAINER"
	inactive d1 >before.xml
	virsh domrename d1 d2
	diff <(inactive d2) <(sed 's|<name>d1</name>|<name>d2</name>|' before.xml)
	virsh start d2
	[ "$(device_of d1/npu)" = 0000:02:00.0 ]
	[[ $(pcitag leases) == *$'\n'"d2 "* ]]

	run virsh domrename d2 d3
	[ "$status" -eq 1 ]
	[[ $output == *"cannot rename active domain"* ]]
	virsh destroy d2
	nothing_held
}

@test "virsh undefine --managed-save: nothing is left, of the domain or of its device" {
	define d1 "$(placeholder d1/npu)" "$CONTAINER"
	virsh undefine --managed-save d1
	[ -z "$(virsh -q list --all --name)" ]
	nothing_held

	# While it runs it goes on, and its devices are returned when it ends.
	define d1 "$(placeholder d1/npu)" "$CONTAINER"
	virsh start d1
	virsh undefine --managed-save d1
	[ "$(device_of d1/npu)" = 0000:02:00.0 ]
	virsh destroy d1
	nothing_held
}

@test "virsh domxml-to-native shows what libvirt hands to the wrapper" {
	define d1 "$(placeholder d1/npu)" "$CONTAINER"
	run virsh domxml-to-native qemu-argv --domain d1
	[ "$status" -eq 0 ]
	[[ $output == *"/usr/bin/pcitag-qemu-system-x86_64 "* ]]
	[[ $output == *'"driver":"virtio-input-host-pci","id":"input0","evdev":"/dev/pcitag/d1/npu"'* ]]
	nothing_held
}

@test "virsh attach-device --live of a placeholder is refused, and what runs is left alone" {
	define d1 "$(placeholder d1/npu.0)" "$CONTAINER"
	virsh start d1
	before=$(ctl state)
	run virsh attach-device d1 "$(element d1/npu.1)" --live
	[ "$status" -eq 1 ]
	[[ $output == *"/dev/pcitag/d1/npu.1"*"No such file or directory"* ]]
	run virsh attach-device d1 element.xml --live --config
	[ "$status" -eq 1 ]
	run virt-xml d1 --update --add-device --input passthrough,bus=virtio,source.evdev=/dev/pcitag/d1/npu.1
	[ "$status" -eq 1 ]
	[[ $output == *"/dev/pcitag/d1/npu.1"*"No such file or directory"* ]]

	[ "$(placeholders d1)" = /dev/pcitag/d1/npu.0 ]
	[ "$(ctl state)" = "$before" ]
	[ "$(device_of d1/npu.0)" = 0000:02:00.0 ]
	virsh destroy d1
	nothing_held
}

@test "virsh attach-device and detach-device --config: at the next start" {
	define d1 "$(placeholder d1/npu.0)" "$CONTAINER"
	inactive d1 >before.xml
	virsh start d1
	virsh attach-device d1 "$(element d1/npu.1)" --config
	[ "$(placeholders d1)" = /dev/pcitag/d1/npu.0 ]
	[ ! -e /dev/pcitag/d1/npu.1 ]
	virsh destroy d1
	virsh start d1
	[ "$(device_of d1/npu.0)" = 0000:02:00.0 ]
	[ "$(device_of d1/npu.1)" = 0000:03:00.0 ]

	virsh detach-device d1 element.xml --config
	[ "$(placeholders d1 | wc -l)" -eq 2 ]
	[ "$(device_of d1/npu.1)" = 0000:03:00.0 ]
	virsh destroy d1
	nothing_held
	[ "$(placeholders d1)" = /dev/pcitag/d1/npu.0 ]
	virsh start d1
	[ "$(device_of d1/npu.0)" = 0000:02:00.0 ]
}

@test "a guest that QEMU lets be saved: its device is returned, and restore takes a free one" {
	define d1 "$(placeholder d1/npu)" "$CONTAINER"
	define d2 "$(placeholder d2/npu)" "$CONTAINER"
	virsh start d1
	virsh managedsave d1
	nothing_held
	virsh start d2
	virsh start d1
	[ "$(device_of d1/npu)" = 0000:03:00.0 ]
	virsh save d1 "$BATS_TEST_TMPDIR/image"
	[ ! -e /dev/pcitag/d1 ]
	virsh restore "$BATS_TEST_TMPDIR/image"
	[ "$(device_of d1/npu)" = 0000:03:00.0 ]
}
