#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a network card's virtual function is told while it is lent. pcitag-vf-net is the real one, on a kernel of its
# own for rtnetlink (tests/pretend/rtnetlink.c); the last tests ask this machine's kernel.

# shellcheck disable=SC2030,SC2031 # each test has a table of its own

load helper

PF=0000:02:00.0 VF0=0000:02:10.0 VF1=0000:02:10.2
OLD0='2 pnet1 up 0000:02:00.0 0 mac=00:00:00:00:00:00,vlan=0,trust=off,spoofchk=on,link_state=auto,max_tx_rate=0'
OLD1='2 pnet1 up 0000:02:00.0 1 mac=02:00:00:00:00:11,vlan=3:1,trust=off,spoofchk=on,link_state=auto,max_tx_rate=10'
OTHER='9 pnet6 up 0000:03:00.0 0 mac=02:00:00:00:00:66,vlan=0,trust=off,spoofchk=on'

setup_file() {
	local REPLY
	pretend_host sriov
	host_root
	cp "$BATS_TEST_DIRNAME/pcitag-domain" "$REPLY/usr/bin/pcitag-domain"
}

teardown_file() { pretend_end; }

setup() {
	pretend_reset
	settings <<<$'[pcitag]\nbind_timeout = 4\nrelease_timeout = 6'
	vf_start
	vf_table <<<"$OLD0"$'\n'"$OLD1"$'\n'"$OTHER"$'\n'
	told 'mac = stable'
	remember_host
	before_table=$(vf_has)
}

teardown() {
	end_log
	drop_holder
	emulators_end
}

# told LINE...: a model of the first function, or of those in ADDRESSES, with these lines.
told() {
	printf '%s\n' '[VF]' 'type = nic' 'vendor = 8086' 'device = 10ca' "address = ${ADDRESSES-$VF0}" "$@" | registry
}

# wish REQUEST OPTIONS: prints the metadata of pcitag add --option.
wish() {
	echo "<metadata><pcitag:controllers xmlns:pcitag='urn:x-pcitag:1'><pcitag:device request='$1' options='$2'/></pcitag:controllers></metadata>"
}

# prepare_wishing NAME REQUEST OPTIONS
prepare_wishing() {
	domain_xml "$1" "$2" | sed "s|<devices>|$(wish "$2" "$3")<devices>|" >"$BATS_TEST_TMPDIR/$1.domain"
	in_daemon "$HOOK" "$1" prepare begin - <"$BATS_TEST_TMPDIR/$1.domain"
}

# row N: prints the settings of the function N of pnet1.
row() {
	local name vf settings
	while read -r _ name _ _ vf settings; do
		[[ $name != pnet1 || $vf != "$1" ]] || echo "$settings"
	done < <(vf_has)
}

# stable NAME REQUEST: prints the address, made as the manual says.
stable() {
	perl -e 'use bigint; my $h = hex("cbf29ce484222325");
		$h = (($h ^ ord) * hex("100000001b3")) % 2**64 for split //, "$ARGV[0]/$ARGV[1]";
		$h = ($h ^ ($h >> 48)) % 2**48;
		my @b = map { ($h >> (8 * $_)) & 255 } reverse 0 .. 5;
		$b[0] = ($b[0] | 2) & 254;
		print join(":", map { sprintf "%02x", $_ } @b), "\n"' "$(uuid_of "$1")" "$2"
}

# as_it_was: no lease, no link, every driver, and every function has what it had.
as_it_was() {
	nothing_touched
	[ "$(vf_has)" = "$before_table" ] || { diff <(echo "$before_table") <(vf_has); return 1; }
}

lent() {
	[ "$(driver_of $VF0)" = vfio-pci ]
	lease_says vm bound
}

