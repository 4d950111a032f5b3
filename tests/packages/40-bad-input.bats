#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2317 # the stories are read by the shell of a chroot
# The package on hosts that are not as it expects them.

load helper

@test "another's hooks/qemu: untouched, and check tells the order" {
	on_host <<-'END'
		mkdir -p /etc/libvirt/hooks
		printf '#!/bin/sh\nexit 0\n' >/etc/libvirt/hooks/qemu
		chmod 755 /etc/libvirt/hooks/qemu
		install_package
		[[ $(readlink $LINK) == $PROGRAM ]]
		run_for_output pcitag check
		[[ $output == *"PASS  hook "*"$LINK, which libvirt runs after /etc/libvirt/hooks/qemu, another program's"* ]]
		dpkg --purge pcitag
		[[ $(sed -n 2p /etc/libvirt/hooks/qemu) == 'exit 0' ]]
	END
}

@test "another's qemu.d/pcitag: untouched, and both the installation and check say what to do" {
	on_host <<-'END'
		mkdir -p ${LINK%/*}
		printf '#!/bin/sh\nexit 0\n' >$LINK
		chmod 755 $LINK
		install_package >/tmp/said
		grep "pcitag: $LINK is another program's, and stays" /tmp/said
		run_for_output pcitag check
		[[ $output == *"FAIL  hook "* ]]
		bash -c "$(sed -n '/^FAIL  hook /{n;s/^    fix: //p}' <<<"$output")"
		run_for_output pcitag check
		[[ $output == *"PASS  hook "*" /etc/libvirt/hooks/qemu"* ]]
		dpkg --purge pcitag
		[[ $(sed -n 2p $LINK) == 'exit 0' && ! -L /etc/libvirt/hooks/qemu ]]
	END
}

@test "a copy of the hook from make install: it is named, and libvirt does not run two" {
	on_host <<-'END'
		dpkg-deb --extract /new/pcitag_*.deb /tmp/tree
		install -D /tmp/tree$PROGRAM /etc/libvirt/hooks/qemu
		install_package >/tmp/said
		grep "the hook is installed as /etc/libvirt/hooks/qemu, which is not of this package" /tmp/said
		[[ ! -L $LINK ]]
		run_for_output pcitag check
		[[ $output == *"PASS  hook "*" /etc/libvirt/hooks/qemu"* ]]
		# What it says, typed to the letter.
		bash -c "$(sed -n 's/.*To change that: //p' /tmp/said)"
		[[ ! -e /etc/libvirt/hooks/qemu && $(readlink $LINK) == $PROGRAM ]]
		run_for_output pcitag check
		[[ $output == *"PASS  hook "*" $LINK"* ]]
	END
}

@test "a link of the hook from make install: it is named, and goes with the package" {
	on_host <<-'END'
		mkdir -p /etc/libvirt/hooks
		ln -s $PROGRAM /etc/libvirt/hooks/qemu
		install_package >/tmp/said
		grep "the hook is installed as /etc/libvirt/hooks/qemu" /tmp/said
		[[ ! -L $LINK ]]
		dpkg --purge pcitag
		[[ ! -L /etc/libvirt/hooks/qemu ]]
	END
}

@test "two hooks all the same: check names both, and what to remove" {
	on_host <<-'END'
		install_package
		install $PROGRAM /etc/libvirt/hooks/qemu
		run_for_output pcitag check
		[[ $output == *"FAIL  hook "*"installed 2 times, each is run: $LINK, /etc/libvirt/hooks/qemu"* ]]
		[[ $output == *"fix: rm /etc/libvirt/hooks/qemu"* ]]
	END
}

@test "AppArmor's local file without a last line end, and Debian 13, which needs none" {
	on_host <<-'END'
		mkdir -p ${RULES%/*}
		printf '  /srv/isos/** r,' >$RULES
		install_package
		if grep -q 'libvirt-qemu\.d' /etc/apparmor.d/abstractions/libvirt-qemu; then
			! grep pcitag $RULES
		else
			[[ $(grep -c 'pcitag-qemu\* rmix' $RULES) -eq 1 && $(head -n 1 $RULES) == '  /srv/isos/** r,' ]]
			# A profile with the rules is one that AppArmor reads.
			printf '%s\n' 'abi <abi/3.0>,' '#include <tunables/global>' 'profile test {' \
				'  #include <abstractions/libvirt-qemu>' '}' >/tmp/profile
			apparmor_parser --skip-kernel-load --skip-cache /tmp/profile
		fi
		dpkg --remove pcitag
		[[ $(<$RULES) == '  /srv/isos/** r,' ]]
	END
}

@test "libvirt comes after pcitag: its guests may run the wrapper" {
	on_host <<-'END'
		mv /etc/apparmor.d/abstractions/libvirt-qemu /tmp/abstraction
		rm -f $RULES
		install_package
		[[ ! -e $RULES ]]
		mkdir -p /tmp/libvirt/DEBIAN /tmp/libvirt/etc/apparmor.d/abstractions
		mv /tmp/abstraction /tmp/libvirt/etc/apparmor.d/abstractions/libvirt-qemu
		printf 'Package: other-libvirt\nVersion: 1\nArchitecture: all\nMaintainer: none <none@none>\nDescription: none\n' \
			>/tmp/libvirt/DEBIAN/control
		dpkg-deb --build /tmp/libvirt /tmp/other-libvirt.deb
		dpkg --install --force-overwrite /tmp/other-libvirt.deb
		grep -q 'libvirt-qemu\.d' /etc/apparmor.d/abstractions/libvirt-qemu || grep 'pcitag-qemu\* rmix' $RULES
	END
}

@test "neither libvirt nor QEMU nor systemd: it installs, says what is missing, and goes" {
	on_bare <<-'END'
		[[ ! -e /etc/libvirt/hooks && ! -e /usr/bin/qemu-system-x86_64 && ! -d /run/systemd/system ]]
		every_file >/tmp/before
		install_package
		is_installed
		run_for_output pcitag check
		[[ $status -eq 3 && $output == *"FAIL  libvirt-daemon "* ]]
		[[ $output == *"FAIL  wrapper "*"there is no qemu-system-ARCH"* ]]
		dpkg --purge pcitag
		every_file >/tmp/after
		diff /tmp/before /tmp/after
	END
}

@test "two architectures of QEMU: each has its wrapper" {
	on_host <<-'END'
		install_package
		[[ -e /usr/bin/qemu-system-x86_64 ]]
		printf '#!/bin/sh\necho "the other one: $*"\n' >/usr/bin/qemu-system-aarch64
		chmod 755 /usr/bin/qemu-system-aarch64
		[[ $(pcitag-qemu-system-aarch64 -version) == 'the other one: -version' ]]
		pcitag-qemu-system-x86_64 -version | grep -i QEMU
		touch /usr/bin/pcitag-qemu
		run_for_output pcitag check
		[[ $output == *"PASS  wrapper "*"pcitag-qemu-system-aarch64"* ]]
		[[ $output == *"PASS  wrapper "*"pcitag-qemu-system-x86_64"* ]]
	END
}

@test "a wrapper that cannot be touched does not fail an upgrade of QEMU" {
	on_host <<-'END'
		install_package
		mount --bind /usr/bin /usr/bin
		mount -o remount,ro,bind /usr/bin
		run_for_output /var/lib/dpkg/info/pcitag.postinst triggered /usr/bin/qemu-system-x86_64
		[[ $status -eq 0 && $output == *"until: touch /usr/bin/pcitag-qemu"* ]]
	END
}

@test "a read-only /usr: dpkg fails, and the host has what it had" {
	on_host <<-'END'
		mount --bind /usr /usr
		mount -o remount,ro,bind /usr
		run_for_output install_package
		[[ $status -ne 0 ]]
		mount -o remount,rw,bind /usr
		[[ ! -L $LINK && ! -e $PROGRAM && ! -e /etc/pcitag ]]
		install_package
		is_installed
	END
}
