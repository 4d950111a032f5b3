#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What no libvirt writes, from somebody who means harm: through the hook, and to the engine itself. Whatever
# comes, at most one line is said, nothing of the XML is logged, and the host stays as it is.

load helper

setup_file() { pretend_host lab; }
teardown_file() { pretend_end; }

TIME=/usr/bin/time
SECRET=s3cret-of-the-guest
MARKUP="the domain XML has more than 524288 elements and attributes, or more than 4096 attributes in one element: remove what libvirt does not need"

setup() {
	pretend_reset
	lab_registry
	remember_host
	start_log
	cd "$BATS_TEST_TMPDIR" || return
	domain_xml vm npu >vm.xml
}

teardown() {
	end_log
}

# hook OPERATION FILE, engine OPERATION FILE: the two doors.
hook() { in_pretend "$HOOK" "${NAME-vm}" "$1" begin - <"$2"; }
engine() { in_pretend /usr/sbin/pcitag-engine hook "${NAME-vm}" "$1" begin - <"$2"; }

# one_line FILE: at most one, of at most 1 KiB, that a terminal only shows.
one_line() {
	[ "$(wc -l <"$1")" -le 1 ]
	[ "$(wc -c <"$1")" -le 1024 ]
	run -1 env LC_ALL=C grep -P '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$1"
}

# refused_by_both FILE [PATTERN]: at prepare, with one line, by both doors; a release lets it go.
refused_by_both() {
	local door
	for door in hook engine; do
		status=0
		"$door" prepare "$1" >out 2>err || status=$?
		[ "$status" -eq 1 ] || { echo "$door prepare $1, $(stat -c %s "$1") bytes: $status $(head -c 300 err)"; return 1; }
		[ ! -s out ]
		[ -s err ]
		one_line err
		# shellcheck disable=SC2053 # a pattern
		[[ $(<err) == ${2-*} ]] || { echo "$door: $(<err)"; return 1; }
		"$door" release "$1" >out 2>err
		[ ! -s out ]
		[ ! -s err ]
	done
	nothing_touched
	run -1 grep "$SECRET" log
}

# filled FROM SIZE TEXT: FROM's devices, and so many bytes in all of TEXT in front of them.
filled() {
	perl -e '
		my ($from, $size, $text) = @ARGV;
		local $/;
		open my $in, "<", $from or die; my $xml = <$in>;
		my $n = int(($size - length $xml) / length $text);
		my $more = $text x $n; $more .= " " x ($size - length($xml) - length $more);
		$xml =~ s/<devices>/<devices>$more/; print $xml;' "$@"
}

@test "16 MiB are read, one byte more is refused, in bounded memory and time" {
	filled vm.xml $((16 << 20)) '<!-- 0123456789012345678901234567890123456789012345678901234567890123456789 -->' >fits.xml
	[ "$(stat -c %s fits.xml)" -eq $((16 << 20)) ]
	in_pretend "$TIME" -o usage -f '%M %e' timeout 20 "$HOOK" vm prepare begin - <fits.xml
	[ "$(driver_of $NPU1)" = vfio-pci ]
	read -r kib seconds <usage
	echo "# read: $kib KiB, $seconds s"
	((kib < 256 * 1024))
	hook release fits.xml
	{ cat fits.xml && printf ' '; } >long.xml
	status=0
	in_pretend "$TIME" -o usage -f '%M %e' timeout 20 "$HOOK" vm prepare begin - <long.xml 2>err || status=$?
	[ "$status" -eq 1 ]
	[ "$(<err)" = "pcitag: domain 'vm': its XML is longer than 16 MiB: remove what no domain needs" ]
	(($(sed -n 's/ .*//p' <(tail -n 1 usage)) < 64 * 1024))
	refused_by_both long.xml 'pcitag: *'
}

