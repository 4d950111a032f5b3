# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
#
# Properties of the machine of the suite topology that the tests use: addresses, and a registry for them. Devices of NUMA
# node 0 have buses from 0x20, those of node 1 from 0x40.

SWITCH0_A=0000:23:00.0 SWITCH0_B=0000:24:00.0 SWITCH1_A=0000:43:00.0 SWITCH1_B=0000:44:00.0
EDU0=0000:25:00.0 EDU1=0000:45:00.0
CARD0=0000:26:00.0 CARD1=0000:46:00.0
VF0=0000:26:10.0 VF1=0000:26:10.2 VF2=0000:46:10.0 VF3=0000:46:10.2
DISK=0000:27:00.0

topology_registry() {
	local text
	IFS= read -rd '' text <<-'EOF' || true
		[Edu]
		type = npu
		vendor = 1234
		device = 11e8

		[Intel-82576]
		type = nic
		vendor = 8086
		device = 10c9

		[Intel-82576-VF]
		type = vf
		vendor = 8086
		device = 10ca
	EOF
	printf %s "$text"
}
