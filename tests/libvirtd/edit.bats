#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# pcitag add, remove and rename-owner: the definition is libvirt's, and so is the word on it.

load helper

setup() {
	fresh
}

teardown() {
	umount /usr/bin/pcitag-qemu 2>/dev/null || true
}

# definition NAME: as libvirt has it.
definition() {
	virsh dumpxml --inactive --security-info "$1"
}

# placeholders NAME: the paths in its definition.
placeholders() {
	definition "$1" | sed -n "s|.*evdev='\(/dev/pcitag/[^']*\)'.*|\1|p" | xargs
}

# same_as_before NAME: its definition is, byte by byte, the one that `definition` wrote to $before.
same_as_before() {
	diff <(definition "$1") "$before"
}

before_of() {
	before=$BATS_TEST_TMPDIR/before
	definition "$1" >"$before"
}

# as_nobody COMMAND...: as a user without any right.
as_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

@test "add writes the three elements, and remove returns what there was, byte by byte" {
	define d1
	before_of d1

	run pcitag add d1 npu
	[ "$status" -eq 0 ]
	[ "$output" = "domain 'd1': npu added (owner d1)" ]
	[ "$(placeholders d1)" = /dev/pcitag/d1/npu ]
	[ "$(definition d1 | grep -c "<source dev='/dev/vfio/vfio'/>")" -eq 1 ]
	definition d1 | grep -qx " *<emulator>$WRAPPER</emulator>"

	run pcitag remove d1 npu
	[ "$status" -eq 0 ]
	[ "$output" = "domain 'd1': npu removed" ]
	same_as_before d1
}

@test "add changes nothing but what it adds" {
	# On a machine without PCI Express, libvirt makes no controller for it.
	domain_xml d1 "<input type='tablet' bus='virtio'/><serial type='null'/>" | sed "s|machine='q35'|machine='pc'|" \
		>"$BATS_TEST_TMPDIR/xml"
	virsh define "$BATS_TEST_TMPDIR/xml"
	before_of d1
	pcitag add d1 npu --address 0000:00:09.0
	diff <(diff "$before" <(definition d1) | grep '^[<>]') - <<-'SEEN'
		<     <emulator>/usr/bin/qemu-system-x86_64</emulator>
		>     <emulator>/usr/bin/pcitag-qemu-system-x86_64</emulator>
		>     <input type='passthrough' bus='virtio'>
		>       <source evdev='/dev/pcitag/d1/npu'/>
		>       <address type='pci' domain='0x0000' bus='0x00' slot='0x09' function='0x0'/>
		>     </input>
		>     <input type='evdev'>
		>       <source dev='/dev/vfio/vfio'/>
		>     </input>
	SEEN
}

@test "a domain with metadata, secrets and QEMU arguments comes back as it was" {
	domain_xml d1 "<graphics type='vnc' port='-1' passwd='a&lt;b'/>" |
		sed -e "s|<domain type='qemu'>|<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>|" \
			-e "s|<memory |<title>R\&amp;D</title><metadata><my:note xmlns:my='urn:my'>a<my:b/></my:note></metadata>&|" \
			-e "s|</domain>|<qemu:commandline><qemu:arg value='-nodefaults'/></qemu:commandline></domain>|" \
			>"$BATS_TEST_TMPDIR/xml"
	virsh define "$BATS_TEST_TMPDIR/xml"
	before_of d1
	pcitag add d1 npu --count 3
	[ "$(placeholders d1)" = '/dev/pcitag/d1/npu.0 /dev/pcitag/d1/npu.1 /dev/pcitag/d1/npu.2' ]
	pcitag remove d1 npu --all
	same_as_before d1
}

# libvirt 9 keeps such an element, 11 does not.
@test "empty metadata is no other after add and remove" {
	domain_xml d1 | sed 's|<memory |<metadata/>&|' >"$BATS_TEST_TMPDIR/xml"
	virsh define "$BATS_TEST_TMPDIR/xml"
	before_of d1
	pcitag add d1 npu
	pcitag remove d1 npu
	same_as_before d1
}