@test "input that never ends is refused, in bounded memory" {
	# Besides what it takes to be loaded: with sanitizers that is a lot.
	in_pretend "$TIME" -o idle -f %M /usr/sbin/pcitag-engine --version >out
	for door in "$HOOK vm" "/usr/sbin/pcitag-engine hook vm"; do
		status=0
		yes '<domain>pcitag' | in_pretend timeout 20 "$TIME" -o usage -f %M $door prepare begin - >out 2>err || status=$?
		[ "$status" -eq 1 ]
		one_line err
		(($(tail -n 1 usage) - $(tail -n 1 idle) < 64 * 1024))
	done
	nothing_touched
}

@test "markup that would take a parser minutes or gigabytes is refused at once" {
	filled vm.xml $((16 << 20)) '<a/>' >elements.xml
	filled vm.xml $((16 << 20)) "<a b=''/>" >attributes.xml
	perl -e 'print "<domain pcitag=\"\"", map({ " a$_=\"\"" } 1 .. 1000000), "></domain>"' >one.xml
	for file in elements attributes one; do
		start=$EPOCHREALTIME
		refused_by_both $file.xml "pcitag: $MARKUP"
		within 10000 "$start"
	done
}

@test "a definition cut off anywhere is refused, and nothing is touched" {
	local size
	size=$(stat -c %s vm.xml)
	# Here some of them, in one go on the host; test_domain_xml.c has every byte. The last is the line end.
	in_pretend bash -c '
		for ((n = 0; n < $1 - 1; n += 7)); do
			head -c $n vm.xml | /usr/sbin/pcitag-engine hook vm prepare begin - 2>err && echo "$n bytes: accepted"
			[[ $(wc -l <err) -eq 1 ]] || echo "$n bytes: $(<err)"
		done' - "$size" >odd
	[ ! -s odd ]
	# The hook's own part is to see that it ends too early, with and without a tag.
	for n in 0 1 20 100 200 300 400 $((size - 3)) $((size - 2)); do
		head -c $n vm.xml >cut.xml
		refused_by_both cut.xml
	done
}

@test "a release with a definition that was cut off returns as soon as it has the uuid" {
	local known
	known=$(grep -bo '</uuid>' vm.xml | cut -d: -f1)
	for n in $known $((known + 1)) 400 $(($(stat -c %s vm.xml) - 2)); do
		hook prepare vm.xml
		[ "$(driver_of $NPU1)" = vfio-pci ]
		head -c $n vm.xml >cut.xml
		hook release cut.xml
		nothing_touched
	done
	# Without it nobody knows whose release that is.
	hook prepare vm.xml
	head -c $((known - 1)) vm.xml >cut.xml
	hook release cut.xml
	[ "$(driver_of $NPU1)" = vfio-pci ]
	hook release vm.xml
}

@test "document types, entities and inclusions are refused or mean nothing" {
	local with_entity
	with_entity=$(perl -pe 's|<memory|<title>&a;</title><memory|' vm.xml)
	echo "$SECRET" >secret
	doctype() {
		{ echo "<!DOCTYPE domain $1>" && echo "$with_entity"; } >bad.xml
		refused_by_both bad.xml 'pcitag: the domain XML has a DOCTYPE, which libvirt never writes: remove it'
	}
	doctype ''
	doctype "[<!ENTITY a 'b'>]"
	doctype "SYSTEM 'file://$PWD/secret'"
	doctype "PUBLIC 'a' 'http://127.0.0.1:9/'"
	doctype "[<!ENTITY % p SYSTEM 'file://$PWD/secret'>%p;]"
	doctype "[<!ENTITY a SYSTEM 'file://$PWD/secret'>]"
	doctype "[<!ENTITY b 'ha'>$(perl -e 'print "<!ENTITY a$_ \"", "&a${\($_+1)};" x 10, "\">" for 0 .. 30')]"
	echo "$with_entity" >bad.xml
	refused_by_both bad.xml "pcitag: the domain XML is not a complete*Entity 'a' not defined"
	# An inclusion is an element like any other.
	perl -pe "s|<memory|<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file://$PWD/secret' parse='text'/><memory|" \
		vm.xml >include.xml
	hook prepare include.xml
	hook release include.xml
	run -1 grep "$SECRET" log
	nothing_touched
}

