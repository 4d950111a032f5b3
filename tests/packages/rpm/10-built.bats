#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # output is set by bats, PACKAGES and the like by setup_suite
# What the RPM packages are: complete, of the tree that they were built from, and the same bytes wherever they are.

load helper

# unpack PACKAGE DIRECTORY: its files. rpm2archive is of the chroot.
unpack() {
	mkdir -p "$2"
	"$TOP/packaging/enter" "$HOST" rpm2archive - <"$1" | tar -C "$2" -xz
}

@test "a source package, the package, the page's and the policy's, of the Makefile's version, and the log of the build" {
	local version
	version=$(sed -n 's/^VERSION ?= //p' "$TOP/Makefile")
	cd "$PACKAGES/new"
	[ "$(printf '%s\n' * | LC_ALL=C sort)" = "\
cockpit-pcitag-$version-1.noarch.rpm
pcitag-$version-1.src.rpm
pcitag-$version-1.$(uname -m).rpm
pcitag-selinux-$version-1.noarch.rpm
pcitag_$SUITE.log" ] || { ls && return 1; }
	[ "$(query --queryformat '%{NAME} %{VERSION} %{RELEASE} %{LICENSE}' "$(package)")" = \
		"pcitag $version 1 LGPL-2.1-or-later" ]
}

@test "programs, hook, rules, units, samples, manuals: all are there, and nothing else" {
	diff - <(query --queryformat '[%{FILEMODES:perms} %{FILENAMES} %{FILELINKTOS}\n]' "$(package)" |
		sed -E '/ \/usr\/lib\/\.build-id/d; s/ $//; s/^([^ ]*) (.*) ([^ ]+)$/\1 \2 -> \3/
			s/^-rwxr-xr-x /x /; s/^-rw-r--r-- /- /; s/^drwxr-xr-x /d /; s/^lrwxrwxrwx /l /
			s/(pcitag-qemu-system-)[a-z0-9_]*/\1ARCH/; s/(\.[578])(\.gz)?( |$)/\1\3/g' | sort -u) <<-EOF
		- /etc/pcitag/pcitag.ini
		- /etc/pcitag/registry.ini
		- /usr/lib/modules-load.d/pcitag.conf
		- /usr/lib/systemd/system-preset/80-pcitag.preset
		- /usr/lib/systemd/system/libvirtd.service.d/pcitag.conf
		- /usr/lib/systemd/system/pcitag-clean-nvme@.service
		- /usr/lib/systemd/system/pcitag-clean@.service
		- /usr/lib/systemd/system/pcitag-metrics.service
		- /usr/lib/systemd/system/pcitag-metrics.timer
		- /usr/lib/systemd/system/pcitag-reconcile.service
		- /usr/lib/systemd/system/pcitag-reconcile.timer
		- /usr/lib/systemd/system/pcitag-vf.service
		- /usr/lib/systemd/system/virtqemud.service.d/pcitag.conf
		- /usr/lib/udev/rules.d/60-pcitag.rules
		- /usr/share/bash-completion/completions/pcitag
		- /usr/share/doc/pcitag/NEWS.md
		- /usr/share/doc/pcitag/README.md
		- /usr/share/doc/pcitag/SECURITY.md
		- /usr/share/doc/pcitag/cockpit.md
		- /usr/share/doc/pcitag/coming-from.md
		- /usr/share/doc/pcitag/fleet.md
		- /usr/share/doc/pcitag/map.md
		- /usr/share/doc/pcitag/messages.md
		- /usr/share/doc/pcitag/one-gpu.md
		- /usr/share/doc/pcitag/which-device.md
		- /usr/share/fish/vendor_completions.d/pcitag.fish
		- /usr/share/licenses/pcitag/LICENSE
		- /usr/share/man/man5/pcitag-registry.5
		- /usr/share/man/man7/ocf_pcitag_Domain.7
		- /usr/share/man/man7/ocf_pcitag_capacity.7
		- /usr/share/man/man8/pcitag-clean-nvme.8
		- /usr/share/man/man8/pcitag-domain.8
		- /usr/share/man/man8/pcitag-engine.8
		- /usr/share/man/man8/pcitag-hook.8
		- /usr/share/man/man8/pcitag-qemu.8
		- /usr/share/man/man8/pcitag-units.8
		- /usr/share/man/man8/pcitag-vf-net.8
		- /usr/share/man/man8/pcitag.8
		- /usr/share/pcitag/pcitag.ini
		- /usr/share/pcitag/registry.ini
		- /usr/share/zsh/site-functions/_pcitag
		- /var/lib/pcitag/hook-linked
		d /etc/libvirt/hooks
		d /etc/libvirt/hooks/qemu.d
		d /etc/pcitag
		d /etc/pcitag/registry.d
		d /usr/lib/dracut
		d /usr/lib/dracut/modules.d
		d /usr/lib/dracut/modules.d/90pcitag
		d /usr/lib/ocf
		d /usr/lib/ocf/resource.d
		d /usr/lib/ocf/resource.d/pcitag
		d /usr/lib/systemd/system/libvirtd.service.d
		d /usr/lib/systemd/system/virtqemud.service.d
		d /usr/share/doc/pcitag
		d /usr/share/licenses/pcitag
		d /usr/share/pcitag
		d /var/lib/pcitag
		l /usr/bin/pcitag-kvm -> pcitag-qemu
		l /usr/bin/pcitag-qemu-kvm -> pcitag-qemu
		l /usr/bin/pcitag-qemu-system-ARCH -> pcitag-qemu
		l /usr/share/man/man8/pcitag-kvm.8 -> pcitag-qemu.8
		l /usr/share/man/man8/pcitag-qemu-kvm.8 -> pcitag-qemu.8
		l /usr/share/man/man8/pcitag-qemu-system-ARCH.8 -> pcitag-qemu.8
		x /usr/bin/pcitag-domain
		x /usr/bin/pcitag-qemu
		x /usr/lib/dracut/modules.d/90pcitag/module-setup.sh
		x /usr/lib/ocf/resource.d/pcitag/Domain
		x /usr/lib/ocf/resource.d/pcitag/capacity
		x /usr/libexec/pcitag-clean-nvme
		x /usr/libexec/pcitag-vf-net
		x /usr/sbin/pcitag
		x /usr/sbin/pcitag-engine
		x /usr/sbin/pcitag-hook
		x /usr/sbin/pcitag-units
		x /usr/share/pcitag/post-install
	EOF
	[ "$(query --queryformat '[%{FILENAMES}\n]' "$(selinux_package)" | grep -v licenses)" = \
		/usr/share/selinux/packages/targeted/pcitag.cil ]
}

@test "the page is a package of its own, and needs no program of its own" {
	run -0 query --queryformat '[%{FILENAMES}\n]' "$(cockpit_package)"
	[[ $output == *"/usr/share/cockpit/pcitag/manifest.json"* && $output == *"/usr/share/cockpit/pcitag/patternfly.css.gz"* ]]
	[[ $output == *"/usr/share/metainfo/org.cockpit_project.pcitag.metainfo.xml"* ]]
	[ "$(grep -cv -e ^/usr/share/cockpit -e ^/usr/share/metainfo/ -e ^/usr/share/licenses/ <<<"$output")" -eq 0 ]
	query --requires "$(cockpit_package)" | grep '^pcitag >= '
	query --requires "$(cockpit_package)" | grep '^cockpit-bridge >= 287'
}

@test "an upgrade keeps what an administrator wrote; documents and the licence are marked as such" {
	query --queryformat '[%{FILEFLAGS:fflags} %{FILENAMES}\n]' "$(package)" >"$BATS_TEST_TMPDIR/flags"
	# c: configuration, n: noreplace, g: not in the package, but of it.
	[ "$(sed -n 's/^cn //p' "$BATS_TEST_TMPDIR/flags")" = $'/etc/pcitag/pcitag.ini\n/etc/pcitag/registry.ini' ]
	[ "$(sed -n 's/^g //p' "$BATS_TEST_TMPDIR/flags")" = /var/lib/pcitag/hook-linked ]
	[ "$(sed -n 's/^l //p' "$BATS_TEST_TMPDIR/flags")" = /usr/share/licenses/pcitag/LICENSE ]
	run -0 grep -c '^d .*/share/\(doc\|man\)/' "$BATS_TEST_TMPDIR/flags"
	[ "$output" -gt 10 ]
	run -1 grep '^c ' "$BATS_TEST_TMPDIR/flags"
}

@test "what it requires: the libraries that its programs link, kmod, and the policy where SELinux is" {
	query --requires "$(package)" >"$BATS_TEST_TMPDIR/requires"
	# Libraries, without the versions of their symbols.
	[ "$(sed -n 's/\.so\.[0-9]*()(64bit)$//p' "$BATS_TEST_TMPDIR/requires" | sort -u | tr '\n' ' ')" = \
		'libc libinih libjson-c libmnl libpci libsystemd libudev libvirt libxml2 libyaml-0 ' ]
	grep -qxF kmod "$BATS_TEST_TMPDIR/requires"
	grep -qE '^\(pcitag-selinux = [0-9.]+-1 if selinux-policy-targeted\)$' "$BATS_TEST_TMPDIR/requires"
	run -1 grep -E '^/' <(grep -vx /bin/sh "$BATS_TEST_TMPDIR/requires")
	[ "$(query --recommends "$(package)" | sort)" = \
		$'(qemu-kvm-core or qemu-system-x86-core)\nlibvirt-daemon-driver-qemu >= 7.4' ]
	query --requires "$(selinux_package)" | grep -qx selinux-policy-targeted
}

@test "what the build requires: each library of mk/sources.mk, by the name that the Makefile asks for" {
	local library
	query --requires "$PACKAGES"/new/*.src.rpm >"$BATS_TEST_TMPDIR/requires"
	while read -r library; do
		grep -qE "^pkgconfig\($library\)( >= [0-9.]+)?$" "$BATS_TEST_TMPDIR/requires" || { echo "$library" && return 1; }
	done < <(sed -n 's/^[a-z]*_libs := //p' "$TOP/mk/sources.mk" | tr ' ' '\n' | sort -u)
	grep -qx glibc-static "$BATS_TEST_TMPDIR/requires"
	grep -qx systemd-rpm-macros "$BATS_TEST_TMPDIR/requires"
	grep -qx selinux-policy-devel "$BATS_TEST_TMPDIR/requires"
}

@test "scriptlets are for any shell, without a macro that was left as it is" {
	local part
	query --scripts --triggers "$(package)" >"$BATS_TEST_TMPDIR/scripts"
	query --scripts "$(selinux_package)" >>"$BATS_TEST_TMPDIR/scripts"
	run -1 grep -nE '%|scriptlet \(using /bin/(bash|ba)' "$BATS_TEST_TMPDIR/scripts"
	[ "$(grep -c 'scriptlet (using /bin/sh)' "$BATS_TEST_TMPDIR/scripts")" -eq 9 ]
	csplit --quiet --prefix "$BATS_TEST_TMPDIR/part" "$BATS_TEST_TMPDIR/scripts" '/ scriptlet (using /' '{*}'
	for part in "$BATS_TEST_TMPDIR"/part*; do
		sed -i '/ scriptlet (using /d' "$part"
		dash -n "$part"
	done
}

@test "an erasure asks first, an upgrade does not" {
	query --scripts "$(package)" | sed -n '/^preuninstall/,/^post/p' >"$BATS_TEST_TMPDIR/preun"
	# Before systemd's part, which stops the units.
	[ "$(grep -nE 'post-install --unlink-hook \|\| exit 1|systemctl' "$BATS_TEST_TMPDIR/preun" | head -n 1 |
		sed 's/.*--/--/')" = '--unlink-hook || exit 1' ]
	grep -q 'if \[ $1 -eq 0 \]' "$BATS_TEST_TMPDIR/preun"
}

@test "every name of an emulator that has a wrapper has a trigger" {
	local arch
	query --triggers "$(package)" | head -n 1 >"$BATS_TEST_TMPDIR/triggers"
	query --list "$(package)" | sed -n 's|/usr/bin/pcitag-qemu-system-||p' >"$BATS_TEST_TMPDIR/arches"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/arches")" -ge 7 ]
	# Fedora's names of packages.
	while read -r arch; do
		grep -qE " qemu-system-$arch-core(,|$)" "$BATS_TEST_TMPDIR/triggers"
	done < <(sed 's/^i386$/x86/; s/^x86_64$/x86/; s/^ppc64$/ppc/; s/^riscv64$/riscv/' "$BATS_TEST_TMPDIR/arches")
	grep -qE ' qemu-kvm-core(,|$)' "$BATS_TEST_TMPDIR/triggers"
}

@test "programs are hardened, find Red Hat's QEMU, and know nothing of where they were built" {
	local tree=$BATS_TEST_TMPDIR/tree program
	unpack "$(package)" "$tree"
	for program in "$tree"/usr/sbin/* "$tree"/usr/bin/pcitag-{domain,qemu}; do
		readelf --file-header "$program" | grep -q 'Type: *DYN'
		readelf --dynamic "$program" | grep -q 'FLAGS_1.*PIE'
		run -1 grep -aE '/build/|BUILDROOT' "$program"
		readelf --program-headers --wide "$program" | grep GNU_STACK | grep -qv E
	done
	grep -qa '/usr/bin:/usr/libexec:' "$tree/usr/bin/pcitag-qemu"
	run -1 grep -rE '/build/|BUILDROOT|@[A-Z]+@' "$tree/usr/share/pcitag" "$tree/usr/lib/systemd" "$tree/etc"
}

@test "the source package is this tree: its tarball is that of a release, its spec the tree's" {
	unpack "$PACKAGES"/new/*.src.rpm "$BATS_TEST_TMPDIR/share"
	diff "$TOP/packaging/rpm/pcitag.spec" "$BATS_TEST_TMPDIR/share/pcitag.spec"
	"$TOP/packaging/make-source" "$BATS_TEST_TMPDIR"
	cmp "$BATS_TEST_TMPDIR"/pcitag_*.orig.tar.xz "$BATS_TEST_TMPDIR"/share/pcitag-[0-9.]*[0-9].tar.xz
	cmp "$BATS_TEST_TMPDIR"/pcitag_*.orig-patternfly.tar.xz "$BATS_TEST_TMPDIR"/share/pcitag-*-patternfly.tar.xz
}

@test "a later build, with another umask and time zone, is the same byte for byte" {
	local again=$BATS_TEST_TMPDIR/again
	(umask 077 && TZ=Asia/Tokyo LC_ALL=C "$TOP/packaging/build-rpm" --into "$again" "$SUITE")
	cd "$PACKAGES/new"
	sha256sum -- *.rpm | sed 's/^/# /' >&3
	sha256sum -- *.rpm >"$BATS_TEST_TMPDIR/sums"
	cd "$again"
	sha256sum --quiet --check "$BATS_TEST_TMPDIR/sums"
}

@test "a spec of another version than the Makefile's is refused" {
	local tree=$BATS_TEST_TMPDIR/tree
	mkdir "$tree"
	cp -r "$TOP/packaging" "$TOP/Makefile" "$tree/"
	sed -i 's/^VERSION ?= .*/VERSION ?= 9.9/' "$tree/Makefile"
	run -1 "$tree/packaging/build-rpm" --into "$BATS_TEST_TMPDIR"
	[[ $output == "build-rpm: packaging/rpm/pcitag.spec is of version "*", Makefile of 9.9" ]]
}
