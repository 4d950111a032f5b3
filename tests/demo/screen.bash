# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # shared with tests/demo/run
#
# The output of the demo: at most 100 columns, colour only on terminals, and constant signs of progress.
#
#   title "4. The domain starts"     begins a step
#   note "..."                       what the step is about
#   shown COMMAND                    prints "# COMMAND" and its real output; sets output and status
#   ok "..."                         ends a step whose checks succeeded, with the seconds it took
#   fail EXPECTED FOUND              ends a step whose check failed; does not return
#   in_background FILE COMMAND...    runs it, adds its output to FILE, shows progress; sets
#                                    status
#
# Requires a directory "scratch", and a function last_evidence that prints details after a failure.

COLUMNS_USED=100
QUIET_SECONDS=15

bold='' dim='' green='' red='' plain=''
is_terminal=no
if [[ -t 1 && ${TERM:-dumb} != dumb ]]; then
	is_terminal=yes
	if [[ -z ${NO_COLOR:-} ]]; then
		bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
	fi
fi

step_started=
output=
status=0
background=
last_sign=0

title() {
	step_started=$SECONDS
	printf '\n%s%s%s\n' "$bold" "$1" "$plain"
}

note() {
	fold -s -w "$COLUMNS_USED" <<<"$*" | sed "s/.*/$dim&$plain/"
}

ok() {
	# "~" stands for a blank at which a line must not end.
	fold -s -w $((COLUMNS_USED - 6)) <<<"$*  ($((SECONDS - step_started))~s)" | tr '~' ' ' |
		sed -e 's/ *$//' -e "1s/^/  ${green}ok${plain}  /" -e '2,$s/^/      /'
}

# printable: replaces control characters, so that console output cannot control the terminal.
printable() {
	tr -d '\r' | tr -c '[:print:]\n' ' '
}

# last_words FILE: prints its last line that is not blank, cut to fit one line of the screen.
last_words() {
	printable <"$1" | grep -v '^ *$' | tail -n 1 | cut -c "1-$((COLUMNS_USED - 10))" || true
}

# sign_of_life FILE SINCE: shows progress: on a terminal in one line that is overwritten, otherwise with an
# occasional line.
sign_of_life() {
	local elapsed=$((SECONDS - $2)) words
	[[ $elapsed -gt $last_sign ]] || return 0
	words=$(last_words "$1")
	if [[ $is_terminal == yes ]]; then
		printf '\r\e[K%s%5d s  %s%s' "$dim" "$elapsed" "${words:-...}" "$plain"
	elif [[ $elapsed -ge $((last_sign + QUIET_SECONDS)) ]]; then
		printf '%5d s  %s\n' "$elapsed" "${words:-...}"
	else
		return 0
	fi
	last_sign=$elapsed
}

no_sign_of_life() {
	last_sign=0
	[[ $is_terminal == no ]] || printf '\r\e[K'
}

# start_background FILE COMMAND...: runs the command in its own process group, which can be ended as a whole.
start_background() {
	local file=$1
	shift
	set -m
	"$@" >>"$file" 2>&1 </dev/null &
	background=$!
	set +m
}

end_background() {
	[[ -n $background ]] || return 0
	kill -- "-$background" 2>/dev/null || true
	wait "$background" 2>/dev/null || true
	background=
}

# Must not be called in a condition: "set -e" has no effect in a function that runs there.
in_background() {
	local file=$1 since=$SECONDS
	start_background "$@"
	while kill -0 "$background" 2>/dev/null; do
		sign_of_life "$file" "$since"
		sleep 0.2
	done
	status=0
	wait "$background" || status=$?
	background=
	no_sign_of_life
}

# An exit code other than 0 is evaluated by the checks, not by "set -e".
lab_exit_code() {
	local result=0
	lab "$1" || result=$?
	exit "$result"
}

# shown COMMAND: runs a shell command line in the lab. The checks use the same output that is shown.
shown() {
	local file=$scratch/output
	printf '%s# %s%s\n' "$bold" "$1" "$plain"
	: >"$file"
	in_background "$file" lab_exit_code "$1"
	output=$(<"$file")
	[[ -z $output ]] || expand <<<"$output" | fold -s -w "$COLUMNS_USED" | sed 's/ *$//'
}

# fail EXPECTED FOUND
fail() {
	trap - ERR
	no_sign_of_life
	printf '\n  %sFAILED%s\n' "$red" "$plain"
	printf '  expected: %s\n' "$1"
	printf '  found:    %s\n' "${2:-nothing}"
	last_evidence
	exit 1
}
