#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Starts that are refused: each with its own line, and nothing touched.

load helper

setup_file() { host_start; }
teardown_file() { host_end; }

setup() {
	host_reset
	lab_registry
	remember_host
}

@test "an unknown type" {
	run prepare vm gpu
	refused "domain 'vm': request gpu: the registry has no type or model gpu; its types are: npu, nic, dual, old-nic, card"
}

@test "an unknown key in the registry" {
	registry <<-'EOF'
		[Edu]
		type = npu
		vendro = 1234
		device = 11e8
	EOF
	run prepare vm npu
	[[ $output == "pcitag: domain 'vm': /etc/pcitag/registry.ini:3: "*vendro*vendor* ]]
	[ "$status" -eq 1 ]
	nothing_touched
}

@test "a duplicate model" {
	registry <<-'EOF'
		[Edu]
		type = npu
		vendor = 1234
		device = 11e8
		[Edu]
		type = npu
		vendor = 1234
		device = 11e9
	EOF
	run prepare vm npu
	[[ $output == "pcitag: domain 'vm': /etc/pcitag/registry.ini:5: "*Edu*"/etc/pcitag/registry.ini:1"* ]]
	[ "$status" -eq 1 ]
	nothing_touched
}

@test "a broken registry never blocks a release" {
	prepare vm npu
	registry <<<'nonsense'
	release vm
	nothing_touched
}

@test "an empty registry" {
	registry <<<''
	run prepare vm npu
	refused "domain 'vm': request npu: the registry is empty; describe the device with pcitag define, or in /etc/pcitag/registry.ini"
}

@test "switched off" {
	settings <<<$'[pcitag]\nenabled = no'
	run prepare vm npu
	refused "domain 'vm': request npu: pcitag is switched off; write enabled = yes in /etc/pcitag/pcitag.ini"
}

@test "switched off while a domain runs: its devices are still returned" {
	prepare vm npu
	settings <<<$'[pcitag]\nenabled = no'
	release vm
	nothing_touched
}

@test "a placeholder path with a bad shape" {
	run prepare vm 'npu/extra'
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: domain 'vm': "*"/dev/pcitag/vm/npu/extra"* ]]
	[ "${#lines[@]}" -eq 1 ]
	nothing_touched
}

@test "a placeholder in an element that libvirt does not turn into a device" {
	DEVICES="<input type='evdev'><source dev='/dev/pcitag/vm/npu'/></input>" run prepare vm
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: domain 'vm': "*"<input type='passthrough' bus='virtio'>"* ]]
	nothing_touched
}

@test "two domains using one path" {
	OWNER=shared prepare one npu
	remember_host
	OWNER=shared run prepare two npu
	refused "domain 'two': request npu: domain one uses /dev/pcitag/shared/npu already; \`pcitag rename-owner two\` makes the path this domain's own"
	release one
}

@test "a clone that started first has the path of its original" {
	OWNER=one prepare clone npu
	remember_host
	run prepare one npu
	refused "domain 'one': request npu: domain clone uses /dev/pcitag/one/npu already; stop that domain and \`pcitag rename-owner clone\`"
	release clone
}

@test "one path twice in one domain" {
	run prepare vm npu npu
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: domain 'vm' "*npu.0*npu.1* ]]
	nothing_touched
}

@test "no element for the VFIO container" {
	CONTAINER='' run prepare vm npu
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: domain 'vm' "*"<input type='evdev'><source dev='/dev/vfio/vfio'/></input>"* ]]
	nothing_touched
}

@test "an emulator that is no wrapper" {
	EMULATOR=/usr/bin/qemu-system-x86_64 run prepare vm npu
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: domain 'vm' "*"<emulator>/usr/bin/pcitag-qemu-system-x86_64</emulator>"* ]]
	nothing_touched
}

@test "a native hostdev of a device that is free moves nothing, and is nobody else's until it is released" {
	DEVICES=$(native $NPU1) prepare native
	[ "$(driver_of $NPU1)" = - ]
	prepare vm npu
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU2" ]
	run -0 pcitag list
	grep -q "$NPU1 .* its group .* is used by domain native, which names it by address" <<<"$output"
	release vm
	release native
	nothing_touched
}

@test "a native hostdev of a device that another domain holds is refused" {
	prepare vm npu
	remember_host
	DEVICES=$(native $NPU1) \
		run prepare native
	refused "domain 'native': hostdev $NPU1: its group $(group_of $NPU1) belongs to domain vm; stop that domain first"
	release vm
}

@test "a tag is not met by the group of a device that the same domain names by address" {
	DEVICES=$(native $NPU1) \
		prepare vm npu
	[ "$(placeholder vm/npu)" = "/dev/pcitag/device/$NPU2" ]
	[ "$(driver_of $NPU1)" = - ]
	release vm
	nothing_touched
}

@test "XML without a uuid" {
	xml=$(domain_xml vm npu | grep -v '<uuid>')
	run in_pretend $HOOK vm prepare begin - <<<"$xml"
	refused "the XML of domain 'vm' has no <uuid>: write it as \`virsh dumpxml\` prints it"
}

@test "XML that is cut off" {
	xml=$(domain_xml vm npu)
	run in_pretend $HOOK vm prepare begin - <<<"${xml:0:400}"
	[ "$status" -eq 1 ]
	[[ $output == pcitag:* ]]
	[ "${#lines[@]}" -eq 1 ]
	nothing_touched
}