@test "a machine without PCI Express comes back as it was" {
	domain_xml d1 | sed "s|machine='q35'|machine='pc'|" >"$BATS_TEST_TMPDIR/xml"
	virsh define "$BATS_TEST_TMPDIR/xml"
	before_of d1
	pcitag add d1 npu
	pcitag remove d1 npu
	same_as_before d1
}

@test "each remove is the reverse of its add" {
	printf '[net]\ntype = nic\nvendor = 8086\ndevice = 10d3\n' >>/etc/pcitag/registry.ini
	define d1
	pcitag add d1 npu
	before_of d1
	pcitag add d1 nic
	[ "$(placeholders d1)" = '/dev/pcitag/d1/npu /dev/pcitag/d1/nic' ]
	pcitag remove d1 nic
	same_as_before d1
}

@test "a PCI controller that got a device meanwhile stays" {
	define d1
	pcitag add d1 npu
	virsh attach-device --config d1 /dev/stdin <<<"<input type='tablet' bus='virtio'/>"
	pcitag remove d1 npu
	[ -z "$(placeholders d1)" ]
	[[ $(definition d1) != *pcitag* ]]
	definition d1 | grep -q "<input type='tablet' bus='virtio'>"
}

@test "the same add again changes nothing and says so" {
	define d1
	pcitag add d1 npu
	before_of d1
	run pcitag add d1 npu
	[ "$status" -eq 0 ]
	[ "$output" = "domain 'd1': asks for that already; nothing changed" ]
	same_as_before d1
}

@test "remove of what is not there changes nothing and says so" {
	define d1
	before_of d1
	run pcitag remove d1 npu
	[ "$status" -eq 0 ]
	[ "$output" = "domain 'd1': does not ask for that; nothing changed" ]
	same_as_before d1
}

@test "--count is how many there shall be, and counts the one that is there" {
	define d1
	pcitag add d1 npu
	pcitag add d1 npu --count 2
	[ "$(placeholders d1)" = '/dev/pcitag/d1/npu /dev/pcitag/d1/npu.1' ]
	run pcitag add d1 npu --count 2
	[ "$output" = "domain 'd1': asks for that already; nothing changed" ]
}

@test "remove wants to know which of several" {
	define d1
	pcitag add d1 npu --count 2
	run pcitag remove d1 npu
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: domain 'd1' has no placeholder npu, but npu.0, npu.1: name one of them, or give --all" ]
	pcitag remove d1 npu.0
	[ "$(placeholders d1)" = /dev/pcitag/d1/npu.1 ]
	pcitag remove d1 --all
	[ -z "$(placeholders d1)" ]
}

@test "--address says where the guest finds it" {
	define d1
	before_of d1
	pcitag add d1 npu --address 0000:03:00.0
	definition d1 | grep -A1 "evdev='/dev/pcitag/d1/npu'" | grep -q "bus='0x03' slot='0x00' function='0x0'"
	pcitag add d1 npu --address 0000:04:00.0
	definition d1 | grep -A1 "evdev='/dev/pcitag/d1/npu'" | grep -q "bus='0x04' slot='0x00' function='0x0'"
	pcitag remove d1 npu
	same_as_before d1
}

@test "an address that is taken is refused in libvirt's words, and nothing is changed" {
	define d1
	pcitag add d1 npu --address 0000:01:00.0
	before_of d1
	run pcitag add d1 npu.1 --address 0000:01:00.0
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == "pcitag: cannot change the definition of domain 'd1': "*"0000:01:00.0"* ]]
	same_as_before d1
}

@test "a type that is not in the registry is refused, one that no device has is told" {
	define d1
	before_of d1
	run pcitag add d1 tpu
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: request tpu: the registry has no type or model tpu; its types are: npu" ]
	same_as_before d1

	printf '[ghost]\ntype = gpu\nvendor = 10de\ndevice = ffff\n' >>/etc/pcitag/registry.ini
	run pcitag add d1 gpu
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == "pcitag: domain 'd1': no device of this host matches gpu in the registry, so it will not start here: "* ]]
	[ "$(placeholders d1)" = /dev/pcitag/d1/gpu ]
}

