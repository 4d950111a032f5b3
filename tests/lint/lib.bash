# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the checks share. A check is an executable beside this file: it prints one line per
# finding (FILE:LINE: what is wrong), and fails when there was one. Lines that begin with
# "note: " are for reading and fail nothing.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
export LC_ALL=C

# Where check-lint has compiled the programs; see run-layers.
LINT_BUILD=${LINT_BUILD:-build/gcc}

# sources DIR...: the C files below them.
sources() {
	find "$@" -name '*.[ch]' | sort
}

# all_files: every file of the tree that somebody wrote.
all_files() {
	find . \( -path ./.git -o -path ./build \) -prune -o -type f -printf '%P\n' | sort
}

# scripts: those of all_files that a shell runs.
scripts() {
	all_files | while IFS= read -r file; do
		case $file in
		*.bats | *.bash) echo "$file" ;;
		*) ! head -n 1 "$file" | grep -qaE '^#!.*[/ ](ba)?sh' || echo "$file" ;;
		esac
	done
}

# code FILE: its text without comments, line numbers kept.
code() {
	perl -0777 -pe 's{(/\*.*?\*/)|("(?:\\.|[^"\\])*"|'"'"'(?:\\.|[^'"'"'\\])*'"'"')}
		{defined $1 ? $1 =~ tr/\n//cdr : $2}gse' "$1"
}

# not_yet_clean NAME DEPENDENCIES: those of the files from stdin that the check of this name has not found clean
# as they are now, with the same DEPENDENCIES (a hash, a version). found_clean NAME: it has now.
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

# hash_of FILE...: one for all.
hash_of() {
	cat "$@" | sha256sum | cut -d' ' -f1
}

findings=0

# finding TEXT: reports it.
finding() {
	echo "$*"
	findings=$((findings + 1))
}

# finish: the last line of a check.
finish() {
	[[ $findings -eq 0 ]]
}
