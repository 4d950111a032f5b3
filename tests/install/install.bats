#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What `make install` puts where, and that `make uninstall` takes it all away again.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	root=$BATS_TEST_TMPDIR/root
	mkdir "$root"
}

install_to_root() {
	make --no-print-directory install DESTDIR="$root" "$@" >"$BATS_TEST_TMPDIR/log" 2>&1 || {
		cat "$BATS_TEST_TMPDIR/log"
		return 1
	}
}

uninstall_from_root() {
	make --no-print-directory uninstall DESTDIR="$root" >/dev/null
}

files() {
	(cd "$root" && find . ! -type d | sort)
}

@test "programs, hook, rule, drop-ins, samples and manuals go where they belong" {
	install_to_root QEMU_ARCHES='aarch64 x86_64' ZSHDIR=/usr/share/zsh/vendor-completions
	diff - <(files) <<-'EOF'
		./etc/apparmor.d/abstractions/libvirt-qemu.d/pcitag
		./etc/libvirt/hooks/qemu
		./etc/pcitag/pcitag.ini
		./etc/pcitag/registry.ini
		./usr/bin/pcitag-domain
		./usr/bin/pcitag-kvm
		./usr/bin/pcitag-kvm-spice
		./usr/bin/pcitag-qemu
		./usr/bin/pcitag-qemu-kvm
		./usr/bin/pcitag-qemu-system-aarch64
		./usr/bin/pcitag-qemu-system-x86_64
		./usr/lib/dracut/modules.d/90pcitag/module-setup.sh
		./usr/lib/modules-load.d/pcitag.conf
		./usr/lib/ocf/resource.d/pcitag/Domain
		./usr/lib/ocf/resource.d/pcitag/capacity
		./usr/lib/systemd/system/libvirtd.service.d/pcitag.conf
		./usr/lib/systemd/system/pcitag-clean-nvme@.service
		./usr/lib/systemd/system/pcitag-clean@.service
		./usr/lib/systemd/system/pcitag-metrics.service
		./usr/lib/systemd/system/pcitag-metrics.timer
		./usr/lib/systemd/system/pcitag-reconcile.service
		./usr/lib/systemd/system/pcitag-reconcile.timer
		./usr/lib/systemd/system/pcitag-vf.service
		./usr/lib/systemd/system/virtqemud.service.d/pcitag.conf
		./usr/lib/udev/rules.d/60-pcitag.rules
		./usr/libexec/pcitag-clean-nvme
		./usr/libexec/pcitag-vf-net
		./usr/sbin/pcitag
		./usr/sbin/pcitag-engine
		./usr/sbin/pcitag-hook
		./usr/sbin/pcitag-units
		./usr/share/bash-completion/completions/pcitag
		./usr/share/doc/pcitag/cockpit.md
		./usr/share/doc/pcitag/coming-from.md
		./usr/share/doc/pcitag/fleet.md
		./usr/share/doc/pcitag/map.md
		./usr/share/doc/pcitag/messages.md
		./usr/share/doc/pcitag/one-gpu.md
		./usr/share/doc/pcitag/which-device.md
		./usr/share/fish/vendor_completions.d/pcitag.fish
		./usr/share/initramfs-tools/hooks/pcitag
		./usr/share/man/man5/pcitag-registry.5
		./usr/share/man/man7/ocf_pcitag_Domain.7
		./usr/share/man/man7/ocf_pcitag_capacity.7
		./usr/share/man/man8/pcitag-clean-nvme.8
		./usr/share/man/man8/pcitag-domain.8
		./usr/share/man/man8/pcitag-engine.8
		./usr/share/man/man8/pcitag-hook.8
		./usr/share/man/man8/pcitag-kvm-spice.8
		./usr/share/man/man8/pcitag-kvm.8
		./usr/share/man/man8/pcitag-qemu-kvm.8
		./usr/share/man/man8/pcitag-qemu-system-aarch64.8
		./usr/share/man/man8/pcitag-qemu-system-x86_64.8
		./usr/share/man/man8/pcitag-qemu.8
		./usr/share/man/man8/pcitag-units.8
		./usr/share/man/man8/pcitag-vf-net.8
		./usr/share/man/man8/pcitag.8
		./usr/share/pcitag/apparmor
		./usr/share/pcitag/pcitag.ini
		./usr/share/pcitag/post-install
		./usr/share/pcitag/registry.ini
		./usr/share/zsh/vendor-completions/_pcitag
	EOF
	[ "$(readlink "$root/usr/bin/pcitag-qemu-system-x86_64")" = pcitag-qemu ]
	[ "$(readlink "$root/etc/libvirt/hooks/qemu")" = /usr/sbin/pcitag-hook ]
	[ -x "$root/usr/sbin/pcitag-hook" ]
	[ -d "$root/etc/pcitag/registry.d" ]
	grep -qx 'ExecStart=/usr/sbin/pcitag-engine reconcile' "$root/usr/lib/systemd/system/pcitag-reconcile.service"
	grep -qx 'ExecStart=/usr/sbin/pcitag vf create --settle' "$root/usr/lib/systemd/system/pcitag-vf.service"
	grep -qx 'Before=libvirtd.service virtqemud.service libvirt-guests.service' \
		"$root/usr/lib/systemd/system/pcitag-vf.service"
	grep -qx 'ExecStart=/usr/sbin/pcitag clean %i' "$root/usr/lib/systemd/system/pcitag-clean@.service"
	grep -qx 'ExecStart=/usr/libexec/pcitag-clean-nvme %i' "$root/usr/lib/systemd/system/pcitag-clean-nvme@.service"
	grep -qx '  /usr/bin/pcitag-qemu\* rmix,' "$root/etc/apparmor.d/abstractions/libvirt-qemu.d/pcitag"
}

