#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154 # output is set by bats
#
# A packager's flags reach every call of the compiler and every link, and nothing takes them back.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	build=$BATS_TEST_TMPDIR/build
}

# commands ARGUMENT...: puts the commands of a whole build into files: those that compile, and those that link.
commands() {
	make --no-print-directory --dry-run V=1 BUILD="$build" "$@" all | grep -E '^[^ ]*cc ' >"$BATS_TEST_TMPDIR/all"
	compile=$BATS_TEST_TMPDIR/compile link=$BATS_TEST_TMPDIR/link
	grep -e ' -c ' "$BATS_TEST_TMPDIR/all" >"$compile"
	grep -v -e ' -c ' "$BATS_TEST_TMPDIR/all" >"$link"
	[ "$(wc -l <"$compile")" -gt 100 ]
	[ "$(wc -l <"$link")" -eq 8 ]
}

# all_have TEXT FILE: in each of its lines.
all_have() {
	run -1 grep -v -e "$1" "$2"
}

@test "CPPFLAGS, CFLAGS and LDFLAGS are in every command that they are for" {
	commands CPPFLAGS=-DPACKAGER CFLAGS='-O1 -flto=auto' LDFLAGS=-Wl,--packager
	all_have ' -DPACKAGER .*-O1 -flto=auto ' "$compile"
	all_have ' -O1 -flto=auto .*-Wl,--packager ' "$link"
}

@test "a packager's _FORTIFY_SOURCE is not changed; without one it is 3" {
	commands CPPFLAGS=-D_FORTIFY_SOURCE=1
	run -1 grep -e '-U_FORTIFY_SOURCE' -e '_FORTIFY_SOURCE=[23]' "$compile"
	commands
	all_have '-D_FORTIFY_SOURCE=3 ' "$compile"
}

@test "the hook and the wrapper, built with all that dpkg-buildflags knows, LTO included" {
	local flags=() flag
	while IFS= read -r flag; do
		flags+=("$flag")
	done < <(DEB_BUILD_MAINT_OPTIONS='hardening=+all optimize=+lto' dpkg-buildflags --export=cmdline |
		grep -oE "(CFLAGS|CPPFLAGS|LDFLAGS)='[^']*'|(CFLAGS|CPPFLAGS|LDFLAGS)=\"[^\"]*\"" |
		grep -vE '^(OBJ|F)' | tr -d "'\"")
	[[ ${flags[*]} == *-flto=auto* && ${flags[*]} == *-z,now* ]]
	make --silent WERROR=1 BUILD="$build" "${flags[@]}" "$build/bin/pcitag-hook" "$build/bin/pcitag-qemu"
	"$build/bin/pcitag-hook" vm started begin - </dev/null
	readelf -d "$build/bin/pcitag-qemu" | grep -q 'FLAGS.*NOW'
	readelf -h "$build/bin/pcitag-qemu" | grep -q 'Type: *DYN'
}

@test "make help lists every target that the manual names" {
	run -0 make --no-print-directory help
	for target in all install uninstall check check-all check-fast check-LAYER bench demo fuzz lab-shell clean; do
		grep -q "^$target " <<<"$output" || { echo "$target is missing" && return 1; }
	done
}
