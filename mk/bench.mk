# SPDX-License-Identifier: LGPL-2.1-or-later
# The bounds, measured: `make bench`; ROWS="b01 b08" for some of them, JSON=1 for programs, README=yes to put
# the table into README.md.

.PHONY: bench
## bench               the measured bounds; ROWS="b01 b08" some of them, JSON=1, README=yes writes the table
bench:
	$(Q)mk/install-dependencies bench
	$(Q)$(MAKE) --silent install pretend DESTDIR=$(CURDIR)/$(BUILD)/bench/stage >/dev/null
	$(Q)tests/bench/run $(if $(JSON),--json) $(if $(README),--readme) $(ROWS)
