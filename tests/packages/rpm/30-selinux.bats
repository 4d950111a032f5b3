#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2317 # the stories are read by the shell of a chroot
# What the SELinux module allows, in Debian's policy compiled with it: each rule that is needed, and no other. Fedora's
# policy is not here: what only it has is declared in fedora.cil. No kernel enforces either of them here.

load helper

# The policies are compiled once for all tests: as Debian has it, and with fedora.cil, each without and with the module.
setup_file() {
	export COMPILED=$BATS_FILE_TMPDIR/compiled
	mkdir "$COMPILED"
	cp "$TOP/packaging/rpm/pcitag.cil" "$TOP/tests/packages/rpm/fedora.cil" "$TOP/tests/packages/rpm/compile" "$COMPILED/"
	"$TOP/packaging/enter" "$HOST" --share "$COMPILED" /compiled bash -eu -o pipefail /compiled/compile /compiled \
		>"$COMPILED/log" 2>&1 || { tail -n 40 "$COMPILED/log" && return 1; }
}

# SEARCH: one that policies have for the directories of all files; a compiler that optimizes leaves out the module's.
SEARCH='allow svirt_t pcitag_rom_t:dir search;'

# added KIND: the rules that the module adds, one permission a line, but SEARCH.
added() {
	comm -13 "$COMPILED/$1.without" "$COMPILED/$1.with" | grep -vxF "$SEARCH"
}

# label KIND PATH: its type.
label() {
	"$TOP/packaging/enter" "$HOST" --share "$COMPILED" /compiled \
		matchpathcon -n -f "/compiled/$1.labels" "$2" | cut -d: -f3
}

# allowed KIND <<"SOURCE TARGET CLASS PERMISSION"...: fails when one of them is not allowed, without a boolean.
allowed() {
	cat >"$COMPILED/queries"
	"$TOP/packaging/enter" "$HOST" --share "$COMPILED" /compiled python3 -c '
import setools, sys
policy = setools.SELinuxPolicy("/compiled/" + sys.argv[1] + ".policy")
missing = 0
for line in open("/compiled/queries"):
    source, target, tclass, permission = line.split()
    rules = setools.TERuleQuery(policy, ruletype=["allow"], source=source, target=target, tclass=[tclass],
                                perms=[permission]).results()
    if not any("[" not in str(rule) for rule in rules):
        print("not allowed:", line)
        missing = 1
sys.exit(missing)' "$1"
}

@test "in the reference policy: the daemon may run the hook, a guest may lower its limit, and no more" {
	diff - <(added reference) <<-'EOF'
		allow pcitag_etc_t pcitag_etc_t:filesystem associate;
		allow pcitag_hook_exec_t pcitag_hook_exec_t:filesystem associate;
		allow pcitag_rom_t pcitag_rom_t:filesystem associate;
		allow pcitag_var_run_t pcitag_var_run_t:filesystem associate;
		allow svirt_t pcitag_rom_t:file getattr;
		allow svirt_t pcitag_rom_t:file open;
		allow svirt_t pcitag_rom_t:file read;
		allow svirt_t svirt_t:process setrlimit;
		allow virtd_t pcitag_hook_exec_t:file execute;
		allow virtd_t pcitag_hook_exec_t:file execute_no_trans;
		allow virtd_t pcitag_hook_exec_t:file getattr;
		allow virtd_t pcitag_hook_exec_t:file map;
		allow virtd_t pcitag_hook_exec_t:file open;
		allow virtd_t pcitag_hook_exec_t:file read;
		type_transition unconfined_t var_lib_t:dir pcitag_rom_t rom;
		type_transition unconfined_t var_run_t:dir pcitag_var_run_t pcitag;
		type_transition virtd_t var_run_t:dir pcitag_var_run_t pcitag;
	EOF
	allowed reference <<<'svirt_t pcitag_rom_t dir search'
	run -0 comm -23 "$COMPILED/reference.without" "$COMPILED/reference.with"
	[ -z "$output" ]
}

