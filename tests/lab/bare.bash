# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016 # what is in single quotes is for the shell of the lab
#
# Functions for tests of the host's side: domains without a guest, started paused, because the guest is not
# needed. A round takes a third of the time: no AppArmor profile is compiled (the real one is checked in
# 30-running-guest.bats), and libvirt does not query the four hundred features of QEMU's CPU one by one, which
# is the reason for "cpu-unavailable-features".

load tagged

# bare_xml NAME [REQUEST...]: EXTRA is added to <devices>, TAIL after it. EMULATOR defaults to the wrapper's
# name, MACHINE to q35.
bare_xml() {
	local name=$1 request inputs=''
	shift
	for request in "$@"; do
		inputs+="<input type='passthrough' bus='virtio'><source evdev='/dev/pcitag/$name/$request'/></input>"
	done
	[[ -z $inputs ]] || inputs+="<input type='evdev'><source dev='/dev/vfio/vfio'/></input>"
	cat <<-END
		<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
		  <name>$name</name>
		  <memory unit='MiB'>32</memory>
		  <vcpu>1</vcpu>
		  <os><type arch='x86_64' machine='${MACHINE-q35}'>hvm</type></os>
		  <devices>
		    <emulator>/usr/bin/${EMULATOR-pcitag-qemu-system-x86_64}</emulator>
		    <controller type='usb' model='none'/>
		    <memballoon model='none'/>
		    <audio id='1' type='none'/>
		    $inputs${EXTRA-}
		  </devices>${TAIL-}
		  <seclabel type='none' model='apparmor'/>
		  <qemu:capabilities><qemu:del capability='cpu-unavailable-features'/></qemu:capabilities>
		</domain>
	END
}

# bare_define NAME [REQUEST...]
bare_define() {
	bare_xml "$@" | lab 'cat >/tmp/domain.xml && virsh --quiet define /tmp/domain.xml'
}

# hostdev_xml ADDRESS: prints the device as libvirt itself describes it.
hostdev_xml() {
	local address=${1//[:.]/ } domain bus slot function
	read -r domain bus slot function <<<"$address"
	echo "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x$domain'" \
		"bus='0x$bus' slot='0x$slot' function='0x$function'/></source></hostdev>"
}

# native_define NAME ADDRESS...: defines a domain that names its devices by address and does not use pcitag.
native_define() {
	local name=$1 address hostdevs=''
	shift
	for address in "$@"; do
		hostdevs+=$(hostdev_xml "$address")
	done
	EMULATOR=qemu-system-x86_64 EXTRA=$hostdevs bare_define "$name"
}

# lab_inside SCRIPT ARGUMENT...: runs tests/lab/inside/SCRIPT in the lab, for loops and races in a single
# connection.
lab_inside() {
	local script=$1
	shift
	lab bash -s -- "$@" <"$LAB_DIR/inside/$script"
}

# rounds_of NUMBER: prints how many of these rounds are run: a third, or all with ROUNDS=all (make check-all).
rounds_of() {
	[[ ${ROUNDS-} == all ]] && echo "$1" || echo $((($1 + 2) / 3))
}
