#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Where distributions have QEMU: whatever <emulator> says, the advice names a program that is there and works.

# shellcheck disable=SC2154

load helper

# /usr is changed by each test.
setup() {
	pretend_host lab
	lab_registry
	host_root
	HOST=$REPLY
}

teardown() { pretend_end; }

# qemu PATH: an emulator is there; LINK -> TARGET makes a link.
qemu() {
	mkdir -p "$HOST${1%/*}"
	if [[ ${2-} == '->' ]]; then ln -sfn "$3" "$HOST$1"; else
		printf '#!/bin/sh\necho "$0 $*"\n' >"$HOST$1"
		chmod 755 "$HOST$1"
	fi
}

# only QEMU...: no other emulator is on this host.
only() {
	local path
	for path in "$HOST"/usr/{bin,sbin,libexec}/{qemu-system-*,qemu-kvm,kvm,kvm-spice}; do
		rm -f "$path"
	done
	for path; do qemu "$path"; done
}

# advised EMULATOR: what a plan says is to be written; "" when it would start.
advised() {
	local said
	said=$(EMULATOR=$1 domain_xml vm npu | pcitag plan - 2>&1 | tail -1)
	[[ $said != "domain 'vm': would start" ]] || return 0
	sed -n "s/^pcitag: domain 'vm' requests 'npu' but .*<emulator>\(.*\)<\/emulator>.*/\1/p" <<<"$said" | grep . ||
		echo "no advice: $said"
}

# works WRAPPER: it runs an emulator, and prepare takes it.
works() {
	[[ $(in_pretend "$1" -version) == /usr/*" -version" ]]
	EMULATOR=$1 prepare vm npu
	release vm
}

@test "Red Hat: /usr/libexec/qemu-kvm" {
	only /usr/libexec/qemu-kvm
	for emulator in /usr/libexec/qemu-kvm /usr/bin/qemu-kvm /usr/bin/qemu-system-x86_64 /usr/bin/kvm /usr/bin/pcitag-kvm ''; do
		[ "$(advised "$emulator")" = /usr/bin/pcitag-qemu-kvm ]
	done
	works /usr/bin/pcitag-qemu-kvm
	[ "$(in_pretend /usr/bin/pcitag-qemu-kvm -x)" = "/usr/libexec/qemu-kvm -x" ]
}

@test "Debian and Ubuntu: kvm and kvm-spice are links" {
	only /usr/bin/qemu-system-x86_64
	qemu /usr/bin/kvm '->' qemu-system-x86_64
	qemu /usr/bin/kvm-spice '->' /usr/bin/kvm
	[ "$(advised /usr/bin/kvm)" = /usr/bin/pcitag-kvm ]
	[ "$(advised /usr/bin/kvm-spice)" = /usr/bin/pcitag-kvm-spice ]
	works /usr/bin/pcitag-kvm
	works /usr/bin/pcitag-kvm-spice
}

@test "directories that are one: /usr/sbin and /bin" {
	only /usr/bin/qemu-system-x86_64
	in_pretend mkdir /run/merged
	in_pretend ln -s /usr/bin /run/merged/sbin
	[ "$(advised /run/merged/sbin/qemu-system-x86_64)" = /usr/bin/pcitag-qemu-system-x86_64 ]
	[ "$(advised /usr/bin/../bin/qemu-system-x86_64)" = /usr/bin/pcitag-qemu-system-x86_64 ]
	[ "$(advised /run/merged/sbin/pcitag-qemu-system-x86_64)" = '' ]
}

@test "a build of one's own in the place of QEMU is not silently exchanged for the distribution's" {
	only /usr/bin/qemu-system-x86_64 /opt/qemu/bin/qemu-system-x86_64
	run -1 pcitag plan - < <(EMULATOR=/opt/qemu/bin/qemu-system-x86_64 domain_xml vm npu)
	[ "$output" = "pcitag: domain 'vm' requests 'npu' but its emulator /opt/qemu/bin/qemu-system-x86_64 is not what pcitag's wrapper would run, which is /usr/bin/qemu-system-x86_64: write <emulator>/usr/bin/pcitag-qemu-system-x86_64</emulator> if that one will do" ]
}

@test "what is no QEMU, or is not there, is told one that is" {
	only "/usr/bin/qemu-system-$(uname -m)" /usr/local/bin/qemu-wrapper.sh
	for emulator in /usr/local/bin/qemu-wrapper.sh /usr/local/sbin/qemu /run/libvirt/nix-emulators/qemu-system-x86_64 \
		/usr/bin/pcitag-qemu /usr/bin/pcitag-domain /usr/bin/pcitag-qemu-kvm /usr/bin/pcitag-sh /usr/bin/pcitag-../sh; do
		[ "$(advised "$emulator")" = "/usr/bin/pcitag-qemu-system-$(uname -m)" ]
		EMULATOR=$emulator run -1 prepare vm npu
	done
	works "$(advised /usr/bin/pcitag-qemu)"
}

@test "a host without QEMU is told to install it" {
	only
	[[ $(advised /usr/bin/qemu-system-x86_64) == *"is not there: install QEMU first, into one of /usr/bin:/usr/libexec:"* ]]
	run -3 pcitag check
	[[ $output == *"FAIL  wrapper "*"there is no qemu-system-ARCH, qemu-kvm or kvm in /usr/bin:/usr/libexec:"* ]]
}

@test "check looks at the emulators of each directory" {
	only /usr/libexec/qemu-kvm
	touch "$HOST/usr/bin/pcitag-qemu"
	run pcitag check
	[[ $output == *"PASS  wrapper              /usr/bin/pcitag-qemu-kvm is pcitag's, for qemu-kvm"* ]]
	in_pretend rm /usr/bin/pcitag-qemu-kvm
	run -3 pcitag check
	[[ $output == *"FAIL  wrapper              /usr/bin/pcitag-qemu-kvm is not there: no domain with devices can use qemu-kvm"* ]]
	[[ $output == *"fix: ln -sfn pcitag-qemu /usr/bin/pcitag-qemu-kvm"* ]]
}