@test "uninstall leaves nothing" {
	install_to_root
	uninstall_from_root
	[ -z "$(files)" ]
	[ ! -e "$root/etc/pcitag" ]
	[ ! -e "$root/usr/share/pcitag" ]
	[ ! -e "$root/usr/share/doc/pcitag" ]
}

@test "another's hook stays, even one that speaks of pcitag, and ours stands beside it" {
	mkdir -p "$root/etc/libvirt/hooks"
	printf '#!/bin/sh\n# not pcitag\n' >"$root/etc/libvirt/hooks/qemu"
	install_to_root
	grep -q 'not pcitag' "$root/etc/libvirt/hooks/qemu"
	[ "$(readlink "$root/etc/libvirt/hooks/qemu.d/pcitag")" = /usr/sbin/pcitag-hook ]

	uninstall_from_root
	[ "$(files)" = ./etc/libvirt/hooks/qemu ]
}

@test "installing again, with the other's hook gone, leaves exactly one hook" {
	mkdir -p "$root/etc/libvirt/hooks"
	echo '#!/bin/sh' >"$root/etc/libvirt/hooks/qemu"
	install_to_root
	rm "$root/etc/libvirt/hooks/qemu"
	install_to_root
	[ "$(readlink "$root/etc/libvirt/hooks/qemu")" = /usr/sbin/pcitag-hook ]
	[ ! -L "$root/etc/libvirt/hooks/qemu.d/pcitag" ]
}

@test "a copy of the hook, which earlier versions installed, becomes the link" {
	install_to_root
	rm "$root/etc/libvirt/hooks/qemu"
	cp build/bin/pcitag-hook "$root/etc/libvirt/hooks/qemu"
	install_to_root
	[ "$(readlink "$root/etc/libvirt/hooks/qemu")" = /usr/sbin/pcitag-hook ]
}

@test "another's hook and another's qemu.d/pcitag: neither is written over, and it is said" {
	mkdir -p "$root/etc/libvirt/hooks/qemu.d"
	echo '#!/bin/sh' | tee "$root/etc/libvirt/hooks/qemu" >"$root/etc/libvirt/hooks/qemu.d/pcitag"
	install_to_root
	grep -q "are other programs': pcitag check tells the command" "$BATS_TEST_TMPDIR/log"
	[ "$(cat "$root"/etc/libvirt/hooks/{qemu,qemu.d/pcitag} | uniq)" = '#!/bin/sh' ]
	uninstall_from_root
	[ "$(files | xargs)" = './etc/libvirt/hooks/qemu ./etc/libvirt/hooks/qemu.d/pcitag' ]
}

@test "what the administrator wrote is neither written over nor taken away" {
	install_to_root
	echo '[Edu]' >"$root/etc/pcitag/registry.ini"
	install_to_root
	[ "$(<"$root/etc/pcitag/registry.ini")" = '[Edu]' ]
	uninstall_from_root
	[ "$(files)" = ./etc/pcitag/registry.ini ]
}

# post_install [--remove]: with the AppArmor folder of $root, and no daemon to restart.
post_install() {
	sed -e "s|^apparmor=.*|apparmor=$root/etc/apparmor.d|" -e "s|touch /usr/bin|touch $root/usr/bin|" \
		-e "s|=/usr/share/pcitag|=$root/usr/share/pcitag|" \
		-e 's|/run/systemd/system|/nonexistent|' "$root/usr/share/pcitag/post-install" >"$BATS_TEST_TMPDIR/post-install"
	sh "$BATS_TEST_TMPDIR/post-install" "$@"
}

