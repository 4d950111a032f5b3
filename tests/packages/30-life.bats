#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2317 # the stories are read by the shell of a chroot
# Install, upgrade, remove, purge: in a chroot, without systemd running.

load helper

@test "install, and everything is in place; purge, and nothing is left" {
	on_host <<-'END'
		every_file >/tmp/before
		install_package
		is_installed
		[[ $(readlink $LINK) == $PROGRAM && -x $LINK && ! -e /etc/libvirt/hooks/qemu ]]
		[[ $(pcitag --version) == "pcitag $(dpkg-query --show --showformat='${source:Upstream-Version}' pcitag)" ]]
		[[ -L /etc/systemd/system/timers.target.wants/pcitag-reconcile.timer ]]
		[[ -L /etc/systemd/system/multi-user.target.wants/pcitag-reconcile.service ]]
		[[ -L /etc/systemd/system/multi-user.target.wants/pcitag-vf.service ]]
		[[ -L /etc/systemd/system/timers.target.wants/pcitag-metrics.timer ]]
		run_for_output pcitag check
		[[ $output == *"PASS  hook "*" $LINK"* ]]
		[[ $output == *"PASS  reconcile-timer "* && $output == *"PASS  engine "* && $output == *"PASS  permissions "* ]]
		pcitag define Edu npu 1234 11e8
		mkdir -p /run/pcitag/leases
		dpkg --purge pcitag
		every_file >/tmp/after
		diff /tmp/before /tmp/after
	END
}

@test "install, upgrade, remove, install, purge: the whole file system is as it was, byte for byte" {
	on_host <<-'END'
		every_file >/tmp/before
		# It sees programs, links, records of dpkg and links of alternatives.
		grep -E '^/usr/bin/env f 755 0:0 ' /tmp/before
		grep -E '^/usr/bin/env [0-9a-f]{64}$' /tmp/before
		grep -E '^/var/lib/dpkg/info/dpkg.list [0-9a-f]{64}$' /tmp/before
		grep -E '^/etc/alternatives/awk l .* /usr/bin/mawk$' /tmp/before
		install_package old
		every_file | grep -E '^/(etc|usr|var)/.*pcitag' | wc -l | grep -E '^[0-9]{3}$'
		pcitag define Edu npu 1234 11e8
		echo '# mine' >>/etc/pcitag/registry.ini
		install_package
		dpkg --remove pcitag
		install_package
		pcitag types | grep Edu
		dpkg --purge pcitag
		every_file >/tmp/after
		diff /tmp/before /tmp/after
		[[ ! -e /dev/pcitag ]]
	END
}

@test "apt installs it as README.md says, with what it depends on" {
	on_host <<-'END'
		apt-get install --yes --no-install-recommends /new/pcitag_*.deb
		is_installed
		apt-get check
	END
}

@test "an upgrade keeps the registry, the link and the links of units, and restarts nothing" {
	on_host <<-'END'
		install_package old
		pcitag define Edu npu 1234 11e8
		echo '# mine' >>/etc/pcitag/registry.ini
		stat --format '%i %z' $LINK >/tmp/link
		install_package
		is_installed
		stat --format '%i %z' $LINK | diff /tmp/link -
		[[ $(tail -n 1 /etc/pcitag/registry.ini) == '# mine' ]]
		pcitag types | grep Edu
		[[ -L /etc/systemd/system/timers.target.wants/pcitag-reconcile.timer ]]
	END
}

@test "an upgrade does not make the link again that the administrator removed; an installation does" {
	on_host <<-'END'
		install_package old
		rm $LINK
		install_package
		[[ ! -L $LINK ]]
		dpkg --remove pcitag
		install_package
		[[ -L $LINK ]]
	END
}

@test "remove keeps the configuration, and takes away what libvirt runs" {
	on_host <<-'END'
		install_package
		pcitag define Edu npu 1234 11e8
		dpkg --remove pcitag
		[[ -e /etc/pcitag/registry.ini && -e /etc/pcitag/registry.d ]]
		[[ ! -L $LINK && ! -e /usr/bin/pcitag-qemu && ! -e /usr/sbin/pcitag-engine ]]
		[[ ! -e $RULES ]] || ! grep pcitag $RULES
	END
}

@test "an upgrade of QEMU touches the wrapper, whose age libvirt goes by" {
	on_host <<-'END'
		install_package
		stat --format %z /usr/bin/pcitag-qemu >/tmp/changed
		# A package that has an emulator, as those of QEMU have.
		mkdir -p /tmp/qemu/DEBIAN /tmp/qemu/usr/bin
		printf 'Package: other-qemu\nVersion: 1\nArchitecture: all\nMaintainer: none <none@none>\nDescription: none\n' \
			>/tmp/qemu/DEBIAN/control
		touch /tmp/qemu/usr/bin/qemu-system-riscv64
		dpkg-deb --build /tmp/qemu /tmp/other-qemu.deb
		dpkg --install /tmp/other-qemu.deb | grep 'Processing triggers for pcitag'
		! stat --format %z /usr/bin/pcitag-qemu | diff /tmp/changed -
	END
}

@test "remove while a domain holds a device is refused with its name, and everything stays" {
	on_host <<-'END'
		install_package
		assigned win11
		cp -a /run/pcitag/leases /tmp/leases
		run_for_output dpkg --remove pcitag
		[[ $status -ne 0 ]]
		[[ $output == *"pcitag: not removed, because domains hold devices that only pcitag returns to the host:"* ]]
		[[ $output == *"win11 "*" bound "*"0000:01:00.0"* ]]
		is_installed
		[[ $(readlink $LINK) == $PROGRAM ]]
		diff -r /tmp/leases /run/pcitag/leases
		# The domain ends, and libvirt with it: what is not returned then, the removal returns first.
		ends win11
		dpkg --remove pcitag
		[[ ! -L $LINK && ! -e $lease ]]
	END
}

@test "purge is refused in the same way, and by apt, too" {
	on_host <<-'END'
		install_package
		assigned win11
		run_for_output dpkg --purge pcitag
		[[ $status -ne 0 && $output == *"win11 "* ]]
		run_for_output apt-get purge --yes pcitag
		[[ $status -ne 0 && $output == *"win11 "* ]]
		is_installed
		[[ -e /etc/pcitag/registry.ini && -e $LINK ]]
	END
}

@test "a lease that cannot be read prevents it as well: it may name any device" {
	on_host <<-'END'
		install_package
		assigned win11
		truncate --size 100 "$lease"
		run_for_output dpkg --remove pcitag
		[[ $status -ne 0 && $output == *"pcitag: not removed"* ]]
		is_installed
	END
}

@test "a lease without devices of pcitag does not: libvirt returns what a domain has by address" {
	on_host <<-'END'
		install_package
		assigned native native
		dpkg --remove pcitag
		dpkg --purge pcitag
		[[ ! -e /run/pcitag ]]
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
		# A downgrade works as long as the older version knows the version of the leases.
		install_package old
		cmp "$lease" /tmp/lease
		pcitag leases | diff /tmp/leases -
	END
}

@test "a lease of a newer version is left alone, and said so" {
	on_host <<-'END'
		install_package
		assigned win11
		sed -i 's/"version":1/"version":99/' "$lease"
		cp "$lease" /tmp/lease
		run_for_output pcitag reconcile
		[[ $output == *"it has version 99, written by a newer pcitag; this one knows 4"* ]]
		run_for_output dpkg --remove pcitag
		[[ $status -ne 0 && $output == *"written by a newer pcitag"* ]]
		cmp "$lease" /tmp/lease
	END
}