@test "deep nesting, other encodings and NUL bytes are refused" {
	perl -pe 's/<memory/"<a>" x 5000 . "<memory"/e' vm.xml >deep.xml
	refused_by_both deep.xml 'pcitag: the domain XML is not a complete*'
	for code in UTF-16 UTF-16LE UTF-32 UTF-7 EBCDIC-US; do
		iconv -t $code vm.xml >other.xml
		refused_by_both other.xml
	done
	perl -pe 's/vm/vm\xff/' vm.xml >latin.xml
	refused_by_both latin.xml
	perl -pe 's/<memory/\0<memory/' vm.xml >nul.xml
	refused_by_both nul.xml 'pcitag: the domain XML has a NUL byte in it'
	{ cat vm.xml && printf '\0<evil/>'; } >behind.xml
	refused_by_both behind.xml
}

@test "of names and uuids given twice the first counts, as for libvirt" {
	perl -pe 's|<memory|<name>other</name><uuid>../../../../etc/passwd</uuid><memory|' vm.xml >twice.xml
	hook prepare twice.xml
	[ "$(pcitag leases --json | jq -r '.leases[] | .domain')" = vm ]
	hook release twice.xml
	nothing_touched
}

@test "a name is never a path, an option or a second line" {
	local name
	# The hook itself says so, with the name in front.
	head -c $(((16 << 20) + 1)) /dev/zero | tr '\0' ' ' >long.xml
	for name in ../../etc/passwd - --help -h '' / . %s%n '$(touch evil)' '`touch evil`' $'a\033[2Jb' $'a\rb' \
		$'a\nb' $'a\xc2\x9b2Jb' $'\xff\xfe' "$(printf 'x%.0s' {1..4096})"; do
		# As the argument: refused, and not.
		NAME=$name refused_by_both long.xml
		NAME=$name hook prepare vm.xml
		[ "$(placeholder vm/npu)" = /dev/pcitag/device/$NPU1 ]
		NAME=$name hook release vm.xml
		nothing_touched
	done
	[ ! -e evil ]
	# In the XML.
	for name in '&#13;error: all is well' '&#10;forged' '&#x9b;2J' '../../../x' '--help' "$(printf 'é%.0s' {1..2000})"; do
		perl -pe "s|<name>.*</name>|<name>$name</name>|; s|npu|none|" vm.xml >odd.xml
		refused_by_both odd.xml
	done
	# In the log as well: each message is one line.
	run -1 grep -aP '^(?!<\d+>)' log
}

@test "a uuid that is none is refused, whatever it leads to" {
	for uuid in ../../../../../../../../../../../etc/x '' 1 "$(uuid_of vm)x" " $(uuid_of vm)" '%s'; do
		perl -pe "s|<uuid>.*</uuid>|<uuid>$uuid</uuid>|" vm.xml >odd.xml
		refused_by_both odd.xml
	done
}

@test "nothing of the XML is logged, not even of what is refused" {
	perl -pe "s|</devices>|<graphics type='vnc' passwd='$SECRET'/></devices>|" vm.xml >secret.xml
	hook prepare secret.xml
	soon grep -q "request npu" log
	hook release secret.xml
	perl -pe 's|</devices>|<oops></devices>|' secret.xml >broken.xml
	refused_by_both broken.xml
	perl -pe 's|/vm/npu|/vm/none|' secret.xml >refused.xml
	refused_by_both refused.xml
	run -1 grep -e "$SECRET" -e '<domain' log
}

