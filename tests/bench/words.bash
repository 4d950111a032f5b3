# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Functions and variables for the rows.
#
#   BENCH_STAGE                           the DESTDIR of the measured programs
#   HOOK, BENCH_OUT, BENCH_DIR, TOP       the hook in it; output directory; this directory; the project
#   rounds N                              prints N, or BENCH_ROUNDS when it is set
#   compiled NAME [FLAG...]               compiles NAME.c of this directory, prints the program's path
#   pretend_host, in_pretend, ...         functions of tests/pretend/helper.bash
#   machine_registry                      the registry for the pretend host "lab"
#   bench_host NAME|FILE                  a pretend host until the row ends; its files are below $HOST. The
#                                         previous host keeps running: save its PRETEND_PID
#   description FUNCTIONS NPUS [KEY=VALUE...]
#                                         of a host with FUNCTIONS functions, NPUS of them 1234:11e8 with these
#                                         keys
#   npu_registry, large_registry SECTIONS  a registry that names those, in one of so many sections
#   index_as_udev VENDOR DEVICE           writes the index of the host that udev creates with etc/pcitag.rules
#   domain_xml NAME [REQUEST...]          the domain of untagged.xml with this name and these requests
#   at_once N COMMAND...                 runs the command N times in parallel, with "%" in its arguments
#                                         replaced by a number; prints the time until the last one ended, in us
#   cpu_seconds COMMAND...                prints the processor time of the command and its children
#   take_turns ROUNDS RUNS SIDE -- SIDE...
#                                         runs the sides in turns, see take_turns.c
#   row ID WHAT RIVAL BOUND [UNIT [OURS RIVAL]]
#                                         reads a line of numbers for each round and prints the row. UNIT is
#                                         their unit (s, KiB, calls); OURS and RIVAL are columns: 1, 2.
#                                         BOUND is the largest permitted ratio; with "!" in front, also in
#                                         make check; with "=" in front, the only one; or "-": for information only. FLOOR=3 in front: column 3 is the
#                                         number of a minimal program; see run

# What fails within $(...) is no measurement.
shopt -s inherit_errexit

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BENCH_DIR=$TOP/tests/bench
BENCH_OUT=$TOP/build/bench
: "${BENCH_STAGE:=$BENCH_OUT/stage}"
# For the words of others, and for rows.
# shellcheck disable=SC2034
PRETEND_INSTALL=$BENCH_STAGE
# shellcheck disable=SC2034
HOOK=$BENCH_STAGE/usr/sbin/pcitag-hook
mkdir -p "$BENCH_OUT"
# shellcheck source=tests/pretend/helper.bash
source "$TOP/tests/pretend/helper.bash"
# shellcheck source=tests/lab/machine.bash
source "$TOP/tests/lab/machine.bash"

rounds() {
	echo "${BENCH_ROUNDS:-$1}"
}

compiled() {
	local program=$BENCH_OUT/$1
	cc -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra "${@:2}" -o "$program" "$BENCH_DIR/$1.c"
	echo "$program"
}

bench_host() {
	pretend_host "$1"
	host_root
	# shellcheck disable=SC2034 # for rows
	HOST=$REPLY
}

# Functions are on as many buses as needed, each in its own group, as below a switch with ACS.
description() {
	local functions=$1 npus=$2
	shift 2
	echo 'driver mlx5_core'
	echo 'driver vfio-pci'
	awk -v functions="$functions" -v npus="$npus" -v keys="$*" 'BEGIN {
		every = int(functions / npus)
		for (i = 0; i < functions; i++) {
			is_npu = i % every == 0 && i / every < npus
			printf "device %04x:%02x:%02x.%x group=%d %s\n", int(i / 65536), int(i / 256) % 256,
				int(i / 8) % 32, i % 8, i, is_npu ? "vendor=1234 device=11e8 class=120000 " keys : \
				"vendor=15b3 device=101e class=020000 native=mlx5_core"
		}
	}'
}

npu_registry() {
	printf '[Edu]\ntype = npu\nvendor = 1234\ndevice = 11e8\n'
}

large_registry() {
	npu_registry
	awk -v sections="$1" 'BEGIN {
		for (i = 1; i < sections; i++)
			printf "[Model-%d]\ntype = type-%d\nvendor = 15b3\ndevice = %04x\n", i, i % 7, i
	}'
}

index_as_udev() {
	local device tag=$HOST/run/udev/tags/pcitag-0x$1-0x$2
	mkdir -p "$tag"
	grep -lix "0x$1" "$HOST"/sys/bus/pci/devices/*/vendor | while read -r device; do
		device=${device%/vendor}
		[[ $(<"$device/device") != "0x$2" ]] || : >"$tag/+pci:${device##*/}"
	done
}

domain_xml() {
	local name=$1 request inputs='' sum
	sum=$(md5sum <<<"$name")
	for request in "${@:2}"; do
		inputs+="<input type='passthrough' bus='virtio'><source evdev='/dev/pcitag/$name/$request'/></input>\n"
	done
	# shellcheck disable=SC2016 # quotes within quotes
	sed -e "s|<name>.*<|<name>$name<|" \
		-e "s|<uuid>.*<|<uuid>${sum:0:8}-${sum:8:4}-${sum:12:4}-${sum:16:4}-${sum:20:12}<|" \
		-e "${inputs:+s|/usr/bin/qemu|/usr/bin/pcitag-qemu|}" \
		-e "${inputs:+s|</devices>|$inputs<input type='evdev'><source dev='/dev/vfio/vfio'/></input>&|}" \
		"$BENCH_DIR/untagged.xml"
}

at_once() {
	local count=$1 i begin end pids=()
	shift
	begin=$EPOCHREALTIME
	for ((i = 1; i <= count; i++)); do
		"${@//%/$i}" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i"; done
	end=$EPOCHREALTIME
	echo "$((${end/./} - ${begin/./}))"
}

cpu_seconds() {
	local TIMEFORMAT='%U %S' times
	# The shell tells the times on its own standard error.
	times=$({ time "$@" >/dev/null 2>"$BENCH_OUT/said"; } 2>&1) || { cat "$BENCH_OUT/said" >&2 && return 1; }
	awk '{ print $1 + $2 }' <<<"$times"
}

take_turns() {
	"$(compiled take_turns)" "$@"
}

row() {
	awk -v id="$1" -v what="$2" -v rival="$3" -v bound="$4" -v unit="${5:-s}" -v a="${6:-1}" -v b="${7:-2}" \
		-v c="${FLOOR-}" '
		function at(values, n, part,    place, low) {
			place = 1 + (n - 1) * part
			low = int(place)
			return low == n ? values[n] : values[low] + (place - low) * (values[low + 1] - values[low])
		}
		function sort(values, n,    i, j, v) {
			for (i = 2; i <= n; i++) {
				v = values[i]
				for (j = i - 1; j > 0 && values[j] > v; j--) values[j + 1] = values[j]
				values[j + 1] = v
			}
		}
		{ ours[NR] = $a; other[NR] = $b; ratio[NR] = $a / $b; least[NR] = c ? $c / $b : 0 }
		END {
			if (NR == 0) exit 1
			sort(ours, NR); sort(other, NR); sort(ratio, NR); sort(least, NR)
			printf "%s\t%s\t%s\t%s\t%.6f\t%.6f\t%.4f\t%.2f to %.2f\t%s\t%.4f\n", id, what, rival, unit, at(ours, NR, 0.5),
				at(other, NR, 0.5), at(ratio, NR, 0.5), at(ratio, NR, 0.25), at(ratio, NR, 0.75), bound,
				at(least, NR, 0.5)
		}'
}
