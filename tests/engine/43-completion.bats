#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # status, output and lines are set by bats
#
# What bash, zsh and fish offer: every verb and option that --help shows, and values of this host.

load helper

setup_file() {
	pretend_host lab
}

setup() {
	local REPLY
	pretend_reset
	lab_registry
	host_root
	# libvirt's daemon is not here: this is what it would say.
	rm -f "$REPLY/usr/bin/virsh"
	printf '#!/bin/sh\nprintf "win11\\nbuild box\\n\\n"\n' >"$REPLY/usr/bin/virsh"
	chmod 755 "$REPLY/usr/bin/virsh"
	completion=$BATS_TEST_DIRNAME/../../etc/completion
	export HOME=$BATS_TEST_TMPDIR PATH=/usr/sbin:/usr/bin:/sbin:/bin
}

teardown_file() {
	pretend_end
}

# in_bash LINE: what is offered when Tab is pressed behind it, in one line.
in_bash() {
	in_pretend bash -c 'source "$1/pcitag.bash"
		COMP_LINE=$2 COMP_POINT=${#2}
		_pcitag_complete
		printf "%s\n" "${COMPREPLY[@]}"' - "$completion" "$1" | paste -sd' '
}

# in_fish LINE: the same of fish, without the descriptions.
in_fish() {
	in_pretend fish --no-config -c "source '$completion/pcitag.fish'; complete -C '$1'" | cut -f1 | sort | paste -sd' '
}

# in_zsh LINE: what the line becomes.
in_zsh() {
	in_pretend timeout 120 "$ENGINE_DIR/zsh-complete" "$completion" "$1"
}

# verbs: those of --help.
verbs() {
	pcitag --help | sed -n 's/^  pcitag \([a-z-]*\) .*/\1/p'
}

# options VERB: those of its --help, sorted, in one line.
options() {
	pcitag "$1" --help | sed -n 's/^  \(--[a-z-]*\).*/\1/p' | sort | paste -sd' '
}

@test "every verb, in bash and fish" {
	[ "$(verbs | wc -l)" -ge 10 ]
	wanted=$({ verbs; printf '%s\n' --help --version; } | LC_ALL=C sort | paste -sd' ')
	[ "$(in_bash 'pcitag ' | tr ' ' '\n' | LC_ALL=C sort | paste -sd' ')" = "$wanted" ]
	[ "$(in_fish 'pcitag ' | tr ' ' '\n' | LC_ALL=C sort | paste -sd' ')" = "$wanted" ]
	[ "$(in_fish 'pcitag --')" = "--help --version" ]
}

@test "every option of every verb, in bash and fish" {
	[ -n "$(verbs)" ]
	for verb in $(verbs); do
		[ "$(in_bash "pcitag $verb --")" = "$(options "$verb")" ]
		[ "$(in_fish "pcitag $verb --")" = "$(options "$verb")" ]
	done
}

@test "every verb and an option of each, in zsh" {
	[ -n "$(verbs)" ]
	for verb in $(verbs); do
		[ "$(in_zsh "pcitag $verb --js")" = "pcitag $verb --json " ]
	done
	[ "$(in_zsh 'pcitag li')" = 'pcitag list ' ]
	[ "$(in_zsh 'pcitag recon')" = 'pcitag reconcile ' ]
}

@test "domains of libvirt, and of leases" {
	prepare vm npu
	[ "$(in_bash 'pcitag leases ')" = 'build box vm win11' ]
	[ "$(in_bash 'pcitag release w')" = win11 ]
	[ "$(in_fish 'pcitag leases ')" = 'build box vm win11' ]
	[ "$(in_zsh 'pcitag release w')" = 'pcitag release win11 ' ]
	[ "$(in_zsh 'pcitag log --lines 3 v')" = 'pcitag log --lines 3 vm ' ]
	release vm
}

@test "values of options, behind a blank and behind =" {
	[ "$(in_bash 'pcitag define --functions ')" = 'all one' ]
	[ "$(in_bash 'pcitag define --functions=a')" = all ]
	[ "$(in_fish 'pcitag define --functions ')" = 'all one' ]
	[ "$(in_fish 'pcitag define --functions=a')" = '--functions=all' ]
	[ "$(in_zsh 'pcitag define --functions=a')" = 'pcitag define --functions=all ' ]
	[ -z "$(in_bash 'pcitag log --lines ')" ]
}

@test "a word that is one of two" {
	[[ $(in_bash 'pcitag detach win11 n') == 'nic npu' ]]
	[[ $(in_fish 'pcitag detach win11 n') == 'nic npu' ]]
	[ "$(in_zsh "pcitag detach win11 ${NPU1%.0}")" = "pcitag detach win11 $NPU1 " ]
}

@test "types, models and addresses" {
	[ "$(in_bash 'pcitag undefine Ed')" = Edu ]
	[ "$(in_bash 'pcitag add win11 np')" = npu ]
	[ "$(in_fish 'pcitag undefine Ed')" = Edu ]
	[ "$(in_fish 'pcitag add win11 np')" = npu ]
	[ "$(in_zsh 'pcitag undefine Ed')" = 'pcitag undefine Edu ' ]
	# bash replaces what is behind the last colon.
	[ "$(in_bash "pcitag add --address ${NPU1%0.0}")" = "${NPU1##*:}" ]
	[ "$(in_fish "pcitag add --address ${NPU1%0.0}")" = "$NPU1" ]
	[ "$(in_zsh "pcitag add --address ${NPU1%.0}")" = "pcitag add --address $NPU1 " ]
}

@test "files" {
	cd "$BATS_TEST_TMPDIR"
	touch vm.xml
	[ "$(in_bash 'pcitag plan v')" = vm.xml ]
	[ "$(in_fish 'pcitag plan v')" = vm.xml ]
	[ "$(in_zsh 'pcitag plan v')" = 'pcitag plan vm.xml ' ]
	[ "$(in_bash 'pcitag metrics --output v')" = vm.xml ]
}

@test "a verb that is not there, and a pcitag that is not there" {
	[ "$(in_bash 'pcitag nothing --')" = --help ]
	[ -z "$(in_bash 'pcitag nothing x')" ]
	[ "$(in_bash 'no-such-program ')" = '--help --version' ]
}
