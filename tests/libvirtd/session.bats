#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# qemu:///session: the daemon of a user runs the same hook, without privilege.

load helper

setup_file() {
	mkdir -m 777 /run/session /run/session/{home,run}
	chown nobody /run/session/{home,run}
}

# session COMMAND...: with a session libvirtd of its own, as nobody. It ends when nobody asks it any more.
session() {
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/run/session/home XDG_RUNTIME_DIR=/run/session/run \
		virsh -q -c qemu:///session "$@" 3>&-
}

@test "an untagged session domain starts and stops" {
	domain_xml s1 >"$BATS_TEST_TMPDIR/xml"
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR"
	session define /dev/stdin <"$BATS_TEST_TMPDIR/xml"
	session start s1
	session destroy s1
	session undefine s1
}

@test "a tagged session domain is refused with what to use" {
	domain_xml s2 "$(placeholder s2/npu)" "$CONTAINER" >"$BATS_TEST_TMPDIR/xml"
	session define /dev/stdin <"$BATS_TEST_TMPDIR/xml"
	run session start s2
	refused "domain 's2': type tags need a domain of qemu:///system: this libvirt daemon does not run as root"
	session undefine s2
}
