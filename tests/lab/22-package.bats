#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# The Debian package on a host with AppArmor enforcing: installed, upgraded while a guest has devices, and QEMU with it,
# refused to go meanwhile, purged. The tests are steps of one story. It is the last one of a lab: the QEMU stays.
# With bats's option --show-output-of-passing-tests it is a transcript.

# shellcheck disable=SC2154 # status, output and lines are set by bats
bats_require_minimum_version 1.5.0
load tagged
load untouched

LINK=/etc/libvirt/hooks/qemu.d/pcitag
WRAPPER=/usr/bin/pcitag-qemu-system-x86_64

# is_older FILE: than a source, which tests are not.
is_older() {
	find "$LAB_DIR/../.." \( -path '*/../../build' -o -path '*/../../tests' -o -path '*/../../.git' \) -prune -o \
		-type f -newer "$1" -print -quit | grep -q .
}

# packages_of RELEASE: prints the directory of its packages, which are built anew when a source is newer. Two labs may
# have the same release.
packages_of() {
	local top packages deb
	top=$(cd "$LAB_DIR/../.." && pwd)
	packages=$top/build/check/packages/$1/new
	mkdir -p "$packages"
	(
		flock 9
		if ! deb=$(compgen -G "$packages/pcitag_*.deb") || is_older "$deb"; then
			"$top/packaging/build-deb" --into "$packages" "$1" >&2
		fi
	) 9>"$packages.lock"
	echo "$packages"
}

setup_file() {
	local packages newer
	packages=$(packages_of "$(lab '. /etc/os-release && echo "$VERSION_CODENAME"')")
	newer=$("$LAB_DIR/newer-qemu" "$LAB")
	lab_clean
	make_untouched
	lab 'rm -rf /root/newer-qemu && mkdir /root/newer-qemu'
	tar -C "$newer" -c . | lab 'tar -C /root/newer-qemu --no-same-owner -x'
	lab_put "$(compgen -G "$packages/pcitag_*.deb")" /root/new.deb
	# The same as an earlier version.
	lab 'rm -rf /root/old && dpkg-deb --raw-extract /root/new.deb /root/old
		sed -i "s/^Version: .*/Version: 0.1.0-0/" /root/old/DEBIAN/control
		dpkg-deb --build -Znone /root/old /root/old.deb
		rm -rf /root/times && mkdir /root/times'
	note_time /root/times/begin
}

teardown_file() {
	lab_clean
	lab 'dpkg --purge pcitag; rm -rf /root/old /root/old.deb /root/new.deb /root/newer-qemu /root/times'
	unpack
	lab /usr/share/pcitag/post-install
}

# typed COMMAND...: runs it in the lab, and shows it above its output.
typed() {
	echo "# $*"
	lab "$@"
}

# daemons: when each of libvirt's processes that run now was started.
daemons() {
	lab 'systemctl show --property Id,ExecMainStartTimestampMonotonic \
		$(systemctl list-units --plain --no-legend --state running "libvirt*.service" "virt*.service" | cut -d" " -f1)'
}

# newest_machine: what the QEMU that is installed has as its newest q35.
newest_machine() {
	lab qemu-system-x86_64 -machine help | sed -n 's/^q35 .*(alias of \(.*\))$/\1/p'
}

# capabilities EMULATOR: what libvirt says of it, without its path.
capabilities() {
	lab virsh domcapabilities --machine q35 --virttype qemu --emulatorbin "$1" |
		grep -v -e '<path>/usr/bin/' -e '^$'
}

# denials SINCE [UNTIL]: prints what AppArmor denied between these notes of the time, each once, without the process.
denials() {
	lab 'journalctl --no-pager --quiet --since "$(cat '"$1"')" '"${2:+--until \"\$(cat $2)\"}"' \
		_TRANSPORT=kernel + _TRANSPORT=audit' |
		sed -nE 's/.*apparmor="DENIED" //; T; s/ (profile|comm)="[^"]*"//g; s/ (pid|fsuid|ouid)=[0-9]+//g; p' | sort -u
}

# note_time FILE: a second of its own, for journalctl counts in seconds.
note_time() {
	lab "sleep 1; date '+%F %T' >$1; sleep 1"
}

@test "apt installs it, libvirt's daemon is restarted, and the host is ready" {
	# It ends when nobody has asked anything for two minutes, and starts when somebody does.
	lab virsh list
	daemons=$(daemons)
	typed 'apt-get install --yes -qq /root/old.deb'
	[ "$daemons" != "$(daemons)" ]
	[ "$(lab readlink $LINK)" = /usr/sbin/pcitag-hook ]
	# The restart may be a job that is still running.
	lab 'while systemctl list-jobs --no-legend | grep -q libvirt; do sleep 1; done; virsh list'
	run typed pcitag check
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"PASS  hook "*" $LINK"* && $output == *"PASS  hook-seen "* ]]
	[[ $output == *"PASS  memlock "*"is unlimited"* && $output == *"PASS  apparmor "* ]]
	[[ $output == *"PASS  reconcile-timer "* ]]
	lab 'systemctl is-active pcitag-reconcile.timer && ls -d /run/udev/tags/pcitag-0x1234-0x11e8'
}

@test "libvirt's daemon, confined, follows the link: a guest has two devices by their types" {
	remember_host
	echo "$before" >"$BATS_FILE_TMPDIR/before"
	lab_define "$LAB_DIR/domains/plain.xml"
	typed pcitag define Edu npu 1234 11e8
	typed pcitag define --address $NIC1 Card nic 8086 10d3
	typed pcitag add plain npu
	typed pcitag add plain nic
	typed virsh start plain
	typed 'cat "/proc/$(pidof -s libvirtd virtqemud)/attr/current"' | tee "$BATS_TEST_TMPDIR/daemon"
	grep enforce "$BATS_TEST_TMPDIR/daemon"
	lab 'cat "/proc/$(cat /run/libvirt/qemu/plain.pid)/attr/current"' | grep -x 'libvirt-.* (enforce)'
	[ "$(lab_driver $NPU1) $(lab_driver $NIC1)" = 'vfio-pci vfio-pci' ]
	run -0 guest_devices plain
	[[ $output == *" $NPU1 "* && $output == *" $NIC1 "* ]]
}

