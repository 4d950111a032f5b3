# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Builds the RPM packages in a chroot of one release of Debian, which SUITE names, and makes the chroot that the tests
# use them in.

setup_suite() {
	TOP=$(cd "$BATS_TEST_DIRNAME/../../.." && pwd)
	# shellcheck disable=SC1091 # a file of the machine
	: "${SUITE:=$(. /etc/os-release && echo "$VERSION_CODENAME")}"
	PACKAGES=$TOP/build/check/packages/$SUITE-rpm
	export TOP SUITE PACKAGES
	"$TOP/packaging/build-rpm" --into "$PACKAGES/new" "$SUITE"
	BUILD=$("$TOP/packaging/chroot" "$SUITE" rpm-build)
	HOST=$("$TOP/packaging/chroot" "$SUITE" rpm-install)
	export BUILD HOST
	make_old
}

# make_old: an earlier version, to upgrade from and to downgrade to. It is made of the source package by itself.
make_old() {
	mkdir -p "$PACKAGES/old"
	rm -f "$PACKAGES"/old/*.rpm
	# shellcheck disable=SC2016 # the chroot's shell expands it
	"$TOP/packaging/enter" "$BUILD" --share "$PACKAGES/new" /new --share "$PACKAGES/old" /old \
		--share "$TOP/packaging/rpm" /macros bash -eu -c '
			cd /tmp
			rpm2archive - <"$(echo /new/*.src.rpm)" | tar -xz
			sed -i "s/^Release: .*/Release: 0/" pcitag.spec
			rpmbuild -bb --nodeps --nocheck --load=/macros/macros.debian --define "_topdir /tmp/build" \
				--define "_sourcedir /tmp" pcitag.spec
			cp build/RPMS/*/*.rpm /old/' >"$PACKAGES/old/log" 2>&1 || {
		tail -n 40 "$PACKAGES/old/log"
		return 1
	}
}