@test "Debian 12: the rule is a marked block in the local file, which others may own too" {
	install_to_root
	local_rules=$root/etc/apparmor.d/local/abstractions/libvirt-qemu
	mkdir -p "${local_rules%/*}"
	echo '#include <local/abstractions/libvirt-qemu>' >"$root/etc/apparmor.d/abstractions/libvirt-qemu"
	echo '  /srv/images/** rw,' >"$local_rules"

	post_install
	post_install
	[ "$(grep -c 'pcitag-qemu\* rmix' "$local_rules")" -eq 1 ]
	post_install --remove
	[ "$(<"$local_rules")" = '  /srv/images/** rw,' ]
}

# debian12 TEXT: a host whose local rules are these; local_rules is the file.
debian12() {
	install_to_root
	local_rules=$root/etc/apparmor.d/local/abstractions/libvirt-qemu
	mkdir -p "${local_rules%/*}"
	echo '#include <local/abstractions/libvirt-qemu>' >"$root/etc/apparmor.d/abstractions/libvirt-qemu"
	printf %b "$1" >"$local_rules"
}

@test "Debian 12: a local file without a last line end" {
	debian12 '  /srv/isos/** r,'
	post_install
	post_install
	[ "$(grep -c 'pcitag-qemu\* rmix' "$local_rules")" -eq 1 ]
	[ "$(head -2 "$local_rules")" = $'  /srv/isos/** r,\n# begin pcitag' ]
	post_install --remove
	[ "$(<"$local_rules")" = '  /srv/isos/** r,' ]
}

@test "Debian 12: a mark that stuck to the last line of others is known" {
	debian12 '  /srv/isos/** r,# begin pcitag\n  /usr/bin/pcitag-qemu* rmix,\n# end pcitag\n# begin pcitag\n  /usr/bin/pcitag-qemu* rmix,\n# end pcitag\n'
	post_install --remove
	[ "$(<"$local_rules")" = '  /srv/isos/** r,' ]
}

@test "Debian 12: without the mark at the end only our own lines go" {
	debian12 '# begin pcitag\n  /usr/bin/pcitag-qemu* rmix,\n  /srv/mine/** r,\n'
	chmod 600 "$local_rules"
	post_install
	[ "$(head -1 "$local_rules")" = '  /srv/mine/** r,' ]
	[ "$(grep -c 'pcitag-qemu\* rmix' "$local_rules")" -eq 1 ]
	[ "$(stat -c %a "$local_rules")" = 600 ]
	post_install --remove
	[ "$(<"$local_rules")" = '  /srv/mine/** r,' ]
	[ ! -e "$local_rules.pcitag" ]
}

@test "Debian 13: the rule is a file in the folder, the local file is not touched" {
	install_to_root
	echo 'include if exists <abstractions/libvirt-qemu.d>' >"$root/etc/apparmor.d/abstractions/libvirt-qemu"
	post_install
	[ ! -e "$root/etc/apparmor.d/local/abstractions/libvirt-qemu" ]
}

@test "a host that was upgraded from Debian 12 to 13 loses the block" {
	debian12 '  /srv/isos/** r,\n'
	post_install --rules
	[ "$(grep -c 'pcitag-qemu\* rmix' "$local_rules")" -eq 1 ]
	echo 'include if exists <abstractions/libvirt-qemu.d>' >"$root/etc/apparmor.d/abstractions/libvirt-qemu"
	post_install --rules
	[ "$(<"$local_rules")" = '  /srv/isos/** r,' ]
}

@test "a package's --rules respects that the administrator removed the file of rules" {
	debian12 ''
	rm "$root/etc/apparmor.d/abstractions/libvirt-qemu.d/pcitag"
	post_install --rules
	[ ! -e "$root/etc/apparmor.d/abstractions/libvirt-qemu.d/pcitag" ]
	[ "$(grep -c 'pcitag-qemu\* rmix' "$local_rules")" -eq 1 ]
	post_install --remove-rules
	[ "$(wc -c <"$local_rules")" -eq 0 ]
}

@test "an empty local file stays where the abstraction needs it, as in Debian 12, and goes elsewhere" {
	debian12 ''
	post_install --rules
	post_install --remove-rules
	[ -e "$local_rules" ]
	echo '  include if exists <local/abstractions/libvirt-qemu>' >"$root/etc/apparmor.d/abstractions/libvirt-qemu"
	post_install --rules
	post_install --remove-rules
	[ ! -e "$local_rules" ]
}
