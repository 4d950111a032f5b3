#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# A display manager that has a graphics card, with the session that it began, lets go of the card for a guest, and
# has it again afterwards. The card takes the place of a device that other files use; the display manager is a
# stand-in, systemd, logind, PAM and the DRM driver are not.

load bare

CARD=$NPU4
DM=lab-display-manager.service

setup_file() {
	lab_clean
	lab_monitor device_del npu3
	lab_until 30 "test ! -e /sys/bus/pci/devices/$CARD"
	lab_monitor device_add bochs-display,id=card,bus=port3,addr=0x0
	lab_until 30 "test -e /sys/bus/pci/devices/$CARD/driver_override"
	lab bash -s <<-'END'
		set -e
		id labuser >/dev/null 2>&1 || useradd --create-home labuser
		cat >/usr/local/sbin/lab-session <<-'SCRIPT'
			#!/usr/bin/perl
			$0 = "lab-compositor";
			my ($node) = glob("/dev/dri/by-path/pci-0000:04:00.0-card") or die "no card\n";
			open(my $card, "<", $node) or die "$node: $!";
			sleep;
		SCRIPT
		# As a display manager does: it opens the card, forks what opens a session by PAM, and ends that with itself,
		# unless it is one that leaves sessions behind.
		cat >/usr/local/sbin/lab-display-manager <<-'SCRIPT'
			#!/usr/bin/perl
			my ($node) = glob("/dev/dri/by-path/pci-0000:04:00.0-card") or die "no card\n";
			chmod 0666, $node;
			open(my $card, "<", $node) or die "$node: $!";
			my $session = fork;
			exec("su", "-l", "-s", "/bin/sh", "-c", "exec /usr/local/sbin/lab-session", "labuser") if $session == 0;
			$SIG{TERM} = sub { kill TERM => $session; wait; exit } if !$ENV{LEAVES_SESSIONS};
			sleep;
		SCRIPT
		chmod 755 /usr/local/sbin/lab-session /usr/local/sbin/lab-display-manager
		cat >/etc/systemd/system/lab-display-manager.service <<-'UNIT'
			[Unit]
			After=systemd-logind.service systemd-user-sessions.service
			[Service]
			Environment=XDG_SESSION_TYPE=wayland
			# The other card of this kind stays without a driver, as in every other test.
			ExecStartPre=/bin/sh -c 'echo none >/sys/bus/pci/devices/0000:00:01.0/driver_override'
			ExecStartPre=/sbin/modprobe bochs
			ExecStartPre=/bin/udevadm settle --timeout=30
			ExecStart=/usr/local/sbin/lab-display-manager
			[Install]
			WantedBy=multi-user.target
			Alias=display-manager.service
		UNIT
		systemctl daemon-reload
		systemctl enable --now lab-display-manager.service
	END
	session_is_up
}

teardown_file() {
	lab_clean
	lab bash -s <<-'END'
		systemctl disable --now lab-display-manager.service
		rm -rf /etc/systemd/system/lab-display-manager.service* /usr/local/sbin/lab-session /usr/local/sbin/lab-display-manager
		systemctl daemon-reload
		modprobe -r bochs
		echo >/sys/bus/pci/devices/0000:00:01.0/driver_override
	END
	lab_monitor device_del card
	lab_until 30 "test ! -e /sys/bus/pci/devices/$CARD"
	lab_monitor device_add edu,id=npu3,bus=port3,addr=0x0
	lab_until 30 "test -e /sys/bus/pci/devices/$CARD/driver_override"
}

setup() {
	lab 'cat >/etc/pcitag/registry.ini; printf "[pcitag]\nbind_timeout = 60\n" >/etc/pcitag/pcitag.ini' <<-EOF
		[Card]
		type = card
		vendor = 1234
		device = 1111
		address = $CARD
		stop_units = display-manager.service
	EOF
	session_is_up
	bare_define vm card
	remember_host
}

teardown() {
	lab 'systemctl stop lab-other 2>/dev/null; rm -rf /run/systemd/system/lab-display-manager.service.d; systemctl daemon-reload'
	lab_clean
}

# session_is_up: the display manager runs, and logind knows the session of its user, whose process has the card.
session_is_up() {
	lab systemctl start $DM
	lab_until 60 'loginctl list-sessions --no-legend | grep -q labuser && pgrep lab-compositor >/dev/null'
}

main_pid() { lab "systemctl show --property MainPID --value $DM"; }

