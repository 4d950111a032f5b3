#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the host uses is not taken from it: before anything is changed, on the whole group, by name.

load helper

BMC=0000:00:02.0

setup_file() {
	pretend_host lab
	guard_registry
}

teardown_file() { pretend_end; }

# guard_registry [LINE]: a disk, cards and a sound device; LINE is added to each section.
guard_registry() {
	settings <<<''
	registry <<-EOF
		[QEMU-NVMe]
		type = ssd
		vendor = 1b36
		device = 0010
		${1-}

		[Intel-82574L]
		type = nic
		vendor = 8086
		device = 10d3
		address = $NIC2
		${1-}

		[Dual-82574L]
		type = dual
		vendor = 8086
		device = 10d3
		address = $DUAL0
		${1-}

		[Console]
		type = console
		vendor = 1a03
		device = 2000
		${1-}
	EOF
}

setup() {
	pretend_reset
	remember_host
}

teardown() {
	[[ -z ${BUSY_PID-} ]] || kill "$BUSY_PID" 2>/dev/null || true
	[[ -z ${LOGIND_PID-} ]] || kill "$LOGIND_PID" 2>/dev/null || true
	[[ -z ${LOGIND_PID-} ]] || in_pretend umount -q "/proc/$LOGIND_PID/cgroup" || true
	in_pretend umount -q /mnt || true
	[[ ! -e $BATS_TEST_TMPDIR/bpf ]] || umount "$BATS_TEST_TMPDIR/bpf"
	ip link del pcitest 2>/dev/null || true
	[[ -z ${CONTAINER_PID-} ]] || kill "$CONTAINER_PID" 2>/dev/null || true
}

# not_given REQUEST ADDRESS WHY: a domain that asks for it is not started.
not_given() {
	run prepare vm "$1"
	[[ $output == *"request $1: "*"$2: $3"* ]] || { echo "$output"; return 1; }
	[ "$status" -eq 1 ]
	nothing_touched
	[ "$(writes)" = '' ]
}

# is_busy: the process is there, and no shell any more.
is_busy() { [[ $(<"/proc/$BUSY_PID/comm") == sleep ]]; }

# mounted: a file system, and the number of the device that it is on.
mounted() {
	in_pretend mount -t tmpfs pretend-disk /mnt
	in_pretend awk '$5 == "/mnt" { print $3 }' /proc/self/mountinfo
}

@test "a mounted disk is given when it is unmounted" {
	ctl set "$NVME" "block=nvme0n1@$(mounted)"
	not_given ssd "$NVME" 'is used by the host: disk nvme0n1 is mounted on /mnt'
	in_pretend umount /mnt
	prepare vm ssd
	[ "$(driver_of "$NVME")" = vfio-pci ]
	release vm
	nothing_touched
}

@test "a mounted partition" {
	ctl set "$NVME" "partition=nvme0n1p1@$(mounted)"
	not_given ssd "$NVME" 'is used by the host: disk nvme0n1p1 is mounted on /mnt'
}

@test "a partition table alone is no use" {
	ctl set "$NVME" partition=nvme0n1p1
	prepare vm ssd
	release vm
	nothing_touched
}

@test "a disk that is part of an array" {
	ctl set "$NVME" holder=md0
	not_given ssd "$NVME" 'is used by the host: disk nvme0n1 is part of md0'
}

@test "a network card with an address, in the network of the host" {
	ctl set "$NIC2" net=lo
	not_given nic "$NIC2" 'is used by the host: interface lo has the address 127.0.0.1'
}

# interface: a real one, in the network of this file alone, that a card of the pretend host has.
interface() {
	ip link add pcitest type veth peer name pcitest-peer
	ip link set pcitest addrgenmode none
	ip link set pcitest-peer addrgenmode none up
	ip link set pcitest up
	ctl set "$NIC2" net=pcitest
}

# given: nothing keeps a domain from getting the card.
given() {
	prepare vm nic
	[ "$(driver_of "$NIC2")" = vfio-pci ]
	release vm
	nothing_touched
	ctl clear
}

