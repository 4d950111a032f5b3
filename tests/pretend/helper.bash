# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Functions for bats files that run on a pretend host. Typical use:
#
#	load ../pretend/helper
#	setup_file() { pretend_host plain; }      # once: 0.1 s; PRETEND_INSTALL is the DESTDIR
#	setup() { pretend_reset; }                # each test: a few milliseconds
#	teardown_file() { pretend_end; }
#
#	@test "a release returns what prepare took" {
#		before=$(snapshot)
#		in_pretend ...
#		[ "$(snapshot)" = "$before" ]
#	}
#
# The functions that read the state (driver_of, override_of, snapshot, ...) also work on a real kernel, as
# root, when no pretend host was started.
#
# Every test calls these functions many times, and starting processes takes most of the time of tests.
# Therefore bash does the work itself where it can.

PRETEND_DIR=${BASH_SOURCE[0]%/*}
[[ $PRETEND_DIR == /* ]] || PRETEND_DIR=$PWD/$PRETEND_DIR

# host_root: sets REPLY to the path of the host's files from here: empty on a real kernel.
host_root() {
	REPLY=${PRETEND_PID:+/proc/$PRETEND_PID/root}
}

# pretend_host NAME|FILE: starts a host of hosts/NAME.desc; it ends with this bats file at the latest.
pretend_host() {
	local desc=$1
	[[ $desc == */* ]] || desc=$PRETEND_DIR/hosts/$1.desc
	PRETEND_PID=$("$PRETEND_DIR/start" "$desc" ${PRETEND_INSTALL:+--install "$PRETEND_INSTALL"} --live-with $$)
	export PRETEND_PID
}

pretend_end() {
	[[ -z ${PRETEND_PID-} ]] || kill -KILL "$PRETEND_PID"
	unset PRETEND_PID
}

# pretend_reset: restores the host as described: devices, drivers, no faults, empty log; blocked accesses end.
# /run, /dev/pcitag and /var/lib/pcitag are emptied. Changes that tests made in /etc remain.
pretend_reset() {
	local REPLY
	host_root
	ctl reset "$@"
	[[ ! -e $REPLY/run/pcitag && ! -e $REPLY/dev/pcitag && ! -e $REPLY/var/lib/pcitag ]] ||
		rm -rf "$REPLY/run/pcitag" "$REPLY/dev/pcitag" "$REPLY/var/lib/pcitag"
}

# in_pretend CMD [ARG...]: runs it on the host, in the current directory.
in_pretend() {
	if [[ -z ${PRETEND_PID-} ]]; then
		"$@"
	else
		nsenter --mount --target "$PRETEND_PID" --wdns="$PWD" -- "$@"
	fi
}

# nap: waits for 20 ms, by reading from a pipe without a writer. The descriptor is opened here, because it
# sets $!.
exec {NAP_FD}<> <(:)
nap() {
	read -rt 0.02 -u "$NAP_FD" || true
}

# soon CMD [ARG...]: repeats CMD until it succeeds; false after ten seconds.
soon() {
	for _ in {1..500}; do
		! "$@" || return 0
		nap
	done
	return 1
}

# put FILE: prints its content.
put() {
	local text
	{ IFS= read -rd '' text || true; } <"$1" || return
	printf %s "$text"
}

