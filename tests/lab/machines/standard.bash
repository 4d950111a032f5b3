# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
#
# The machine of bookworm, trixie and backports: each device below a root port of its own. devices.txt and machine.bash
# have its addresses.

# Of its RAM, in MiB, and the devices that not every QEMU has.
MEMORY=2560
NEEDED_DEVICES=()

# passthrough_devices: the devices that domains can request.
passthrough_devices() {
	local n
	for n in 0 1 2 3; do
		# Room for the graphics card that 39-units.bats plugs in instead.
		root_port "$n" "$([[ $n -ne 3 ]] || echo ,pref32-reserve=32M)"
		arguments+=(-device "edu,id=npu$n,bus=port$n,addr=0x0")
	done
	root_port 4
	arguments+=(
		-netdev 'user,id=guests,net=10.77.0.0/24,restrict=on'
		-device 'e1000e,id=nic0,bus=port4,addr=0x0,netdev=guests,mac=52:54:00:77:05:00,romfile='
	)
	root_port 5
	arguments+=(-device 'e1000e,id=nic1,bus=port5,addr=0x0,mac=52:54:00:77:06:00,romfile=')
	root_port 6
	arguments+=(
		-device 'e1000e,id=twin0,bus=port6,addr=0x0.0,multifunction=on,mac=52:54:00:77:07:00,romfile='
		-device 'e1000e,id=twin1,bus=port6,addr=0x0.1,mac=52:54:00:77:07:01,romfile='
	)
	root_port 7
	arguments+=(
		-device 'pcie-pci-bridge,id=conventional,bus=port7,addr=0x0'
		-device 'e1000,id=old0,bus=conventional,addr=0x1,mac=52:54:00:77:09:01,romfile='
		-device 'e1000,id=old1,bus=conventional,addr=0x2,mac=52:54:00:77:09:02,romfile='
	)
	root_port 8
	arguments+=(
		-drive 'if=none,id=nvme-disk,file=nvme.raw,format=raw,cache=unsafe'
		-device 'nvme,id=nvme0,bus=port8,addr=0x0,drive=nvme-disk,serial=lab'
	)
}