@test "a network card whose address has a label" {
	interface
	given
	ip address add 192.0.2.7/32 label pcitest:7 dev pcitest
	not_given nic "$NIC2" 'is used by the host: interface pcitest has the address 192.0.2.7'
}

@test "a network card with an IPv6 address, but not with a link-local one" {
	interface
	ip address add fe80::7/64 dev pcitest nodad
	given
	ip address add 2001:db8::7/128 dev pcitest nodad
	not_given nic "$NIC2" 'is used by the host: interface pcitest has the address 2001:db8::7'
}

@test "a network card that a route of another table leads to" {
	interface
	ip route add 198.51.100.0/24 dev pcitest table 77
	not_given nic "$NIC2" 'is used by the host: interface pcitest carries the route to 198.51.100.0/24 of table 77'
	ip route del 198.51.100.0/24 dev pcitest table 77
	given
}

# listen PROTOCOL [TYPE [FILTER...]]: a packet socket on the card's interface, SOCK_RAW (3) or SOCK_DGRAM (2);
# each FILTER is CODE:JT:JF:K of a classic BPF program.
listen() {
	local index
	index=$(ip -oneline link show pcitest)
	index=${index%%:*}
	perl -e '
		use Socket;
		my ($protocol, $type, $index, $done, @filter) = @ARGV;
		$protocol = hex $protocol;
		socket(S, 17, $type || 3, 0) or die "socket: $!";
		if (@filter) {
			my $program = join "", map { my @f = split /:/; pack("SCCL", map { oct } @f) } @filter;
			setsockopt(S, 1, 26, pack("Sx6P", scalar @filter, $program)) or die "filter: $!";
		}
		bind(S, pack("SnlSCCa8", 17, $protocol, $index, 0, 0, 0, "")) or die "bind: $!";
		open(D, ">", $done); close(D);
		sleep 600' \
		"$1" "${2-3}" "$index" "$BATS_TEST_TMPDIR/listens.$1" "${@:3}" 3>&- &
	BUSY_PID=$!
	soon test -e "$BATS_TEST_TMPDIR/listens.$1"
}

# As oct() of perl reads numbers.
accept_all=0x06:0:0:0xffffffff
dhcp_alone=(0x30:0:0:0x09 0x15:0:3:0x11 0x28:0:0:0x16 0x15:0:1:0x44 "$accept_all" 0x06:0:0:0)

@test "a network card that PPPoE, EtherCAT, PTP or a sniffer listens on" {
	local protocol
	interface
	for protocol in 8863 88a4 88f7; do
		listen "$protocol"
		not_given nic "$NIC2" "is used by the host: interface pcitest is listened to by a packet socket for protocol $protocol"
		kill "$BUSY_PID"
		wait "$BUSY_PID" || true
	done
	listen 0003
	not_given nic "$NIC2" 'is used by the host: interface pcitest is listened to by a packet socket'
	kill "$BUSY_PID"
	wait "$BUSY_PID" || true
	given
}

@test "an idle cable that ARP, LLDP and EAPOL are listened for on" {
	local protocol pids=()
	interface
	for protocol in 0806 88cc 888e 88c7; do
		listen "$protocol"
		pids+=("$BUSY_PID")
	done
	given
	kill "${pids[@]}"
	BUSY_PID=
}

@test "an idle cable that a DHCP client waits on" {
	interface
	listen 0800 2 "${dhcp_alone[@]}"
	given
}

@test "a network card that is listened to for all of IPv4" {
	interface
	listen 0800 2 "$accept_all"
	not_given nic "$NIC2" 'is used by the host: interface pcitest is listened to by a packet socket for protocol 0800'
}

@test "a network card with a filter of traffic control" {
	interface
	tc qdisc add dev pcitest clsact
	given
	tc filter add dev pcitest ingress protocol ip u32 match u32 0 0 flowid 1:1
	not_given nic "$NIC2" 'is used by the host: interface pcitest has a filter of traffic control'
}

