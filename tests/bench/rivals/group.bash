#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The hook in bash that one finds in wikis, with a choice in front: the first function of these ids that is
# not on vfio-pci yet, its whole group with the bridges left out, each bound by its override and looked at
# afterwards. What to return to is kept in a file.

set -e
ids='0x1234 0x11e8'
pci=/sys/bus/pci
notes=/run/group-hook
domain=$1

choose() {
	local device
	for device in "$pci"/devices/*; do
		[ "$(cat "$device/vendor") $(cat "$device/device")" = "$ids" ] || continue
		[ "$(basename "$(readlink "$device/driver")")" != vfio-pci ] || continue
		basename "$device"
		return
	done
	echo "no free device for $domain" >&2
	exit 1
}

bind() {
	local address=$1 driver=$2
	echo "$driver" >"$pci"/devices/"$address"/driver_override
	[ ! -e "$pci"/devices/"$address"/driver ] || echo "$address" >"$pci"/devices/"$address"/driver/unbind
	echo "$address" >"$pci"/drivers_probe
}

prepare() {
	local chosen group member class
	chosen=$(choose)
	group=$(basename "$(readlink "$pci"/devices/"$chosen"/iommu_group)")
	mkdir -p $notes
	for member in /sys/kernel/iommu_groups/"$group"/devices/*; do
		class=$(cat "$member/class")
		[ "${class:0:6}" != 0x0604 ] || continue
		member=$(basename "$member")
		echo "$member $(basename "$(readlink "$pci"/devices/"$member"/driver)")" >>"$notes/$domain"
		bind "$member" vfio-pci
		[ "$(basename "$(readlink "$pci"/devices/"$member"/driver)")" = vfio-pci ] || exit 1
	done
}

release() {
	local member driver
	while read -r member driver; do
		echo "$member" >"$pci"/devices/"$member"/driver/unbind
		echo >"$pci"/devices/"$member"/driver_override
		[ -z "$driver" ] || echo "$member" >"$pci"/drivers_probe
	done <"$notes/$domain"
	rm "$notes/$domain"
}

xml=$(cat)
case $xml in
*/dev/pcitag/*) ;;
*) exit 0 ;;
esac
case $2 in
prepare) prepare ;;
release) release ;;
esac
