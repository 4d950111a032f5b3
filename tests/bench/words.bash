# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Words for the rows.
#
#   BENCH_STAGE                           the DESTDIR the measured programs were installed to
#   HOOK, BENCH_OUT, BENCH_DIR, TOP       the hook in there; where to write; this folder; the project
#   rounds N                              prints N, or less when somebody is in a hurry
#   compiled NAME [FLAG...]               compiles NAME.c of this folder, prints the program's path
#   pretend_host, in_pretend, ...         words of tests/pretend/helper.bash
#   machine_registry                      the registry for the pretend host "lab"
#   take_turns ROUNDS RUNS SIDE -- SIDE...
#                                         sides in turns, see take_turns.c
#   row ID WHAT RIVAL BOUND [UNIT [OURS RIVAL]]
#                                         reads a line of numbers for each round and prints the row. UNIT is
#                                         what they are (s, KiB, calls); OURS and RIVAL are columns: 1, 2.
#                                         BOUND is the largest ratio, "=" in front: this one and no other;
#                                         or "-": for information. FLOOR=3 in front: column 3 is what the
#                                         least possible program needs; see run

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BENCH_DIR=$TOP/tests/bench
BENCH_OUT=$TOP/build/bench
: "${BENCH_STAGE:=$BENCH_OUT/stage}"
# For the words of others, and for rows.
# shellcheck disable=SC2034
PRETEND_INSTALL=$BENCH_STAGE
# shellcheck disable=SC2034
HOOK=$BENCH_STAGE/etc/libvirt/hooks/qemu
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
