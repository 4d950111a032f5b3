# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Functions for tests of the installed programs on a host with the devices of the lab. The host is a pretend
# host, or the lab itself (then PRETEND_PID is not set and all commands run directly).

# shellcheck disable=SC2154 # status, output, lines and stderr are set by bats
bats_require_minimum_version 1.5.0
load ../pretend/helper
load ../lab/machine

# Where the programs were installed to, for a pretend host to start with.
: "${PRETEND_INSTALL:=$PRETEND_DIR/../../build/stage}"
export PRETEND_INSTALL

# host_start, host_reset, host_end: manage a pretend host. They do nothing where ON_REAL_KERNEL indicates that
# this machine, the lab, is the host. Files that use ctl start their pretend host themselves.
host_start() { [[ -n ${ON_REAL_KERNEL-} ]] || pretend_host lab; }
host_reset() { [[ -n ${ON_REAL_KERNEL-} ]] || pretend_reset; }
host_end() { [[ -n ${ON_REAL_KERNEL-} ]] || pretend_end; }

ENGINE_DIR=${BASH_SOURCE[0]%/*}
HOOK=/etc/libvirt/hooks/qemu

# registry <<<TEXT: replaces the whole registry of the host with TEXT.
registry() {
	local REPLY
	host_root
	[[ ! -d $REPLY/etc/pcitag/registry.d ]] || rm -f "$REPLY"/etc/pcitag/registry.d/*
	store "$REPLY/etc/pcitag/registry.ini"
}

# settings <<<TEXT: replaces pcitag.ini with TEXT.
settings() {
	local REPLY
	host_root
	store "$REPLY/etc/pcitag/pcitag.ini"
}

# store FILE <<<TEXT: writes TEXT to FILE, without starting a cat process.
store() {
	local text
	IFS= read -rd '' text || true
	printf %s "$text" >"$1"
}

# lab_registry: writes the registry that most tests use.
lab_registry() {
	local REPLY
	registry </dev/null
	settings </dev/null
	host_root
	machine_registry >"$REPLY/etc/pcitag/registry.ini"
}

# milliseconds: prints the current time in milliseconds.
milliseconds() {
	echo $((${EPOCHREALTIME//./} / 1000))
}

# uuid_of NAME: prints a UUID that is unique to this name in this run, because other runs on the machine have
# emulators, too. A name of letters and digits is converted as a number to the base of 64, which needs no
# process.
uuid_of() {
	local name=$1 run=${BATS_RUN_TMPDIR##*-} sum
	if [[ $run$name =~ ^[0-9A-Za-z]+$ && ${#run} -le 8 && ${#name} -le 9 ]]; then
		run=$((64#$run)) name=$((64#1$name))
		printf '%08x-%04x-%04x-%04x-%012x\n' $((run & 0xffffffff)) $((run >> 32 & 0xffff)) \
			"$((10#${BATS_FILE_TMPDIR##*/}))" $((name >> 48 & 0xffff)) $((name & 0xffffffffffff))
	else
		sum=$(md5sum <<<"$1 ${BATS_FILE_TMPDIR-}")
		echo "${sum:0:8}-${sum:8:4}-${sum:12:4}-${sum:16:4}-${sum:20:12}"
	fi
}

