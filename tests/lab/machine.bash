# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
#
# Properties of the lab's machine that the tests use, which are also those of a pretend host: the addresses of
# devices.txt, and a registry for them.

NPU1=0000:01:00.0 NPU2=0000:02:00.0 NPU3=0000:03:00.0 NPU4=0000:04:00.0
NIC1=0000:05:00.0 NIC2=0000:06:00.0 DUAL0=0000:07:00.0 DUAL1=0000:07:00.1
BRIDGE=0000:08:00.0 BEHIND1=0000:09:01.0 BEHIND2=0000:09:02.0 NVME=0000:0a:00.0

machine_registry() {
	local text
	IFS= read -rd '' text <<-'EOF' || true
		[Edu]
		type = npu
		vendor = 1234
		device = 11e8

		[Intel-82574L]
		type = nic
		vendor = 8086
		device = 10d3
		address = 0000:05:00.0 0000:06:00.0

		[Dual-82574L]
		type = dual
		vendor = 8086
		device = 10d3
		address = 0000:07:00.*

		[Intel-82540EM]
		type = old-nic
		vendor = 8086
		device = 100e

		[Whole-82574L]
		type = card
		vendor = 8086
		device = 10d3
		address = 0000:07:00.0
		functions = all
	EOF
	printf %s "$text"
}
