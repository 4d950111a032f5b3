# SPDX-License-Identifier: LGPL-2.1-or-later
# The demo installs what it lacks, builds the package, installs it in a lab of its own, and shows pcitag at work there.

.PHONY: demo
## demo                pcitag at work in a lab of its own
demo:
	$(Q)tests/demo/run
