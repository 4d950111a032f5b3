#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2317 # the stories are read by the shell of a chroot
# Install, upgrade, erase, with Debian's rpm in a chroot, without systemd running. Neither a Fedora nor an EL is here:
# that there the packages are named and the macros do what they say is not shown.

load helper

@test "install, and everything is in place; erase, and nothing is left" {
	on_host <<-'END'
		touch /etc/libvirt/hooks/.keep
		every_file | grep -v '^/var/lib/rpm' >/tmp/before
		install_package
		is_installed
		[[ $(readlink $LINK) == $PROGRAM && -x $LINK && ! -e /etc/libvirt/hooks/qemu ]]
		[[ $(pcitag --version) == "pcitag $(rpm --query --queryformat '%{VERSION}' pcitag)" ]]
		# By the preset: Fedora's own enable no unit that they do not name.
		[[ -L /etc/systemd/system/timers.target.wants/pcitag-reconcile.timer ]]
		[[ -L /etc/systemd/system/multi-user.target.wants/pcitag-reconcile.service ]]
		[[ -L /etc/systemd/system/multi-user.target.wants/pcitag-vf.service ]]
		[[ -L /etc/systemd/system/timers.target.wants/pcitag-metrics.timer ]]
		[[ ! -e /etc/apparmor.d/abstractions/libvirt-qemu.d/pcitag && ! -e /var/lib/pcitag/is-new ]]
		run_for_output pcitag check
		[[ $output == *"PASS  hook "*" $LINK"* ]]
		[[ $output == *"PASS  reconcile-timer "* && $output == *"PASS  engine "* && $output == *"PASS  permissions "* ]]
		mkdir -p /run/pcitag/leases
		rpm --erase pcitag
		every_file | grep -v '^/var/lib/rpm' >/tmp/after
		diff /tmp/before /tmp/after
	END
}

@test "erase keeps what an administrator wrote, under the name that rpm gives it" {
	on_host <<-'END'
		install_package
		pcitag define Edu npu 1234 11e8
		echo '# mine' >>/etc/pcitag/registry.ini
		rpm --erase pcitag
		grep '# mine' /etc/pcitag/registry.ini.rpmsave
		[[ -e /etc/pcitag/registry.d/Edu.ini && ! -e /etc/pcitag/pcitag.ini ]]
		[[ ! -L $LINK && ! -e /usr/bin/pcitag-qemu && ! -e /usr/sbin/pcitag-engine ]]
	END
}

@test "an upgrade keeps the registry, the link and the links of units" {
	on_host <<-'END'
		install_package old
		[[ $(rpm --query --queryformat '%{RELEASE}' pcitag) == 0 ]]
		pcitag define Edu npu 1234 11e8
		echo '# mine' >>/etc/pcitag/registry.ini
		stat --format '%i %z' $LINK >/tmp/link
		install_package
		[[ $(rpm --query --queryformat '%{RELEASE}' pcitag) == 1 ]]
		stat --format '%i %z' $LINK | diff /tmp/link -
		[[ $(tail -n 1 /etc/pcitag/registry.ini) == '# mine' && ! -e /etc/pcitag/registry.ini.rpmnew ]]
		pcitag types | grep Edu
		[[ -L /etc/systemd/system/timers.target.wants/pcitag-reconcile.timer ]]
		[[ -e /var/lib/pcitag/hook-linked && ! -e /var/lib/pcitag/is-new ]]
	END
}

@test "an installation and an erasure restart libvirt's daemons, an upgrade restarts nothing" {
	on_host <<-'END'
		# As on a host that runs systemd. What is called there is noted, and not in /tmp: of that scriptlets have their
		# own by rpm's plugin "unshare", which Debian 13 has.
		mkdir -p /run/systemd/system
		mv /usr/bin/systemctl /usr/bin/systemctl.real
		printf '#!/bin/sh\necho "$*" >>/run/called\nexec systemctl.real --root / "$@" 2>/dev/null\n' >/usr/bin/systemctl
		chmod 755 /usr/bin/systemctl
		install_package old
		grep -x 'try-restart libvirtd.service virtqemud.service' /run/called
		grep -x 'start pcitag-reconcile.timer' /run/called
		rm /run/called
		install_package
		! grep -E 'restart|start|stop|preset|disable' /run/called
		rpm --erase pcitag
		grep -x 'try-restart libvirtd.service virtqemud.service' /run/called
	END
}

@test "the same version again: nothing changes" {
	on_host <<-'END'
		install_package
		stat --format '%i %z' $LINK >/tmp/link
		rpm --upgrade --nodeps --replacepkgs /new/pcitag-[0-9]*."$(uname -m)".rpm
		is_installed
		stat --format '%i %z' $LINK | diff /tmp/link -
		[[ -L /etc/systemd/system/timers.target.wants/pcitag-reconcile.timer && -e /var/lib/pcitag/hook-linked ]]
	END
}

