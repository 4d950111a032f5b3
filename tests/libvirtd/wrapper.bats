#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# libvirt asks every emulator what it can do: through the wrapper it must hear the same.

load helper

@test "domcapabilities through the wrapper are the emulator's, apart from the path" {
	diff <(virsh domcapabilities --emulatorbin "$EMULATOR") \
		<(virsh domcapabilities --emulatorbin "$WRAPPER" | sed "s|$WRAPPER|$EMULATOR|")
}

@test "what libvirt keeps about the wrapper is what it keeps about the emulator" {
	virsh domcapabilities --emulatorbin "$EMULATOR" >/dev/null
	virsh domcapabilities --emulatorbin "$WRAPPER" >/dev/null
	[ "$(find /var/cache/libvirt/qemu/capabilities -name '*.xml' | wc -l)" -eq 2 ]
	# The file's own times and the emulator's path are all that may differ.
	for cache in /var/cache/libvirt/qemu/capabilities/*.xml; do
		grep -v -e '<emulator>' -e 'ctime>' "$cache" >"$BATS_TEST_TMPDIR/${cache##*/}"
	done
	diff "$BATS_TEST_TMPDIR"/*.xml
}

@test "probing starts no hook and touches no device" {
	ctl reset
	touch -h "$WRAPPER"
	virsh domcapabilities --emulatorbin "$WRAPPER" >/dev/null
	[ -z "$(writes)" ]
	[ ! -e /run/pcitag/leases ] || [ -z "$(ls /run/pcitag/leases)" ]
}