@test "a network card with a filter of a block that interfaces share" {
	interface
	tc qdisc add dev pcitest ingress_block 22 clsact
	tc qdisc add dev pcitest-peer ingress_block 22 clsact
	given
	tc filter add block 22 protocol ip u32 match u32 0 0 flowid 1:1
	not_given nic "$NIC2" 'is used by the host: interface pcitest has a filter of traffic control'
}

@test "a network card with a filter of a queueing discipline, but not with that alone" {
	interface
	tc qdisc add dev pcitest root handle 7: htb
	given
	tc filter add dev pcitest parent 7: protocol ip u32 match u32 0 0 flowid 7:1
	not_given nic "$NIC2" 'is used by the host: interface pcitest has a filter of traffic control'
}

# program TYPE RESULT: an eBPF program of this type (bpf(2): BPF_PROG_LOAD, BPF_OBJ_PIN) that returns RESULT, pinned
# as "program".
program() {
	mkdir "$BATS_TEST_TMPDIR/bpf"
	mount -t bpf bpf "$BATS_TEST_TMPDIR/bpf"
	perl -e '
		my $program = pack("CCsl" x 2, 0xb7, 0, 0, $ARGV[1], 0x95, 0, 0, 0);
		my $attr = pack("LLPPLLQLLa16LL", $ARGV[0], 2, $program, "GPL", 0, 0, 0, 0, 0, "", 0, 0);
		my $fd = syscall(321, 5, $attr, length $attr);
		$fd >= 0 or die "load: $!";
		$attr = pack("PLL", $ARGV[2], $fd, 0);
		syscall(321, 6, $attr, length $attr) == 0 or die "pin: $!"' "$1" "$2" "$BATS_TEST_TMPDIR/bpf/program"
}

@test "a network card with an XDP program" {
	local mode
	interface
	program 6 2 # XDP_PASS
	for mode in xdpgeneric xdpdrv; do
		ip link set dev pcitest $mode pinned "$BATS_TEST_TMPDIR/bpf/program"
		not_given nic "$NIC2" 'is used by the host: interface pcitest has an XDP program'
		ip link set dev pcitest $mode off
		given
	done
}

# tcx COMMAND ATTACH_TYPE: attaches the pinned program to the card's interface (8, BPF_PROG_ATTACH) or
# detaches it (9); BPF_TCX_INGRESS is 46, BPF_TCX_EGRESS is 47.
tcx() {
	local index
	index=$(ip -oneline link show pcitest)
	perl -e '
		my ($command, $type, $index, $path) = @ARGV;
		my $attr = pack("PLL", $path, 0, 0);
		my $fd = syscall(321, 7, $attr, length $attr);
		$fd >= 0 or die "open: $!";
		$attr = pack("LLLLLLQ", $index, $fd, $type, 0, 0, 0, 0);
		syscall(321, $command + 0, $attr, length $attr) == 0 or die "attach: $!"' \
		"$1" "$2" "${index%%:*}" "$BATS_TEST_TMPDIR/bpf/program"
}

@test "a network card with a program of traffic control that no discipline holds" {
	local type
	interface
	program 3 -1 # BPF_PROG_TYPE_SCHED_CLS, TCX_NEXT
	for type in 46 47; do
		tcx 8 $type
		not_given nic "$NIC2" 'is used by the host: interface pcitest has a tcx program'
		tcx 9 $type
		given
	done
}

# container: a network namespace with a process.
container() {
	unshare --net sleep 600 3>&- &
	CONTAINER_PID=$!
	soon in_other_network
}

in_other_network() { [[ $(readlink "/proc/$CONTAINER_PID/ns/net") != "$(readlink /proc/self/ns/net)" ]]; }

in_container() { nsenter --net --target "$CONTAINER_PID" -- "$@"; }

