#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The hook by itself, with a recorder in the engine's place.

load helper

HOOK=/etc/libvirt/hooks/qemu
TAGGED="<domain><devices><input><source evdev='/dev/pcitag/d/npu'/></input></devices></domain>"

setup_file() {
	mkdir /run/recorder
	mount --bind "$BATS_TEST_DIRNAME/recorder" /usr/sbin/pcitag-engine
}

teardown_file() {
	umount /usr/sbin/pcitag-engine
	rm -r /run/recorder
}

setup() {
	rm -f /run/recorder/*
}

# hook OPERATION [TEXT]: with the text on standard input.
hook() {
	printf '%s' "${2-}" | "$HOOK" d "$1" begin -
}

engine_did_not_run() {
	[[ ! -e /run/recorder/argv ]]
}

engine_ran() {
	[[ -e /run/recorder/argv ]]
}

@test "a tagged domain's prepare and release go to the engine, with arguments and bytes as they came" {
	for op in prepare release; do
		printf '%s' "$TAGGED" | "$HOOK" "my dom" "$op" end shutdown
		[ "$(paste -sd '|' /run/recorder/argv)" = "/usr/sbin/pcitag-engine|hook|my dom|$op|end|shutdown" ]
		[ "$(</run/recorder/stdin)" = "$TAGGED" ]
		rm /run/recorder/argv
	done
}

@test "the engine gets an environment of its own, no stdout, no core file, SIGPIPE ignored" {
	printf '%s' "$TAGGED" | env HOME=/evil LD_DEBUG=none PATH=/evil "$HOOK" d prepare begin -
	[ "$(grep -v -e ^PWD= -e ^SHLVL= -e ^_= /run/recorder/environ | sort | paste -sd ' ')" = \
		"LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin" ]
	[ "$(</run/recorder/stdout)" = /dev/null ]
	grep -qE '^Max core file size +0 +0 ' /run/recorder/process
	(((0x$(sed -n 's/^SigIgn:\t//p' /run/recorder/process) & 1 << 12) != 0))
}

@test "the engine takes the hook's place, so that its parent is who started the hook" {
	printf '%s' "$TAGGED" >"$BATS_TEST_TMPDIR/xml"
	bash -c 'echo $$; "$0" d prepare begin - <"$1"; true' "$HOOK" "$BATS_TEST_TMPDIR/xml" >"$BATS_TEST_TMPDIR/pid"
	[ "$(</run/recorder/parent)" = "$(<"$BATS_TEST_TMPDIR/pid")" ]
}

@test "the engine's exit status is the hook's" {
	echo 1 >/run/recorder/status
	run hook prepare "$TAGGED"
	[ "$status" -eq 1 ]
}

@test "an untagged domain never reaches the engine" {
	for op in prepare release; do
		hook "$op" "<domain><name>d</name></domain>"
		hook "$op" $'<domain>\n  <name>d</name>\n</domain>\n \t\r\n'
	done
	engine_did_not_run
}

@test "a definition that ends too early reaches the engine, which knows what to do" {
	for op in prepare release; do
		for text in "" "<" "<domain><name>d</name></domain" "<domain/>" '</domain>x'; do
			hook "$op" "$text"
			engine_ran
			rm /run/recorder/argv
		done
	done
}

@test "host devices that the domain names reach the engine, at prepare and at release" {
	for text in "<hostdev mode='subsystem'/>" "<interface type='hostdev'/>" '<interface type="hostdev"/>' \
		"<disk type='nvme'/>" '<disk type="nvme"/>'; do
		for op in prepare release; do
			hook "$op" "<domain>$text</domain>"
			engine_ran
			rm /run/recorder/argv
		done
	done
}

@test "every other operation ends at once, also with standard input open and output closed" {
	mkfifo "$BATS_TEST_TMPDIR/open"
	exec 7<>"$BATS_TEST_TMPDIR/open"
	for op in start started stopped migrate restore reconnect attach frobnicate ""; do
		run timeout 5 "$HOOK" d "$op" begin - <&7
		[ "$status" -eq 0 ]
		[ -z "$output" ]
	done
	exec 7>&-
	hook reconnect "$TAGGED" >&-
	engine_did_not_run
}

@test "a call with too few or too many arguments is none of ours" {
	"$HOOK" </dev/null
	printf '%s' "$TAGGED" | "$HOOK" d prepare begin
	printf '%s' "$TAGGED" | "$HOOK" d prepare begin - more
	engine_did_not_run
}

@test "long XML arrives whole, wherever in it the tag is" {
	local size
	for size in 65000 65535 65536 65537 131072 1000000 16777000; do
		{
			head -c "$size" /dev/zero | tr '\0' ' '
			printf '%s' "$TAGGED"
		} >"$BATS_TEST_TMPDIR/xml"
		"$HOOK" d prepare begin - <"$BATS_TEST_TMPDIR/xml"
		cmp /run/recorder/stdin "$BATS_TEST_TMPDIR/xml"
	done
}

@test "XML longer than 16 MiB is refused at prepare and let go at release" {
	head -c $((16 * 1024 * 1024 + 1)) /dev/zero | tr '\0' ' ' >"$BATS_TEST_TMPDIR/xml"
	run "$HOOK" d prepare begin - <"$BATS_TEST_TMPDIR/xml"
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: domain 'd': its XML is longer than 16 MiB: remove what no domain needs" ]
	run "$HOOK" d release end - <"$BATS_TEST_TMPDIR/xml"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	{
		head -c $((16 * 1024 * 1024 - 9)) "$BATS_TEST_TMPDIR/xml"
		printf '</domain>'
	} | "$HOOK" d prepare begin -
	engine_did_not_run
}

@test "XML that cannot be read is refused at prepare and let go at release" {
	run "$HOOK" d prepare begin - </
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: domain 'd': cannot read its XML from libvirt: Is a directory" ]
	run "$HOOK" d release end - </
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "without the engine a tagged domain does not start, and its name cannot forge a second line" {
	mount --bind /dev/null /usr/sbin/pcitag-engine
	run "$HOOK" $'d\nerror: all is well' prepare begin - <<<"$TAGGED"
	umount /usr/sbin/pcitag-engine
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: domain 'd?error: all is well': cannot run /usr/sbin/pcitag-engine, which this hook needs: install pcitag again: Permission denied" ]
}

@test "without the engine a release is silent" {
	mount --bind /dev/null /usr/sbin/pcitag-engine
	run hook release "$TAGGED"
	umount /usr/sbin/pcitag-engine
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "for a user's own libvirt, tags are refused and everything else is let go" {
	as_user() {
		setpriv --reuid 65534 --regid 65534 --clear-groups "$HOOK" "$@"
	}
	run as_user d prepare begin - <<<"$TAGGED"
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: domain 'd': type tags need a domain of qemu:///system: this libvirt daemon does not run as root" ]
	run as_user d release end - <<<"$TAGGED"
	[ "$status" -eq 0 ]
	run as_user d prepare begin - <<<"<domain><description>pcitag</description><hostdev/></domain>"
	[ "$status" -eq 0 ]
	engine_did_not_run
}
