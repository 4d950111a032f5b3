#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# Devices for domains that run already. Two kinds of them: "bare" has no guest and is paused, so nobody
# there can let go of a device; "guest" is the nested Linux, which is asked and answers.

load bare

PORTS="<controller type='pci' index='0' model='pcie-root'/>"
for index in 1 2 3 4 5 6; do
	PORTS+="<controller type='pci' index='$index' model='pcie-root-port'/>"
done
# The NPUs are conventional PCI devices, for which libvirt wants a conventional slot.
PORTS+="<controller type='pci' index='7' model='pcie-to-pci-bridge'/>"

setup_file() {
	lab_clean
	lab_registry
	# It boots while the first tests run.
	sed -e 's|<name>plain</name>|<name>guest</name>|' -e 's|/plain-serial|/guest-serial|' \
		-e "s|  </devices>|$PORTS</devices>|" "$LAB_DIR/domains/plain.xml" >"$BATS_FILE_TMPDIR/guest.xml"
	lab_define "$BATS_FILE_TMPDIR/guest.xml"
	lab virsh start guest
}

setup() {
	remember_host
}

teardown() {
	lab 'virsh destroy bare; virsh undefine bare' >/dev/null 2>&1 || true
}

teardown_file() {
	lab_clean
}

# bare_start [REQUEST...]: a domain of that name that runs, paused.
bare_start() {
	if [[ $# -eq 0 ]]; then
		EMULATOR=qemu-system-x86_64 EXTRA=$PORTS bare_define bare
	else
		EXTRA=$PORTS bare_define bare "$@"
	fi
	lab virsh start --paused bare
}

bare_end() {
	lab virsh destroy bare
}

# hosts_of DOMAIN: the host addresses of its VFIO devices, as QEMU has them.
hosts_of() {
	guest_devices "$1" | cut -d' ' -f2 | sort | xargs
}

@test "a domain without a tag gets an NPU while it runs, and its end returns it" {
	bare_start
	run lab pcitag attach bare npu
	[ "$output" = "domain 'bare': npu: $NPU1 attached" ]
	[ "$(hosts_of bare)" = "$NPU1" ]
	[ "$(lab_driver $NPU1)" = vfio-pci ]
	run lab pcitag leases
	[[ $output == *"bare "*" bound "*" $NPU1 "*" given "*" npu (attached) "* ]]
	# For this run alone.
	[[ $(lab virsh dumpxml bare) == *"<hostdev mode='subsystem' type='pci' managed='yes'>"* ]]
	[[ $(lab virsh dumpxml --inactive bare) != *"<hostdev"* ]]

	bare_end
	nothing_touched
}

@test "a guest that does not answer keeps its device; the end returns it all the same" {
	bare_start
	lab pcitag attach bare nic
	run lab pcitag detach bare nic
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: domain 'bare': request nic: the guest has not let go in time of $NIC1; nothing was taken away: "* ]]
	[ "$(hosts_of bare)" = "$NIC1" ]
	lab pcitag leases bare | grep "$NIC1 .* given .* nic (detaching) "
	lab pcitag reconcile
	[ "$(lab_driver $NIC1)" = vfio-pci ]

	bare_end
	nothing_touched
}

@test "what came with the start, and both functions of a card besides; libvirtd restarts in between" {
	bare_start npu
	lab pcitag attach bare card
	lab pcitag attach bare npu.1
	[ "$(hosts_of bare)" = "$NPU1 $NPU2 $DUAL0 $DUAL1" ]
	lab systemctl restart libvirtd
	lab pcitag reconcile
	[ "$(hosts_of bare)" = "$NPU1 $NPU2 $DUAL0 $DUAL1" ]
	[ "$(lab pcitag leases bare | grep -c ' bound ')" -eq 4 ]

	bare_end
	nothing_touched
}

@test "no slot is left: libvirt says so, everything is undone" {
	EMULATOR=qemu-system-x86_64 EXTRA="<controller type='pci' index='0' model='pcie-root'/>" bare_define bare
	lab virsh start --paused bare
	run lab pcitag attach bare npu
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == "pcitag: domain 'bare': request npu: libvirt: "*"No more available PCI slots"* ]]
	bare_end
	nothing_touched
}

@test "all of a guest's memory can be locked for devices that come later, from us and from libvirt" {
	EMULATOR=qemu-system-x86_64 EXTRA=$PORTS bare_xml bare | sed "s|'MiB'>32<|'MiB'>256<|" |
		lab 'cat >/tmp/domain.xml && virsh --quiet define /tmp/domain.xml'
	lab virsh start --paused bare
	# As without pcitag: the hook has closed the hard limit that the drop-in opens.
	[ "$(lab 'prlimit --memlock --raw --noheadings --output SOFT,HARD --pid $(cat /run/libvirt/qemu/bare.pid)' | xargs)" = "67108864 67108864" ]
	lab pcitag attach bare nic
	hostdev_xml "$NIC2" | lab 'cat >/tmp/nic.xml && virsh attach-device bare /tmp/nic.xml --live'
	[ "$(hosts_of bare)" = "$NIC1 $NIC2" ]
	bare_end
	nothing_touched
}

@test "libvirt forgets a device that was attached: a native domain returns it afterwards" {
	bare_start
	lab pcitag attach bare npu
	bare_end
	native_define native $NPU1
	lab virsh start --paused native
	[ "$(lab_driver $NPU1)" = vfio-pci ]
	lab 'virsh destroy native; virsh undefine native'
	nothing_touched
}

@test "QEMU is killed: what was attached is returned" {
	bare_start
	lab pcitag attach bare npu
	lab 'kill -KILL $(cat /run/libvirt/qemu/bare.pid)'
	lab_wait_state bare 'shut off' 30
	nothing_touched
}

@test "a guest lets go of its device: it is back on the host, the guest runs on" {
	lab_serial_wait guest '^GUEST READY'
	lab pcitag attach guest nic
	[ "$(hosts_of guest)" = "$NIC1" ]
	[ "$(lab_driver $NIC1)" = vfio-pci ]
	run lab pcitag detach guest $NIC1
	[ "$output" = "domain 'guest': nic: $NIC1 detached and returned" ]
	[ -z "$(hosts_of guest)" ]
	[ "$(lab_driver $NIC1)" = e1000e ]
	nothing_touched
	[ "$(lab virsh domstate guest | head -n 1)" = running ]
}

@test "the guest switches itself off with a device that was attached" {
	lab pcitag attach guest npu
	lab_type guest poweroff
	lab_wait_state guest 'shut off' 180
	nothing_touched
	[ "$(lab pcitag leases)" = "no domain holds a device" ]
}