# refused_because TEXT: the last run failed with one line that has the text, and nothing has changed.
refused_because() {
	[ "$status" -eq 1 ]
	[[ ${#lines[@]} -eq 1 && $output == "pcitag: domain 'vm': request nic: cannot set "*"$1"* ]] ||
		{ echo "got: $output"; return 1; }
	as_it_was
}

@test "a stable address is that of the manual, the same at each start, and is put back at the end" {
	start_log
	prepare vm nic
	lent
	mac=$(stable vm nic)
	[ "$(row 0)" = "mac=$mac,vlan=0,trust=off,spoofchk=on,link_state=auto,max_tx_rate=0" ]
	[[ $(lease vm | tr -d ' \n') == *'"version":3,'*"\"nets\":[{\"address\":\"$VF0\",\"group\":15,\"set\":\"mac=$mac\",\"before\":\"mac=00:00:00:00:00:00\"}]"* ]]
	release vm
	as_it_was
	prepare vm nic
	[[ $(row 0) == "mac=$mac,"* ]]
	release vm
	as_it_was
	grep -q "domain 'vm': $VF0 is told mac=$mac" "$BATS_TEST_TMPDIR/log"
	grep -q "domain 'vm': $VF0 has mac=00:00:00:00:00:00 again" "$BATS_TEST_TMPDIR/log"
}

@test "every setting of a model is set in their order before the function is bound, and each is put back" {
	ADDRESSES=$VF1 told 'max_tx_rate = 1000' 'link_state = enable' 'spoofchk = off' 'trust = on' 'vlan = 10:5' 'mac = stable'
	vf_does 'fail list 5'
	run prepare vm nic
	[[ $output == *'cannot list the virtual functions of network interfaces: Input/output error' ]]
	vf_does
	prepare vm nic
	mac=$(stable vm nic)
	[ "$(row 1)" = "mac=$mac,vlan=10:5,trust=on,spoofchk=off,link_state=enable,max_tx_rate=1000" ]
	[ "$(vf_log)" = "2 1 mac=$mac
2 1 vlan=10:5
2 1 trust=on
2 1 spoofchk=off
2 1 link_state=enable
2 1 max_tx_rate=1000" ]
	release vm
	as_it_was
}

@test "a domain without settings runs no program, and its lease has none" {
	told
	in_pretend rm /usr/libexec/pcitag-vf-net
	prepare vm nic
	lent
	[[ $(lease vm) == *'"version":1,'* && $(lease vm) != *nets* ]]
	release vm
	as_it_was
}

@test "mac = keep changes nothing, also where the model says something else" {
	prepare_wishing vm nic mac=keep
	lent
	[[ $(lease vm) != *nets* ]]
	[ -z "$(vf_log)" ]
	release vm
	as_it_was
}

@test "what a domain wants stands above what the model says, and QEMU is not told it" {
	told 'mac = stable' 'vlan = 10' 'trust = on'
	prepare_wishing vm nic 'mac=52:54:00:12:34:56,trust=off,rombar=off,max_tx_rate=7'
	lent
	[ "$(row 0)" = 'mac=52:54:00:12:34:56,vlan=10,trust=off,spoofchk=on,link_state=auto,max_tx_rate=7' ]
	[[ $(placeholder vm/nic) == *"/device/$VF0,rombar=0" ]]
	release vm
	as_it_was
}

@test "two requests of a domain get two addresses" {
	ADDRESSES="$VF0 $VF1" told 'mac = stable'
	prepare vm nic.0 nic.1
	[[ $(row 0) == "mac=$(stable vm nic.0),"* && $(row 1) == "mac=$(stable vm nic.1),"* ]]
	[ "$(stable vm nic.0)" != "$(stable vm nic.1)" ]
	release vm
	as_it_was
}

@test "an address that another function has, of this card or of another one, is refused" {
	run prepare_wishing vm nic mac=02:00:00:00:00:11
	refused_because 'the address 02:00:00:00:00:11 is that of virtual function 1 of pnet1 already; give one of the two another one'
	run prepare_wishing vm nic mac=02:00:00:00:00:66
	refused_because 'the address 02:00:00:00:00:66 is that of virtual function 0 of pnet6 already'
	[ -z "$(vf_log)" ]
}

@test "an address that another function got meanwhile is refused as well" {
	ADDRESSES="$VF0 $VF1" told
	prepare_wishing vm2 nic mac=52:54:00:00:00:02
	run prepare_wishing vm nic mac=52:54:00:00:00:02
	[[ $output == *"the address 52:54:00:00:00:02 is that of virtual function 0 of pnet1 already"* ]]
	[ "$(row 1)" = "${OLD1##* }" ]
	release vm2
	as_it_was
}

@test "a physical function that is down is refused" {
	vf_table <<<"${OLD0/up/down}"
	before_table=$(vf_has)
	run prepare vm nic
	refused_because 'the interface pnet1 of its physical function is down; ip link set pnet1 up'
}

@test "a setting that the driver refuses is named, and the others are put back" {
	told 'mac = stable' 'vlan = 10' 'trust = on'
	for errno in 1 12 16 19 22 95; do
		vf_does "fail trust $errno"
		run prepare vm nic
		refused_because 'the driver does not take it; leave it out, or see dmesg: pnet1: virtual function 0: cannot set trust=on: '
	done
	[[ $output == *'Operation not supported' ]]
}

@test "a setting that the driver does not tell is refused, because it could not be put back" {
	told 'trust = on'
	vf_does 'untold trust'
	run prepare vm nic
	refused_because 'the driver of pnet1 does not tell the trust of virtual function 0, so that it could not be put back; leave trust out'
	[ -z "$(vf_log)" ]
}

@test "a driver that says yes and does nothing is found out" {
	told 'vlan = 10'
	vf_does 'ignore vlan'
	run prepare vm nic
	refused_because 'pnet1: virtual function 0: the driver took vlan=10, and has vlan=0 now'
}

@test "a device that is no virtual function is refused" {
	{ echo '[NIC]'; printf '%s\n' 'type = nic' 'vendor = 8086' 'device = 10c9' 'address = 0000:03:00.0' 'vlan = 10'; } | registry
	run prepare vm nic
	refused_because 'it is not a virtual function, so that its vlan cannot be set; delete the key of its model, or narrow the model to virtual functions'
}

@test "a physical function without an interface is refused, and one that the driver says nothing of" {
	vf_table <<<"$OTHER"
	before_table=$(vf_has)
	run prepare vm nic
	refused_because "the driver of its physical function $PF tells nothing about virtual function 0"
	ctl set $PF keeps-vfs=1 driver=-
	remember_host
	run prepare vm nic
	refused_because "its physical function $PF has no network interface, by which it would be set; bind $PF to its network driver"
}

@test "an interface of that name that is another device's is not taken for it" {
	vf_table <<<"${OLD0/0000:02:00.0/0000:03:00.0}"
	before_table=$(vf_has)
	run prepare vm nic
	refused_because 'tells nothing about virtual function 0'
	# Linux before 5.14 does not tell whose it is.
	vf_table <<<"${OLD0/0000:02:00.0/-}"
	before_table=$(vf_has)
	prepare vm nic
	lent
	release vm
	as_it_was
}

@test "a list that changed while it was read is read again" {
	vf_does interrupt
	prepare vm nic
	lent
	release vm
	as_it_was
}

@test "what a trusted guest has changed is put back; an address of zeros is refused by some drivers" {
	prepare vm nic
	vf_table <<<"$(vf_has | sed "s/mac=$(stable vm nic)/mac=02:00:00:00:99:99/")"
	release vm
	as_it_was
	prepare vm nic
	vf_does 'zero 22'
	release vm
	nothing_touched
	[[ $(row 0) == mac=02:00:00:00:00:00,* ]]
}

@test "a driver that refuses once, because it is busy, has the zeros all the same" {
	prepare vm nic
	vf_does 'once mac 16'
	release vm
	as_it_was
}

@test "a start that fails later puts everything back" {
	ctl set $VF0 probe-fails=vfio-pci:EIO
	run prepare vm nic
	[ "$status" -eq 1 ]
	[[ $output == *"cannot bind $VF0"* ]]
	[[ $(vf_log) == *'mac=00:00:00:00:00:00' ]]
	as_it_was
}

@test "what a function had is in the lease while it is being bound; a start whose daemon dies then puts it back" {
	ctl stall write '*/unbind' 1
	prepare vm nic &
	hook=$!
	soon lease_says vm binding
	soon eval '[[ $(row 0) == "mac=$(stable vm nic),"* ]]'
	[[ $(lease vm | tr -d ' \n') == *'"before":"mac=00:00:00:00:00:00"'* ]]
	daemon_kill
	ctl release
	wait $hook || true
	ctl clear
	# The worker that was stalled may still have to come to its end.
	soon eval '[[ $(pcitag reconcile) != *" in use "* ]]'
	as_it_was
}

@test "reconcile puts it back when the guest and libvirt's daemon are gone" {
	prepare vm nic
	emulator vm
	daemon_kill
	pcitag reconcile
	lent
	emulators_end
	pcitag reconcile
	as_it_was
}

@test "what another program has changed after it took the function is left alone" {
	start_log
	told 'vlan = 10' 'trust = on'
	prepare vm nic
	ctl set $VF0 override=
	ctl set $VF0 driver=igbvf
	vf_table <<<"$(vf_has | sed 's/vlan=10,/vlan=77,/')"
	release vm
	[[ $(row 0) == *,vlan=77,trust=off,* ]]
	grep -q "domain 'vm': vlan=77 of $VF0 was changed by another program; left as it is" "$BATS_TEST_TMPDIR/log"
	[ -z "$(lease vm)" ]
}

@test "what cannot be put back keeps the function in the lease, and nobody gets it, until it can" {
	told 'trust = on'
	prepare vm nic
	vf_does 'fail trust 5'
	release vm
	lease_says vm quarantined
	[[ $(pcitag leases vm) == *"vm: $VF0 cannot be returned before it has trust=off again; set that with ip link, or wait for pcitag reconcile: pnet1: virtual function 0: cannot set trust=off: Input/output error"* ]]
	[ "$(driver_of $VF0)" = vfio-pci ]
	run prepare vm2 nic
	[ "$status" -eq 1 ]
	run -3 pcitag reconcile
	vf_does
	pcitag reconcile
	as_it_was
}

@test "by hand is as good: what is as it was needs no setting" {
	told 'trust = on'
	prepare vm nic
	vf_does 'fail trust 5'
	release vm
	lease_says vm quarantined
	vf_table <<<"$before_table"
	pcitag reconcile
	as_it_was
}

@test "with the functions, or the driver of the card, goes what they were told" {
	prepare vm nic
	ctl remove $VF0
	release vm
	[ -z "$(lease vm)" ]
	pretend_reset
	vf_table <<<"$before_table"
	prepare vm nic
	ctl set $PF keeps-vfs=1 driver=-
	vf_table </dev/null
	release vm
	[ -z "$(lease vm)" ]
	[ "$(driver_of $VF0)" = igbvf ]
}

@test "a driver that hangs refuses the start in time, and nothing is done until it answers" {
	ctl stall read "*/$PF/reset_method" '*'
	vf_does "hang set /sys/bus/pci/devices/$PF/reset_method"
	begin=$EPOCHREALTIME
	run prepare vm nic
	within 12000 "$begin"
	[ "$status" -eq 1 ]
	[[ $output == *'pnet1: the kernel does not answer about virtual functions in time'* ]]
	lease_says vm quarantined
	[[ $(lease vm) == *"$VF0 cannot be returned: process "*" waits in the kernel for the driver of its physical function; look into dmesg, or reboot the host"* ]]
	run -3 pcitag reconcile
	vf_does
	ctl release
	ctl clear
	soon eval 'pcitag reconcile >/dev/null'
	as_it_was
}

@test "a kernel that does not answer at all refuses the start in time" {
	ctl stall read "*/$PF/reset_method" '*'
	vf_does "hang list /sys/bus/pci/devices/$PF/reset_method"
	begin=$EPOCHREALTIME
	run prepare vm nic
	within 12000 "$begin"
	[ "$status" -eq 1 ]
	[[ $output == *'the kernel does not answer about virtual functions in time' ]]
	vf_does
	ctl release
	ctl clear
	as_it_was
}

@test "an attached function is told what its model says, and is as it was when it is detached" {
	local REPLY
	host_root
	rm -rf "$REPLY/run/stand-in"
	mkdir -p "$REPLY/run/stand-in/domains"
	CONTAINER='' EMULATOR=/usr/bin/qemu-system-x86_64 domain_xml vm >"$REPLY/run/stand-in/domains/vm.xml"
	emulator vm
	run -0 pcitag attach vm nic
	[[ $(row 0) == "mac=$(stable vm nic),"* ]]
	[[ $(pcitag leases --json vm | jq -c '.leases[0].nets[0].before') == '"mac=00:00:00:00:00:00"' ]]
	run -0 pcitag detach vm nic
	as_it_was
	echo refuse >"$REPLY/run/stand-in/does"
	run -1 pcitag attach vm nic
	[[ $(vf_log) == *"mac=$(stable vm nic)"*'mac=00:00:00:00:00:00' ]]
	as_it_was
	vf_does 'fail mac 95'
	run -1 pcitag attach vm nic
	[[ $output == *"request nic: cannot set mac=$(stable vm nic) of $VF0: the driver does not take it"* ]]
	as_it_was
}

@test "a function that is held after its use has what it had before" {
	told 'mac = stable' 'trust = on' 'after_use = hold'
	prepare vm nic
	vf_does 'fail trust 5'
	release vm
	lease_says vm quarantined
	[[ $(pcitag leases vm) == *"vm: $VF0 cannot be returned before it has "*'trust=off again'* ]]
	vf_does
	pcitag reconcile
	[ -z "$(lease vm)" ]
	[ "$(vf_has)" = "$before_table" ]
	[ "$(driver_of $VF0)" = vfio-pci ]
	run -0 pcitag list
	[[ $output == *"$VF0"*'was used by'* ]]
	run -0 pcitag clean $VF0 --as-is
	as_it_was
}

@test "plan says what would be set, and changes nothing" {
	told 'mac = stable' 'vlan = 10'
	domain_xml vm nic >"$BATS_TEST_TMPDIR/vm.xml"
	run -0 pcitag plan "$BATS_TEST_TMPDIR/vm.xml"
	[[ $output == *"would set mac=$(stable vm nic),vlan=10 of $VF0 (request nic)"* ]]
	[[ $(pcitag plan --json "$BATS_TEST_TMPDIR/vm.xml" | jq -c .nets) == "[{\"address\":\"$VF0\",\"settings\":\"mac=$(stable vm nic),vlan=10\"}]" ]]
	[ -z "$(vf_log)" ]
	as_it_was
}

@test "a lease tells what its functions were told and had before" {
	told 'vlan = 10'
	prepare vm nic
	[[ $(pcitag leases --json vm | jq -c '.leases[0].nets') == "[{\"address\":\"$VF0\",\"group\":15,\"set\":\"vlan=10\",\"before\":\"vlan=0\"}]" ]]
	release vm
	as_it_was
}

# ---- this machine's kernel ----------------------------------------------------------------------------------------

# the_real_one WORD...: the program as it is installed, on the kernel of this machine.
the_real_one() {
	in_pretend mkdir -p /run/pcitag
	in_pretend unshare --net -- "$BATS_TEST_TMPDIR/pcitag-vf-net" "$@"
}

@test "the real kernel takes the question, and refuses to set what no interface has" {
	cp "$PRETEND_INSTALL/usr/libexec/pcitag-vf-net" "$BATS_TEST_TMPDIR/"
	run -0 the_real_one list
	[ -z "$output" ]
	for setting in mac=52:54:00:00:00:01 vlan=10:5 trust=on spoofchk=off link_state=enable max_tx_rate=10; do
		run -3 the_real_one set $VF0 1 0 $setting
		[ "$output" = "pcitag: virtual function 0: cannot set $setting: Operation not supported" ]
	done
	run -3 the_real_one set $VF0 4242 0 vlan=1
	[ "$output" = 'pcitag: virtual function 0: cannot set vlan=1: No such device' ]
}

@test "its command line is checked" {
	cp "$PRETEND_INSTALL/usr/libexec/pcitag-vf-net" "$BATS_TEST_TMPDIR/"
	for words in '' 'show' 'list 1' "set $VF0 1 0" "set 02:10 1 0 vlan=1" "set $VF0 0 0 vlan=1" "set $VF0 -1 0 vlan=1" \
		"set $VF0 1 65536 vlan=1" "set $VF0 1 0 mac=stable" "set $VF0 1 0 vlan=1,teapot=2" "set $VF0 1 0x1 vlan=1"; do
		run -2 the_real_one $words
		[ "$output" = 'pcitag: pcitag-vf-net is run by pcitag: list, or set ADDRESS IFINDEX VF SETTINGS' ]
	done
}
