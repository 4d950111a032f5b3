#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # bats' run sets stderr
# pcitag-qemu as libvirt runs it: through a link that carries the emulator's name, with a stub in
# the emulator's place and a /dev of its own. Needs root (unshare, mount) and `make` before.

bats_require_minimum_version 1.5.0

setup_file() {
	TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	WRAPPER=$BATS_FILE_TMPDIR/pcitag-qemu-system-x86_64
	EMULATOR=/usr/bin/qemu-system-x86_64
	# Where the programs were installed to; otherwise those of `make`.
	PROGRAM=${PRETEND_INSTALL:+$(realpath "$PRETEND_INSTALL")/usr/bin/pcitag-qemu}
	PROGRAM=${PROGRAM:-$TOP/build/bin/pcitag-qemu}
	export WRAPPER EMULATOR PROGRAM
	[ -x "$PROGRAM" ]
	[ -x "$EMULATOR" ]
	ln -s "$PROGRAM" "$WRAPPER"
	cc -D_GNU_SOURCE -o "$BATS_FILE_TMPDIR/stub" "$BATS_TEST_DIRNAME/stub_emulator.c"
	# The wrapper of a host whose libvirtd has the drop-in.
	LIMITED=$BATS_FILE_TMPDIR/limited/pcitag-qemu-system-x86_64
	export LIMITED
	mkdir "${LIMITED%/*}"
	ln -s "$TOP/build/unit/pcitag-qemu" "$LIMITED"
	[ -x "$LIMITED" ]
}

setup() {
	DEV=$BATS_TEST_TMPDIR/dev
	mkdir "$DEV"
	touch "$DEV/null"
	cd "$BATS_TEST_TMPDIR" || return
}

# sandbox CMD [ARG...]: runs it where the emulator is the stub and /dev is $DEV. NULL_NODE may be another node in the
# place of /dev/null, or "" for an empty file.
sandbox() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount --propagation private bash -euc '
		stub=$1 dev=$2 emulator=$3 null=$4
		shift 4
		[ -z "$stub" ] || mount --bind "$stub" "$emulator"
		[ -z "$null" ] || mount --bind "$null" "$dev/null"
		mount --rbind "$dev" /dev
		exec "$@"
	' sandbox "${STUB-$BATS_FILE_TMPDIR/stub}" "$DEV" "$EMULATOR" "${NULL_NODE-/dev/null}" "$@"
}

# granted OWNER/REQUEST GRANT NUMBER: what the hook makes at prepare.
granted() {
	mkdir -p "$DEV/pcitag/${1%/*}" "$DEV/pcitag/device"
	ln -s "/dev/pcitag/device/$2" "$DEV/pcitag/$1"
	ln -s "/dev/vfio/$3" "$DEV/pcitag/device/$2"
}

# refused_line: the last run failed with one line, of what a terminal only shows.
refused_line() {
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[[ $stderr == "pcitag-qemu: "* ]]
	[ "${#stderr}" -le 1024 ]
	run -1 grep -aP '[\x00-\x09\x0b-\x1f\x7f]' <<<"$stderr"
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
}

# words WORD...: as the stub prints them.
words() {
	printf '%s\0' "$@"
}

PLACEHOLDER='{"driver":"virtio-input-host-pci","id":"input0","evdev":"/dev/pcitag/win11/npu","bus":"pci.2","addr":"0x0"}'
CONTAINER='{"qom-type":"input-linux","id":"input1","evdev":"/dev/vfio/vfio"}'

@test "without a placeholder every word, variable, descriptor and the exit code are passed on" {
	local long
	long=$(head -c 131000 /dev/zero | tr '\0' ,)
	local line=(-S -- '' -name $'a\nb' -device help -append "$long" -m 256 -device '{"driver":"e1000e"}' -device)
	local rc=0
	sandbox env -i A=1 'B=two words' "$WRAPPER" "${line[@]}" >out 2>err 5</dev/null 19</dev/null || rc=$?
	[ "$rc" -eq 42 ]
	words "$EMULATOR" "${line[@]}" | cmp - out
	grep -qx 'env B=two words' err
	grep -qx 'fd 5' err
	grep -qx 'fd 19' err
	# Nothing more, nothing less than without the wrapper.
	sandbox env -i A=1 'B=two words' "$EMULATOR" "${line[@]}" >out2 2>err2 5</dev/null 19</dev/null || rc=$?
	cmp out out2
	cmp err err2
}

