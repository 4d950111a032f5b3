#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# The Debian package on a host with AppArmor enforcing: installed, upgraded while a guest has a device, refused to
# go meanwhile, purged. The tests are steps of one story.

# shellcheck disable=SC2154 # status, output and lines are set by bats
bats_require_minimum_version 1.5.0
load tagged
load untouched

LINK=/etc/libvirt/hooks/qemu.d/pcitag

setup_file() {
	local top release packages
	top=$(cd "$LAB_DIR/../.." && pwd)
	release=$(lab '. /etc/os-release && echo "$VERSION_CODENAME"')
	packages=$top/build/check/packages/$release/new
	compgen -G "$packages/pcitag_*.deb" || "$top/packaging/build-deb" --into "$packages" "$release"
	lab_clean
	make_untouched
	lab_put "$(compgen -G "$packages/pcitag_*.deb")" /root/new.deb
	# The same as an earlier version.
	lab 'rm -rf /root/old && dpkg-deb --raw-extract /root/new.deb /root/old
		sed -i "s/^Version: .*/Version: 0.1.0-0/" /root/old/DEBIAN/control
		dpkg-deb --build -Znone /root/old /root/old.deb
		date "+%F %T" >/root/begin'
}

teardown_file() {
	lab_clean
	lab 'dpkg --purge pcitag; rm -rf /root/old /root/old.deb /root/new.deb /root/begin'
	unpack
	lab /usr/share/pcitag/post-install
}

# started UNIT: when the process that runs now was started.
started() {
	lab systemctl show --property ExecMainStartTimestampMonotonic "$1"
}

@test "apt installs it, libvirt's daemon is restarted, and the host is ready" {
	daemon=$(started libvirtd)
	lab 'apt-get install --yes /root/old.deb'
	[ "$daemon" != "$(started libvirtd)" ]
	[ "$(lab readlink $LINK)" = /usr/sbin/pcitag-hook ]
	run -0 lab pcitag check
	echo "$output"
	[[ $output == *"PASS  hook "*" $LINK"* && $output == *"PASS  hook-seen "* ]]
	[[ $output == *"PASS  memlock "*"is unlimited"* && $output == *"PASS  apparmor "* ]]
	[[ $output == *"PASS  reconcile-timer "* ]]
	lab 'systemctl is-active pcitag-reconcile.timer && ls -d /run/udev/tags/pcitag-0x1234-0x11e8'
}

@test "libvirt's daemon, confined, follows the link: a guest has a device" {
	remember_host
	echo "$before" >"$BATS_FILE_TMPDIR/before"
	lab 'cat "/proc/$(pidof -s libvirtd virtqemud)/attr/current"' | grep enforce
	lab pcitag define Edu npu 1234 11e8
	tagged_define vm npu
	lab virsh start vm
	[ "$(lab_driver $NPU1)" = vfio-pci ]
	[[ $(guest_devices vm) == *" $NPU1 "* ]]
}

@test "an upgrade keeps the guest, its lease and libvirt's daemon" {
	lab 'pcitag leases >/root/leases'
	guest=$(qemu_pid vm)
	daemon=$(started libvirtd)
	lab 'apt-get install --yes /root/new.deb'
	[ "$daemon" = "$(started libvirtd)" ]
	[ "$guest" = "$(qemu_pid vm)" ]
	lab 'pcitag leases | diff /root/leases - && rm /root/leases'
	lab_wait_state vm running 10
	run -0 lab pcitag check
	[[ $output == *"PASS  hook-seen "* ]]
}

@test "an upgrade of QEMU makes libvirt ask the wrapper anew" {
	changed=$(lab stat --format %z /usr/bin/pcitag-qemu)
	lab 'dpkg-trigger --by-package=qemu-system-x86 /usr/bin/qemu-system-x86_64 && dpkg --triggers-only pcitag'
	[ "$changed" != "$(lab stat --format %z /usr/bin/pcitag-qemu)" ]
	lab virsh domcapabilities --emulatorbin /usr/bin/pcitag-qemu-system-x86_64 |
		grep -q '<path>/usr/bin/pcitag-qemu-system-x86_64</path>'
}

@test "it cannot be removed while the guest has the device, and the guest goes on" {
	run lab 'apt-get remove --yes pcitag'
	echo "$output"
	[ "$status" -ne 0 ]
	[[ $output == *"pcitag: not removed, because domains hold devices"* && $output == *"vm "*" bound "*"$NPU1"* ]]
	lab 'dpkg --status pcitag' | grep -x 'Status: .* ok installed'
	[ "$(lab readlink $LINK)" = /usr/sbin/pcitag-hook ]
	lab_wait_state vm running 10
}

@test "the domain ends, and everything is returned by the new version" {
	lab virsh destroy vm
	before=$(<"$BATS_FILE_TMPDIR/before")
	nothing_touched
	[ "$(lab pcitag leases)" = "no domain holds a device" ]
}

@test "AppArmor denied nothing of pcitag" {
	[ "$(lab 'journalctl --no-pager --quiet --since "$(cat /root/begin)" _TRANSPORT=kernel + _TRANSPORT=audit |
		grep "apparmor=\"DENIED\"" | grep -c pcitag')" -eq 0 ]
}

@test "a purge leaves nothing, and domains without devices start as before" {
	lab 'virsh undefine vm; apt-get purge --yes pcitag'
	[ -z "$(lab 'ls -d /etc/pcitag /run/pcitag /dev/pcitag /var/lib/pcitag /etc/libvirt/hooks/qemu.d /usr/share/pcitag \
		/etc/systemd/system/*.wants/pcitag-* /run/udev/tags/pcitag-0x* 2>/dev/null')" ]
	[ -z "$(lab 'grep -rls pcitag /etc/apparmor.d /usr/lib/systemd/system /usr/lib/udev')" ]
	lab_define "$LAB_DIR/domains/plain.xml"
	lab virsh start plain
	lab virsh destroy plain
}