# within MILLISECONDS BEGIN: true when at most this time has passed since BEGIN, a value of $EPOCHREALTIME.
# When more processes are runnable than there are processors, each gets only its share of them, and the limit
# is multiplied accordingly.
within() {
	local took=$(((${EPOCHREALTIME//./} - ${2//./} ) / 1000)) load
	read -r load _ </proc/loadavg
	load=$((${load%.*} / $(nproc) + 1))
	((took < $1 * load)) || { echo "it took $took ms, at most $1 ms times $load were expected"; return 1; }
}

# hold_group GROUP [ADDR...]: starts a process that has the group's node open and, like a QEMU, these devices,
# until drop_holder. Prints "ready", or the reason for a failure.
hold_group() {
	local group=$1 out=$BATS_TEST_TMPDIR/holder enter=()
	shift
	[[ -z ${PRETEND_PID-} ]] || enter=(nsenter --mount --target "$PRETEND_PID" --)
	: >"$out"
	# Not through in_pretend: the pid must be that of the holder itself.
	"${enter[@]}" "${PRETEND_HOLDER:-$PRETEND_DIR/../../build/pretend/holder}" \
		"/dev/vfio/$group" "$@" >"$out" 2>&1 3>&- &
	HOLDER_PID=$!
	soon test -s "$out"
	put "$out"
	[[ $(<"$out") == ready ]]
}

drop_holder() {
	[[ -n ${HOLDER_PID-} ]] || return 0
	kill -KILL "$HOLDER_PID" 2>/dev/null || true
	wait "$HOLDER_PID" || true
	unset HOLDER_PID
}

# ctl WORD [ARG...]: see README.md; ctl log and ctl state print.
ctl() {
	local REPLY
	host_root
	case $1 in
	log | state)
		put "$REPLY/dev/pretend/$1"
		return
		;;
	esac
	if ! { echo "$*" >"$REPLY/dev/pretend/control"; } 2>/dev/null; then
		echo "ctl $*: $(<"$REPLY/dev/pretend/error")" >&2
		return 1
	fi
}

# name_behind LINK DIRECTORY: prints the name of the entry of DIRECTORY that LINK points to, or "-".
name_behind() {
	local entry
	for entry in "$2"/*; do
		[[ ! $1 -ef $entry ]] || { echo "${entry##*/}" && return; }
	done
	echo -
}

# driver_of ADDR: prints its driver, or "-".
driver_of() {
	local REPLY
	host_root
	name_behind "$REPLY/sys/bus/pci/devices/$1/driver" "$REPLY/sys/bus/pci/drivers"
}

# override_of ADDR: prints the content of the file, "(null)" when it is not set. Waits while the device hangs.
override_of() {
	local REPLY
	host_root
	put "$REPLY/sys/bus/pci/devices/$1/driver_override"
}

# group_of ADDR: prints the number of its IOMMU group, or "-".
group_of() {
	local REPLY
	host_root
	name_behind "$REPLY/sys/bus/pci/devices/$1/iommu_group" "$REPLY/sys/kernel/iommu_groups"
}

# snapshot: prints everything that a start and a stop of a domain can leave changed, as text.
snapshot() {
	local REPLY dir dirs=()
	host_root
	if [[ -e $REPLY/dev/pretend/state ]]; then
		put "$REPLY/dev/pretend/state"
	else
		find /sys/bus/pci/devices/*/driver -printf '%p %l\n'
		grep -H . /sys/bus/pci/devices/*/driver_override
		find /dev/vfio -mindepth 1 -printf '%p\n' | sort
	fi
	for dir in "$REPLY/dev/pcitag" "$REPLY/run/pcitag"; do
		[[ ! -e $dir ]] || dirs+=("$dir")
	done
	[[ ${#dirs[@]} -eq 0 ]] ||
		find "${dirs[@]}" -path "$REPLY/dev/pcitag/*" -printf '/dev/pcitag/%P %y %l\n' -o \
			-path "$REPLY/run/pcitag/*" -type f -printf '/run/pcitag/%P %s\n' | sort
}

# writes [GLOB]: prints the writes to sysfs since the last reset, one "PATH DATA" per line.
writes() {
	local REPLY line
	host_root
	while IFS= read -r line; do
		[[ $line != *' write /sys/bus/pci/'*' = '* ]] || { line=${line#*/sys/bus/pci/} && echo "${line% = *}"; }
	done <"$REPLY/dev/pretend/log"
}

# ---- units of systemd ------------------------------------------------------------------------------------------

# systemd_start: starts the stand-in for systemd (systemd.c) on the pretend host, without units.
systemd_start() {
	local out=$BATS_TEST_TMPDIR/systemd programs=${PRETEND_HOLDER:-$PRETEND_DIR/../../build/pretend/holder}
	: >"$out"
	nsenter --mount --target "$PRETEND_PID" -- "${programs%/*}/systemd" </dev/null >"$out" 2>&1 3>&- &
	SYSTEMD_PID=$!
	soon test -s "$out"
	[[ $(<"$out") == ready ]]
}

# systemd_end: ends it and the processes of its units, and removes what it has written.
systemd_end() {
	local REPLY state group
	[[ -n ${SYSTEMD_PID-} ]] || return 0
	host_root
	kill -KILL "$SYSTEMD_PID" 2>/dev/null || true
	{ wait "$SYSTEMD_PID" || true; } 2>/dev/null
	unset SYSTEMD_PID
	for state in "$REPLY"/run/pretend-units/*.state; do
		[[ -e $state ]] || continue
		read -r _ group <"$state"
		[[ $group -le 1 ]] || kill -KILL -- "-$group" 2>/dev/null || true
	done
	rm -rf "$REPLY/run/pretend-units" "$REPLY/run/dbus" "$REPLY/run/systemd/sessions"
}

# unit NAME [LINE...]: a unit with these lines (systemd.c); start_unit starts it as an administrator does.
unit() {
	local REPLY name=$1
	host_root
	shift
	printf '%s\n' "$@" >"$REPLY/run/pretend-units/$name"
}

start_unit() { in_pretend /usr/sbin/pcitag-units start "$1"; }

# unit_state NAME: prints its ActiveState.
unit_state() {
	local REPLY state=inactive
	host_root
	[[ ! -e $REPLY/run/pretend-units/$1.state ]] || read -r state _ <"$REPLY/run/pretend-units/$1.state"
	echo "$state"
}

# unit_jobs: prints the jobs since the last clear_unit_jobs, one per line.
unit_jobs() {
	local REPLY
	host_root
	put "$REPLY/run/pretend-units/log"
}

clear_unit_jobs() {
	local REPLY
	host_root
	: >"$REPLY/run/pretend-units/log"
}

# ---- virtual functions of network cards --------------------------------------------------------------------------

# vf_start: from now on pcitag-vf-net of the pretend host is that with a kernel of its own (rtnetlink.c), which knows
# no function.
vf_start() {
	local REPLY programs=${PRETEND_HOLDER:-$PRETEND_DIR/../../build/pretend/holder}
	host_root
	rm -rf "$REPLY/run/pretend-vf"
	mkdir "$REPLY/run/pretend-vf"
	: >"$REPLY/run/pretend-vf/log"
	cp --remove-destination "${programs%/*}/pcitag-vf-net" "$REPLY/usr/libexec/pcitag-vf-net"
}

# vf_table <<<LINES: the functions and what they have. vf_has: prints it.
vf_table() {
	local REPLY text
	host_root
	IFS= read -rd '' text || true
	printf %s "$text" >"$REPLY/run/pretend-vf/table"
}

vf_has() {
	local REPLY
	host_root
	put "$REPLY/run/pretend-vf/table"
}

# vf_does [LINE...]: what that kernel does from now on (rtnetlink.c); without a line nothing unusual.
vf_does() {
	local REPLY
	host_root
	[[ $# -eq 0 ]] || printf '%s\n' "$@" >"$REPLY/run/pretend-vf/does"
	[[ $# -gt 0 ]] || rm -f "$REPLY/run/pretend-vf/does"
}

# vf_log: prints what was set, one setting a line.
vf_log() {
	local REPLY
	host_root
	put "$REPLY/run/pretend-vf/log"
}