@test "without a placeholder the limit for locked memory is left alone" {
	run --separate-stderr -42 sandbox "$LIMITED" -m 1G -object "$CONTAINER"
	[[ $stderr != *memlock\ * ]]
}

@test "a placeholder is swapped, the container object goes, the limit is raised" {
	granted win11/npu 0000:02:00.0 14
	local rc=0
	sandbox env -i "$LIMITED" \
		-m size=262144k,slots=4,maxmem=1048576k -device "$PLACEHOLDER" -object "$CONTAINER" -S \
		>out 2>err || rc=$?
	[ "$rc" -eq 42 ]
	words "$EMULATOR" -m size=262144k,slots=4,maxmem=1048576k -device \
		'{"driver":"vfio-pci","id":"input0","sysfsdev":"/sys/bus/pci/devices/0000:02:00.0","bus":"pci.2","addr":"0x0"}' \
		-S | cmp - out
	[ "$(grep -v -e '^env ' -e '^fd ' err)" = "memlock 2048 MiB, hard 2048 MiB" ]
}

@test "what the middle link tells becomes properties of the device, in both formats" {
	granted win11/npu 0000:02:00.0,bootindex=1,rombar=0,romfile=x.rom,x-vga=on 14
	run -42 sandbox "$LIMITED" -m 256 -device "$PLACEHOLDER" 2>/dev/null
	[[ $(tr '\0' '\n' <<<"$output") == *',"addr":"0x0","bootindex":1,"rombar":0,"romfile":"/var/lib/pcitag/rom/x.rom","x-vga":true}'* ]]
	local rc=0
	sandbox "$LIMITED" -m 256 -device virtio-input-host-pci,id=input0,evdev=/dev/pcitag/win11/npu >out 2>/dev/null || rc=$?
	[ "$rc" -eq 42 ]
	words "$EMULATOR" -m 256 -device \
		vfio-pci,id=input0,sysfsdev=/sys/bus/pci/devices/0000:02:00.0,bootindex=1,rombar=0,romfile=/var/lib/pcitag/rom/x.rom,x-vga=on |
		cmp - out
}

@test "of several functions, only the one that matched has VGA and a place in the boot order" {
	granted win11/npu 0000:02:00.0+1,bootindex=3,x-no-mmap=on,x-vga=on 14
	sandbox "$LIMITED" -m 256 -device "$PLACEHOLDER" 2>/dev/null | tr '\0' '\n' | grep '^{' >out || true
	[[ $(sed -n 1p out) == *'00.0"'*'"bootindex":3,"x-no-mmap":true,"x-vga":true}' ]]
	[[ $(sed -n 2p out) == *'00.1"'*'"x-no-mmap":true}' ]]
	run -1 grep -E 'bootindex|x-vga' <(sed -n 2p out)
}

@test "what <qemu:override> set by the alias stands above the options" {
	granted win11/npu 0000:02:00.0,rombar=0,x-vga=on 14
	sandbox "$LIMITED" -m 256 -device \
		'{"driver":"virtio-input-host-pci","id":"ua-gpu","evdev":"/dev/pcitag/win11/npu","x-vga":false,"x-no-mmap":true}' \
		2>/dev/null | tr '\0' '\n' | grep '^{' >out || true
	[ "$(<out)" = '{"driver":"vfio-pci","id":"ua-gpu","sysfsdev":"/sys/bus/pci/devices/0000:02:00.0","x-vga":false,"x-no-mmap":true,"rombar":0}' ]
}

