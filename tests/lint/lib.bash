# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Shared functions of the checks. A check is an executable in this directory: it prints one line per finding
# (FILE:LINE: what is wrong), and fails when there is one. Lines that begin with "note: " are for information
# and do not cause a failure.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
export LC_ALL=C

# Where check-lint has compiled the programs; see run-layers.
LINT_BUILD=${LINT_BUILD:-build/gcc}

# sources DIR...: prints the C files below these directories.
sources() {
	find "$@" -name '*.[ch]' | sort
}

# all_files: prints every file of the tree that is not generated.
all_files() {
	find . \( -path ./.git -o -path ./build \) -prune -o -type f -printf '%P\n' | sort
}

# scripts: prints those of all_files that a shell executes.
scripts() {
	all_files | while IFS= read -r file; do
		case $file in
		*.bats | *.bash) echo "$file" ;;
		*) ! head -n 1 "$file" | grep -qaE '^#!.*[/ ](ba)?sh' || echo "$file" ;;
		esac
	done
}

# code FILE: prints its text without comments; line numbers are preserved.
code() {
	perl -0777 -pe 's{(/\*.*?\*/)|("(?:\\.|[^"\\])*"|'"'"'(?:\\.|[^'"'"'\\])*'"'"')}
		{defined $1 ? $1 =~ tr/\n//cdr : $2}gse' "$1"
}

# not_yet_clean NAME DEPENDENCIES: prints those of the files from standard input that the check NAME has not
# found clean in their current state with the same DEPENDENCIES (a hash, a version). found_clean NAME: records
# that they are clean now.
not_yet_clean() {
	local known=build/lint/$1
	mkdir -p build/lint
	touch "$known"
	xargs -r -d '\n' sha256sum | sed "s/^/$2 /" | sort >"$known.now"
	comm -13 "$known" "$known.now" | cut -d' ' -f4-
}

found_clean() {
	mv "build/lint/$1.now" "build/lint/$1"
}

# hash_of FILE...: prints one hash for all files.
hash_of() {
	cat "$@" | sha256sum | cut -d' ' -f1
}

findings=0

# finding TEXT: reports a finding.
finding() {
	echo "$*"
	findings=$((findings + 1))
}

# finish: the last line of a check.
finish() {
	[[ $findings -eq 0 ]]
}
