#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # setup_suite exports TOP, SUITE and PACKAGES
# `make dist`, of the packages that are built for the other tests.

load helper

# The packages of this release, those of a later one, and a source package for Fedora, which is built for other tests.
setup() {
	VERSION=$(sed -n 's/^VERSION ?= //p' "$TOP/Makefile")
	BUILT=$BATS_TEST_TMPDIR/built
	DIST=$BATS_TEST_TMPDIR/dist
	mkdir -p "$BUILT/later" "$BUILT/rpm"
	ln -s "$PACKAGES/new" "$BUILT/$SUITE"
	local file name
	for file in "$PACKAGES"/new/*; do
		name=${file##*/}
		cp "$file" "$BUILT/later/${name/+deb1[0-9]_/+deb99_}"
	done
	touch "$BUILT/rpm/pcitag-$VERSION-1.src.rpm" "$BUILT/rpm/pcitag-$VERSION-1.x86_64.rpm"
}

@test "a release: tarball, source packages, packages for each Debian, news, and checksums of all" {
	local arch release
	arch=$(dpkg --print-architecture)
	release=$(dpkg-deb --field "$(package)" Version)
	"$TOP/packaging/make-dist" --built "$BUILT" "$DIST" "$SUITE" later
	[ "$(cd "$DIST" && printf '%s\n' * | LC_ALL=C sort)" = "$(LC_ALL=C sort <<-END
		NEWS-$VERSION.md
		SHA256SUMS
		pcitag-$VERSION.tar.xz
		pcitag-$VERSION-1.src.rpm
		pcitag_$VERSION.orig.tar.xz
		pcitag_$VERSION.orig-patternfly.tar.xz
		cockpit-pcitag_${release}_all.deb
		cockpit-pcitag_$VERSION-1+deb99_all.deb
		pcitag_$VERSION-1.debian.tar.xz
		pcitag_$VERSION-1.dsc
		pcitag_${release}_$arch.buildinfo
		pcitag_${release}_$arch.deb
		pcitag-dbgsym_${release}_$arch.deb
		pcitag_$VERSION-1+deb99_$arch.buildinfo
		pcitag_$VERSION-1+deb99_$arch.deb
		pcitag-dbgsym_$VERSION-1+deb99_$arch.deb
	END
	)" ] || { ls "$DIST" && return 1; }
	cd "$DIST"
	sha256sum --quiet --check SHA256SUMS
	[ "$(wc -l <SHA256SUMS)" -eq 15 ]
	cmp "pcitag-$VERSION.tar.xz" "pcitag_$VERSION.orig.tar.xz"
	[ "$(tar -tf "pcitag-$VERSION.tar.xz" | cut -d/ -f1 | sort -u)" = "pcitag-$VERSION" ]
	# The records of the source package name these files.
	grep -q " $(sha256sum "pcitag_$VERSION.orig.tar.xz" | cut -d' ' -f1) " "pcitag_$VERSION-1.dsc"
}

@test "what is new is the section of this version alone" {
	local tree=$BATS_TEST_TMPDIR/tree
	mkdir -p "$tree"
	cp -r "$TOP/packaging" "$TOP/Makefile" "$tree/"
	printf '%s\n' '# News' '' "## $VERSION.1" '' '- Later.' '' "## $VERSION (some day)" '' '### Safety' '' '- This.' '' \
		'## 0.0.9' '' '- Earlier.' >"$tree/NEWS.md"
	"$tree/packaging/make-dist" --built "$BUILT" "$DIST" "$SUITE"
	[ "$(<"$DIST/NEWS-$VERSION.md")" = $'### Safety\n\n- This.' ]
}

@test "a version without news is refused before anything is built, and an earlier release stays" {
	local tree=$BATS_TEST_TMPDIR/tree
	mkdir -p "$tree" "$DIST"
	cp -r "$TOP/packaging" "$TOP/Makefile" "$tree/"
	printf '%s\n' '# News' '' '## 0.0.9' '' '- Earlier.' >"$tree/NEWS.md"
	touch "$DIST/earlier"
	run -1 "$tree/packaging/make-dist" "$DIST" "$SUITE"
	[ "$output" = "make-dist: NEWS.md says nothing of version $VERSION" ]
	[ -e "$DIST/earlier" ]
	run -2 "$tree/packaging/make-dist" "$DIST"
}