@test "an upgrade does not make the link again that the administrator removed; an installation does" {
	on_host <<-'END'
		install_package old
		rm $LINK
		install_package
		[[ ! -L $LINK ]]
		rpm --erase pcitag
		install_package
		[[ -L $LINK ]]
	END
}

@test "another's hook in the place of the link: untouched by both, and the installation says so" {
	on_host <<-'END'
		mkdir -p ${LINK%/*}
		printf '#!/bin/sh\nexit 0\n' >$LINK
		chmod 755 $LINK
		install_package >/tmp/said
		grep "pcitag: $LINK is another program's, and stays" /tmp/said
		rpm --erase pcitag
		[[ $(sed -n 2p $LINK) == 'exit 0' ]]
	END
}

@test "QEMU comes, or is upgraded: the wrapper is touched, whose age libvirt goes by" {
	on_host <<-'END'
		changed() {
			stat --format %z /usr/bin/pcitag-qemu
		}
		install_package
		make_package qemu-kvm-core 1 /usr/libexec/qemu-kvm
		make_package qemu-kvm-core 2 /usr/libexec/qemu-kvm
		make_package qemu-system-riscv-core 1
		make_package qemu-img 1
		before=$(changed)
		rpm --install /tmp/qemu-img-1-*.rpm
		[[ $(changed) == "$before" ]]
		for package in qemu-kvm-core-1 qemu-kvm-core-2 qemu-system-riscv-core-1; do
			before=$(changed)
			rpm --upgrade /tmp/$package-*.rpm
			[[ $(changed) != "$before" ]]
		done
		# rpm knows that the time of this file changes.
		is_installed
		# Red Hat's QEMU has its wrapper.
		printf '#!/bin/sh\necho "the one of Red Hat: $*"\n' >/usr/libexec/qemu-kvm
		chmod 755 /usr/libexec/qemu-kvm
		[[ $(pcitag-qemu-kvm -version) == 'the one of Red Hat: -version' ]]
	END
}

@test "erase while a domain holds a device is refused with its name, and everything stays" {
	on_host <<-'END'
		install_package
		assigned win11
		cp -a /run/pcitag/leases /tmp/leases
		run_for_output rpm --erase pcitag
		[[ $status -ne 0 ]]
		[[ $output == *"pcitag: not removed, because domains hold devices that only pcitag returns to the host:"* ]]
		[[ $output == *"win11 "*" bound "*"0000:01:00.0"* ]]
		is_installed
		[[ $(readlink $LINK) == $PROGRAM ]]
		[[ -L /etc/systemd/system/timers.target.wants/pcitag-reconcile.timer ]]
		diff -r /tmp/leases /run/pcitag/leases
		# The domain ends, and libvirt with it: what is not returned then, the removal returns first.
		ends win11
		rpm --erase pcitag
		[[ ! -L $LINK && ! -e $lease ]]
		! rpm --query pcitag
	END
}

@test "an upgrade with devices assigned changes no lease; the new version and the old one read it" {
	on_host <<-'END'
		install_package old
		assigned win11
		cp "$lease" /tmp/lease
		pcitag leases >/tmp/leases
		grep 'win11 .*bound' /tmp/leases
		install_package
		cmp "$lease" /tmp/lease
		pcitag leases | diff /tmp/leases -
		install_package old
		cmp "$lease" /tmp/lease
		pcitag leases | diff /tmp/leases -
	END
}

@test "the policy's package: its module is in the store of the policy while it is installed" {
	on_host <<-'END'
		# Fedora's policy has this name.
		cp -a /etc/selinux/default /etc/selinux/targeted
		cp -a /var/lib/selinux/default /var/lib/selinux/targeted
		sed -i 's/^SELINUXTYPE=.*/SELINUXTYPE=targeted/' /etc/selinux/config
		install_selinux
		semodule --store targeted --list-modules=full | grep -E '^200 +pcitag +cil'
		grep -q '^/etc/pcitag(/' /etc/selinux/targeted/contexts/files/file_contexts
		rpm --upgrade --nodeps --replacepkgs /new/pcitag-selinux-*.rpm
		semodule --store targeted --list-modules=full | grep -E '^200 +pcitag +cil'
		rpm --erase pcitag-selinux
		! semodule --store targeted --list-modules=full | grep pcitag
		! grep pcitag /etc/selinux/targeted/contexts/files/file_contexts
	END
}

@test "the policy's package where another policy is in force changes nothing" {
	on_host <<-'END'
		install_selinux
		rpm --query pcitag-selinux
		! semodule --store default --list-modules=full | grep pcitag
		rpm --erase pcitag-selinux
	END
}
