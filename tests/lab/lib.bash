# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Shared by all lab scripts: paths, messages, and access to a lab.
#
# A lab is named by its suite, with an optional label, so that one image can be booted several times in
# parallel: "bookworm", "trixie", "bookworm.mine". A suite is a release of Debian, or "backports": trixie with
# the libvirt, the QEMU and the kernel of trixie-backports. "topology" is the image of trixie on another machine: with
# NUMA nodes, PCIe switches and virtual functions. The suites of LAB_DERIVED have images with more packages (derive-image):
# "cluster-trixie" for tests/cluster/lab, where each lab is a node, "cluster-trixie.alder"; "cockpit-trixie" for
# tests/cockpit/lab.

LAB_SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB_BUILD=$(cd "$LAB_SOURCE/../.." && pwd)/build/lab
LAB_SUITES=(bookworm trixie backports topology)
LAB_DERIVED=(cluster-bookworm cluster-trixie cockpit-bookworm cockpit-trixie)
# shellcheck disable=SC2034 # for the scripts that make and list images
LAB_IMAGES=(bookworm trixie backports)

# A script that stops says where: "set -e" alone is silent.
set -E
trap 'echo "lab: ${BASH_SOURCE[0]}:$LINENO: failed: $BASH_COMMAND" >&2' ERR

say() {
	printf 'lab: %s\n' "$*" >&2
}

die() {
	say "$@"
	exit 1
}

# as_root COMMAND...: runs it with sudo, unless the caller is root.
as_root() {
	if [[ $EUID -eq 0 ]]; then
		"$@"
	else
		sudo "$@"
	fi
}

# use_lab NAME: sets lab, suite, image_dir and run_dir, or fails for an unknown suite.
use_lab() {
	lab=${1:?a lab name is needed: ${LAB_SUITES[*]}}
	suite=${lab%%.*}
	[[ " ${LAB_SUITES[*]} ${LAB_DERIVED[*]} " == *" $suite "* ]] ||
		die "no suite called '$suite'; the suites are: ${LAB_SUITES[*]}"
	[[ $lab =~ ^[a-z-]+(\.[A-Za-z0-9_-]+)?$ ]] || die "'$lab' is not SUITE or SUITE.LABEL"
	image_dir=$LAB_BUILD/$(image_suite "$suite")
	run_dir=$image_dir/run$([[ $suite != topology ]] || echo .topology)${lab#"$suite"}
}

# image_suite SUITE: prints the suite whose image it boots.
image_suite() {
	echo "${1/#topology/trixie}"
}

# release_of SUITE: prints the release of Debian that its packages are of.
release_of() {
	local release=${1##*-}
	image_suite "${release/#backports/trixie}"
}

# lab_running: true when the QEMU of this lab is running. The pid alone is not sufficient, because another
# process may have it.
lab_running() {
	local pid
	[[ -e $run_dir/qemu.pid ]] || return 1
	pid=$(<"$run_dir/qemu.pid")
	[[ -n $pid ]] && grep -qzxF "pcitag-$lab" "/proc/$pid/cmdline" 2>/dev/null
}

need_lab() {
	lab_running || die "'$lab' is not running; start it with: tests/lab/boot $lab"
}

# lane_of SUITE: prints its column of the table "lanes", "FILE x", "FILE 0/4", "FILE -" or "FILE never" in each line.
lane_of() {
	local column=2 each
	for each in "${LAB_SUITES[@]}"; do
		[[ $each != "$1" ]] || break
		column=$((column + 1))
	done
	sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$LAB_SOURCE/lanes" | awk -v column="$column" '{ print $1, $column }'
}

# in_lab SSH-ARGUMENT...: runs ssh in run_dir. The control socket has a path relative to it, because the path
# of a unix socket has at most 107 bytes and the path of a checkout may be long.
in_lab() {
	(cd "$run_dir" && exec ssh -F ssh_config "$@")
}