@test "plan names the process, the unit and the session; a start stops it, and the end brings it back" {
	[ "$(lab_driver "$CARD")" != none ]
	run lab 'virsh dumpxml vm | pcitag plan -'
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"has /dev/dri/card"*" open; display-manager.service ($DM) would be stopped: the graphical session of uid $(lab id -u labuser) ends"* ]]
	[ "$(lab systemctl is-active $DM)" = active ]

	lab virsh --quiet start --paused vm
	[ "$(lab_driver "$CARD")" = vfio-pci ]
	run lab systemctl is-active $DM
	[ "$output" = inactive ]
	run lab pgrep lab-compositor
	[ "$status" -eq 1 ]
	[ "$(lab_driver 0000:00:01.0)" = none ]

	lab virsh --quiet destroy vm
	[ "$(lab systemctl is-active $DM)" = active ]
	session_is_up
	nothing_touched
	lab 'pcitag log vm' | grep -F "stopping $DM: process "
	lab 'pcitag log vm' | grep -F "$DM is started again"
}

@test "a session that the display manager leaves behind is ended, too" {
	lab bash -s <<-'END'
		mkdir -p /run/systemd/system/lab-display-manager.service.d
		printf '[Service]\nEnvironment=LEAVES_SESSIONS=1\n' >/run/systemd/system/lab-display-manager.service.d/leaves.conf
		systemctl daemon-reload
		systemctl restart lab-display-manager.service
	END
	session_is_up
	lab virsh --quiet start --paused vm
	[ "$(lab_driver "$CARD")" = vfio-pci ]
	run lab pgrep lab-compositor
	[ "$status" -eq 1 ]
	lab 'pcitag log vm' | grep -E "stopping session-[c0-9]+.scope, which $DM has left behind: process "
	lab 'rm -r /run/systemd/system/lab-display-manager.service.d; systemctl daemon-reload'
	lab virsh --quiet destroy vm
	session_is_up
	nothing_touched
}

@test "what another unit has open refuses, and nothing is stopped" {
	pid=$(main_pid)
	lab 'systemd-run --quiet --unit lab-other perl -e "open(F, q(<), glob(q(/dev/dri/by-path/pci-0000:04:00.0-card))) or die; sleep 600"'
	lab_until 30 'fuser --silent /dev/dri/by-path/pci-0000:04:00.0-card && systemctl --quiet is-active lab-other'
	run lab timeout 90 virsh start --paused vm
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"pcitag: domain 'vm': request card: 1 device of this host, none free: $CARD: is used by the host: process "*" (perl) has /dev/dri/card"*" open, and lab-other.service is not in stop_units"* ]]
	[ "$(main_pid)" = "$pid" ]
	nothing_touched
}

@test "a unit that does not stop refuses with its name and state, and runs again when systemd is done with it" {
	lab bash -s <<-'END'
		mkdir -p /run/systemd/system/lab-display-manager.service.d
		printf '[Service]\nExecStop=/bin/sleep 25\n' >/run/systemd/system/lab-display-manager.service.d/slow.conf
		systemctl daemon-reload
		sed -i 's/60/5/' /etc/pcitag/pcitag.ini
	END
	run lab timeout 90 virsh start --paused vm
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"pcitag: domain 'vm': cannot free its devices: $DM does not stop in time; it is deactivating"* ]]
	lab_until 60 "test \$(systemctl is-active $DM) = active"
	session_is_up
	nothing_touched
}

@test "a start that fails in libvirt, after pcitag has done its part, brings it back" {
	lab virsh --quiet undefine vm
	EXTRA="<disk type='file' device='disk'><source file='/nowhere.img'/><target dev='vda' bus='virtio'/></disk>" \
		bare_define vm card
	run lab timeout 90 virsh start --paused vm
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *nowhere.img* ]]
	session_is_up
	nothing_touched
}

@test "when guest and libvirt's daemon are killed, the unit of reconcile brings it back, within its own limits" {
	lab virsh --quiet start --paused vm
	lab 'systemctl kill --signal KILL --kill-who main libvirtd; kill -KILL $(cat /run/libvirt/qemu/vm.pid)' || true
	lab_until 60 'systemctl --quiet is-active libvirtd'
	lab_until 90 "systemctl start pcitag-reconcile.service; test \$(systemctl is-active $DM) = active"
	session_is_up
	nothing_touched
}

@test "after a reset of the host the boot starts it, and pcitag does not" {
	local boot_id end=$((SECONDS + 900)) now
	lab virsh --quiet start --paused vm
	boot_id=$(lab cat /proc/sys/kernel/random/boot_id)
	lab sync
	lab_monitor system_reset
	lab_hang_up
	until now=$(lab cat /proc/sys/kernel/random/boot_id 2>/dev/null) && [[ $now != "$boot_id" ]]; do
		[[ $SECONDS -lt $end ]]
		lab_hang_up
		sleep 1
	done
	lab systemctl is-system-running --wait || true
	session_is_up
	lab pcitag reconcile
	run lab 'journalctl --boot --no-pager | grep -c "is started again"'
	[ "$output" = 0 ]
	[ "$(lab pcitag leases | grep -c bound)" -eq 0 ]
}
