#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # setup_suite exports TOP, SUITE and PACKAGES
# Two builds at different times, in different directories of different hosts, are the same byte for byte.

load helper

@test "a build in another directory, later, from another tree, with another umask and one job" {
	local tree=$BATS_TEST_TMPDIR/tree again=$BATS_TEST_TMPDIR/again
	(umask 077 && source_tree "$tree")
	find "$tree" -exec touch {} +
	# The chroots are those of this tree.
	mkdir -p "$tree/build"
	ln -s "$TOP/build/lab" "$tree/build/lab"
	(cd "$tree" && umask 077 && TZ=Asia/Tokyo LC_ALL=C DEB_BUILD_OPTIONS='nocheck parallel=1' \
		packaging/build-deb --into "$again" --path /srv/another/place "$SUITE")
	cd "$PACKAGES/new"
	sha256sum -- *.deb *.dsc *.tar.xz | sed 's/^/# /' >&3
	sha256sum -- *.deb *.dsc *.tar.xz >"$BATS_TEST_TMPDIR/sums"
	cd "$again"
	sha256sum --quiet --check "$BATS_TEST_TMPDIR/sums"
}
