# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
setup_suite() {
	"$BATS_TEST_DIRNAME/nodes" start-both
}
