#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016,SC2154 # dpkg expands fields; output is set by bats, PACKAGES and the like by setup_suite
# What the packages are: complete, clean for lintian, hardened, and the same bytes wherever they are built.

load helper

field() {
	dpkg-deb --field "$(package)" "$1"
}

listed() {
	dpkg-deb --contents "$(package)" | awk '{ print $1, $6 ($7 == "->" ? " -> " $8 : "") }' | sed 's| \./| /|'
}

@test "the version is the Makefile's, and later on a later release of Debian" {
	local version
	version=$(sed -n 's/^VERSION ?= //p' "$TOP/Makefile")
	[[ $(field Version) == "$version"-1+deb1[0-9] ]]
	[ "$(field Source)" = "pcitag ($version-1)" ]
	dpkg --compare-versions 0.1.0-1+deb12 lt 0.1.0-1+deb13
}

@test "a source package, three binary packages, and a record of the build" {
	cd "$PACKAGES/new"
	[ "$(printf '%s\n' * | sed -E 's/[0-9.]+-1(\+deb[0-9]+)?/V/; s/[0-9.]+\.orig/V.orig/; s/_amd64|_arm64/_ARCH/' | LC_ALL=C sort)" = "\
cockpit-pcitag_V_all.deb
pcitag-dbgsym_V_ARCH.deb
pcitag_V.debian.tar.xz
pcitag_V.dsc
pcitag_V.orig-patternfly.tar.xz
pcitag_V.orig.tar.xz
pcitag_V_ARCH.buildinfo
pcitag_V_ARCH.changes
pcitag_V_ARCH.deb
pcitag_V_source.buildinfo
pcitag_V_source.changes
pcitag_$SUITE.log" ] || { ls && return 1; }
}

@test "the package names what its static programs contain" {
	local tree=$BATS_TEST_TMPDIR/tree sources
	dpkg-deb --extract "$(package)" "$tree"
	run -1 grep NEEDED <(readelf --dynamic "$tree/usr/bin/pcitag-qemu" "$tree/usr/sbin/pcitag-hook")
	sources=$("$TOP/packaging/enter" "$BARE" dpkg-query --show \
		--showformat='${source:Package} (= ${source:Version})\n' libc6-dev libjson-c-dev)
	[ "$(field Static-Built-Using)" = "${sources/$'\n'/, }" ]
}

@test "lintian has no error and no warning, and every override is of what it says" {
	in_chroot "$HOST" <<-'END'
		cd /new
		# Each by itself: of the record of a binary-only build lintian says nothing at all.
		for file in *pcitag_*.deb *.dsc; do
			setpriv --reuid 60000 --regid 60000 --clear-groups env HOME=/nonexistent \
				lintian --fail-on none --pedantic --display-info --show-overrides "$file"
		done
	END
	grep '^[EWIPO]: ' "$BATS_TEST_TMPDIR/log" | sed 's/^/# /' >&3
	# It has looked at both: each has something to tell.
	grep -q '^[IP]: pcitag source: ' "$BATS_TEST_TMPDIR/log"
	grep -q '^O: pcitag: shared-library-lacks-prerequisites ' "$BATS_TEST_TMPDIR/log"
	run -1 grep '^[EW]: ' "$BATS_TEST_TMPDIR/log"
	# That of a field is for Debian 12.
	run -1 grep -v unknown-field <(grep unused-override "$BATS_TEST_TMPDIR/log")
}

@test "every override of lintian has a reason in front of it" {
	run -0 awk '/^#/ { reason = 1; next } /./ && !reason { print } { reason = 0 }' \
		"$TOP"/debian/*.lintian-overrides
	[ -z "$output" ]
}

@test "programs, hook, rules, units, samples, manuals: all are there, and nothing else" {
	# Debian 12 has units and rules in /lib, which is /usr/lib there, too.
	diff - <(listed | sed 's|^\([^ ]*\) /lib/|\1 /usr/lib/|' | grep -v '^d' | cut -d' ' -f2- |
		sed 's|/usr/share/man/man8/pcitag-qemu-system-[a-z0-9_]*|/usr/share/man/man8/pcitag-qemu-system-ARCH|
			s|/usr/bin/pcitag-qemu-system-[a-z0-9_]*|/usr/bin/pcitag-qemu-system-ARCH|' | sort -u) <<-'EOF'
		/etc/apparmor.d/abstractions/libvirt-qemu.d/pcitag
		/etc/pcitag/pcitag.ini
		/etc/pcitag/registry.ini
		/usr/bin/pcitag-domain
		/usr/bin/pcitag-kvm -> pcitag-qemu
		/usr/bin/pcitag-kvm-spice -> pcitag-qemu
		/usr/bin/pcitag-qemu
		/usr/bin/pcitag-qemu-kvm -> pcitag-qemu
		/usr/bin/pcitag-qemu-system-ARCH -> pcitag-qemu
		/usr/lib/dracut/modules.d/90pcitag/module-setup.sh
		/usr/lib/modules-load.d/pcitag.conf
		/usr/lib/ocf/resource.d/pcitag/Domain
		/usr/lib/ocf/resource.d/pcitag/capacity
		/usr/lib/systemd/system/libvirtd.service.d/pcitag.conf
		/usr/lib/systemd/system/pcitag-clean-nvme@.service
		/usr/lib/systemd/system/pcitag-clean@.service
		/usr/lib/systemd/system/pcitag-metrics.service
		/usr/lib/systemd/system/pcitag-metrics.timer
		/usr/lib/systemd/system/pcitag-reconcile.service
		/usr/lib/systemd/system/pcitag-reconcile.timer
		/usr/lib/systemd/system/pcitag-vf.service
		/usr/lib/systemd/system/virtqemud.service.d/pcitag.conf
		/usr/lib/udev/rules.d/60-pcitag.rules
		/usr/libexec/pcitag-clean-nvme
		/usr/libexec/pcitag-vf-net
		/usr/sbin/pcitag
		/usr/sbin/pcitag-engine
		/usr/sbin/pcitag-hook
		/usr/sbin/pcitag-units
		/usr/share/bash-completion/completions/pcitag
		/usr/share/doc/pcitag/README.md
		/usr/share/doc/pcitag/SECURITY.md
		/usr/share/doc/pcitag/changelog.Debian.amd64.gz
		/usr/share/doc/pcitag/changelog.Debian.gz
		/usr/share/doc/pcitag/changelog.gz
		/usr/share/doc/pcitag/cockpit.md
		/usr/share/doc/pcitag/coming-from.md
		/usr/share/doc/pcitag/copyright
		/usr/share/doc/pcitag/fleet.md
		/usr/share/doc/pcitag/map.md
		/usr/share/doc/pcitag/messages.md
		/usr/share/doc/pcitag/one-gpu.md
		/usr/share/doc/pcitag/which-device.md
		/usr/share/fish/vendor_completions.d/pcitag.fish
		/usr/share/initramfs-tools/hooks/pcitag
		/usr/share/lintian/overrides/pcitag
		/usr/share/man/man5/pcitag-registry.5.gz
		/usr/share/man/man7/ocf_pcitag_Domain.7.gz
		/usr/share/man/man7/ocf_pcitag_capacity.7.gz
		/usr/share/man/man8/pcitag-clean-nvme.8.gz
		/usr/share/man/man8/pcitag-domain.8.gz
		/usr/share/man/man8/pcitag-engine.8.gz
		/usr/share/man/man8/pcitag-hook.8.gz
		/usr/share/man/man8/pcitag-kvm-spice.8.gz -> pcitag-qemu.8.gz
		/usr/share/man/man8/pcitag-kvm.8.gz -> pcitag-qemu.8.gz
		/usr/share/man/man8/pcitag-qemu-kvm.8.gz -> pcitag-qemu.8.gz
		/usr/share/man/man8/pcitag-qemu-system-ARCH.8.gz -> pcitag-qemu.8.gz
		/usr/share/man/man8/pcitag-qemu.8.gz
		/usr/share/man/man8/pcitag-units.8.gz
		/usr/share/man/man8/pcitag-vf-net.8.gz
		/usr/share/man/man8/pcitag.8.gz
		/usr/share/pcitag/apparmor
		/usr/share/pcitag/pcitag.ini
		/usr/share/pcitag/post-install
		/usr/share/pcitag/registry.ini
		/usr/share/zsh/vendor-completions/_pcitag
	EOF
	[[ $(listed) == *"drwxr-xr-x /etc/pcitag/registry.d/"* ]]
}

@test "everything that an administrator may change is a conffile" {
	run -0 dpkg-deb --info "$(package)" conffiles
	[ "$(sort <<<"$output")" = "\
/etc/apparmor.d/abstractions/libvirt-qemu.d/pcitag
/etc/pcitag/pcitag.ini
/etc/pcitag/registry.ini" ]
}

@test "every name of an emulator that has a wrapper has a trigger" {
	local wrappers
	wrappers=$(listed | sed -n 's|.* /usr/bin/pcitag-\(qemu-system-[a-z0-9_]*\) -> .*|\1|p; s|.* /usr/bin/pcitag-\(kvm\) .*|\1|p' | sort)
	[ "$(wc -l <<<"$wrappers")" -ge 8 ]
	[ "$(dpkg-deb --info "$(package)" triggers | sed -n 's|^interest-noawait /usr/bin/||p' | sort)" = "$wrappers" ]
}

@test "programs are hardened, and know nothing of where they were built" {
	local tree=$BATS_TEST_TMPDIR/tree program
	dpkg-deb --extract "$(package)" "$tree"
	for program in "$tree"/usr/sbin/* "$tree"/usr/bin/pcitag-{domain,qemu}; do
		readelf --file-header "$program" | grep -q 'Type: *DYN'
		readelf --dynamic "$program" | grep -q 'FLAGS_1.*PIE'
		run -1 grep -a /build/ "$program"
		[[ $program == */pcitag-hook ]] || readelf --dynamic "$program" | grep -q 'FLAGS_1.*NOW'
		readelf --program-headers --wide "$program" | grep GNU_STACK | grep -qv E
	done
	# Every call of the compiler has Debian's flags.
	[ "$(grep -c -e ' -c -o build/obj/' "$PACKAGES/new/pcitag_$SUITE.log")" -gt 100 ]
	run -1 grep -v -e "-D_FORTIFY_SOURCE=[23]" <(grep -e ' -c -o build/obj/' "$PACKAGES/new/pcitag_$SUITE.log")
}