# domain_xml NAME [REQUEST...]: prints a domain as libvirt passes it to the hook. OWNER, EMULATOR and
# CONTAINER ("" for none) may be set for it; DEVICES is added to <devices>.
domain_xml() {
	local name=$1 uuid inputs
	shift
	uuid=$(uuid_of "$name")
	[[ $# -eq 0 ]] || printf -v inputs \
		"    <input type='passthrough' bus='virtio'><source evdev='/dev/pcitag/${OWNER-$name}/%s'/></input>\\n" "$@"
	echo "<domain type='qemu'>
  <name>$name</name>
  <uuid>$uuid</uuid>
  <memory unit='KiB'>262144</memory>
  <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
  <devices>
    <emulator>${EMULATOR-/usr/bin/pcitag-qemu-system-x86_64}</emulator>
${inputs-}${CONTAINER-    <input type='evdev'><source dev='/dev/vfio/vfio'/></input>}${DEVICES-}
  </devices></domain>"
}

# daemon_start: starts the process that represents libvirt's daemon for this file, unless it is running. Sets
# DAEMON_PID.
daemon_start() {
	local requests=$BATS_FILE_TMPDIR/daemon
	! daemon_lives || return 0
	# In a subshell: it is no child of the test, which may wait for all of its own. With a lock: several
	# hooks may be the first at once.
	(
		flock 9
		! daemon_lives || exit 0
		rm -f "$requests"
		mkfifo "$requests"
		"$ENGINE_DIR/daemon" "$requests" </dev/null >/dev/null 2>&1 3>&- 9>&- &
		echo $! >"$requests.pid"
	) 9>"$requests.lock"
	daemon_lives
}

daemon_lives() {
	[[ -s $BATS_FILE_TMPDIR/daemon.pid ]] && read -r DAEMON_PID <"$BATS_FILE_TMPDIR/daemon.pid" &&
		[[ -e /proc/$DAEMON_PID ]]
}

# daemon_kill: kills the daemon with SIGKILL; the next hook is run by a new one.
daemon_kill() {
	local pid
	pid=$(<"$BATS_FILE_TMPDIR/daemon.pid")
	kill -KILL "$pid"
	while [[ -e /proc/$pid ]]; do sleep 0.01; done
}

# in_daemon COMMAND [ARG...]: runs it as a child of the daemon. Standard input is read to its end first.
in_daemon() {
	local enter=() programs=${PRETEND_HOLDER:-$PRETEND_DIR/../../build/pretend/holder}
	daemon_start
	[[ -z ${PRETEND_PID-} ]] ||
		enter=(/usr/bin/nsenter --mount --target "$PRETEND_PID" "--wdns=$PWD" --)
	"${programs%/*}/daemon-call" "$BATS_FILE_TMPDIR/daemon" "$DAEMON_PID" "${enter[@]}" "$@"
}

# prepare NAME [REQUEST...]: runs the hook as libvirt does before a start.
prepare() {
	domain_xml "$@" >"$BATS_TEST_TMPDIR/$1.domain"
	in_daemon "$HOOK" "$1" prepare begin - <"$BATS_TEST_TMPDIR/$1.domain"
}

# release NAME: runs the hook as libvirt does after the end. The hook only needs to see tags.
release() {
	domain_xml "$1" npu >"$BATS_TEST_TMPDIR/$1.ended"
	in_daemon "$HOOK" "$1" release end - <"$BATS_TEST_TMPDIR/$1.ended"
}

# libvirt_says NAME PID [USER]: writes the files that libvirt keeps of a domain whose emulator is this process
# (and runs as USER, a number), with the definition of its last `prepare`.
libvirt_says() {
	local name=$1 pid=$2 user=${3-0} REPLY xml=$BATS_TEST_TMPDIR/$1.domain
	host_root
	[[ -e $xml ]] || domain_xml "$name" >"$xml"
	[[ -d $REPLY/run/libvirt/qemu ]] || mkdir -p "$REPLY/run/libvirt/qemu"
	printf %d "$pid" >"$REPLY/run/libvirt/qemu/$name.pid"
	sed -e "1i <domstatus state='running' reason='booted' pid='$pid'>\\n  <qemuCaps><flag name='vfio-pci'/></qemuCaps>" \
		-e "s|</domain>|<seclabel type='dynamic' model='dac' relabel='yes'><label>+$user:+$user</label></seclabel></domain>|" \
		-e "\$a </domstatus>" "$xml" >"$REPLY/run/libvirt/qemu/$name.xml"
	LIBVIRT_SAYS+=("$REPLY/run/libvirt/qemu/$name".{pid,xml})
}

# emulator NAME: starts a process that represents the emulator of a running domain.
emulator() {
	perl -e 'sleep 600' </dev/null >/dev/null 2>&1 3>&- &
	EMULATOR_PID=$!
	EMULATOR_PIDS+=("$EMULATOR_PID")
	libvirt_says "$1" "$EMULATOR_PID"
}

# daemon_fork: makes libvirt's daemon fork, and the child has not executed an emulator yet. Sets EMULATOR_PID.
daemon_fork() {
	local out=$BATS_TEST_TMPDIR/fork
	daemon_start
	echo "/dev/null	/dev/null	$out	/dev/null	fork" >"$BATS_FILE_TMPDIR/daemon"
	soon test -s "$out"
	EMULATOR_PID=$(<"$out")
	EMULATOR_PIDS+=("$EMULATOR_PID")
}

# emulators_die: kills all emulators; libvirt's daemon has not noticed it.
emulators_die() {
	# No pid would mean all of them.
	[[ -n ${EMULATOR_PIDS-} ]] || return 0
	kill -KILL "${EMULATOR_PIDS[@]}" 2>/dev/null || true
	wait "${EMULATOR_PIDS[@]}" 2>/dev/null || true
	unset EMULATOR_PIDS EMULATOR_PID
}

# emulators_end: kills all emulators; the daemon has removed the files that it keeps of them.
emulators_end() {
	emulators_die
	[[ -z ${LIBVIRT_SAYS-} ]] || rm -f "${LIBVIRT_SAYS[@]}"
	unset LIBVIRT_SAYS
}

# native ADDR: prints the element of a native host device, for DEVICES.
native() {
	local addr=$1
	echo "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x${addr:0:4}' bus='0x${addr:5:2}' slot='0x${addr:8:2}' function='0x${addr:11:1}'/></source></hostdev>"
}

# lease NAME: prints the file of its lease; nothing when there is none.
lease() {
	local REPLY
	host_root
	put "$REPLY/run/pcitag/leases/$(uuid_of "$1").json" 2>/dev/null || true
}

# lease_says NAME STATE
lease_says() {
	[[ $(lease "$1") == *"\"state\":\"$2\""* ]]
}

# boottime_ms: prints CLOCK_BOOTTIME in milliseconds.
boottime_ms() {
	perl -MTime::HiRes=clock_gettime -e 'printf "%d", clock_gettime(7) * 1000'
}

# age_lease NAME SECONDS: changes the lease as if it had been created this long ago.
age_lease() {
	local REPLY
	host_root
	sed -i -e "s/\"since\":[0-9]*/\"since\":$(($(date +%s) - $2))/" \
		-e "s/\"since_boottime_ms\":[0-9]*/\"since_boottime_ms\":$(($(boottime_ms) - $2 * 1000))/" \
		"$REPLY/run/pcitag/leases/$(uuid_of "$1").json"
}

# damage_lease NAME: truncates the lease, in a way that no crash of pcitag does.
damage_lease() {
	local REPLY
	host_root
	echo '{ "version": 1' >"$REPLY/run/pcitag/leases/$(uuid_of "$1").json"
}

# hold_lock BYTE: another process, HOLDER, holds this byte of the lock file: 0 is the store's, 1 the
# turn to read the host (lease_store.c), others are of devices (device_lock.c). It ends by itself after a minute.
# shellcheck disable=SC2034 # the caller ends HOLDER
hold_lock() {
	perl -MFcntl -e 'open(my $f, "+<", $ARGV[0]) or die "open: $!";
		fcntl($f, F_SETLK, pack("s s x![q] q q i x4", F_WRLCK, 0, $ARGV[1], 1, 0)) or die "lock: $!";
		print "locked\n"; close(STDOUT); sleep 60' \
		"/proc/$PRETEND_PID/root/run/pcitag/lock" "$1" >"$BATS_TEST_TMPDIR/holder" 3>&- &
	HOLDER=$!
	soon test -s "$BATS_TEST_TMPDIR/holder"
}

pcitag() {
	in_pretend /usr/sbin/pcitag "$@"
}

# placeholder PATH: prints the target of this link below /dev/pcitag.
placeholder() {
	local REPLY
	host_root
	readlink "$REPLY/dev/pcitag/$1"
}

# refused MESSAGE: the last `run` failed with exactly this line, and the host is unchanged.
refused() {
	[ "$status" -eq 1 ]
	[ "$output" = "pcitag: $1" ] || { echo "got:      $output"; echo "expected: pcitag: $1"; return 1; }
	nothing_touched
}

# remember_host, nothing_touched: check that an operation leaves no trace on the host.
remember_host() {
	read_state before
}

nothing_touched() {
	local after
	read_state after
	[[ $after == "$before" ]] || diff <(echo "$before") - <<<"$after"
}

# host_state: prints drivers, overrides, links and leases. The lock file, the counters and the empty directory
# of devices are not counted as a trace.
host_state() {
	snapshot | grep -v -e '^/run/pcitag/lock ' -e '^/run/pcitag/counters\(\.lock\)\? ' -e '^/dev/pcitag/device d *$'
}

# read_state VARIABLE: stores the output of host_state in VARIABLE, without a process when there is no trace.
read_state() {
	local REPLY path text is_clean=yes
	host_root
	shopt -s nullglob
	for path in "$REPLY"/{dev,run}/pcitag/{*,*/*,.[!.]*,*/.[!.]*}; do
		case ${path#"$REPLY"} in
		/dev/pcitag/device | /run/pcitag/leases | /run/pcitag/locks | /run/pcitag/lock | /run/pcitag/counters | \
			/run/pcitag/counters.lock) ;;
		*) is_clean=no ;;
		esac
	done
	shopt -u nullglob
	if [[ $is_clean == yes && -e $REPLY/dev/pretend/state ]]; then
		IFS= read -rd '' text <"$REPLY/dev/pretend/state" || true
	else
		text=$(host_state)
	fi
	printf -v "$1" %s "${text%$'\n'}"
}

# start_log: writes everything that the host's programs log to the file "log".
start_log() {
	local REPLY
	host_root
	perl -MIO::Socket::UNIX -e '
		unlink $ARGV[0];
		my $log = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die $!;
		open my $out, ">>", $ARGV[1] or die $!;
		$out->autoflush(1);
		print $out "$_\n" while defined $log->recv($_, 65536);
	' "$REPLY/dev/log" "$BATS_TEST_TMPDIR/log" 3>&- &
	LOGGER=$!
	soon test -S "$REPLY/dev/log" -a -e "$BATS_TEST_TMPDIR/log"
}

end_log() {
	[[ -n ${LOGGER-} ]] || return 0
	kill "$LOGGER" 2>/dev/null || true
	wait "$LOGGER" || true
	unset LOGGER
}
