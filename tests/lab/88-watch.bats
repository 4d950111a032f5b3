#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2016 # what is in single quotes is for the shell of the lab
#
# What `pcitag watch` tells of a start and an end, with the real kernel's events of devices.

load bare

setup_file() {
	lab_clean
	lab_registry
	lab 'rm -f /root/watched
		systemd-run --quiet --unit pcitag-watched --property StandardOutput=append:/root/watched pcitag watch --json'
	lab_until 60 'grep -q ready /root/watched'
}

teardown_file() {
	lab 'systemctl stop pcitag-watched'
	lab_clean
}

# told FILTER: waits for an event that jq selects with it.
told() {
	lab_until 60 "jq -e 'select($1)' /root/watched >/root/selected; test -s /root/selected"
}

@test "a start is a lease, and each function of the group changes its driver" {
	bare_define vm npu
	[ "$(lab head -n 1 /root/watched)" = '{"event":"ready","version":1,"unseen":null}' ]
	lab virsh --quiet start --paused vm
	told '.event == "lease" and .domain == "vm" and .state == "bound"'
	address=$(lab 'jq -r ".addresses[0]" /root/selected | tail -n 1')
	told ".event == \"device\" and .address == \"$address\" and .change == \"bound\" and .driver == \"vfio-pci\""
}

@test "an end gives the device back to its driver, and the lease goes" {
	lab ': >/root/watched'
	lab virsh --quiet destroy vm
	told '.event == "lease" and .change == "removed" and .domain == "vm"'
	told '.event == "device" and .change == "unbound"'
	lab_until 60 'systemctl is-active --quiet pcitag-watched'
}

@test "a file of the registry that changes is named" {
	lab 'printf "[Probe]\nvendor = 1af4\ndevice = 1fff\n" >/etc/pcitag/registry.d/watched.ini'
	told '.event == "registry" and (.file | endswith("registry.d/watched.ini"))'
	lab rm /etc/pcitag/registry.d/watched.ini
}