@test "maintainer scripts call no systemctl by themselves, and know dash alone" {
	cd "$TOP/debian"
	run -1 grep -nE '^[^#]*\bsystemctl\b' pcitag.postinst pcitag.prerm pcitag.postrm
	for script in pcitag.p*[mt]; do
		[ "$(head -n 1 "$script")" = '#!/bin/sh' ]
		dash -n "$script"
	done
}

@test "the source package is this tree, and makes the same tarball of itself, without git" {
	local tree=$BATS_TEST_TMPDIR/tree
	source_tree "$tree"
	diff "$TOP/Makefile" "$tree/Makefile"
	diff -r "$TOP/debian" "$tree/debian"
	"$tree/packaging/make-source" "$BATS_TEST_TMPDIR"
	cmp "$BATS_TEST_TMPDIR"/pcitag_*.orig.tar.xz "$PACKAGES"/new/pcitag_*.orig.tar.xz
}

@test "a changelog of another version than the Makefile's is refused" {
	local tree=$BATS_TEST_TMPDIR/tree
	source_tree "$tree"
	sed -i 's/^VERSION ?= .*/VERSION ?= 9.9/' "$tree/Makefile"
	run -1 "$tree/packaging/make-source" "$BATS_TEST_TMPDIR"
	[[ $output == "make-source: debian/changelog is of version "*", Makefile of 9.9" ]]
}

@test "the tarball by itself has no debian/, and it is said where that is" {
	local tree=$BATS_TEST_TMPDIR/tree
	source_tree "$tree"
	rm -r "$tree/debian"
	run -1 "$tree/packaging/make-source" "$BATS_TEST_TMPDIR"
	[ "$output" = "make-source: this tree has no debian/: unpack the source package with dpkg-source --extract" ]
}

@test "a release that Debian does not have is refused" {
	run -2 "$TOP/packaging/build-deb" --into "$BATS_TEST_TMPDIR" ../etc
	[ "$output" = "chroot: '../etc' is not the name of a release of Debian" ]
	run -2 "$TOP/packaging/chroot" "$SUITE" other
	[ "$output" = "chroot: 'other' is none of build, install, rpm-build and rpm-install" ]
}
