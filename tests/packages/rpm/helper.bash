# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154 # setup_suite exports TOP, PACKAGES and HOST
# Functions for the tests of the RPM packages.

# shellcheck source=tests/packages/helper.bash
source "$BATS_TEST_DIRNAME/../helper.bash"

package() {
	echo "$PACKAGES"/new/pcitag-[0-9]*."$(uname -m)".rpm
}

selinux_package() {
	echo "$PACKAGES"/new/pcitag-selinux-*.noarch.rpm
}

cockpit_package() {
	echo "$PACKAGES"/new/cockpit-pcitag-*.noarch.rpm
}

# on_host <<STORY: as in the tests of Debian's packages, with the functions of rpm/inside.bash as well.
on_host() {
	{ cat "$TOP/tests/packages/rpm/inside.bash" && cat; } | in_chroot "$HOST"
}

# query OPTION...: what rpm says.
query() {
	"$TOP/packaging/enter" "$HOST" --share "$PACKAGES/new" "$PACKAGES/new" rpm --query --package "$@"
}