@test "with Fedora's names: virtqemud enters the domain for hooks, by this program alone" {
	diff - <(added fedora | grep -v '^allow pcitag_') <<-'EOF'
		allow svirt_t pcitag_rom_t:file getattr;
		allow svirt_t pcitag_rom_t:file open;
		allow svirt_t pcitag_rom_t:file read;
		allow svirt_t svirt_t:process setrlimit;
		allow virt_hook_unconfined_t pcitag_hook_exec_t:file entrypoint;
		allow virt_hook_unconfined_t pcitag_hook_exec_t:file execute;
		allow virt_hook_unconfined_t pcitag_hook_exec_t:file getattr;
		allow virt_hook_unconfined_t pcitag_hook_exec_t:file map;
		allow virt_hook_unconfined_t pcitag_hook_exec_t:file open;
		allow virt_hook_unconfined_t pcitag_hook_exec_t:file read;
		allow virt_hook_unconfined_t virtqemud_t:fd use;
		allow virt_hook_unconfined_t virtqemud_t:fifo_file getattr;
		allow virt_hook_unconfined_t virtqemud_t:fifo_file read;
		allow virt_hook_unconfined_t virtqemud_t:fifo_file write;
		allow virt_hook_unconfined_t virtqemud_t:process sigchld;
		allow virtd_t pcitag_hook_exec_t:file execute;
		allow virtd_t pcitag_hook_exec_t:file execute_no_trans;
		allow virtd_t pcitag_hook_exec_t:file getattr;
		allow virtd_t pcitag_hook_exec_t:file map;
		allow virtd_t pcitag_hook_exec_t:file open;
		allow virtd_t pcitag_hook_exec_t:file read;
		allow virtqemud_t pcitag_hook_exec_t:file execute;
		allow virtqemud_t pcitag_hook_exec_t:file getattr;
		allow virtqemud_t pcitag_hook_exec_t:file map;
		allow virtqemud_t pcitag_hook_exec_t:file open;
		allow virtqemud_t pcitag_hook_exec_t:file read;
		allow virtqemud_t tmpfs_t:lnk_file relabelfrom;
		allow virtqemud_t virt_hook_unconfined_t:process transition;
		dontaudit virtqemud_t virt_hook_unconfined_t:process noatsecure;
		dontaudit virtqemud_t virt_hook_unconfined_t:process rlimitinh;
		dontaudit virtqemud_t virt_hook_unconfined_t:process siginh;
		type_transition unconfined_service_t var_run_t:dir pcitag_var_run_t pcitag;
		type_transition unconfined_t var_lib_t:dir pcitag_rom_t rom;
		type_transition unconfined_t var_run_t:dir pcitag_var_run_t pcitag;
		type_transition virt_hook_unconfined_t var_run_t:dir pcitag_var_run_t pcitag;
		type_transition virtd_t var_run_t:dir pcitag_var_run_t pcitag;
		type_transition virtqemud_t pcitag_hook_exec_t:process virt_hook_unconfined_t;
	EOF
	run -0 comm -23 "$COMPILED/fedora.without" "$COMPILED/fedora.with"
	[ -z "$output" ]
	# The hooks' domain is entered by this program alone, and by it no other domain.
	run -0 grep -E '^allow (virt_hook_unconfined_t|domain) [a-z_]+:file entrypoint' "$COMPILED/fedora.with"
	[ "$output" = 'allow virt_hook_unconfined_t pcitag_hook_exec_t:file entrypoint;' ]
	run -0 grep -E '^type_transition [a-z_]+ pcitag_hook_exec_t:process' "$COMPILED/fedora.with"
	[ "$output" = 'type_transition virtqemud_t pcitag_hook_exec_t:process virt_hook_unconfined_t;' ]
}

@test "the wrapper is an emulator, which guests and the daemon may run already" {
	[ "$(label reference /usr/bin/pcitag-qemu)" = qemu_exec_t ]
	# Into the guest's domain by it; from it to QEMU; the links; the node of the group, and its label.
	allowed reference <<-'EOF'
		virtd_t qemu_exec_t file execute
		virtd_t svirt_t process transition
		svirt_t qemu_exec_t file entrypoint
		svirt_t qemu_exec_t file execute_no_trans
		svirt_t device_t lnk_file read
		svirt_t svirt_image_t chr_file open
		svirt_t svirt_image_t chr_file ioctl
		virtd_t vfio_device_t chr_file relabelfrom
		virtd_t svirt_image_t chr_file relabelto
	EOF
}

@test "allowed tells what is not allowed" {
	run -1 allowed reference <<<'svirt_t sysfs_t file write'
	[[ $output == "not allowed: svirt_t sysfs_t file write"* ]]
}

@test "what pcitag writes has its label, wherever /run and /usr/sbin lead" {
	[ "$(label reference /etc/pcitag)" = pcitag_etc_t ]
	[ "$(label reference /etc/pcitag/registry.d/mine.ini)" = pcitag_etc_t ]
	[ "$(label reference /run/pcitag)" = pcitag_var_run_t ]
	[ "$(label reference /run/pcitag/leases/1.json)" = pcitag_var_run_t ]
	[ "$(label reference /var/lib/pcitag/rom/x.rom)" = pcitag_rom_t ]
	[ "$(label reference /var/lib/pcitag/hook-linked)" = var_lib_t ]
	[ "$(label reference /usr/sbin/pcitag-hook)" = pcitag_hook_exec_t ]
	# As Fedora 42 looks it up, and as EL 9 does.
	grep -q '^/usr/bin/pcitag-hook' "$COMPILED/reference.labels"
	grep -q '^/var/run/pcitag(' "$COMPILED/reference.labels"
	[ "$(label reference /usr/sbin/pcitag-engine)" = bin_t ]
	[ "$(label reference /etc/pcitag-other)" = etc_t ]
}

@test "a guest neither reads nor writes registry and leases, nor runs the hook" {
	# What every domain of a guest may do with every file is to look whether a directory is there.
	run -0 grep -E '^allow (svirt_t|virt_domain) (file_type|pcitag_[a-z_]*|pidfile|configfile|exec_type|non_[a-z_]*):' \
		<(grep -vxF "$SEARCH" "$COMPILED/fedora.with")
	# The ROM of its device is the one thing of pcitag's that it reads.
	[ "$output" = "\
allow svirt_t pcitag_rom_t:file getattr;
allow svirt_t pcitag_rom_t:file open;
allow svirt_t pcitag_rom_t:file read;
allow virt_domain file_type:dir getattr;
allow virt_domain file_type:dir open;
allow virt_domain file_type:dir search;
allow virt_domain file_type:filesystem getattr;" ]
}

@test "secilc compiles all modules with it, and no rule of it is one that the policy forbids" {
	cat "$COMPILED/secilc"
	grep -qx 'secilc: exit 0' "$COMPILED/secilc"
	run -1 grep -i pcitag "$COMPILED/secilc"
}