@test "what was added starts" {
	mount --bind "$BATS_TEST_DIRNAME/stand-in" /usr/bin/pcitag-qemu
	define d1
	pcitag add d1 npu
	virsh start d1
	[ "$(readlink /dev/pcitag/d1/npu)" = /dev/pcitag/device/0000:02:00.0 ]
	virsh destroy d1
}

@test "a running domain is left as it is until its next start" {
	define d1
	virsh start d1
	virsh dumpxml d1 >"$BATS_TEST_TMPDIR/live"
	run pcitag add d1 npu
	[ "$status" -eq 0 ]
	[ "$output" = "domain 'd1': npu added (owner d1); it runs, so this is for its next start" ]
	[ "$(placeholders d1)" = /dev/pcitag/d1/npu ]
	virsh dumpxml d1 | diff "$BATS_TEST_TMPDIR/live" -
	run pcitag remove d1 npu
	[ "$output" = "domain 'd1': npu removed; it runs, so this is for its next start" ]
	virsh destroy d1
}

@test "a saved domain goes on as it was, and add says so" {
	define d1
	virsh start d1
	virsh managedsave d1
	run pcitag add d1 npu
	[ "$output" = "domain 'd1': npu added (owner d1); its next start goes on from a saved state, so this is for the one after that" ]
	virsh start d1
	[[ $(virsh dumpxml d1) != *pcitag* ]]
	virsh destroy d1
	[ "$(placeholders d1)" = /dev/pcitag/d1/npu ]
}

# has_stopped: pcitag-domain waits for SIGCONT. Its state in /proc is the same at every call that is traced.
has_stopped() {
	grep -q 'stopped by SIGSTOP' "$BATS_TEST_TMPDIR/trace"
}

@test "what somebody else changes at the same time is not lost" {
	define d1
	# It stops between reading and writing: when it looks for the wrapper.
	strace -f -qq -o "$BATS_TEST_TMPDIR/trace" -P "$WRAPPER" -e trace=access -e inject=access:signal=SIGSTOP \
		/usr/sbin/pcitag add d1 npu >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	adding=$!
	soon has_stopped
	pid=$(pgrep -x pcitag-domain)
	virsh desc d1 --config 'in between'
	# Whoever is continued before he has quite stopped stops all the same.
	while kill -CONT "$pid" 2>/dev/null; do sleep 0.1; done 3>&- &
	status=0
	wait "$adding" || status=$?
	[ "$status" -eq 1 ]
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/out")" = "pcitag: domain 'd1': its definition was changed at the same time: try again" ]
	[ "$(virsh desc d1 --config)" = 'in between' ]
	[ -z "$(placeholders d1)" ]
}

