# SPDX-License-Identifier: LGPL-2.1-or-later
# The bounds, measured: `make bench`, `make bench ROWS="b1"` for some of them, JSON=1 for programs.

.PHONY: bench
bench:
	$(Q)mk/install-dependencies bench
	$(Q)$(MAKE) --silent all
	$(Q)tests/bench/run $(if $(JSON),--json) $(ROWS)
