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

# in_bash LINE...: what is offered when Tab is pressed behind each of them, in one line each.
in_bash() {
	in_pretend bash -c 'source "$1/pcitag.bash"
		shift
		for COMP_LINE in "$@"; do
			COMP_POINT=${#COMP_LINE} COMPREPLY=()
			_pcitag_complete
			echo "${COMPREPLY[*]}"
		done' - "$completion" "$@"
}

# in_fish LINE...: the same of fish, without the descriptions.
in_fish() {
	in_pretend fish --no-config -c "source '$completion/pcitag.fish'
		for line in \$argv
			complete -C \$line | string split -f1 \t | sort | string join ' '; or echo
		end" "$@"
}

# in_zsh LINE...: what the lines become.
in_zsh() {
	in_pretend timeout 300 "$ENGINE_DIR/zsh-complete" "$completion" "$@"
}

# verbs: those of --help.
verbs() {
	pcitag --help | sed -n 's/^  pcitag \([a-z-]*\) .*/\1/p'
}

# options VERB...: those of its --help, sorted, in one line for each.
options() {
	in_pretend bash -c 'for verb in "$@"; do
			/usr/sbin/pcitag "$verb" --help | sed -n "s/^  \(--[a-z-]*\).*/\1/p" | sort | paste -sd" "
		done' - "$@"
}

@test "every verb, in bash and fish" {
	[ "$(verbs | wc -l)" -ge 10 ]
	wanted=$({ verbs; printf '%s\n' --help --version; } | LC_ALL=C sort | paste -sd' ')
	[ "$(in_bash 'pcitag ' | tr ' ' '\n' | LC_ALL=C sort | paste -sd' ')" = "$wanted" ]
	[ "$(in_fish 'pcitag ' | tr ' ' '\n' | LC_ALL=C sort | paste -sd' ')" = "$wanted" ]
	[ "$(in_fish 'pcitag --')" = "--help --version" ]
}

@test "every option of every verb, in bash and fish" {
	mapfile -t verbs < <(verbs)
	[ "${#verbs[@]}" -ge 10 ]
	wanted=$(options "${verbs[@]}")
	[ "$(wc -l <<<"$wanted")" -eq "${#verbs[@]}" ]
	[[ $wanted == *--json* ]]
	diff <(in_bash "${verbs[@]/*/pcitag & --}") - <<<"$wanted"
	diff <(in_fish "${verbs[@]/*/pcitag & --}") - <<<"$wanted"
}

@test "every verb and an option of each, in zsh" {
	mapfile -t verbs < <(verbs)
	[ "${#verbs[@]}" -ge 10 ]
	diff <(in_zsh "${verbs[@]/*/pcitag & --js}") <(printf 'pcitag %s --json \n' "${verbs[@]}")
	diff <(in_zsh 'pcitag li' 'pcitag recon') <(printf '%s\n' 'pcitag list ' 'pcitag reconcile ')
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

@test "a definition in a file takes the place of the domain" {
	for line in 'pcitag add --file vm.xml np' 'pcitag add --file=vm.xml npu np'; do
		[ "$(in_bash "$line")" = npu ]
		[ "$(in_fish "$line")" = npu ]
		[ "$(in_zsh "$line")" = "${line}u " ]
	done
	[ "$(in_bash 'pcitag add --file vm.xml w')" = '' ]
	[ "$(in_bash 'pcitag add w')" = win11 ]
}

@test "a verb that is not there, and a pcitag that is not there" {
	[ "$(in_bash 'pcitag nothing --')" = --help ]
	[ -z "$(in_bash 'pcitag nothing x')" ]
	[ "$(in_bash 'no-such-program ')" = '--help --version' ]
}
