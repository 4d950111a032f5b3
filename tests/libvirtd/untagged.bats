#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Domains without type tags, on a host with the hook installed: as if it were not there.

load helper

setup() {
	fresh
	remember
}

@test "an untagged domain starts, survives suspend, resume, reset and a restart of libvirtd, and stops" {
	define plain
	virsh start plain
	virsh suspend plain
	virsh resume plain
	virsh reset plain
	stop_libvirtd
	start_libvirtd
	[ "$(virsh domstate plain)" = running ]
	virsh destroy plain
	nothing_held
	[ -z "$(writes)" ]
}

@test "an untagged domain is saved and restored" {
	define plain
	virsh start plain
	virsh save plain /var/lib/libvirt/plain.save
	virsh restore /var/lib/libvirt/plain.save
	[ "$(virsh domstate plain)" = running ]
	virsh destroy plain
}

@test "a transient domain starts and leaves nothing" {
	virsh create <(domain_xml plain)
	virsh destroy plain
	nothing_held
}

@test "a domain of the wrapper without tags starts with the real emulator" {
	EMU=$WRAPPER define wrapped
	virsh start wrapped
	pid=$(</run/libvirt/qemu/wrapped.pid)
	[ "$(readlink "/proc/$pid/exe")" = "$EMULATOR" ]
	virsh destroy wrapped
}

@test "a description that mentions a placeholder does not make a domain tagged" {
	virsh -q define <(domain_xml prose | sed 's|<devices>|<description>see /dev/pcitag/d/npu</description>&|')
	virsh start prose
	virsh destroy prose
	nothing_held
}

@test "a guest that dies by itself is no trouble" {
	define plain
	virsh start plain
	kill -KILL "$(</run/libvirt/qemu/plain.pid)"
	for _ in {1..100}; do
		[ "$(virsh domstate plain)" != "shut off" ] || break
		sleep 0.05
	done
	[ "$(virsh domstate plain)" = "shut off" ]
	nothing_held
}

@test "an untagged domain starts while the registry is broken and the engine is missing" {
	echo 'no registry at all' >/etc/pcitag/registry.ini
	mount --bind /dev/null /usr/sbin/pcitag-engine
	define plain
	run virsh start plain
	umount /usr/sbin/pcitag-engine
	[ "$status" -eq 0 ]
	virsh destroy plain
}
