# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Builds the packages of one release, which SUITE names, and makes the chroots that the tests need. The tests of a
# file are independent of those of another.

setup_suite() {
	TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	# shellcheck disable=SC1091 # a file of the machine
	: "${SUITE:=$(. /etc/os-release && echo "$VERSION_CODENAME")}"
	PACKAGES=$TOP/build/check/packages/$SUITE
	export TOP SUITE PACKAGES
	"$TOP/packaging/build-deb" --into "$PACKAGES/new" "$SUITE"
	BARE=$("$TOP/packaging/chroot" "$SUITE" build)
	HOST=$("$TOP/packaging/chroot" "$SUITE" install)
	export BARE HOST
	make_old
}

# make_old: the same package as an earlier version, to upgrade from and to downgrade to.
make_old() {
	local new tree=$BATS_SUITE_TMPDIR/old
	new=$(echo "$PACKAGES"/new/pcitag_*.deb)
	dpkg-deb --raw-extract "$new" "$tree"
	sed -i 's/^Version: .*/Version: 0.1.0-0/' "$tree/DEBIAN/control"
	mkdir -p "$PACKAGES/old"
	dpkg-deb --build -Znone "$tree" "$PACKAGES/old/pcitag_0.1.0-0.deb"
}