@test "the guest uses the card" {
	lab_serial_wait plain '^DHCP 10\.77\.0\.'
	typed 'grep -a -e "^PCI .* 1234:11e8" -e "^PCI .* 8086:10d3" -e ^DHCP /var/log/libvirt/qemu/plain-serial.log'
}

@test "an upgrade keeps the guest, its lease and libvirt's daemons" {
	typed pcitag leases
	lab 'pcitag leases >/root/leases'
	guest=$(qemu_pid plain)
	daemons=$(daemons)
	typed 'apt-get install --yes -qq /root/new.deb'
	diff <(echo "$daemons") <(daemons)
	[ "$guest" = "$(qemu_pid plain)" ]
	typed pcitag leases
	lab 'pcitag leases | diff /root/leases - && rm /root/leases'
	lab_wait_state plain running 10
	run -0 lab pcitag check
	[[ $output == *"PASS  hook-seen "* ]]
}

@test "an upgrade of QEMU keeps the guest, and makes libvirt ask the wrapper anew" {
	changed=$(lab stat --format %z /usr/bin/pcitag-qemu)
	guest=$(qemu_pid plain)
	old=$(lab 'dpkg-query --show --showformat "\${Version}" qemu-system-x86')
	run -0 capabilities $WRAPPER
	grep -F "<machine>$(newest_machine)</machine>" <<<"$output"
	note_time /root/times/newer-qemu
	typed 'apt-get install --yes -qq /root/newer-qemu/*.deb'
	new=$(lab 'dpkg-query --show --showformat "\${Version}" qemu-system-x86')
	echo "QEMU $old is now $new"
	dpkg --compare-versions "$new" gt "$old"
	[ "$changed" != "$(lab stat --format %z /usr/bin/pcitag-qemu)" ]

	typed virsh domcapabilities --machine q35 --virttype qemu --emulatorbin $WRAPPER | head -n 5
	run -0 capabilities $WRAPPER
	grep -F "<machine>$(newest_machine)</machine>" <<<"$output"
	diff <(echo "$output") <(capabilities /usr/bin/qemu-system-x86_64)
	[ "$guest" = "$(qemu_pid plain)" ]
	lab_wait_state plain running 10
}

@test "it cannot be removed while the guest has the devices, and the guest goes on" {
	run lab 'apt-get remove --yes -qq pcitag'
	echo "$output"
	[ "$status" -ne 0 ]
	[[ $output == *"pcitag: not removed, because domains hold devices"* && $output == *"plain "*" bound "*"$NPU1"* ]]
	lab 'dpkg --status pcitag' | grep -x 'Status: .* ok installed'
	[ "$(lab readlink $LINK)" = /usr/sbin/pcitag-hook ]
	# Its console answers: it prints what is typed.
	lab_type plain here-i-am
	lab_serial_wait plain '^here-i-am'
}

@test "the domain ends, and everything is returned by the new version" {
	typed virsh destroy plain
	before=$(<"$BATS_FILE_TMPDIR/before")
	nothing_touched
	run -0 typed pcitag leases
	echo "$output"
	[ "${lines[1]}" = "no domain holds a device" ]
}

@test "the new QEMU runs in the wrapper, with the devices" {
	typed virsh start --paused plain
	run -0 guest_devices plain
	[[ $output == *" $NPU1 "* && $output == *" $NIC1 "* ]]
	lab virsh destroy plain
	before=$(<"$BATS_FILE_TMPDIR/before")
	nothing_touched
}

# The profile of a guest is libvirt's, which may be older than what the new QEMU reads: what a domain without pcitag is
# denied as well, see below, is not because of pcitag.
@test "AppArmor denied nothing" {
	note_time /root/times/end
	run -0 denials /root/times/begin /root/times/newer-qemu
	echo "denials before the upgrade of QEMU: ${#lines[@]}"
	[ -z "$output" ]
	denials /root/times/newer-qemu /root/times/end >"$BATS_FILE_TMPDIR/denials"
	echo "files that the new QEMU was denied: $(wc -l <"$BATS_FILE_TMPDIR/denials")"
	# The journal has what is looked for.
	lab 'journalctl --no-pager --quiet _TRANSPORT=kernel + _TRANSPORT=audit' | grep -q 'apparmor="STATUS"'
}

@test "a purge leaves nothing, and domains without devices start as before" {
	lab virsh undefine plain
	typed apt-get purge --yes -qq pcitag
	[ -z "$(lab 'ls -d /etc/pcitag /run/pcitag /dev/pcitag /var/lib/pcitag /etc/libvirt/hooks/qemu.d /usr/share/pcitag \
		/etc/systemd/system/*.wants/pcitag-* /run/udev/tags/pcitag-0x* 2>/dev/null')" ]
	[ -z "$(lab 'grep -rls pcitag /etc/apparmor.d /usr/lib/systemd/system /usr/lib/udev')" ]
	note_time /root/times/purged
	lab_define "$LAB_DIR/domains/plain.xml"
	lab virsh start plain
	lab virsh destroy plain
	run -0 denials /root/times/purged
	echo "files that QEMU is denied without pcitag: ${#lines[@]}"
	echo "$output"
	[ -z "$(comm -23 "$BATS_FILE_TMPDIR/denials" <(echo "$output"))" ]
}
