#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# libvirt asks every emulator what it can do: through the wrapper it must hear the same.

load helper

@test "domcapabilities through the wrapper are the emulator's, apart from the path" {
	direct=$(virsh domcapabilities --emulatorbin "$EMULATOR")
	wrapped=$(virsh domcapabilities --emulatorbin "$WRAPPER")
	[[ $direct == *"<path>$EMULATOR</path>"* ]]
	[[ $wrapped == *"<path>$WRAPPER</path>"* ]]
	diff <(echo "$direct") <(echo "${wrapped//"$WRAPPER"/"$EMULATOR"}")
}

# kept EMULATOR: what libvirt has kept about it, apart from the emulator's path and the file's own times. Other
# tools may have asked for other emulators.
kept() {
	local cache
	cache=$(grep -lF "<emulator>$1</emulator>" /var/cache/libvirt/qemu/capabilities/*.xml)
	grep -v -e '<emulator>' -e 'ctime>' "$cache"
}

@test "what libvirt keeps about the wrapper is what it keeps about the emulator" {
	virsh domcapabilities --emulatorbin "$EMULATOR" >/dev/null
	virsh domcapabilities --emulatorbin "$WRAPPER" >/dev/null
	[ "$(kept "$EMULATOR" | wc -l)" -gt 100 ]
	diff <(kept "$EMULATOR") <(kept "$WRAPPER")
}

@test "probing starts no hook and touches no device" {
	ctl reset
	touch -h "$WRAPPER"
	virsh domcapabilities --emulatorbin "$WRAPPER" >/dev/null
	[ -z "$(writes)" ]
	[ ! -e /run/pcitag/leases ] || [ -z "$(ls /run/pcitag/leases)" ]
}