@test "a transient domain has no definition to change" {
	virsh create <(domain_xml d1)
	run pcitag add d1 npu
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: domain 'd1' is transient: it has no definition that a later start would use; \`virsh define\` makes one" ]
	virsh destroy d1
}

@test "domains lists what each asks for, and what is wrong in a definition" {
	define d1
	pcitag add d1 npu --count 2
	define d2
	define d3 "$(placeholder d3/npu.x)"
	virsh create <(domain_xml d4)
	run pcitag domains
	[ "$status" -eq 0 ]
	[[ ${lines[0]} =~ ^DOMAIN\ +RUNS\ +REQUESTS$ ]]
	[[ ${lines[1]} =~ ^d1\ +no\ +npu\.0,\ npu\.1$ ]]
	[[ ${lines[2]} =~ ^d2\ +no\ +-$ ]]
	[[ ${lines[3]} =~ ^d3\ +no\ +.*/dev/pcitag/d3/npu\.x ]]
	[[ ${lines[4]} =~ ^d4\ +yes\ +-$ ]]
	[ "$(pcitag domains --json | jq -c '[.domains[] | [.domain, .running, .persistent, .problem == null, [.requests[].request]]]')" = \
		'[["d1",false,true,true,["npu.0","npu.1"]],["d2",false,true,true,[]],["d3",false,true,false,[]],["d4",true,false,true,[]]]' ]
	[ "$(pcitag domains --json | jq -c '.domains[0].requests[0]')" = '{"request":"npu.0","name":"npu","owner":"d1"}' ]
	virsh destroy d4
}

@test "without libvirt's daemon there is no list of domains" {
	run unshare --mount bash -c 'mount -t tmpfs none /run/libvirt && exec pcitag domains'
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: cannot connect to libvirt (qemu:///system): see whether libvirtd or virtqemud runs: "* ]]
}

@test "an unknown domain is named" {
	for verb in "add nix npu" "remove nix npu" "rename-owner nix"; do
		# shellcheck disable=SC2086 # words
		run pcitag $verb
		[ "$status" -eq 1 ]
		[ "$output" = "pcitag: there is no domain 'nix' in qemu:///system: \`virsh list --all\` shows those there are" ]
	done
}

@test "a domain is found by its UUID, too" {
	define d1
	pcitag add "$(uuid_of d1)" npu
	[ "$(placeholders d1)" = /dev/pcitag/d1/npu ]
}

@test "a name that is no owner becomes one, always the same" {
	define 'my "win" 11'
	pcitag add 'my "win" 11' npu
	owner=my__win__11-$(uuid_of 'my "win" 11' | cut -c1-8)
	[ "$(placeholders 'my "win" 11')" = "/dev/pcitag/$owner/npu" ]
	run pcitag rename-owner 'my "win" 11'
	[ "$output" = "domain 'my \"win\" 11': its placeholders have that owner already; nothing changed" ]
	[ "$(pcitag remove 'my "win" 11' npu --json | jq -r .domain)" = 'my "win" 11' ]
}

@test "a domain called --json is one" {
	define --json
	# Behind --, it is a request like any other.
	run pcitag add npu -- --json npu
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"--json"* ]]
	pcitag add --json -- --json npu | jq -e '.domain == "--json"'
	[ "$(virsh dumpxml --inactive --domain "$(uuid_of --json)" | grep -c "/dev/pcitag/--json/npu")" -eq 1 ]
	pcitag remove -- --json npu
}

@test "the owner of the placeholders that are there is kept" {
	define d1 "$(placeholder mine/npu)" "$CONTAINER"
	pcitag add d1 npu.1
	[ "$(placeholders d1)" = '/dev/pcitag/mine/npu /dev/pcitag/mine/npu.1' ]
}

@test "an owner is for one domain" {
	define d1
	define d2 "$(placeholder d1/npu)" "$CONTAINER"
	before_of d1
	run pcitag add d1 npu
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: domain 'd1': domain 'd2' has placeholders of the owner d1, and each owner is for one domain: \`pcitag rename-owner d2\` first" ]
	same_as_before d1
	pcitag rename-owner d2
	pcitag add d1 npu
	run pcitag rename-owner d1 d2
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: domain 'd1': domain 'd2' has placeholders of the owner d2"* ]]
}

@test "rename-owner follows virsh domrename" {
	define d1
	pcitag add d1 npu --count 2
	virsh domrename d1 d9
	run pcitag rename-owner d9
	[ "$status" -eq 0 ]
	[ "$output" = "domain 'd9': npu.0, npu.1 renamed (owner d9)" ]
	[ "$(placeholders d9)" = '/dev/pcitag/d9/npu.0 /dev/pcitag/d9/npu.1' ]
	pcitag rename-owner d9 another
	[ "$(placeholders d9)" = '/dev/pcitag/another/npu.0 /dev/pcitag/another/npu.1' ]
}

@test "rename-owner takes an owner that is a name" {
	define d1
	run pcitag rename-owner d1
	[ "$output" = "domain 'd1': has no placeholder; nothing changed" ]
	run pcitag rename-owner d1 a/b
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: 'a/b' cannot be an owner: write 1 to 48 "* ]]
}

@test "an emulator that has no wrapper is refused with what to do" {
	printf '#!/bin/sh\nexec /usr/bin/qemu-system-x86_64 "$@"\n' >/usr/bin/qemu-system-mine
	chmod 755 /usr/bin/qemu-system-mine
	EMU=/usr/bin/qemu-system-mine define d1
	before_of d1
	run pcitag add d1 npu
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: domain 'd1': the wrapper /usr/bin/pcitag-qemu-system-mine is not installed: \`ln -s pcitag-qemu /usr/bin/pcitag-qemu-system-mine\` makes one for /usr/bin/qemu-system-mine" ]
	same_as_before d1
}

@test "an emulator elsewhere is refused with what to do" {
	mkdir -p /run/elsewhere
	printf '#!/bin/sh\nexec /usr/bin/qemu-system-x86_64 "$@"\n' >/run/elsewhere/qemu-system-x86_64
	chmod 755 /run/elsewhere/qemu-system-x86_64
	EMU=/run/elsewhere/qemu-system-x86_64 define d1
	run pcitag add d1 npu
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: domain 'd1': its emulator /run/elsewhere/qemu-system-x86_64 is not what pcitag's wrapper would run, which is /usr/bin/qemu-system-x86_64: write <emulator>/usr/bin/pcitag-qemu-system-x86_64</emulator>"* ]]
}

@test "what the XML has wrong is said before anything is changed" {
	define d1 "<serial type='dev'><source path='/dev/pcitag/d1/npu'/></serial>"
	run pcitag add d1 npu
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: domain 'd1': line "*"is not where a placeholder can be"* ]]
}

@test "--json says what became of it" {
	define d1
	run pcitag add d1 npu --count 2 --json
	[ "$(jq -c '[.version, .domain, .uuid, .owner, .added, .changed, .running, .saved]' <<<"$output")" = \
		"[1,\"d1\",\"$(uuid_of d1)\",\"d1\",[\"npu.0\",\"npu.1\"],true,false,false]" ]
	[ "$(pcitag add d1 npu --json | jq -c '[.added, .changed]')" = '[[],false]' ]
	[ "$(pcitag rename-owner d1 x --json | jq -c '[.owner, .previous_owner, .renamed]')" = '["x","d1",["npu.0","npu.1"]]' ]
	[ "$(pcitag remove d1 npu --all --json | jq -c '[.owner, .removed]')" = '[null,["npu.0","npu.1"]]' ]
}

@test "a user whom libvirt lets in needs no root" {
	define d1
	as_nobody pcitag add d1 npu
	[ "$(placeholders d1)" = /dev/pcitag/d1/npu ]
}

@test "a user whom libvirt does not let in is told what to do" {
	define d1
	chmod 700 /run/libvirt/libvirt-sock
	run as_nobody pcitag add d1 npu
	chmod 777 /run/libvirt/libvirt-sock
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == "pcitag: libvirt does not let this user into qemu:///system: run it as root, or join the group libvirt: "*"Permission denied" ]]
	[ -z "$(placeholders d1)" ]
}

@test "the environment does not lead to another daemon" {
	define d1
	LIBVIRT_DEFAULT_URI=test:///default LIBVIRT_DEBUG=1 LIBVIRT_LOG_OUTPUTS=1:stderr run pcitag add d1 npu
	[ "$output" = "domain 'd1': npu added (owner d1)" ]
}

@test "without libvirtd it says so" {
	stop_libvirtd
	run pcitag add d1 npu
	start_libvirtd
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: cannot connect to libvirt (qemu:///system): see whether libvirtd or virtqemud runs: "* ]]
}

# noted NAME: the options that its metadata has, one request a line.
noted() {
	definition "$1" | sed -n 's|.*<pcitag:device request="\([^"]*\)" options="\([^"]*\)"/>.*|\1 \2|p'
}

@test "options are kept in the metadata, which libvirt shows, and go with the request" {
	define d1
	before_of d1
	pcitag add d1 npu --option bootindex=1 --option rombar=off
	[ "$(noted d1)" = 'npu bootindex=1,rombar=0' ]
	[[ $(virsh metadata d1 urn:x-pcitag:1) == *"request=\"npu\" options=\"bootindex=1,rombar=0\""* ]]
	# More of them are added, and another value counts.
	pcitag add d1 npu --option rombar=on --option x-no-mmap=on
	[ "$(noted d1)" = 'npu bootindex=1,rombar=1,x-no-mmap=on' ]
	run pcitag add d1 npu --option rombar=on
	[ "$output" = "domain 'd1': asks for that already; nothing changed" ]
	pcitag remove d1 npu
	same_as_before d1
}

@test "what a virtual function is told is kept beside QEMU's options" {
	define d1
	before_of d1
	pcitag add d1 npu --option mac=52:54:00:AB:CD:EF --option rombar=off --option vlan=10:5
	[ "$(noted d1)" = 'npu rombar=0,mac=52:54:00:ab:cd:ef,vlan=10:5' ]
	pcitag add d1 npu --option mac=keep --option bootindex=1
	[ "$(noted d1)" = 'npu bootindex=1,rombar=0,mac=keep,vlan=10:5' ]
	run pcitag add d1 npu --option vlan=4095
	[ "$status" -eq 2 ]
	[[ $output == 'pcitag: vlan: 4095 is not the number of a VLAN; '* ]]
	pcitag remove d1 npu
	same_as_before d1
}

@test "options of one request stay when another one goes" {
	define d1
	pcitag add d1 npu.0 --option x-req=off
	before_of d1
	pcitag add d1 npu.1 --option x-vga=on
	[ "$(noted d1)" = "npu.0 x-req=off"$'\n'"npu.1 x-vga=on" ]
	pcitag remove d1 npu.1
	same_as_before d1
}

@test "what is no option, or no value of one, changes nothing" {
	define d1
	before_of d1
	run pcitag add d1 npu --option rombra=off
	[ "$status" -eq 2 ]
	[ "$output" = "pcitag: unknown option rombra; write rombar if that is meant" ]
	run pcitag add d1 npu --option bootindex=first
	[ "$status" -eq 2 ]
	run pcitag add d1 npu --option "romfile=../x"
	[ "$status" -eq 2 ]
	same_as_before d1
}

@test "a bootindex beside libvirt's own order is refused at add" {
	define d1 "<disk type='file' device='disk'><source file='/x'/><target dev='vda' bus='virtio'/></disk>"
	before_of d1
	# libvirt has written it.
	definition d1 | grep -q "<boot dev='hd'/>"
	run pcitag add d1 npu --option bootindex=1
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: domain 'd1': a request has a bootindex, and the domain has <boot dev='hd'/> as well, which is another place in the boot order: "* ]]
	same_as_before d1
	pcitag add d1 npu --option rombar=off

	# Without a disk libvirt writes it too, and it means nothing.
	define d2
	definition d2 | grep -q "<boot dev='hd'/>"
	pcitag add d2 npu --option bootindex=1
	[ "$(noted d2)" = 'npu bootindex=1' ]
}

@test "a start reads the options that libvirt kept" {
	define d1
	pcitag add d1 npu --option rombar=off
	definition d1 >"$BATS_TEST_TMPDIR/d1.xml"
	run pcitag plan "$BATS_TEST_TMPDIR/d1.xml"
	[ "$status" -eq 0 ]
	[[ $output == *"would tell QEMU of "*" (request npu): rombar=0"* ]]
}

# wished NAME: the wishes that its metadata has, one a line.
wished() {
	definition "$1" | sed -n 's|.*<pcitag:wish \(.*\)/>.*|\1|p'
}

@test "wishes are kept in the metadata with the requests that they are for, and go with them" {
	define d1
	before_of d1
	run pcitag add d1 npu.0 npu.1 --together switch --numa required
	[ "$status" -eq 0 ]
	[ "$output" = "domain 'd1': npu.0, npu.1 added (owner d1)" ]
	[ "$(placeholders d1)" = "/dev/pcitag/d1/npu.0 /dev/pcitag/d1/npu.1" ]
	[ "$(wished d1)" = 'requests="npu.0 npu.1" numa="required" together="switch"' ]
	run pcitag add d1 npu.0 npu.1 --together switch
	[ "$output" = "domain 'd1': asks for that already; nothing changed" ]
	pcitag add d1 npu.1 --prefer last --optional
	[ "$(wished d1)" = 'requests="npu.0 npu.1" numa="required" together="switch"'$'\n''requests="npu.1" prefer="last" optional="yes"' ]
	pcitag remove d1 npu.0
	[ "$(wished d1)" = 'requests="npu.1" numa="required"'$'\n''requests="npu.1" prefer="last" optional="yes"' ]
	pcitag remove d1 npu.1
	same_as_before d1
}

@test "wishes for so many of one kind name each of them" {
	define d1
	pcitag add d1 npu --count 2 --apart card
	[ "$(wished d1)" = 'requests="npu.0 npu.1" apart="card"' ]
	pcitag rename-owner d1 other
	[ "$(wished d1)" = 'requests="npu.0 npu.1" apart="card"' ]
}

@test "what cannot be wished changes nothing" {
	define d1
	before_of d1
	run pcitag add d1 npu --together card
	[ "$status" -eq 2 ]
	[ "$output" = "pcitag: add --together card with one request: it is about several; name the others, too" ]
	run pcitag add d1 npu.0 npu.1 --together card --apart card
	[ "$status" -eq 2 ]
	run pcitag add d1 npu.0 npu.1 --count 2
	[ "$status" -eq 2 ]
	[ "$output" = "pcitag: add --count 2 with 2 requests: it is for one; add the others on their own" ]
	run pcitag add d1 npu --numa near
	[ "$status" -eq 2 ]
	same_as_before d1
}

# with_cells [MEMNODES [MORE]]: the guest of d1 has two NUMA cells, and these elements in <numatune> and beside it. Without a
# CPU model, libvirt asks the host for its processors.
with_cells() {
	domain_xml d1 | sed -e "s|<vcpu .*|<vcpu cpuset='0'>2</vcpu>${1:+<numatune>$1</numatune>}${2-}|" -e "s|<memory unit=.*|<memory unit='MiB'>64</memory>|" \
		-e "s|<devices>|<cpu><numa><cell id='0' cpus='0' memory='32' unit='MiB'/><cell id='1' cpus='1' memory='32' unit='MiB'/></numa></cpu>&|" \
		>"$BATS_TEST_TMPDIR/d1.xml"
	virsh -q define "$BATS_TEST_TMPDIR/d1.xml"
}

# controller INDEX: one PCI controller of d1, in one line.
controller() {
	definition d1 | tr -d '\n' | sed 's|</controller>|&\n|g' | grep -o "<controller type='pci' index='$1' .*" | tr -s ' '
}

CELL1="<memnode cellid='1' mode='preferred' nodeset='0'/>"

@test "--guest-numa puts the device behind an expander bus of the cell that is near it, and remove takes that away" {
	with_cells "$CELL1"
	before_of d1
	run pcitag add d1 npu --guest-numa
	[ "$status" -eq 0 ]
	[ "$output" = "domain 'd1': npu added (owner d1)" ]
	local index port
	index=$(definition d1 | sed -n "s|.*<controller type='pci' index='\(.*\)' model='pcie-expander-bus'>|\1|p")
	port=$((index + 1))
	[[ $(controller "$index") == *"<target busNr='254'> <node>1</node> </target>"* ]]
	[[ $(controller $port) == *"model='pcie-root-port'"*"<address type='pci' domain='0x0000' bus='$(printf 0x%02x "$index")' slot='0x00' function='0x0'/>"* ]]
	definition d1 | grep -A1 "evdev='/dev/pcitag/d1/npu'" | grep -q "bus='$(printf 0x%02x $port)' slot='0x00' function='0x0'"
	before_again=$(definition d1)
	run pcitag add d1 npu --guest-numa
	[ "$output" = "domain 'd1': asks for that already; nothing changed" ]
	[ "$(definition d1)" = "$before_again" ]

	pcitag remove d1 npu
	same_as_before d1
}

@test "--guest-numa: each device has an expander bus of its own, and each takes its own along" {
	with_cells "$CELL1"
	before_of d1
	pcitag add d1 npu --count 2 --guest-numa --numa required
	[ "$(definition d1 | grep -c "model='pcie-expander-bus'")" -eq 2 ]
	[[ $(definition d1) == *"busNr='254'"*"busNr='252'"* ]]
	pcitag remove d1 npu.0
	pcitag remove d1 npu.1
	same_as_before d1

	pcitag add d1 npu --guest-numa
	once=$(definition d1)
	pcitag add d1 npu.1 --guest-numa
	pcitag remove d1 npu.1
	[ "$(definition d1)" = "$once" ]
}

@test "--guest-numa moves a placeholder that is elsewhere" {
	with_cells "$CELL1"
	before_of d1
	pcitag add d1 npu
	run pcitag add d1 npu --guest-numa
	[ "$output" = "domain 'd1': definition changed (owner d1)" ]
	[ "$(definition d1 | grep -c "<node>1</node>")" -eq 1 ]
	pcitag remove d1 npu
	same_as_before d1
}

@test "a guest with an expander bus for its device starts, and QEMU is told the cell" {
	mount --bind "$BATS_TEST_DIRNAME/stand-in" /usr/bin/pcitag-qemu
	with_cells "$CELL1"
	pcitag add d1 npu --guest-numa
	virsh start d1
	tr '\0' '\n' </proc/"$(</run/libvirt/qemu/d1.pid)"/cmdline >"$BATS_TEST_TMPDIR/argv"
	grep -q '"driver":"pxb-pcie","bus_nr":254,.*"numa_node":1' "$BATS_TEST_TMPDIR/argv"
	virsh destroy d1
}

@test "--guest-numa is refused where a guest knows no nodes, or the node is not certain" {
	define d1
	before_of d1
	run pcitag add d1 npu --guest-numa
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: domain 'd1': it has no NUMA cells, so its guest knows no nodes; write <numa> in <cpu>, "* ]]
	same_as_before d1

	with_cells
	before_of d1
	run pcitag add d1 npu --guest-numa
	[ "$status" -eq 1 ]
	[[ $output == "pcitag: request npu: domain 'd1' is bound to no NUMA node, so where its device will be is not known; "* ]]

	with_cells "<memory mode='preferred' nodeset='0'/>"
	before_of d1
	run pcitag add d1 npu --guest-numa --numa none
	[[ $output == "pcitag: request npu: numa = none: its device may be on any NUMA node; "* ]]
	run pcitag add d1 npu --guest-numa --address 0000:05:00.0
	[ "$status" -eq 2 ]
	[[ $output == "pcitag: add --guest-numa --address 0000:05:00.0: it chooses the address itself"* ]]
	printf '[fast]\nany = npu\nnuma = none\n' >>/etc/pcitag/registry.ini
	run pcitag add d1 fast --guest-numa
	[[ $output == "pcitag: request fast: numa = none: "* ]]
	same_as_before d1
	pcitag add d1 fast --guest-numa --numa preferred

	domain_xml d1 | sed "s|machine='q35'|machine='pc'|" >"$BATS_TEST_TMPDIR/xml"
	virsh define "$BATS_TEST_TMPDIR/xml"
	before_of d1
	run pcitag add d1 npu --guest-numa
	[[ $output == "pcitag: domain 'd1': its machine pc-i440fx-"*" has no pcie-expander-bus, which --guest-numa needs; "* ]]
	same_as_before d1
}
