# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Words for the rows.
#
#   compiled NAME [FLAG...]               compiles NAME.c of this folder, prints the program's path
#   take_turns ROUNDS RUNS INPUT COMMAND... -- COMMAND...
#                                         two commands in turns, see take_turns.c
#   row ID WHAT RIVAL BOUND               reads a line of seconds for each round, ours and the
#                                         rival's, and prints the row

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BENCH_OUT=$TOP/build/bench

compiled() {
	local program=$BENCH_OUT/$1
	cc -std=gnu11 -D_GNU_SOURCE -O2 "${@:2}" -o "$program" "$TOP/tests/bench/$1.c"
	echo "$program"
}

take_turns() {
	"$(compiled take_turns)" "$@"
}

row() {
	awk -v id="$1" -v what="$2" -v rival="$3" -v bound="$4" '
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
		{ ours[NR] = $1; other[NR] = $2; ratio[NR] = $1 / $2 }
		END {
			if (NR == 0) exit 1
			sort(ours, NR); sort(other, NR); sort(ratio, NR)
			printf "%s\t%s\t%s\t%.6f\t%.6f\t%.3f\t%.2f to %.2f\t%s\n", id, what, rival, at(ours, NR, 0.5),
				at(other, NR, 0.5), at(ratio, NR, 0.5), at(ratio, NR, 0.25), at(ratio, NR, 0.75), bound
		}'
}