# Each property has the type that QEMU gives it: what it complains about is the device that is not there.
@test "the real emulator knows the properties, in both formats" {
	local option
	for option in bootindex=1 rombar=0 romfile=x.rom x-igd-gms=1 x-igd-opregion=on x-intx-mmap-timeout-ms=5 \
		x-msix-relocation=auto x-no-geforce-quirks=on x-no-kvm-intx=on x-no-kvm-ioeventfd=off x-no-kvm-msi=on \
		x-no-kvm-msix=on x-no-mmap=on x-no-vfio-ioeventfd=on x-nv-gpudirect-clique=1 x-pci-device-id=0x1b80 \
		x-pci-sub-device-id=0x0001 x-pci-sub-vendor-id=0x10de x-pci-vendor-id=0x10de x-req=off x-vga=off; do
		granted win11/npu "0000:7e:1f.7,$option" 14
		STUB='' run --separate-stderr -1 sandbox "$LIMITED" -display none -nodefaults -m 64 -device \
			'{"driver":"virtio-input-host-pci","evdev":"/dev/pcitag/win11/npu"}'
		[[ $stderr == *"0000:7e:1f.7"* && $stderr != *Property* && $stderr != *"Invalid parameter"* ]]
		STUB='' run --separate-stderr -1 sandbox "$LIMITED" -display none -nodefaults -m 64 -device \
			virtio-input-host-pci,evdev=/dev/pcitag/win11/npu
		[[ $stderr == *"0000:7e:1f.7"* && $stderr != *Property* && $stderr != *"Invalid parameter"* ]]
		rm -r "$DEV/pcitag"
	done
}

@test "a hard limit too low: one line with what is needed, what there is and what to install" {
	granted win11/npu 0000:02:00.0 14
	run --separate-stderr -1 sandbox prlimit --memlock=1048576:2097152 "$WRAPPER" -m 256 -device "$PLACEHOLDER"
	[ "$output" = "" ]
	[ "$stderr" = "pcitag-qemu: the guest's memory cannot be locked for its devices: 1280 MiB are needed and the hard limit is 2 MiB: install pcitag's libvirtd.service.d/pcitag.conf (and virtqemud.service.d/pcitag.conf), which say LimitMEMLOCK=64M:infinity, then run 'systemctl daemon-reload' and restart that service" ]
}

@test "a hook that did not run: one line that says how to make libvirt see it" {
	run --separate-stderr -1 sandbox "$WRAPPER" -device "$PLACEHOLDER"
	[ "$output" = "" ]
	[ "$stderr" = "pcitag-qemu: no device for request 'npu' of 'win11': cannot read the link /dev/pcitag/win11/npu: No such file or directory: the pcitag hook did not prepare this start; run 'systemctl reload libvirtd' (or virtqemud), so that libvirt sees the hook, and start the domain again" ]
}

@test "a link that leads elsewhere stops the start" {
	granted win11/npu 0000:02:00.0 no-number
	run --separate-stderr -1 sandbox "$WRAPPER" -device "$PLACEHOLDER"
	[[ $stderr == *"/dev/pcitag/device/0000:02:00.0 leads to '/dev/vfio/no-number', not to a node of VFIO"* ]]
}

@test "whatever stands in a link, only an address and a node of VFIO are followed" {
	local target
	mkdir -p "$DEV/pcitag/win11" "$DEV/pcitag/device"
	for target in /etc/passwd /dev/pcitag/device/ /dev/pcitag/device/../win11/npu /dev/pcitag/device/0000:02:00.0/. \
		/dev/pcitag/device/0000:02:00.0+0 '/dev/pcitag/device/0000:02:00.0,' /dev/pcitag/device/0000:02:00.0,rombar=2 \
		/dev/pcitag/device/0000:02:00.0,romfile=../x /dev/pcitag/device/0000:02:00.0,host=1 /dev/pcitag/device/0000:2:0.0 /dev//pcitag/device/0000:02:00.0 \
		/dev/pcitag/win11/npu $'/dev/pcitag/device/\n\e[2J' "/dev/pcitag/device/$(printf '0%.0s' {1..3000})"; do
		ln -sfn "$target" "$DEV/pcitag/win11/npu"
		run --separate-stderr sandbox "$WRAPPER" -device "$PLACEHOLDER"
		refused_line
	done
	ln -sfn /dev/pcitag/device/0000:02:00.0 "$DEV/pcitag/win11/npu"
	for target in /dev/null /dev/vfio /dev/vfio/ /dev/vfio/../null /dev/vfio/14/. /dev/vfio/0x14 /dev/vfio/99999999999 \
		$'/dev/vfio/1\n' "/dev/vfio/$(printf '1%.0s' {1..3000})"; do
		ln -sfn "$target" "$DEV/pcitag/device/0000:02:00.0"
		run --separate-stderr sandbox "$WRAPPER" -device "$PLACEHOLDER"
		refused_line
	done
	# No link at all.
	rm "$DEV/pcitag/win11/npu"
	echo /dev/pcitag/device/0000:02:00.0 >"$DEV/pcitag/win11/npu"
	run --separate-stderr sandbox "$WRAPPER" -device "$PLACEHOLDER"
	refused_line
}

