# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the tests read our variables, bats sets status and lines
# Functions for the bats files of this directory. `run` has started libvirtd on a pretend host with four "npu"
# (0000:02:00.0 to 0000:05:00.0) and network cards, see ../pretend/hosts/plain.desc.
#
#	load helper
#	setup() { fresh; }
#	@test "..." {
#		define d1 "$(placeholder d1/npu)" "$CONTAINER"
#		run virsh start d1
#		refused 'reason'
#	}

load ../pretend/helper

export LIBVIRT_DEFAULT_URI=qemu:///system LC_ALL=C
EMULATOR=/usr/bin/qemu-system-x86_64
WRAPPER=/usr/bin/pcitag-qemu-system-x86_64
CONTAINER="<input type='evdev'><source dev='/dev/vfio/vfio'/></input>"
LOG=/var/log/libvirt/libvirtd.log

# placeholder OWNER/REQUEST: prints its element.
placeholder() {
	echo "<input type='passthrough' bus='virtio'><source evdev='/dev/pcitag/$1'/></input>"
}

# uuid_of NAME: always prints the same UUID, so that a domain can be defined again.
uuid_of() {
	md5sum <<<"$1" | sed -E 's/^(.{8})(....)(....)(....)(.{12}).*/\1-\2-\3-\4-\5/'
}

# domain_xml NAME [ELEMENT...]: prints a small domain with the elements in <devices>. EMU replaces the
# emulator; a domain with a placeholder gets the wrapper by default. (Without a cpuset, libvirt reads the
# host's processors from /sys, where a pretend host has none.)
domain_xml() {
	local name=$1 emulator=$EMULATOR
	shift
	[[ $* != *"'/dev/pcitag/"* ]] || emulator=$WRAPPER
	cat <<-XML
		<domain type='qemu'>
		  <name>$name</name>
		  <uuid>$(uuid_of "$name")</uuid>
		  <memory unit='MiB'>32</memory>
		  <vcpu cpuset='0'>1</vcpu>
		  <os><type arch='x86_64' machine='q35'>hvm</type></os>
		  <devices>
		    <emulator>${EMU-$emulator}</emulator>
		    <controller type='usb' model='none'/>
		    <memballoon model='none'/>
		    $*
		  </devices>
		</domain>
	XML
}

# define NAME [ELEMENT...]
define() {
	virsh -q define <(domain_xml "$@")
}

# fresh: resets the host to its description, without domains and with a registry that has the type npu.
fresh() {
	local uuid
	for uuid in $(virsh -q list --uuid); do
		virsh -q destroy "$uuid"
	done
	for uuid in $(virsh -q list --all --uuid); do
		virsh -q undefine "$uuid"
	done
	pretend_reset
	cat >/etc/pcitag/registry.ini <<-INI
		[edu]
		type   = npu
		vendor = 1234
		device = 11e8
	INI
	: >"$LOG"
}

# refused PATTERN: the last `run virsh ...` failed, and virsh shows one line of libvirt that ends in pcitag's
# message.
refused() {
	# The first line is virsh's own: "Failed to start domain".
	# shellcheck disable=SC2053
	if [[ $status -eq 0 || ${#lines[@]} -ne 2 || ${lines[1]} != *"exit status 1: pcitag: "$1 ]]; then
		printf 'exit status %s; expected a refusal that ends in\n  %s\ngot\n' "$status" "$1"
		printf '  %s\n' "${lines[@]}"
		return 1
	fi
}

# nothing_held: a domain that was not started leaves nothing: no lease, no link, all drivers unchanged.
nothing_held() {
	[[ ! -e /dev/pcitag || -z $(find /dev/pcitag -mindepth 2) ]] || { find /dev/pcitag; return 1; }
	[[ -z $(find /run/pcitag/leases -name '*.json' 2>/dev/null) ]] || { ls /run/pcitag/leases; return 1; }
	diff <(ctl state) "$BATS_FILE_TMPDIR/state"
}

# remember: saves the state that nothing_held compares with. Call it when the host is in its described state.
remember() {
	ctl state >"$BATS_FILE_TMPDIR/state"
}

# stop_libvirtd, start_libvirtd: guests keep running in between.
stop_libvirtd() {
	local pid
	pid=$(</run/libvirtd.pid)
	kill "$pid"
	while [[ -e /proc/$pid ]]; do sleep 0.05; done
}

start_libvirtd() {
	"${BATS_TEST_DIRNAME-.}/start"
}
