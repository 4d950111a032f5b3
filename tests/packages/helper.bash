# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154 # setup_suite exports TOP, SUITE, PACKAGES, BARE and HOST
# Functions for the tests of the packages. setup_suite has built those of one release.

bats_require_minimum_version 1.5.0

package() {
	echo "$PACKAGES"/new/pcitag_*.deb
}

# source_tree DIRECTORY: unpacks the source package there.
source_tree() {
	mkdir "$1"
	tar -C "$1" --strip-components=1 -x -f "$PACKAGES"/new/pcitag_*.orig.tar.xz
	tar -C "$1" -x -f "$PACKAGES"/new/pcitag_*.debian.tar.xz
}

# in_chroot CHROOT <<STORY: runs it in the chroot, with the functions of inside.bash. /new and /old have the
# packages. A story fails at the first command that fails; what led to it is shown.
in_chroot() {
	local status=0
	mkdir -p "$BATS_TEST_TMPDIR/story"
	{
		cat "$TOP/tests/packages/inside.bash"
		cat
	} >"$BATS_TEST_TMPDIR/story/run"
	"$TOP/packaging/enter" "$1" --share "$PACKAGES/new" /new --share "$PACKAGES/old" /old \
		--share "$BATS_TEST_TMPDIR/story" /story --share "$TOP/tests/leases/0.1.0" /leases \
		bash -eu -o pipefail -x /story/run >"$BATS_TEST_TMPDIR/log" 2>&1 || status=$?
	[[ $status -eq 0 ]] || tail -n 60 "$BATS_TEST_TMPDIR/log"
	return "$status"
}

# on_host <<STORY: where libvirt and QEMU are installed. on_bare: where neither is, nor systemd.
on_host() {
	in_chroot "$HOST"
}

on_bare() {
	in_chroot "$BARE"
}
