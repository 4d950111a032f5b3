#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Taking over a list of devices that was kept for libvirt-provider, KubeVirt, Harvester or Nova.

# shellcheck disable=SC1111 # quotes as word processors make them are one of the mistakes
# shellcheck disable=SC2154 # stderr and stderr_lines are set by bats
load helper

setup_file() { host_start; }
teardown_file() { host_end; }

# etc FILE: where it is, seen from here.
etc() {
	local REPLY
	host_root
	echo "$REPLY/etc/pcitag/$1"
}

INI=/etc/pcitag/registry.d/pci-devices.ini

setup() {
	host_reset
	registry <<<''
	settings <<<''
	remember_host
	YAML="$BATS_TEST_TMPDIR/pci devices.yaml"
}

teardown() {
	rm -f "$(etc registry.d)"/*.ini
	host_reset
}

# list <<<TEXT: makes it the list to import.
list() {
	cat >"$YAML"
}

lab_list() {
	list <<-'END'
		vendors:
		  - id: "0x1234"
		    name: qemu
		    devices:
		      - id: "0x11e8"
		        name: edu.rev.10
		        type: accel
		  - id: "0x8086"
		    name: intel
		    devices:
		      - id: "0x10d3"
		        name: 82574L
		        type: network
	END
}

@test "import, types, a start with a type of the list" {
	lab_list
	run -0 pcitag import "$YAML"
	[[ ${lines[0]} =~ ^MODEL\ +TYPE\ +ID\ +DEVICES\ HERE\ +LINE\ +IN\ PCI.IDS$ ]]
	[[ ${lines[1]} =~ ^edu-rev-10\ +accel\ +1234:11e8\ +4\ +5\ +-$ ]]
	[[ ${lines[2]} =~ ^82574L\ +network\ +8086:10d3\ +4\ +11\ +82574L\ Gigabit\ Network\ Connection$ ]]
	[ "${lines[3]}" = "these are in $INI now; next: pcitag list" ]
	[ "${#lines[@]}" -eq 4 ]
	diff "$(etc registry.d/pci-devices.ini)" - <<-'END'
		# Written by pcitag import from pci devices.yaml: the next import of it writes this anew.

		# qemu edu.rev.10 (line 5)
		[edu-rev-10]
		type      = accel
		vendor    = 1234
		device    = 11e8

		# intel 82574L (line 11)
		[82574L]
		type      = network
		vendor    = 8086
		device    = 10d3
	END
	[ "$(stat -c %a "$(etc registry.d/pci-devices.ini)")" = 644 ]
	prepare vm accel network
	release vm
}

@test "the examples of libvirt-provider's guide: each mistake with its line, the rest imported" {
	list <<-'END'
		vendors:
		  - id: "0x10de"  # NVIDIA vendor ID
		    name: nvidia
		    devices:
		      - id: "0x030200"  # Device ID for the NVIDIA GA100 GPU
		        name: ga100gl.rev.a1
		        type: gpu
		  - id: "0x8086"  # Intel vendor ID
		    name: intel
		    devices:
		      - id: "0x100f"  # Device ID for the Intel X520 network adapter
		        name: x520
		        type: network
		      - id: “0x2922”
		        name: ich9
		        type: storage
		      - id: 2922
		        name: ich9
		        type: storage
		      - id: "0x292"
		        name: ich9
		        type: storage
		      - id: "0x10d3"
		        name: nic
		        type: network
		        class: "0x020000"
		      - id: "0x10d3"
		        name: x520
		        type: network
		      - id: "0x10D3"
		        name: again
		        type: network
		      - id: "0x10c9"
		        name: network
		        type: network
	END
	run -3 --separate-stderr pcitag import "$YAML"
	[[ ${lines[1]} =~ ^x520\ +network\ +8086:100f\ +0\ +11\ +82545EM\ Gigabit\ Ethernet ]]
	[[ ${lines[2]} =~ ^x520-2\ +network\ +8086:10d3\ +4\ +27\ +82574L\ Gigabit ]]
	[ "${lines[3]}" = "these are in $INI now; next: pcitag list" ]
	[ "${lines[4]}" = "what has no device here is for other hosts, or has a wrong id: compare with pcitag probe" ]
	diff <(echo "$stderr") - <<-END
		pcitag: $YAML:5: id 0x030200 has 6 digits: that is a class code, which many different devices share; write the device id, the last 4 digits of the pair lspci -nn shows in brackets
		pcitag: $YAML:14: id “0x2922” has typographic quotes, or what a wrong character set made of them; write plain ones, as in "0x10de"
		pcitag: $YAML:17: id 2922 has no 0x and may as well be a decimal number; write "0x2922"
		pcitag: $YAML:20: id 0x292 has 3 digits behind 0x; write 4, as lspci -nn shows them
		pcitag: $YAML:26: unknown key class; the keys are id, name, type, subsystemVendor, subsystemDevice, revision
		pcitag: $YAML:30: the device 8086:10d3 is at line 27 already, as x520-2; delete one of the two
		pcitag: $YAML:33: [network] has the name of its own type; a name is either a type or a model, rename one of the two
	END
	pcitag types
}

@test "--dry-run shows the sections, needs no root and changes nothing" {
	lab_list
	chmod 755 "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" 2>/dev/null || true
	run -0 in_pretend setpriv --reuid=nobody --regid=nogroup --clear-groups \
		/usr/sbin/pcitag import --dry-run --type accel /dev/stdin <"$YAML"
	[ "${lines[2]}" = "[edu-rev-10]" ]
	[ "${#lines[@]}" -eq 6 ]
	[ -z "$(ls -A "$(etc registry.d)")" ]
	nothing_touched
	run -1 in_pretend setpriv --reuid=nobody --regid=nogroup --clear-groups /usr/sbin/pcitag import /dev/stdin <"$YAML"
	[ "$output" = "pcitag: import changes the registry unless --dry-run is given: run it as root" ]
}

@test "what --dry-run prints is what is written" {
	lab_list
	pcitag import --dry-run "$YAML" >"$BATS_TEST_TMPDIR/shown"
	pcitag import "$YAML"
	diff "$BATS_TEST_TMPDIR/shown" "$(etc registry.d/pci-devices.ini)"
	run -0 pcitag import "$YAML"
	[ "${lines[3]}" = "these are in $INI already; nothing is changed" ]
}

@test "a second import replaces the first, what was disabled stays so" {
	lab_list
	pcitag import "$YAML"
	pcitag disable edu-rev-10
	sed -i 's/network/nic/' "$YAML"
	run -0 pcitag import "$YAML"
	[[ ${lines[1]} == "edu-rev-10 (disabled) "* ]]
	[ "$(pcitag types --json | jq -c '[.models[] | [.model, .type, .enabled]]')" = \
		'[["edu-rev-10","accel",false],["82574L","nic",true]]' ]
}

@test "an import that would take or change a model that is assigned is refused" {
	lab_list
	pcitag import "$YAML"
	prepare vm accel
	sed -i 's/network/nic/' "$YAML"
	pcitag import "$YAML"
	sed -i 's/accel/other/' "$YAML"
	run -1 pcitag import "$YAML"
	[ "$output" = "pcitag: import: devices of edu-rev-10 are assigned: $NPU1 to domain vm; shut these domains down first, or assign no more of them with pcitag disable --drain edu-rev-10" ]
	run -1 pcitag import --type nic "$YAML"
	[[ $output == "pcitag: import: devices of edu-rev-10 are assigned: "* ]]
	[ "$(pcitag types --json | jq -r '.models[0].type')" = accel ]
	release vm
	pcitag import "$YAML"
}

@test "what the registry has already is not imported a second time" {
	lab_list
	registry <<<$'[82574L]\ntype = accel\nvendor = 8086\ndevice = 10d3\n'
	run -3 --separate-stderr pcitag import "$YAML"
	[ "$stderr" = "pcitag: $YAML:11: model 82574L is already at /etc/pcitag/registry.ini:1; rename or delete one of the two" ]
	registry <<<$'[accel]\ntype = t\nvendor = 8086\ndevice = 10d3\n[network]\ntype = t\nvendor = 8086\ndevice = 10d4\n'
	run -1 --separate-stderr pcitag import "$YAML"
	[[ ${stderr_lines[0]} == "pcitag: $YAML:5: type accel of [edu-rev-10] is the name of the model at /etc/pcitag/registry.ini:1; "* ]]
	[ "${stderr_lines[2]}" = "pcitag: import: $YAML has no device that can be imported; nothing is changed" ]
}

@test "a file that no import wrote, and a list that is none" {
	lab_list
	printf '[A]\ntype = t\nvendor = 0001\ndevice = 0001\n' >"$(etc registry.d/pci-devices.ini)"
	run -1 pcitag import "$YAML"
	[ "$output" = "pcitag: import: $INI is there and no import wrote it; rename the list or that file" ]
	rm "$(etc registry.d/pci-devices.ini)"
	list <<<'vendors: [*x]'
	run -1 pcitag import "$YAML"
	[ "$output" = "pcitag: $YAML:1: an alias, *x; write what it stands for" ]
	list <<<'devices: []'
	run -1 pcitag import "$YAML"
	[ "${lines[1]}" = "pcitag: $YAML:2: no list of devices; write \"vendors:\" and a list below it, or import a list of KubeVirt, Harvester or Nova, see pcitag(8)" ]
	head -c 1048577 /dev/zero | tr '\0' '#' >"$YAML"
	run -1 pcitag import "$YAML"
	[ "$output" = "pcitag: cannot read $YAML: more than 1048576 bytes: File too large" ]
	run -1 pcitag import "$BATS_TEST_TMPDIR/nowhere.yaml"
	[ "$output" = "pcitag: cannot read $BATS_TEST_TMPDIR/nowhere.yaml: No such file or directory" ]
	[ -z "$(ls -A "$(etc registry.d)")" ]
}

@test "a name that would be a line of the registry stays in its comment" {
	printf 'vendors:\n- id: 0x1234\n  name: "x\\n[Evil]\\ntype = t"\n  devices:\n  - {id: 0x11e8, name: "a\\nb", type: npu}\n' |
		list
	mv "$YAML" "$BATS_TEST_TMPDIR/"$'x\n[Evil2].yaml'
	run -0 pcitag import "$BATS_TEST_TMPDIR/"$'x\n[Evil2].yaml'
	[ "$(pcitag types --json | jq -c '[.models[].model]')" = '["a-b"]' ]
}

@test "--json has the models, the mistakes and the text" {
	lab_list
	sed -i 's/"0x10d3"/10d3/' "$YAML"
	run -3 --separate-stderr pcitag import --json "$YAML"
	[ "$(jq -c '[.version, .file, .outcome, .models]' <<<"$output")" = \
		"[1,\"$INI\",\"added\",[{\"model\":\"edu-rev-10\",\"type\":\"accel\",\"line\":5,\"enabled\":true,\"devices\":4,\"device_name\":null}]]" ]
	[ "$(jq -c '[.mistakes[].line]' <<<"$output")" = '[11]' ]
	[ "$(jq -r .text <<<"$output")" = "$(<"$(etc registry.d/pci-devices.ini)")" ]
	run -3 --separate-stderr pcitag import --json --dry-run "$YAML"
	[ "$(jq -c '[.outcome, .models[0].devices]' <<<"$output")" = '["dry run",null]' ]
}

# What the host's devices are in the tests of other programs' lists: two in one, and its network cards.
kubevirt_list() {
	list <<-'END'
		apiVersion: v1
		items:
		- apiVersion: kubevirt.io/v1
		  kind: KubeVirt
		  metadata:
		    name: kubevirt
		  spec:
		    configuration:
		      permittedHostDevices:
		        pciHostDevices:
		        - externalResourceProvider: true
		          pciVendorSelector: 1234:11E8
		          resourceName: qemu.org/EDU
		        - pciVendorSelector: "1234:11e9"
		          resourceName: qemu.org/EDU
		        - pciVendorSelector: "8086:10D3"
		          resourceName: intel.com/82574L_GIGABIT
		        mediatedDevices:
		        - mdevNameSelector: GRID T4-1Q
		          resourceName: nvidia.com/GRID_T4-1Q
		kind: List
	END
}

@test "KubeVirt: each resource is a type, named as behind its slash; what is mediated is left out, with a line" {
	kubevirt_list
	run -3 --separate-stderr pcitag import "$YAML"
	[[ ${lines[1]} =~ ^EDU-1234\ +EDU\ +1234:11e8\ 11e9\ +4\ +11\ +-$ ]]
	[[ ${lines[2]} =~ ^82574L_GIGABIT-8086\ +82574L_GIGABIT\ +8086:10d3\ +4\ +16\ +82574L\ Gigabit ]]
	[ "${lines[3]}" = "resource qemu.org/EDU is type EDU here" ]
	[ "${lines[4]}" = "resource intel.com/82574L_GIGABIT is type 82574L_GIGABIT here" ]
	[ "${lines[5]}" = "these are in $INI now; next: pcitag list" ]
	[ "$stderr" = "pcitag: $YAML:19: mediatedDevices are not PCI devices and are left out; give them to a domain as libvirt's <hostdev type='mdev'>" ]
	diff "$(etc registry.d/pci-devices.ini)" - <<-'END'
		# Written by pcitag import from pci devices.yaml: the next import of it writes this anew.

		# resource qemu.org/EDU is type EDU here (line 11)
		[EDU-1234]
		type      = EDU
		vendor    = 1234
		device    = 11e8 11e9

		# resource intel.com/82574L_GIGABIT is type 82574L_GIGABIT here (line 16)
		[82574L_GIGABIT-8086]
		type      = 82574L_GIGABIT
		vendor    = 8086
		device    = 10d3
	END
	prepare vm EDU 82574L_GIGABIT
	release vm
	nothing_touched
}

@test "KubeVirt: --type takes the type of here; a second import with one id more is refused while a device is assigned" {
	kubevirt_list
	run -3 --separate-stderr pcitag import --type EDU "$YAML"
	[ "$(pcitag types --json | jq -c '[.models[].model]')" = '["EDU-1234"]' ]
	prepare vm EDU
	sed -i 's/1234:11e9/1234:11ea/' "$YAML"
	run -1 --separate-stderr pcitag import --type EDU "$YAML"
	[[ $stderr == *"pcitag: import: devices of EDU-1234 are assigned: "* ]]
	release vm
}

@test "Harvester: without claims what all nodes have, with them what they name where it is" {
	list <<-'END'
		apiVersion: v1
		kind: List
		items:
		- apiVersion: devices.harvesterhci.io/v1beta1
		  kind: PCIDevice
		  metadata:
		    name: node1-000002000
		  status:
		    address: "0000:02:00.0"
		    classId: "1200"
		    deviceId: 11e8
		    nodeName: node1
		    resourceName: qemu.org/EDU
		    vendorId: "1234"
		- apiVersion: devices.harvesterhci.io/v1beta1
		  kind: PCIDevice
		  metadata:
		    name: node2-000002000
		  status:
		    address: "0000:02:00.0"
		    classId: "1200"
		    deviceId: 11e8
		    nodeName: node2
		    resourceName: qemu.org/EDU
		    vendorId: "1234"
	END
	run -0 pcitag import --dry-run "$YAML"
	[ "$(grep -A9 '^\[' <<<"$output")" = $'[EDU-1234]\ntype      = EDU\nvendor    = 1234\ndevice    = 11e8' ]
	cat >>"$YAML" <<-'END'
		---
		apiVersion: devices.harvesterhci.io/v1beta1
		kind: PCIDeviceClaim
		metadata:
		  name: node2-000002000
		spec:
		  address: "0000:02:00.0"
		  nodeName: node2
		  userName: admin
		---
		apiVersion: devices.harvesterhci.io/v1beta1
		kind: PCIDeviceClaim
		metadata:
		  name: other
		spec: {address: "0000:03:00.0", nodeName: node2}
	END
	run -3 --separate-stderr pcitag import --dry-run "$YAML"
	[ "$(grep -A9 '^\[' <<<"$output")" = $'[EDU-1234]\ntype      = EDU\nvendor    = 1234\ndevice    = 11e8\naddress   = 0000:02:00.0\nhosts     = node2' ]
	[ "$stderr" = "pcitag: $YAML:36: PCIDeviceClaim other names 0000:03:00.0 and no ids, and the list has no PCIDevice of it; import what kubectl get pcidevices,pcideviceclaims -o yaml prints" ]
}

@test "Harvester: claims alone have no ids, and say which list has them" {
	list <<<'{kind: PCIDeviceClaim, metadata: {name: c}, spec: {address: "0000:02:00.0", nodeName: n}}'
	run -1 --separate-stderr pcitag import "$YAML"
	[[ ${stderr_lines[0]} == *": PCIDeviceClaim c names 0000:02:00.0 and no ids, "* ]]
	[ "${stderr_lines[1]}" = "pcitag: import: $YAML has no device that can be imported; nothing is changed" ]
	[ -z "$(ls -A "$(etc registry.d)")" ]
}

@test "Nova: an alias is the type of the device_specs that it fits" {
	cat >"$BATS_TEST_TMPDIR/nova.conf" <<-'END'
		[DEFAULT]
		debug = false

		[pci]
		# what guests may have
		device_spec = { "vendor_id": "1234", "product_id": "11E8",
		                "address": { "domain": ".*", "bus": "02", "slot": "00", "function": "[0-1]" } }
		passthrough_whitelist = [{ "vendor_id": "8086", "product_id": "10d3", "physical_network": "physnet1" },
		    { "devname": "eth0", "physical_network": "physnet1" }]
		alias = {
		  "name": "edu",
		  "vendor_id": "1234",
		  "product_id": "11e8",
		  "device_type": "type-PCI"
		}

		[libvirt]
		virt_type = kvm
	END
	run -3 --separate-stderr pcitag import "$BATS_TEST_TMPDIR/nova.conf"
	[[ ${lines[1]} =~ ^edu-1234\ +edu\ +1234:11e8\ +[0-9]+\ +6\ +-$ ]]
	[[ ${lines[2]} =~ ^physnet1-8086\ +physnet1\ +8086:10d3\ +4\ +8\ +82574L\ Gigabit ]]
	[ "$stderr" = "pcitag: $BATS_TEST_TMPDIR/nova.conf:8: devname names a network interface and no device; write vendor_id, product_id and address, which pcitag probe shows" ]
	[ "$(grep ^address "$(etc registry.d/nova.ini)")" = 'address   = *:02:00.0, *:02:00.1' ]
	prepare vm physnet1
	release vm
}

@test "a file of another kind is named, with what can be imported" {
	list <<<$'kind: SriovNetworkNodePolicy\nspec: {}'
	run -1 pcitag import "$YAML"
	[ "${lines[0]}" = "pcitag: $YAML:1: an object of kind SriovNetworkNodePolicy has no PCI devices that import takes; those are KubeVirt, HyperConverged, PCIDevice and PCIDeviceClaim" ]
	list <<<$'kind: ConfigMap\ndata:\n  permittedHostDevices: |-\n    pciHostDevices: []'
	run -1 pcitag import "$YAML"
	[ "${lines[0]}" = "pcitag: $YAML:3: permittedHostDevices is text in a ConfigMap; import a file that has that text alone" ]
	list <<<$'[DEFAULT]\ndebug = true'
	run -1 pcitag import "$YAML"
	[ "$output" = "pcitag: $YAML:1: no list of devices: INI text without a device_spec or alias in its section [pci]; import the nova.conf of a host" ]
	list <<<$'apiVersion: v1\nitems: []\nkind: List'
	run -1 pcitag import "$YAML"
	[ "$output" = "pcitag: import: $YAML has no device that can be imported; nothing is changed" ]
	[ -z "$(ls -A "$(etc registry.d)")" ]
}