# without OWNER/REQUEST: what the hook makes for an optional request that got no device.
without() {
	mkdir -p "$DEV/pcitag/${1%/*}"
	ln -sfn /dev/null "$DEV/pcitag/$1"
}

@test "an optional request without a device: the device goes, and the limit is left alone" {
	without win11/npu
	local rc=0
	sandbox env -i "$LIMITED" -m 256 -device "$PLACEHOLDER" -object "$CONTAINER" -S >out 2>err || rc=$?
	[ "$rc" -eq 42 ]
	words "$EMULATOR" -m 256 -S | cmp - out
	[[ $(<err) != *memlock\ * ]]
	sandbox env -i "$LIMITED" -device virtio-input-host-pci,id=input0,evdev=/dev/pcitag/win11/npu >out 2>err || rc=$?
	words "$EMULATOR" | cmp - out
	# Beside one that has a device.
	granted win11/gpu 0000:02:00.0 14
	sandbox env -i "$LIMITED" -m 256 -device "$PLACEHOLDER" -device "${PLACEHOLDER/win11\/npu/win11/gpu}" >out 2>err || rc=$?
	words "$EMULATOR" -m 256 -device \
		'{"driver":"vfio-pci","id":"input0","sysfsdev":"/sys/bus/pci/devices/0000:02:00.0","bus":"pci.2","addr":"0x0"}' |
		cmp - out
	[ "$(grep -v -e '^env ' -e '^fd ' err)" = "memlock 1280 MiB, hard 1280 MiB" ]
}

@test "the real emulator starts without the device" {
	without win11/npu
	STUB='' run --separate-stderr -0 sandbox "$LIMITED" -display none -nodefaults -m 64 -monitor stdio \
		-device "$PLACEHOLDER" -object "$CONTAINER" <<<quit
	[[ $stderr != *evdev* ]]
}

@test "only a link to exactly the null device leaves a device out" {
	local target
	without win11/npu
	for target in /dev/zero /dev//null /dev/null/ /dev/../dev/null ../../null null /dev/pcitag/win11/other \
		/dev/pcitag/device/null /dev/full $'/dev/null\n' /etc/passwd; do
		ln -sfn "$target" "$DEV/pcitag/win11/npu"
		ln -sfn /dev/null "$DEV/pcitag/win11/other"
		run --separate-stderr sandbox "$WRAPPER" -device "$PLACEHOLDER"
		refused_line
	done
	# A file, or another device, at its place.
	ln -sfn /dev/null "$DEV/pcitag/win11/npu"
	for target in /dev/zero ''; do
		NULL_NODE=$target run --separate-stderr sandbox "$WRAPPER" -device "$PLACEHOLDER"
		[[ $stderr == *"/dev/pcitag/win11/npu leads to /dev/null, which is not the kernel's null device"* ]]
		refused_line
	done
}

