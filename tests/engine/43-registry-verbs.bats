#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Changing the registry by command: what a start sees of it, and that no other word of it changes.

load helper

setup_file() { host_start; }
teardown_file() { host_end; }

# etc FILE: where it is, seen from here.
etc() {
	local REPLY
	host_root
	echo "$REPLY/etc/pcitag/$1"
}

D=/etc/pcitag/registry.d

setup() {
	host_reset
	registry <<<''
	settings <<<''
	remember_host
}

teardown() {
	local REPLY
	host_root
	chmod 755 "$REPLY/etc/pcitag" "$REPLY/etc/pcitag/registry.d"
	rm -f "$REPLY"/etc/pcitag/registry.d/* "$REPLY"/etc/pcitag/registry.d/.*.tmp "$REPLY/etc/pcitag/registry.ini"
	host_reset
}

@test "define, types, a start, undefine refused while it runs, release, undefine" {
	run -0 pcitag define Edu npu 1234 11e8
	[ "${lines[0]}" = "Edu is defined, in $D/Edu.ini" ]
	[ "${lines[1]}" = "4 devices of this host match it, 4 free: $NPU1, $NPU2, $NPU3, $NPU4" ]
	[ "${lines[2]}" = "next: pcitag add DOMAIN npu, or Edu for exactly this model" ]
	[ "$(stat -c '%a %U' "$(etc registry.d/Edu.ini)")" = "644 root" ]
	diff "$(etc registry.d/Edu.ini)" - <<-'END'
		# Written by pcitag define; pcitag undefine Edu takes it away.
		[Edu]
		type      = npu
		vendor    = 1234
		device    = 11e8
	END
	run -0 pcitag types
	[[ ${lines[1]} =~ ^npu\ +Edu\ +4\ +4\ +$D/Edu.ini:2$ ]]

	prepare vm npu
	run -1 pcitag undefine Edu
	[ "$output" = "pcitag: undefine: devices of Edu are assigned: $NPU1 to domain vm; shut these domains down first, or assign no more of them with pcitag disable --drain Edu" ]
	release vm

	run -0 pcitag undefine Edu
	[ "${lines[0]}" = "Edu is gone, and with it its file $D/Edu.ini" ]
	[ "${lines[1]}" = "no model of type npu is left: a domain that asks for one will not start" ]
	[ ! -e "$(etc registry.d/Edu.ini)" ]
	run -1 prepare vm npu
	[[ $output == *"the registry is empty"* ]]
	nothing_touched
}

@test "define takes every narrowing key" {
	pcitag define Dual dual 0x8086 0x10D3 --address '0000:07:00.* 0000:05:00.0' --exclude 0000:05:00.0 \
		--class 0200 --hosts '*' --functions all
	diff <(sed 1d "$(etc registry.d/Dual.ini)") - <<-'END'
		[Dual]
		type      = dual
		vendor    = 8086
		device    = 10d3
		class     = 0200
		address   = 0000:07:00.*, 0000:05:00.0
		exclude   = 0000:05:00.0
		hosts     = *
		functions = all
	END
	[ "$(pcitag list --json | jq -c '[.devices[].address]')" = "[\"$DUAL0\",\"$DUAL1\"]" ]
}

@test "the same definition again changes nothing; another one replaces it" {
	local file before_ino
	file=$(etc registry.d/Edu.ini)
	pcitag define Edu npu 1234 11e8
	before_ino=$(stat -c %i "$file")
	run -0 pcitag define Edu npu 0x1234 11E8 --functions one
	[ "${lines[0]}" = "Edu is defined so already, in $D/Edu.ini; nothing is changed" ]
	[ "$(stat -c %i "$file")" = "$before_ino" ]
	run -0 pcitag define Edu accel 1234 11e8
	[ "${lines[0]}" = "Edu is defined anew, in $D/Edu.ini" ]
	[ "$(pcitag types --json | jq -c '[.models[] | [.type, .model]]')" = '[["accel","Edu"]]' ]
}

@test "a definition that is in use is not replaced, nor does define switch a disabled model on" {
	pcitag define Edu npu 1234 11e8
	prepare vm npu
	run -1 pcitag define Edu accel 1234 11e8
	[[ $output == "pcitag: define: devices of Edu are assigned: $NPU1 to domain vm; shut"* ]]
	run -0 pcitag define Edu npu 1234 11e8
	release vm
	pcitag disable Edu
	run -0 pcitag define Edu accel 1234 11e8
	[ "${lines[1]}" = "it is disabled; pcitag enable Edu" ]
	[ "${lines[2]%%: 0000*}" = "4 devices of this host match it, none free" ]
	[ "$(pcitag types --json | jq -c '.models[0] | [.type, .enabled]')" = '["accel",false]' ]
}

@test "define says it when this host has no such device, and why none is free" {
	run -0 pcitag define Ghost gpu 10de 20b7
	[ "${lines[1]}" = "no device of this host matches it: no device of this host has the ids 10de:20b7; compare with pcitag probe" ]
	run -0 pcitag define Narrow nic 8086 10d3 --address 0000:0b:00.0
	[ "${lines[1]}" = "no device of this host matches it: 4 here with the ids 8086:10d3, but its key address fits none; compare with pcitag probe" ]
	run -0 pcitag define Away npu 1234 11e8 --hosts elsewhere --address $NPU1
	[ "${lines[1]}" = "1 device of this host matches it, none free: $NPU1: its model is for other hosts (key hosts in the registry)" ]
}

@test "define refuses what the registry would refuse, in words for whoever types" {
	registry <<<$'[Edu]\ntype = npu\nvendor = 1234\ndevice = 11e8\n'
	remember_host
	refuses() {
		local message=$1
		shift
		run -1 pcitag define "$@"
		refused "define: $message"
		[ -z "$(ls "$(etc registry.d)")" ]
	}
	refuses "vendor: invalid id 10dg; write the 4 hex digits that lspci -nn shows in brackets, not a name" A gpu 10dg 20b7
	refuses "device = 0x030200 has 6 digits: that is a class code, not an id; write the 4 digits lspci -nn shows in brackets, and class = 0302 to narrow by class" A gpu 10de 0x030200
	refuses "invalid model name [a.b]; write 1 to 48 letters, digits, - and _" a.b gpu 10de 20b7
	refuses "[gpu] has the name of its own type; a name is either a type or a model, rename one of the two" gpu gpu 10de 20b7
	refuses "model npu has the name of a type, which [Edu] at /etc/pcitag/registry.ini:1 uses; a name is either a type or a model, rename one of the two" npu gpu 10de 20b7
	refuses "type Edu of [A] is the name of the model at /etc/pcitag/registry.ini:1; a name is either a type or a model, rename one of the two" A Edu 10de 20b7
	refuses "model Edu is already at /etc/pcitag/registry.ini:1; edit it there, or pcitag undefine Edu first" Edu npu 1234 11e8
	refuses "driver: e1000e is not a VFIO driver, and only a VFIO driver hands a device to a guest; delete the line for vfio-pci, write the VFIO variant for this device, such as mlx5_vfio_pci, or keep if the vendor's own driver, such as that of NVIDIA vGPU, has it and stays" A gpu 10de 20b7 --driver e1000e
	refuses "address makes a line of 220 characters, 197 are the most; shorten it, with * in patterns or a second model of the same type" \
		A gpu 10de 20b7 --address "$(printf '0000:%02x:00.0 ' {1..15})"
	run -1 pcitag define A gpu 10de 20b7 --hosts $'a\n[Evil]\ntype=x'
	nothing_touched
	[ -z "$(ls "$(etc registry.d)")" ]
}

@test "define leaves a file alone that is somebody else's" {
	local file
	file=$(etc registry.d/A.ini)
	printf '[B]\ntype = t\nvendor = 1\n' >"$file"
	run -1 pcitag define A gpu 10de 20b7
	[ "$output" = "pcitag: $D/A.ini:3: vendor = 1 has 1 digit; an id has 4 hex digits, as lspci -nn shows in brackets" ]
	printf '[B]\ntype = t\nvendor = 0001\ndevice = 0001\n' >"$file"
	run -1 pcitag define A gpu 10de 20b7
	[ "$output" = "pcitag: define: $D/A.ini is there and holds something else than [A] alone; give it another name, or edit it by hand" ]
	printf '[A]\ntype = t\nvendor = 0001\ndevice = 0001\nforce = 0000:01:00.0\n' >"$file"
	run -1 pcitag define A gpu 10de 20b7
	[ "$output" = "pcitag: define: $D/A.ini:1 has the key force, which would be lost; edit it by hand" ]
	[ "$(wc -l <"$file")" -eq 5 ]
}

# A registry.ini with everything that an editor could trip over.
shared_registry() {
	printf '%b' '\xef\xbb\xbf# This host: node-7\r\n\r\n# Accelerators\r\n[Edu]   ; the card\r\n' \
		'\ttype = npu\r\n\tvendor = 1234 # QEMU\r\n\tdevice = 11e8\r\n\r\n' \
		'#[Old]\r\n#type = npu\r\n\r\n; the two Intel\n; on the board\n[Intel-82574L]\ntype   = nic\n' \
		'vendor = 8086\ndevice = 10d3\nenabled = yes ; today\n\n# the last\n[Intel-82540EM]\ntype = old-nic\n' \
		'vendor = 8086\ndevice = 100e'
}

@test "undefine cuts one section out of a shared file, and not a byte more" {
	shared_registry | registry
	run -0 pcitag undefine Intel-82574L
	[ "${lines[0]}" = "Intel-82574L is gone from /etc/pcitag/registry.ini" ]
	diff <(shared_registry | perl -0pe 's/; the two Intel.*?# the last/# the last/s') "$(etc registry.ini)"
	pcitag undefine Intel-82540EM
	pcitag undefine Edu
	[ "$(od -An -c "$(etc registry.ini)" | tr -d ' \n')" = \
		'357273277#Thishost:node-7\r\n\r\n#[Old]\r\n#type=npu\r\n' ]
	run -1 pcitag undefine Edu
	[ "$output" = "pcitag: undefine: the registry is empty" ]
}

@test "disable and enable change one value, and not a byte more" {
	shared_registry | registry
	run -0 pcitag disable Intel-82574L
	[ "$output" = "Intel-82574L is disabled, in /etc/pcitag/registry.ini" ]
	diff <(shared_registry | sed 's/enabled = yes ; today/enabled = no ; today/') "$(etc registry.ini)"
	run -1 prepare vm nic
	[[ $output == *"$NIC1: its model has enabled = no in the registry"* ]]
	run -0 pcitag disable Intel-82574L
	[ "$output" = "Intel-82574L is disabled already, in /etc/pcitag/registry.ini; nothing is changed" ]
	run -0 pcitag enable Intel-82574L
	[ "${lines[0]}" = "Intel-82574L is enabled, in /etc/pcitag/registry.ini" ]
	[[ ${lines[1]} == "4 devices of this host match it, 4 free: $NIC1, "* ]]
	diff <(shared_registry) "$(etc registry.ini)"

	pcitag disable Edu
	diff <(shared_registry | perl -0pe 's/(\tdevice = 11e8\r\n)/$1\tenabled = no\r\n/') "$(etc registry.ini)"
	pcitag disable Intel-82540EM
	[ "$(tail -c 26 "$(etc registry.ini)")" = $'device = 100e\nenabled = no' ]
	[ "$(pcitag types --json | jq -c '[.models[].enabled]')" = '[false,true,false]' ]
}

@test "disable waits for no domain: it is refused, or with --drain they keep their devices" {
	lab_registry
	prepare vm npu
	prepare other npu
	run -1 pcitag disable Edu
	[ "$output" = "pcitag: disable: devices of Edu are assigned: $NPU1 to domain vm, $NPU2 to domain other; shut these domains down first, or assign no more of them with pcitag disable --drain Edu" ] ||
		[ "$output" = "pcitag: disable: devices of Edu are assigned: $NPU2 to domain other, $NPU1 to domain vm; shut these domains down first, or assign no more of them with pcitag disable --drain Edu" ]
	run -0 pcitag disable --drain Edu
	[ "${lines[0]}" = "Edu is disabled, in /etc/pcitag/registry.ini" ]
	[[ $output == *$'\n'"domain vm keeps $NPU1 until it ends"* ]]
	[ "$(driver_of $NPU1)" = vfio-pci ]
	run -1 prepare third npu
	release vm
	release other
	[ "$(driver_of $NPU1)" = - ]
	run -1 prepare vm npu
	pcitag enable Edu
	prepare vm npu
	release vm
}

@test "a quarantined device counts as assigned" {
	lab_registry
	prepare vm npu
	hold_group "$(group_of $NPU1)"
	settings <<<$'[pcitag]\nrelease_timeout = 1\n'
	release vm
	lease_says vm quarantined
	run -1 pcitag undefine Edu
	[[ $output == *"assigned: $NPU1 to domain vm (quarantined, see pcitag leases); shut"* ]]
	drop_holder
	pcitag reconcile
}

@test "an unreadable lease refuses what it might stand against, and not a new definition" {
	lab_registry
	prepare vm npu
	damage_lease vm
	for verb in undefine disable; do
		run -1 pcitag $verb Edu
		[[ $output == "pcitag: lease "*"cannot be understood"* ]]
	done
	run -1 pcitag disable --drain Dual-82574L
	[[ $output == "pcitag: lease "*"cannot be understood"* ]]
	pcitag define New new 1af4 1041 || [ $? -eq 3 ]
	[ -e "$(etc registry.d/New.ini)" ]
}

@test "an unknown model, a type in its place, a mistake elsewhere" {
	lab_registry
	run -1 pcitag disable Edo
	[ "$output" = "pcitag: disable: the registry has no model Edo; its models are: Edu, Intel-82574L, Dual-82574L, Intel-82540EM, Whole-82574L" ]
	run -1 pcitag undefine nic
	[ "$output" = "pcitag: undefine: nic is a type; name one of its models: Intel-82574L" ]
	echo 'typ = x' >>"$(etc registry.ini)"
	for verb in undefine enable disable; do
		run -1 pcitag $verb Edu
		[ "$output" = "pcitag: /etc/pcitag/registry.ini:$(wc -l <"$(etc registry.ini)"): unknown key typ; write type if that is meant" ]
	done
}

@test "owner and mode of a file that is edited stay" {
	lab_registry
	chown 4711:4712 "$(etc registry.ini)"
	chmod 664 "$(etc registry.ini)"
	pcitag disable Edu
	[ "$(stat -c '%u:%g %a' "$(etc registry.ini)")" = "4711:4712 664" ]
	pcitag undefine Edu
	[ "$(stat -c '%u:%g %a' "$(etc registry.ini)")" = "4711:4712 664" ]
}

@test "a link is not followed, and no file takes its place" {
	local target
	machine_registry | registry
	target=$(etc registry.ini)
	mv "$target" "$(etc shared.ini)"
	ln -s shared.ini "$target"
	for verb in disable undefine; do
		run -1 pcitag $verb Edu
		[ "$output" = "pcitag: /etc/pcitag/registry.ini is a link, and a file would take its place; edit by hand what it leads to" ]
	done
	[ -L "$target" ]
	rm -f "$target" "$(etc shared.ini)"
}

@test "a directory that others may write to is refused" {
	chmod 775 "$(etc registry.d)"
	run -1 pcitag define Edu npu 1234 11e8
	[ "$output" = "pcitag: $D must be owned by root and writable by root only" ]
	[ -z "$(ls -A "$(etc registry.d)")" ]
}

@test "a disk that takes no writes: one line, nothing half written" {
	lab_registry
	[[ -n ${PRETEND_PID-} ]] || return 0
	# On a file system of its own: full, then read-only.
	in_pretend mount -t tmpfs -o size=8k,mode=755 tmpfs /etc/pcitag/registry.d
	in_pretend dd if=/dev/zero of=/etc/pcitag/registry.d/filler bs=4k count=2 status=none || true
	run -1 pcitag define Edu2 npu 1234 11e9
	full=$output
	[ "$(in_pretend ls -A /etc/pcitag/registry.d)" = filler ]
	in_pretend mount -o remount,ro /etc/pcitag/registry.d
	run -1 pcitag define Edu2 npu 1234 11e9
	[ "$(in_pretend ls -A /etc/pcitag/registry.d)" = filler ]
	in_pretend umount /etc/pcitag/registry.d
	[ "$full" = "pcitag: cannot write $D/Edu2.ini: .Edu2.ini.tmp: write failed: No space left on device" ]
	[ "$output" = "pcitag: cannot write $D/Edu2.ini: cannot create .Edu2.ini.tmp: Read-only file system" ]
}

@test "editors at the same time lose nothing of one another" {
	local i pids=()
	for i in {1..8}; do
		printf '[M%d]\ntype = t\nvendor = 1234\ndevice = 000%d\n\n' "$i" "$i"
	done | registry
	for i in {1..8}; do
		pcitag disable "M$i" >/dev/null 3>&- &
		pids+=($!)
		pcitag define "N$i" "u$i" 1234 "100$i" >/dev/null 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i"; done
	[ "$(pcitag types --json | jq -c '[.models[] | select(.enabled | not)] | length')" = 8 ]
	[ "$(pcitag types --json | jq -c '.models | length')" = 16 ]
}

@test "two definitions that contradict each other: one of them wins" {
	local a b
	for _ in {1..5}; do
		pcitag define Left Right 1234 11e8 >/dev/null 2>&1 3>&- &
		a=$!
		pcitag define Right Left 1234 11e8 >/dev/null 2>&1 3>&- &
		b=$!
		wait $a && a=0 || a=1
		wait $b && b=0 || b=1
		[ $((a + b)) -eq 1 ]
		run -0 pcitag types
		[ "${#lines[@]}" -eq 2 ]
		rm "$(etc registry.d)"/*.ini
	done
}

@test "--json says what was done" {
	run -0 pcitag define --json Edu npu 1234 11e8
	[ "$(jq -c '[.version, .model, .type, .file, .outcome, .enabled]' <<<"$output")" = \
		"[1,\"Edu\",\"npu\",\"$D/Edu.ini\",\"added\",true]" ]
	[ "$(jq -c '[.devices[] | [.address, .state]] | .[0]' <<<"$output")" = "[\"$NPU1\",\"free\"]" ]
	[ "$(pcitag define --json Edu npu 1234 11e8 | jq -r .outcome)" = unchanged ]
	prepare vm npu
	run -0 pcitag disable --drain --json Edu
	[ "$(jq -c '[.outcome, .enabled, .users]' <<<"$output")" = \
		"[\"switched\",false,[{\"domain\":\"vm\",\"address\":\"$NPU1\"}]]" ]
	release vm
	[ "$(pcitag enable --json Edu | jq -c '[.outcome, .enabled, (.devices | length)]')" = '["switched",true,4]' ]
	[ "$(pcitag undefine --json Edu | jq -c '[.outcome, .file]')" = "[\"removed\",\"$D/Edu.ini\"]" ]
}

@test "changing the registry is for root" {
	for verb in "define A b 1234 11e8" "undefine A" "enable A" "disable A"; do
		# shellcheck disable=SC2086 # words
		run -1 in_pretend setpriv --reuid=nobody --regid=nogroup --clear-groups /usr/sbin/pcitag $verb
		[ "$output" = "pcitag: ${verb%% *} changes the registry: run it as root" ]
	done
}
