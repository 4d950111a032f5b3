#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# A host whose guests belong to virtqemud, of libvirt's modular daemons. Debian builds none of them. Its libvirtd,
# which is made from the same source (libvirt: src/remote/remote_daemon.c), stands in for it with everything by
# which pcitag and libvirt's clients know virtqemud: unit, name, pid file and socket. There is no libvirtd besides.

load bare

setup_file() {
	lab_clean
	lab_registry
	lab bash -s <<-'END'
		set -e
		units=/usr/lib/systemd/system
		ln -s libvirtd /usr/sbin/virtqemud
		sed -e 's|/usr/sbin/libvirtd|/usr/sbin/virtqemud --pid-file /run/virtqemud.pid|' \
			-e '/libvirtd-\(ro\|admin\)\.socket/d' -e 's/libvirtd\.socket/virtqemud.socket/' \
			$units/libvirtd.service >/run/systemd/system/virtqemud.service
		# The name of the descriptor is the one that libvirtd looks for.
		cat >/run/systemd/system/virtqemud.socket <<-'UNIT'
			[Socket]
			ListenStream=/run/libvirt/virtqemud-sock
			SocketMode=0666
			FileDescriptorName=libvirtd.socket
			RemoveOnStop=yes
		UNIT
		# Clients of Debian's libvirt do not look for it by themselves.
		cp -p /etc/libvirt/libvirt.conf /root/
		printf '%s\n' 'remote_mode = "direct"' 'uri_default = "qemu:///system"' >>/etc/libvirt/libvirt.conf
		systemctl stop pcitag-reconcile.timer
		systemctl stop libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirtd.service
		systemctl mask --runtime libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirtd.service
		systemctl daemon-reload
		systemctl start virtqemud.socket virtqemud.service
	END
}

teardown_file() {
	lab_clean
	lab 'systemctl stop virtqemud.socket virtqemud.service
		rm -f /run/systemd/system/virtqemud.{service,socket} /usr/sbin/virtqemud /run/virtqemud.pid
		mv /root/libvirt.conf /etc/libvirt/
		systemctl unmask --runtime libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirtd.service
		systemctl daemon-reload
		systemctl start libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirtd.service
		systemctl start pcitag-reconcile.timer'
}

setup() {
	remember_host
}

teardown() {
	lab_clean
}

# daemon: prints the pid of virtqemud; fails when clients could reach another daemon.
daemon() {
	lab 'pid=$(cat /run/virtqemud.pid) && [ "$(cat /proc/$pid/comm)" = virtqemud ] &&
		[ "$(systemctl show --property MainPID --value virtqemud)" = "$pid" ] &&
		! systemctl is-active --quiet libvirtd.service && [ ! -e /run/libvirt/libvirt-sock ] && echo $pid'
}

# run_by_virtqemud DOMAIN STATE: its start was virtqemud's, which has it in this state.
run_by_virtqemud() {
	[ "$(lab "jq .daemon_pid /run/pcitag/leases/\$(virsh domuuid $1 | head -n 1).json")" = "$(daemon)" ]
	[ "$(lab virsh domstate "$1" | head -n 1)" = "$2" ]
}

@test "check names virtqemud, which calls the hook and lets guests lock memory" {
	daemon
	run lab pcitag check
	echo "$output"
	[[ $output =~ PASS\ +libvirt-daemon\ +"virtqemud runs (process $(daemon))" ]]
	[[ $output =~ PASS\ +hook-seen\ +"virtqemud was started after the hook was installed" ]]
	[[ $output =~ PASS\ +memlock\ +"the hard limit of virtqemud is unlimited" ]]
	[[ $output =~ PASS\ +capabilities\  ]]
	[[ $output == *" 0 failed: this host is ready" ]]
}

@test "a confined guest with two tags: virtqemud runs it, its end returns the devices" {
	tagged_define vm npu nic
	lab virsh start --paused vm
	run_by_virtqemud vm paused
	[ "$(guest_devices vm | cut -d' ' -f2 | sort | xargs)" = "$NPU1 $NIC1" ]
	lab 'cat /proc/$(cat /run/libvirt/qemu/vm.pid)/attr/current' | grep -x 'libvirt-.* (enforce)'
	for address in $NPU1 $NIC1; do
		[ "$(lab_driver $address)" = vfio-pci ]
		lab "grep -F '\"/dev/vfio/$(lab_group $address)\"' /etc/apparmor.d/libvirt/libvirt-\$(virsh domuuid vm | head -n 1).files"
	done

	lab virsh destroy vm
	nothing_touched
}

@test "virtqemud restarts under a domain, which keeps its devices and gets one more" {
	EXTRA="<controller type='pci' index='0' model='pcie-root'/><controller type='pci' index='1' model='pcie-root-port'/>
		<controller type='pci' index='2' model='pcie-root-port'/><controller type='pci' index='3' model='pcie-root-port'/>" \
		bare_define vm npu
	lab virsh --quiet start --paused vm
	first=$(daemon)
	lab systemctl restart virtqemud
	[ "$(daemon)" != "$first" ]
	lab pcitag reconcile
	[ "$(lab pcitag leases | grep -c '^vm .* bound .* given ')" -eq 1 ]
	[ "$(guest_devices vm | cut -d' ' -f2)" = "$NPU1" ]

	run lab pcitag attach vm nic
	[ "$output" = "domain 'vm': nic: $NIC1 attached" ]
	[ "$(guest_devices vm | cut -d' ' -f2 | sort | xargs)" = "$NPU1 $NIC1" ]
	lab virsh --quiet destroy vm
	nothing_touched
}

@test "virtqemud and QEMU are killed: reconcile returns the devices" {
	bare_define vm npu nic
	lab virsh --quiet start --paused vm
	run_by_virtqemud vm paused
	lab 'systemctl reset-failed virtqemud; kill -KILL $(cat /run/libvirt/qemu/vm.pid) $(cat /run/virtqemud.pid)'
	# systemd starts it again, or a connection does.
	lab_wait_state vm 'shut off' 30
	lab timeout 60 pcitag reconcile
	nothing_touched
	daemon
}