@test "closed descriptors: messages go nowhere, and least of all into a file" {
	local closed
	for door in "$HOOK" "/usr/sbin/pcitag-engine hook"; do
		# Standard input is the XML: without it a start is refused.
		for closed in '<&-' '<&- >&-' '<&- 2>&-' '<&- >&- 2>&-'; do
			run in_pretend bash -c "$door vm prepare begin - $closed"
			[ "$status" -eq 1 ]
			nothing_touched
			in_pretend bash -c "$door vm release end - $closed"
		done
		for closed in '>&-' '2>&-' '>&- 2>&-' '>/dev/full 2>/dev/full'; do
			in_pretend bash -c "$door vm prepare begin - <vm.xml $closed"
			[ "$(driver_of $NPU1)" = vfio-pci ]
			pcitag leases --json | jq -e '.leases[0].state == "bound"'
			in_pretend bash -c "$door vm release end - <vm.xml $closed"
			nothing_touched
		done
	done
	# A message, while files are written that would have its number.
	ctl fail write '*/driver_override' 1 EIO
	run in_pretend bash -c "$HOOK vm prepare begin - <vm.xml >&- 2>&-"
	[ "$status" -eq 1 ]
	ctl log >written
	grep -q driver_override written
	run -1 grep pcitag: written
	ctl clear
	hook release vm.xml
	nothing_touched
}

@test "the environment has no say" {
	mkdir -p path
	for program in modprobe sh cat; do
		printf '#!/bin/sh\ntouch %s/evil\n' "$PWD" >path/$program
	done
	chmod +x path/*
	hostile=(env -i "PATH=$PWD/path" LC_ALL=xx_XX.UTF-8 LANG=../../evil "TMPDIR=$PWD/none" MALLOC_PERTURB_=255 MALLOC_ARENA_MAX=1
		"XML_CATALOG_FILES=$PWD/none" XML_DEBUG_CATALOG=1 "TZ=:$PWD/vm.xml" "HOME=$PWD" IFS=/ "ENV=$PWD/vm.xml" POSIXLY_CORRECT=1
		"SYSFS_PATH=$PWD" PCITAG_ETC="$PWD" "LIBVIRT_DEBUG=1")
	for door in "$HOOK" "/usr/sbin/pcitag-engine hook"; do
		in_pretend "${hostile[@]}" $door vm prepare begin - <vm.xml
		[ "$(driver_of $NPU1)" = vfio-pci ]
		in_pretend "${hostile[@]}" $door vm release end - <vm.xml
		nothing_touched
	done
	[ ! -e evil ]
}

@test "odd numbers of arguments are none of ours, or refused" {
	for arguments in '' vm 'vm prepare' 'vm prepare begin' 'vm prepare begin - more'; do
		in_pretend "$HOOK" $arguments <vm.xml
		nothing_touched
	done
	in_pretend /usr/sbin/pcitag-engine hook </dev/null
	in_pretend /usr/sbin/pcitag-engine hook vm </dev/null
	in_pretend /usr/sbin/pcitag-engine hook vm frobnicate begin - <vm.xml
	nothing_touched
}

@test "without privilege: untagged domains pass, tagged ones are told why not" {
	as_nobody() { in_pretend setpriv --reuid=nobody --regid=nogroup --clear-groups -- "$@"; }
	domain_xml vm | grep -v /dev/vfio >untagged.xml
	as_nobody "$HOOK" vm prepare begin - <untagged.xml
	as_nobody /usr/sbin/pcitag-engine hook vm prepare begin - <untagged.xml
	run as_nobody "$HOOK" vm prepare begin - <vm.xml
	refused "domain 'vm': type tags need a domain of qemu:///system: this libvirt daemon does not run as root"
	run as_nobody /usr/sbin/pcitag-engine hook vm prepare begin - <vm.xml
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: domain 'vm': "*": Permission denied" ]]
	[ "${#lines[@]}" -eq 1 ]
	as_nobody "$HOOK" vm release end - <vm.xml
	as_nobody /usr/sbin/pcitag-engine hook vm release end - <vm.xml
	nothing_touched
}

@test "no core file, whoever calls" {
	mkfifo open
	for door in "$HOOK" "/usr/sbin/pcitag-engine hook"; do
		in_pretend prlimit --core=unlimited $door vm prepare begin - <open 3>&- &
		exec 7>open
		soon core_is_off $!
		exec 7>&-
		wait $! || true
	done
}

core_is_off() {
	local child
	for child in $1 $(pgrep -P $1); do
		grep -qE '^Max core file size +0 +0 ' /proc/$child/limits 2>/dev/null && return 0
	done
	return 1
}
