#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What `pcitag check` says of libvirt's real daemon, and that libvirt does as it says.

bats_require_minimum_version 1.5.0
load helper

setup() {
	fresh
	define d1 "$(placeholder d1/tpu)" "$CONTAINER"
}

# found RESULT NAME TEXT: one line of the last `run pcitag check`.
found() {
	grep -E "^$1  $2 " <<<"$output" | grep -qF -- "$3" || { echo "$output"; return 1; }
}

# below NAME: the command under the item that does not pass.
below() {
	sed -nE "/^(WARN|FAIL)  $1 /{n;s/^    fix: //p;q}" <<<"$output"
}

# restart_libvirtd: what `systemctl restart libvirtd` does.
restart_libvirtd() {
	stop_libvirtd
	start_libvirtd
}

@test "the daemon, its hook and the limit it has" {
	run -3 pcitag check
	found PASS libvirt-daemon "libvirtd runs (process $(</run/libvirtd.pid))"
	found PASS hook /etc/libvirt/hooks/qemu
	found PASS hook-seen 'libvirtd was started after the hook was installed'
	found FAIL memlock "the hard limit of libvirtd (process $(</run/libvirtd.pid)) is 8 MiB"
	[ "$(below memlock)" = 'systemctl daemon-reload && systemctl restart libvirtd' ]
}

@test "a hook that came after the daemon's start is not called until the restart that check asks for" {
	rm /etc/libvirt/hooks/qemu
	restart_libvirtd
	run -3 pcitag check
	found FAIL hook 'is not there'
	bash -c "$(below hook)"

	run -3 pcitag check
	found PASS hook /etc/libvirt/hooks/qemu
	found FAIL hook-seen 'the hook is newer than the start of libvirtd'
	run virsh start d1
	[ "$status" -ne 0 ]
	[[ $output != *"no type or model tpu"* ]]

	run -3 pcitag check
	[ "$(below hook-seen)" = 'systemctl restart libvirtd' ]
	restart_libvirtd
	run -3 pcitag check
	found PASS hook-seen ''
	run virsh start d1
	refused "domain 'd1': request tpu: the registry has no type or model tpu*"
}

@test "a domain that runs proves that the daemon calls the hook" {
	mount --bind "$BATS_TEST_DIRNAME/stand-in" /usr/bin/pcitag-qemu
	define d2 "$(placeholder d2/npu)" "$CONTAINER"
	virsh start d2
	touch --no-dereference /etc/libvirt/hooks/qemu
	run -3 pcitag check
	found PASS hook-seen 'libvirtd has called it for a domain that runs'
	virsh destroy d2
	umount /usr/bin/pcitag-qemu
	run -3 pcitag check
	found FAIL hook-seen ''
	restart_libvirtd
}

@test "an unprivileged user sees the daemon as well" {
	run -3 setpriv --reuid=nobody --regid=nogroup --clear-groups pcitag check
	found PASS libvirt-daemon libvirtd
	found FAIL memlock 'is 8 MiB'
}