@test "a network card below an interface that has been moved into a container" {
	interface
	container
	ip link add pcimac link pcitest type macvlan mode bridge
	ip link set pcimac netns "$CONTAINER_PID"
	not_given nic "$NIC2" 'is used by the host: interface pcitest carries pcimac of another network namespace'
	in_container ip link del pcimac
	given
}

@test "a network card below an interface that was made in a container" {
	interface
	container
	ip link add link pcitest name pcimac netns "$CONTAINER_PID" type macvlan mode bridge
	not_given nic "$NIC2" 'is used by the host: interface pcitest carries pcimac of another network namespace'
	in_container ip link del pcimac
	given
}

@test "a network card below an interface of a namespace without a process" {
	interface
	in_pretend ip netns add pcitest
	in_pretend ip netns exec pcitest ip link set lo up
	in_pretend ip link add link pcitest name pcimac netns pcitest type macvlan mode bridge
	not_given nic "$NIC2" 'is used by the host: interface pcitest carries pcimac of another network namespace'
	in_pretend ip netns del pcitest
	given
}

@test "a network card, and a process that does not tell in which network namespace it is" {
	interface
	sleep 60 9</dev/null 3>&- &
	BUSY_PID=$!
	in_pretend mount --bind "/sys/bus/pci/devices/$BEHIND1" "/proc/$BUSY_PID/ns"
	ctl stall list "*/$BEHIND1/net" '*'
	not_given nic "$NIC2" "is used by the host: process $BUSY_PID does not tell in time whether interface pcitest carries one of its own"
	ctl release
	in_pretend umount -l "/proc/$BUSY_PID/ns"
	given
}

# hidden: runs COMMAND in a network namespace that is held by a descriptor alone.
hidden() {
	nsenter --net=/proc/self/fd/7 -- "$@"
}

@test "a network card below a macvlan of a namespace that is nowhere to be found" {
	interface
	container
	exec 7<"/proc/$CONTAINER_PID/ns/net"
	kill "$CONTAINER_PID"
	wait "$CONTAINER_PID" || true
	ip link add link pcitest name pcimac netns /proc/self/fd/7 address 02:00:00:00:00:07 type macvlan mode bridge
	hidden ip link set pcimac up
	not_given nic "$NIC2" 'is used by the host: interface pcitest has a second hardware address, 02:00:00:00:00:07'
	hidden ip link del pcimac
	ip link add link pcitest name pcimac netns /proc/self/fd/7 type macvlan mode passthru
	hidden ip link set pcimac up
	not_given nic "$NIC2" 'is used by the host: interface pcitest receives all packets (is promiscuous)'
	hidden ip link del pcimac
	exec 7<&-
	given
}

@test "a network card in a bridge, or with a VLAN" {
	ctl set "$NIC2" master=br0
	not_given nic "$NIC2" 'is used by the host: interface pnet2 is part of br0'
	ctl set "$NIC2" master= upper=pnet2.7
	not_given nic "$NIC2" 'is used by the host: interface pnet2 carries pnet2.7'
}

@test "a network card that a container has" {
	ctl set "$NIC2" net=pnet2:away
	not_given nic "$NIC2" 'is used by the host: its network interface is in another network namespace'
}

@test "another member of the group" {
	ctl set "$DUAL1" net=lo
	not_given dual "$DUAL0" \
		"$DUAL1 of its group $(group_of "$DUAL0") is used by the host: interface lo has the address 127.0.0.1"
}

@test "a device that a process has open" {
	ctl set "$NIC2" char=sound/pcmC0D0p@1:7
	sleep 30 9</dev/full 3>&- &
	BUSY_PID=$!
	soon is_busy
	not_given nic "$NIC2" "is used by the host: process $BUSY_PID (sleep) has /dev/sound/pcmC0D0p open"
}