# Whoever writes the command line could have left the device out himself: nothing is added, and nothing else goes.
@test "a link of another owner to the null device takes away that one device and nothing else" {
	without other/npu
	local rc=0 line=(-device '{"driver":"virtio-input-host-pci","evdev":"/dev/input/event0"}' -device e1000e)
	sandbox env -i "$LIMITED" "${line[@]}" -device "${PLACEHOLDER/win11/other}" -m 64 >out 2>err || rc=$?
	[ "$rc" -eq 42 ]
	words "$EMULATOR" "${line[@]}" -m 64 | cmp - out
	[[ $(<err) != *memlock\ * ]]
	# Neither an object nor another device may stand for it.
	run --separate-stderr sandbox "$WRAPPER" -object "${CONTAINER/\/dev\/vfio\/vfio//dev/pcitag/other/npu}"
	refused_line
	run --separate-stderr sandbox "$WRAPPER" -device '{"driver":"usb-host","evdev":"/dev/pcitag/other/npu"}'
	refused_line
}

@test "a placeholder that is spelt to lead elsewhere stops the start" {
	granted win11/npu 0000:02:00.0 14
	for path in ../../etc/passwd win11/../win11/npu win11/./npu win11//npu /win11/npu win11/npu/ device/0000:02:00.0 \
		win11 win11/npu.0001 'win11/\u001b[2J' 'win11/\u0000npu' 'win11/npu\n' "$(printf 'x%.0s' {1..5000})/npu"; do
		run --separate-stderr sandbox "$WRAPPER" -device "${PLACEHOLDER/win11\/npu/$path}"
		# A NUL makes it no path at all, for QEMU to refuse.
		[[ $path != *u0000* ]] || { [ "$status" -eq 42 ] && continue; }
		refused_line
	done
}

@test "run under its own name it says what it is" {
	run --separate-stderr -1 "$PROGRAM" -version
	[ "$output" = "" ]
	[ "$stderr" = "pcitag-qemu: this is the QEMU wrapper of pcitag, run as 'pcitag-qemu': it is run by libvirt, through a link that names the emulator; write <emulator>/usr/bin/pcitag-qemu-system-x86_64</emulator> in the domain" ]
}

@test "run without any word, not even a name, it says what it is" {
	cat >bare.c <<-'END'
		#include <unistd.h>
		int main(int c, char **v) { (void)c; char *none[] = { 0 }; return execve(v[1], none, none); }
	END
	cc -w -o bare bare.c
	run --separate-stderr -1 ./bare "$WRAPPER"
	[[ $stderr == "pcitag-qemu: this is the QEMU wrapper of pcitag"* ]]
}

@test "an emulator that is not there is named" {
	ln -s "$PROGRAM" pcitag-qemu-system-none
	run --separate-stderr -1 ./pcitag-qemu-system-none
	[ "$stderr" = "pcitag-qemu: the emulator qemu-system-none is not there (looked in /usr/bin:/usr/libexec:/usr/lib/qemu-kvm/bin:/usr/local/bin): install its QEMU package, or correct the name in <emulator>" ]
}

@test "the directory of argv[0] has no say in what is run" {
	printf '#!/bin/sh\necho never\n' >qemu-system-x86_64
	chmod +x qemu-system-x86_64
	ln -s "$PROGRAM" pcitag-qemu-system-x86_64
	PATH=$PWD:$PATH run --separate-stderr -42 sandbox ./pcitag-qemu-system-x86_64
	[[ $output != *never* ]]
}

@test "the real emulator answers through the wrapper as it does itself" {
	[ "$("$WRAPPER" -version)" = "$("$EMULATOR" -version)" ]
	cmp <("$WRAPPER" -device help) <("$EMULATOR" -device help)
}

@test "a placeholder that is not seen for its escaped slashes is refused by the real emulator" {
	mkdir -p "$DEV/pcitag/win11"
	ln -s /dev/null "$DEV/pcitag/win11/npu"
	STUB='' run --separate-stderr -1 sandbox "$WRAPPER" -display none -nodefaults \
		-device '{"driver":"virtio-input-host-pci","evdev":"\/dev\/pcitag\/win11\/npu"}'
	[[ $stderr == *"/dev/pcitag/win11/npu: is not an evdev device"* ]]
}