# keyboard: the card has one below it, which systemd-logind has open, as its control group tells.
keyboard() {
	ctl set "$NIC2" char=input/event5@1:7
	sleep 60 9</dev/full 3>&- &
	LOGIND_PID=$!
	soon is_named "$LOGIND_PID" sleep
	echo '0::/system.slice/systemd-logind.service' >"$BATS_TEST_TMPDIR/cgroup"
	in_pretend mount --bind "$BATS_TEST_TMPDIR/cgroup" "/proc/$LOGIND_PID/cgroup"
	KEYBOARD="is used by the host: a keyboard or mouse of the console is below it (process $LOGIND_PID (sleep) has /dev/input/event5 open)"
}

is_named() { [[ $(<"/proc/$1/comm") == "$2" ]]; }

@test "the keyboard of the console, and the key that assigns it" {
	keyboard
	not_given nic "$NIC2" "$KEYBOARD"
	run -0 pcitag show "$NIC2"
	[[ $output == *$'\n'"to do        end that use, or write lend_console_input = yes into the section of its model, if the console can do without; its disks and network cards stay guarded"* ]]
	guard_registry 'lend_console_input = no'
	not_given nic "$NIC2" "$KEYBOARD"
	guard_registry 'lend_console_input = yes'
	prepare vm nic
	[ "$(driver_of "$NIC2")" = vfio-pci ]
	release vm
	guard_registry
	nothing_touched
}

@test "lend_console_input does not assign a network card that is in use, nor a mounted disk" {
	keyboard
	guard_registry 'lend_console_input = yes'
	ctl set "$NIC2" net=lo
	not_given nic "$NIC2" 'is used by the host: interface lo has the address 127.0.0.1'
	ctl set "$NVME" char=input/event5@1:7 "block=nvme0n1@$(mounted)"
	not_given ssd "$NVME" 'is used by the host: disk nvme0n1 is mounted on /mnt'
	in_pretend umount /mnt
	prepare vm ssd
	release vm
	guard_registry
	nothing_touched
}

@test "lend_console_input does not assign what another process has open as well, which is named instead" {
	keyboard
	sleep 60 9</dev/full 3>&- &
	BUSY_PID=$!
	soon is_busy
	not_given nic "$NIC2" "is used by the host: process $BUSY_PID (sleep) has /dev/input/event5 open"
	guard_registry 'lend_console_input = yes'
	not_given nic "$NIC2" "is used by the host: process $BUSY_PID (sleep) has /dev/input/event5 open"
	kill "$BUSY_PID"
	wait "$BUSY_PID" || true
	prepare vm nic
	release vm
	guard_registry
	nothing_touched
}

@test "the console of a management controller" {
	ctl set "$BMC" vendor=1a03 device=2000 class=030000
	not_given console "$BMC" "is the console of the host's management controller"
}

@test "list and plan say it, too" {
	ctl set "$NVME" holder=md0
	run -0 pcitag list
	[[ $output == *"$NVME"*unavailable*'is used by the host: disk nvme0n1 is part of md0'* ]]
	run -1 pcitag plan - < <(domain_xml vm ssd)
	[[ $output == *"$NVME: is used by the host: disk nvme0n1 is part of md0"* ]]
	nothing_touched
}

@test "what libvirt's domains have is not looked at again" {
	prepare one ssd
	ctl set "$NVME" holder=md0
	run -1 prepare two ssd
	[[ $output == *"$NVME: its group "*" belongs to domain one" ]]
	ctl set "$NVME" holder=
	release one
	nothing_touched
}

@test "force, for this device, gets past it" {
	ctl set "$NVME" holder=md0
	guard_registry "force = $NIC2"
	not_given ssd "$NVME" 'is used by the host: disk nvme0n1 is part of md0'
	guard_registry "force = $NVME"
	prepare vm ssd
	[ "$(driver_of "$NVME")" = vfio-pci ]
	release vm
	guard_registry
	nothing_touched
}

@test "what cannot be read is not given" {
	ctl fail read '*/nvme0n1/dev' 1 EIO
	run prepare vm ssd
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: domain 'vm': cannot see what the host uses $NVME for: cannot read /sys/bus/pci/devices/$NVME/nvme/nvme0/nvme0n1/dev: Input/output error" ]
	nothing_touched
}
